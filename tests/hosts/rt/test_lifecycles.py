"""Each recorded ticket's timeline tells what truly happened: nothing missing, nothing added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from slaplugin.app.ports import Snapshot
from slaplugin.core.model import Event
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.rt import RtHost, make_host

TICKETS = (
    *("vpn-drops", "invoice-twice", "checkout-down", "password-reset", "cheap-watches"),
    *("printer-a", "printer-b", "night-batch", "license-move", "api-quota"),
)
ALONE = tuple(key for key in TICKETS if not key.startswith("printer"))
"""Tickets that no merge ties to another: theirs are whole recordings."""

KINDS = {"owner": "owner_changed", "priority": "priority_changed", "queue": "group_changed"}
ROLES = {"agent": "agent", "customer": "customer", "robot": "agent", "system": "system"}

Truth = Mapping[str, Any]


@pytest.fixture(scope="session")
def numbers(lifecycles: Any) -> dict[str, str]:
    return {key: str(ticket["id"]) for key, ticket in lifecycles.items()}


@pytest.fixture
def together(config: HostConfig, play: Any) -> dict[str, Snapshot]:
    """All ten, read together from a second recording of the same story."""
    host = make_host(config)
    with play("read-many"):
        found = dict(host.read_many([str(number) for number in range(1, 11)]))
    return {key: one for key, one in found.items() if isinstance(one, Snapshot)}


def test_every_recorded_ticket_is_checked(lifecycles: Any) -> None:
    assert set(TICKETS) == set(lifecycles)


@pytest.mark.parametrize("key", ALONE)
def test_read_alone(key: str, at_home: RtHost, play: Any, lifecycles: Any) -> None:
    with play(f"ticket-{key}", "bootstrap"):
        snapshot = at_home.read(str(lifecycles[key]["id"]))
    check(snapshot, lifecycles[key], lifecycles)


@pytest.mark.parametrize("key", TICKETS)
def test_read_together(
    key: str, together: dict[str, Snapshot], lifecycles: Any, numbers: dict[str, str]
) -> None:
    check(together[numbers[key]], lifecycles[key], lifecycles)


def test_a_merged_ticket_alone(host: RtHost, play: Any, lifecycles: Any) -> None:
    with play("read-merged"):
        snapshot = host.read("7")
    check(snapshot, lifecycles["printer-b"], lifecycles)
    assert snapshot.seen.state_kind == "merged"


def test_both_recordings_are_of_one_story(
    together: dict[str, Snapshot], at_home: RtHost, play: Any
) -> None:
    """The numbers differ, the timelines do not."""
    with play("ticket-vpn-drops", "bootstrap"):
        alone = at_home.read("1")
    assert [(e.at_ms, e.kind) for e in alone.timeline.events] == [
        (e.at_ms, e.kind) for e in together["1"].timeline.events
    ]


def test_events_of_one_second_keep_the_hosts_order(
    recordings: Path, at_home: RtHost, play: Any
) -> None:
    told = yaml.safe_load((recordings / "ticket-vpn-drops.yaml").read_text())["interactions"][2]
    rows = json.loads(told["response"]["body"]["string"])["items"]
    with play("ticket-vpn-drops", "bootstrap"):
        events = at_home.read("1").timeline.events
    by_number = {event.id: event.order for event in events}
    orders = [by_number[f"t{row['id']}"] for row in rows if f"t{row['id']}" in by_number]
    assert orders == sorted(orders)
    assert len(orders) == len(events)


# -------------------------------------------------------------------------- the ledger


def check(snapshot: Snapshot, truth: Truth, lifecycles: Any) -> None:
    """Both directions: every truth is told, and every event told is explained by a truth."""
    ledger = Ledger(snapshot, truth, lifecycles)
    for one in truth["events"]:
        ledger.check(one)
    assert ledger.left_over() == []
    ledger.check_end()


class Ledger:
    """Crosses off each event of the timeline that the truth explains."""

    def __init__(self, snapshot: Snapshot, truth: Truth, lifecycles: Any) -> None:
        self.snapshot = snapshot
        self.ticket = snapshot.timeline.ticket
        self.events = snapshot.timeline.events
        self.truth = truth
        self.lifecycles = lifecycles
        self.crossed: set[str] = set()

    def left_over(self) -> list[str]:
        return [f"{e.id} {e.kind} {dict(e.data)}" for e in self.events if e.id not in self.crossed]

    def check(self, truth: Truth) -> None:
        getattr(self, f"on_{truth['kind']}")(truth)

    def find(self, truth: Truth, kind: str, **data: Any) -> Event:
        for event in self.events:
            fits = data.items() <= dict(event.data).items()
            fresh = event.id not in self.crossed
            if fresh and fits and event.kind == kind and event.at_ms == ms(truth["at"]):
                self.crossed.add(event.id)
                assert event.actor is not None
                assert event.actor.key == truth["actor"], event
                return event
        raise AssertionError(f"not told: {kind} {data} at {truth['at']}: {self.left_over()}")

    def by(self, event: Event, truth: Truth) -> None:
        assert event.actor is not None
        assert event.actor.role == ROLES[truth["role"]], event

    def derived(self, name: str) -> list[Any]:
        found: list[Any] = self.truth["derived"][name]
        return found

    # ------------------------------------------------------------ one method an event

    def on_create(self, truth: Truth) -> None:
        event = self.find(truth, "created", by=truth["role"])
        self.by(event, truth)
        behalf = truth.get("on_behalf_of")
        assert event.data.get("on_behalf", False) == (behalf is not None)
        facts = self.ticket.facts
        customer = behalf or (truth["actor"] if truth["role"] == "customer" else None)
        assert facts.get("customer.login") == customer
        assert facts["group"] == truth["queue"]
        assert facts["state"] == truth["status"]
        assert facts["priority"] == "0"
        assert facts.get("owner", "Nobody") == self.derived("owner_timeline")[0]["value"]
        assert facts["fields.title"] == self.truth["subject"] == self.ticket.title
        assert facts["tags"] == ()

    def on_public_reply(self, truth: Truth) -> None:
        if truth["role"] == "agent":
            self.by(self.find(truth, "agent_reply"), truth)
            return
        requestors = {
            reply["at"]: reply["is_requestor"] for reply in self.derived("other_public_replies")
        }
        if requestors[truth["at"]]:
            self.by(self.find(truth, "customer_message"), truth)
        else:
            event = self.find(truth, "third_party_message")
            assert event.actor and event.actor.role == "third_party"

    def on_internal_note(self, truth: Truth) -> None:
        self.by(self.find(truth, "note"), truth)

    def on_status(self, truth: Truth) -> None:
        event = self.find(truth, "state_changed", to=truth["to"])
        self.by(event, truth)
        assert (event.actor and event.actor.role == "system") == truth["automatic"]

    def on_owner(self, truth: Truth) -> None:
        to = None if truth["to"] == "Nobody" else truth["to"]
        self.by(self.find(truth, "owner_changed", to=to), truth)

    def on_queue(self, truth: Truth) -> None:
        self.by(self.find(truth, "group_changed", to=truth["to"]), truth)

    def on_priority(self, truth: Truth) -> None:
        self.by(self.find(truth, "priority_changed", to=str(truth["to"])), truth)

    def on_due(self, truth: Truth) -> None:
        to = ms(truth["to"]) // 1000
        self.by(self.find(truth, "field_changed", field="fields.Due", to=to), truth)

    def on_custom_field(self, truth: Truth) -> None:
        if truth["field"] != "SLA Tags":
            name = f"fields.{truth['field']}"
            self.by(self.find(truth, "field_changed", field=name, to=fact(truth["to"])), truth)
            return
        before, after = set(truth["from"]), set(truth["to"])
        for tag in after - before:
            self.by(self.find(truth, "tag_added", tag=tag), truth)
        for tag in before - after:
            self.by(self.find(truth, "tag_removed", tag=tag), truth)

    def on_watcher(self, truth: Truth) -> None:
        """Who reads along is no event."""
        assert truth["field"] == "Cc"

    def on_merged_into(self, truth: Truth) -> None:
        into = str(self.lifecycles[truth["target"]]["id"])
        self.by(self.find(truth, "merged", into=into), truth)

    def on_absorbed(self, truth: Truth) -> None:
        source = self.lifecycles[truth["source"]]
        event = self.find(truth, "absorbed", ticket=str(source["id"]))
        self.by(event, truth)
        told = [(one.at_ms, one.kind) for one in event.data["events"]]
        assert told == [(ms(source["derived"]["created_at"]), "created")]

    # ------------------------------------------------------------ how it ended

    def check_end(self) -> None:
        """The values over time, and what the ticket shows in the end."""
        seen = self.snapshot.seen
        assert seen.state == self.derived("final_status")
        if seen.state_kind == "merged":
            assert (seen.owner, seen.group, seen.tags, seen.fields) == (None, None, frozenset(), {})
        else:
            assert (seen.owner or "Nobody") == self.derived("final_owner")
            assert seen.group == self.derived("final_queue")
        for attribute, kind in KINDS.items():
            if attribute != "priority":
                self._check_values(f"{attribute}_timeline", kind)
        self._check_values("status_timeline", "state_changed")

    def _check_values(self, name: str, kind: str) -> None:
        changes = [
            (event.data["to"] or "Nobody", event.at_ms)
            for event in self.events
            if event.kind == kind
        ]
        told = [(span["value"], ms(span["from"])) for span in self.derived(name)][1:]
        assert changes == told


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1000


def fact(value: Any) -> Any:
    """A date of SQL's as epoch seconds."""
    if isinstance(value, str) and value.startswith("2026-"):
        return ms(f"{value}+00:00") // 1000
    return value
