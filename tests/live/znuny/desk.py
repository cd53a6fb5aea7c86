"""A live Znuny as a :class:`slaplugin.testing.Desk`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

from slaplugin.app.ports import Host
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.otrs import definition, make_host
from slaplugin.testing import Ability, FaultKind, Words
from slaplugin.testing.proxy import Exchange, HelpdeskProxy
from tests.live.znuny.instance import ACCOUNT, PASSWORD, Znuny

ZONE = "Europe/Berlin"
WRONG = "secret-of-nobody"
AGENT, ROOT, CUSTOMER = "carla", "root@localhost", "joan"
PROTECTED, HIDDEN = "Archive", "Hidden"
TAGS, STATE, DUE = "SLATags", "SLAState", "SLADueAt"
WORDS = Words(
    groups=("Support", "Escalations"),
    priorities=("3 normal", "4 high"),
    owners=("anna", "ben"),
    open="open",
    waiting="pending reminder",
    closed="closed successful",
    tags=("sla-risk", "sla-breach", "vip"),
    text_field=STATE,
    date_field=DUE,
    zone=ZONE,
)
FIELDS = (
    {"name": TAGS, "type": "Multiselect", "values": WORDS.tags},
    {"name": DUE, "type": "DateTime"},
    {"name": STATE, "type": "Dropdown", "values": ("overdue", "at_risk", "paused", "ok")},
)


def furnish(znuny: Znuny) -> None:
    """What the guide asks for: the web service and the fields."""
    znuny.import_service("SLA", definition())
    znuny.add_fields(FIELDS)


class ZnunyDesk:
    """People at a Znuny of the desk's own; its clock stands still between acts."""

    words = WORDS
    faults = frozenset(FaultKind)
    lacks: Mapping[Ability, str] = {
        Ability.TELL_GONE: "AccessDenied means both (seen on Znuny 6.5)",
        Ability.PARTIES: "no operation tells of customers, and there is no VIP (facts 1)",
        Ability.SHARED_TAGS: "updates are not compared with a version (facts 10)",
    }
    secrets = (PASSWORD, WRONG)

    def __init__(self, znuny: Znuny, proxy: HelpdeskProxy) -> None:
        self.znuny = znuny
        self.proxy = proxy
        self._first = self.create()

    def tidy(self) -> None:
        """Delete every ticket but the first one: a search that works finds some ticket always."""
        queues = [*WORDS.groups, PROTECTED, HIDDEN]
        self.znuny.act("clear", queues=queues, but=self._first)

    # ------------------------------------------------------------------ adapters

    def host(self) -> Host:
        return self._host(PASSWORD)

    def stranger(self) -> Host:
        return self._host(WRONG)

    def _host(self, password: str) -> Host:
        timing = Timing(lambda: self._moment().timestamp(), lambda _seconds: None)
        config = HostConfig(
            url=self.proxy.url,
            name="znuny",
            user=ACCOUNT,
            password=Secret(password),
            page_size=WORDS.page_size,
            timezone=ZONE,
            timing=timing,
        )
        return make_host(config)

    def requests(self) -> int:
        return self.proxy.requests()

    # ------------------------------------------------------------------ time

    def now(self) -> int:
        return int(self._moment().timestamp())

    def _moment(self) -> datetime:
        return self.znuny.now or datetime.now(UTC)

    def advance(self, seconds: int) -> None:
        self.znuny.clock(self._moment() + timedelta(seconds=seconds))

    def same_instant(self) -> AbstractContextManager[None]:
        return nullcontext()

    # ------------------------------------------------------------------ what people do

    def create(self) -> str:
        return str(self.znuny.act("mail", customer=CUSTOMER, queue=WORDS.groups[0]))

    def customer_writes(self, ticket: str) -> None:
        self.znuny.act("mail", customer=CUSTOMER, ticket=ticket, text="And another one.")

    def agent_replies(self, ticket: str) -> None:
        """As the agents' page has it: an answer opens a new ticket."""
        state = self.znuny.act("shown", ticket=ticket)["State"]
        self._act("reply", ticket, state="open" if state == "new" else state)

    def agent_notes(self, ticket: str) -> None:
        self._act("note", ticket)

    def wait(self, ticket: str) -> None:
        self._act("state", ticket, state=WORDS.waiting, until=self.now() + 86_400)

    def close(self, ticket: str) -> None:
        self._act("state", ticket, state=WORDS.closed)

    def reopen(self, ticket: str) -> None:
        self._act("state", ticket, state=WORDS.open)

    def set_priority(self, ticket: str, name: str) -> None:
        self._act("set", ticket, what="priority", value=name)

    def set_group(self, ticket: str, name: str) -> None:
        self._act("set", ticket, what="queue", value=name)

    def set_owner(self, ticket: str, login: str) -> None:
        self._act("set", ticket, what="owner", value=login)

    def add_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, {*self._tags(ticket), tag})

    def remove_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, {*self._tags(ticket)} - {tag})

    def _tags(self, ticket: str) -> list[str]:
        return self.znuny.act("shown", ticket=ticket)[f"DynamicField_{TAGS}"] or []

    def _tag(self, ticket: str, tags: set[str]) -> None:
        self._act("field", ticket, name=TAGS, value=sorted(tags))

    def set_text(self, ticket: str, value: str) -> None:
        self._act("field", ticket, name=STATE, value=value)

    def merge(self, ticket: str, into: str) -> None:
        self._act("merge", ticket, into=into)

    def delete(self, ticket: str) -> None:
        self.znuny.act("delete", ticket=ticket)

    def note_late(self, ticket: str) -> None:
        """A transaction that took half a minute: the stamp is from when it began."""
        now = self._moment()
        self.znuny.clock(now - timedelta(seconds=30))
        self._act("note", ticket)
        self.znuny.clock(now)

    def hide(self, ticket: str) -> None:
        self._act("set", ticket, by=ROOT, what="queue", value=HIDDEN)

    def unhide(self, ticket: str) -> None:
        self._act("set", ticket, by=ROOT, what="queue", value=WORDS.groups[0])

    def protect(self, ticket: str) -> None:
        self._act("set", ticket, by=ROOT, what="queue", value=PROTECTED)

    def set_vip(self, ticket: str, vip: bool) -> None:
        raise NotImplementedError(self.lacks[Ability.PARTIES])

    def _act(self, do: str, ticket: str, *, by: str = AGENT, **told: object) -> None:
        self.znuny.act(do, ticket=ticket, by=by, **told)

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        self.proxy.break_down(kind, after)

    def heal(self) -> None:
        self.proxy.heal()

    def interrupted(self, act: Callable[[], None]) -> AbstractContextManager[None]:
        return self.proxy.interrupted(act)


