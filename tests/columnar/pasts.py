"""Random tickets of the shapes that helpdesks have, recorded under one policy set."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from slaplugin.app.ports import StoredInstance
from slaplugin.app.whatif import PastTicket
from slaplugin.core.evaluate import outcomes
from slaplugin.core.model import Event, Ticket
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.loader import load_policy_texts

MONDAY = 1_772_438_400
NOW = MONDAY + 90 * 86400
GAPS = (0, 0, 1, 59, 1800, 3600, 7200, 14400, 40000, 90000, 200000)
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("agent_reply", {}),
    ("agent_reply", {}),
    ("customer_message", {}),
    ("customer_message", {}),
    ("note", {}),
    ("state_changed", {"to": "open", "kind": "open"}),
    ("state_changed", {"to": "pending", "kind": "waiting_customer"}),
    ("state_changed", {"to": "vendor", "kind": "waiting_other"}),
    ("closed", {}),
    ("reopened", {}),
    ("owner_changed", {"to": "kim"}),
    ("tag_added", {"tag": "blue"}),
    ("tag_added", {"tag": "spam"}),
    ("field_changed", {"field": "color", "to": "red"}),
    ("field_changed", {"field": "product", "to": "y"}),
    ("group_changed", {"to": "Billing"}),
)


def loaded(text: str) -> PolicySet:
    found = load_policy_texts({"policies.yaml": text})
    if found.policy_set is None:
        raise ValueError("; ".join(map(str, found.problems)))
    return found.policy_set


def pasts(dice: random.Random, recorded: PolicySet, number: int) -> list[PastTicket]:
    """Tickets with what was recorded of them by ``NOW``; ids are their places."""
    rules = RuleBook.compile(recorded, only_targeted=True)
    return [_past(dice, rules, place) for place in range(number)]


def _past(dice: random.Random, rules: RuleBook, place: int) -> PastTicket:
    events = tuple(_events(dice))
    facts = {
        "group": "Support",
        "priority": dice.choice(("1 low", "2 normal", "3 high")),
        "customer.email": f"{place}@example.org",
        "organization.vip": dice.random() < 0.3,
        "fields.product": dice.choice(("x", "y", "z")),
        "tags": ("red",),
    }
    current = frozenset({"organization.vip"}) if dice.random() < 0.2 else frozenset()
    ticket = Ticket("desk", str(place), f"N{place}", f"title {place}", None, facts, current)
    rows = _recorded(PastTicket(ticket, events, (), True), rules)
    is_open = any(not row.finished for row in rows)
    return PastTicket(ticket, events, rows, is_open)


def _events(dice: random.Random) -> Iterator[Event]:
    at = MONDAY + dice.randrange(0, 7 * 86400)
    by = dice.choice(("customer", "customer", "customer", "agent", "system"))
    yield Event(at * 1000, 0, "0", "created", {"by": by})
    for place in range(1, dice.randrange(1, 12)):
        at += dice.choice(GAPS)
        kind, data = dice.choice(KINDS)
        if data.get("kind") == "waiting_customer" and dice.random() < 0.4:
            data = {**data, "until": at + dice.choice((-60, 3600, 50000))}
        yield Event(at * 1000, place, str(place), kind, data)
    if dice.random() < 0.7:
        yield Event((at + dice.choice(GAPS)) * 1000, 99, "99", "closed")


def _recorded(past: PastTicket, rules: RuleBook) -> tuple[StoredInstance, ...]:
    found = outcomes(past.timeline, rules, NOW)
    return tuple(StoredInstance(each, rules.policy_set.hash, not each.is_open) for each in found)


def places(tickets: Sequence[PastTicket]) -> list[str]:
    return [past.ticket.id for past in tickets]
