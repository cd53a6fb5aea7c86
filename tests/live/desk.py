"""A live Request Tracker as a :class:`slaplugin.testing.Desk`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from slaplugin.app.ports import Host
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.rt import make_host
from slaplugin.testing import Ability, FaultKind, Words
from slaplugin.testing.proxy import Exchange, HelpdeskProxy
from tests.live.people import Person
from tests.live.rt import DUE, TAGS, LiveRt

CUSTOMER = "joan@acme.example"
STATE_FIELD = "SLA State"
PAGE_SIZE = 5
WRONG_TOKEN = "1-15-" + "0" * 32
WORDS = Words(
    groups=("Support", "Escalations"),
    priorities=("0", "50"),
    owners=("anna", "ben"),
    open="open",
    waiting="stalled",
    closed="resolved",
    tags=("sla-risk", "sla-breach", "vip"),
    text_field=STATE_FIELD,
    date_field=DUE,
    page_size=PAGE_SIZE,
)
SEEN_BY_US = ("ShowTicket", "ShowTicketComments")
DONE_BY_US = ("ModifyTicket", "CommentOnTicket", "CreateTicket", "ReassignTicket")
FURNISH = """
    my $robots = RT::Group->new(RT->SystemUser);
    $robots->LoadUserDefinedGroup('SLA robots');
    for my $right (qw(%(everything)s)) {
        my ($ok, $said) = $robots->PrincipalObj->RevokeRight(Right => $right, Object => RT->System);
        die "$right: $said" unless $ok;
    }
    my %%rights = (%(rights)s);
    for my $name (keys %%rights) {
        my $queue = RT::Queue->new(RT->SystemUser);
        $queue->Load($name);
        $queue->Create(Name => $name) unless $queue->id;
        for my $right (@{$rights{$name}}) {
            my ($ok, $said) = $robots->PrincipalObj->GrantRight(Right => $right, Object => $queue);
            die "$name: $said" unless $ok;
        }
    }
