"""Clauses on reading the present: looks, batches, tickets that are gone or out of sight."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from slaplugin.app.errors import HostError, HostGoneError, HostLostError, SlapluginError
from slaplugin.app.ports import Host, Missing, Snapshot
from slaplugin.core.model import STATE_KINDS
from slaplugin.testing.contract.ask import error_of, in_order, later
from slaplugin.testing.contract.clause import broken, clause, expect, need
from slaplugin.testing.desk import Ability, Desk

NO_SUCH_TICKET = "987654321"


class ReadClauses:
    """What a ticket shows now."""

    @clause
    def test_look_shows_what_read_shows(self, desk: Desk) -> None:
        """The cheap read shows exactly what the full one shows, in the helpdesk's own words."""
        ticket = _busy_ticket(desk)
        words, host = desk.words, desk.host()
        looked, read = desk.host().look(ticket), host.read(ticket).seen
        expect(looked == read, f"look: {looked}\nread: {read}")
        expect(looked.priority == words.priorities[1], f"priority {looked.priority!r}")
        expect(looked.group == words.groups[1], f"group {looked.group!r}")
        expect(looked.owner == words.owners[0], f"owner {looked.owner!r}")
        expect(words.tags[2] in looked.tags, f"tags {sorted(looked.tags)}")
        shown = looked.fields.get(words.text_field)
        expect(shown == words.texts[0], f"{words.text_field} is {shown!r}")
        expect(looked.state_kind in STATE_KINDS, f"state kind {looked.state_kind!r}")

    @clause
    def test_look_knows_nobody(self, desk: Desk) -> None:
        """A ticket that nobody owns has the owner None, not the login of a stand-in."""
        owner = desk.host().look(desk.create()).owner
        expect(owner is None, f"a new ticket is owned by {owner!r}")

    @clause
    def test_batch_equals_single_reads(self, desk: Desk) -> None:
        """``read_many`` gives what ``read`` gives, each ticket once, in the order asked for."""
        tickets = [desk.create() for _ in range(desk.words.page_size + 1)]
        later(desk, partial(desk.agent_replies, tickets[0]))
        later(desk, partial(desk.close, tickets[1]))
        wanted = [tickets[-1], *tickets[:-1]]
        got = list(desk.host().read_many(wanted))
        in_order(wanted, [ticket for ticket, _ in got])
        host = desk.host()
        for ticket, found in got:
            snapshot = _snapshot(ticket, found)
            single = host.read(ticket)
            expect(snapshot.seen == single.seen, f"ticket {ticket}: {snapshot.seen}, {single.seen}")
            expect(
                snapshot.timeline == single.timeline,
                f"ticket {ticket} has another past in a batch than when it is read alone",
            )
        expect(list(desk.host().read_many([])) == [], "nothing was asked for and something came")

    @clause
    def test_batch_survives_a_bad_ticket(self, desk: Desk) -> None:
        """One ticket that cannot be read comes as an error in its place; the others come as if
        it had not been asked for; nothing is raised."""
        first, second, third = desk.create(), desk.create(), desk.create()
        bad = [NO_SUCH_TICKET]
        if Ability.DELETE not in desk.lacks:
            desk.delete(second)
            bad.append(second)
        if Ability.HIDE not in desk.lacks:
            hidden = desk.create()
            desk.hide(hidden)
            bad.append(hidden)
        wanted = [bad[0], first, *bad[1:], third]
        got = list(desk.host().read_many(wanted))
        in_order(wanted, [ticket for ticket, _ in got])
        for ticket, found in got:
            if ticket not in bad:
                _snapshot(ticket, found)
            elif not (isinstance(found, SlapluginError) or _ended(found)):
                broken(f"ticket {ticket} cannot be read and came as {type(found).__name__}")

    @clause
    def test_missing_tickets_are_errors(self, desk: Desk) -> None:
        """A ticket that never was is gone (HostGoneError) or out of sight (HostLostError) to
        every kind of read; ``missing`` reports it."""
        host = desk.host()
        for name, error in _errors_of(host, NO_SUCH_TICKET).items():
            expect(
                isinstance(error, HostGoneError | HostLostError),
                f"{name} of a ticket that never was: {error!r}",
            )
        found = [item.id for item in host.missing([desk.create(), NO_SUCH_TICKET])]
        expect(found == [NO_SUCH_TICKET], f"missing reports {found}, not [{NO_SUCH_TICKET!r}]")

    @clause
    def test_deleted_tickets_are_reported(self, desk: Desk) -> None:
        """A deleted ticket is reported by ``missing`` and to a reader: as gone where the
        helpdesk tells deleted from hidden, else as lost, since what is gone never comes back."""
        need(desk, Ability.DELETE)
        kept, deleted = desk.create(), desk.create()
        later(desk, partial(desk.delete, deleted))
        host = desk.host()
        why: Literal["lost", "gone"] = "lost" if Ability.TELL_GONE in desk.lacks else "gone"
        found = list(host.missing([kept, deleted]))
        expect(found == [Missing(deleted, why)], f"missing says {found}, not {why} of {deleted}")
        _raises(host, deleted, HostLostError if why == "lost" else HostGoneError)

    @clause
    def test_hidden_tickets_come_back(self, desk: Desk) -> None:
        """A ticket out of our sight is lost, never gone; ``missing`` says so, and it is read as
        before once it is back, its past included."""
        need(desk, Ability.HIDE)
        ticket, seen = desk.create(), desk.create()
        before = desk.host().read(ticket).timeline.events
        later(desk, partial(desk.hide, ticket))
        host = desk.host()
        found = list(host.missing([seen, ticket]))
        expect(found == [Missing(ticket, "lost")], f"missing says {found}, not lost of {ticket}")
        _raises(host, ticket, HostLostError)
        later(desk, partial(desk.unhide, ticket))
        expect(not list(host.missing([ticket])), f"ticket {ticket} is back and reported missing")
        after = {event.id for event in host.read(ticket).timeline.events}
        lost = [event.kind for event in before if event.id not in after]
        expect(not lost, f"after it came back its past lacks {lost}")

    @clause
    def test_now_is_the_helpdesks(self, desk: Desk) -> None:
        """``now`` and ``read_at`` follow the helpdesk's clock, not the machine's."""
        ticket, host = desk.create(), desk.host()
        for days in (0, 3, 40):
            desk.advance(days * 86_400)
            read_at = host.read(ticket).read_at
            for name, told in (("read_at", read_at), ("now", host.now())):
                off = told - desk.now()
                expect(abs(off) <= 2 + desk.words.slack, f"{name} is {off:+d} s off the helpdesk")

    @clause
    def test_requests_are_counted(self, desk: Desk) -> None:
        """``requests_made`` counts each request that the helpdesk gets, repeated ones too."""
        ticket, host = desk.create(), desk.host()
        received, made = desk.requests(), host.requests_made()
        host.read(ticket)
        host.look(ticket)
        list(host.changes(None))
        counted = host.requests_made() - made
        expect(counted >= 3, f"{counted} requests for a read, a look and a pull")
        now = desk.requests()
        if received is not None and now is not None:
            expect(counted == now - received, f"{counted} counted, {now - received} received")


