"""What the administrator of the stand-in has set up: by default the recorded installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

ROOT = 1
"""root@localhost: the system's own account, and the owner of what nobody owns."""

EVERYTHING = frozenset({"ro", "move_into", "create", "note", "owner", "priority", "rw"})
READ_ONLY = frozenset({"ro"})
NO_RIGHTS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Targets:
    """Native targets, working minutes; 0: none."""

    response: int = 0
    update: int = 0
    solution: int = 0


NO_TARGETS = Targets()


@dataclass(frozen=True, slots=True)
class Queue:
    id: int
    name: str
    group: int
    targets: Targets = NO_TARGETS
    auto_reply: bool = False
    unlock_minutes: int = 0
    """Locked longer than this without an answer: the job unlocks (0: never)."""


@dataclass(frozen=True, slots=True)
class Agent:
    id: int
    login: str
    first: str
    last: str
    rights: dict[int, frozenset[str]]
    """Group -> what the agent may do in its queues; ``rw`` allows everything."""
    password: str = "PASSWORD"

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    def may(self, right: str, group: int) -> bool:
        given = self.rights.get(group, NO_RIGHTS)
        return right in given or "rw" in given


@dataclass(frozen=True, slots=True)
class CustomerUser:
    login: str
    name: str
    company: str
    password: str = "PASSWORD"

    @property
    def address(self) -> str:
        return f'"{self.name}" <{self.login}@{self.company.lower()}.example>'


@dataclass(frozen=True, slots=True)
class State:
    id: int
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Service:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Sla:
    id: int
    name: str
    targets: Targets
    services: frozenset[int]


@dataclass(frozen=True, slots=True)
class Field:
    """A dynamic field of tickets."""

    name: str
    kind: str
    """``Text``, ``TextArea``, ``Dropdown``, ``Multiselect``, ``DateTime``."""
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class Catalog:
    """Everything but tickets. Tests add to it as they like, before or while the server runs."""

    queues: dict[int, Queue]
    agents: dict[int, Agent]
    customers: dict[str, CustomerUser]
    states: dict[int, State]
    priorities: dict[int, str]
    types: dict[int, str]
    services: dict[int, Service]
    slas: dict[int, Sla]
    fields: dict[str, Field]
    locks: dict[int, str] = field(default_factory=lambda: {1: "unlock", 2: "lock", 3: "tmp_lock"})

    def queue(self, name: str) -> Queue:
        return next(queue for queue in self.queues.values() if queue.name == name)

    def agent(self, login: str) -> Agent:
        return next(agent for agent in self.agents.values() if agent.login == login)

    def state(self, name: str) -> State:
        return next(state for state in self.states.values() if state.name == name)

    def priority_id(self, name: str) -> int:
        return next(key for key, known in self.priorities.items() if known == name)

    def type_id(self, name: str) -> int:
        return next(key for key, known in self.types.items() if known == name)

    def lock_id(self, name: str) -> int:
        return next(key for key, known in self.locks.items() if known == name)

    def add_field(self, added: Field) -> None:
        self.fields[added.name] = added

    def targets(self, queue: int, sla: int | None) -> Targets:
        """An SLA replaces the queue's targets entirely (facts 14)."""
        return self.slas[sla].targets if sla else self.queues[queue].targets


SUPPORT, BILLING, VIP, RESTRICTED = 4, 5, 6, 7
"""Groups of the recorded installation."""

OPTIONS = (
    "sla-ok",
    "sla-warning",
    "sla-paused",
    "sla-breach-first-response",
    "sla-breach-next-response",
    "sla-breach-resolution",
)


def recorded() -> Catalog:
    """The installation that was recorded, as far as its answers show it."""
    return Catalog(
        queues=_by_id(_queues()),
        agents=_by_id(_agents()),
        customers={customer.login: customer for customer in _customers()},
        states=_by_id(_states()),
        priorities=dict(
            enumerate(("1 very low", "2 low", "3 normal", "4 high", "5 very high"), start=1)
        ),
        types={1: "Unclassified", 2: "Incident", 3: "Service Request"},
        services={1: Service(1, "Incident Desk"), 2: Service(2, "Invoicing")},
        slas={
            1: Sla(1, "Gold 4h", Targets(30, 60, 240), frozenset({1, 2})),
            2: Sla(2, "Silver 8h", Targets(60, 240, 480), frozenset({1, 2})),
        },
        fields={field.name: field for field in _fields()},
    )


Row = TypeVar("Row", Queue, Agent, State)


def _by_id(rows: tuple[Row, ...]) -> dict[int, Row]:
    return {row.id: row for row in rows}


def _queues() -> tuple[Queue, ...]:
    return (
        Queue(1, "Postmaster", 1),
        Queue(2, "Raw", 1),
        Queue(3, "Junk", 1),
        Queue(4, "Misc", 1),
        Queue(5, "Support", SUPPORT, Targets(60, 240, 480), auto_reply=True, unlock_minutes=240),
        Queue(6, "Billing", BILLING, Targets(120, 0, 960)),
        Queue(7, "VIP Desk", VIP, Targets(15, 60, 240)),
        Queue(8, "Escalations", SUPPORT),
        Queue(9, "Restricted", RESTRICTED),
    )


def _agents() -> tuple[Agent, ...]:
    desk = {1: EVERYTHING, SUPPORT: EVERYTHING, BILLING: EVERYTHING, VIP: EVERYTHING}
    all_groups = {**desk, RESTRICTED: EVERYTHING}
    return (
        Agent(ROOT, "root@localhost", "Admin", "OTOBO", all_groups),
        Agent(2, "sla.api", "Sla", "Daemon", desk),
        Agent(3, "anna.berg", "Anna", "Berg", desk),
        Agent(4, "boris.kern", "Boris", "Kern", desk),
        Agent(5, "carla.dorn", "Carla", "Dorn", {BILLING: EVERYTHING}),
        Agent(6, "dmitri.voss", "Dmitri", "Voss", {BILLING: EVERYTHING}),
        Agent(7, "ro.agent", "Rosa", "Only", {SUPPORT: READ_ONLY}),
    )


def _customers() -> tuple[CustomerUser, ...]:
    return (
        CustomerUser("lena.nord", "Lena Nord", "NORDWIND"),
        CustomerUser("tom.nord", "Tom Nordal", "NORDWIND"),
        CustomerUser("vera.aurel", "Vera Aurel", "AURELIA"),
        CustomerUser("max.aurel", "Max Aurel", "AURELIA"),
        CustomerUser("kim.kestrel", "Kim Kestrel", "KESTREL"),
    )


def _states() -> tuple[State, ...]:
    names = (
        ("new", "new"),
        ("closed successful", "closed"),
        ("closed unsuccessful", "closed"),
        ("open", "open"),
        ("removed", "removed"),
        ("pending reminder", "pending reminder"),
        ("pending auto close+", "pending auto"),
        ("pending auto close-", "pending auto"),
        ("merged", "merged"),
    )
    return tuple(State(number, *pair) for number, pair in enumerate(names, start=1))


def _fields() -> tuple[Field, ...]:
    return (
        Field("ProcessManagementActivityID", "Text"),
        Field("ProcessManagementProcessID", "Text"),
        Field("Product", "Dropdown", ("gateway", "portal", "mobile")),
        Field("SLADueAt", "DateTime"),
        Field("SLAInternal", "TextArea"),
        Field("SLANote", "Text"),
        Field("SLAState", "Dropdown", ("ok", "warning", "breached", "paused")),
        Field("SLATags", "Multiselect", OPTIONS),
    )
