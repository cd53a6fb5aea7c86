"""What the X-ray is made with: policies that nobody wrote, a store of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.backfill.standing import load_open
from slaplugin.app.desk import NoChannels
from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.app.reporting.xray import (
    MEASURED,
    Look,
    SinglePolicySet,
    XRay,
    first_period,
    xray,
)
from slaplugin.core.officehours import OfficeHours
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.policyfiles.starter import Starter
from slaplugin.wiring.pulling import PullOptions, pulling

if TYPE_CHECKING:
    from slaplugin.app.backfill import BackfillReport
    from slaplugin.app.ports import Progress
    from slaplugin.core.periods import CalendarPeriod
    from slaplugin.core.policies import PolicySet
    from slaplugin.wiring import Runtime

OWNER = "xray"
"""Store flag: the address of the helpdesk whose tickets are in it."""
_PULLED_BY = "# The X-ray's own: it promises nothing.\npolicies:\n  - name: measured\n"


@dataclass(frozen=True, slots=True)
class XrayOptions:
    """What the options of ``xray`` say."""

    days: int = 90
    share: Fraction = Fraction(95, 100)
    hours: OfficeHours | None = None
    """None: guessed from when agents answer."""
    pull: PullOptions = PullOptions()


def load(runtime: Runtime, options: XrayOptions, progress: Progress) -> BackfillReport:
    """The past tickets into the X-ray's store, and the open ones that are older.

    Raises ConfigurationError, HostError, StoreError as they come.
    """
    _take_possession(runtime)
    desk, crew = pulling(runtime, options.pull)
    desk = replace(desk, policies=_without_promises(runtime), notifier=NoChannels())
    since = _first(runtime, options).bounds(runtime.settings.timezone)[0]
    report = backfill(desk, Range(since), progress, crew)
    load_open(desk, progress, crew)
    return report


def look_at(runtime: Runtime, options: XrayOptions, progress: Progress) -> XRay:
    """The X-ray of what the store has."""
    settings = runtime.settings
    look = Look(
        store=runtime.store,
        host=settings.host_key,
        as_of=runtime.host.now(),
        first=_first(runtime, options),
        zone=settings.timezone,
        share=options.share,
        hours=options.hours,
        progress=progress,
    )
    return xray(look, Drafts(settings.timezone, runtime.priorities()))


def starter(made: XRay) -> Starter:
    """The policy that the X-ray ends with."""
    remark = "The targets are what `slaplugin xray` measured; mend them as you like."
    return Starter(
        made.look.zone, made.hours.hours, made.targets or Starter().targets, remark=remark
    )


@dataclass(frozen=True, slots=True)
class Drafts:
    """Policy sets written as an admin would write them; ``priorities`` are the host's."""

    zone: str
    priorities: Mapping[str, str]

    def measuring(self, hours: OfficeHours) -> PolicySet:
        """Clocks that an objective names run without a target."""
        lines = [f"      - {{clock: {clock}, share: 95%}}" for clock in MEASURED]
        return self._read("\n".join([self._head(hours), "    objectives:", *lines]) + "\n")

    def draft(self, hours: OfficeHours, targets: Mapping[str, int]) -> PolicySet:
        """The starter's, or one without any target where nothing was measured."""
        if not targets:
            return self._read(self._head(hours) + "\n")
        return self._read(Starter(self.zone, hours.hours, targets).text())

    def _head(self, hours: OfficeHours) -> str:
        return Starter(self.zone, hours.hours).text().partition("\n    mode:")[0]

    def _read(self, text: str) -> PolicySet:
        loaded = load_policy_texts({"xray.yaml": text}, priorities=self.priorities)
        if loaded.policy_set is None:
            hint = "write --hours 'mon-fri 09:00-17:00', several parts with semicolons"
            said = "; ".join(problem.message for problem in loaded.problems)
            raise ConfigurationError(
                [Problem(f"the opening hours make no calendar: {said}", hint=hint)]
            )
        return loaded.policy_set


def _without_promises(runtime: Runtime) -> SinglePolicySet:
    """The policies of the pull: none that promises anything, so nothing is judged or marked."""
    loaded = load_policy_texts({"xray.yaml": _PULLED_BY}, priorities=runtime.priorities())
    return SinglePolicySet(loaded.required())


def _first(runtime: Runtime, options: XrayOptions) -> CalendarPeriod:
    return first_period(runtime.settings.timezone, runtime.host.now(), options.days)


def _take_possession(runtime: Runtime) -> None:
    """Two helpdesks in one file would be one to every figure."""
    store, settings = runtime.store, runtime.settings
    owner, url = store.flag(OWNER), str(settings.url)
    if owner == url:
        return
    if owner is not None or store.key_range(settings.host_key) is not None:
        whose = f"the tickets of {owner}" if owner else "another command's tickets"
        hint = "delete the file to begin anew, or name another one with --store"
        said = f"{settings.store} holds {whose}, not those of {url}"
        raise ConfigurationError([Problem(said, hint=hint)])
    with store.tx() as tx:
        tx.set_flag(OWNER, url)
