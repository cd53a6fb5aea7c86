"""The `assets` block: every record that an answer mentions, by model and id (facts 1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slaplugin.demo import render
from slaplugin.demo.schema import GROUP, ORGANIZATION, ROLE, TICKET, USER

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk
    from slaplugin.demo.schema import ObjectType


class Assets:
    """Collects records once each, with the records they refer to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._models: dict[str, dict[str, Any]] = {}

    def answer(self) -> dict[str, dict[str, Any]]:
        """Model name -> id as text -> record."""
        return self._models

    def add_ticket(self, row: Row) -> None:
        """The ticket with its people, group and organization."""
        if not self._claim("Ticket", row["id"]):
            return
        self._put("Ticket", row["id"], render.ticket(self._desk, row))
        self.add(GROUP, row["group_id"])
        for column in ("created_by_id", "updated_by_id", "owner_id", "customer_id"):
            self.add_user(row[column])
        self.add_organization(row["organization_id"])

    def add_article(self, row: Row) -> None:
        """The article, body included, with its author."""
        if self._claim("TicketArticle", row["id"]):
            self._put("TicketArticle", row["id"], render.article(self._desk, row, names=False))
            self.add_user(row["created_by_id"])

    def add_ticket_id(self, ticket_id: int) -> None:
        """The ticket with that id, if it still exists."""
        row = self._desk.db.get(TICKET.table, ticket_id)
        if row is not None:
            self.add_ticket(row)

    def add_user(self, user_id: int | None) -> None:
        """The user with roles, groups and organization."""
        answer = self.add(USER, user_id)
        if answer is None:
            return
        for role_id in answer["role_ids"]:
            self.add(ROLE, role_id)
        for group_id in answer["group_ids"]:
            self.add(GROUP, int(group_id))
        self.add_organization(answer["organization_id"])

    def add_organization(self, organization_id: int | None) -> None:
        """The organization with its members."""
        answer = self.add(ORGANIZATION, organization_id)
        for user_id in answer["member_ids"] if answer else ():
            self.add_user(user_id)

    def add(self, kind: ObjectType, record_id: int | None) -> dict[str, Any] | None:
        """One record without its relations; None when it is here already or does not exist."""
        if record_id is None or not self._claim(kind.model, record_id):
            return None
        row = self._desk.db.get(kind.table, record_id)
        if row is None:
            return None
        answer = render.record(self._desk, kind, row)
        self._put(kind.model, record_id, answer)
        return answer

    def _claim(self, model: str, record_id: int) -> bool:
        return str(record_id) not in self._models.get(model, {})

    def _put(self, model: str, record_id: int, answer: dict[str, Any]) -> None:
        self._models.setdefault(model, {})[str(record_id)] = answer
