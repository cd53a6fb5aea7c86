"""The scripted month: about 400 tickets, the same for the same seed and start."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from slaplugin.demo.seed import stories
from slaplugin.demo.seed.office import ADMIN_LOGIN, CUSTOMERS, customer_mail
from slaplugin.demo.seed.script import Entry, Promote, Script
from slaplugin.demo.seed.worktime import ZONE, is_weekend, message_time

if TYPE_CHECKING:
    from slaplugin.demo.desk import Desk

DAYS = 30
_RECENT = timedelta(days=3)
_END_OF_STORY = time(15, 0)


def seed_month(desk: Desk, *, seed: int, start: datetime) -> Script:
    """Write the script of a month from the local day of `start` on; nothing is played yet.

    The helpdesk must be furnished. The month ends after thirty days at 15:00 in Berlin; the
    tickets of its last three days are answered less well, so that clocks are at risk and breached.
    """
    random = Random(seed)  # noqa: S311 - a story that has to repeat, not a secret
    first = datetime.combine(start.astimezone(ZONE).date(), time(0), ZONE)
    end = datetime.combine(first.date() + timedelta(days=DAYS), _END_OF_STORY, ZONE)
    entries: list[Entry] = []
    key = 1
    for day in range(DAYS + 1):
        midnight = datetime.combine(first.date() + timedelta(days=day), time(0), ZONE)
        for _ in range(_how_many(random, midnight)):
            entries += _one(random, key, message_time(random, midnight), end)
            key += 2
    entries += _promotions(first)
    entries.sort(key=lambda entry: entry.at)
    return Script(desk, entries, first, end)


def _promotions(first: datetime) -> list[Entry]:
    """Two customers become VIPs, one of them on the last morning, while tickets are open."""
    morning = datetime.combine(first.date(), time(10, 20), ZONE)
    chosen = ((11, CUSTOMERS[12]), (DAYS, CUSTOMERS[22]))
    return [
        Entry(
            morning + timedelta(days=day),
            Promote(ADMIN_LOGIN, customer_mail(organization, name), vip=True),
        )
        for day, (organization, name, _, _) in chosen
    ]


def _how_many(random: Random, day: datetime) -> int:
    return random.randint(2, 5) if is_weekend(day) else random.randint(13, 20)


def _one(random: Random, key: int, at: datetime, end: datetime) -> list[Entry]:
    if random.random() < 0.04:
        return stories.outbound(random, key, at)
    story = stories.begin(random, key, at)
    choices = stories.RECENT if at > end - _RECENT else stories.SETTLED
    tell = random.choices([each for each, _ in choices], [weight for _, weight in choices])[0]
    tell(story)
    return story.entries
