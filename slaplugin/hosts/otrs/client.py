"""The operations of the web service that the adapter calls, one method each (facts 2 to 6, 9).

Reads are POST requests with the session in the body. The HTTP status tells little here: a refusal
is a 200 with an ``Error``, a failure inside an operation a 500 with a sentence; both leave this
module as errors of :mod:`slaplugin.app.errors`. No password and no session id is in any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from slaplugin.app.errors import (
    ConfigurationError,
    HostError,
    HostPermanentError,
    HostTemporaryError,
)
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.http import Call, Transport
from slaplugin.hosts.otrs import discretion
from slaplugin.hosts.otrs.routes import Routes
from slaplugin.hosts.otrs.wire import Record, text
from slaplugin.hosts.refusals import BrokenError, RefusedError, TroubleError

_STATUS: Mapping[str, int] = {
    "AuthFail": 401,
    "SessionInvalid": 401,
    "AccessDenied": 403,
    "InvalidParameter": 422,
    "MissingParameter": 422,
    "WrongStructure": 422,
}
"""The status that the host would have answered if it used them."""

_NO_ROUTE = "Error while determine Operation"
_EXPIRED = frozenset({"AuthFail", "SessionInvalid"})
_TIME_HOLDS = 60.0
"""Seconds for which a time that the host has told is carried on by our own clock."""


class OperationError(HostPermanentError):
    """The host answered 200 with an ``Error``; ``code`` is its last word (``AccessDenied``)."""

    def __init__(self, operation: str, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(
            f"{operation} was refused ({code}): {reason}", status=_STATUS.get(code, 400)
        )


class FaultError(HostTemporaryError):
    """The host failed inside an operation: what it did before stays done (facts 9)."""

    def __init__(self, operation: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"{operation} failed on the helpdesk: {reason or 'no reason given'}; the next cycle "
            "reads the ticket again and tries again",
            status=500,
        )


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are for the host: an agent account of its own (facts 1)."""

    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class OperationCall(Call):
    """A request whose path may hold the session: it shows as its operation."""

    operation: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.operation}"