def _busy_ticket(desk: Desk) -> str:
    ticket, words = desk.create(), desk.words
    for act in (
        partial(desk.set_priority, ticket, words.priorities[1]),
        partial(desk.set_group, ticket, words.groups[1]),
        partial(desk.set_owner, ticket, words.owners[0]),
        partial(desk.add_tag, ticket, words.tags[2]),
        partial(desk.set_text, ticket, words.texts[0]),
        partial(desk.agent_replies, ticket),
    ):
        later(desk, act)
    return ticket


def _snapshot(ticket: str, found: Snapshot | SlapluginError) -> Snapshot:
    if isinstance(found, SlapluginError):
        broken(f"ticket {ticket} can be read and came as {found!r}")
    return found


def _ended(found: Snapshot) -> bool:
    """Some helpdesks keep deleted tickets, and say that they are."""
    return found.seen.state_kind == "removed"


def _errors_of(host: Host, ticket: str) -> dict[str, HostError | None]:
    """How each kind of read of a ticket ends."""
    acts: dict[str, Callable[[], object]] = {
        "read": partial(host.read, ticket),
        "look": partial(host.look, ticket),
    }
    return {name: error_of(act) for name, act in acts.items()}


def _raises(host: Host, ticket: str, kind: type[HostError]) -> None:
    for name, error in _errors_of(host, ticket).items():
        expect(isinstance(error, kind), f"{name} of {ticket}: {error!r}, not {kind.__name__}")
