"""A month as a list of actions with their instants, played when the clock gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from slaplugin.demo import articles, auth, history, jobs, merge, people, tags, tickets
from slaplugin.demo.clock import epoch_ms
from slaplugin.demo.errors import ApiError
from slaplugin.demo.history import Actor
from slaplugin.demo.schema import NOBODY, TICKET, USER

if TYPE_CHECKING:
    from datetime import datetime

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody opens a ticket: `actor` is the customer, or an agent on the phone or by mail.

    `key` names the ticket within the script; `sent` and `article` are as for POST /tickets.
    """

    key: int
    actor: str
    sent: Mapping[str, Any]
    article: Mapping[str, Any]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """An agent changes fields, as for PUT /tickets/{id}."""

    key: int
    actor: str
    sent: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """Somebody adds an article, as for POST /ticket_articles."""

    key: int
    actor: str
    article: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tag:
    """An agent puts a tag on, or takes it off."""

    key: int
    actor: str
    name: str
    added: bool = True


@dataclass(frozen=True, slots=True)
class Merge:
    """An agent merges the ticket `key` into the ticket `target`."""

    key: int
    actor: str
    target: int


@dataclass(frozen=True, slots=True)
class Promote:
    """The administrator gives a customer the VIP flag, or takes it; no ticket is touched."""

    actor: str
    customer: str
    vip: bool


Action: TypeAlias = Open | Change | Write | Tag | Merge | Promote


@dataclass(frozen=True, slots=True)
class Entry:
    """An action and when it happens (aware, UTC)."""

    at: datetime
    action: Action


@dataclass(slots=True)
class Script:
    """Entries in order of time and what has been played of them.

    `start` and `end` bound the month; entries may lie after `end`, for a demo that runs on.
    """

    desk: Desk
    entries: list[Entry]
    start: datetime
    end: datetime
    played: int = 0
    refused: int = 0
    ids: dict[int, int] = field(default_factory=dict)
    _users: dict[str, int] = field(default_factory=dict)

    def play_until(self, instant: datetime) -> int:
        """Play what is due, move the clock to `instant` unless it is later; how many were played.

        Each action is stamped with its own instant. The scheduler of pending times runs in
        between. What the helpdesk refuses (a ticket that was deleted meanwhile) is left out.
        """
        count = self._play(instant)
        if self.desk.clock.now() < instant:
            self.desk.clock.set(instant)
        return count

    def catch_up(self) -> int:
        """Play what is due by the clock as it stands; how many were played."""
        return self._play(self.desk.clock.now())

    def next_at(self) -> datetime | None:
        """When the next action is due; None at the end of the script."""
        return self.entries[self.played].at if self.played < len(self.entries) else None

    def _play(self, instant: datetime) -> int:
        if self.played >= len(self.entries) or self.entries[self.played].at > instant:
            return 0
        with self.desk.db.transaction():
            before = self.played
            while self.played < len(self.entries) and self.entries[self.played].at <= instant:
                entry = self.entries[self.played]
                self.played += 1
                with self.desk.acting_at(epoch_ms(entry.at)):
                    jobs.run_due(self.desk)
                    self._perform(entry.action)
            return self.played - before

    def _perform(self, action: Action) -> None:
        try:
            if isinstance(action, Open):
                self._open(action)
            elif isinstance(action, Promote):
                customer = self.desk.record(USER, self._user(action.customer))
                sent = {"vip": action.vip}
                people.change_user(self.desk, customer, sent, self._user(action.actor))
            else:
                self._on_ticket(action)
        except ApiError:
            self.refused += 1

    def _open(self, action: Open) -> None:
        actor_id = self._user(action.actor)
        row = tickets.create(self.desk, tickets.NewTicket(action.sent, actor_id))
        self.ids[action.key] = row["id"]
        first = articles.post(self.desk, row, action.article, actor_id)
        row = self.desk.record(TICKET, row["id"])
        for name in action.tags:
            tags.add(self.desk, row, name, NOBODY)
        row = self.desk.record(TICKET, row["id"])
        history.notified(self.desk, row, "create", Actor(actor_id, row["updated_at"]))
        articles.auto_reply(self.desk, row, first)

    def _on_ticket(self, action: Change | Write | Tag | Merge) -> None:
        row = self._ticket(action.key)
        actor_id = self._user(action.actor)
        if isinstance(action, Tag):
            change = tags.add if action.added else tags.remove
            change(self.desk, row, action.name, actor_id)
            return
        if isinstance(action, Merge):
            merge.merge(self.desk, row, self._ticket(action.target), actor_id)
        elif isinstance(action, Write):
            articles.post(self.desk, row, action.article, actor_id)
        else:
            tickets.change(self.desk, row, action.sent, actor_id)
        after = self.desk.record(TICKET, row["id"])
        if after["updated_at"] != row["updated_at"]:
            history.notified(self.desk, after, "update", Actor(actor_id, after["updated_at"]))

    def _ticket(self, key: int) -> Row:
        return self.desk.record(TICKET, self.ids.get(key, 0))

    def _user(self, login: str) -> int:
        if login not in self._users:
            row = auth.find_user(self.desk, login)
            if row is None:
                raise LookupError(f"the script names a user that does not exist: {login}")
            self._users[login] = row["id"]
        return self._users[login]
