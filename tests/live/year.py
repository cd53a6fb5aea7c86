"""A year of a help desk, made up from a seed, acted on a real Request Tracker, and on record.

Every deed is on a whole minute, so that who counts minutes afterwards counts exactly. The record is
what people did; what RT does by itself (a reply opens a ticket) is left to whoever reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.live.rt import AGENTS, LiveRt

BEGIN = datetime(2025, 10, 13, tzinfo=UTC)
"""Two weeks before the clocks go back; minutes are counted from here."""
MINUTES = 383 * 24 * 60
"""Until 2026-10-31: the clocks are put forward once and back twice."""
DAY, HOUR = 24 * 60, 60
CLIENTS = {
    "joan@acme.example": "Acme", "raj@acme.example": "Acme", "li@globex.example": "Globex",
    "ops@initech.example": "Initech", "mara@globex.example": "Globex",
    "tom@umbrella.example": "Umbrella", "zoe@umbrella.example": "Umbrella",
}  # fmt: skip
STRANGER = "sales@vendor.example"
QUEUES = ("Support", "Support", "Support", "Billing")
TITLES = ("VPN drops every hour", "Invoice 2231 is wrong", "Cannot print", "App crashes at start",
          "New starter needs access", "Mail comes late", "Export <b>fails</b> & stops")  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Deed:
    """What somebody did to a ticket: ``kind`` with a ``value`` and, for replies, a ``status``."""

    minute: int
    ticket: int
    kind: str
    by: str
    value: str = ""
    status: str = ""


@dataclass
class Life:
    """Writes the life of one ticket, deed after deed; ``minute`` is its present."""

    ticket: int
    random: Random
    minute: int
    deeds: list[Deed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.customer = self.random.choice(sorted(CLIENTS))
        self.agent = self.random.choice(AGENTS)
        self.queue = self.random.choice(QUEUES)

    def do(self, kind: str, by: str, value: str = "", status: str = "") -> None:
        """It happens now; the next deed is at least a minute later."""
        self.deeds.append(Deed(self.minute, self.ticket, kind, by, value, status))
        self.minute += 1

    def born(self) -> None:
        """By the customer at any hour, now and then by an agent who was called."""
        if self.random.random() < 0.12:
            self.minute = at_work(self.minute)
            self.do("call", self.agent, f"{self.queue} {self.customer}")
        else:
            self.do("create", self.customer, self.queue)
        if self.random.random() < 0.5:
            self.minute = at_work(self.minute + self.random.randrange(2, 40))
            self.do("priority", self.agent, self.random.choice(("0", "50", "50", "80")))
        if self.random.random() < 0.6:
            self.minute += self.random.randrange(1, 5)
            self.do("owner", self.agent, self.agent)

    def works(self, median: int) -> None:
        """An agent gets round to it: after so many minutes in the middle, some far later."""
        spent = round(self.random.lognormvariate(0, 1.1) * median)
        self.minute = at_work(self.minute + max(1, spent))

    def waits(self, low: int, high: int) -> None:
        """Any time of day or night."""
        self.minute += self.random.randrange(low, high)

    def reply(self, status: str = "") -> None:
        """By the agent in charge, now and then by a colleague."""
        helped = self.random.random() < 0.15
        self.do("agent", self.random.choice(AGENTS) if helped else self.agent, status=status)

    def writes(self) -> None:
        """The customer again, or somebody of the same firm."""
        firm = [who for who, name in CLIENTS.items() if name == CLIENTS[self.customer]]
        by = self.random.choice(firm) if self.random.random() < 0.2 else self.customer
        self.do("customer", by)


def at_work(minute: int) -> int:
    """The first minute from here on at which agents sit at their desks (roughly: by UTC)."""
    while True:
        day, now = divmod(minute, DAY)
        if day % 7 < 5 and 7 * HOUR <= now < 16 * HOUR:
            return minute
        minute = day * DAY + (7 * HOUR if now < 7 * HOUR else DAY + 7 * HOUR) + minute % 50


# ---------------------------------------------------------------------- how tickets go


def _quick(life: Life) -> None:
    life.works(60)
    life.reply()
    life.works(240)
    life.reply("resolved")


def _dialogue(life: Life) -> None:
    for _ in range(life.random.randrange(1, 4)):
        life.works(90)
        life.reply()
        life.waits(20, 2 * DAY)
        life.writes()
    life.works(200)
    life.reply("resolved")


def _waiting(life: Life) -> None:
    """Stalled properly: opened again by an agent when the customer has answered."""
    life.works(80)
    life.reply("stalled")
    life.waits(HOUR, 9 * DAY)
    life.writes()
    life.works(60)
    life.do("status", life.agent, "open")
    if life.random.random() < 0.5:
        life.reply("stalled")
        life.waits(HOUR, 4 * DAY)
        life.writes()
    life.works(180)
    life.reply("resolved")


def _parked(life: Life) -> None:
    """Stalled, and still so after the customer's answer, which nobody saw for days."""
    life.works(60)
    life.reply()
    life.works(30)
    life.do("status", life.agent, "stalled")
    life.waits(HOUR, 3 * DAY)
    life.writes()
    life.waits(DAY, 8 * DAY)
    life.works(60)
    life.reply()
    life.works(300)
    life.do("status", life.agent, "resolved")


def _silent(life: Life) -> None:
    """Never answered."""
    if life.random.random() < 0.5:
        life.works(600)
        life.do("comment", life.agent)
    if life.random.random() < 0.4:
        life.waits(DAY, 9 * DAY)
        life.writes()


def _night(life: Life) -> None:
    """Somebody else resolves it at night, with or without a word."""
    life.waits(DAY, 2 * DAY)
    life.minute += (26 * HOUR - life.minute) % DAY
    other = life.random.choice([one for one in AGENTS if one != life.agent])
    if life.random.random() < 0.5:
        life.do("agent", other, status="resolved")
    else:
        life.do("status", other, "resolved")


