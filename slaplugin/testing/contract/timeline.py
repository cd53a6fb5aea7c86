"""Clauses on what ``Host.read`` tells of the past: what, when, by whom, in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from slaplugin.app.ports import Host
from slaplugin.core.model import EVENT_KINDS, Event
from slaplugin.testing.contract.ask import (
    Span,
    caught_up,
    kinds,
    later,
    machine_zone,
    names,
    one,
    past,
    stamped,
    told,
    without_opening,
)
from slaplugin.testing.contract.clause import broken, clause, expect, need
from slaplugin.testing.desk import Ability, Desk


class TimelineClauses:
    """The past of a ticket."""

    @clause
    def test_past_tells_messages(self, desk: Desk) -> None:
        """A customer's message, an agent's answer and an internal note are one event each, at
        the instant they came, by somebody of that role; a note is no answer."""
        ticket = desk.create()
        acts = {
            "customer_message": later(desk, partial(desk.customer_writes, ticket)),
            "agent_reply": later(desk, partial(desk.agent_replies, ticket)),
            "note": later(desk, partial(desk.agent_notes, ticket)),
        }
        events = without_opening(past(desk, ticket))
        for kind, when in acts.items():
            stamped(one(events, kind), when)
        _by(one(events, "customer_message"), "customer")
        _by(one(events, "agent_reply"), "agent")

    @clause
    def test_past_begins_with_the_creation(self, desk: Desk) -> None:
        """The first event is the one ``created``: at its instant, by the customer who wrote in;
        the ticket's facts are those of that time."""
        found = list[str]()
        when = later(desk, lambda: found.append(desk.create()))
        ticket, words = found[0], desk.words
        later(desk, partial(desk.set_priority, ticket, words.priorities[1]))
        later(desk, partial(desk.set_group, ticket, words.groups[1]))
        timeline = desk.host().read(ticket).timeline
        created = one(timeline.events, "created")
        stamped(created, when)
        expect(created.data.get("by") == "customer", f"created by {created.data.get('by')!r}")
        expect(timeline.events[0] is created, f"it begins with {told(timeline.events[:2])}")
        expect(timeline.ticket.id == ticket, f"read({ticket!r}) tells of {timeline.ticket.id!r}")
        facts = {key: timeline.ticket.facts.get(key) for key in ("priority", "group")}
        wanted = {"priority": words.priorities[0], "group": words.groups[0]}
        expect(facts == wanted, f"created with {wanted}, told with {facts}")

    @clause
    def test_past_tells_changes(self, desk: Desk) -> None:
        """Another priority, group, owner and state are one event each, with the helpdesk's word
        and the instant."""
        ticket, words = desk.create(), desk.words
        acts = {
            ("priority_changed", words.priorities[1]): partial(
                desk.set_priority, ticket, words.priorities[1]
            ),
            ("owner_changed", words.owners[0]): partial(desk.set_owner, ticket, words.owners[0]),
            ("group_changed", words.groups[1]): partial(desk.set_group, ticket, words.groups[1]),
            ("state_changed", words.waiting): partial(desk.wait, ticket),
            ("state_changed", words.closed): partial(desk.close, ticket),
        }
        done = {what: later(desk, act) for what, act in acts.items()}
        events = past(desk, ticket)
        for (kind, to), when in done.items():
            stamped(one(events, kind, to=to), when)
        waiting = one(events, "state_changed", to=words.waiting)
        expect(
            str(waiting.data.get("kind")).startswith("waiting"),
            f"the waiting state {words.waiting!r} is told as {waiting.data.get('kind')!r}",
        )
        closed = one(events, "state_changed", to=words.closed)
        expect(closed.data.get("kind") == "closed", f"{words.closed!r} is told as {closed.data}")

    @clause
    def test_past_tells_tags(self, desk: Desk) -> None:
        """A tag that comes or goes is one event, with its instant."""
        need(desk, Ability.TAG_HISTORY)
        ticket, tag = desk.create(), desk.words.tags[2]
        came = later(desk, partial(desk.add_tag, ticket, tag))
        went = later(desk, partial(desk.remove_tag, ticket, tag))
        events = past(desk, ticket)
        stamped(one(events, "tag_added", tag=tag), came)
        stamped(one(events, "tag_removed", tag=tag), went)

    @clause
    def test_past_tells_fields(self, desk: Desk) -> None:
        """A custom field that changes is one event ``fields.<name>``, with its value and
        instant."""
        need(desk, Ability.FIELD_HISTORY)
        ticket, words = desk.create(), desk.words
        when = later(desk, partial(desk.set_text, ticket, words.texts[0]))
        field = f"fields.{words.text_field}"
        stamped(one(past(desk, ticket), "field_changed", field=field, to=words.texts[0]), when)

    @clause
    def test_past_shows_the_customers_message_after_a_wait(self, desk: Desk) -> None:
        """A customer's answer to a waiting ticket comes after the wait began, even where the
        helpdesk changes no state by it."""
        ticket = desk.create()
        later(desk, partial(desk.agent_replies, ticket))
        later(desk, partial(desk.wait, ticket))
        when = later(desk, partial(desk.customer_writes, ticket))
        events = past(desk, ticket)
        wait = one(events, "state_changed", to=desk.words.waiting)
        answer = one(without_opening(events), "customer_message")
        stamped(answer, when)
        expect(wait.order < answer.order, f"told as {told(events)}")

    @clause
    def test_past_is_in_order(self, desk: Desk) -> None:
        """Events have different identities and come in the order of (instant, sequence), which
        is that of the acts; also of acts within one stamp: an answer before the close that came
        with it."""
        ticket = desk.create()
        desk.advance(60)
        with desk.same_instant():
            desk.agent_replies(ticket)
            desk.close(ticket)
        events = past(desk, ticket)
        orders = [event.order for event in events]
        expect(orders == sorted(orders), f"not in order: {told(events)}")
        expect(len(set(orders)) == len(orders), f"two events have one place: {told(events)}")
        ids = [event.id for event in events]
        expect(len(set(ids)) == len(ids), f"two events have one identity: {sorted(ids)}")
        unknown = kinds(events) - EVENT_KINDS
        expect(not unknown, f"kinds that nobody knows: {sorted(unknown)}")
        reply = one(events, "agent_reply")
        close = one(events, "state_changed", to=desk.words.closed)
        expect(reply.order < close.order, "answered, then closed; told the other way round")

    @clause
    def test_past_has_lasting_identities(self, desk: Desk) -> None:
        """Another adapter tells the same events with the same identities, and what happens later
        is added to them without changing any."""
        ticket = desk.create()
        for act in (desk.customer_writes, desk.agent_replies, desk.agent_notes, desk.wait):
            later(desk, partial(act, ticket))
        before = past(desk, ticket)
        again = past(desk, ticket)
        expect(_same(before, again), f"told {told(before)}, and by another adapter {told(again)}")
        for act in (desk.customer_writes, desk.agent_notes, desk.close):
            later(desk, partial(act, ticket))
        after = {event.id: event for event in past(desk, ticket)}
        changed = [event for event in before if not _same([event], [after.get(event.id, event)])]
        lost = [event for event in before if event.id not in after]
        expect(not lost, f"identities that are gone after later acts: {told(lost)}")
        expect(not changed, f"events that are told otherwise after later acts: {told(changed)}")

    @clause
    def test_past_is_in_utc_on_any_machine(self, desk: Desk) -> None:
        """The same instants are told whatever zone the machine has that runs the adapter."""
        ticket = desk.create()
        when = later(desk, partial(desk.customer_writes, ticket))
        for zone in ("Pacific/Auckland", "America/Los_Angeles"):
            with machine_zone(zone):
                stamped(one(without_opening(past(desk, ticket)), "customer_message"), when)

    @clause
    def test_past_is_exact_around_clock_changes(self, desk: Desk) -> None:
        """Acts before and after the clocks go back and forward have their true instants, are in
        order, and are in the feed. (The first pass of the hour that comes twice cannot be told
        in local texts; it is not asked for.)"""
        for change in _changes_of(desk):
            bookmark, ticket = caught_up(desk), desk.create()
            spans = list[Span]()
            for instant in (change - 5400, change - 3780, change, change + 3600):
                desk.advance(max(0, instant - desk.now()))
                spans.append(later(desk, partial(desk.customer_writes, ticket)))
                _is_named(desk.host(), bookmark, ticket)
            messages = (event for event in past(desk, ticket) if event.kind == "customer_message")
            events = without_opening(messages)
            expect(len(events) == len(spans), f"{len(spans)} messages, told {told(events)}")
            for event, span in zip(events, spans, strict=True):
                stamped(event, span)

    @clause
    def test_past_after_a_merge(self, desk: Desk) -> None:
        """The merged ticket ends with one ``merged``; the other one has one ``absorbed`` with
        what it brought along, told nowhere else; the earlier events of both stay as they were."""
        need(desk, Ability.MERGE)
        target = desk.create()
        desk.advance(60)
        source = desk.create()
        later(desk, partial(desk.customer_writes, source))
        later(desk, partial(desk.agent_replies, target))
        before = past(desk, target)
        when = later(desk, partial(desk.merge, source, target))
        host = desk.host()
        ended, goes_on = host.read(source), host.read(target)
        expect(ended.timeline.ticket.id == source, f"read({source!r}) tells of another ticket")
        stamped(one(ended.timeline.events, "merged", into=target), when)
        absorbed = one(goes_on.timeline.events, "absorbed")
        stamped(absorbed, when)
        brought = list(absorbed.data.get("events", ()))
        one(brought, "created")
        one(without_opening(brought), "customer_message")
        _nothing_twice(goes_on.timeline.events, brought)
        lost = {event.id for event in before} - {event.id for event in goes_on.timeline.events}
        expect(not lost, f"the merge took identities from the ticket that goes on: {sorted(lost)}")
        missing = [found.id for found in host.missing([source, target])]
        expect(not missing, f"merged tickets are still there; reported missing: {missing}")

    @clause
    def test_past_of_a_party_is_known_only_today(self, desk: Desk) -> None:
        """Facts of the customer are told as of today and named in ``current_only``."""
        need(desk, Ability.PARTIES)
        ticket = desk.create()
        later(desk, partial(desk.set_vip, ticket, True))
        told_as = desk.host().read(ticket).timeline.ticket
        expect(told_as.facts.get("customer.vip") is True, "the customer is a VIP by now")
        expect("customer.vip" in told_as.current_only, "customer.vip is not in current_only")
        desk.set_vip(ticket, False)


