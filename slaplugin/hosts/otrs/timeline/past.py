"""One ticket's past, asked from all sides: its creation, who did what, what belongs together."""

from __future__ import annotations

from collections.abc import Iterator

from slaplugin.core.model import Actor, Role
from slaplugin.hosts.otrs.names import ENDED, NOBODY, WAITING, Names, State, values_of
from slaplugin.hosts.otrs.timeline.raw import Article, Entry, RawTicket
from slaplugin.hosts.otrs.timeline.spelling import (
    first_values,
    named,
    pending_until,
    state_after,
    titles,
)
from slaplugin.hosts.otrs.wire import number, text

_ONE_REQUEST = 2
"""Seconds that one request may take from its first to its last entry."""
_CREATING = 10
"""Seconds from a ticket's creation to its first message by the same account."""
_INTAKE = 300
"""The same for mails and the portal."""
BEGINNINGS = frozenset({"EmailCustomer", "WebRequestCustomer"})
"""Entries of a message with which a ticket begins, and no other."""
_GIVEN = frozenset(
    {
        "OwnerUpdate",
        "ResponsibleUpdate",
        "Lock",
        "TypeUpdate",
        "ServiceUpdate",
        "SLAUpdate",
        "CustomerUpdate",
        "TicketDynamicFieldUpdate",
        "SetPendingTime",
        "TitleUpdate",
    }
)
"""What a creating request writes down after ``NewTicket``."""
UNLOCKING = frozenset({"OwnerUpdate", "Unlock"})
"""What an unlock writes down (OTOBO gives the ticket to nobody; facts 7)."""
_BY_JOBS = frozenset({"Move", "PriorityUpdate"})
"""What events of the host change in the same request (decision 0050)."""


