"""A whole installation: the stand-in, an adapter, a store, policies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from slaplugin.app.backfill import BackfillReport, Range, backfill
from slaplugin.app.cycle import sync
from slaplugin.app.desk import Desk as AppDesk
from slaplugin.app.desk import NoChannels
from slaplugin.app.options import Options
from slaplugin.app.outcome import CycleReport
from slaplugin.core.model import Event
from slaplugin.core.plan import Showing
from slaplugin.hosts.config import HostConfig, Limits, Secret, Timing
from slaplugin.hosts.otrs import OtrsHost, make_host
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.store import SqliteStore
from slaplugin.testing import FixedPolicies, NoHooks, SilentProgress

from .catalog import Field
from .people import Desk
from .server import Server
from .witness import KINDS, Fact

NAME = "otrs"
ACCOUNT = "2"
"""Of ``sla.api``."""
TAGS = ("sla-risk", "sla-breach", "vip")
SHOWING = Showing(due="SLADueAt", state="SLAState")

POLICIES = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "08:00-18:00"}}
policies:
  - name: standard
    calendar: office
    targets: {first_response: 4h, resolution: 16h}
    steps:
      - {at: 75%, do: [mark]}
      - at: breach
        do:
          - mark
          - {priority: urgent, only: raise}
          - {note: "{clock} target of {target} missed."}
"""


class Installation:
    """``sync`` and ``backfill`` as the commands do them; the adapter can be made anew."""

    def __init__(
        self,
        server: Server,
        folder: Path,
        *,
        zone: str = "UTC",
        page_size: int = 100,
        policies: str = POLICIES,
    ) -> None:
        self.server = server
        self.people: Desk = server.desk
        self.people.catalog.add_field(Field("SLATags", "Multiselect", TAGS))
        self.store = SqliteStore(folder / "store.db", durable=False)
        self._zone = zone
        self._page_size = page_size
        self.host = self.fresh_host()
        texts = {"policies.yaml": policies}
        self.policies = FixedPolicies(
            load_policy_texts(texts, priorities=self.host.priority_names).required()
        )

    def fresh_host(self) -> OtrsHost:
        """As another process would have: nothing is remembered but the store."""
        return make_host(
            HostConfig(
                url=self.server.url, name=NAME, user="sla.api", password=Secret("PASSWORD"),
                timezone=self._zone, page_size=self._page_size, tags_field="SLATags",
                own_fields={"due": "SLADueAt", "state": "SLAState"},
                limits=Limits(retries=1), timing=Timing(sleep=lambda seconds: None),
            )
        )  # fmt: skip

    def restart(self) -> None:
        """Go on in another process."""
        self.host.close()
        self.host = self.fresh_host()

    def close(self) -> None:
        self.host.close()
        self.store.close()

    def _desk(self) -> AppDesk:
        options = Options(showing=SHOWING)
        return AppDesk(self.host, self.store, NoHooks(), self.policies, options, NoChannels())

    def sync(self) -> CycleReport:
        return sync(self._desk())

    def backfill(self, since: int, until: int | None = None) -> BackfillReport:
        return backfill(self._desk(), Range(since, until), SilentProgress())

    def facts(self, ticket: int) -> Counter[Fact]:
        """What the store holds of a ticket, our own writes left out, in a witness's words."""
        stored = self.store.ticket(NAME, str(ticket))
        events = stored.events if stored else ()
        return Counter(
            (event.kind, event.at, _value(event.kind, event.data))
            for event in events
            if event.kind in KINDS and not _is_ours(event)
            if not (stored and event.id in stored.vanished)
        )


def _is_ours(event: Event) -> bool:
    return event.actor is not None and event.actor.key == ACCOUNT


def _value(kind: str, data: object) -> object:
    keys = {"merged": "into", "absorbed": "ticket"}
    if not isinstance(data, dict) and not hasattr(data, "get"):
        return None
    if kind.endswith("_changed"):
        return data.get("to")
    return data.get(keys.get(kind, "message"))