def _reopened(life: Life) -> None:
    """The customer comes back, within two weeks or later."""
    _quick(life)
    life.waits(2 * HOUR, 25 * DAY)
    life.writes()
    life.works(120)
    life.reply("resolved")


def _closed_silently(life: Life) -> None:
    """Resolved without an answer; the customer asks again."""
    life.works(60)
    life.do("status", life.agent, "resolved")
    life.waits(HOUR, 5 * DAY)
    life.writes()
    life.works(120)
    life.reply("resolved")


def _bounced(life: Life) -> None:
    life.works(60)
    life.do("queue", life.agent, "Escalations")
    life.works(200)
    life.do("priority", life.agent, life.random.choice(("50", "80")))
    life.do("owner", life.agent, life.random.choice([one for one in AGENTS if one != life.agent]))
    life.works(100)
    life.reply()
    life.waits(10, 9 * HOUR)
    life.writes()
    if life.random.random() < 0.5:
        life.works(60)
        life.do("queue", life.agent, "Billing" if life.queue == "Support" else "Support")
        life.works(60)
        life.do("priority", life.agent, "20")
    life.works(90)
    life.reply()
    life.waits(HOUR, DAY)
    life.do("stranger", STRANGER)
    life.works(400)
    life.reply("resolved")


def _spam(life: Life) -> None:
    life.works(60)
    if life.random.random() < 0.5:
        life.do("status", life.agent, "rejected")
    else:
        life.do("delete", life.agent)


WAYS: tuple[Callable[[Life], None], ...] = (
    _quick, _bounced, _dialogue, _waiting, _silent, _parked, _quick, _reopened, _night, _dialogue,
    _closed_silently, _bounced, _quick, _quick, _spam, _dialogue, _waiting,
)  # fmt: skip


def _twice(life: Life, number: int) -> list[Deed]:
    """The same customer writes a second ticket, and one is merged into the other; then goes on."""
    double = Life(number, life.random, life.minute + life.random.randrange(5, 3 * HOUR))
    double.do("create", life.customer, life.queue)
    answered = life.random.random() < 0.5
    if answered:
        life.works(40)
        life.reply()
    life.minute = at_work(max(life.minute, double.minute) + life.random.randrange(5, 200))
    into_younger = not answered and life.random.random() < 0.5
    gone, kept = (life, double) if into_younger else (double, life)
    kept.minute = life.minute
    kept.agent, kept.customer = life.agent, life.customer
    kept.do("merge", life.agent, str(gone.ticket))
    kept.works(120)
    kept.reply()
    kept.works(300)
    kept.reply("resolved")
    return double.deeds


def a_year(seed: int, tickets: int) -> list[Deed]:
    """Everything that is done to ``tickets`` tickets in the year, in its order."""
    random = Random(seed)
    told: list[Deed] = []
    number = 0
    while number < tickets:
        life = Life(number, random, random.randrange(DAY, MINUTES - 12 * DAY))
        life.born()
        number += 1
        if number % 12 == 0 and number < tickets:
            told += _twice(life, number)
            number += 1
        else:
            WAYS[number % len(WAYS)](life)
        told += life.deeds
    return sorted(deed for deed in told if deed.minute < MINUTES)


# ---------------------------------------------------------------------- on the stage


def instant(minute: int) -> datetime:
    """A minute of the year as an instant (UTC)."""
    return BEGIN + timedelta(minutes=minute)


@dataclass
class Desk:
    """Acts deeds on a Request Tracker whose clock it moves; ``numbers``: ticket -> RT's id."""

    rt: LiveRt
    numbers: dict[int, str] = field(default_factory=dict)

    def furnish(self) -> None:
        """The clients, each with an organization, and somebody who has nothing to do with us."""
        known = {item["id"] for item in self.rt.admin.get("users", query="id > 0")["items"]}
        self.rt.clock(BEGIN)
        for who, organization in {**CLIENTS, STRANGER: ""}.items():
            told = {"Organization": organization, "Privileged": 0}
            if who in known:
                self.rt.user(who, **told)
            else:
                new = {"Name": who, "EmailAddress": who, "Password": "customer-password"}
                self.rt.admin.post("user", {**new, **told})

    def act(self, deeds: Iterable[Deed]) -> None:
        """Do them one by one, each at its minute; then the year is over."""
        for deed in deeds:
            self.rt.clock(instant(deed.minute))
            self._act(deed)
        self.rt.clock(instant(MINUTES))

    def _act(self, deed: Deed) -> None:
        person = self.rt.customer(deed.by) if "@" in deed.by else self.rt.agent(deed.by)
        if deed.kind in ("create", "call"):
            self._begin(deed, person)
            return
        ticket = self.numbers[deed.ticket]
        if deed.kind in ("agent", "customer", "stranger"):
            more = {"Status": deed.status} if deed.status else {}
            person.reply(ticket, "Well then.", **more)
        elif deed.kind == "comment":
            person.comment(ticket, "Who knows about this?")
        elif deed.kind == "merge":
            person.put(f"ticket/{self.numbers[int(deed.value)]}", {"MergeInto": ticket})
        elif deed.kind == "delete":
            person.put(f"ticket/{ticket}", {"Status": "deleted"})
        else:
            person.put(f"ticket/{ticket}", {deed.kind.capitalize(): deed.value})

    def _begin(self, deed: Deed, person: Any) -> None:
        queue, _, requestor = deed.value.partition(" ")
        more = {"Requestor": requestor} if requestor else {}
        title = TITLES[deed.ticket % len(TITLES)]
        self.numbers[deed.ticket] = person.create(title, queue=queue, **more)
