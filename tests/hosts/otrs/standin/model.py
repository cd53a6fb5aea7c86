"""What the stand-in keeps about a ticket. Instants are UTC epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

CLOSED_TYPES = ("closed", "merged", "removed")
"""State types in which no native clock runs."""

NAME_LIMIT = 200
"""Longer history names are cut."""

HISTORY_TYPES = {
    "NewTicket": 1,
    "FollowUp": 2,
    "SendAutoReject": 3,
    "SendAutoReply": 4,
    "SendAutoFollowUp": 5,
    "Forward": 6,
    "Bounce": 7,
    "SendAnswer": 8,
    "SendAgentNotification": 9,
    "SendCustomerNotification": 10,
    "EmailAgent": 11,
    "EmailCustomer": 12,
    "PhoneCallAgent": 13,
    "PhoneCallCustomer": 14,
    "AddNote": 15,
    "Move": 16,
    "Lock": 17,
    "Unlock": 18,
    "Remove": 19,
    "TimeAccounting": 20,
    "CustomerUpdate": 21,
    "PriorityUpdate": 22,
    "OwnerUpdate": 23,
    "LoopProtection": 24,
    "Misc": 25,
    "SetPendingTime": 26,
    "StateUpdate": 27,
    "TicketDynamicFieldUpdate": 28,
    "WebRequestCustomer": 29,
    "TicketLinkAdd": 30,
    "TicketLinkDelete": 31,
    "SystemRequest": 32,
    "Merged": 33,
    "ResponsibleUpdate": 34,
    "Subscribe": 35,
    "Unsubscribe": 36,
    "TypeUpdate": 37,
    "ServiceUpdate": 38,
    "SLAUpdate": 39,
    "ArchiveFlagUpdate": 40,
    "EscalationSolutionTimeStop": 41,
    "EscalationResponseTimeStart": 42,
    "EscalationUpdateTimeStart": 43,
    "EscalationSolutionTimeStart": 44,
    "EscalationResponseTimeStop": 48,
    "EscalationUpdateTimeStop": 49,
    "TitleUpdate": 50,
    "EmailResend": 51,
}

CHANNELS = {"Email": 1, "Phone": 2, "Internal": 3, "Chat": 4}
SENDERS = {"agent": 1, "system": 2, "customer": 3}


@dataclass(slots=True)
class Entry:
    """One history entry; the ids are a snapshot of the ticket."""

    type: str
    name: str
    at: int
    by: int
    article: int
    queue: int
    state: int
    priority: int
    owner: int
    ticket_type: int
    sequence: int


@dataclass(slots=True)
class Article:
    id: int
    sender: str
    visible: bool
    channel: int
    at: int
    by: int
    changed_at: int
    changed_by: int
    subject: str = ""
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    sender_address: str = ""
    to: str = ""
    cc: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    time_unit: int = 0


@dataclass(slots=True)
class Due:
    """The native clocks of the ticket row; 0: not running."""

    response: int = 0
    update: int = 0
    solution: int = 0


@dataclass(slots=True)
class Ticket:
    id: int
    number: str
    title: str
    queue: int
    state: int
    priority: int
    type: int
    customer: str
    customer_user: str
    created: int
    created_by: int
    changed: int
    changed_by: int
    owner: int = 1
    responsible: int = 1
    lock: str = "unlock"
    service: int | None = None
    sla: int | None = None
    pending_until: int = 0
    unlock_timeout: int = 0
    fields: dict[str, list[str]] = field(default_factory=dict)
    articles: list[Article] = field(default_factory=list)
    history: list[Entry] = field(default_factory=list)
    watchers: list[int] = field(default_factory=list)
    due: Due = field(default_factory=Due)

    def ordered_history(self) -> list[Entry]:
        """As the API sorts it: by second, then by insertion."""
        return sorted(self.history, key=lambda entry: (entry.at, entry.sequence))

    def message_order(self) -> list[Article]:
        return sorted(self.articles, key=lambda article: article.id)
