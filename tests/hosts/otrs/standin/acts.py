"""What one act writes: the ticket row, the history and what the host does of itself (facts 7).

Every method is one setter of the real server, with its no-op rule, its history entry and its
side effects; in which order an act calls them depends on where it comes from (API, agent's
screens, mail intake, background job).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from . import native
from .catalog import ROOT, Catalog, CustomerUser
from .clock import Clock
from .model import CHANNELS, NAME_LIMIT, Article, Due, Entry, Ticket

FIRST_NOTE = ("NewTicket", "%%GenericInterface Create")


@dataclass(frozen=True, slots=True)
class NewTicket:
    """The row a ticket begins with."""

    title: str
    queue: int
    state: int
    priority: int
    type: int
    customer: CustomerUser | None
    service: int | None = None
    sla: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before it is stored."""

    sender: str
    history: tuple[str, str]
    """History type and name."""
    visible: bool = True
    channel: str = "Internal"
    subject: str = ""
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    sender_address: str = ""
    to: str = ""
    cc: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    time_unit: int = 0
    notify: bool = True


class Acts:
    """The tickets and their setters."""

    def __init__(self, catalog: Catalog, clock: Clock, *, resets_owner: bool) -> None:
        self.catalog = catalog
        self.clock = clock
        self.resets_owner = resets_owner
        """Whether an unlock gives the ticket to root (OTOBO; facts 13)."""
        self.tickets: dict[int, Ticket] = {}
        self.writes_history = True
        """False while the history table cannot be written (facts 11)."""
        self._last_ticket = 0
        self._last_article = 0
        self._sequence = 0
        self._counters: dict[str, int] = {}

    # ------------------------------------------------------------------ writing down

    def record(self, ticket: Ticket, kind: str, name: str, by: int, article: int = 0) -> None:
        """A history entry, with the snapshot of the row as it is now."""
        self._sequence += 1
        if not self.writes_history:
            return
        ticket.history.append(
            Entry(
                kind,
                name[:NAME_LIMIT],
                self.clock.now(),
                by,
                article,
                ticket.queue,
                ticket.state,
                ticket.priority,
                ticket.owner,
                ticket.type,
                self._sequence,
            )
        )

    def bump(self, ticket: Ticket, by: int) -> None:
        ticket.changed, ticket.changed_by = self.clock.now(), by

    def settle(self, ticket: Ticket) -> None:
        """End of an act: the native deadlines are computed anew."""
        ticket.due = native.due_times(ticket, self.catalog, self.clock)

    def _stopped(self, ticket: Ticket, late: list[str], by: int) -> None:
        """Clocks that were late and have stopped running by a queue, state or SLA change."""
        still = native.late_clocks(ticket, self.catalog, self.clock.now())
        for name in late:
            if name not in still:
                kind = f"Escalation{name}TimeStop"
                self.record(ticket, kind, f"%%{kind}%%triggered", by)

    def _late(self, ticket: Ticket) -> list[str]:
        return native.late_clocks(ticket, self.catalog, self.clock.now())

    def notify(self, ticket: Ticket, about: str, user: int, by: int, more: str = "") -> None:
        """Mail to an agent; nobody is mailed about what they did themselves."""
        if user not in (ROOT, by):
            login = self.catalog.agents[user].login
            name = f"%%Ticket {about} notification{more}%%{login}%%Email"
            self.record(ticket, "SendAgentNotification", name, by)

    # ------------------------------------------------------------------ a new ticket

    def number(self) -> str:
        """Date, system id, counter of the day, check digit."""
        day = self.clock.text(self.clock.now(), "%Y%m%d")
        self._counters[day] = count = self._counters.get(day, 0) + 1
        digits = f"{day}10{count:05d}"
        weighed = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(digits))
        return f"{digits}{(10 - weighed % 10) if weighed % 10 else 1}"

    def create(self, new: NewTicket, by: int) -> Ticket:
        self._last_ticket += 1
        now, customer = self.clock.now(), new.customer
        ticket = Ticket(
            id=self._last_ticket,
            number=self.number(),
            title=new.title,
            queue=new.queue,
            state=new.state,
            priority=new.priority,
            type=new.type,
            customer=customer.company if customer else "",
            customer_user=customer.login if customer else "",
            created=now,
            created_by=by,
            changed=now,
            changed_by=by,
            service=new.service,
            sla=new.sla,
        )
        self.tickets[ticket.id] = ticket
        self._record_creation(ticket, by)
        return ticket

    def _record_creation(self, ticket: Ticket, by: int) -> None:
        known = self.catalog
        first = (
            ticket.number,
            known.queues[ticket.queue].name,
            known.priorities[ticket.priority],
            known.states[ticket.state].name,
            ticket.id,
        )
        self.record(ticket, "NewTicket", "".join(f"%%{part}" for part in first), by)
        self.record(ticket, "ServiceUpdate", f"{self._named_service(ticket.service)}%%NULL%%", by)
        self.record(ticket, "SLAUpdate", f"{self._named_sla(ticket.sla)}%%NULL%%", by)
        self.record(ticket, "TypeUpdate", f"%%{known.types[ticket.type]}%%{ticket.type}", by)
        if ticket.customer_user:
            self._record_customer(ticket, by)

    def _record_customer(self, ticket: Ticket, by: int) -> None:
        whose = f"%%CustomerID={ticket.customer};CustomerUser={ticket.customer_user};"
        self.record(ticket, "CustomerUpdate", whose, by)

    def _named_service(self, service: int | None) -> str:
        return f"%%{self.catalog.services[service].name}%%{service}" if service else "%%NULL%%"

    def _named_sla(self, sla: int | None) -> str:
        return f"%%{self.catalog.slas[sla].name}%%{sla}" if sla else "%%NULL%%"

    # ------------------------------------------------------------------ attributes

    def set_title(self, ticket: Ticket, title: str, by: int) -> None:
        if title == ticket.title:
            return
        old, ticket.title = ticket.title, title
        self.bump(ticket, by)
        self.record(ticket, "TitleUpdate", f"%%{old}%%{title}", by)

    def set_queue(self, ticket: Ticket, queue: int, by: int) -> None:
        """Moves; a locked ticket is unlocked by the system then."""
        if queue == ticket.queue:
            return
        late, old, ticket.queue = self._late(ticket), ticket.queue, queue
        self.bump(ticket, by)
        names = self.catalog.queues
        self.record(ticket, "Move", f"%%{names[queue].name}%%{queue}%%{names[old].name}%%{old}", by)
        self.set_lock(ticket, "unlock", ROOT)
        self._stopped(ticket, late, by)

    def set_lock(self, ticket: Ticket, lock: str, by: int) -> None:
        if lock == ticket.lock:
            return
        if lock == "unlock" and self.resets_owner:
            self._reset_owner(ticket, by)
        ticket.lock = lock
        self.bump(ticket, by)
        self.record(ticket, "Unlock" if lock == "unlock" else "Lock", f"%%{lock}", by)
        if lock != "unlock":
            self.reset_unlock_timeout(ticket, by)

    def _reset_owner(self, ticket: Ticket, by: int) -> None:
        """Written even where root owned the ticket already, and before the row is changed."""
        self.record(ticket, "OwnerUpdate", "Reset owner to root@localhost.", by)
        ticket.owner = ROOT

    def reset_unlock_timeout(self, ticket: Ticket, by: int) -> None:
        ticket.unlock_timeout = self.clock.now()
        self.bump(ticket, by)
        self.record(ticket, "Misc", "Reset of unlock time.", by)

    def set_type(self, ticket: Ticket, kind: int, by: int) -> None:
        if kind == ticket.type:
            return
        old, ticket.type = ticket.type, kind
        self.bump(ticket, by)
        names = self.catalog.types
        self.record(ticket, "TypeUpdate", f"%%{names[kind]}%%{kind}%%{names[old]}%%{old}", by)

    def set_state(self, ticket: Ticket, state: int, by: int) -> None:
        """Leaving a pending state clears the pending time."""
        if state == ticket.state:
            return
        late, old, ticket.state = self._late(ticket), ticket.state, state
        self.bump(ticket, by)
        states = self.catalog.states
        self.record(ticket, "StateUpdate", f"%%{states[old].name}%%{states[state].name}%%", by)
        if ticket.pending_until and not states[state].type.startswith("pending"):
            self.set_pending(ticket, 0, by)
        self._stopped(ticket, late, by)

    def set_pending(self, ticket: Ticket, until: int, by: int) -> None:
        """Always written anew, also when it is the same; minute resolution."""
        ticket.pending_until = until
        self.bump(ticket, by)
        text = self.clock.text(until, "%Y-%m-%d %H:%M") if until else "00-00-00 00:00"
        self.record(ticket, "SetPendingTime", f"%%{text}", by)

    def set_service(self, ticket: Ticket, service: int | None, by: int) -> None:
        if service == ticket.service:
            return
        old, ticket.service = ticket.service, service
        self.bump(ticket, by)
        self.record(ticket, "ServiceUpdate", self._pair(self._named_service, service, old), by)

    def set_sla(self, ticket: Ticket, sla: int | None, by: int) -> None:
        if sla == ticket.sla:
            return
        late, old, ticket.sla = self._late(ticket), ticket.sla, sla
        self.bump(ticket, by)
        self.record(ticket, "SLAUpdate", self._pair(self._named_sla, sla, old), by)
        self._stopped(ticket, late, by)

    @staticmethod
    def _pair(named: Any, new: int | None, old: int | None) -> str:
        return f"{named(new)}{named(old)}"

    def set_customer(self, ticket: Ticket, company: str, login: str, by: int) -> None:
        if (company, login) == (ticket.customer, ticket.customer_user):
            return
        ticket.customer, ticket.customer_user = company, login
        self.bump(ticket, by)
        self._record_customer(ticket, by)

    def set_priority(self, ticket: Ticket, priority: int, by: int) -> None:
        if priority == ticket.priority:
            return
        old, ticket.priority = ticket.priority, priority
        self.bump(ticket, by)
        names = self.catalog.priorities
        self.record(
            ticket,
            "PriorityUpdate",
            f"%%{names[old]}%%{old}%%{names[priority]}%%{priority}",
            by,
        )

    def set_owner(self, ticket: Ticket, owner: int, by: int) -> None:
        """The first owner becomes responsible, too, while nobody is."""
        if owner == ticket.owner:
            return
        ticket.owner = owner
        self.bump(ticket, by)
        login = self.catalog.agents[owner].login
        self.record(ticket, "OwnerUpdate", f"%%{login}%%{owner}", by)
        self.notify(ticket, "owner update", owner, by)
        if ticket.responsible == ROOT and owner != ROOT:
            self.set_responsible(ticket, owner, by, notify=False)

    def set_responsible(self, ticket: Ticket, user: int, by: int, *, notify: bool = True) -> None:
        if user == ticket.responsible:
            return
        ticket.responsible = user
        self.bump(ticket, by)
        login = self.catalog.agents[user].login
        self.record(ticket, "ResponsibleUpdate", f"%%{login}%%{user}", by)
        if notify:
            self.notify(ticket, "responsible update", user, by)

    def set_field(self, ticket: Ticket, name: str, values: list[str], by: int) -> None:
        """A whole dynamic field; an empty text in an empty list counts as a change."""
        old = ticket.fields.get(name, [])
        if values == old:
            return
        if kept := [value for value in values if value != ""]:
            ticket.fields[name] = kept
        else:
            ticket.fields.pop(name, None)
        self.bump(ticket, by)
        self.record(ticket, "TicketDynamicFieldUpdate", _field_change(name, values, old), by)

    # ------------------------------------------------------------------ articles

    def add_article(self, ticket: Ticket, draft: Draft, by: int) -> Article:
        """Stores an article; ``Changed`` and the unlock timer follow the rule of facts 4."""
        answered_before = self._last_word(ticket) == "agent"
        self._last_article += 1
        now = self.clock.now()
        article = Article(
            id=self._last_article,
            sender=draft.sender,
            visible=draft.visible,
            channel=CHANNELS[draft.channel],
            at=now,
            by=by,
            changed_at=now,
            changed_by=by,
            subject=draft.subject,
            body=draft.body,
            content_type=draft.content_type,
            sender_address=draft.sender_address,
            to=draft.to,
            cc=draft.cc,
            message_id=draft.message_id,
            in_reply_to=draft.in_reply_to,
            time_unit=draft.time_unit,
        )
        ticket.articles.append(article)
        self.record(ticket, *draft.history, by, article.id)
        if draft.sender == "agent" or (draft.sender == "customer" and answered_before):
            self.reset_unlock_timeout(ticket, by)
        if draft.time_unit:
            total = sum(one.time_unit for one in ticket.articles)
            self.record(ticket, "TimeAccounting", f"%%{draft.time_unit}%%{total}", by, article.id)
        if draft.notify:
            self._tell_agents(ticket, draft, by)
        return article

    @staticmethod
    def _last_word(ticket: Ticket) -> str | None:
        spoken = [one.sender for one in ticket.message_order() if one.sender != "system"]
        return spoken[-1] if spoken else None

    def _tell_agents(self, ticket: Ticket, draft: Draft, by: int) -> None:
        if draft.history[0] == "FollowUp":
            how = "unlocked" if ticket.lock == "unlock" else "locked"
            self.notify(ticket, "follow-up", ticket.owner, by, f" ({how})")
        elif draft.history[0] == "AddNote":
            told = dict.fromkeys((ticket.owner, ticket.responsible, *ticket.watchers))
            for user in told:
                self.notify(ticket, "new note", user, by)

    def auto_reply(self, ticket: Ticket, cause: Article, by: int) -> Article | None:
        """The queue's answer to a new ticket of a customer."""
        customer = self.catalog.customers.get(ticket.customer_user)
        if not self.catalog.queues[ticket.queue].auto_reply or customer is None:
            return None
        short = ticket.title if len(ticket.title) <= 24 else f"{ticket.title[:24]} [...]"
        draft = Draft(
            "system",
            ("SendAutoReply", f"%%{customer.address}"),
            channel="Email",
            subject=f"[Ticket#{ticket.number}] RE: {short}",
            body="Automatic reply: your message has reached the service desk.",
            sender_address="OTOBO System <otobo@localhost>",
            to=customer.address,
            message_id=f"<{self.clock.now()}.{self._last_article + 1}@127.0.0.1>",
            in_reply_to=cause.message_id,
            notify=False,
        )
        return self.add_article(ticket, draft, by)

    # ------------------------------------------------------------------ merging, deleting

    def merge(self, ticket: Ticket, into: Ticket, by: int) -> None:
        """The merged ticket's messages move to the main one and keep their old times."""
        moved, ticket.articles = ticket.articles, []
        for article in moved:
            article.changed_at, article.changed_by = self.clock.now(), by
        into.articles.extend(moved)
        bound = {article.id for article in moved}
        into.history.extend(replace(one) for one in ticket.history if one.article in bound)
        ticket.history = [one for one in ticket.history if one.article not in bound]
        self._record_merge(ticket, into, by)
        self.set_state(ticket, self.catalog.state("merged").id, by)
        self.bump(into, by)
        for touched in (ticket, into):
            self.settle(touched)

    def _record_merge(self, ticket: Ticket, into: Ticket, by: int) -> None:
        note = Draft(
            "agent",
            ("AddNote", "%%Note"),
            subject="Ticket Merged",
            body=f"Merged Ticket {ticket.number} to {into.number}.",
            content_type="text/plain; charset=ascii",
            notify=False,
        )
        self.add_article(ticket, note, by)
        name = f"%%{ticket.number}%%{ticket.id}%%{into.number}%%{into.id}"
        for touched, other in ((ticket, into), (into, ticket)):
            self.record(touched, "Merged", name, by)
            self.record(touched, "TicketLinkAdd", f"%%{other.number}%%{other.id}%%{touched.id}", by)

    def delete(self, ticket: Ticket) -> None:
        """Gone without a trace: the API has nothing left to tell."""
        del self.tickets[ticket.id]


def _field_change(name: str, values: list[str], old: list[str]) -> str:
    """Values too long for the entry are cut and marked."""
    frame = len(f"%%FieldName%%{name}%%Value%%%%OldValue%%")
    new_text, old_text = ", ".join(values), ", ".join(old)
    room = NAME_LIMIT - frame
    if len(new_text) + len(old_text) > room:
        new_text, old_text = (_cut(text, room // 2) for text in (new_text, old_text))
    return f"%%FieldName%%{name}%%Value%%{new_text}%%OldValue%%{old_text}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 5]}[...]"


__all__ = ["FIRST_NOTE", "Acts", "Draft", "Due", "NewTicket"]
