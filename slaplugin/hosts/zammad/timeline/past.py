"""What is known about a ticket's past before any event is told: order, creation, roles.

The host keeps no values of the creation, writes what *it* did under the account that caused it,
and dates merges back; all of that is undone here, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slaplugin.core.model import Role
from slaplugin.hosts.zammad.names import NOBODY, Names, State
from slaplugin.hosts.zammad.timeline.raw import (
    Article,
    RawTicket,
    Row,
    articles_of,
)
from slaplugin.hosts.zammad.wire import ms

_ONE_REQUEST = 3000
"""Milliseconds within which an article belongs to the save before it."""
_ANSWERED = 1000
"""Milliseconds between a state and the answer given with it (50 to 70 in the recordings)."""
_BY_HAND = frozenset({"email", "phone", "web", "note", "fax", "chat"})
"""Channels that staff can write down a message of."""
_QUIET = 2000
"""A gap of this many milliseconds ends the request that created the ticket."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value that an attribute took, and the row it is from (None: the creation)."""

    order: tuple[int, int]
    id: int | None
    text: str


class Past:
    """One ticket's rows and messages with the questions that the tellers ask."""

    def __init__(self, raw: RawTicket, names: Names) -> None:
        self.raw = raw
        self.names = names
        self.rows = raw.rows
        self.articles = articles_of(raw.articles.values())
        self.by_id = sorted(self.rows, key=lambda row: row.id)
        self.birth = next((row for row in self.rows if row.birth), None)
        self.created_at = ms(raw.ticket["created_at"])
        self.creator = int(raw.ticket.get("created_by_id") or NOBODY)
        self.merge_notes = frozenset(self._merge_notes())
        self.own_articles = tuple(self._own_articles())
        self.at_creation = frozenset(row.id for row in self._creation_rows())
        self.later = tuple(row for row in self.rows if row.id not in self.at_creation)
        self._changes: dict[str, list[Row]] = {}
        for row in self.later:
            if row.change:
                self._changes.setdefault(row.attribute, []).append(row)

    # ---------------------------------------------------------------- messages

    def _own_articles(self) -> Iterator[tuple[Article, Row | None]]:
        """Messages that were written in this ticket, with their row; oldest first.

        Messages that a merge moved in have their row in the other ticket's history.
        """
        rows = {row.about: row for row in self.rows if row.article}
        merged = [row.at for row in self.rows if row.type == "received_merge"]
        last_merge = max(merged, default=-1)
        found = sorted(self.articles.values(), key=lambda article: (article.at, article.id))
        for article in found:
            row = rows.get(article.id)
            if row is not None or article.at > last_merge:
                yield article, row

    def strangers(self) -> list[Article]:
        """Messages that moved in by a merge, oldest first."""
        own = {article.id for article, _ in self.own_articles}
        others = (article for article in self.articles.values() if article.id not in own)
        return sorted(others, key=lambda article: (article.at, article.id))

    def _merge_notes(self) -> Iterator[int]:
        """The note that the host writes into a ticket as it merges it away."""
        for merge in self.rows:
            if merge.type != "merged_into":
                continue
            later = (row for row in self.by_id if row.id > merge.id and row.article)
            note = next(later, None)
            article = self.articles.get(note.about) if note else None
            if article and article.type == "note" and article.by == merge.by:
                yield article.id

    @property
    def first_article(self) -> Article | None:
        """The oldest message."""
        return self.own_articles[0][0] if self.own_articles else None

    @property
    def opening(self) -> Article | None:
        """The message that the ticket was created with: one request for both.

        Of an imported ticket, which has no history, the first one.
        """
        first = self.first_article
        if first is None or self.birth is None:
            return first
        return first if self.opens(first) else None

    def opens(self, article: Article) -> bool:
        """Whether the ticket was created with this message (one request for both)."""
        first = self.first_article
        return (
            first is not None
            and article.id == first.id
            and article.at - self.created_at <= _ONE_REQUEST
        )

    # ---------------------------------------------------------------- the creation

    def _creation_rows(self) -> Iterator[Row]:
        """Rows of the request that made the ticket: its tags, and what triggers did in it."""
        if self.birth is None:
            return
        first = next((row for row in self.rows if row.article), None)
        until = self.birth.at
        for row in self.rows:
            if row.at - until > _QUIET:
                return
            if row.type != "notification":
                until = row.at
            if row.article:
                if row is not first and row.by != NOBODY:
                    return
            elif row.change or row.tag:
                if not self._of_creation(row, first):
                    return
                yield row

    def _of_creation(self, row: Row, first: Row | None) -> bool:
        if row.by == NOBODY or self.opened_by_itself(row):
            return True
        before_article = first is None or row.id < first.id
        return row.by == self.creator and row.tag and before_article

    def created_with(self, attribute: str) -> Change:
        """The value an attribute had right after the creation (facts 4.4)."""
        first = self.first_change(attribute)
        if first is not None:
            return Change((self.created_at, 0), first.id_from, first.value_from)
        ticket = self.raw.ticket
        if f"{attribute}_id" in ticket:
            return Change((self.created_at, 0), ticket[f"{attribute}_id"], "")
        value = ticket.get(attribute)
        return Change((self.created_at, 0), None, "" if value is None else str(value))

    def tags_at_creation(self) -> tuple[str, ...]:
        """Today's tags with every later change undone."""
        tags = set(self.raw.tags)
        for row in reversed(self.later):
            if row.tag and row.type == "added":
                tags.discard(row.value_to)
            elif row.tag:
                tags.add(row.value_to)
        return tuple(sorted(tags))

    # ---------------------------------------------------------------- values over time

    def value_at(self, attribute: str, order: tuple[int, int]) -> Change:
        """The value in force after everything up to (instant, row id)."""
        value = self.created_with(attribute)
        for row in self._changes.get(attribute, ()):
            if row.order > order:
                break
            value = Change(row.order, row.id_to, row.value_to)
        return value

    def customer_at(self, at: int) -> int | None:
        """The customer's account at an instant."""
        return self.value_at("customer", (at, 2**62)).id

    def organization_at(self, at: int) -> int | None:
        """The organization at an instant."""
        return self.value_at("organization", (at, 2**62)).id

    def first_change(self, attribute: str) -> Row | None:
        """The first change of an attribute after the creation."""
        return next(iter(self._changes.get(attribute, ())), None)

    def same_save(self, row: Row) -> Iterator[Row]:
        """The rows that one save wrote: one instant, one account (live facts 4)."""
        return (other for other in self.later if (other.at, other.by) == (row.at, row.by))

    def state(self, change: Change) -> State:
        """The state that a change of the state attribute led to."""
        return self.names.state(change.id, change.text)

    # ---------------------------------------------------------------- who did it

    def role_of(self, account: int, at: int) -> Role:
        """The role an account had: as last seen in its own messages, else today's."""
        if account == NOBODY:
            return "system"
        seen: Role | None = None
        for article, _ in self.own_articles:
            if article.at > at:
                break
            if article.by == account:
                seen = self._role_in(article) or seen
        if seen is not None:
            return seen
        return "agent" if self.names.staff(account) else "customer"

    def _role_in(self, article: Article) -> Role | None:
        """The role that a message shows its writer in.

        None for what staff writes for others, in the host's name, or from a private mailbox.
        """
        if article.sender == "Agent":
            return "agent"
        itself = not self.names.staff(article.by) or article.by == self.customer_at(article.at)
        return "customer" if article.sender == "Customer" and itself else None

    def on_behalf(self, article: Article) -> bool:
        """Whether staff put down what a customer said (phone, the web form, a mail kept by hand).

        Not what staff sends in by mail or a messenger of their own.
        """
        if article.sender != "Customer" or not self.names.staff(article.by):
            return False
        if article.by == self.customer_at(article.at):
            return False
        by_hand = article.type in _BY_HAND and not article.mailed
        return by_hand or article.origin is not None

    def opened_by_itself(self, row: Row) -> bool:
        """The host's own new -> open on the first public answer (facts 5.4).

        It is written under the agent's account, after the article; a change that the agent asked
        for is written before it.
        """
        if row.attribute != "state" or not self._leaves_creation_state(row):
            return False
        return any(
            article.sender == "Agent"
            and article.by == row.by
            and article.type != "note"
            and born is not None
            and born.id < row.id
            and 0 <= row.at - born.at <= _ONE_REQUEST
            for article, born in self.own_articles
        )

    def _leaves_creation_state(self, row: Row) -> bool:
        before = self.names.states.get(row.id_from or 0)
        after = self.names.states.get(row.id_to or 0)
        return bool(before and after and before.creates and after.kind == "open")

    def reopened_by_mail(self, row: Row) -> bool:
        """The host's own change of state on a mail that came in, which follows right after it."""
        if row.attribute != "state":
            return False
        return any(
            article.by == row.by
            and (article.mailed or self._sent_by_customer(article))
            and 0 <= article.at - row.at <= _ONE_REQUEST
            for article, _ in self.own_articles
        )

    def _sent_by_customer(self, article: Article) -> bool:
        """By a channel in which a customer cannot choose a state."""
        by_hand = article.type in ("web", "note", "phone")
        return not by_hand and not self.names.staff(article.by)

    def dropped_by_move(self, row: Row) -> bool:
        """The host took the owner away: he has no full access to the new group, or left (6.4)."""
        if row.attribute != "owner" or row.id_to != NOBODY:
            return False
        others = [other for other in self.same_save(row) if other.change and other is not row]
        move = next((other for other in others if other.attribute == "group"), None)
        owner = self.names.people.get(row.id_from or 0)
        if owner is not None and owner.record.get("active") is False:
            return bool(others)
        return move is not None and (owner is None or move.id_to not in owner.full_groups)

    def by_merge(self, row: Row) -> bool:
        """Part of a merge: the state and the owner that the host sets itself."""
        return any(
            other.attribute == "state" and self.is_merged(other) for other in self.same_save(row)
        )

    def is_merged(self, row: Row) -> bool:
        """Whether a state row leads to the merged state."""
        state = self.names.states.get(row.id_to or 0)
        return row.attribute == "state" and state is not None and state.kind == "merged"

    # ---------------------------------------------------------------- what belongs together

    def answered_with(self, row: Row) -> tuple[Article, Row] | None:
        """The message that came in the same request as a change, right after it.

        Between the rows of a save and its article nothing is written; after a request of its own
        the host's SLA columns follow first.
        """
        for other in self.by_id:
            if other.id <= row.id or other.at == row.at:
                continue
            article = self.articles.get(other.about) if other.article else None
            if article is None or other.by != row.by or other.at - row.at > _ANSWERED:
                return None
            return article, other
        return None

    def field_like(self, attribute: str) -> Any:
        """A value of a custom field: its type tells how history's text is meant."""
        present = self.raw.ticket.get(attribute)
        return self.names.samples.get(attribute) if present is None else present
