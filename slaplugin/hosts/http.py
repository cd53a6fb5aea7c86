"""The transport that the adapters share: one polite, patient, talkative-about-errors session.

Raises only the errors of :mod:`slaplugin.app.errors`; every text says what was asked, what came
and what to do, and never contains a credential. Every answer moves the host's clock (rule 1).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter

from slaplugin import __version__
from slaplugin.app.errors import ConfigurationError, HostError, HostTemporaryError
from slaplugin.app.httptimes import instant_of
from slaplugin.hosts.access import Auth
from slaplugin.hosts.config import HostConfig, Limits, Timing
from slaplugin.hosts.pace import Pace
from slaplugin.hosts.refusals import broken_answer, refusal, unreachable
from slaplugin.hosts.retry import OutOfPatienceError, Patience, once, repeating

log = logging.getLogger(__name__)

_CHUNK = 65536
_JUMP = 60.0
"""Seconds between the expected and the told time that no slow answer explains."""
_API_PATHS = ("/api/v1", "/REST/2.0")
"""What people copy along with the address."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: ``path`` is below the host's base address, without a leading slash."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    """Sent as JSON unless None."""
    form: Mapping[str, str] | None = None
    """Sent as a web form instead of JSON unless None."""
    repeatable: bool = True
    """Whether sending it twice does the same as sending it once."""
    etag: str | None = None
    """Ask only for what changed since the answer that carried this."""
    if_match: str | None = None
    """Do it only while the host's version is this one; otherwise it answers 412."""

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: ``data`` is the decoded JSON, None for 304."""

    status: int
    data: Any
    etag: str | None = None

    @property
    def unchanged(self) -> bool:
        return self.status == 304


class HostClock:
    """The host's present: the ``Date`` of its last answer plus local monotonic time.

    Neither the wall clock of this machine nor its being suspended matters. Where an answer tells
    another time than was expected, the answer is believed, and the log says so.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._offset: float | None = None
        self._told: float | None = None

    @property
    def known(self) -> bool:
        """Whether an answer has told the time already (or nobody needs to)."""
        return self._timing.now is not None or self._offset is not None

    def told_within(self, seconds: float) -> bool:
        """Whether the host itself told the time so many seconds ago or later."""
        if self._timing.now is not None:
            return True
        return self._told is not None and self._timing.monotonic() - self._told <= seconds

    def hear(self, date: str | None) -> None:
        """Learn from a ``Date`` header; one that is missing or odd falls back to local time."""
        stamp = instant_of(date)
        now = self._timing.monotonic()
        if stamp is None:
            if self._offset is None:
                self._offset = self._timing.wall() - now
            return
        offset = stamp - now
        if self._told is not None and self._offset is not None:
            _tell_jump(offset - self._offset)
        self._offset, self._told = offset, now

    def now(self) -> int:
        """UTC epoch seconds."""
        if self._timing.now is not None:
            return self._timing.now()
        if self._offset is None:
            return int(self._timing.wall())
        return int(self._offset + self._timing.monotonic())

    def skew(self) -> float:
        """Seconds by which the host is ahead of this machine (negative: behind)."""
        if self._offset is None:
            return 0.0
        return self._offset + self._timing.monotonic() - self._timing.wall()


def _tell_jump(seconds: float) -> None:
    if abs(seconds) <= _JUMP:
        return
    log.warning(
        "the helpdesk's clock is %.0f s %s what was expected: it was set, or this machine stood "
        "still; time goes by the helpdesk's clock, what fell due by it is done now",
        abs(seconds),
        "ahead of" if seconds > 0 else "behind",
    )