def timeless(path: str, sent: bytes) -> tuple[str, bytes]:
    """A search without its times: what it does not know it ignores (facts 4)."""
    if not path.endswith("/TicketSearch"):
        return path, sent
    asked = {key: value for key, value in json.loads(sent).items() if not key.endswith("Date")}
    return path, json.dumps(asked).encode()


def emptied(exchange: Exchange) -> bytes | None:
    """What a failing statement of the database leaves of an answer (facts 11)."""
    if exchange.status != 200 or not exchange.body.startswith(b"{"):
        return None
    good = json.loads(exchange.body)
    if exchange.path.endswith("/TicketSearch"):
        return b"{}"
    if exchange.path.endswith("/TicketHistoryList"):
        rows = [{**row, "History": []} for row in good.get("TicketHistory", [])]
        return json.dumps({"TicketHistory": rows}).encode()
    if exchange.path.endswith("/TicketList"):
        rows = [_bare(row) for row in good.get("Ticket", [])]
        return json.dumps({"Ticket": rows}).encode()
    return None


def _bare(row: Mapping[str, object]) -> dict[str, object]:
    """A ticket without messages, its fields without values."""
    fields = row.get("DynamicField")
    names = [one["Name"] for one in fields] if isinstance(fields, list) else []
    kept = {name: value for name, value in row.items() if name != "Article"}
    return {**kept, "DynamicField": [{"Name": name, "Value": None} for name in names]}
