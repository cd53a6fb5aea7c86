"""The contract: as the program reads it, and by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.recount import hours
from tests.recount.hours import BERLIN, HOUR, NEW_YORK

YAML = (
    hours.YAML
    + """\
clocks:
  outage: {while: {state: down}, cycle: each}
  their_turn: {party: customer, while: {state_kind: waiting_customer}, cycle: each}
  desk: {start: [{event: group_changed, to: Billing}], stop: [{event: agent_reply}], cycle: each}
policies:
  - name: standard
    calendar: office
    targets:
      first_response: {high: 2h, default: 4h}
      next_response: 5h
      resolution: 20h
      their_turn: 6h
      desk: 9h
    objectives:
      - clock: first_response
        share: 80%
        per: month
        timezone: Europe/Berlin
        credits:
          table: [{below: 80%, credit: 5%}, {below: 50%, credit: 12.5%}]
          base: {field: organization.fields.fee}
          currency: EUR
          cap: 15%
          rounding: 0.05
      - clock: resolution
        share: 75%
        within: 10h
        per: month
        timezone: Europe/Berlin
        credits:
          table: [{below: 75%, credit: 7.5%}, {below: 30%, credit: 33%}]
          base: {field: organization.fields.fee}
          currency: EUR
          cap: 15%
      - clock: next_response
        share: 90%
        per: quarter
        timezone: Europe/Berlin
        credits: {table: [{below: 90%, credit: 3%}], base: 999.99, currency: EUR, min_count: 5}
      - {availability: outage, share: 99.9%, per: month, timezone: Europe/Berlin, calendar: office}
      - {clock: first_response, share: 60%, per: week, timezone: Europe/Berlin, during: office}
      - {clock: their_turn, share: 70%, per: month, timezone: Europe/Berlin,
         credits: [{below: 100%, credit: 9%}]}
    sub:
      - name: gentle
        when: {priority: low}
        targets: {first_response: 8h}
      - name: gold
        rank: 15
        when: {organization.name: Acme}
        targets: {first_response: 1h, resolution: {high: 6h, default: 12h}}
        objectives:
          - {clock: first_response, share: 95%, per: day, timezone: America/New_York,
             credits: {table: [{below: 95%, credit: 1%}], base: 100, currency: USD}}
          - availability: outage
            share: 99%
            per: week
            timezone: Europe/Berlin
            calendar: 24x7
            credits:
              table: [{below: 99.5%, credit: 20%}, {below: 90%, credit: 25%}]
              base: 33.33
              currency: USD
              rounding: 0.25
          - clock: resolution
            share: 50%
            credits:
              table: [{below: 100%, credit: 10%}]
              base: {field: organization.fields.fee}
              currency: USD
  - name: american
    rank: 20
    when: {group: New York}
    calendar: nyc
    count_unanswered: true
    targets: {first_response: 3h, resolution: 15h}
    objectives:
      - {clock: first_response, share: 75%, per: week, timezone: America/New_York,
         credits: [{below: 75%, credit: 2.5%}]}
      - {clock: resolution, share: 75%, per: month, timezone: America/New_York}
  - name: nightly
    rank: 20
    when: {group: Nights}
    calendar: night
    targets: {first_response: 2h}
    objectives: []
  - name: doubtful
    rank: 40
    when: {customer.vip: true}
    targets: {next_response: {within: 3h, calendar: 24x7}}
"""
)
VIPS = ("c1a", "c2b")
"""Customers of whom it is known today, and today alone, that they are (or are not) VIPs."""


@dataclass(frozen=True)
class Credits:
    """``base``: an amount, the name of a field, or None."""

    table: tuple[tuple[str, str], ...]
    base: str | None = None
    currency: str | None = None
    cap: str | None = None
    min_count: int = 0
    rounding: str = "0.01"


@dataclass(frozen=True)
class Goal:
    """One objective; ``covers`` are the policies whose clocks it is about."""

    policy: str
    clock: str
    share: Fraction
    per: str | None
    zone: str = "UTC"
    within: int | None = None
    during: str | None = None
    availability: str | None = None
    """The calendar whose open time it is a share of."""
    credits: Credits | None = None
    covers: tuple[str, ...] = ()


def percent(text: str) -> Fraction:
    return Fraction(Decimal(text)) / 100


FEE = "organization.fields.fee"
HOUSE = ("standard", "gentle")
GOALS = (
    Goal("standard", "first_response", percent("80"), "month", BERLIN, covers=HOUSE,
         credits=Credits((("80", "5"), ("50", "12.5")), FEE, "EUR", "15", rounding="0.05")),
    Goal("standard", "resolution", percent("75"), "month", BERLIN, 10 * HOUR, covers=HOUSE,
         credits=Credits((("75", "7.5"), ("30", "33")), FEE, "EUR", "15")),
    Goal("standard", "next_response", percent("90"), "quarter", BERLIN, covers=HOUSE,
         credits=Credits((("90", "3"),), "999.99", "EUR", min_count=5)),
    Goal("standard", "outage", percent("99.9"), "month", BERLIN, availability="office",
         covers=HOUSE),
    Goal("standard", "first_response", percent("60"), "week", BERLIN, during="office",
         covers=HOUSE),
    Goal("standard", "their_turn", percent("70"), "month", BERLIN, covers=HOUSE),
    Goal("gold", "first_response", percent("95"), "day", NEW_YORK, covers=("gold",),
         credits=Credits((("95", "1"),), "100", "USD")),
    Goal("gold", "outage", percent("99"), "week", BERLIN, availability="24x7", covers=("gold",),
         credits=Credits((("99.5", "20"), ("90", "25")), "33.33", "USD", rounding="0.25")),
    Goal("gold", "resolution", percent("50"), None, covers=("gold",),
         credits=Credits((("100", "10"),), FEE, "USD")),
    Goal("american", "first_response", percent("75"), "week", NEW_YORK, covers=("american",),
         credits=Credits((("75", "2.5"),))),
    Goal("american", "resolution", percent("75"), "month", NEW_YORK, covers=("american",)),
)  # fmt: skip
COUNT_UNANSWERED = ("american",)
THEIRS = "their_turn"
ZONES = {"standard": BERLIN, "gentle": BERLIN, "gold": BERLIN, "american": NEW_YORK,
         "nightly": BERLIN, "doubtful": "UTC"}  # fmt: skip
"""Of clocks by their own targets: that of the calendar of the target."""


def calendar_of(facts: Mapping[str, Any]) -> str:
    """The calendar of a clock without a target, and of figures of tickets."""
    return {"New York": "nyc", "Nights": "night"}.get(str(facts.get("group")), "office")


def calendar_for(clock: str, facts: Mapping[str, Any], *, vip: bool) -> str:
    """The calendar of the target that the facts give a clock."""
    if clock == "outage" or clock == "first_response":
        return calendar_of(facts)
    if clock == "resolution":
        return "nyc" if facts.get("group") == "New York" else "office"
    return "24x7" if clock == "next_response" and vip else "office"


def policy_about_outages(facts: Mapping[str, Any]) -> str:
    """The highest policy that matches and has an availability."""
    return "gold" if facts.get("organization.name") == "Acme" else "standard"
