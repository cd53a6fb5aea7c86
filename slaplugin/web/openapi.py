"""The OpenAPI 3.1 document of the web surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slaplugin import __version__
from slaplugin.web.schemas import SCHEMAS

Json = dict[str, Any]

LIMITS: Mapping[str, tuple[int, int, int]] = {
    "status": (1, 5000, 500),
    "cycles": (1, 50, 20),
}
"""Parameter ``limit`` of a page: least, most, default."""

_ACCESS: list[Json] = [{}, {"bearer": []}, {"login": []}, {"proxy": []}]
"""Any one of them; the first, nothing at all, counts on loopback without a token."""


def document() -> Json:
    """Every route for machines, with what it takes and each answer it can give."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "slaplugin",
            "version": __version__,
            "description": "Probes, metrics and clocks of a running daemon. Read-only: what comes "
            "in by a web hook is a ticket's id, as a hint to read that ticket now.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": _paths(),
        "components": {"schemas": SCHEMAS, "securitySchemes": _SCHEMES},
    }


_SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The setting web_token."},
    "login": {
        "type": "http",
        "scheme": "basic",
        "description": "For browsers: any user name, web_token as the password.",
    },
    "proxy": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Forwarded-User",
        "description": "The header that web_trusted_header names, from a trusted proxy alone.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Hub-Signature",
        "description": "sha1= and the HMAC-SHA1 of the raw body under webhook_secret.",
    },
    "secret": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Slaplugin-Secret",
        "description": "The setting webhook_secret.",
    },
}


def _paths() -> Json:
    return {
        "/healthz": {"get": _get("alive", "Whether the process answers", "Alive", security=[])},
        "/readyz": {"get": _ready()},
        "/metrics": {"get": _metrics()},
        "/api/v1/status": {"get": _status()},
        "/api/v1/tickets/{ticket}": {"get": _ticket()},
        "/api/v1/health": {"get": _get("health", "How the daemon is doing", "Health")},
        "/api/v1/cycles": {"get": _cycles()},
        "/openapi.json": {"get": _get("openapi", "This document", "Document")},
        **_pages(),
        "/webhook/zammad": {"post": _webhook("zammad", "A trigger of Zammad", "signature")},
        "/webhook/otrs": {"post": _webhook("otrs", "An invoker of the OTRS family", "secret")},
        "/webhook/rt": {"post": _webhook("rt", "A scrip of Request Tracker", "secret")},
    }


def _pages() -> Json:
    """The pages for people; what makes no sense in their addresses counts as not said."""
    number = _named("id", "Number or id of a ticket.", maxLength=64)
    file = _named("name", "Name of a style or script.")
    return {
        "/": {"get": _page("wallboard", "The wallboard", "text/html", _CHOICES)},
        "/board.json": {"get": _page("board", "The same as data", "application/json", _CHOICES)},
        "/tickets/{id}": {"get": _page("page", "One ticket explained", "text/html", [number])},
        "/static/{name}": {"get": _page("file", "What the pages need", "*/*", [file])},
    }


def _page(name: str, summary: str, kind: str, parameters: Sequence[Json]) -> Json:
    said = _get(name, summary, "Error", parameters=parameters)
    page: Json = {kind: {}, "text/html": {}, "text/plain": {}, "application/json": {}}
    told = {"200": "The page.", "304": "As before.", "404": "Nobody knows it.", "503": "Not now."}
    answers = {status: {"description": text, "content": page} for status, text in told.items()}
    answers["304"].pop("content")
    return {**said, "responses": {**_refusals(401, 403, 421, 500), **answers}}


def _named(name: str, text: str, **more: Any) -> Json:
    schema = {"type": "string", "minLength": 1, **more}
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _query(name: str, schema: Json, text: str) -> Json:
    return {"name": name, "in": "query", "description": text, "schema": schema}