class Past:
    """A ticket's entries and messages with the questions that events and facts ask."""

    def __init__(self, raw: RawTicket, birth: Entry, names: Names) -> None:
        self.raw = raw
        self.names = names
        self.birth = birth
        self.entries = raw.entries
        self.articles = raw.articles
        self.values = values_of(raw.ticket)
        self._place = {entry.index: place for place, entry in enumerate(raw.entries)}
        self.said = self._said()
        self._customers_words = dict(self._customers_messages())
        self.creation = frozenset(entry.index for entry in self._creation())
        self.logins = {**names.logins, **dict(self._logins())}
        self._ids = {
            "queue": (number(raw.ticket.get("QueueID")), text(raw.ticket.get("Queue"))),
            "priority": (number(raw.ticket.get("PriorityID")), text(raw.ticket.get("Priority"))),
            "state": (number(raw.ticket.get("StateID")), text(raw.ticket.get("State"))),
            "type": (number(raw.ticket.get("TypeID")), text(raw.ticket.get("Type"))),
            "owner": (number(raw.ticket.get("OwnerID")), text(raw.ticket.get("Owner"))),
            "responsible": (
                number(raw.ticket.get("ResponsibleID")),
                text(raw.ticket.get("Responsible")),
            ),
        }

    # ---------------------------------------------------------------- names

    def today(self, attribute: str, id_then: int, name_then: str) -> str:
        """Today's name where the ticket still has that id, else the one history tells."""
        id_now, name_now = self._ids[attribute]
        return name_now if id_then and id_then == id_now and name_now else name_then

    def state(self, entry: Entry, name: str) -> State:
        """The state that an entry led to; one that was renamed or cut is found by its id."""
        number_then = entry.snapshot[1]
        known = name in self.names.states or number_then in self.names.state_ids
        name = name if known else self.today("state", number_then, name)
        return self.names.state(name, number_then)

    @property
    def first_state(self) -> State:
        """The state that the ticket was put down in."""
        return self.state(self.birth, first_values(self.birth.name)[2])

    def state_after(self, entry: Entry) -> State:
        """The state of a ``StateUpdate``."""
        return self.state(entry, state_after(entry.name))

    def person(self, attribute: str, entry: Entry) -> str | None:
        """Login in an ``OwnerUpdate`` or ``ResponsibleUpdate``; None: nobody, or reset by unlock.

        The reset is plain text (OTOBO only; facts 7).
        """
        person, _ = named(entry.name)
        if not entry.parts or person.id == NOBODY:
            return None
        return self.today(attribute, person.id, person.name) or None

    # ---------------------------------------------------------------- messages

    def _said(self) -> dict[int, Entry]:
        """The first entry of each message; later ones only account for time and the like."""
        found: dict[int, Entry] = {}
        for entry in self.entries:
            if entry.article in self.articles:
                found.setdefault(entry.article, entry)
        return found

    @property
    def opening(self) -> Article | None:
        """The message with which the ticket was created: one request for both.

        Large ones take their time, and some kinds of entry only ever begin a ticket.
        """
        for article, entry in self._persons_messages():
            patience = _INTAKE if entry.type in BEGINNINGS else _CREATING
            near = 0 <= entry.at - self.birth.at <= patience
            return article if near and entry.by == self.birth.by else None
        return None

    def _persons_messages(self) -> Iterator[tuple[Article, Entry]]:
        for entry in self.entries:
            article = self.articles.get(entry.article)
            if article is None or article.sender == "system" or self.said[article.id] != entry:
                continue
            yield article, entry

    # ---------------------------------------------------------------- the creation

    def _creation(self) -> Iterator[Entry]:
        """Entries of the request that made the ticket: nobody ever saw it without them."""
        yield self.birth
        opening = self.opening
        end = _ONE_REQUEST + (self.said[opening.id] if opening else self.birth).at
        messages = 0
        for entry in self.entries:
            if entry.index <= self.birth.index:
                continue
            article = self.articles.get(entry.article)
            messages += article is not None and article.sender != "system"
            if entry.at > end or messages > 1:
                return
            if entry.by not in (self.birth.by, NOBODY):
                return
            if entry.type in _GIVEN or (entry.by == NOBODY and entry.type in _BY_JOBS):
                yield entry

    def of_creation(self, entry: Entry) -> bool:
        """Whether the entry is a part of the creation."""
        return entry.index in self.creation

    def changes(self, *types: str) -> list[Entry]:
        """Entries of these types after the creation."""
        return [one for one in self.entries if one.type in types and not self.of_creation(one)]

    def given(self, *types: str) -> Entry | None:
        """The last entry of these types in the creation."""
        found = [one for one in self.entries if one.type in types and self.of_creation(one)]
        return found[-1] if found else None

    @property
    def titles(self) -> dict[int, tuple[str, str]]:
        """Titles before and after each ``TitleUpdate``, by the entry's index."""
        told = [entry for entry in self.entries if entry.type == "TitleUpdate"]
        found = titles([entry.name for entry in told], text(self.raw.ticket.get("Title")))
        return {entry.index: pair for entry, pair in zip(told, found, strict=True)}

    # ---------------------------------------------------------------- who did it

    def actor(self, entry: Entry) -> Actor:
        """Who wrote an entry, by the rule of facts 7.

        Account 1 stands for customers and for the host itself: it is the customer where a message
        of his came in the same second, but for an unlock, which follows a move by itself.
        """
        if entry.by != NOBODY:
            return self.agent(entry.by)
        if self._follows_move(entry):
            return SYSTEM
        article = self._customers_message(entry)
        return self.customer(article) if article else SYSTEM

    def _follows_move(self, entry: Entry) -> bool:
        """Whether the host itself unlocked the ticket because somebody moved it (facts 7)."""
        place = self._place[entry.index]
        while entry.type in UNLOCKING and place > 0:
            place -= 1
            before = self.entries[place]
            if before.at != entry.at or before.type not in (*UNLOCKING, "Move"):
                return False
            if before.type == "Move":
                return True
        return False

    def agent(self, account: int) -> Actor:
        """An account of staff; a listed bot is a system."""
        role: Role = "system" if self.bot(account) else "agent"
        return Actor(str(account), role, self.logins.get(account))

    def customer(self, article: Article) -> Actor:
        """A customer has no account id: the address or the name must do."""
        who = article.address or article.author
        return Actor(f"customer:{who}" if who else None, "customer", article.author or None)

    def bot(self, account: int) -> bool:
        """Whether an account is listed in ``bots``, by login or by id."""
        return bool(self.names.bots & {str(account), self.logins.get(account, "")})

    def _customers_message(self, entry: Entry) -> Article | None:
        near = (self._customers_words.get(entry.at + away) for away in (0, 1, -1))
        return next((article for article in near if article is not None), None)

    def _customers_messages(self) -> Iterator[tuple[int, Article]]:
        """Messages that customers sent themselves, by their second."""
        for article_id, said in self.said.items():
            article = self.articles[article_id]
            if article.sender == "customer" and said.by == NOBODY:
                yield said.at, article

    def _logins(self) -> Iterator[tuple[int, str]]:
        """Account ids with their logins, as far as this ticket tells."""
        for entry in self.entries:
            if entry.type in ("OwnerUpdate", "ResponsibleUpdate") and entry.parts:
                person, _ = named(entry.name)
                yield person.id, person.name
        for name in ("Owner", "Responsible"):
            yield number(self.raw.ticket.get(f"{name}ID")), text(self.raw.ticket.get(name))

    # ---------------------------------------------------------------- what belongs together

    def following(self, entry: Entry) -> Iterator[Entry]:
        """What the same account wrote in the same request after an entry."""
        return self._request(entry, 1)

    def preceding(self, entry: Entry) -> Iterator[Entry]:
        """What the same account wrote in the same request before an entry, latest first."""
        return self._request(entry, -1)

    def _request(self, entry: Entry, step: int) -> Iterator[Entry]:
        place = self._place[entry.index] + step
        while 0 <= place < len(self.entries):
            other = self.entries[place]
            if other.by != entry.by or abs(other.at - entry.at) > _ONE_REQUEST:
                return
            yield other
            place += step

    def until(self, entry: Entry) -> int | None:
        """The date of a waiting state, UTC epoch seconds: set in the same request, before or after
        (facts 7), else the one that was still set."""
        for other in self.following(entry):
            if other.type == "StateUpdate":
                break
            if other.type == "SetPendingTime":
                return self.date(other)
        for other in reversed(self.entries[: self._place[entry.index]]):
            if other.type == "SetPendingTime":
                return self.date(other)
        return None

    def dates_a_state(self, entry: Entry) -> bool:
        """Whether a ``SetPendingTime`` belongs to a change of state in the same request."""
        for other in self.preceding(entry):
            if other.type == "SetPendingTime":
                break
            if other.type == "StateUpdate":
                return True
        return any(other.type == "StateUpdate" for other in self.following(entry))

    def date(self, entry: Entry) -> int | None:
        """The instant in a ``SetPendingTime``; None where it was cleared.

        The ticket's own date says which pass of an hour that comes twice is meant. It may also
        have seconds (seen on Znuny 6.5), which are left out: histories never have them, and the
        ticket forgets its date with the next state.
        """
        moment = pending_until(entry.part(0))
        if moment is None:
            return None
        exact, zone = number(self.raw.ticket.get("RealTillTimeNotUsed")) // 60 * 60, self.names.zone
        return exact if exact and zone.local(exact) == moment else zone.epoch(moment)

    def waiting_or_ended(self, entry: Entry) -> bool:
        """Whether a ``StateUpdate`` leads to a state that an answer must come before (0053)."""
        if entry.type != "StateUpdate":
            return False
        return self.state_after(entry).kind in WAITING | ENDED


SYSTEM = Actor(None, "system")
"""The host itself."""
