"""Who calls: sessions, passwords, and what a caller may read (facts 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .catalog import ROOT, Agent, CustomerUser
from .model import Ticket
from .people import Desk

MAX_AGE = 57_600
MAX_IDLE = 7_200

Params = Mapping[str, Any]


class RefusalError(Exception):
    """An operation's own error: HTTP 200 with ``Error``."""

    def __init__(self, operation: str, code: str, message: str, *, prefix: bool = True) -> None:
        text = f"{operation}: {message}" if prefix else message
        super().__init__(text)
        self.answer = {"Error": {"ErrorCode": f"{operation}.{code}", "ErrorMessage": text}}


class FaultError(Exception):
    """A failure while an operation ran: HTTP 500 with a fault text."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An agent, or a customer (who acts as root in the database)."""

    agent: Agent | None = None
    customer: CustomerUser | None = None

    @property
    def id(self) -> int:
        return self.agent.id if self.agent else ROOT

    @property
    def display(self) -> str:
        """The sender of an article that names none."""
        if self.customer:
            return self.customer.address
        return self.agent.name if self.agent else ""


@dataclass(slots=True)
class Session:
    caller: Caller
    began: int
    used: int


class Access:
    """Sessions and rights of one desk; sessions survive a restart of the server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sessions: dict[str, Session] = {}
        self._count = 0

    def expire_sessions(self) -> None:
        self._sessions.clear()

    def login(self, params: Params) -> str:
        """SessionCreate."""
        if not params.get("Password"):
            raise RefusalError(
                "SessionCreate", "MissingParameter", "Password parameter is missing!"
            )
        caller = self._by_password(params)
        if caller is None:
            raise RefusalError("SessionCreate", "AuthFail", "Authorization failing!")
        self._count += 1
        key = f"SESSION{self._count:025d}"
        now = self._desk.clock.now()
        self._sessions[key] = Session(caller, now, now)
        return key

    def _by_password(self, params: Params) -> Caller | None:
        known, password = self._desk.catalog, params.get("Password")
        for agent in known.agents.values():
            if agent.login == params.get("UserLogin") and agent.password == password:
                return Caller(agent=agent)
        customer = known.customers.get(str(params.get("CustomerUserLogin")))
        matches = customer is not None and customer.password == password
        return Caller(customer=customer) if matches else None

    def session(self, key: str) -> Session | None:
        """A live session; using it keeps it alive."""
        found = self._sessions.get(key)
        now = self._desk.clock.now()
        if found is None:
            return None
        if now - found.began > MAX_AGE or now - found.used > MAX_IDLE:
            del self._sessions[key]
            return None
        found.used = now
        return found

    def caller(self, params: Params) -> Caller | None:
        if key := params.get("SessionID"):
            session = self.session(str(key))
            return session.caller if session else None
        return self._by_password(params)

    def reader(self, operation: str, params: Params) -> Caller:
        caller = self.caller(params)
        if caller is None:
            raise RefusalError(operation, "AuthFail", "Authorization failing!")
        return caller

    def writer(self, operation: str, params: Params) -> Caller:
        if not any(params.get(key) for key in ("UserLogin", "CustomerUserLogin", "SessionID")):
            message = "UserLogin, CustomerUserLogin or SessionID is required!"
            raise RefusalError(operation, "MissingParameter", message)
        if not params.get("SessionID") and not params.get("Password"):
            message = "Password or SessionID is required!"
            raise RefusalError(operation, "MissingParameter", message)
        caller = self.caller(params)
        if caller is None:
            raise RefusalError(operation, "AuthFail", "User could not be authenticated!")
        return caller

    def may(self, caller: Caller, ticket: Ticket, right: str = "ro") -> bool:
        """Customers may read and answer what belongs to their company."""
        if caller.customer:
            return right in ("ro", "note", "rw") and ticket.customer == caller.customer.company
        group = self._desk.catalog.queues[ticket.queue].group
        return caller.agent is not None and caller.agent.may(right, group)

    def readable(self, caller: Caller, key: Any) -> Ticket | None:
        """The ticket of an id as the request names it; None: not there, or not for you."""
        text = str(key)
        ticket = self._desk.acts.tickets.get(int(text)) if text.isdecimal() else None
        return ticket if ticket is not None and self.may(caller, ticket) else None


def session_data(session: Session, desk: Desk) -> list[dict[str, Any]]:
    """SessionGet, with the keys by which an agent finds itself."""
    began = session.began
    pairs = {
        "ChangeTime": desk.clock.text(began),
        "CreateTime": desk.clock.text(began),
        "SessionSource": "GenericInterface",
        "UserLastRequest": str(session.used),
        "UserRemoteAddr": "127.0.0.1",
        "UserSessionStart": str(began),
        "UserTitle": None,
        "ValidID": "1",
    }
    agent, customer = session.caller.agent, session.caller.customer
    if agent:
        pairs |= {
            "UserID": str(agent.id),
            "UserLogin": agent.login,
            "UserFirstname": agent.first,
            "UserLastname": agent.last,
            "UserFullname": agent.name,
            "UserType": "User",
            "UserEmail": f"{agent.login}@desk.example",
        }
    if customer:
        pairs |= {
            "UserLogin": customer.login,
            "UserID": customer.login,
            "UserType": "Customer",
            "UserCustomerID": customer.company,
        }
    return [{"Key": key, "Value": value} for key, value in pairs.items()]
