"""Random tickets under random policy sets, as cases in the policy-test format.

Everything lies on quarter hours more often than not, so that events, due times, closing times
and the ends of waits keep falling on the same instants.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from slaplugin.core.policytests import TestCase
from slaplugin.policyfiles.testfiles import load_policy_tests

QUARTER = 900
FIRST = int(datetime(2026, 3, 4, tzinfo=UTC).timestamp())

CALENDARS: dict[str, Any] = {
    "berlin": {"timezone": "Europe/Berlin", "hours": {"mon-fri": "09:00-17:00"}},
    "nyc": {"timezone": "America/New_York", "hours": {"mon-fri": "09:00-17:00"}},
    "lunch": {
        "timezone": "Europe/Berlin",
        "hours": {"mon-thu": "09:00-12:00, 13:00-17:00", "fri": "09:00-14:00"},
        "exceptions": {"2026-03-10": "closed", "2026-03-14": "10:00-14:00"},
    },
    "night": {"timezone": "Europe/Berlin", "hours": {"mon-fri": "22:00-06:00"}},
    "versions": [
        {"timezone": "Europe/Berlin", "hours": {"mon-fri": "08:00-18:00"}},
        {"from": "2026-03-10", "timezone": "Europe/Berlin", "hours": {"mon-sat": "10:00-14:00"}},
    ],
}
CLOCKS: dict[str, Any] = {
    "house": {"like": "resolution", "party": "group"},
    "answer": {"like": "next_response"},
    "vendor": {"party": "supplier", "while": {"state": "vendor"}},
    "vendor_total": {"while": {"state": "vendor"}, "cycle": "accumulate"},
    "review": {
        "start": [{"event": "tag_added", "tag": "review"}],
        "stop": [{"event": "tag_removed", "tag": "review"}, {"event": "closed"}],
        "pause": {"state_kind": "waiting_customer"},
        "void": [{"event": "tag_added", "tag": "junk"}],
        "cycle": "each",
    },
    "again": {
        "start": [{"event": "group_changed", "to": "B"}, {"event": "reopened"}],
        "stop": [{"event": "agent_reply"}, {"event": "closed"}],
        "cycle": "resume",
    },
    "single": {
        "start": [{"event": "customer_message"}],
        "stop": [{"event": "customer_message"}, {"event": "note"}],
        "cycle": "once",
    },
}
BUILT_IN = [
    "first_response",
    "next_response",
    "update",
    "resolution",
    "first_resolution",
    "assignment",
    "ownership",
    "customer_wait",
    "handle_time",
    "requester_wait",
]
STEPS: list[dict[str, Any]] = [
    {"at": "start", "do": [{"note": "hello"}]},
    {"at": "50%", "do": [{"notify": "desk"}]},
    {"at": "75%", "do": ["mark"]},
    {"at": "33.3%", "do": ["mark"]},
    {"at": "1h before due", "do": ["mark", {"tag": "sla-soon"}]},
    {"at": "3h before due", "do": [{"notify": "desk"}]},
    {"at": "breach", "do": ["mark"]},
    {"at": "breach", "do": [{"priority": "high", "only": "raise"}]},
    {"at": "30m after due", "do": ["mark"]},
    {"at": "2h after due", "do": [{"group": "B"}]},
    {"at": "met", "do": [{"note": "done"}]},
]


class Draw:
    """One random case; ``topics`` says what may occur beside everyday tickets."""

    def __init__(self, seed: int, topics: frozenset[str] = frozenset()) -> None:
        self.dice = Random(seed)
        self.topics = topics
        self.seed = seed
        self.policies = 0

    def has(self, topic: str, chance: float = 1.0) -> bool:
        return topic in self.topics and self.dice.random() < chance

    def case(self) -> dict[str, Any]:
        self.calendars = self._calendars()
        self.clocks = self._clocks()
        doc: dict[str, Any] = {"name": f"seed {self.seed}"}
        if self.calendars:
            doc["calendars"] = {name: CALENDARS[name] for name in self.calendars}
        if self.clocks:
            doc["clocks"] = {name: CLOCKS[name] for name in self.clocks}
        doc["policies"] = [self._policy(0) for _ in range(self.dice.choice([1, 1, 2, 3]))]
        if "family" in self.topics:
            doc["profile"] = self.dice.choice(["zammad", "otrs", "rt"])
        if self.has("void", 0.5):
            doc["void"] = [
                {"event": "tag_added", "tag": ["spam", "junk"]},
                {"event": "type_changed", "to": "test", "reason": "test"},
            ]
        doc["ticket"] = self._ticket()
        doc["events"] = self._events(doc["ticket"])
        last = max(event["at"] for event in doc["events"])
        doc["as_of"] = last + self.dice.choice([0, 0, 1, 4, 8, 31, 100]) * QUARTER
        if self.dice.random() < 0.1:
            middle = self.dice.choice(doc["events"])["at"]
            doc["as_of"] = max(doc["events"][0]["at"], middle)
        doc["expect"] = {}
        return written(doc)

    # ------------------------------------------------------------------ the set

    def _calendars(self) -> list[str]:
        names = list(CALENDARS)
        count = self.dice.choice([0, 1, 1, 1, 2, 3])
        return self.dice.sample(names, count)

    def _clocks(self) -> list[str]:
        if "custom" not in self.topics:
            return []
        return self.dice.sample(list(CLOCKS), self.dice.choice([1, 2, 3]))

    def _policy(self, depth: int) -> dict[str, Any]:
        dice = self.dice
        self.policies += 1
        policy: dict[str, Any] = {"name": f"p{self.policies}"}
        if depth or dice.random() < 0.4:
            policy["when"] = self._when()
        if dice.random() < 0.15:
            policy["rank"] = dice.choice([0, 5, 10, 15])
        if len(self.calendars) > 1 or dice.random() < 0.2:
            policy["calendar"] = dice.choice([*self.calendars, *self.calendars, "24x7"])
        names = dice.sample(BUILT_IN + self.clocks, dice.choice([1, 2, 3, 5, 8]))
        policy["targets"] = {name: self._target() for name in names}
        if dice.random() < 0.2:
            policy["pause"] = dice.sample(
                sorted(policy["targets"]), dice.randrange(len(policy["targets"]) + 1)
            )
        self._options(policy)
        if depth < 2 and dice.random() < 0.4:
            policy["sub"] = [self._policy(depth + 1) for _ in range(dice.choice([1, 1, 2]))]
        return policy

    def _options(self, policy: dict[str, Any]) -> None:
        dice = self.dice
        if dice.random() < 0.3:
            policy["change"] = self._change()
        if dice.random() < 0.2:
            policy["reopen_within"] = dice.choice(["2h", "8h", "24h", "48h"])
        if dice.random() < 0.35:
            policy["steps"] = self._steps()
        if self.has("modes", 0.3):
            policy["mode"] = dice.choice(["observe", "mark", "act"])
        if self.has("modes", 0.2):
            policy["enforce_from"] = dice.choice(["2026-03-05", "2026-03-06", "2026-03-09"])
        if self.has("modes", 0.3):
            policy["marks"] = dice.choice(["keep", "while_overdue"])
        if self.has("effective", 0.4):
            policy["effective"] = dice.choice(
                [{"from": "2026-03-05"}, {"until": "2026-03-05"}, {"from": "2026-03-06"}]
            )

    def _when(self) -> dict[str, Any]:
        return self.dice.choice(
            [
                {"group": "A"},
                {"group": ["A", "B"]},
                {"group": "B"},
                {"priority": "urgent"},
                {"priority": {"not": "low"}},
                {"tags": "vip"},
                {"customer.vip": True},
                {"customer.vip": {"not": True}},
                {"fields.product": {"in": ["x", "y"]}},
                {"type": {"set": True}},
                {"any": [{"group": "B"}, {"customer.vip": True}]},
                {"created_by": "customer"},
            ]
        )

    def _target(self) -> Any:
        dice = self.dice
        roll = dice.random()
        if roll < 0.55:
            return self._goal()
        if roll < 0.75:
            table = {"urgent": self._goal(), "default": self._goal(), "high": self._goal()}
            for name in dice.sample(["urgent", "default", "high"], dice.randrange(2)):
                del table[name]
            return table
        if roll < 0.85:
            return [
                {"when": self._when(), **self._entry()},
                *([self._entry()] if dice.random() < 0.7 else []),
            ]
        return self._entry()

    def _entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"within": self._duration()}
        if self.has("days", 0.3):
            entry = self._by()
        if self.calendars and self.dice.random() < 0.4:
            entry["calendar"] = self.dice.choice([*self.calendars, "24x7"])
        return entry

    def _goal(self) -> Any:
        if self.dice.random() < 0.06:
            return "none"
        if self.has("days", 0.4):
            return self.dice.choice(["1bd", "2bd", self._by()])
        return self._duration()

    def _by(self) -> dict[str, Any]:
        by: dict[str, Any] = {"by": self.dice.choice(["12:00", "17:00", "08:00", "close", "15:30"])}
        if self.dice.random() < 0.5:
            by["after"] = self.dice.choice(["1bd", "2bd"])
        return by

    def _duration(self) -> str:
        return self.dice.choice(
            ["15m", "30m", "1h", "1h", "2h", "2h", "3h", "4h", "8h", "8h", "16h"]
        )

    def _change(self) -> dict[str, Any]:
        tighten = self.dice.choice(["retroactive", "restart", {"floor": "30m"}, {"floor": "2h"}])
        return {"tighten": tighten, "loosen": self.dice.choice(["extend", "keep"])}

    def _steps(self) -> list[dict[str, Any]]:
        steps = self.dice.sample(STEPS, self.dice.choice([0, 1, 2, 3, 5]))
        found = []
        for known in steps:
            step = dict(known)
            if self.dice.random() < 0.15:
                step["clocks"] = self.dice.sample(BUILT_IN, 3)
            found.append(step)
        return found

    # ------------------------------------------------------------------ the ticket

    def _ticket(self) -> dict[str, Any]:
        dice = self.dice
        ticket: dict[str, Any] = {
            "group": dice.choice(["A", "A", "B", None]),
            "priority": dice.choice(["urgent", "high", "normal", "normal", "low"]),
        }
        if dice.random() < 0.85:
            ticket["customer"] = {"email": "a@example.org", "vip": dice.random() < 0.3}
        if dice.random() < 0.4:
            ticket["owner"] = "kim"
        if dice.random() < 0.2:
            ticket["tags"] = ["vip"]
        if dice.random() < 0.2:
            ticket["fields"] = {"product": dice.choice(["x", "z"])}
        if self.has("states", 0.3):
            ticket["state"], ticket["state_kind"] = dice.choice(
                [("open", "open"), ("closed", "closed"), ("vendor", "waiting_other")]
            )
        if self.has("confidence", 0.5):
            ticket["current_only"] = [dice.choice(["customer.vip", "tags", "group"])]
        return ticket

    def _events(self, ticket: dict[str, Any]) -> list[dict[str, Any]]:
        dice = self.dice
        at = FIRST + dice.randrange(5 * 96) * QUARTER
        if dice.random() < 0.1:
            at += dice.randrange(QUARTER)
        created: dict[str, Any] = {"at": at, "event": "created", "by": "customer"}
        if dice.random() < 0.2:
            created["by"] = dice.choice(["agent", "system"])
            if created["by"] == "agent" and dice.random() < 0.5:
                created["on_behalf"] = True
                if dice.random() < 0.5:
                    created["live"] = True
        events = [created]
        if self.has("family", 0.3):
            said = dice.choice(["agent_reply", "agent_reply", "customer_message", "note"])
            events.append({"at": at, "event": said, "opening": True})
        if self.has("split", 0.3):
            back = dice.choice([0, 1, 4, 9, 40]) * QUARTER
            events.append({"at": at, "event": "split_from", "ticket": 7, "message_at": at - back})
        for _ in range(dice.choice([0, 1, 2, 3, 4, 6, 9])):
            at += dice.choice([0, 0, 1, 1, 2, 3, 4, 4, 8, 12, 20, 48, 90]) * QUARTER
            if dice.random() < 0.07:
                at += dice.randrange(QUARTER)
            events.append({"at": at, **self._event(at, events[0]["at"])})
        if self.has("end", 0.3):
            events.append({"at": at + QUARTER, **dice.choice(ENDS)})
        return events

    def _event(self, at: int, created: int) -> dict[str, Any]:
        dice = self.dice
        if self.has("amend", 0.25):
            return self._amendment(at, created)
        if self.has("merge", 0.2):
            return {"event": "absorbed", "events": self._other(at)}
        kind = dice.choice(
            [
                "customer_message",
                "customer_message",
                "agent_reply",
                "agent_reply",
                "state",
                "state",
                "wait",
                "wait",
                "closed",
                "closed",
                "reopened",
                "reopened",
                "priority",
                "priority",
                "group",
                "owner",
                "tag",
                "field",
                "other",
            ]
        )
        event = self._named(kind, at)
        if kind == "agent_reply" and self.has("family", 0.5):
            event |= dice.choice([{"channel": "note"}, {"channel": "email"}, {"live": True}])
        if self.has("ours", 0.2) and kind in ("priority", "group", "owner", "tag", "field"):
            event["ours"] = True
            if dice.random() < 0.3:
                event["retarget"] = True
        return event

    def _named(self, kind: str, at: int) -> dict[str, Any]:
        dice = self.dice
        match kind:
            case "state":
                name, group = dice.choice(
                    [
                        ("open", "open"),
                        ("open", "open"),
                        ("vendor", "waiting_other"),
                        ("new", "new"),
                        ("closed", "closed"),
                    ]
                )
                return {"event": "state_changed", "to": name, "kind": group}
            case "wait":
                return self._wait(at)
            case "priority":
                return {
                    "event": "priority_changed",
                    "to": dice.choice(["urgent", "high", "normal", "low"]),
                }
            case "group":
                return {"event": "group_changed", "to": dice.choice(["A", "B", "C", None])}
            case "owner":
                return {"event": "owner_changed", "to": dice.choice(["kim", "lee", None])}
            case "tag":
                name = dice.choice(["vip", "vip", "review", "review", "junk", "spam"])
                return {
                    "event": dice.choice(["tag_added", "tag_added", "tag_removed"]),
                    "tag": name,
                }
            case "field":
                return dice.choice(
                    [
                        {"event": "field_changed", "field": "customer.vip", "to": True},
                        {"event": "field_changed", "field": "customer.vip", "to": False},
                        {"event": "field_changed", "field": "product", "to": "x"},
                        {"event": "type_changed", "to": "test"},
                        {
                            "event": "customer_changed",
                            "to": {"email": "b@example.org", "vip": dice.random() < 0.5},
                        },
                    ]
                )
            case "other":
                return {"event": dice.choice(["note", "auto_message", "third_party_message"])}
        return {"event": kind}

    def _wait(self, at: int) -> dict[str, Any]:
        dice = self.dice
        event = {"event": "state_changed", "to": "pending", "kind": "waiting_customer"}
        if dice.random() < 0.5:
            until = at + dice.choice([-4, 0, 1, 2, 4, 12, 40, 100]) * QUARTER
            event["until"] = until  # type: ignore[assignment]
            if dice.random() < 0.3:
                event["closes"] = True  # type: ignore[assignment]
        return event

    def _amendment(self, at: int, created: int) -> dict[str, Any]:
        dice = self.dice
        clock = dice.choice(BUILT_IN + self.clocks)
        kind = dice.choice(["extended", "excluded", "excluded", "pause_corrected", "reason_given"])
        if kind == "extended":
            return {"event": kind, "clock": clock, "add": dice.choice(["30m", "2h", "8h", "16h"])}
        if kind == "reason_given":
            return {"event": kind}
        event: dict[str, Any] = {"event": kind}
        start = created + dice.randrange(-8, 60) * QUARTER
        end = start + dice.choice([1, 4, 8, 20, 60]) * QUARTER
        if "future" not in self.topics:
            start, end = min(start, at - QUARTER), min(end, at)
        if kind == "excluded":
            if dice.random() < 0.5:
                event["clock"] = clock
            if dice.random() < 0.15:
                return event
        else:
            event["waiting"] = dice.random() < 0.5
        if end <= start:
            return {"event": "note"}
        return event | {"from": start, "to": end}

    def _other(self, at: int) -> list[dict[str, Any]]:
        dice = self.dice
        start = at - dice.choice([1, 2, 4, 8, 20, 60, 100]) * QUARTER
        events = [
            {"at": start, "event": "created", "by": dice.choice(["customer"] * 3 + ["agent"])}
        ]
        for _ in range(dice.choice([0, 1, 2, 3])):
            start += dice.choice([0, 1, 2, 4, 12]) * QUARTER
            if start < at:
                kind = dice.choice(
                    ["customer_message", "agent_reply", "wait", "closed", "reopened"]
                )
                events.append({"at": start, **self._named(kind, start)})
        return events


ENDS: list[dict[str, Any]] = [
    {"event": "deleted"},
    {"event": "merged", "into": 5},
    {"event": "state_changed", "to": "removed", "kind": "removed"},
    {"event": "state_changed", "to": "merged", "kind": "merged"},
]
INSTANTS = ("at", "as_of", "until", "message_at")


def written(value: Any, key: str = "") -> Any:
    """Epoch seconds as the instants of a policy test."""
    if isinstance(value, dict):
        found = {}
        for name, each in value.items():
            spans = name in ("from", "to") and isinstance(each, int)
            stamp = (name in INSTANTS or spans) and isinstance(each, int) and each > 10**6
            found[name] = _stamp(each) if stamp else written(each)
        return found
    if isinstance(value, list):
        return [written(each) for each in value]
    return value


def _stamp(at: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).isoformat()


def as_cases(docs: list[dict[str, Any]]) -> list[TestCase]:
    """The cases as the reader of policy tests has them (JSON is YAML)."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cases.yaml"
        path.write_text(json.dumps({"cases": docs}), encoding="utf-8")
        return list(load_policy_tests(path).cases)


def as_case(doc: dict[str, Any]) -> TestCase:
    """One of them."""
    (case,) = as_cases([doc])
    return case
