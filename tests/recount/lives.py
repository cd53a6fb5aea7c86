"""Random tickets as plain events: everything that figures are got wrong on, from one seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.recount.hours import BEGIN, DAY, HOUR, MINUTE

FIRST = BEGIN + 58 * DAY
NOW = FIRST + 59 * DAY + 66666
"""When the report is made."""
STATES = {
    "new": "new", "open": "open", "pending reminder": "waiting_customer",
    "pending close": "waiting_customer", "on hold": "waiting_other", "down": "open",
    "closed": "closed",
}  # fmt: skip
AGENTS = ("anna", "ben", "Çelik", "dora")
GROUPS = ("Support", "Support", "Billing", "New York", "Nights")
PARTIES = (("1", "Acme"), ("2", "Globex"), ("3", "Initech"), ("4", None))
CHANNELS = ("email", "phone", "web", "chat", "twitter status", "carrier pigeon", None)
PRODUCTS = ("Mail", "Disk", None)


@dataclass(frozen=True)
class Happened:
    """One event of a ticket."""

    at: int
    kind: str
    data: dict[str, Any]
    by: str | None
    role: str
    ours: bool = False


@dataclass
class Life:
    """A ticket: what it was created as, and everything that happened, in order."""

    id: str
    random: Random
    facts: dict[str, Any] = field(default_factory=dict)
    events: list[Happened] = field(default_factory=list)
    now: int = 0

    def happens(self, kind: str, who: str | None, role: str = "agent", /, **data: Any) -> None:
        self.events.append(Happened(self.now, kind, data, who, role))

    def passes(self) -> None:
        """Seconds, minutes, hours or days."""
        scale = self.random.choice((1, MINUTE, 20 * MINUTE, HOUR, 3 * HOUR, 9 * HOUR, DAY, 3 * DAY))
        self.now += 1 + int(self.random.random() * scale)

    @property
    def state(self) -> str:
        changes = [each.data["to"] for each in self.events if each.kind == "state_changed"]
        return changes[-1] if changes else str(self.facts["state"])


def lives(seed: int, number: int) -> list[Life]:
    """So many tickets."""
    random = Random(seed)
    return [_life(str(count + 1), random) for count in range(number)]


def _life(name: str, random: Random) -> Life:
    life = Life(name, random)
    life.now = FIRST + random.randrange(NOW - FIRST - DAY)
    _born(life)
    for _ in range(random.randrange(0, 14)):
        life.passes()
        random.choice(DEEDS)(life)
    if random.random() < 0.65:
        life.passes()
        _to(life, "closed")
    if random.random() < 0.3:
        life.passes()
        random.choice(DEEDS)(life)
    life.events = [each for each in life.events if each.at <= NOW]
    return life


def _born(life: Life) -> None:
    choose = life.random.choice
    key, name = choose(PARTIES)
    by = choose(("customer",) * 6 + ("agent", "agent", "system"))
    life.facts = {
        "state": choose(("new", "new", "new", "open", "closed" if by == "agent" else "new")),
        "group": choose(GROUPS),
        "priority": choose(("1 low", "2 normal", "3 high")),
        "owner": choose((None, None, choose(AGENTS))),
        "channel": choose(CHANNELS),
        "fields.product": choose(PRODUCTS),
        "organization.fields.fee": choose((1000, 1234.56, 777)),
        "organization.id": key,
    }
    life.facts["state_kind"] = STATES[life.facts["state"]]
    if name is not None:
        life.facts["organization.name"] = name
    if by != "system" or choose((True, False)):
        life.facts["customer.id"] = f"c{key}{choose('ab')}"
    data: dict[str, Any] = {"by": by}
    if by == "agent":
        data |= choose(({}, {"on_behalf": True}, {"on_behalf": True, "live": True}))
    life.happens("created", choose(AGENTS) if by == "agent" else "someone", by, **data)


# ---------------------------------------------------------------------- what happens


def _to(life: Life, state: str, **more: Any) -> None:
    kind = STATES[state]
    life.happens("state_changed", life.random.choice(AGENTS), to=state, kind=kind, **more)


def _asks(life: Life) -> None:
    life.happens("customer_message", "someone", "customer")


def _answers(life: Life) -> None:
    life.happens("agent_reply", life.random.choice(AGENTS))


def _answers_and_sets(life: Life) -> None:
    """In one second: the answer first, as helpdesks record it."""
    _answers(life)
    _to(life, life.random.choice(("closed", "pending reminder", "open")))


def _reopens(life: Life) -> None:
    if life.state == "closed":
        if life.random.random() < 0.6:
            _asks(life)
            life.now += life.random.choice((0, 0, 30 * MINUTE))
        _to(life, "open")
    else:
        _to(life, "closed")


def _waits(life: Life) -> None:
    choose = life.random.choice
    until = choose((None, life.now - 5, life.now + 2 * HOUR, life.now + 2 * DAY))
    if choose((True, True, False)):
        _to(life, "pending reminder", **({} if until is None else {"until": until}))
    else:
        _to(life, "pending close", closes=True, until=life.now + DAY)


def _works(life: Life) -> None:
    _to(life, life.random.choice(("open", "open", "on hold", "new")))


def _breaks_down(life: Life) -> None:
    """For a while, sometimes for good."""
    _to(life, "down")
    if life.random.random() < 0.8:
        life.passes()
        _to(life, "open")


def _is_owned(life: Life) -> None:
    owner = life.random.choice((*AGENTS, None))
    life.happens("owner_changed", life.random.choice(AGENTS), to=owner)


def _moves(life: Life) -> None:
    life.happens("group_changed", life.random.choice(AGENTS), to=life.random.choice(GROUPS))


def _is_moved_by_us(life: Life) -> None:
    group = life.random.choice(GROUPS)
    life.events.append(
        Happened(life.now, "group_changed", {"to": group}, "sla", "agent", ours=True)
    )


def _weighs(life: Life) -> None:
    priority = life.random.choice(("1 low", "2 normal", "3 high"))
    life.happens("priority_changed", life.random.choice(AGENTS), to=priority)


def _pays(life: Life) -> None:
    fee = life.random.choice((1000, 2000, 500.5))
    life.happens("field_changed", "anna", field="organization.fields.fee", to=fee)


def _is_about(life: Life) -> None:
    product = life.random.choice(PRODUCTS)
    life.happens("field_changed", "anna", field="fields.product", to=product)


def _is_tagged(life: Life) -> None:
    tag = life.random.choice(("vip", "odd", "odd", "spam"))
    life.happens(life.random.choice(("tag_added", "tag_removed")), "anna", tag=tag)


def _is_spoken_about(life: Life) -> None:
    kind = life.random.choice(("note", "auto_message", "third_party_message"))
    life.happens(kind, "anna", "agent")


def _is_excused(life: Life) -> None:
    choose = life.random.choice
    clock = choose(("first_response", "resolution", "next_response"))
    if choose((True, False)):
        life.happens("extended", "anna", clock=clock, add=choose((2 * HOUR, 30 * HOUR)))
    else:
        first = life.now - choose((HOUR, 5 * HOUR, DAY))
        life.happens("excluded", "anna", **{"from": first, "to": life.now})


def _rates(life: Life) -> None:
    answer = life.random.choice(("1", "2", "3", "4", "5", "5", "lovely"))
    life.happens("field_changed", "anna", field="fields.csat", to=answer)


def _disappears(life: Life) -> None:
    if life.random.random() < 0.25:
        life.happens("deleted", "anna")


DEEDS: tuple[Callable[[Life], None], ...] = (
    _asks, _asks, _asks, _answers, _answers, _answers, _answers_and_sets, _answers_and_sets,
    _reopens, _reopens, _waits, _waits, _works, _works, _breaks_down, _is_owned, _is_owned,
    _moves, _moves, _is_moved_by_us, _weighs, _pays, _is_about, _is_tagged, _is_spoken_about,
    _is_excused, _disappears, _rates, _rates,
)  # fmt: skip
