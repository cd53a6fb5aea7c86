"""What TicketCreate and TicketUpdate refuse before they change anything (facts 9).

Messages and their order are the recorded ones where a recording has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .access import Caller, Params, RefusalError
from .acts import FIRST_NOTE, Draft
from .catalog import Catalog
from .clock import Clock
from .model import CHANNELS, HISTORY_TYPES, SENDERS, Ticket

DEFAULT_NOTE = ("AddNote", "%%GenericInterface Note")


@dataclass(slots=True)
class Plan:
    """A request that has passed the checks: attributes by name, resolved to ids."""

    attributes: dict[str, Any] = field(default_factory=dict)
    pending_until: int | None = None
    draft: Draft | None = None
    fields: list[tuple[str, list[str]]] = field(default_factory=list)


class Checks:
    """The checks of one operation."""

    def __init__(self, operation: str, catalog: Catalog, clock: Clock) -> None:
        self._operation = operation
        self._catalog = catalog
        self._clock = clock

    def invalid(self, what: str) -> RefusalError:
        return RefusalError(self._operation, "InvalidParameter", f"{what} parameter is invalid!")

    def missing(self, message: str) -> RefusalError:
        return RefusalError(self._operation, "MissingParameter", message)

    # ------------------------------------------------------------------ ticket

    def attributes(self, wanted: Mapping[str, Any], ticket: Ticket | None) -> dict[str, Any]:
        """Names and ids resolved; a name wins over a differing id."""
        known = self._catalog
        found: dict[str, Any] = {}
        tables: tuple[tuple[str, Mapping[Any, str]], ...] = (
            ("Queue", {row.id: row.name for row in known.queues.values()}),
            ("Lock", known.locks),
            ("Type", known.types),
            ("Service", {row.id: row.name for row in known.services.values()}),
            ("SLA", self._slas(wanted, ticket)),
            ("State", {row.id: row.name for row in known.states.values()}),
            ("Priority", known.priorities),
            ("Owner", {row.id: row.login for row in known.agents.values()}),
            ("Responsible", {row.id: row.login for row in known.agents.values()}),
        )
        for name, rows in tables:
            if name in wanted or f"{name}ID" in wanted:
                found[name] = self._resolve(name, rows, wanted)
        return found | self._plain(wanted)

    def _resolve(self, name: str, rows: Mapping[Any, str], wanted: Mapping[str, Any]) -> Any:
        by_name, by_id = wanted.get(name), str(wanted.get(f"{name}ID", ""))
        if name in ("Service", "SLA") and not by_name and not by_id.strip():
            return None
        for key, known in rows.items():
            if known == by_name if by_name else str(key) == by_id:
                return key
        raise self.invalid(f"Ticket->{name}ID or Ticket->{name}")

    def _slas(self, wanted: Mapping[str, Any], ticket: Ticket | None) -> Mapping[Any, str]:
        """Only SLAs of the service, the new one if it is given."""
        service = ticket.service if ticket else None
        for row in self._catalog.services.values():
            if row.name == wanted.get("Service") or str(row.id) == str(wanted.get("ServiceID")):
                service = row.id
        return {row.id: row.name for row in self._catalog.slas.values() if service in row.services}

    def _plain(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {
            key: str(wanted[key]).strip() for key in ("Title", "CustomerID") if key in wanted
        }
        if login := wanted.get("CustomerUser"):
            if login not in self._catalog.customers:
                raise self.invalid("Ticket->CustomerUser")
            found["CustomerUser"] = str(login)
        return found

    def pending_until(self, wanted: Mapping[str, Any]) -> int | None:
        """``{Year…Minute}`` in the system zone, or ``{Diff: minutes}``; the past is allowed."""
        if "PendingTime" not in wanted:
            return None
        value = wanted["PendingTime"]
        found = self._instant(value) if isinstance(value, dict) else None
        if found is None:
            raise self.invalid("Ticket->PendingTime")
        return found

    def _instant(self, value: Mapping[str, Any]) -> int | None:
        if "Diff" in value:
            if not str(value["Diff"]).isdecimal() or not int(value["Diff"]):
                return None
            later = self._clock.now() + int(value["Diff"]) * 60
            return later - later % 60
        try:
            year, month, day, hour, minute = (
                int(value[key]) for key in ("Year", "Month", "Day", "Hour", "Minute")
            )
            return self._clock.instant(datetime(year, month, day, hour, minute))  # noqa: DTZ001
        except (KeyError, ValueError):
            return None

    def needs_pending_time(self, plan: Plan) -> None:
        state = plan.attributes.get("State")
        if state is None or not self._catalog.states[state].type.startswith("pending"):
            return
        if plan.pending_until is None:
            message = "Can't set a ticket on a pending state without pendig time!"
            raise RefusalError(self._operation, "MissingParameter", message, prefix=False)

    # ------------------------------------------------------------------ article

    def draft(self, article: Any, caller: Caller, defaults: Mapping[str, str]) -> Draft:
        """An article of the request, with the operation's defaults."""
        if not isinstance(article, dict) or not article:
            raise self.missing("Article parameter is missing or not valid!")
        self._needed(article)
        sender = str(article.get("SenderType") or ("customer" if caller.customer else "agent"))
        channel = str(article.get("CommunicationChannel") or "Internal")
        if sender not in SENDERS:
            raise self.invalid("Article->SenderTypeID or Article->SenderType")
        if channel not in CHANNELS:
            raise self.invalid("Article->CommunicationChannelID or Article->CommunicationChannel")
        visible = str(article.get("IsVisibleForCustomer", 1)) not in ("0", "")
        return Draft(
            sender,
            self._history(article),
            visible=visible,
            channel=channel,
            subject=str(article["Subject"]),
            body=str(article["Body"]),
            content_type=str(article["ContentType"]),
            sender_address=str(article.get("From") or defaults["From"]),
            to=defaults.get("To") or str(article.get("To", "")),
            cc=str(article.get("Cc", "")),
            time_unit=int(article.get("TimeUnit") or 0),
            notify=str(article.get("NoAgentNotify", "0")) in ("0", ""),
        )

    def _needed(self, article: Mapping[str, Any]) -> None:
        for key in ("Subject", "Body"):
            if not article.get(key):
                raise self.missing(f"Article->{key} parameter is missing!")
        if not article.get("ContentType"):
            raise self.missing(
                "Article->ContentType or Ticket->MimeType and Article->Charset parameters are "
                "required!"
            )
        if article.get("From") and "@" not in str(article["From"]):
            raise self.invalid("Article->From")

    def _history(self, article: Mapping[str, Any]) -> tuple[str, str]:
        default = FIRST_NOTE if self._operation == "TicketCreate" else DEFAULT_NOTE
        kind = str(article.get("HistoryType") or default[0])
        if kind not in HISTORY_TYPES:
            raise self.invalid("Article->HistoryType")
        return kind, str(article.get("HistoryComment") or default[1])

    # ------------------------------------------------------------------ dynamic fields

    def fields(self, wanted: Any) -> list[tuple[str, list[str]]]:
        rows = wanted if isinstance(wanted, list) else [wanted]
        if not rows or not all(isinstance(row, dict) and row for row in rows):
            raise self.missing("DynamicField parameter is missing or not valid!")
        return [self._field(row) for row in rows]

    def _field(self, row: Mapping[str, Any]) -> tuple[str, list[str]]:
        for key in ("Name", "Value"):
            if row.get(key) is None:
                raise self.missing(f"DynamicField->{key} parameter is missing!")
        known = self._catalog.fields.get(str(row["Name"]))
        if known is None:
            raise self.invalid("DynamicField->Name")
        values = [str(one) for one in _as_list(row["Value"])]
        if not all(value == "" or self._fits(known.kind, known.options, value) for value in values):
            raise self.invalid("DynamicField->Value")
        if known.kind != "Multiselect":
            values = [value for value in values if value]
        return known.name, values

    def _fits(self, kind: str, options: tuple[str, ...], value: str) -> bool:
        if kind == "DateTime":
            return self._clock.read(value) is not None
        return kind not in ("Dropdown", "Multiselect") or value in options


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(operation: str, plan: Plan, may: Callable[[str], bool], catalog: Catalog) -> None:
    """The rights that single changes need on the ticket's own queue."""
    needed = [
        (plan.draft is not None, "note", "create new articles"),
        (bool(plan.fields), "rw", "update dynamic fields"),
        ("Queue" in plan.attributes, "move_into", "update queue"),
        ("Owner" in plan.attributes, "owner", "update owner"),
        ("Responsible" in plan.attributes, "responsible", "update responsible"),
        ("Priority" in plan.attributes, "priority", "update priority"),
        (_ends_or_waits(plan, catalog), "close", "update state"),
    ]
    for wanted, right, what in needed:
        if wanted and not may(right):
            raise RefusalError(operation, "AccessDenied", f"Does not have permissions to {what}!")


def _ends_or_waits(plan: Plan, catalog: Catalog) -> bool:
    """Setting any other state needs no more than reading."""
    state = plan.attributes.get("State")
    kind = catalog.states[state].type if state else ""
    return kind == "closed" or kind.startswith("pending")


def structured(operation: str, params: Params, name: str) -> Mapping[str, Any]:
    """A hash with something in it."""
    value = params.get(name)
    if not isinstance(value, dict) or not value:
        message = f"{name} parameter is not valid!"
        raise RefusalError(operation, "InvalidParameter", message)
    return value