class Client:
    """Typed calls over one transport; logs in when the first call needs it."""

    def __init__(self, transport: Transport, routes: Routes, login: Login) -> None:
        self.transport = transport
        self.routes = routes
        self._login = login
        self._session: str | None = None
        self._reached = False
        self._me: Mapping[str, str] | None = None

    @property
    def site(self) -> str:
        """The helpdesk's address, for links to tickets."""
        return self.routes.site

    # ---------------------------------------------------------------- any operation

    def call(self, operation: str, body: Mapping[str, Any], *, repeatable: bool = True) -> Record:
        """The answer of an operation; ``body`` comes without the session.

        An expired session is renewed once. Raises OperationError for a refusal, FaultError for a
        failure inside the operation and what the transport raises. ``repeatable``: sending it
        twice does the same as sending it once.
        """
        fresh = self._session is None
        try:
            return self._with_session(operation, body, repeatable=repeatable)
        except OperationError as refused:
            if refused.code not in _EXPIRED or fresh:
                raise _not_let_in(refused) from None
        self._session = None
        try:
            return self._with_session(operation, body, repeatable=repeatable)
        except OperationError as refused:
            raise _not_let_in(refused) from None

    def _with_session(self, operation: str, body: Mapping[str, Any], *, repeatable: bool) -> Record:
        if self._session is None:
            self._session = self._log_in()
        return self._send(operation, {"SessionID": self._session, **body}, repeatable=repeatable)

    def _log_in(self) -> str:
        body = {"UserLogin": self._login.user, "Password": self._login.password.reveal()}
        answer = self._send("SessionCreate", body, repeatable=True)
        session = text(answer.get("SessionID"))
        discretion.keep(session)
        if not session:
            raise HostTemporaryError(
                "SessionCreate gave no session; the next cycle tries again. Check that "
                "routes.SessionCreate leads to an operation of the type Session::SessionCreate"
            )
        return session

    def _send(self, operation: str, values: Mapping[str, Any], *, repeatable: bool) -> Record:
        route = self.routes.table[operation]
        path = self.routes.path(operation, values)
        body = None if route.method == "GET" else route.without_captured(values)
        call = OperationCall(
            route.method, path, body=body, repeatable=repeatable, operation=operation
        )
        try:
            data = self.transport.send(call).data
        except HostError as error:
            raise self._without_secrets(self._explained(operation, error)) from None
        self._reached = True
        self._hear_the_time()
        return self._checked(operation, data)

    def _hear_the_time(self) -> None:
        """Behind Apache the interface writes its own headers, and no Date is among them (seen on
        Znuny 6.5): then the agents' page tells the time. Where it does not, our own clock counts.
        """
        with suppress(HostError):
            self.transport.keep_time(Call("HEAD", "index.pl"), _TIME_HOLDS)

    def _checked(self, operation: str, data: Any) -> Record:
        if not isinstance(data, dict):
            raise HostTemporaryError(
                f"{operation} was answered with {type(data).__name__} instead of an object; check "
                "that url and routes lead to the helpdesk's web service"
            )
        error = data.get("Error")
        if isinstance(error, dict):
            code = text(error.get("ErrorCode")).rpartition(".")[2]
            refused = OperationError(operation, code, text(error.get("ErrorMessage")))
            raise self._without_secrets(refused)
        return data

    # ---------------------------------------------------------------- what went wrong

    def _explained(self, operation: str, error: HostError) -> HostError:
        where = f"{operation} at {self.routes.site}/{self.routes.prefix}"
        if isinstance(error, TroubleError) and _NO_ROUTE in error.reason:
            return HostPermanentError(
                f"{where}: the web service has no such route; import the definition that ships "
                f"with slaplugin, or set routes.{operation} to what its admin chose"
            )
        if isinstance(error, TroubleError) and error.status == 500 and not error.reason:
            return self._nothing_there(where, error, "answered 500 and not a word")
        if isinstance(error, BrokenError):
            return self._nothing_there(where, error, "closed the connection without an answer")
        if isinstance(error, TroubleError) and error.status == 500 and _own_words(error.reason):
            return FaultError(operation, error.reason)
        if isinstance(error, RefusedError) and error.status is not None and error.status < 400:
            return HostPermanentError(
                f"{where}: this leads to another page ({error.reason.partition('?')[0]}), not to a "
                "web service; set url like https://helpdesk.example.org/otobo (or /otrs, /znuny)",
                status=error.status,
            )
        return error

    def _nothing_there(self, where: str, error: HostError, said: str) -> HostError:
        """An unknown web service answers 500 with nothing at all (facts 2), behind Apache not even
        that (seen on Znuny 6.5), nor does any while the database is down; so may a proxy."""
        if self._reached:
            return error
        return HostTemporaryError(
            f"{where}: the helpdesk {said}, as it does while its database is down, where no web "
            "service of this name exists, or where its transport cannot be loaded (the Perl module "
            "REST::Client is missing). If that stays: import the definition that ships with "
            "slaplugin under that name, or set routes.webservice to yours",
            status=500,
        )

    def _without_secrets(self, error: HostError) -> HostError:
        """Hosts and proxies repeat in their texts what they were sent."""
        message = str(error)
        for secret in (self._session, self._login.password.reveal()):
            if secret:
                message = message.replace(secret, "…")
        error.args = (message,)
        return error

    # ---------------------------------------------------------------- the account

    def me(self) -> Mapping[str, str]:
        """The session's data: ``UserID``, ``UserLogin``, ``UserFullname`` … (facts 3)."""
        if self._me is None:
            rows = self.call("SessionGet", {}).get("SessionData")
            if not isinstance(rows, list):
                raise HostTemporaryError("SessionGet told nothing; the next cycle tries again")
            self._me = {text(row.get("Key")): text(row.get("Value")) for row in rows}
        return self._me

    # ---------------------------------------------------------------- tickets

    def search(self, criteria: Mapping[str, Any]) -> list[str]:
        """Ids of tickets, in the order asked for. Beware: no id is also the answer to most
        mistakes and to a failing database (facts 4)."""
        found = self.call("TicketSearch", criteria).get("TicketID")
        if found is None:
            return []
        return [text(one) for one in (found if isinstance(found, list) else [found])]

    def tickets(
        self, ids: Sequence[str], *, articles: bool = True, extended: bool = True
    ) -> list[Record]:
        """Tickets in the order asked, with custom fields. One unreadable id fails all of them
        (OperationError ``AccessDenied``); twice named ones come twice."""
        body: dict[str, Any] = {"TicketID": _ids(ids), "DynamicFields": 1}
        if extended:
            body["Extended"] = 1
        if articles:
            body |= {"AllArticles": 1, "Attachments": 0}
        return _records(self.call("TicketList", body).get("Ticket"))

    def notes(self, ticket_id: str) -> list[Record]:
        """Messages of the system, with their texts: ours are among them."""
        body = {
            "TicketID": _ids([ticket_id]),
            "AllArticles": 1,
            "ArticleSenderType": ["system"],
            "Attachments": 0,
        }
        found = _records(self.call("TicketList", body).get("Ticket"))
        return _records(found[0].get("Article")) if found else []

    def histories(self, ids: Sequence[str]) -> dict[str, list[Record]]:
        """History entries of tickets, by ticket id. One unreadable id fails all of them."""
        body = {"TicketID": _ids(ids)}
        rows = _records(self.call("TicketHistoryList", body).get("TicketHistory"))
        return {text(row.get("TicketID")): _records(row.get("History")) for row in rows}

    def update(self, ticket_id: str, parts: Mapping[str, Any]) -> Record:
        """Change a ticket: ``parts`` are ``Ticket``, ``DynamicField`` and ``Article`` (facts 9).

        Repeated on a broken connection only without an article. Not atomic: after a FaultError a
        part may be done.
        """
        body = {"TicketID": ticket_id, **parts}
        return self.call("TicketUpdate", body, repeatable="Article" not in parts)


def login_of(config: HostConfig) -> Login:
    """The account of the settings; ConfigurationError where it is incomplete."""
    if config.user is None or config.password is None:
        raise ConfigurationError(
            "no credentials for the helpdesk: set user and password of an agent account of its own "
            "(SLAPLUGIN_USER, SLAPLUGIN_PASSWORD, SLAPLUGIN_PASSWORD_FILE); this family of "
            "helpdesks has no tokens"
        )
    return Login(config.user, config.password)


def _not_let_in(refused: OperationError) -> OperationError | HostPermanentError:
    if refused.code not in _EXPIRED:
        return refused
    return HostPermanentError(
        f"the helpdesk does not let us in ({refused.reason}): check the settings user and "
        "password, and that the account is a valid agent",
        status=401,
    )


def _records(found: Any) -> list[Record]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _ids(ids: Sequence[str]) -> list[int | str]:
    """Ids as numbers; what is none goes as it is, and the host denies it."""
    return [int(one) if one.isdecimal() else one for one in ids]


def _own_words(reason: str) -> bool:
    """A fault of an operation, unlike the web server's own ``Internal Server Error``."""
    return reason != "Internal Server Error"
