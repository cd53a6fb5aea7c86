"""What the ticket itself tells about a difference that counting otherwise does not remove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from slaplugin.app.reconcile.bench import spec_of
from slaplugin.app.reconcile.case import Attempt, Case
from slaplugin.app.reconcile.figures import MINUTE, SAME_INSTANT
from slaplugin.app.reconcile.lenses import closes
from slaplugin.app.reconcile.values import EARLIEST, NOTHING, Reason
from slaplugin.core.calendars import compile_calendars
from slaplugin.core.durations import format_duration
from slaplugin.core.model import ClockInstance, Event
from slaplugin.core.texts import utc_text

_ENDED = frozenset({"closed", "merged", "removed"})
_HIDES_WHILE_WAITING: Mapping[str, frozenset[str]] = {
    "zammad": frozenset({"first_response", "next_response", "update", "resolution"}),
    "otrs": frozenset({"update"}),
    "rt": frozenset(),
}
"""Clocks without a deadline in waiting states (facts 9 and 14)."""
_SPOKEN: Mapping[str, str] = {
    "note": "an internal note",
    "auto_message": "a message of a machine",
    "agent_reply": "a public message of an agent",
    "customer_message": "a message of the customer",
    "third_party_message": "a message of a third party",
}


# ---------------------------------------------------------------------- one of the two is silent


def silence_of(case: Case) -> Reason | None:
    """Why one side tells nothing; None where both tell something, or neither has to."""
    host = case.native.figures
    if host == NOTHING:
        return _host_is_silent(case)
    if not case.names:
        return _told("no target", f"our policies give no target for {case.native.clock}")
    return None


def _host_is_silent(case: Case) -> Reason | None:
    item = case.item
    if item is None or (item.due_at is None and not item.stopped_at):
        return None
    if case.judged.facts.get("state_kind") in _ENDED:
        return _told("ended", "the helpdesk keeps no deadline once a ticket is closed")
    if _waits(case):
        return _told("waiting", "the helpdesk shows no deadline while the ticket waits")
    return _told("no target", _no_target(case))


def _waits(case: Case) -> bool:
    waiting = case.judged.facts.get("state_kind") == "waiting_customer"
    return waiting and case.native.clock in _HIDES_WHILE_WAITING[case.bench.family]


def _no_target(case: Case) -> str:
    if case.ticket.agreement:
        return f"'{case.ticket.agreement}' of the helpdesk has no such target"
    moves = [event for event in case.world.timeline.events if event.kind == "group_changed"]
    since = f", since it moved to {moves[-1].data.get('to')}" if moves else ""
    return f"no target of the helpdesk applies to the ticket{since}"


# ---------------------------------------------------------------------- both tell something else


def evidence_of(case: Case, best: Attempt, field: str) -> Reason | None:
    """What a figure that still differs under the best attempt comes from, if the ticket tells."""
    match field:
        case "stopped_at":
            return _stop(case, best)
        case "consumed":
            return _calendar(case, best)
        case "late":
            return _late(case, best)
        case "due_at":
            return _left_over(case)
        case _:
            return None


def _left_over(case: Case) -> Reason | None:
    """One date for all clocks stays on the closed ticket as the last act on it left it."""
    ended = case.judged.facts.get("state_kind") in _ENDED
    if case.native.clock != EARLIEST or not ended:
        return None
    return _told("ended", "the helpdesk's date stays on the closed ticket as it was")


def _stop(case: Case, best: Attempt) -> Reason | None:
    host = case.native.figures.stopped_at
    if host is None:
        return _stop_of_ours(case, best)
    events = [event for event in case.world.timeline.events if abs(event.at - host) <= SAME_INSTANT]
    for event in events:
        if closes(event):
            which = "latest" if case.native.last_stop else "first"
            return _told("close", f"the helpdesk names its {which} close, {utc_text(host)}")
    spoken = next((event for event in events if event.kind in _SPOKEN), None)
    if spoken is None or case.native.clock != "first_response":
        return None
    return _told("answer", f"the helpdesk's answer was {_message(spoken)}, {utc_text(host)}")


def _stop_of_ours(case: Case, best: Attempt) -> Reason | None:
    """The helpdesk's clock runs on where ours has stopped."""
    ours = best.ours.stopped_at
    spoken = None if ours is None else _at(case, ours, "agent_reply")
    if ours is None or spoken is None:
        return None
    text = f"for the helpdesk {_message(spoken)} of {utc_text(ours)} was no answer"
    return _told("answer", text)


def specified(case: Case, reason: Reason) -> Reason:
    """The reason with the very message that it is about, where one ended our clock."""
    if reason.key != "reply" or case.item is None or case.item.stopped_at is None:
        return reason
    created = _at(case, case.item.stopped_at, "created")
    if created is not None and created.data.get("live"):
        return replace(reason, text="for the helpdesk a logged call is not answered as it comes in")
    spoken = _at(case, case.item.stopped_at, "agent_reply")
    if spoken is None:
        return reason
    text = f"for the helpdesk {_message(spoken)} of {utc_text(spoken.at)} was no answer"
    return replace(reason, text=text)


def _at(case: Case, at: int, kind: str) -> Event | None:
    events = case.world.timeline.events
    return next((event for event in events if event.at == at and event.kind == kind), None)


def _message(event: Event) -> str:
    channel = event.data.get("channel")
    by = f" by {event.actor.name}" if event.actor and event.actor.name else ""
    return f"{_SPOKEN[event.kind]}{f' ({channel})' if channel else ''}{by}"


def _calendar(case: Case, best: Attempt) -> Reason | None:
    """Other working time between the same two instants can only come of other opening hours."""
    item, host = case.instance_in(best.world), case.native.figures
    same_stop = "stopped_at" not in best.differs and host.stopped_at is not None
    if item is None or host.consumed is None or not same_stop or item.paused:
        return None
    between = f"between the same instants it counts {format_duration(host.consumed)}"
    named = _hours_that_fit(case, item)
    if named:
        return Reason("calendar", f"{between}: the helpdesk counts in {named}")
    ours = f"we {format_duration(item.elapsed)} in {item.calendar}"
    return _told("calendar", f"{between} of its own opening hours, {ours}")


def _hours_that_fit(case: Case, item: ClockInstance) -> str | None:
    host = case.native.figures
    for hours in case.ticket.hours.values():
        calendar = compile_calendars([spec_of(hours, hours.name)])[hours.name]
        counted = calendar.elapsed(item.started_at, host.stopped_at or item.started_at)
        if host.consumed is not None and abs(counted - host.consumed) <= MINUTE:
            return hours.name
    return None


def _late(case: Case, best: Attempt) -> Reason | None:
    item = case.instance_in(best.world)
    if item is None or not isinstance(item.target, int):
        return None
    if abs(item.elapsed - item.target) < MINUTE:
        return _told("minutes", "the helpdesk counts whole minutes")
    target = case.native.target
    if target is not None and abs(target - item.target) > MINUTE:
        ours, theirs = format_duration(item.target), format_duration(target)
        return _told("target", f"the helpdesk's target was {theirs}, ours {ours}")
    if "consumed" in best.differs:
        return _calendar(case, best)
    return None


def _told(key: str, text: str) -> Reason:
    return Reason(key, text, "told")
