"""A believable ticket by hand: two working days in Berlin, a pause, a late close."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from slaplugin.core.model import (
    Actor,
    ClockInstance,
    Evaluation,
    Event,
    LayerTrace,
    Marks,
    Span,
    StepRecord,
    Ticket,
)
from slaplugin.report import Explanation, Look, Written

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    """``09T16:30`` in March 2026, Berlin time, as UTC epoch seconds."""
    day, _, time = text.partition("T")
    moment = datetime.fromisoformat(f"2026-03-{day}T{time}").replace(tzinfo=BERLIN)
    return int(moment.timestamp())


def spans(*parts: tuple[str, str, str, str]) -> tuple[Span, ...]:
    return tuple(
        Span(at(start), at(end), kind, cause, "berlin")  # type: ignore[arg-type]
        for start, end, kind, cause in parts
    )


FIRST = ClockInstance(
    clock="first_response",
    instance=1,
    status="stopped",
    outcome="met",
    started_at=at("09T16:30"),
    start_event="created",
    policy="standard",
    calendar="berlin",
    stopped_at=at("10T10:20"),
    due_at=at("10T12:30"),
    target=4 * 3600,
    elapsed=6600,
    remaining=7800,
    spans=spans(
        ("09T16:30", "09T17:00", "counted", "open"),
        ("09T17:00", "10T09:00", "closed", "closed hours"),
        ("10T09:00", "10T10:20", "counted", "open"),
    ),
    trace=(
        LayerTrace("vip", 10, False, False, "does not match: organization.vip is false"),
        LayerTrace("standard", 0, True, True, "gives 4h on calendar berlin"),
    ),
)

RESOLUTION = ClockInstance(
    clock="resolution",
    instance=1,
    status="running",
    outcome="breached",
    started_at=at("09T16:30"),
    start_event="created",
    policy="vip",
    calendar="berlin",
    due_at=at("11T10:30"),
    target=8 * 3600,
    elapsed=36000,
    paused=7200,
    remaining=-7200,
    breached_at=at("11T10:30") + 1,
    breach_reason="overdue",
    confidence="low",
    confidence_reason="organization.vip is known only as of today",
    spans=spans(
        ("09T16:30", "09T17:00", "counted", "open"),
        ("09T17:00", "10T09:00", "closed", "closed hours"),
        ("10T09:00", "10T13:00", "counted", "open"),
        ("10T13:00", "10T15:00", "paused", "waiting"),
        ("10T15:00", "10T17:00", "counted", "open"),
        ("10T17:00", "11T09:00", "closed", "closed hours"),
        ("11T09:00", "11T12:30", "counted", "open"),
    ),
    trace=(
        LayerTrace("vip", 10, True, True, "gives 8h on calendar berlin"),
        LayerTrace("standard", 0, True, False, "defines it too, vip has the higher rank"),
    ),
    steps=(
        StepRecord(at("11T08:00"), "75%", ("mark",), "fired", 0, "vip", (1, 0, 0)),
        StepRecord(
            at("11T10:30") + 1,
            "breach",
            ("mark", {"priority": "high", "only": "raise"}),
            "fired",
            1,
            "vip",
            (2, 0, 0),
        ),
        StepRecord(
            at("11T12:30"),
            "2h after due",
            ({"group": "Escalations"},),
            "adopted",
            2,
            "vip",
            (3, 0, 0),
        ),
    ),
)

TICKET = Ticket(
    host="zammad",
    id="17",
    number="25017",
    title="Payment page shows an error",
    url="https://helpdesk.example.org/#ticket/zoom/17",
    facts={"group": "Support", "priority": "2 normal", "tags": ("web",), "organization.vip": True},
)

WRITTEN = (
    Written(
        at=at("11T10:31"),
        what="tag sla-breach added",
        status="done",
        why="resolution missed its target of 8h",
        clock="resolution",
        start_event="created",
        step="breach",
    ),
)

EVENTS = (
    Event(
        at("09T16:30") * 1000,
        1,
        "created",
        "created",
        {"by": "customer"},
        Actor("9", "customer", "Nina Fischer"),
    ),
    Event(
        at("10T10:20") * 1000 + 250,
        2,
        "article-2",
        "agent_reply",
        {"message": "2"},
        Actor("4", "agent", "Ben Vogel"),
    ),
    Event(
        at("10T13:00") * 1000,
        3,
        "history-7",
        "state_changed",
        {"to": "pending reminder", "kind": "waiting_customer", "until": at("12T09:00")},
        Actor("4", "agent", "Ben Vogel"),
    ),
    Event(at("11T10:31") * 1000, 4, "history-9", "tag_added", {"tag": "sla-breach"}, ours=True),
)


@pytest.fixture
def look() -> Look:
    return Look(zone=BERLIN, zone_name="Europe/Berlin")


@pytest.fixture
def explained() -> Explanation:
    evaluation = Evaluation(
        as_of=at("11T12:30"),
        instances=(FIRST, RESOLUTION),
        marks=Marks("breached", at("11T10:30"), "overdue", "vip", "resolution", quiet=False),
        next_check_at=None,
        facts={"group": "Support", "priority": "3 high", "state": "open", "owner": "ben"},
    )
    return Explanation(TICKET, evaluation, WRITTEN, "3f2a9c0d1b7e55aa", shown="breached")