_NAMES: Json = {"type": "array", "items": {"type": "string"}}
_CHOICES: Sequence[Json] = (
    _query("group", _NAMES, "Only these groups."),
    _query("policy", _NAMES, "Only these policies."),
    _query("clock", _NAMES, "Only these clocks."),
    _query("only", {"enum": ["at_risk", "breached"]}, "Only clocks that stand so."),
    _query("view", {"enum": ["wall"]}, "For a screen on the wall."),
    _query("theme", {"enum": ["light", "dark"]}, "Other than the reader's system."),
    _query("show", {"type": "integer"}, "So many lines of each list."),
)


def _get(
    name: str,
    summary: str,
    schema: str,
    *,
    parameters: Sequence[Json] = (),
    security: Sequence[Json] | None = None,
) -> Json:
    checked = security is None
    errors = (400, 401, 403, 421, 500, 503) if checked else (500, 503)
    return {
        "operationId": name,
        "summary": summary,
        "security": list(_ACCESS) if checked else list(security or ()),
        "parameters": list(parameters),
        "responses": {"200": _answer("As asked.", schema), **_refusals(*errors)},
    }


def _ready() -> Json:
    said = _get("ready", "Whether the work is being done", "Ready", security=_ACCESS)
    said["responses"]["503"] = _answer("It is not, and why.", "Ready")
    return said | {"responses": {**said["responses"], **_refusals(421)}}


def _metrics() -> Json:
    said = _get("metrics", "Metrics for Prometheus", "Alive")
    page = {"text/plain": {"schema": {"type": "string"}}}
    said["responses"]["200"] = {"description": "Prometheus' text format.", "content": page}
    return said


def _status() -> Json:
    everything = _query("all", {"type": "boolean", "default": False}, "Every open clock.")
    return _get(
        "status",
        "The clocks at risk and breached, most urgent first",
        "Status",
        parameters=[everything, _limit("status")],
    )


def _ticket() -> Json:
    name = _named("ticket", "Number or id.", maxLength=64)
    said = _get("ticket", "One ticket explained, as the store has it", "Ticket", parameters=[name])
    said["responses"] |= _refusals(404)
    return said


def _cycles() -> Json:
    return _get(
        "cycles", "The latest cycles, newest first", "Cycles", parameters=[_limit("cycles")]
    )


def _webhook(name: str, summary: str, scheme: str) -> Json:
    content: Json = {"application/json": {"schema": _ref("Hook")}}
    if scheme == "secret":
        content["application/x-www-form-urlencoded"] = {"schema": _ref("HookForm")}
    delivery = {
        "name": "X-Zammad-Delivery",
        "in": "header",
        "description": "The same on retries; what was delivered before is answered and ignored.",
        "schema": {"type": "string"},
    }
    return {
        "operationId": f"{name}_webhook",
        "summary": f"{summary}: a hint to read a ticket now",
        "security": [{scheme: []}] if scheme == "signature" else [{scheme: []}, {"bearer": []}],
        "parameters": [delivery] if scheme == "signature" else [],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": _answer("Taken.", "Hint"),
            **_refusals(400, 401, 404, 408, 413, 500, 503),
        },
    }


def _limit(page: str) -> Json:
    least, most, default = LIMITS[page]
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return _query("limit", schema, "At most so many.")


_REFUSALS = {
    400: "The parameters or the payload cannot be understood.",
    401: "Nothing, or the wrong thing, was shown.",
    403: "Only who comes by the reverse proxy is let in: no web_token is set.",
    404: "There is no such thing, or web hooks are off.",
    408: "The body did not come in time.",
    413: "The body is longer than 4 MB.",
    421: "The name in Host is not ours.",
    500: "It failed; the log says why.",
    503: "Not now: the store cannot be read, or too much is asked.",
}


def _refusals(*statuses: int) -> Json:
    return {str(status): _answer(_REFUSALS[status], "Error") for status in statuses}


def _answer(text: str, schema: str) -> Json:
    return {"description": text, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
