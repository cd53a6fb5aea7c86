"""``slaplugin reconcile``: our numbers against the helpdesk's own, differences explained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of, note
from slaplugin.cli.values import MOMENT, moment

if TYPE_CHECKING:
    from slaplugin.app.judge import Judge
    from slaplugin.app.reconcile import Compared, Natives, Ours
    from slaplugin.app.reconcile.bench import Bench
    from slaplugin.cli.subject import Subject
    from slaplugin.core.policies import PolicySet
    from slaplugin.wiring import Runtime


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's options; ``since`` in UTC epoch seconds."""

    tickets: tuple[str, ...]
    since: int | None
    clock: str | None


@click.command(epilog="Example: slaplugin reconcile --since 2026-03-01 --clock first_response")
@click.option("--ticket", "tickets", multiple=True, help="Number or id; may be repeated.")
@click.option("--since", type=MOMENT, metavar="T", help="Only tickets created since then.")
@click.option("--clock", metavar="NAME", help="Only this clock.")
@click.option("--all", "everything", is_flag=True, help="Print equal numbers, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def reconcile(invocation: Invocation, /, **given: Any) -> int:
    """Hold our numbers against the helpdesk's own SLA numbers.

    Both stand side by side, with the reason for each difference. Nothing is written. Exit code 1
    where a difference has no reason.
    """
    from slaplugin.report.reconcile import reconcile_json, reconcile_text, tally
    from slaplugin.wiring import Runtime

    zone = invocation.settings.timezone
    since = moment(given["since"], zone) if given["since"] else None
    asked = Asked(given["tickets"], since, given["clock"])
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        found, now, family = compared_with_host(runtime, asked)
    if given["as_json"]:
        emit(reconcile_json(found, now, family))
    else:
        look = look_of(invocation.settings)
        click.echo(reconcile_text(found, look, everything=given["everything"]), nl=False)
    return FOUND_WRONG if tally(found)["unexplained"] else DONE


def compared_with_host(runtime: Runtime, asked: Asked) -> tuple[list[Compared], int, str]:
    """Every ticket asked for, the present, and the family whose numbers they are."""
    from slaplugin.app.errors import ConfigurationError
    from slaplugin.app.explaining import present_judge
    from slaplugin.wiring.sides import natives_of

    natives = natives_of(runtime.settings)
    if natives is None:
        raise ConfigurationError(
            f"helpdesks of the kind {runtime.settings.host!r} have no SLA numbers that we can read"
        )
    try:
        now = runtime.host.now()
        store = runtime.view if runtime.has_store else None
        judge = present_judge(runtime.policies, store, now)
        return _compared(_Tickets(runtime, judge, now), natives, asked), now, natives.family
    finally:
        natives.close()


def _compared(tickets: _Tickets, natives: Natives, asked: Asked) -> list[Compared]:
    from slaplugin.app.reconcile import reconcile as hold_against
    from slaplugin.app.reconcile.bench import Bench

    bench = Bench(tickets.judge.current, natives.family)
    _check_clock(asked.clock, tickets.judge.current)
    found = list(hold_against(tickets.of(asked), natives, bench, asked.clock))
    if not found:
        note("the helpdesk shows none of these tickets")
    return [_again(each, tickets, natives, bench, asked.clock) for each in found]


def _check_clock(name: str | None, policy_set: PolicySet) -> None:
    from slaplugin.core.clocks.definitions import all_clocks

    known = [clock.name for clock in all_clocks(policy_set.clocks)]
    if name is not None and name not in known:
        raise click.UsageError(f"--clock {name}: there is no such clock; one of {', '.join(known)}")


def _again(
    found: Compared, tickets: _Tickets, natives: Natives, bench: Bench, clock: str | None
) -> Compared:
    """What has no reason is read anew: the store may be older than the helpdesk's numbers."""
    from slaplugin.app.reconcile import reconcile as hold_against

    if all(each.verdict != "unexplained" for each in found.clocks):
        return found
    fresh = tickets.fresh(found.timeline.ticket.id)
    return next(iter(hold_against([fresh], natives, bench, clock)), found)


@dataclass(frozen=True, slots=True)
class _Tickets:
    """Tickets as we judge them, from the store or, one by one, from the helpdesk."""

    runtime: Runtime
    judge: Judge
    now: int

    def of(self, asked: Asked) -> Iterator[Ours]:
        """Those asked for; without names all of the store."""
        from slaplugin.cli.subject import subject_of

        if asked.tickets:
            for text in asked.tickets:
                yield self._judged(subject_of(self.runtime, text))
            return
        host = self.runtime.settings.host_key
        for ticket in self.runtime.view.ids(host):
            ours = self._stored(host, ticket)
            if asked.since is None or _created(ours) >= asked.since:
                yield ours

    def fresh(self, ticket: str) -> Ours:
        """The ticket as the helpdesk shows it now."""
        from slaplugin.cli.subject import subject_of

        return self._judged(subject_of(self.runtime, ticket, live=True))

    def _stored(self, host: str, ticket: str) -> Ours:
        from slaplugin.cli.subject import Subject

        stored = self.runtime.view.ticket(host, ticket)
        actions = tuple(self.runtime.view.actions_of(host, ticket))
        return self._judged(Subject(stored, actions))

    def _judged(self, subject: Subject) -> Ours:
        from slaplugin.app.reconcile import Ours
        from slaplugin.cli.subject import known_of

        known = known_of(subject, self.runtime, self.judge, self.now)
        return Ours(known.timeline, self.judge.verdict(known, self.now).evaluation)


def _created(ours: Ours) -> int:
    created = (event.at for event in ours.timeline.events if event.kind == "created")
    return min(created, default=0)