def _by(event: Event, role: str) -> None:
    found = event.actor.role if event.actor else None
    expect(found == role, f"{event.kind} was by somebody of role {role}, told as {found}")


def _same(some: tuple[Event, ...] | list[Event], others: tuple[Event, ...] | list[Event]) -> bool:
    return [_essence(event) for event in some] == [_essence(event) for event in others]


def _essence(event: Event) -> tuple[object, ...]:
    """All but the sequence, which may shift where others come to the same instant."""
    return (event.id, event.at_ms, event.kind, dict(event.data), event.actor)


def _is_named(host: Host, bookmark: str | None, ticket: str) -> None:
    if ticket not in names(host.changes(bookmark)):
        broken(f"ticket {ticket} changed around the clock change and the feed does not name it")


def _nothing_twice(events: tuple[Event, ...], brought: list[Event]) -> None:
    ids = {event.id for event in brought}
    written = {event.at_ms for event in brought if event.kind == "customer_message"}
    twice = [event for event in events if event.id in ids]
    again = [
        event for event in events if event.kind == "customer_message" and event.at_ms in written
    ]  # the same message under another identity
    expect(not twice and not again, f"absorbed and told once more: {told([*twice, *again])}")


def _changes_of(desk: Desk) -> list[int]:
    """When the clocks change next in the desk's zone, twice; UTC epoch seconds."""
    zone = ZoneInfo(desk.words.zone if desk.words.zone != "UTC" else "Europe/Berlin")
    hour = datetime.fromtimestamp(desk.now() // 3600 * 3600 + 86_400, UTC)
    found = list[int]()
    while len(found) < 2:
        after = hour + timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            found.append(int(after.timestamp()))
        hour = after
    return found
