"""Each recorded ticket's timeline tells what truly happened: nothing missing, nothing added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from slaplugin.core.model import Event, Timeline
from slaplugin.hosts.otrs import OtrsHost

TICKETS = [f"S{number:02d}" for number in range(1, 26)]
TOGETHER = {"S08": "S09", "S09": "S08"}
"""Merged tickets: each is read with the other."""
ACCOUNTS = {
    "root@localhost": 1,
    "sla.api": 2,
    "anna.berg": 3,
    "boris.kern": 4,
    "carla.dorn": 5,
    "dmitri.voss": 6,
}
OURS = {"SLADueAt", "SLAState", "SLANote"}
MESSAGES = {
    "inbound": "customer_message",
    "outbound": "agent_reply",
    "internal": "note",
    "auto_reply": "auto_message",
    "merge_note": "auto_message",
}
ROLES = {"automation": "agent"}
"""Our own account is told by its key, not by a role (decision 0052)."""

Truth = Mapping[str, Any]


@pytest.fixture
def told(request: pytest.FixtureRequest, play: Any, host: OtrsHost, lifecycles: Any) -> Any:
    key = request.param
    names = ["sync-full", f"lifecycle-{key}"]
    names += [f"lifecycle-{TOGETHER[key]}"] if key in TOGETHER else []
    with play(*names):
        return key, host.read(str(lifecycles[key]["ticket_id"])).timeline


def test_every_recorded_ticket_is_checked(lifecycles: Any) -> None:
    assert set(lifecycles) == set(TICKETS)


@pytest.mark.parametrize("told", TICKETS, indirect=True)
def test_the_timeline_tells_what_happened(told: Any, lifecycles: Any) -> None:
    key, timeline = told
    ledger = Ledger(timeline, lifecycles)
    for truth in lifecycles[key]["events"]:
        ledger.check(truth)
    assert ledger.left_over() == []


@pytest.mark.parametrize("told", TICKETS, indirect=True)
def test_the_last_values_are_those_the_ticket_shows(told: Any, lifecycles: Any) -> None:
    key, timeline = told
    final = lifecycles[key]["final"]
    last = dict(timeline.ticket.facts)
    for event in timeline.events:
        match event.kind:
            case "state_changed":
                last |= {"state": event.data["to"], "until": event.data.get("until")}
            case "owner_changed" | "group_changed" | "priority_changed" | "type_changed":
                last[event.kind.removesuffix("_changed")] = event.data["to"]
            case "field_changed":
                last[event.data["field"]] = event.data["to"]
    assert last["state"] == final["state"]
    assert last.get("until") == epoch(final["pending_until"])
    assert last["group"] == final["queue"]
    assert last["priority"] == final["priority"]
    assert last["type"] == final["type"]
    assert last.get("owner") == person(final["owner"])
    assert last.get("fields.responsible") == person(final["responsible"])
    assert last["fields.lock"] == final["lock"]
    assert last["fields.title"] == final["title"]
    assert last.get("fields.service", "") == final["service"]
    assert last.get("fields.sla", "") == final["sla"]


@pytest.mark.parametrize("told", ["S01", "S09"], indirect=True)
def test_ids_are_unique_and_the_order_is_total(told: Any) -> None:
    _, timeline = told
    ids = [event.id for event in timeline.events]
    orders = [event.order for event in timeline.events]
    assert len(set(ids)) == len(ids)
    assert len(set(orders)) == len(orders)


class Ledger:
    """Crosses off each event of the timeline that the truth explains."""

    def __init__(self, told: Timeline, lifecycles: Any) -> None:
        self.ticket = told.ticket
        self.events = told.events
        self.ids = {key: str(ticket["ticket_id"]) for key, ticket in lifecycles.items()}
        self.crossed: set[str] = set()

    def left_over(self) -> list[str]:
        return [
            f"{event.id} {event.kind} {dict(event.data)}"
            for event in self.events
            if event.id not in self.crossed
        ]

    def check(self, truth: Truth) -> None:
        getattr(self, f"on_{truth['event']}")(truth)

    def find(self, truth: Truth, kind: str, **data: Any) -> Event:
        at = epoch(truth["at"])
        for event in self.events:
            fits = event.at == at and event.kind == kind and event.id not in self.crossed
            if fits and data.items() <= dict(event.data).items():
                self.crossed.add(event.id)
                return event
        raise AssertionError(f"not told: {kind} {data} at {truth['at']}")

    def by(self, event: Event, truth: Truth) -> None:
        actor = truth["actor"]
        assert event.actor is not None
        assert event.actor.role == ROLES.get(actor["kind"], actor["kind"]), event
        if actor["login"] in ACCOUNTS:
            assert event.actor.key == str(ACCOUNTS[actor["login"]])
        elif actor["kind"] == "system":
            assert event.actor.key is None

    def field(self, truth: Truth, name: str, to: Any) -> None:
        self.by(self.find(truth, "field_changed", field=f"fields.{name}", to=to), truth)

    # ------------------------------------------------------------ one method an event

    def on_created(self, truth: Truth) -> None:
        kind, given = truth["actor"]["kind"], truth["to"]
        event = self.find(truth, "created", by=kind)
        self.by(event, truth)
        phone = truth["note"].startswith("phone")
        assert event.data.get("on_behalf", False) == phone
        assert event.data.get("live", False) == phone
        facts = self.ticket.facts
        assert (facts["state"], facts["group"]) == (given["state"], given["queue"])
        assert (facts["priority"], facts["type"]) == (given["priority"], given["type"])
        assert facts.get("owner") == person(given["owner"])
        assert facts.get("fields.responsible") == person(given["responsible"])
        assert (facts["fields.title"], facts["fields.lock"]) == (given["title"], given["lock"])
        assert facts.get("fields.service", "") == given["service"]
        assert facts.get("fields.sla", "") == given["sla"]
        assert facts["customer.login"] == given["customer_user"]
        assert facts["organization.id"] == given["customer"]
        assert facts.get("fields.Product", "") == given["fields"].get("Product", "")
        assert facts["created_by"] == kind
        assert facts["tags"] == ()

    def on_message(self, truth: Truth) -> None:
        kind = MESSAGES[truth["to"]]
        event = self.find(truth, kind)
        self.by(event, truth)
        if kind == "customer_message" and truth["actor"]["kind"] == "agent":
            assert event.data["on_behalf"] is True
            assert event.data["live"] is True
            self.find(truth, "agent_reply", live=True, message=event.data["message"])

    def on_message_moved_in(self, truth: Truth) -> None:
        """Told inside the merge, at the time it was written, and not as a message of its own."""
        merge = next(event for event in self.events if event.kind == "absorbed")
        inside = [event for event in self.inside(merge) if event.kind == MESSAGES[truth["to"]]]
        assert [event.at for event in inside] == [epoch(truth["original_at"])]

    def inside(self, merge: Event) -> Iterator[Event]:
        yield from merge.data["events"]

    def on_merged_in(self, truth: Truth) -> None:
        event = self.find(truth, "absorbed", ticket=self.ids[truth["to"]])
        self.by(event, truth)
        assert next(told.kind for told in self.inside(event)) == "created"

    def on_merged(self, truth: Truth) -> None:
        self.by(self.find(truth, "merged", into=self.ids[truth["to"]]), truth)

    def on_state_changed(self, truth: Truth) -> None:
        self.by(self.find(truth, "state_changed", to=truth["to"]), truth)

    def on_pending_until_changed(self, truth: Truth) -> None:
        """A part of the state; a new date alone is the same state entered again."""
        at, until = epoch(truth["at"]), epoch(truth["to"])
        found = [one for one in self.events if one.at == at and one.kind == "state_changed"]
        assert [event.data.get("until") for event in found] == [until]
        self.crossed.update(event.id for event in found)

    def on_owner_changed(self, truth: Truth) -> None:
        self.by(self.find(truth, "owner_changed", to=person(truth["to"])), truth)

    def on_queue_changed(self, truth: Truth) -> None:
        self.by(self.find(truth, "group_changed", to=truth["to"]), truth)

    def on_priority_changed(self, truth: Truth) -> None:
        self.by(self.find(truth, "priority_changed", to=truth["to"]), truth)

    def on_type_changed(self, truth: Truth) -> None:
        self.by(self.find(truth, "type_changed", to=truth["to"]), truth)

    def on_customer_user_changed(self, truth: Truth) -> None:
        event = self.find(truth, "customer_changed")
        assert event.data["to"]["login"] == truth["to"]
        self.by(event, truth)

    def on_responsible_changed(self, truth: Truth) -> None:
        self.field(truth, "responsible", person(truth["to"]))

    def on_lock_changed(self, truth: Truth) -> None:
        self.field(truth, "lock", truth["to"])

    def on_title_changed(self, truth: Truth) -> None:
        self.field(truth, "title", truth["to"])

    def on_service_changed(self, truth: Truth) -> None:
        self.field(truth, "service", truth["to"] or None)

    def on_sla_changed(self, truth: Truth) -> None:
        self.field(truth, "sla", truth["to"] or None)

    def on_field_changed(self, truth: Truth) -> None:
        """Our own fields are no facts; the field of the tags is told as tags."""
        if truth["field"] in OURS:
            return
        before, to = set(truth["from"] or ()), set(truth["to"] or ())
        for tag in to - before:
            self.by(self.find(truth, "tag_added", tag=tag), truth)
        for tag in before - to:
            self.by(self.find(truth, "tag_removed", tag=tag), truth)

    def on_subscribed(self, truth: Truth) -> None:
        """A watcher changes nothing of the ticket."""
        assert not [one for one in self.events if one.at == epoch(truth["at"])]


def person(login: str) -> str | None:
    return None if login == "root@localhost" else login


def epoch(text: str | None) -> int | None:
    if text is None:
        return None
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())
