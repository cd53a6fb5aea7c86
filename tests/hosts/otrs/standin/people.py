"""What people and jobs do on the desk without the API: portal, mail intake, agents' screens.

Names are logins, queue, state and priority names; times come from the desk's clock. Each act is
whole: it is visible to the API at once and never by halves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

from . import native
from .acts import Acts, Draft, NewTicket
from .catalog import ROOT, Agent, Catalog, CustomerUser, recorded
from .clock import Clock, epoch
from .model import Entry, Ticket

Product = Literal["otobo", "otrs6", "znuny"]


class Desk:
    """One helpdesk: catalog, clock, tickets, and the people working there."""

    def __init__(
        self,
        clock: Clock | None = None,
        catalog: Catalog | None = None,
        product: Product = "otobo",
    ) -> None:
        self.clock = clock or Clock("2026-11-21T21:26:16Z")
        self.catalog = catalog or recorded()
        self.product = product
        self.acts = Acts(self.catalog, self.clock, resets_owner=product == "otobo")
        self.lock = threading.RLock()
        """Held during every act and every operation of the API."""

    # ------------------------------------------------------------------ looking

    def ticket(self, ticket: int) -> Ticket:
        return self.acts.tickets[ticket]

    def history(self, ticket: int) -> list[Entry]:
        """The truth, to compare with what a client has learnt."""
        return self.ticket(ticket).ordered_history()

    @contextmanager
    def _act(self, ticket: int) -> Iterator[Ticket]:
        with self.lock:
            found = self.ticket(ticket)
            yield found
            self.acts.settle(found)

    # ------------------------------------------------------------------ customers

    def portal_ticket(
        self,
        customer: str,
        queue: str,
        title: str = "Help wanted",
        *,
        body: str = "Please help.",
        priority: str = "3 normal",
        type: str = "Unclassified",
        fields: Mapping[str, str] | None = None,
    ) -> int:
        """A ticket by the customer's web page."""
        who = self.catalog.customers[customer]
        draft = Draft(
            "customer",
            ("WebRequestCustomer", "%%"),
            subject=title,
            body=body,
            to=queue,
            sender_address=who.address,
        )
        new = self._new(who, queue, title, priority=priority, type=type)
        return self._begin(new, draft, ROOT, fields or {})

    def mail(
        self,
        customer: str,
        queue: str,
        subject: str = "Help wanted",
        *,
        body: str = "Hello.\n",
        priority: str = "3 normal",
        message_id: str = "",
    ) -> int:
        """A ticket by the mail intake."""
        who = self.catalog.customers[customer]
        draft = self._mailed(who, ("EmailCustomer", "%%"), subject, body, message_id)
        return self._begin(self._new(who, queue, subject, priority=priority), draft, ROOT, {})

    def follow_up(
        self,
        ticket: int,
        customer: str | None = None,
        *,
        by: Literal["mail", "portal"] = "mail",
        body: str = "One more thing.\n",
        subject: str | None = None,
        message_id: str = "",
    ) -> None:
        """A later message: reopens what is closed or pending, leaves what is new."""
        with self._act(ticket) as found:
            who = self.catalog.customers[customer or found.customer_user]
            title = subject or f"Re: [Ticket#{found.number}] {found.title}"
            if by == "mail":
                history = ("FollowUp", f"%%{found.number}%%")
                draft = self._mailed(who, history, title, body, message_id)
            else:
                draft = Draft(
                    "customer",
                    ("FollowUp", "%%"),
                    subject=title,
                    body=body,
                    sender_address=who.address,
                )
            if self.catalog.states[found.state].type != "new":
                self.acts.set_state(found, self.catalog.state("open").id, ROOT)
            self.acts.add_article(found, draft, ROOT)

    @staticmethod
    def _mailed(
        who: CustomerUser, history: tuple[str, str], subject: str, body: str, message_id: str
    ) -> Draft:
        return Draft(
            "customer",
            history,
            channel="Email",
            subject=subject,
            body=body,
            sender_address=who.address,
            to="desk <otobo@localhost>",
            message_id=message_id,
        )

    def _new(
        self,
        who: CustomerUser,
        queue: str,
        title: str,
        *,
        state: str = "new",
        priority: str = "3 normal",
        type: str = "Unclassified",
    ) -> NewTicket:
        known = self.catalog
        return NewTicket(
            title,
            known.queue(queue).id,
            known.state(state).id,
            known.priority_id(priority),
            known.type_id(type),
            who,
        )

    def _begin(self, new: NewTicket, draft: Draft, by: int, fields: Mapping[str, str]) -> int:
        with self.lock:
            ticket = self.acts.create(new, by)
            for name, value in fields.items():
                self.acts.set_field(ticket, name, [value], by)
            article = self.acts.add_article(ticket, draft, by)
            if draft.sender == "customer":
                self.acts.auto_reply(ticket, article, by)
            if by != ROOT:
                self.acts.set_owner(ticket, by, by)
            self.acts.settle(ticket)
            return ticket.id

    # ------------------------------------------------------------------ agents: messages

    def agent_ticket(
        self,
        agent: str,
        customer: str,
        queue: str,
        title: str = "By phone",
        *,
        by: Literal["phone", "email"] = "phone",
        body: str = "Caller reports a problem.",
        state: str = "open",
        priority: str = "3 normal",
        type: str = "Unclassified",
    ) -> int:
        """A ticket noted during a call, or begun by a mail to the customer."""
        user, who = self.catalog.agent(agent), self.catalog.customers[customer]
        if by == "phone":
            draft = Draft(
                "customer",
                ("PhoneCallCustomer", "%%"),
                channel="Phone",
                to=queue,
                subject=title,
                body=body,
                sender_address=who.address,
            )
        else:
            draft = Draft(
                "agent",
                ("EmailAgent", f"%%{who.address}"),
                channel="Email",
                subject=title,
                body=body,
                sender_address=user.name,
                to=who.address,
            )
        new = self._new(who, queue, title, state=state, priority=priority, type=type)
        return self._begin(new, draft, user.id, {})

    def agent_mail(
        self,
        agent: str,
        ticket: int,
        body: str = "We are on it.",
        *,
        state: str = "open",
    ) -> None:
        """An answer by mail from the agent's screen: message first, then the state."""
        user = self.catalog.agent(agent)
        with self._act(ticket) as found:
            who = self.catalog.customers[found.customer_user]
            draft = Draft(
                "agent",
                ("SendAnswer", f"%%{who.address}"),
                channel="Email",
                subject=f"Re: {found.title}",
                body=body,
                to=who.address,
                sender_address=user.name,
            )
            self.acts.add_article(found, draft, user.id)
            self.acts.set_state(found, self.catalog.state(state).id, user.id)

    def phone_call(
        self,
        agent: str,
        ticket: int,
        body: str = "Phone call.",
        *,
        direction: Literal["outbound", "inbound"] = "outbound",
    ) -> None:
        """A call to the customer, or one from the customer noted by the agent."""
        user = self.catalog.agent(agent)
        with self._act(ticket) as found:
            sender, kind, address = ("agent", "PhoneCallAgent", user.name)
            if direction == "inbound":
                who = self.catalog.customers[found.customer_user]
                sender, kind, address = "customer", "PhoneCallCustomer", who.address
            draft = Draft(
                sender,
                (kind, "%%"),
                channel="Phone",
                subject="Phone call",
                body=body,
                sender_address=address,
            )
            self.acts.add_article(found, draft, user.id)

    def note(
        self,
        agent: str,
        ticket: int,
        body: str = "For colleagues.",
        *,
        visible: bool = False,
        minutes: int = 0,
    ) -> None:
        user = self.catalog.agent(agent)
        with self._act(ticket) as found:
            self.acts.add_article(found, self._note(user, "Note", body, visible, minutes), user.id)

    @staticmethod
    def _note(
        user: Agent, subject: str, body: str, visible: bool = False, minutes: int = 0
    ) -> Draft:
        return Draft(
            "agent",
            ("AddNote", f"%%{subject}"),
            visible=visible,
            subject=subject,
            body=body,
            sender_address=user.name,
            time_unit=minutes,
        )

    # ------------------------------------------------------------------ agents: attributes

    def take(self, agent: str, ticket: int) -> None:
        """Lock and own."""
        user = self.catalog.agent(agent).id
        with self._act(ticket) as found:
            self.acts.set_lock(found, "lock", user)
            self.acts.set_owner(found, user, user)

    def release(self, agent: str, ticket: int) -> None:
        self._set(agent, ticket, lambda found, by: self.acts.set_lock(found, "unlock", by))

    def assign(self, agent: str, ticket: int, owner: str) -> None:
        """Another owner; the agent's screen locks the ticket, too."""
        new = self.catalog.agent(owner).id
        with self._act(ticket) as found:
            by = self.catalog.agent(agent).id
            self.acts.set_lock(found, "lock", by)
            self.acts.set_owner(found, new, by)

    def move(self, agent: str, ticket: int, queue: str) -> None:
        number = self.catalog.queue(queue).id
        self._set(agent, ticket, lambda found, by: self.acts.set_queue(found, number, by))

    def hide(self, ticket: int, queue: str = "Restricted") -> None:
        """Into a queue that the API account may not read."""
        self.move("root@localhost", ticket, queue)

    def prioritise(self, agent: str, ticket: int, priority: str) -> None:
        number = self.catalog.priority_id(priority)
        self._set(agent, ticket, lambda found, by: self.acts.set_priority(found, number, by))

    def retitle(self, agent: str, ticket: int, title: str) -> None:
        self._set(agent, ticket, lambda found, by: self.acts.set_title(found, title, by))

    def set_field(self, agent: str, ticket: int, name: str, *values: str) -> None:
        self._set(agent, ticket, lambda found, by: self.acts.set_field(found, name, [*values], by))

    def set_customer(self, agent: str, ticket: int, customer: str) -> None:
        who = self.catalog.customers[customer]
        self._set(
            agent,
            ticket,
            lambda found, by: self.acts.set_customer(found, who.company, who.login, by),
        )

    def watch(self, agent: str, ticket: int) -> None:
        user = self.catalog.agent(agent)
        with self.lock:
            found = self.ticket(ticket)
            found.watchers.append(user.id)
            self.acts.record(found, "Subscribe", f"%%{user.name}", user.id)

    def set_state(self, agent: str, ticket: int, state: str) -> None:
        number = self.catalog.state(state).id
        self._set(agent, ticket, lambda found, by: self.acts.set_state(found, number, by))

    def _set(self, agent: str, ticket: int, change: Callable[[Ticket, int], None]) -> None:
        with self._act(ticket) as found:
            change(found, self.catalog.agent(agent).id)

    def pending(
        self,
        agent: str,
        ticket: int,
        until: str | int,
        state: str = "pending reminder",
        body: str = "Waiting.",
    ) -> None:
        """From the agent's screen: note, state, then the time, to the minute."""
        user = self.catalog.agent(agent)
        with self._act(ticket) as found:
            self.acts.add_article(found, self._note(user, "Pending", body), user.id)
            self.acts.set_state(found, self.catalog.state(state).id, user.id)
            self.acts.set_pending(found, epoch(until) // 60 * 60, user.id)

    def close(
        self,
        agent: str,
        ticket: int,
        state: str = "closed successful",
        body: str = "Solved.",
    ) -> None:
        """From the agent's screen: note, state, then the owner goes and the lock falls."""
        user = self.catalog.agent(agent)
        with self._act(ticket) as found:
            self.acts.add_article(found, self._note(user, "Close", body), user.id)
            self.acts.set_state(found, self.catalog.state(state).id, user.id)
            self.acts.set_lock(found, "unlock", user.id)

    def merge(self, agent: str, ticket: int, into: int) -> None:
        with self.lock:
            by = self.catalog.agent(agent).id
            self.acts.merge(self.ticket(ticket), self.ticket(into), by)

    def delete(self, ticket: int) -> None:
        with self.lock:
            self.acts.delete(self.ticket(ticket))

    # ------------------------------------------------------------------ jobs

    def auto_close_job(self) -> list[int]:
        """Closes what waits for its closing time; later than that time, as the job runs."""
        endings = {
            "pending auto close+": "closed successful",
            "pending auto close-": "closed unsuccessful",
        }
        done = []
        with self.lock:
            for ticket in self.acts.tickets.values():
                ending = endings.get(self.catalog.states[ticket.state].name)
                if ending and ticket.pending_until <= self.clock.now():
                    self.acts.set_state(ticket, self.catalog.state(ending).id, ROOT)
                    self.acts.set_lock(ticket, "unlock", ROOT)
                    self.acts.settle(ticket)
                    done.append(ticket.id)
        return done

    def unlock_timeout_job(self) -> list[int]:
        """Unlocks what was locked and left alone for longer than its queue allows."""
        done = []
        with self.lock:
            for ticket in self.acts.tickets.values():
                allowed = self.catalog.queues[ticket.queue].unlock_minutes
                idle = self.clock.now() - ticket.unlock_timeout
                if ticket.lock == "lock" and allowed and idle > allowed * 60:
                    self.acts.set_lock(ticket, "unlock", ROOT)
                    self.acts.settle(ticket)
                    done.append(ticket.id)
        return done

    def escalation_job(self) -> None:
        """Writes the Start entries: in working hours, once a day for a ticket and clock."""
        now = self.clock.local(self.clock.now())
        if now.weekday() > 4 or not native.OPENS <= now.hour < native.SHUTS:
            return
        since = int((now.replace(hour=0, minute=0, second=0) - timedelta(0)).timestamp())
        with self.lock:
            for ticket in self.acts.tickets.values():
                for name in native.late_clocks(ticket, self.catalog, self.clock.now()):
                    kind = f"Escalation{name}TimeStart"
                    if not any(one.type == kind and one.at >= since for one in ticket.history):
                        self.acts.record(ticket, kind, f"%%{kind}%%triggered", ROOT)
