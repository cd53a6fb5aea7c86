"""Where the operations of the web service are: its admin chose routes and methods (facts 1).

The settings ``routes.*`` name, per operation, ``"METHOD /path"`` (or only ``"/path"``, or a table
of ``path`` and ``method``); ``:Name`` in a path is filled from the value of that name. What they
leave out is as in the definition that ships with the product (:func:`definition`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import quote

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import base_address

DEFAULT_WEBSERVICE = "SLA"
"""Name under which the shipped definition is imported."""

_METHODS = ("POST", "PUT", "PATCH", "GET")
_SCRIPT = "nph-genericinterface.pl"
_INTERFACE = re.compile(rf"/{re.escape(_SCRIPT)}/(?:Webservice/[^/]+|WebserviceID/\d+)$")
_OTHER_PAGE = re.compile(rf"/(?:index|customer|public|{_SCRIPT[:-3]})\.pl(?:/Webservice)?$")
_TEXT = re.compile(r"(?:(?P<method>[A-Za-z]+)\s+)?(?P<path>/\S+)")
_CAPTURE = re.compile(r":(\w+)")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's method and path (below the web service, with ``:Name`` captures)."""

    method: str
    path: str

    def filled(self, values: Mapping[str, Any]) -> str:
        """The path with its captures filled; a list of ids becomes ``1,2,3`` (facts 5)."""
        return _CAPTURE.sub(lambda found: _segment(values.get(found[1], "")), self.path)

    def without_captured(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that are left for the body: what the path says overrides it (facts 1)."""
        captured = set(_CAPTURE.findall(self.path))
        return {name: value for name, value in values.items() if name not in captured}


OPERATIONS: Mapping[str, Route] = {
    "SessionCreate": Route("POST", "/Session"),
    "SessionGet": Route("GET", "/Session/:SessionID"),
    "TicketSearch": Route("POST", "/TicketSearch"),
    "TicketList": Route("POST", "/TicketList"),
    "TicketHistoryList": Route("POST", "/TicketHistoryList"),
    "TicketUpdate": Route("PATCH", "/Ticket/:TicketID"),
}
"""What is called and where, by the operation names of the shipped definition."""

_ALIASES: Mapping[str, str] = {
    "ticketget": "TicketList",
    "tickethistoryget": "TicketHistoryList",
    **{name.lower(): name for name in OPERATIONS},
}
"""Settings may also say the operation's type."""


@dataclass(frozen=True, slots=True)
class Routes:
    """The web service: ``site`` is the helpdesk's address, ``prefix`` leads on to the service."""

    site: str
    """``https://HOST/otobo``, for links to tickets; without a trailing slash."""
    prefix: str
    """``nph-genericinterface.pl/Webservice/SLA``."""
    table: Mapping[str, Route]

    def path(self, operation: str, values: Mapping[str, Any]) -> str:
        """The path of an operation below the site."""
        return self.prefix + self.table[operation].filled(values)


def definition() -> str:
    """The web service definition that an admin imports, as YAML text."""
    return _shipped("webservice.yml")


def hook_definition() -> str:
    """A web service whose invoker tells us of changed tickets, as YAML text."""
    return _shipped("webhook.yml")


def _shipped(name: str) -> str:
    return resources.files("slaplugin.hosts.otrs").joinpath(name).read_text(encoding="utf-8")


def routes_of(config: HostConfig) -> Routes:
    """Address and routes from the settings; ConfigurationError with every mistake in them.

    ``url`` is the helpdesk's address (``https://HOST/otobo``, ``…/otrs``, ``…/znuny``), completed
    by ``routes.webservice``, or the whole ``…/nph-genericinterface.pl/Webservice/SLA``.
    """
    wanted = dict(config.routes)
    name = wanted.pop("webservice", None)
    site, prefix = _split(base_address(config.url), name)
    problems: list[Problem] = []
    table = dict(OPERATIONS)
    for key, value in wanted.items():
        operation = _ALIASES.get(str(key).lower())
        if operation is None:
            allowed = ", ".join(("webservice", *OPERATIONS))
            problems.append(_problem(key, "there is no such operation", f"allowed are {allowed}"))
            continue
        route = _route(operation, key, value)
        if isinstance(route, Problem):
            problems.append(route)
        else:
            table[operation] = route
    if problems:
        raise ConfigurationError(problems)
    return Routes(site, prefix, table)


def _split(address: str, name: Any) -> tuple[str, str]:
    found = _INTERFACE.search(address)
    if found is None:
        service = quote(str(name or DEFAULT_WEBSERVICE), safe="")
        return _OTHER_PAGE.sub("", address), f"{_SCRIPT}/Webservice/{service}"
    if name is not None:
        raise ConfigurationError(
            [_problem("webservice", "url names the web service already", "leave one of them out")]
        )
    return address[: found.start()], found[0][1:]


def _route(operation: str, key: Any, value: Any) -> Route | Problem:
    method, path = _parts(value)
    default = OPERATIONS[operation]
    method = (method or default.method).upper()
    if path is None or not path.startswith("/"):
        return _problem(key, f"{value!r} is no route", f'write it like "{_shown(default)}"')
    if method not in _METHODS:
        return _problem(key, f"{method} is no method", f"allowed are {', '.join(_METHODS)}")
    if method == "GET" and operation != "SessionGet":
        return _problem(
            key,
            "with GET the session would stand in the address and so in every access log",
            "let the web service take POST on this route",
        )
    if method == "GET" and ":SessionID" not in path:
        return _problem(key, "GET needs :SessionID in the path", f'as in "{_shown(default)}"')
    return Route(method, path)


def _parts(value: Any) -> tuple[str | None, str | None]:
    if isinstance(value, Mapping):
        method, path = value.get("method"), value.get("path")
        if set(value) - {"method", "path"}:
            return None, None
        return method and str(method), path and str(path)
    found = _TEXT.fullmatch(str(value).strip())
    return (found["method"], found["path"]) if found else (None, None)


def _segment(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return quote(text, safe=",")


def _shown(route: Route) -> str:
    return f"{route.method} {route.path}"


def _problem(key: Any, message: str, hint: str) -> Problem:
    return Problem(message, path=f"routes.{key}", hint=hint)
