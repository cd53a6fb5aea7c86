"""Random lives of tickets on the stand-in's desk, with the truth noted as each act is done.

The truth is what the desk was told to do, in our words; it is known without any history. What the
host does of itself (an unlock takes the owner away, a first owner becomes responsible) is a rule
of facts 7 and kept here a second time, on purpose.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from tests.hosts.otrs.standin import Desk, Field

HOUR = 3600
CUSTOMER, SYSTEM = "customer", "system"
STAFF = {"anna.berg": "3", "boris.kern": "4"}
CUSTOMERS = ("lena.nord", "tom.nord", "vera.aurel", "max.aurel", "kim.kestrel")
QUEUES = ("Support", "Billing", "VIP Desk", "Escalations", "Süd::„Büro“ 100%%")
PRIORITIES = ("1 very low", "2 low", "3 normal", "4 high", "5 very high")
TITLES = ("VPN", "100%% 'broken'", "a%%b", '𝔘nicode "quoted"', "Ein sehr langer Titel" * 7)
TAGS = ("sla-ok", "sla-paused", "sla-warning")
WAITING = {"pending reminder": False, "pending auto close+": True, "pending auto close-": True}
CLOSED = ("closed successful", "closed unsuccessful")
KINDS = {
    "new": "new",
    "open": "open",
    "merged": "merged",
    **dict.fromkeys(WAITING, "waiting_customer"),
} | dict.fromkeys(CLOSED, "closed")
GAPS = (0, 3, 7, 61, HOUR, 5 * HOUR, 20 * HOUR)
"""Seconds between two acts. What one person does to a ticket within two is one request."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event: kind, UTC epoch seconds, what it says, and who did it.

    ``by`` is an account of staff by its id, or ``customer``, or ``system``.
    """

    kind: str
    at: int
    value: Any
    by: str


@dataclass(slots=True)
class Life:
    """What is known of one ticket."""

    id: int
    state: str
    queue: str
    priority: str
    title: str
    customer: str
    owner: str | None = None
    responsible: str | None = None
    lock: str = "unlock"
    until: int = 0
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    touched: tuple[str, int] = ("", 0)
    """Who did the last thing, and when."""


class Lives:
    """People of one desk; the same seed lives the same lives."""

    def __init__(self, desk: Desk, url: str, seed: int) -> None:
        self.desk = desk
        self.url = url
        self._web = requests.Session()
        self.full = ""
        self.dice = random.Random(seed)
        self.lives: dict[int, Life] = {}
        self.merged: dict[int, Life] = {}
        self._takes_owner = desk.product == "otobo"
        desk.catalog.add_field(Field("Sites", "Multiselect", ("north", "south", "west")))
        support = desk.catalog.queue("Support")
        desk.catalog.queues[20] = replace(support, id=20, name=QUEUES[-1], auto_reply=False)

    def ids(self) -> list[str]:
        """Every ticket, as the host names them."""
        return [self.full, *map(str, self.lives), *map(str, self.merged)]

    def close(self) -> None:
        self._web.close()

    # ------------------------------------------------------------------ beginning

    def begin_full(self) -> None:
        """A ticket with a value in each field, on which nobody works: fields show their kind."""
        ticket = self.desk.portal_ticket("kim.kestrel", "Billing")
        self.desk.set_field("anna.berg", ticket, "Sites", "north")
        self.full = str(ticket)

    def begin(self) -> None:
        """A ticket by one of the ways in which tickets begin."""
        dice, desk = self.dice, self.desk
        who, queue = dice.choice(CUSTOMERS), dice.choice(QUEUES)
        title, agent = dice.choice(TITLES), dice.choice(list(STAFF))
        way = dice.choice(("portal", "mail", "phone", "email", "api"))
        life = Life(0, "new", queue, "3 normal", title, who)
        if way == "portal":
            life.priority = dice.choice(PRIORITIES)
            life.id = desk.portal_ticket(who, queue, title, priority=life.priority)
        elif way == "mail":
            life.id = desk.mail(who, queue, title)
        elif way == "api":
            life.id = self._by_api(agent, life)
        else:
            life.state = "open"
            life.id = desk.agent_ticket(
                agent, who, queue, title, by="email" if way == "email" else "phone"
            )
        self.lives[life.id] = life
        self._note_creation(life, way, agent)

    def _by_api(self, agent: str, life: Life) -> int:
        words = {"Title": life.title, "Queue": life.queue, "State": "new", "Type": "Incident"}
        article = {"Subject": "S", "Body": "B", "ContentType": "text/plain; charset=utf8"}
        parts = {
            "Ticket": {**words, "Priority": life.priority, "CustomerUser": life.customer},
            "Article": {**article, "SenderType": "customer", "CommunicationChannel": "Email"},
        }
        return int(self._api("POST", "Ticket", agent, parts))

    def _api(self, method: str, path: str, agent: str, parts: Mapping[str, Any]) -> str:
        """What a program does under somebody's account; the ticket's id."""
        body = {"UserLogin": agent, "Password": "PASSWORD", **parts}
        answer = self._web.request(method, f"{self.url}/{path}", json=body).json()
        return str(answer["TicketID"])

    def _note_creation(self, life: Life, way: str, agent: str) -> None:
        by = STAFF[agent] if way in ("phone", "email", "api") else CUSTOMER
        whose = "customer" if by == CUSTOMER else "agent"
        if by != CUSTOMER:
            life.owner = life.responsible = agent
        life.facts = {
            "state": life.state, "state_kind": KINDS[life.state], "group": life.queue,
            "priority": life.priority, "fields.title": life.title, "owner": life.owner,
            "fields.responsible": life.responsible, "fields.lock": "unlock",
            "customer.login": life.customer, "created_by": whose,
        }  # fmt: skip
        self._note(life, by, "created", whose)
        life.touched = (CUSTOMER if by == CUSTOMER else agent, self.desk.clock.now())
        self._note(life, by, "agent_reply" if way == "email" else "customer_message", "opening")
        if way == "phone":
            self._note(life, by, "agent_reply", "opening")
        if way != "email" and life.queue == "Support":
            self._note(life, SYSTEM, "auto_message", None)

    # ------------------------------------------------------------------ going on

    def go_on(self) -> None:
        """Some time passes, and somebody does something to some ticket, or a job runs."""
        self.desk.clock.advance(self.dice.choice(GAPS))
        life = self.dice.choice(list(self.lives.values()))
        act = self.dice.choice(self._acts())
        agent = self.dice.choice(list(STAFF))
        self._keep_apart(life, act, agent)
        act(life, agent)

    def _keep_apart(self, life: Life, act: Callable[..., None], agent: str) -> None:
        """Account 1 is the customer in the seconds of his message; one person's two acts take
        more than a request does."""
        who = {self.follow_up: CUSTOMER, self.jobs: SYSTEM}.get(act, agent)
        last, at = life.touched
        same = who == last or {who, last} <= {CUSTOMER, SYSTEM}
        everybody = act == self.jobs or last == SYSTEM
        if (same or everybody) and self.desk.clock.now() - at <= 3:
            self.desk.clock.advance(4)
        for one in self.lives.values() if act == self.jobs else (life,):
            one.touched = (who, self.desk.clock.now())

    def _acts(self) -> Sequence[Callable[[Life, str], None]]:
        return (
            self.take, self.release, self.assign, self.move, self.move, self.prioritise,
            self.retitle, self.set_field, self.set_tags, self.set_own_field, self.set_customer,
            self.answer, self.call, self.called, self.note, self.shown_note, self.pend, self.pend,
            self.close_ticket, self.api_close, self.api_mixture, self.follow_up, self.follow_up,
            self.jobs, self.watch,
        )  # fmt: skip

    # ------------------------------------------------------------------ people and places

    def take(self, life: Life, agent: str) -> None:
        self.desk.take(agent, life.id)
        self._locked(life, "lock", STAFF[agent])
        self._owned(life, agent, STAFF[agent])

    def release(self, life: Life, agent: str) -> None:
        self.desk.release(agent, life.id)
        self._unlocked(life, STAFF[agent])

    def assign(self, life: Life, agent: str) -> None:
        owner = self.dice.choice(list(STAFF))
        self.desk.assign(agent, life.id, owner)
        self._locked(life, "lock", STAFF[agent])
        self._owned(life, owner, STAFF[agent])

    def move(self, life: Life, agent: str) -> None:
        queue = self.dice.choice(QUEUES)
        self.desk.move(agent, life.id, queue)
        if queue != life.queue:
            life.queue = queue
            self._note(life, STAFF[agent], "group_changed", queue)
            self._unlocked(life, SYSTEM)

    def prioritise(self, life: Life, agent: str) -> None:
        priority = self.dice.choice(PRIORITIES)
        self.desk.prioritise(agent, life.id, priority)
        if priority != life.priority:
            life.priority = priority
            self._note(life, STAFF[agent], "priority_changed", priority)

    def retitle(self, life: Life, agent: str) -> None:
        title = self.dice.choice(TITLES)
        self.desk.retitle(agent, life.id, title)
        if title != life.title:
            life.title = title
            self._field(life, STAFF[agent], "title", title)

    def set_customer(self, life: Life, agent: str) -> None:
        who = self.dice.choice(CUSTOMERS)
        self.desk.set_customer(agent, life.id, who)
        if who != life.customer:
            life.customer = who
            self._note(life, STAFF[agent], "customer_changed", who)

    def watch(self, life: Life, agent: str) -> None:
        self.desk.watch(agent, life.id)

    # ------------------------------------------------------------------ custom fields

    def set_field(self, life: Life, agent: str) -> None:
        name = self.dice.choice(("Product", "Sites"))
        several = ("north", "south"), ("west",), ()
        values = self.dice.choice(several if name == "Sites" else (("gateway",), ("portal",), ()))
        if self._set(life, agent, name, values):
            to = values if name == "Sites" else next(iter(values), None)
            self._field(life, STAFF[agent], f"{name}", to or None)

    def set_tags(self, life: Life, agent: str) -> None:
        before = life.fields.get("SLATags", ())
        values = tuple(sorted(self.dice.sample(TAGS, self.dice.randrange(3))))
        self._set(life, agent, "SLATags", values)
        for tag in sorted({*values} - {*before}):
            self._note(life, STAFF[agent], "tag_added", tag)
        for tag in sorted({*before} - {*values}):
            self._note(life, STAFF[agent], "tag_removed", tag)

    def set_own_field(self, life: Life, agent: str) -> None:
        """Ours, written by somebody else: nothing that belongs to the past."""
        self._set(life, agent, "SLAState", (self.dice.choice(("ok", "paused")),))

    def _set(self, life: Life, agent: str, name: str, values: tuple[str, ...]) -> bool:
        self.desk.set_field(agent, life.id, name, *values)
        before = life.fields.get(name, ())
        life.fields[name] = values
        return before != values

    # ------------------------------------------------------------------ messages

    def answer(self, life: Life, agent: str) -> None:
        self.desk.agent_mail(agent, life.id)
        self._note(life, STAFF[agent], "agent_reply", None)
        self._entered(life, "open", STAFF[agent])

    def call(self, life: Life, agent: str) -> None:
        self.desk.phone_call(agent, life.id)
        self._note(life, STAFF[agent], "agent_reply", None)

    def called(self, life: Life, agent: str) -> None:
        self.desk.phone_call(agent, life.id, direction="inbound")
        self._note(life, STAFF[agent], "customer_message", "live")
        self._note(life, STAFF[agent], "agent_reply", "live")

    def note(self, life: Life, agent: str) -> None:
        self.desk.note(agent, life.id, minutes=self.dice.choice((0, 15)))
        self._note(life, STAFF[agent], "note", None)

    def shown_note(self, life: Life, agent: str) -> None:
        self.desk.note(agent, life.id, visible=True)
        self._note(life, STAFF[agent], "agent_reply", None)

    def follow_up(self, life: Life, agent: str, by: str | None = None) -> None:
        by = by or self.dice.choice(("mail", "portal"))
        self.desk.follow_up(life.id, by="mail" if by == "mail" else "portal")
        if life.state != "new":
            self._entered(life, "open", CUSTOMER)
        self._note(life, CUSTOMER, "customer_message", None)

    # ------------------------------------------------------------------ states

    def pend(self, life: Life, agent: str) -> None:
        until = self.desk.clock.now() + self.dice.choice((-2, 1, 9, 30)) * HOUR
        state = self.dice.choice(list(WAITING))
        self.desk.pending(agent, life.id, until, state)
        self._note(life, STAFF[agent], "note", None)
        self._entered(life, state, STAFF[agent], until // 60 * 60)

    def close_ticket(self, life: Life, agent: str) -> None:
        state = self.dice.choice(CLOSED)
        self.desk.close(agent, life.id, state)
        self._note(life, STAFF[agent], "note", None)
        self._entered(life, state, STAFF[agent])
        self._unlocked(life, STAFF[agent])

    def api_close(self, life: Life, agent: str) -> None:
        """From a program: with an answer, which counts before the closing (decision 53)."""
        state = self.dice.choice(CLOSED)
        answer = {"Subject": "S", "Body": "B", "ContentType": "text/plain; charset=utf8"}
        parts = {"Ticket": {"State": state}, "Article": answer}
        self._api("PATCH", f"Ticket/{life.id}", agent, parts)
        self._note(life, STAFF[agent], "agent_reply", None)
        if state != life.state:
            self._entered(life, state, STAFF[agent])
            self._unlocked(life, STAFF[agent])

    def api_mixture(self, life: Life, agent: str) -> None:
        priority, owner = self.dice.choice(PRIORITIES), self.dice.choice(list(STAFF))
        product = self.dice.choice(("gateway", "mobile"))
        parts = {
            "Ticket": {"Priority": priority, "Owner": owner},
            "DynamicField": [{"Name": "Product", "Value": product}],
        }
        self._api("PATCH", f"Ticket/{life.id}", agent, parts)
        if priority != life.priority:
            life.priority = priority
            self._note(life, STAFF[agent], "priority_changed", priority)
        self._owned(life, owner, STAFF[agent])
        if life.fields.get("Product", ()) != (product,):
            life.fields["Product"] = (product,)
            self._field(life, STAFF[agent], "Product", product)

    def jobs(self, life: Life, agent: str) -> None:
        """The desk says which tickets its jobs chose."""
        for ticket in self.desk.auto_close_job():
            one = self.lives[ticket]
            self._entered(one, CLOSED["-" in one.state], SYSTEM)
            self._unlocked(one, SYSTEM)
        for ticket in self.desk.unlock_timeout_job():
            self._unlocked(self.lives[ticket], SYSTEM)
        self.desk.escalation_job()

    # ------------------------------------------------------------------ merges

    def merge(self, life: Life, into: Life, agent: str) -> None:
        """What was said stays with the ticket it was said in; the other one absorbs it."""
        self.desk.merge(agent, life.id, into.id)
        self._note(life, STAFF[agent], "auto_message", None)
        self._note(life, STAFF[agent], "merged", str(into.id))
        self._entered(life, "merged", STAFF[agent])
        self._note(into, STAFF[agent], "absorbed", str(life.id))
        del self.lives[life.id]
        self.merged[life.id] = life

    def go_on_before_a_merge(self) -> None:
        """Acts after which history still tells in which of two tickets something was said."""
        self.desk.clock.advance(self.dice.choice(GAPS[3:]))
        life = self.dice.choice(list(self.lives.values()))
        acts = (self.take, self.move, self.prioritise, self.answer, self.call, self.note,
                self.pend, self.close_ticket, self.api_close, self.mail_again)  # fmt: skip
        self.dice.choice(acts)(life, self.dice.choice(list(STAFF)))

    def mail_again(self, life: Life, agent: str) -> None:
        """With the ticket's number, unlike a message by the portal."""
        self.follow_up(life, agent, by="mail")

    # ------------------------------------------------------------------ what follows

    def _note(self, life: Life, by: str, kind: str, value: Any) -> None:
        life.told.append(Told(kind, self.desk.clock.now(), value, by))

    def _field(self, life: Life, by: str, name: str, to: Any) -> None:
        self._note(life, by, "field_changed", (f"fields.{name}", to))

    def _entered(self, life: Life, state: str, by: str, until: int = 0) -> None:
        if (state, until) == (life.state, life.until):
            return
        life.state, life.until = state, until
        closes = WAITING.get(state, False)
        self._note(life, by, "state_changed", (state, KINDS[state], until or None, closes))

    def _owned(self, life: Life, owner: str, by: str) -> None:
        if owner == life.owner:
            return
        life.owner = owner
        self._note(life, by, "owner_changed", owner)
        if life.responsible is None:
            life.responsible = owner
            self._field(life, by, "responsible", owner)

    def _locked(self, life: Life, lock: str, by: str) -> None:
        if lock != life.lock:
            life.lock = lock
            self._field(life, by, "lock", lock)

    def _unlocked(self, life: Life, by: str) -> None:
        if life.lock == "unlock":
            return
        if self._takes_owner and life.owner is not None:
            life.owner = None
            self._note(life, by, "owner_changed", None)
        self._locked(life, "unlock", by)
