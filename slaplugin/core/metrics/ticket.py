"""All figures of one ticket."""

from __future__ import annotations

from itertools import pairwise

from slaplugin.core.metrics.channels import channel_of
from slaplugin.core.metrics.escalations import counts_as_judged, escalations_of
from slaplugin.core.metrics.measuring import Measuring
from slaplugin.core.metrics.opentime import OpenTime
from slaplugin.core.metrics.times import Stay, stays, times_of
from slaplugin.core.metrics.values import Course, Lap, TicketMetrics
from slaplugin.core.metrics.walk import Stretch, Walk, walk
from slaplugin.core.past import Past


def metrics_of(past: Past, measuring: Measuring) -> TicketMetrics | None:
    """The figures of a ticket as of ``past.as_of``; None: the host shows no creation of it."""
    seen = walk(past, measuring.rules)
    if seen is None:
        return None
    opened = OpenTime(measuring.calendar_of(past))
    given = stays(past.stages, opened)
    course = _course(seen, given, opened, ended=past.stages[-1].state_kind)
    return TicketMetrics(
        ticket=past.ticket.id,
        created_at=seen.created_at,
        standing=measuring.standing(past),
        channel=_channel(past),
        course=course,
        times=times_of(given, seen.inherited, opened),
        escalations=escalations_of(past, given, measuring.ladder, course.solved_at),
        missed=_missed(past),
        one_touch=_one_touch(course),
        first_contact=_first_contact(course),
    )


def _channel(past: Past) -> str:
    facts = past.stages[0].facts
    return channel_of(facts.get("channel"), facts.get("created_by"))


def _course(seen: Walk, given: tuple[Stay, ...], opened: OpenTime, ended: str) -> Course:
    solved = (seen.origin, seen.closed_at[-1]) if ended == "closed" else None
    return Course(
        owed=seen.owed,
        unanswered_at=seen.unanswered_at,
        first_response=_lap(opened, seen.first_response),
        next_responses=tuple(opened.lap(*stretch) for stretch in seen.next_responses),
        first_assignment=_lap(opened, seen.first_assignment),
        first_resolution=_lap(opened, seen.first_resolution),
        full_resolution=_lap(opened, solved),
        replies=tuple(seen.replies),
        messages=tuple(seen.messages),
        closed_at=tuple(seen.closed_at),
        reopened_at=tuple(seen.reopened_at),
        hops=_changes([stay.group for stay in given if stay.in_hand]),
        handovers=_changes([stay.owner for stay in given if stay.in_hand]),
    )


def _lap(opened: OpenTime, stretch: Stretch | None) -> Lap | None:
    return None if stretch is None else opened.lap(*stretch)


def _changes(names: list[str | None]) -> int:
    """Changes from one name to another; having none in between is no change by itself."""
    known = [name for name in names if name is not None]
    return sum(before != after for before, after in pairwise(known))


def _missed(past: Past) -> bool | None:
    judged = [each.outcome for each in past.instances if counts_as_judged(each)]
    return "breached" in judged if judged else None


def _one_touch(course: Course) -> bool | None:
    solved = course.solved_at
    if solved is None or not course.owed:
        return None
    return not course.reopened_at and sum(at <= solved for at in course.replies) == 1


def _first_contact(course: Course) -> bool | None:
    """One question, an answer, done: no further word, no other group, no reopening."""
    solved = course.solved_at
    if solved is None or not course.owed:
        return None
    asked = sum(at <= solved for at in course.messages)
    answered = any(at <= solved for at in course.replies)
    return asked == 1 and answered and not course.reopened_at and not course.hops
