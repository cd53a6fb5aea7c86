"""Answers and failures put into sentences: what was asked, what came, what to do.

Refusals keep the host's own reason, since a 403 has several meanings that only the caller can
tell apart (a permission, a group, a lost header, maintenance).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import requests
from urllib3.exceptions import NameResolutionError, ReadTimeoutError

from slaplugin.app.errors import HostError, HostPermanentError, HostTemporaryError
from slaplugin.app.httptimes import asked_to_wait

if TYPE_CHECKING:
    from slaplugin.hosts.http import Call

_TIMEOUTS = (requests.exceptions.Timeout, ReadTimeoutError)
"""A timeout of a repeated request comes wrapped in a ConnectionError."""
_LONGEST = 300


class RefusedError(HostPermanentError):
    """The host said no; ``reason`` is its own text (may be empty).

    ``by_host`` is False for a page or a text that something in front of the helpdesk may have sent.
    """

    def __init__(self, message: str, *, status: int, reason: str, by_host: bool = False) -> None:
        self.reason = reason
        self.by_host = by_host
        super().__init__(message, status=status)


class TroubleError(HostTemporaryError):
    """A 5xx; ``reason`` is the host's own text (may be empty): some refuse values this way."""

    def __init__(
        self, message: str, *, status: int, reason: str, retry_after: float | None = None
    ) -> None:
        self.reason = reason
        super().__init__(message, status=status, retry_after=retry_after)


class BrokenError(HostTemporaryError):
    """The connection ended before the answer was whole, perhaps before it began."""


def refusal(call: Call, base: str, response: requests.Response, content: bytes) -> HostError:
    """The error for an answer that is neither 2xx nor 304."""
    status = response.status_code
    reason = reason_of(content)
    said = f"{call} at {base} was answered {status}" + (f": {reason}" if reason else "")
    if status == 429:
        return HostTemporaryError(
            f"{said}; too many requests, the next cycle tries again",
            status=status,
            retry_after=asked_to_wait(response.headers),
        )
    if status == 403 and "maintenance" in reason.lower():
        return HostTemporaryError(
            f"{said}; the helpdesk lets nobody but administrators in, the next cycle tries again",
            status=status,
        )
    if status >= 500 or status == 408:
        page = " (an HTML page)" if _is_html(content) else ""
        return TroubleError(
            f"{said}{page}; the helpdesk is in trouble or restarting, the next cycle tries again"
            f"{_request_id(response)}",
            status=status,
            reason=reason,
            retry_after=asked_to_wait(response.headers),
        )
    if 300 <= status < 400:
        where = response.headers.get("Location", "elsewhere")
        return RefusedError(
            f"{said}: it points to {where}; set url to the address that answers itself",
            status=status,
            reason=where,
        )
    return RefusedError(
        f"{said}; {_remedy(status, reason, content)}{_request_id(response)}",
        status=status,
        reason=reason,
        by_host=content.lstrip()[:1] == b"{",
    )


def _remedy(status: int, reason: str, content: bytes) -> str:
    if status == 401:
        return "the token or password is wrong or expired: make a new one and set token"
    if status == 403:
        return _remedy_of_403(reason, content)
    if status == 404 and _is_html(content):
        return "no helpdesk API is at this address: check url"
    if status == 404:
        return "it does not exist there (any more)"
    if status == 422:
        return "the helpdesk does not accept these values"
    return "the request is not accepted"


def _remedy_of_403(reason: str, content: bytes) -> str:
    """A 403 has several meanings (live facts 1); a text in another language gets the usual one."""
    if reason.startswith("Authentication required"):
        return "the credentials did not arrive: a proxy before the helpdesk may take them away"
    if _is_html(content):
        return "this page is not the helpdesk's: a proxy or firewall before it does not let us in"
    who = {"(token)": "the token", "(user)": "the account"}
    lacking = next(
        (name for mark, name in who.items() if mark in reason), "the account or its token"
    )
    return f"{lacking} lacks a permission: slaplugin doctor lists each one needed"


def broken_answer(
    call: Call, base: str, response: requests.Response, content: bytes
) -> HostTemporaryError:
    """A 2xx whose body is no JSON: HTML of a proxy, or half an answer."""
    if _is_html(content):
        came = "an HTML page instead of JSON"
        remedy = "check that url points at the helpdesk itself and not at a login or proxy page"
    else:
        came = f"half an answer or no JSON ({len(content)} bytes)"
        remedy = "nothing was saved from it, the next cycle tries again"
    return HostTemporaryError(
        f"{call} at {base} was answered {response.status_code} with {came}; {remedy}"
        f"{_request_id(response)}",
        status=response.status_code,
    )


def unreachable(call: Call, base: str, error: requests.RequestException) -> HostError:
    """The error for a request that got no whole answer."""
    asked = f"{call} at {base}"
    if isinstance(error, requests.exceptions.SSLError):
        return _untrusted(asked, error)
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return HostPermanentError(f"{asked}: this is no usable address; check url")
    if any(isinstance(cause, NameResolutionError) for cause in _causes(error)):
        return HostTemporaryError(
            f"{asked}: the name of the helpdesk cannot be resolved; check url and the network"
        )
    if any(isinstance(cause, _TIMEOUTS) for cause in _causes(error)):
        return HostTemporaryError(f"{asked}: no answer in time; the next cycle tries again")
    if any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error)):
        return HostTemporaryError(
            f"{asked}: the connection was refused; check url, or the helpdesk is down"
        )
    return BrokenError(
        f"{asked}: the connection broke before the answer was whole ({type(error).__name__}); "
        "the next cycle tries again"
    )


def reason_of(content: bytes) -> str:
    """The host's own words in an error answer; empty for HTML or nothing."""
    try:
        data = msgspec.json.decode(content)
    except msgspec.DecodeError:
        text = content.decode("utf-8", "replace").strip()
        return "" if _is_html(content) else text[:_LONGEST]
    if not isinstance(data, dict):
        return ""
    reason = data.get("error_human") or data.get("error") or data.get("faultstring")
    return reason[:_LONGEST] if isinstance(reason, str) else ""


def _is_html(content: bytes) -> bool:
    start = content[:200].lstrip().lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml"))


def _request_id(response: requests.Response) -> str:
    request_id = response.headers.get("X-Request-Id")
    return f" (request id {request_id})" if request_id else ""


_NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""What OpenSSL 1 and 3 say of an answer in plain HTTP."""


def _untrusted(asked: str, error: requests.exceptions.SSLError) -> HostPermanentError:
    if any(word in str(error) for word in _NOT_TLS):
        return HostPermanentError(
            f"{asked}: what answers there speaks no https; check the scheme (http or https) and "
            "the port of url"
        )
    remedy = "set verify_tls to the path of the CA certificate, or renew the server's certificate"
    if "mismatch" in str(error):
        remedy = "set url to a name that the certificate is made out to"
    return HostPermanentError(
        f"{asked}: the TLS certificate was not accepted ({_root(error)}); {remedy}"
    )


def _root(error: BaseException) -> str:
    """The innermost cause: the layers above repeat themselves and name the whole address."""
    deepest = list(_causes(error))[-1]
    return str(deepest)[:_LONGEST] or type(deepest).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it wraps and what it was raised from, innermost last."""
    seen: list[BaseException] = []
    pending: list[BaseException] = [error]
    while pending:
        current = pending.pop(0)
        if current in seen:
            continue
        seen.append(current)
        yield current
        wrapped = [getattr(current, "reason", None), current.__cause__, current.__context__]
        wrapped.extend(current.args)
        pending.extend(item for item in wrapped if isinstance(item, BaseException))
