"""Full evaluation of a ticket against a day walk that does only the arithmetic.

Both see the same tickets: ten events each over about a week, five policy layers, four targets,
one office calendar with holidays. The day walk adds up the open time of every clock's stretches
day by day and finds each due time by the same walk; it matches no policy, keeps no steps, no
marks, no instances. ``python benchmarks/evaluate_ticket.py`` prints rates and ratios of one run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from slaplugin.core.evaluate import evaluate, evaluate_fully
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.loader import load_policy_texts

TICKETS = 2000
ROUNDS = 5
POLICIES = """
calendars:
  berlin:
    timezone: Europe/Berlin
    hours: {mon-fri: "09:00-12:00, 13:00-17:00"}
    holidays: [DE-BE]
policies:
  - name: standard
    targets: {first_response: 4h, next_response: 8h, resolution: 16h, update: 16h}
    sub:
      - {name: vip, when: {organization.vip: true}, targets: {first_response: 1h}}
      - {name: payments, when: {fields.product: [payments, payouts]}, targets: {resolution: 8h}}
      - {name: billing, when: {group: Billing}, targets: {first_response: 2h}}
      - {name: outage, when: {type: outage}, targets: {resolution: 4h}}
"""
STORY = (
    ("owner_changed", {"to": "kim"}),
    ("agent_reply", {}),
    ("state_changed", {"to": "pending", "kind": "waiting_customer"}),
    ("customer_message", {}),
    ("state_changed", {"to": "open", "kind": "open"}),
    ("agent_reply", {}),
    ("customer_message", {}),
    ("agent_reply", {}),
    ("closed", {}),
)
ZONE = ZoneInfo("Europe/Berlin")
SHIFTS = ((9, 12), (13, 17))
Walk = list[tuple[list[tuple[int, int]], int]]
"""Per clock: its counted stretches and its target in seconds."""


def timeline(number: int, dice: random.Random) -> Timeline:
    at = 1_767_600_000 + dice.randrange(0, 300 * 86400)
    events = [Event(at * 1000, 0, "0", "created", {"by": "customer"})]
    for place, (kind, data) in enumerate(STORY, 1):
        at += dice.randrange(600, 140_000)
        events.append(Event(at * 1000, place, str(place), kind, data))
    facts = {
        "group": dice.choice(("Support", "Billing")),
        "priority": "2 normal",
        "customer.email": "a@example.org",
        "organization.vip": number % 5 == 0,
        "fields.product": dice.choice(("payments", "shop")),
    }
    return Timeline(Ticket("bench", str(number), facts=facts), tuple(events))


def stretches(story: Timeline) -> Walk:
    """What the day walk is told for free: the stretches of each clock of the story."""
    at = [event.at for event in story.events]
    waits = (at[3], at[4])
    return [
        ([(at[0], at[2])], 4 * 3600),
        ([(at[7], at[8])], 8 * 3600),
        ([(at[2], at[3]), (waits[1], at[6])], 16 * 3600),
        ([(at[6], at[8])], 16 * 3600),
        ([(at[8], at[9])], 16 * 3600),
        ([(at[0], at[3]), (waits[1], at[9])], 16 * 3600),
    ]


def walk_elapsed(start: int, end: int, closed: frozenset[date]) -> int:
    """Open seconds of [start, end), a local day at a time."""
    first, last = datetime.fromtimestamp(start, ZONE), datetime.fromtimestamp(end, ZONE)
    day, total = first.date(), 0
    while day <= last.date():
        if day.weekday() < 5 and day not in closed:
            for opening, closing in SHIFTS:
                opens = _instant(day, opening)
                closes = _instant(day, closing)
                total += max(0, min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total


def walk_due(start: int, seconds: int, closed: frozenset[date]) -> int:
    """The instant at which the open seconds since the start reach the target."""
    day, left = datetime.fromtimestamp(start, ZONE).date(), seconds
    while True:
        if day.weekday() < 5 and day not in closed:
            for opening, closing in SHIFTS:
                opens = max(start, _instant(day, opening))
                spent = max(0, _instant(day, closing) - opens)
                if spent >= left:
                    return opens + left
                left -= spent
        day += timedelta(days=1)


def _instant(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp())


def walk_ticket(clocks: Walk, closed: frozenset[date]) -> int:
    overdue = 0
    for parts, target in clocks:
        used = sum(walk_elapsed(start, end, closed) for start, end in parts)
        due = walk_due(parts[0][0], target, closed)
        overdue += used > target or due < parts[0][0]
    return overdue


def rate(work: Callable[[], None], tickets: int) -> float:
    """Tickets per second of processor time, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return tickets / best


def main() -> None:
    loaded = load_policy_texts({"bench.yaml": POLICIES})
    if loaded.policy_set is None:
        raise SystemExit("\n".join(map(str, loaded.problems)))
    rules = RuleBook.compile(loaded.policy_set, only_targeted=True)
    closed = loaded.policy_set.calendars["berlin"].versions[0].closed
    dice = random.Random(7)
    stories = [timeline(number, dice) for number in range(TICKETS)]
    walks = [stretches(story) for story in stories[:200]]

    def full(detail: bool) -> None:
        for story in stories:
            evaluate(story, rules, detail=detail)

    def replayed() -> None:
        for story in stories:
            evaluate_fully(story, rules, story.events[-1].at, detail=False)

    def walked() -> None:
        for clocks in walks:
            walk_ticket(clocks, closed)

    day_walk = rate(walked, len(walks))
    bare = rate(lambda: full(False), TICKETS)
    detailed = rate(lambda: full(True), TICKETS)
    general = rate(replayed, TICKETS)
    print(f"measured {datetime.now(UTC).date()}, tickets per second of processor time")
    print(f"day walk, arithmetic only      {day_walk:9,.0f}")
    print(f"evaluate, no spans, no trace   {bare:9,.0f}   {bare / day_walk:5.1f} x the day walk")
    print(f"evaluate, spans and trace      {detailed:9,.0f}   {bare / detailed:5.2f} x the time")
    print(
        f"full replay (any ticket)       {general:9,.0f}   {general / day_walk:5.2f} x the day walk"
    )


if __name__ == "__main__":
    main()
