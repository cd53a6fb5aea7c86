"""A week of people at a helpdesk, and the policies that make slaplugin write in every way it can.

Whatever starts a clock happens in the first ten minutes of an hour, and all targets are whole
hours, so that steps fall due in the first ten minutes of an hour, too. Whatever else people do
happens after the half hour. Between the two a daemon that was disturbed has twenty minutes to do
what it owes: then a person finds the same ticket in both weeks, and their ends can be compared
without tolerance. For the same reason no note names an instant of its writing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from slaplugin.demo.seed.script import Action, Change, Entry, Open, Tag, Write

BEGIN = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
"""A Monday; 08:00 in Berlin, where the office opens at nine."""
END = BEGIN + timedelta(days=7)

POLICIES = """\
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    when: {group: [Support, Billing]}
    calendar: office
    targets: {first_response: 4h, resolution: 12h}
    steps:
      - {at: 50%, clocks: [first_response], do: [mark, {tag: sla-soon}, {notify: chat}]}
      - at: breach
        clocks: [first_response]
        do:
          - mark
          - {priority: high, only: raise}
          - {field: product, to: router}
          - {note: "{clock} target of {target} missed at {breached_at:local}, {owner} has it"}
          - {notify: [chat, duty]}
      - at: 1h after due
        clocks: [first_response]
        do: [{group: Escalations}, {owner: least_loaded}, {state: open}]
      - {at: 75%, clocks: [resolution], do: [{owner: round_robin}, {notify: duty}]}
      - at: breach
        clocks: [resolution]
        do: [mark, {tag: "sla-{clock}"}, {note: "{clock} is late"}, {field: product, to: other}]
  - name: key accounts
    when: {group: VIP Desk}
    calendar: 24x7
    targets: {first_response: 3h}
    steps:
      - {at: 1h before due, do: [mark, {priority: high, on_recover: restore}, {notify: chat}]}
      - {at: breach, do: [mark, {owner: round_robin}, {state: open}, {note: "{title} is late"}]}
"""
HABITS = (
    *("ignored",) * 3,
    *("late",) * 3,
    *("taken back",) * 3,
    *("answered",) * 2,
    *("quick",) * 1,
    *("untagged",) * 1,
    *("key account, late",) * 3,
    *("key account, in time",) * 2,
)
"""How the tickets of a week are dealt with."""
_AGENTS = ("joel.okafor", "sana.iqbal", "tomas.reyes", "greta.lind")
_CUSTOMERS = ("ravi@hollerbach.example", "clara@hollerbach.example", "owen@hollerbach.example")


@dataclass(frozen=True, slots=True)
class _Life:
    """One ticket: when it comes, in which group, and a source of chance for what follows."""

    key: int
    habit: str
    at: datetime
    dice: random.Random

    @property
    def is_key_account(self) -> bool:
        return self.habit.startswith("key")

    def later(self, hours: int) -> datetime:
        """So many hours after the ticket came, in the half hour that belongs to people."""
        hour = self.at.replace(minute=30, second=0) + timedelta(hours=hours)
        return hour + timedelta(seconds=self.dice.randrange(600))


def story(seed: int) -> list[Entry]:
    """Everything that people do in a week, in order of time; the same seed, the same week."""
    dice = random.Random(seed)
    lives = [
        _Life(key, habit, _coming(habit, dice), dice)
        for key, habit in enumerate(dice.sample(HABITS, len(HABITS)))
    ]
    entries = [entry for life in lives for entry in _entries(life)]
    return sorted(entries, key=lambda entry: entry.at)


def _coming(habit: str, dice: random.Random) -> datetime:
    """In the mornings of working days, key accounts at any time; early enough to be late."""
    if habit.startswith("key"):
        hours = dice.randrange(2, 6 * 24)
    else:
        hours = 24 * dice.randrange(4) + dice.randrange(1, 4)
    return BEGIN + timedelta(hours=hours, seconds=dice.randrange(600))


def _entries(life: _Life) -> Iterator[Entry]:
    yield Entry(life.at, _opened(life))
    for hours, action in _reactions(life):
        yield Entry(life.later(hours), action)


def _opened(life: _Life) -> Open:
    customer = life.dice.choice(_CUSTOMERS)
    group = "VIP Desk" if life.is_key_account else life.dice.choice(["Support", "Billing"])
    sent = {"title": f"{life.key}: {life.habit}", "group": group, "customer": customer}
    article = {"type": "web", "sender": "Customer", "body": "Help!"}
    return Open(life.key, customer, sent, article)


def _reactions(life: _Life) -> Iterator[tuple[int, Action]]:
    """(whole hours after the ticket came, what somebody does)"""
    agent, key = life.dice.choice(_AGENTS), life.key
    match life.habit:
        case "quick":
            yield 0, _reply(key, agent)
            yield 1, Change(key, agent, {"state": "closed"})
        case "answered" | "key account, in time":
            yield 2, _reply(key, agent)
            yield 26, Change(key, agent, {"state": "closed"})
        case "late" | "key account, late":
            yield 5, _reply(key, agent)
            yield 6, Tag(key, agent, "red")
            yield 28, Change(key, agent, {"state": "closed"})
        case "taken back":
            yield 6, Change(key, agent, {"group": "Support", "owner": "joel.okafor"})
            yield 6, Change(key, agent, {"priority": "1 low", "product": "switch"})
        case "untagged":
            yield 5, Tag(key, agent, "sla-breach", added=False)


def _reply(key: int, agent: str) -> Write:
    return Write(key, agent, {"type": "email", "body": "It works again.", "to": "you"})