"""
PROTECTED, HIDDEN = "Protected", "Hidden"
SHREDDED = (
    "DELETE FROM Groups WHERE Domain = 'RT::Ticket-Role' AND Instance = ?",
    "DELETE FROM Transactions WHERE ObjectType = 'RT::Ticket' AND ObjectId = ?",
    "DELETE FROM Tickets WHERE id = ?",
)


def furnish(rt: LiveRt) -> None:
    """Rights by queue instead of everywhere, and the field that the contract writes."""
    rt.add_custom_field(STATE_FIELD)
    ours = (*SEEN_BY_US, *DONE_BY_US)
    rights = {**dict.fromkeys(WORDS.groups, ours), PROTECTED: SEEN_BY_US, HIDDEN: ()}
    told = ", ".join(f"'{name}' => [qw({' '.join(some)})]" for name, some in rights.items())
    rt.perl(FURNISH % {"everything": " ".join(ours), "rights": told})


class RtDesk:
    """People at a Request Tracker of the desk's own; its clock stands still between acts."""

    words = WORDS
    faults = frozenset({FaultKind.ERROR, FaultKind.HALF, FaultKind.EMPTY})
    """What this helpdesk was seen to do (facts 3, 7); the other kinds of fault meet the transport
    that adapters share, which is tested without a server."""
    lacks: Mapping[Ability, str] = {
        Ability.PARTIES: "Request Tracker 5.0 has no VIP flag, and its REST 2 interface tells "
        "accounts without AdminUsers nothing of when a user was changed (seen on 5.0.3)",
        Ability.LATE_STAMPS: "SQLite lets one writer in at a time, so that nothing that the feed "
        "has passed comes to light later",
    }

    def __init__(self, rt: LiveRt, proxy: HelpdeskProxy) -> None:
        self.rt = rt
        self.proxy = proxy
        self.secrets = (rt.token,)

    @property
    def agent(self) -> Person:
        return self.rt.agent("carla")

    # ------------------------------------------------------------------ adapters

    def host(self) -> Host:
        return self._host(self.rt.token)

    def stranger(self) -> Host:
        return self._host(WRONG_TOKEN)

    def _host(self, token: str) -> Host:
        config = HostConfig(
            url=self.proxy.url,
            name="rt",
            token=Secret(token),
            page_size=PAGE_SIZE,
            own_fields={"due": DUE, "state": STATE_FIELD},
            timing=Timing(sleep=lambda _seconds: None),
        )
        return make_host(config)

    def requests(self) -> int | None:
        return self.proxy.requests()

    # ------------------------------------------------------------------ time

    def now(self) -> int:
        return int(self._moment().timestamp())

    def _moment(self) -> datetime:
        return self.rt.now or datetime.now(UTC)

    def advance(self, seconds: int) -> None:
        self.rt.clock(self._moment() + timedelta(seconds=seconds))

    def same_instant(self) -> AbstractContextManager[None]:
        return nullcontext()

    # ------------------------------------------------------------------ what people do

    def create(self) -> str:
        return self.rt.customer(CUSTOMER).create("A question")

    def customer_writes(self, ticket: str) -> None:
        self.rt.customer(CUSTOMER).reply(ticket, "And another one.")

    def agent_replies(self, ticket: str) -> None:
        self.agent.reply(ticket, "Here is the answer.")

    def agent_notes(self, ticket: str) -> None:
        self.agent.comment(ticket, "Not so easy.")

    def wait(self, ticket: str) -> None:
        self.agent.set(ticket, Status=self.words.waiting)

    def close(self, ticket: str) -> None:
        self.agent.set(ticket, Status=self.words.closed)

    def reopen(self, ticket: str) -> None:
        self.agent.set(ticket, Status=self.words.open)

    def set_priority(self, ticket: str, name: str) -> None:
        self.agent.set(ticket, Priority=int(name))

    def set_group(self, ticket: str, name: str) -> None:
        self.agent.set(ticket, Queue=name)

    def set_owner(self, ticket: str, login: str) -> None:
        self.agent.set(ticket, Owner=login)

    def add_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, {*self.agent.tags(ticket), tag})

    def remove_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, {*self.agent.tags(ticket)} - {tag})

    def _tag(self, ticket: str, tags: set[str]) -> None:
        self.agent.set(ticket, CustomFields={TAGS: sorted(tags)})

    def set_text(self, ticket: str, value: str) -> None:
        self.agent.set(ticket, CustomFields={STATE_FIELD: value})

    def merge(self, ticket: str, into: str) -> None:
        self.agent.merge(ticket, into)

    def delete(self, ticket: str) -> None:
        """What rt-shredder leaves of a ticket, in a hundredth of its time.

        SQLite would give the numbers of the newest rows away once more, so there are newer ones.
        """
        self.create()
        with closing(sqlite3.connect(self.rt.data / "rt.db", timeout=60)) as db, db:
            for statement in SHREDDED:
                db.execute(statement, (ticket,))

    def note_late(self, ticket: str) -> None:
        raise NotImplementedError(self.lacks[Ability.LATE_STAMPS])

    def hide(self, ticket: str) -> None:
        self.rt.admin.set(ticket, Queue=HIDDEN)

    def unhide(self, ticket: str) -> None:
        self.rt.admin.set(ticket, Queue=self.words.groups[0])

    def protect(self, ticket: str) -> None:
        self.rt.admin.set(ticket, Queue=PROTECTED)

    def set_vip(self, ticket: str, vip: bool) -> None:
        raise NotImplementedError(self.lacks[Ability.PARTIES])

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        self.proxy.break_down(kind, after)

    def heal(self) -> None:
        self.proxy.heal()

    def interrupted(self, act: Callable[[], None]) -> AbstractContextManager[None]:
        return self.proxy.interrupted(act)


def emptied(exchange: Exchange) -> bytes | None:
    """A search that a swallowed database error has emptied (facts 3): 200, no items, no total."""
    if exchange.method != "GET" or exchange.status != 200:
        return None
    if not urlsplit(exchange.path).query:
        return None
    good = json.loads(exchange.body)
    if "items" not in good:
        return None
    bad = {**good, "items": [], "count": 0, "pages": 0}
    return json.dumps({**bad, "total": good["total"] and 0}).encode()
