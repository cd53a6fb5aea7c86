"""The transport says what went wrong, waits as it is told, and sends nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import ReadTimeoutError

from slaplugin.app.errors import (
    ConfigurationError,
    HostError,
    HostPermanentError,
    HostTemporaryError,
)
from slaplugin.hosts.access import SessionCookie, in_header
from slaplugin.hosts.config import HostConfig, Limits, Secret, Timing
from slaplugin.hosts.http import Call, Transport, base_address

URL = "https://desk.example"
SECRET = "s3cret-token"
PAGE = "<!DOCTYPE html><html><body>We'll be back</body></html>"
READ = Call("GET", "api/v1/users/me")
NOTE = Call("PUT", "api/v1/tickets/1", body={"article": {}}, repeatable=False)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        self.wall_now = 1_800_000_000.0

    def monotonic(self) -> float:
        return sum(self.sleeps)

    def timing(self, now: Callable[[], int] | None = None) -> Timing:
        wall = lambda: self.wall_now  # noqa: E731
        return Timing(self.monotonic, self.sleeps.append, wall, now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(clock: Clock) -> HostConfig:
    limits = Limits(retries=3, longest_wait=60, deadline=120)
    return HostConfig(url=URL, token=Secret(SECRET), limits=limits, timing=clock.timing())


def connect(config: HostConfig) -> Transport:
    return Transport(config, in_header(config, "Token token="))


@pytest.fixture
def transport(config: HostConfig) -> Transport:
    return connect(config)


def reply(method: str = "GET", path: str = "api/v1/users/me", **more: Any) -> None:
    responses.add(method, f"{URL}/{path}", **more)


ANSWERS: list[tuple[str, dict[str, Any], type[HostError], list[str]]] = [
    ("401", {"status": 401, "json": {"error": "Can't find User for Token"}}, HostPermanentError,
     ["401", "Can't find User for Token", "token"]),
    ("403 permission", {"status": 403, "json": {"error": "Not authorized (token)!"}},
     HostPermanentError,
     ["403", "Not authorized (token)!", "the token lacks", "slaplugin doctor"]),
    ("403 right", {"status": 403, "json": {"error": "Not authorized (user)!"}},
     HostPermanentError, ["the account lacks", "slaplugin doctor"]),
    ("403 lost header", {"status": 403, "json": {"error": "Authentication required"}},
     HostPermanentError, ["credentials did not arrive", "proxy"]),
    ("403 maintenance", {"status": 403, "json": {"error": "Maintenance mode enabled!"}},
     HostTemporaryError, ["Maintenance mode enabled!", "next cycle"]),
    ("403 page", {"status": 403, "body": PAGE}, HostPermanentError, ["proxy or firewall"]),
    ("404 of a record", {"status": 404, "json": {"error": "Couldn't find User"}},
     HostPermanentError, ["404", "Couldn't find User"]),
    ("404 of a web server", {"status": 404, "body": PAGE}, HostPermanentError,
     ["404", "no helpdesk API", "check url"]),
    ("422", {"status": 422, "json": {"error": "x", "error_human": "Invalid value 'bogus'"}},
     HostPermanentError, ["422", "Invalid value 'bogus'", "does not accept"]),
    ("500 page", {"status": 500, "body": PAGE, "content_type": "text/html",
                  "headers": {"X-Request-Id": "abc-1"}},
     HostTemporaryError, ["500", "HTML page", "abc-1"]),
    ("500 error id", {"status": 500, "json": {"error": "Error ID a1b2: Please contact"}},
     HostTemporaryError, ["500", "Error ID a1b2"]),
    ("200 page", {"status": 200, "body": PAGE, "content_type": "text/html"}, HostTemporaryError,
     ["200", "HTML page instead of JSON", "check that url"]),
    ("200 half", {"status": 200, "body": '{"id": 4, "na'}, HostTemporaryError,
     ["200", "half an answer", "13 bytes"]),
    ("200 empty", {"status": 200, "body": ""}, HostTemporaryError, ["0 bytes"]),
    ("redirect", {"status": 302, "headers": {"Location": "https://login.example/"}},
     HostPermanentError, ["302", "https://login.example/", "set url"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "kind", "words"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
@responses.activate
def test_each_bad_answer_is_a_sentence(
    transport: Transport, answer: dict[str, Any], kind: type[HostError], words: list[str]
) -> None:
    reply(**answer)
    with pytest.raises(kind) as raised:
        transport.send(READ)
    text = str(raised.value)
    assert "GET /api/v1/users/me at https://desk.example" in text
    assert [word for word in words if word not in text] == []
    assert SECRET not in text
    assert raised.value.status == answer["status"]


FAILURES = [
    ("tls", requests.exceptions.SSLError("certificate verify failed"), HostPermanentError,
     ["TLS", "certificate verify failed", "verify_tls"]),
    ("name", requests.exceptions.SSLError("Hostname mismatch, certificate is not valid for 'x'"),
     HostPermanentError, ["TLS", "mismatch", "set url to a name"]),
    ("no tls", requests.exceptions.SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number"),
     HostPermanentError, ["speaks no https", "http or https"]),
    ("mute", requests.exceptions.ConnectionError(ReadTimeoutError(Any, "/", "Read timed out.")),
     HostTemporaryError, ["no answer in time"]),
    ("timeout", requests.exceptions.ReadTimeout("slow"), HostTemporaryError, ["no answer in time"]),
    ("reset", requests.exceptions.ConnectionError(ConnectionResetError(104, "reset")),
     HostTemporaryError, ["broke"]),
    ("refused", requests.exceptions.ConnectionError(ConnectionRefusedError(111, "refused")),
     HostTemporaryError, ["refused", "check url"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("failure", "kind", "words"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
@responses.activate
def test_no_answer_is_a_sentence(
    transport: Transport, failure: Exception, kind: type[HostError], words: list[str]
) -> None:
    reply(body=failure)
    with pytest.raises(kind) as raised:
        transport.send(READ)
    assert [word for word in words if word not in str(raised.value)] == []


def test_a_name_that_does_not_resolve(config: HostConfig) -> None:
    transport = connect(replace(config, url="http://no-such-helpdesk.invalid"))
    with pytest.raises(HostTemporaryError, match="cannot be resolved; check url"):
        transport.send(READ)


WAIT_7 = "Retry-After: 7"
GOOD = b'{"id": 8}'


def test_429_waits_as_told_and_goes_on(
    config: HostConfig, clock: Clock, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(429, b"", WAIT_7), answering(200, GOOD))
    transport = connect(replace(config, url=server.url))
    assert transport.send(READ).data == {"id": 8}
    assert clock.sleeps == [7]
    assert transport.requests_made() == len(server.requests) == 2


def test_429_that_asks_for_too_long_is_reported(
    config: HostConfig, clock: Clock, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(429, b"", "Retry-After: 3600"))
    with pytest.raises(HostTemporaryError, match="busy and asks to wait 3600 s") as raised:
        connect(replace(config, url=server.url)).send(READ)
    assert raised.value.retry_after == 3600
    assert clock.sleeps == []


def test_429_again_and_again_ends(
    config: HostConfig, clock: Clock, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(429, b"slow down", WAIT_7))
    with pytest.raises(HostTemporaryError, match="slow down; too many requests") as raised:
        connect(replace(config, url=server.url)).send(READ)
    assert (raised.value.status, raised.value.retry_after) == (429, 7.0)
    assert clock.sleeps == [7, 7, 7]


def test_the_deadline_ends_the_waiting(
    config: HostConfig, clock: Clock, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(503, b"", "Retry-After: 30"))
    limits = Limits(retries=9, longest_wait=60, deadline=70)
    with pytest.raises(HostTemporaryError, match="busy"):
        connect(replace(config, url=server.url, limits=limits)).send(READ)
    assert clock.sleeps == [30, 30]


def test_a_reset_is_repeated_once_on_a_fresh_connection(
    config: HostConfig, scripted: Any, answering: Any, reset: bytes
) -> None:
    server = scripted(reset, answering(200, GOOD))
    assert connect(replace(config, url=server.url)).send(READ).data == {"id": 8}
    server = scripted(reset)
    with pytest.raises(HostTemporaryError, match="broke before the answer was whole"):
        connect(replace(config, url=server.url)).send(READ)
    assert len(server.requests) == 2


@pytest.mark.parametrize("bad", ["reset", "502", "429"])
def test_what_must_not_happen_twice_is_sent_once(
    config: HostConfig, scripted: Any, answering: Any, bad: str
) -> None:
    server = scripted(b"" if bad == "reset" else answering(int(bad), b"", WAIT_7))
    with pytest.raises(HostTemporaryError):
        connect(replace(config, url=server.url)).send(NOTE)
    assert server.requests == ["PUT /api/v1/tickets/1 HTTP/1.1"]


def test_an_answer_that_breaks_off(config: HostConfig, scripted: Any, answering: Any) -> None:
    server = scripted(answering(200, b'{"id": 4, "na', length=500))
    with pytest.raises(HostTemporaryError, match="broke before the answer was whole"):
        connect(replace(config, url=server.url)).send(READ)


def test_an_answer_that_drips_is_given_up(
    config: HostConfig, clock: Clock, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(200, GOOD))
    ticks = iter([0.0])
    slow = replace(config.timing, monotonic=lambda: next(ticks, 500.0))
    with pytest.raises(HostTemporaryError, match="no whole answer within 120 s"):
        connect(replace(config, url=server.url, timing=slow)).send(READ)


def test_a_refused_connection(config: HostConfig, scripted: Any) -> None:
    server = scripted(b"")
    server.stop()
    with pytest.raises(HostTemporaryError, match="was refused; check url"):
        connect(replace(config, url=server.url)).send(READ)


@responses.activate
def test_502_is_tried_again(transport: Transport) -> None:
    reply(status=502, body=PAGE)
    reply(json=[])
    assert transport.send(READ).data == []


@responses.activate
def test_unchanged_answers_cost_nothing(transport: Transport) -> None:
    reply(json=[1], headers={"ETag": 'W/"1"'})
    reply(status=304)
    first = transport.send(READ)
    second = transport.send(replace(READ, etag=first.etag))
    assert (second.unchanged, second.etag) == (True, 'W/"1"')
    assert responses.calls[1].request.headers["If-None-Match"] == 'W/"1"'


@responses.activate
def test_now_is_the_hosts_and_moves_on(transport: Transport, clock: Clock) -> None:
    assert not transport.clock.known
    moment = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    reply(json={}, headers={"Date": format_datetime(moment, usegmt=True)})
    transport.send(READ)
    clock.sleeps.append(90)
    assert transport.now() == int(moment.timestamp()) + 90
    assert transport.clock.skew() == moment.timestamp() + 90 - clock.wall_now


@responses.activate
def test_without_a_date_local_time_serves(transport: Transport, clock: Clock) -> None:
    reply(json={})
    transport.send(READ)
    assert transport.now() == clock.wall_now


def test_now_may_be_overruled(config: HostConfig, clock: Clock) -> None:
    transport = connect(replace(config, timing=clock.timing(now=lambda: 42)))
    assert transport.clock.known
    assert transport.now() == 42


@responses.activate
def test_requests_are_spaced(config: HostConfig, clock: Clock) -> None:
    transport = connect(replace(config, limits=Limits(requests_per_second=2)))
    reply(json={})
    for _ in range(5):
        transport.send(READ)
    assert sum(clock.sleeps) == pytest.approx(2.5)


@responses.activate
def test_headers_ask_for_json_and_carry_the_token(transport: Transport) -> None:
    reply(json={})
    transport.send(READ)
    sent = responses.calls[0].request.headers
    assert sent["Accept"] == "application/json"
    assert sent["Authorization"] == f"Token token={SECRET}"
    assert "From" not in sent


@responses.activate
def test_basic_credentials(config: HostConfig) -> None:
    transport = connect(replace(config, token=None, user="bot", password=Secret("pw")))
    reply(json={})
    transport.send(READ)
    assert responses.calls[0].request.headers["Authorization"] == "Basic Ym90OnB3"


def test_credentials_are_required(config: HostConfig) -> None:
    with pytest.raises(ConfigurationError, match="SLAPLUGIN_TOKEN"):
        connect(replace(config, token=None))


@pytest.mark.parametrize("token", ["", "two words", "tab\there", "schlüssel"])
def test_what_cannot_be_a_token_is_said_without_showing_it(config: HostConfig, token: str) -> None:
    with pytest.raises(ConfigurationError, match="no API token") as raised:
        connect(replace(config, token=Secret(token)))
    assert not token or token not in str(raised.value)


@responses.activate
def test_a_line_end_around_a_token_is_dropped(config: HostConfig) -> None:
    reply(json={})
    connect(replace(config, token=Secret(f"{SECRET}\n"))).send(READ)
    assert responses.calls[0].request.headers["Authorization"] == f"Token token={SECRET}"


def test_a_missing_certificate_file_is_named(config: HostConfig) -> None:
    with pytest.raises(ConfigurationError, match=r"no CA certificate at /nowhere/ca\.pem"):
        connect(replace(config, verify="/nowhere/ca.pem"))


@pytest.mark.parametrize(("given", "used"), [(False, False), ("own", "own"), (True, "theirs")])
@responses.activate
def test_the_settings_come_before_a_bundle_of_the_environment(
    config: HostConfig, tmp_path: Path, monkeypatch: Any, given: Any, used: Any
) -> None:
    (tmp_path / "own").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "theirs")
    reply(json={})
    connect(replace(config, verify=given)).send(READ)
    sent: Any = responses.calls[0].request
    assert sent.req_kwargs["verify"] == used


def test_a_secret_does_not_show() -> None:
    assert SECRET not in f"{Secret(SECRET)} {Secret(SECRET)!r}"


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://desk.example", "https://desk.example"),
        ("https://desk.example/", "https://desk.example"),
        ("https://desk.example/api/v1/", "https://desk.example"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
        ("http://user:pw@desk.example:3000/help?x=1", "http://desk.example:3000/help"),
    ],
)
def test_the_address_is_tidied(given: str, base: str) -> None:
    assert base_address(given) == base


@pytest.mark.parametrize("given", ["desk.example", "", "ftp://desk.example", "https://"])
def test_an_address_that_is_none(given: str) -> None:
    with pytest.raises(ConfigurationError, match="https://helpdesk"):
        base_address(given)


# -------------------------------------------------------------------------- sessions


@responses.activate
def test_a_form_is_sent_as_a_browser_does(transport: Transport) -> None:
    reply("POST", "login", body="<html>", headers={"Set-Cookie": "sid=abc; path=/; HttpOnly"})
    call = Call("POST", "login", form={"user": "bot", "pass": "a&b"})
    assert transport.cookies(call) == "sid=abc"
    assert responses.calls[0].request.body == "user=bot&pass=a%26b"


@responses.activate
def test_a_form_that_is_refused_is_an_error(transport: Transport) -> None:
    reply("POST", "login", status=404, body=PAGE)
    with pytest.raises(HostPermanentError, match="check url"):
        transport.cookies(Call("POST", "login", form={}))


@responses.activate
def test_cookies_that_answers_set_are_not_sent_back(transport: Transport) -> None:
    """One that a failed answer set would stick, and some hosts treat us as a browser by it."""
    reply(json={}, headers={"Set-Cookie": "sid=abc; path=/"})
    transport.send(READ)
    transport.send(READ)
    assert "Cookie" not in responses.calls[1].request.headers


@responses.activate
def test_a_session_cookie_signs_once_it_is_there(config: HostConfig) -> None:
    session = SessionCookie()
    transport = Transport(config, session)
    reply(json={})
    transport.send(READ)
    session.cookie = Secret("sid=abc")
    transport.send(READ)
    first, second = (call.request.headers for call in responses.calls)
    assert "Cookie" not in first
    assert second["Cookie"] == "sid=abc"