class Transport:
    """Sends calls to one helpdesk and gives back decoded JSON.

    ``auth`` signs each request (:mod:`slaplugin.hosts.access`).
    """

    def __init__(self, config: HostConfig, auth: Auth) -> None:
        self.base = base_address(config.url)
        self.clock = HostClock(config.timing)
        self._limits: Limits = config.limits
        self._timing = config.timing
        self._told = config.told
        self._patience = Patience(
            config.timing.monotonic, config.timing.sleep, config.limits.longest_wait
        )
        self._sent = 0
        self._listened = float("-inf")
        rate = config.limits.requests_per_second
        own = Pace(rate, config.timing) if rate else None
        self._paces = tuple(pace for pace in (own, config.pace) if pace is not None)
        again = repeating(self._patience, config.limits.retries)
        self._once = _session(config, auth, HTTPAdapter(max_retries=once(self._patience)))
        self._again = _session(config, auth, HTTPAdapter(max_retries=again))

    def requests_made(self) -> int:
        """HTTP requests sent so far, repeated ones included."""
        return self._sent + self._patience.attempts

    def now(self) -> int:
        """The host's present, UTC epoch seconds."""
        return self.clock.now()

    def send(self, call: Call) -> Answer:
        """Send one call; a 2xx with JSON or a 304 comes back, everything else is raised."""
        response, content = self._answered(call)
        if response.status_code == 304:
            return Answer(304, None, call.etag)
        if not 200 <= response.status_code < 300:
            raise refusal(call, self.base, response, content)
        data = None if response.status_code == 204 else self._decode(call, response, content)
        return Answer(response.status_code, data, response.headers.get("ETag"))

    def cookies(self, call: Call) -> str:
        """The cookies that the answer to a call sets, as the value of a ``Cookie`` header.

        For hosts that let an account in by a web form; what the page says does not matter.
        """
        response, content = self._answered(call)
        if response.status_code >= 400:
            raise refusal(call, self.base, response, content)
        return "; ".join(f"{one.name}={one.value}" for one in response.cookies)

    def keep_time(self, call: Call, holds: float) -> None:
        """Ask by ``call`` what time it is, unless an answer told it within ``holds`` seconds.

        For hosts whose API does not tell; whatever the answer says otherwise does not matter.
        Raises what :meth:`send` raises where nobody answers.
        """
        now = self._timing.monotonic()
        if self.clock.told_within(holds) or now - self._listened < holds:
            return
        self._listened = now
        self._answered(call)

    def close(self) -> None:
        """Give the connections back."""
        self._once.close()
        self._again.close()

    def _answered(self, call: Call) -> tuple[requests.Response, bytes]:
        """The whole answer, whatever it says; the clock has heard it."""
        for pace in self._paces:
            pace()
        self._patience.deadline = self._timing.monotonic() + self._limits.deadline
        self._sent += 1
        try:
            response, content = self._exchange(call)
        except HostError as error:
            self._tell("unreachable" if error.status is None else "busy")
            raise
        self._tell(_outcome(response.status_code))
        self.clock.hear(response.headers.get("Date"))
        self._note(call, response)
        return response, content

    def _tell(self, outcome: str) -> None:
        if self._told is not None:
            self._told(outcome)

    def _exchange(self, call: Call) -> tuple[requests.Response, bytes]:
        session = self._again if call.repeatable else self._once
        conditions = {"If-None-Match": call.etag, "If-Match": call.if_match}
        headers = {name: value for name, value in conditions.items() if value is not None}
        try:
            response = session.request(
                call.method,
                f"{self.base}/{call.path}",
                params=dict(call.params),
                json=call.body,
                data=call.form,
                headers=headers,
                timeout=(self._limits.connect_timeout, self._limits.read_timeout),
                allow_redirects=False,
                # Named here, or an environment with a bundle of its own would come first.
                verify=session.verify,
                stream=True,
            )
            with response:
                return response, self._content(call, response)
        except OutOfPatienceError as wait:
            raise HostTemporaryError(
                f"{call} at {self.base}: the helpdesk is busy and asks to wait "
                f"{wait.seconds:.0f} s; the next cycle tries again",
                status=wait.status,
                retry_after=wait.seconds,
            ) from None
        except requests.RequestException as error:
            raise unreachable(call, self.base, error) from error

    def _content(self, call: Call, response: requests.Response) -> bytes:
        """The whole body, read against the deadline: a slow drip counts as no answer."""
        parts = []
        for part in response.iter_content(_CHUNK):
            parts.append(part)
            if self._timing.monotonic() > self._patience.deadline:
                raise HostTemporaryError(
                    f"{call} at {self.base}: no whole answer within "
                    f"{self._limits.deadline:.0f} s; the next cycle tries again"
                )
        return b"".join(parts)

    def _decode(self, call: Call, response: requests.Response, content: bytes) -> Any:
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            raise broken_answer(call, self.base, response, content) from error

    def _note(self, call: Call, response: requests.Response) -> None:
        log.debug(
            "%s -> %s (request id %s, %s s on the host)",
            call,
            response.status_code,
            response.headers.get("X-Request-Id", "-"),
            response.headers.get("X-Runtime", "-"),
        )


def _outcome(status: int) -> str:
    if status < 400:
        return "ok"
    if status == 429:
        return "busy"
    return "refused" if status < 500 else "failed"


def base_address(url: str) -> str:
    """The address without credentials, query, trailing slash or the path of an API."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"url: {url!r} is not a web address; write it like https://helpdesk.example.org"
        )
    host = parts.netloc.rpartition("@")[2]
    path = parts.path.rstrip("/")
    for api in _API_PATHS:
        path = path.removesuffix(api).rstrip("/")
    return urlunsplit((parts.scheme, host, path, "", ""))


def _session(config: HostConfig, auth: Auth, adapter: HTTPAdapter) -> requests.Session:
    session = requests.Session()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.auth = auth
    _settle(session, base_address(config.url), _trust(config.verify))
    # Which cookie goes out is the auth's business: one that a failed answer set would stick.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept": "application/json", "User-Agent": _agent()})
    return session


def _settle(session: requests.Session, base: str, verify: bool | str) -> None:
    """What the environment says of proxies and certificates, read once.

    Left to itself the library reads it for each request, which is a third of a request's cost.
    """
    found = session.merge_environment_settings(base, {}, None, verify, None)
    session.trust_env = False
    session.proxies.update(found["proxies"])
    session.verify = found["verify"]


def _trust(verify: bool | str) -> bool | str:
    if isinstance(verify, str) and not Path(verify).exists():
        raise ConfigurationError(
            f"verify_tls: there is no CA certificate at {verify}; correct the path, or set true "
            "to trust the system's certificates"
        )
    if verify is False:
        # Chosen once in the settings; a warning for each request would only hide other messages.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return verify


def _agent() -> str:
    return f"slaplugin/{__version__}"
