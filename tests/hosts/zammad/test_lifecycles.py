"""Each recorded ticket's timeline tells what truly happened: nothing missing, nothing added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from slaplugin.core.model import Event, Timeline
from slaplugin.hosts.zammad import ZammadHost
from slaplugin.hosts.zammad.wire import ms

TICKETS = [f"T{number:02d}" for number in range(1, 26)] + ["P01"]
SOURCES = {"T01": "T06", "T17": "T16"}
"""Recordings that also hold the history of the ticket that was merged in."""

LOGIN_OF_AGENT = {
    "anna.berg": "4",
    "ben.cole": "5",
    "chloe.diaz": "6",
    "dmitri.ek": "7",
    "sla-bot": "8",
}

Truth = Mapping[str, Any]


@pytest.fixture
def timeline(request: pytest.FixtureRequest, play: Any, host: ZammadHost, lifecycles: Any) -> Any:
    key = request.param
    names = [f"tickets--{key}", "meta_states_priorities"]
    if key in SOURCES:
        names.append(f"tickets--{SOURCES[key]}")
    if key == "P01":
        names.append("merged_and_deleted")
    with play(*names):
        return key, host.read(str(lifecycles[key]["ticket_id"])).timeline


def test_every_recorded_ticket_is_checked(lifecycles: Any) -> None:
    recorded = set(lifecycles) - {"P02", "P03", "P04"}
    assert recorded == set(TICKETS)


@pytest.mark.parametrize("timeline", TICKETS, indirect=True)
def test_the_timeline_tells_what_happened(timeline: Any, lifecycles: Any) -> None:
    key, told = timeline
    ledger = Ledger(told)
    for truth in lifecycles[key]["events"]:
        ledger.check(truth)
    assert ledger.left_over() == []


class Ledger:
    """Crosses off each event of the timeline that the truth explains."""

    def __init__(self, told: Timeline) -> None:
        self.ticket = told.ticket
        self.events = told.events
        self.crossed: set[str] = set()
        self.moved = {
            event.data["message"]: event for event in self._absorbed() if "message" in event.data
        }

    def _absorbed(self) -> Iterator[Event]:
        for event in self.events:
            yield from event.data.get("events", ())

    def left_over(self) -> list[str]:
        return [
            f"{event.id} {event.kind} {dict(event.data)}"
            for event in self.events
            if event.id not in self.crossed
        ]

    def check(self, truth: Truth) -> None:
        getattr(self, f"on_{truth['event']}")(truth)

    def find(self, truth: Truth, kind: str, **data: Any) -> Event:
        for event in self.events:
            inside = ms(truth["at"]) <= event.at_ms <= ms(truth["until"])
            if inside and event.kind == kind and data.items() <= dict(event.data).items():
                self.crossed.add(event.id)
                return event
        raise AssertionError(f"not told: {kind} {data} in {truth['at']}..{truth['until']}")

    def by(self, event: Event, truth: Truth) -> None:
        assert event.actor is not None
        assert event.actor.role == truth["actor_kind"], event
        if truth["actor"] in LOGIN_OF_AGENT:
            assert event.actor.key == LOGIN_OF_AGENT[truth["actor"]]

    # ------------------------------------------------------------ one method an event

    def on_ticket_created(self, truth: Truth) -> None:
        event = self.find(truth, "created", by=truth["actor_kind"])
        self.by(event, truth)
        assert event.data.get("on_behalf", False) == (truth["via"] == "phone")
        facts, expected = self.ticket.facts, truth["to"]
        assert facts["state"] == expected["state"]
        assert facts["priority"] == expected["priority"]
        assert facts["group"] == expected["group"]
        assert facts.get("owner", "-") == expected["owner"]
        assert facts["fields.title"] == expected["title"]
        assert facts["customer.login"] == expected["customer"]
        assert facts.get("organization.name") == expected.get("organization")
        assert facts.get("fields.product", "") == expected.get("product", "")
        assert facts["tags"] == tuple(sorted(truth["tags"]))

    def on_article_added(self, truth: Truth) -> None:
        number, article = str(truth["article_id"]), truth["to"]
        if number in self.moved:
            assert self.moved[number].kind == expected_kind(article)
            return
        call = article["type"] == "phone" and article["sender"] == "Customer"
        kinds = ["customer_message", "agent_reply"] if call else [expected_kind(article)]
        for kind in kinds:
            event = self.find_message(truth, number, kind)
            self.by(event, truth)
            assert event.data.get("live", False) == call

    def find_message(self, truth: Truth, number: str, kind: str) -> Event:
        if truth["to"] == {**truth["to"], "type": "note", "internal": False} and self.merged():
            kind = "auto_message"
        return self.find(truth, kind, message=number)

    def merged(self) -> bool:
        return any(event.kind == "merged" for event in self.events)

    def on_field_changed(self, truth: Truth) -> None:
        field, to = truth["field"], truth["to"]
        if field == "pending_time":
            self.pending_time(truth)
        elif field == "state":
            event = self.find(truth, "state_changed", to=to)
            self.by(event, truth)
        elif field in ("group", "owner", "priority"):
            found = None if to == "-" else to
            self.by(self.find(truth, f"{field}_changed", to=found), truth)
        elif field in ("customer", "organization"):
            event = self.find(truth, "customer_changed")
            shown = event.data["to"]["login"] if field == "customer" else None
            assert (shown or event.data["organization"]["name"]) == to
            self.by(event, truth)
        else:
            self.by(self.find(truth, "field_changed", field=f"fields.{field}", to=fact(to)), truth)

    def pending_time(self, truth: Truth) -> None:
        event = self.find(truth, "state_changed")
        assert event.data.get("until") == fact(truth["to"])

    def on_tag_added(self, truth: Truth) -> None:
        self.by(self.find(truth, "tag_added", tag=truth["to"]), truth)

    def on_tag_removed(self, truth: Truth) -> None:
        self.by(self.find(truth, "tag_removed", tag=truth["from"]), truth)

    def on_merge(self, truth: Truth) -> None:
        self.by(self.find(truth, "merged"), truth)

    def on_merge_target(self, truth: Truth) -> None:
        self.by(self.find(truth, "absorbed"), truth)

    def on_article_moved_away(self, truth: Truth) -> None:
        """Not an event: the message was said here, and the merge is told."""
        assert any(event.data.get("message") == str(truth["article_id"]) for event in self.events)

    def on_process_pending(self, truth: Truth) -> None:
        """A run of the scheduler; what it changed is told as a change."""
        assert truth["actor_kind"] == "system"


def expected_kind(article: Mapping[str, Any]) -> str:
    if article["internal"]:
        return "note"
    kinds = {"Agent": "agent_reply", "Customer": "customer_message", "System": "auto_message"}
    return kinds[article["sender"]]


def fact(value: Any) -> Any:
    """An ISO time as epoch seconds, empty as None."""
    if isinstance(value, str) and value[:4] == "2026" and value.endswith("Z"):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return int(moment.timestamp())
    return value or None
