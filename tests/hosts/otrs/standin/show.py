"""TicketGet and TicketHistoryGet: the shapes of facts 5 and 6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import native
from .access import Access, Caller, Params, RefusalError
from .model import HISTORY_TYPES, SENDERS, Article, Entry, Ticket
from .people import Desk


def wanted_ids(operation: str, value: Any) -> list[Any]:
    """The ids of a request: of a list each in the type it was asked in, a single one as text."""
    if isinstance(value, str) and value:
        return [part.strip() for part in value.split(",")] if "," in value else [value]
    if isinstance(value, int) and value:
        return [str(value)]
    if isinstance(value, list) and value:
        return value
    if isinstance(value, (list, dict)):
        message = "Structure for TicketID is not correct!"
        raise RefusalError(operation, "WrongStructure", message)
    raise RefusalError(operation, "MissingParameter", "TicketID parameter is missing!")


class Show:
    """Reads tickets for one desk."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access

    # ------------------------------------------------------------------ TicketGet

    def tickets(self, caller: Caller, params: Params, broken: frozenset[str]) -> dict[str, Any]:
        """One bad id fails the whole batch, and the message does not say which."""
        found = [
            self._access.readable(caller, key)
            for key in wanted_ids("TicketGet", params.get("TicketID"))
        ]
        rows = [ticket for ticket in found if ticket is not None]
        if len(rows) < len(found) or "ticket" in broken:
            message = "User does not have access to the ticket!"
            raise RefusalError("TicketGet", "AccessDenied", message)
        return {"Ticket": [self._ticket(caller, one, params, broken) for one in rows]}

    def _ticket(
        self, caller: Caller, ticket: Ticket, params: Params, broken: frozenset[str]
    ) -> dict[str, Any]:
        shown = self._columns(ticket) | native.columns(ticket, self._desk.clock)
        if _on(params, "Extended"):
            shown |= self._extended(ticket, broken)
        if _on(params, "DynamicFields"):
            shown["DynamicField"] = self._fields(ticket, broken)
        readable = _on(params, "AllArticles") and "article" not in broken
        if readable and (articles := self._articles(caller, ticket, params)):
            shown["Article"] = articles
        return shown

    def _columns(self, ticket: Ticket) -> dict[str, Any]:
        known, clock = self._desk.catalog, self._desk.clock
        pending = ticket.pending_until
        shown = {
            "TicketID": ticket.id,
            "TicketNumber": ticket.number,
            "Title": ticket.title,
            "Queue": known.queues[ticket.queue].name,
            "QueueID": ticket.queue,
            "GroupID": known.queues[ticket.queue].group,
            "State": known.states[ticket.state].name,
            "StateID": ticket.state,
            "StateType": known.states[ticket.state].type,
            "Priority": known.priorities[ticket.priority],
            "PriorityID": ticket.priority,
            "Lock": ticket.lock,
            "LockID": known.lock_id(ticket.lock),
            "Owner": known.agents[ticket.owner].login,
            "OwnerID": ticket.owner,
            "Responsible": known.agents[ticket.responsible].login,
            "ResponsibleID": ticket.responsible,
            "Type": known.types[ticket.type],
            "TypeID": ticket.type,
            "ServiceID": ticket.service or "",
            "SLAID": ticket.sla or "",
            "CustomerID": ticket.customer,
            "CustomerUserID": ticket.customer_user,
            "Created": clock.text(ticket.created),
            "CreateBy": ticket.created_by,
            "Changed": clock.text(ticket.changed),
            "ChangeBy": ticket.changed_by,
            "Age": clock.now() - ticket.created,
            "ArchiveFlag": "n",
            "UnlockTimeout": ticket.unlock_timeout,
            "RealTillTimeNotUsed": pending,
            "UntilTime": pending - clock.now() if pending else 0,
            "TimeUnit": sum(one.time_unit for one in ticket.articles),
        }
        if ticket.service:
            shown["Service"] = known.services[ticket.service].name
        if ticket.sla:
            shown["SLA"] = known.slas[ticket.sla].name
        return shown

    def _extended(self, ticket: Ticket, broken: frozenset[str]) -> dict[str, Any]:
        shown = native.extended(ticket, self._desk.catalog, self._desk.clock)
        if "ticket_history" in broken:
            gone = ("FirstLock", "Closed", "SolutionInMin", "SolutionDiffInMin")
            return {key: value for key, value in shown.items() if key not in gone}
        return shown

    def _fields(self, ticket: Ticket, broken: frozenset[str]) -> list[dict[str, Any]]:
        """Every valid field, by name; unset is null, a multiselect always a list."""
        shown = []
        for name, field in sorted(self._desk.catalog.fields.items()):
            values = [] if "dynamic_field_value" in broken else ticket.fields.get(name, [])
            many = field.kind == "Multiselect"
            value: Any = (values if many else values[0]) if values else None
            shown.append({"Name": name, "Value": value})
        return shown

    def _articles(self, caller: Caller, ticket: Ticket, params: Params) -> list[dict[str, Any]]:
        senders = params.get("ArticleSenderType")
        allowed = senders if isinstance(senders, list) else [senders] if senders else None
        shown = [
            self._article(ticket, article, number)
            for number, article in enumerate(ticket.message_order(), start=1)
            if (caller.agent or article.visible) and (allowed is None or article.sender in allowed)
        ]
        if str(params.get("ArticleOrder", "")).upper() == "DESC":
            shown.reverse()
        limit = int(params.get("ArticleLimit") or 0)
        return shown[:limit] if limit else shown

    def _article(self, ticket: Ticket, article: Article, number: int) -> dict[str, Any]:
        clock = self._desk.clock
        mime, _, charset = article.content_type.partition("; charset=")
        shown = {
            "ArticleID": article.id,
            "ArticleNumber": number,
            "TicketID": ticket.id,
            "SenderType": article.sender,
            "SenderTypeID": str(SENDERS[article.sender]),
            "IsVisibleForCustomer": int(article.visible),
            "CommunicationChannelID": article.channel,
            "From": article.sender_address,
            "To": article.to,
            "Cc": article.cc,
            "Bcc": "",
            "ReplyTo": "",
            "Subject": article.subject,
            "Body": article.body,
            "ContentType": article.content_type,
            "MimeType": mime,
            "Charset": charset,
            "ContentCharset": charset,
            "CreateTime": clock.text(article.at),
            "CreateBy": article.by,
            "ChangeTime": clock.text(article.changed_at),
            "ChangeBy": article.changed_by,
            "IncomingTime": article.at,
            "MessageID": article.message_id,
            "InReplyTo": article.in_reply_to,
            "References": "",
            "TimeUnit": article.time_unit,
        }
        if self._desk.product == "znuny":
            names = {1: "Email", 2: "Phone", 3: "Internal", 4: "Chat"}
            shown["CommunicationChannel"] = names[article.channel]
        return shown

    # ------------------------------------------------------------------ TicketHistoryGet

    def histories(self, caller: Caller, params: Params, broken: frozenset[str]) -> dict[str, Any]:
        """Whole histories; here the message does name the bad id."""
        if caller.agent is None:
            raise RefusalError("TicketHistoryGet", "AuthFail", "User needs to an Agent!")
        shown = []
        for key in wanted_ids("TicketHistoryGet", params.get("TicketID")):
            ticket = self._access.readable(caller, key)
            if ticket is None or "ticket" in broken:
                message = f"User does not have access to the ticket {key}!"
                raise RefusalError("TicketHistoryGet", "AccessDenied", message)
            entries = [] if "ticket_history" in broken else ticket.ordered_history()
            shown.append({"TicketID": key, "History": [self._entry(one, key) for one in entries]})
        return {"TicketHistory": shown}

    def _entry(self, entry: Entry, ticket: Any) -> dict[str, Any]:
        return {
            "HistoryType": entry.type,
            "HistoryTypeID": HISTORY_TYPES[entry.type],
            "Name": entry.name,
            "CreateTime": self._desk.clock.text(entry.at),
            "CreateBy": entry.by,
            "ArticleID": entry.article,
            "TicketID": ticket,
            "QueueID": entry.queue,
            "StateID": entry.state,
            "PriorityID": entry.priority,
            "OwnerID": entry.owner,
            "TypeID": entry.ticket_type,
        }


def _on(params: Mapping[str, Any], name: str) -> bool:
    return str(params.get(name, "")) not in ("", "0", "False", "None")
