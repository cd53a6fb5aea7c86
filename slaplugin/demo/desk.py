"""The helpdesk as one object: database, clock and the little that is kept in memory."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slaplugin.demo import schema
from slaplugin.demo.errors import not_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slaplugin.demo.clock import DemoClock
    from slaplugin.demo.db import Database, Row
    from slaplugin.demo.schema import Kinds, ObjectType


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """What an installation of the helpdesk can be set up with.

    `auto_reply`: customers' new tickets are answered by an automatic mail.
    `notify_agents`: history has the notification rows that the real server writes.
    `first_number`: the number of the first ticket; the following ones count up.
    """

    auto_reply: bool = True
    notify_agents: bool = True
    first_number: int = 77001
    support_name: str = "Example Support"
    support_email: str = "support@example.org"


@dataclass(slots=True)
class Desk:
    """Everything the rules of the helpdesk work on."""

    db: Database
    clock: DemoClock
    options: DeskOptions = field(default_factory=DeskOptions)
    _custom: dict[str, dict[str, str]] = field(default_factory=dict)
    _states: dict[int, Row] = field(default_factory=dict)
    _moment: int | None = None

    def now(self) -> int:
        """The current instant in UTC milliseconds, or the one being acted at."""
        return self.clock.now_ms() if self._moment is None else self._moment

    @contextmanager
    def acting_at(self, moment: int) -> Iterator[None]:
        """Within a transaction, stamp everything with `moment` (milliseconds), not the clock."""
        self._moment, before = moment, self._moment
        try:
            yield
        finally:
            self._moment = before

    def stamp(self, previous: int | None = None) -> int:
        """The instant of a change: now, but always later than the record's previous change.

        A clock that stands still would otherwise hide a second change behind the first one.
        """
        return max(self.now(), -1 if previous is None else previous + 1)

    def record(self, kind: ObjectType, record_id: object) -> Row:
        """The stored row, or the 404 that the API gives."""
        row = self.db.get(kind.table, record_id)
        if row is None:
            raise not_found(kind.model, record_id)
        return row

    def state_type(self, state_id: int) -> str:
        """`new`, `open`, `pending reminder`, `pending action`, `closed`, `merged`, `removed`."""
        return schema.STATE_TYPES[int(self.states()[state_id]["state_type_id"])]

    def states(self) -> dict[int, Row]:
        """All ticket states by id."""
        if not self._states:
            rows = self.db.all("SELECT * FROM ticket_states ORDER BY id")
            self._states = {row["id"]: row for row in rows}
        return self._states

    def default_state(self, column: str) -> int:
        """The id of the state flagged `default_create` or `default_follow_up`."""
        return next(key for key, row in self.states().items() if row[column])

    def custom_types(self, model: str) -> dict[str, str]:
        """Custom fields of a model that exist as columns: name -> data type."""
        if model not in self._custom:
            rows = self.db.all(
                "SELECT name, data_type FROM object_attributes"
                " WHERE object = ? AND editable = 1 AND to_create = 0 ORDER BY id",
                (model,),
            )
            kind = schema.CUSTOMIZABLE.get(model)
            columns = _columns(self.db, kind.table) if kind else set()
            self._custom[model] = {
                row["name"]: row["data_type"] for row in rows if row["name"] in columns
            }
        return self._custom[model]

    def forget_reference(self) -> None:
        """Read states and attributes again; to be called when one of them changed."""
        self._custom.clear()
        self._states.clear()

    def kinds(self, kind: ObjectType) -> Kinds:
        """Column kinds of a table, custom fields included."""
        if kind.model not in schema.CUSTOMIZABLE:
            return kind.kinds
        return kind.kinds.with_custom(self.custom_types(kind.model))


def _columns(db: Database, table: str) -> set[str]:
    return set(db.column("SELECT name FROM pragma_table_info(?)", (table,)))


def document(value: Any) -> str:
    """JSON text for a document column."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
