"""Clauses on ``Host.write``: what was asked for is there afterwards, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from slaplugin.app.echo import mark_ours
from slaplugin.app.errors import HostError, HostPermanentError
from slaplugin.app.hold import concerns_ticket
from slaplugin.app.ports import Change, Host
from slaplugin.core.actions import ActionRow, Seen
from slaplugin.core.model import Event
from slaplugin.core.plan import HostWords, PlanContext, shows
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook
from slaplugin.testing.contract.ask import fails, later, machine_zone, own, past, refused, told
from slaplugin.testing.contract.clause import clause, expect, need
from slaplugin.testing.desk import Ability, Desk, Words

KEY = "4711:resolution:h1:75%"


class WriteClauses:
    """Our own changes."""

    @clause
    def test_write_shows_at_once(self, desk: Desk) -> None:
        """Every kind of change is shown by the next look, several of one request as well."""
        ticket, words = desk.create(), desk.words
        changes = _each_kind(words)
        for change in changes:
            host = desk.host()
            desk.advance(60)
            host.write(ticket, [change])
            _shown(host.look(ticket), [change])
        other = desk.create()
        desk.host().write(other, changes)
        _shown(desk.host().look(other), changes)

    @clause
    def test_write_empties_again(self, desk: Desk) -> None:
        """An owner, a text and a date can be taken away, so that they show as before."""
        ticket, words, host = desk.create(), desk.words, desk.host()
        before = host.look(ticket)
        filled = [c for c in _each_kind(words) if c.kind in ("set_owner", "set_field")]
        host.write(ticket, filled)
        host.write(
            ticket,
            [
                Change("set_owner", None) if change.kind == "set_owner"
                else Change("set_field", before.fields.get(change.field or ""), change.field)
                for change in filled
            ],
        )  # fmt: skip
        after = host.look(ticket)
        expect(after.owner is None, f"the owner was taken away and is {after.owner!r}")
        for change in filled:
            if change.field is not None:
                pair = (before.fields.get(change.field), after.fields.get(change.field))
                expect(pair[0] == pair[1], f"{change.field} was {pair[0]!r}, is now {pair[1]!r}")

    @clause
    def test_write_is_ours(self, desk: Desk) -> None:
        """Events of our own writes are by the account that the adapter names, those of people
        never are; the application recognises ours by that."""
        ticket, words, host = desk.create(), desk.words, desk.host()
        later(desk, partial(desk.set_priority, ticket, words.priorities[1]))
        known = {event.id for event in past(desk, ticket)}
        expect(host.account is not None, "the adapter does not know its own account")
        mine = [own(host, event) for event in past(desk, ticket)]
        expect(not any(mine), "what people did is said to be done by our account")
        changes = [Change("set_priority", words.priorities[0]), Change("add_note", "x", key=KEY)]
        desk.advance(60)
        at = desk.now()
        host.write(ticket, changes)
        desk.advance(1000)
        desk.set_priority(ticket, words.priorities[1])
        desk.advance(1000)
        desk.set_priority(ticket, words.priorities[0])
        events = [event for event in past(desk, ticket) if event.id not in known]
        _ours_are_marked(host, events, changes, at)

    @clause
    def test_write_of_what_is_there_changes_nothing(self, desk: Desk) -> None:
        """A change that is made already leaves no event and no other value behind."""
        ticket, words, host = desk.create(), desk.words, desk.host()
        changes = [change for change in _each_kind(words) if change.kind != "add_note"]
        host.write(ticket, changes)
        before, shown = past(desk, ticket), host.look(ticket)
        desk.advance(600)
        desk.host().write(ticket, changes)
        desk.host().write(ticket, [Change("remove_tag", words.tags[1])])
        news = [event for event in past(desk, ticket) if event.id not in {e.id for e in before}]
        expect(not news, f"written twice, and the second time told as {told(news)}")
        again = host.look(ticket)
        expect(_same_values(shown, again), f"shown {shown}\nthen {again}")

    @clause
    def test_write_leaves_one_note(self, desk: Desk) -> None:
        """A note is one note; ``has_note`` finds it by its key, in another process as well, and
        finds none of another key or another ticket."""
        ticket, other, host = desk.create(), desk.create(), desk.host()
        expect(not host.has_note(ticket, KEY), "a note is found before it was written")
        before = {event.id for event in past(desk, ticket)}
        host.write(ticket, [Change("add_note", "Due <soon> & \u201clate\u201d.", key=KEY)])
        notes = [event for event in past(desk, ticket) if event.id not in before]
        kinds = [event.kind for event in notes]
        expect(kinds == ["note"], f"one note was written and is told as {told(notes)}")
        fresh = desk.host()
        expect(fresh.has_note(ticket, KEY), "another process does not find the note by its key")
        expect(not fresh.has_note(ticket, KEY[:-1]), "found by the beginning of its key")
        expect(not fresh.has_note(other, KEY), "found on another ticket")

    @clause
    def test_write_of_a_note_answers_nobody(self, desk: Desk) -> None:
        """A note of ours is no answer and no message to the customer, and it opens nothing."""
        ticket, host = desk.create(), desk.host()
        later(desk, partial(desk.wait, ticket))
        before, state = {event.id for event in past(desk, ticket)}, host.look(ticket).state
        desk.advance(60)
        host.write(ticket, [Change("add_note", "Half of the time is over.", key=KEY)])
        news = [event for event in past(desk, ticket) if event.id not in before]
        wrong = [event for event in news if event.kind != "note"]
        expect(not wrong, f"a note of ours is told as {told(wrong)}")
        after = host.look(ticket).state
        expect(after == state, f"our note moved the state from {state!r} to {after!r}")

    @clause
    def test_write_keeps_the_tags_of_others(self, desk: Desk) -> None:
        """Tags that other people set stay, those set since our last read as well."""
        words, host = desk.words, desk.host()
        ticket = desk.create()
        host.read(ticket)
        desk.add_tag(ticket, words.tags[2])
        host.write(ticket, [Change("add_tag", words.tags[0])])
        host.write(ticket, [Change("remove_tag", words.tags[0]), Change("add_tag", words.tags[1])])
        tags = host.look(ticket).tags
        wanted = {words.tags[1], words.tags[2]}
        expect(tags == wanted, f"wanted {sorted(wanted)}, shown {sorted(tags)}")

    @clause
    def test_write_keeps_tags_that_come_meanwhile(self, desk: Desk) -> None:
        """A tag that somebody adds while our write is under way stays; a write that gives up for
        that (HostTemporaryError) can be repeated."""
        need(desk, Ability.SHARED_TAGS, Ability.INTERRUPT)
        words = desk.words
        for place in range(5):
            ticket, count = desk.create(), [place]
            desk.host().look(ticket)
            add = [Change("add_tag", words.tags[0])]
            with desk.interrupted(_at(count, partial(desk.add_tag, ticket, words.tags[2]))):
                failed = fails(partial(desk.host().write, ticket, add))
            if failed:
                desk.host().write(ticket, add)
            tags, wanted = desk.host().look(ticket).tags, {words.tags[0]}
            wanted |= {words.tags[2]} if count[0] < 0 else set()
            expect(tags == wanted, f"wanted {sorted(wanted)}, shown {sorted(tags)}")

    @clause
    def test_write_keeps_the_date(self, desk: Desk) -> None:
        """A date is UTC epoch seconds, in writing and in reading, in summer and in winter, on a
        machine of any zone."""
        need(desk, Ability.DATE_FIELD)
        ticket, field = desk.create(), desk.words.date_field
        for instant in (1_772_445_600, 1_790_589_540, 1_793_488_800):
            for zone in ("UTC", "Pacific/Auckland"):
                with machine_zone(zone):
                    desk.host().write(ticket, [Change("set_field", instant, field=field)])
                    shown = desk.host().look(ticket).fields.get(str(field))
                expect(shown == instant, f"written {instant}, shown {shown!r}")
                desk.host().write(ticket, [Change("set_field", None, field=field)])

    @clause
    def test_write_that_is_refused_says_so(self, desk: Desk) -> None:
        """A value that the helpdesk refuses is a HostPermanentError that names it, however the
        helpdesk puts its refusal, and whose status says that it is about this ticket alone. What
        it drops without a word, as many do with a field that they do not have, is not shown by
        the next look."""
        ticket = desk.create()
        for change in _impossible(desk.words):
            host = desk.host()
            error = refused(partial(host.write, ticket, [change]))
            name = str(change.field or change.value)
            what = f"{change.kind} {name!r}"
            if error is None:
                expect(change.kind == "set_field", f"{what} was passed over in silence")
                expect(not _is_shown(host.look(ticket), change), f"{what} shows as if it were done")
            else:
                expect(isinstance(error, HostPermanentError), f"{what} is answered by {error!r}")
                expect(name in str(error), f"{what} is not named: {error}")
                expect(
                    concerns_ticket(error),
                    f"{what}: status {error.status} would end the whole cycle; give a 4xx (422)",
                )

    @clause
    def test_write_that_is_refused_spoils_nothing(self, desk: Desk) -> None:
        """After a refusal the ticket shows what it did before, but for changes of the same call
        that got through; each of these can be written again, alone."""
        words = desk.words
        for bad in _impossible(words):
            ticket, host = desk.create(), desk.host()
            desk.add_tag(ticket, words.tags[2])
            before = host.look(ticket)
            good = [Change("add_tag", words.tags[0])]
            good += [Change("set_field", words.texts[0], field=words.text_field)]
            refused(partial(host.write, ticket, [*good, bad]))
            after = host.look(ticket)
            expect(words.tags[2] in after.tags, f"refused {bad.kind}: a tag of others is gone")
            pairs = [(before.priority, after.priority), (before.group, after.group)]
            pairs += [(before.owner, after.owner), (before.state, after.state)]
            moved = [pair for pair in pairs if pair[0] != pair[1]]
            expect(not moved, f"refused {bad.kind} {bad.value!r}, and changed: {moved}")
            host.write(ticket, good)
            _shown(host.look(ticket), good)

    @clause
    def test_write_to_a_protected_ticket_says_so(self, desk: Desk) -> None:
        """Where our account may not change a ticket, that is an error of the host, not silence."""
        need(desk, Ability.PROTECT)
        ticket, words = desk.create(), desk.words
        desk.protect(ticket)
        for change in _each_kind(words):
            if change.kind == "add_note":
                continue
            host = desk.host()
            error = refused(partial(host.write, ticket, [change]))
            shown = _is_shown(host.look(ticket), change)
            expect(
                isinstance(error, HostError) or shown,
                f"{change.kind} on a ticket that we may not change: no error, and not shown",
            )


def _at(count: list[int], act: Callable[[], None]) -> Callable[[], None]:
    """The act at the request of this place, counted down to below 0 once it was done."""

    def step() -> None:
        if count[0] == 0:
            act()
        count[0] -= 1

    return step


def _each_kind(words: Words) -> list[Change]:
    """A change of every kind, all of which fit into one request."""
    date = [Change("set_field", 1_790_589_540, field=words.date_field)] if words.date_field else []
    return [
        Change("add_tag", words.tags[0]),
        Change("set_priority", words.priorities[1]),
        Change("set_owner", words.owners[1]),
        Change("set_state", words.open),
        Change("set_field", words.texts[1], field=words.text_field),
        *date,
        Change("add_note", "Look at this.", key=KEY),
    ]


def _impossible(words: Words) -> list[Change]:
    """What no helpdesk has."""
    return [
        Change("set_priority", "no such priority"),
        Change("set_group", "No such group"),
        Change("set_state", "no such state"),
        Change("set_owner", "nobody.of.that.name"),
        Change("set_field", words.texts[0], field="no_such_field"),
    ]


def _is_shown(seen: Seen, change: Change) -> bool:
    return change.kind == "add_note" or shows(seen, change.kind, change.field, change.value)


def _shown(seen: Seen, changes: Sequence[Change]) -> None:
    for change in changes:
        expect(
            _is_shown(seen, change),
            f"{change.kind} {change.field or ''} {change.value!r} was written and is not shown: "
            f"{seen}",
        )


def _same_values(some: Seen, other: Seen) -> bool:
    """All that is shown but the stamp: some helpdesks move it on a write that changes nothing."""
    return [some.tags, some.priority, some.group, some.owner, some.state, some.fields] == [
        other.tags, other.priority, other.group, other.owner, other.state, other.fields
    ]  # fmt: skip


def _ours_are_marked(
    host: Host, events: Sequence[Event], changes: Sequence[Change], at: int
) -> None:
    """As the application does it: by its journal and by the account (rule R15)."""
    rows = [
        ActionRow(
            key=f"{place}", host=host.name, ticket="", kind=change.kind, clock=None,
            start_event=None, step=None, policy=None, due_at=at, value=change.value,
            status="done", at=at,
        )
        for place, change in enumerate(changes)
    ]  # fmt: skip
    words = HostWords(host.account, host.priority_names)
    context = PlanContext(RuleBook(PolicySet()), words=words)
    marked = [event for event in mark_ours(events, (), rows, context) if event.ours]
    found = sorted(event.kind for event in marked)
    expect(
        found == ["note", "priority_changed"],
        f"a priority and a note were ours; recognised as ours: {told(marked)} of {told(events)}",
    )
    foreign = [event for event in marked if not own(host, event)]
    expect(not foreign, f"ours, but by another account: {told(foreign)}")
