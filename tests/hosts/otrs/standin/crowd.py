"""Weeks of work at the stand-in: many tickets, ties, and people who never stop."""

from __future__ import annotations

import random
from collections.abc import Callable

from .people import Desk
from .witness import Witness

REQUEST = 5
"""Seconds. A request of the real server may write its entries over two seconds: what one agent does
to a ticket within them counts as one request for readers of the history."""
HOUR = 3600
PACES = (0, REQUEST, 60, HOUR, 3 * HOUR)
CUSTOMERS = ("lena.nord", "tom.nord", "vera.aurel", "max.aurel", "kim.kestrel")
AGENTS = ("anna.berg", "boris.kern")
QUEUES = ("Support", "Billing", "VIP Desk", "Escalations")
CLOSED = ("closed successful", "closed unsuccessful")


class Crowd:
    """People whose every act is seen by a witness; the same seed does the same work."""

    def __init__(self, desk: Desk, seed: int = 1) -> None:
        self.desk = desk
        self.witness = Witness(desk)
        self._dice = random.Random(seed)
        self.tickets: list[int] = []

    # ------------------------------------------------------------------ beginning

    def new_ticket(self) -> int:
        desk, dice = self.desk, self._dice
        customer, queue = dice.choice(CUSTOMERS), dice.choice(QUEUES)
        title = f"Case {len(self.tickets) + 1}"
        ways: tuple[Callable[[], int], ...] = (
            lambda: desk.portal_ticket(customer, queue, title),
            lambda: desk.mail(customer, queue, title),
            lambda: desk.agent_ticket("anna.berg", customer, queue, title, by="email"),
        )
        ticket = self.witness.creates(dice.choice(ways))
        self.tickets.append(ticket)
        return ticket

    def burst(self, size: int) -> None:
        """Many tickets in one second, as after an outage."""
        for _ in range(size):
            self.new_ticket()

    def weeks(self, tickets: int, bursts: tuple[int, ...]) -> None:
        """So many tickets over weeks, some in bursts, with all that happens to them."""
        left = tickets - sum(bursts)
        sizes = [1] * left + [*bursts]
        self._dice.shuffle(sizes)
        for size in sizes:
            self.burst(size)
            for _ in range(size * 2):
                self.something()
            self.desk.clock.advance(self._dice.choice(PACES))

    # ------------------------------------------------------------------ going on

    def something(self) -> None:
        """Anything, to any ticket that is not merged, mostly to a recent one."""
        recent = self.tickets[-40:] if self._dice.random() < 0.8 else self.tickets
        ticket = self._dice.choice(recent)
        if self._state(ticket) == "merged" or self._just_made(ticket):
            return
        if self._dice.random() < 0.02:
            self._merge(ticket)
            return
        self.witness.sees(ticket, self._act(ticket))

    def _just_made(self, ticket: int) -> bool:
        """Nobody reads and answers a ticket within seconds of its making."""
        return self.desk.clock.now() - self.desk.ticket(ticket).created < REQUEST

    def _state(self, ticket: int) -> str:
        return self.desk.catalog.states[self.desk.ticket(ticket).state].name

    def _merge(self, ticket: int) -> None:
        """Into another one that was never merged anything into or away."""
        others = [
            one for one in self.tickets[-40:]
            if one != ticket and not self._merged_before(one) and not self._just_made(one)
        ]  # fmt: skip
        if others and not self._merged_before(ticket):
            into = self._dice.choice(others)
            self.witness.merges(ticket, into, lambda: self.desk.merge("anna.berg", ticket, into))

    def _merged_before(self, ticket: int) -> bool:
        return any(entry.type == "Merged" for entry in self.desk.ticket(ticket).history)

    def _act(self, ticket: int) -> Callable[[], object]:
        desk, dice = self.desk, self._dice
        agent = dice.choice(AGENTS)
        tomorrow = desk.clock.now() + 24 * HOUR
        acts: tuple[Callable[[], object], ...] = (
            lambda: desk.take(agent, ticket),
            lambda: desk.agent_mail(agent, ticket),
            lambda: desk.follow_up(ticket),
            lambda: desk.follow_up(ticket, by="portal"),
            lambda: desk.note(agent, ticket),
            lambda: desk.phone_call(agent, ticket),
            lambda: desk.move(agent, ticket, dice.choice(QUEUES)),
            lambda: desk.prioritise(agent, ticket, dice.choice(("2 low", "4 high"))),
            lambda: desk.pending(agent, ticket, tomorrow),
            lambda: desk.close(agent, ticket, dice.choice(CLOSED)),
            lambda: desk.close(agent, ticket),
            lambda: desk.retitle(agent, ticket, f"Case {ticket}, {dice.random():.3f}"),
            lambda: desk.assign(agent, ticket, dice.choice(AGENTS)),
        )
        return dice.choice(acts)
