"""The server's own life: addresses, failures, the end; the caller's thread hears nothing of it."""

from __future__ import annotations

import socket

import pytest
import requests
from starlette.responses import PlainTextResponse

from slaplugin.app.errors import ConfigurationError
from slaplugin.web import WebServer, is_loopback, open_socket, server, split_address


@pytest.mark.parametrize(
    ("listen", "host", "port", "local"),
    [
        ("127.0.0.1:8711", "127.0.0.1", 8711, True),
        ("127.9.9.9:1", "127.9.9.9", 1, True),
        ("[::1]:8711", "::1", 8711, True),
        ("localhost:0", "localhost", 0, True),
        ("LocalHost:0", "LocalHost", 0, True),
        ("0.0.0.0:8711", "0.0.0.0", 8711, False),
        ("[::]:8711", "::", 8711, False),
        ("[::ffff:192.0.2.1]:80", "::ffff:192.0.2.1", 80, False),
        ("localhost.example.org:80", "localhost.example.org", 80, False),
    ],
)
def test_addresses(listen: str, host: str, port: int, local: bool) -> None:
    assert split_address(listen) == (host, port)
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("listen", "remedy"),
    [
        ("127.0.0.1:99999", "take another port"),
        ("256.1.1.1:80", "an address that this machine has"),
        ("192.0.2.1:8711", "an address that this machine has"),
    ],
)
def test_an_address_that_cannot_be_had_is_a_mistake_of_configuration(
    listen: str, remedy: str
) -> None:
    with pytest.raises(ConfigurationError, match="cannot listen on") as raised:
        open_socket(listen)
    (problem,) = raised.value.problems
    assert problem.path == "listen"
    assert problem.hint is not None and remedy in problem.hint
    assert "another program" not in problem.hint


def test_a_port_that_is_taken() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigurationError, match="take another port"),
    ):
        open_socket(f"127.0.0.1:{taken.getsockname()[1]}")


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_answers_on_ipv6() -> None:
    try:
        opened = open_socket("[::1]:0")
    except ConfigurationError:
        pytest.skip("this machine has no IPv6 loopback")
    running = WebServer(PlainTextResponse("here"), opened)
    running.start()
    assert running.url.startswith("http://[::1]:")
    assert requests.get(running.url, timeout=60).text == "here"
    running.stop()


def test_a_server_that_breaks_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "_RESTART_SECONDS", 0.01)
    outcomes: list[BaseException] = [RuntimeError("the loop is broken"), SystemExit(1)]
    begin = server._Server.startup

    async def startup(self: server._Server, sockets: list[socket.socket] | None = None) -> None:
        if outcomes:
            raise outcomes.pop(0)
        await begin(self, sockets)

    monkeypatch.setattr(server._Server, "startup", startup)
    running = WebServer(PlainTextResponse("here"), open_socket("127.0.0.1:0"))
    running.start()
    assert requests.get(running.url, timeout=60).text == "here"
    running.stop()
    assert outcomes == []
    assert "the loop is broken" in caplog.text


def test_a_server_that_never_begins_is_told_and_nothing_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "_RESTART_SECONDS", 0.01)
    monkeypatch.setattr(server, "_START_SECONDS", 0.1)

    async def startup(self: server._Server, sockets: list[socket.socket] | None = None) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(server._Server, "startup", startup)
    running = WebServer(PlainTextResponse("here"), open_socket("127.0.0.1:0"))
    running.start()
    running.stop()
    assert "the work goes on without it" in caplog.text


def test_after_the_end_nobody_answers() -> None:
    running = WebServer(PlainTextResponse("here"), open_socket("127.0.0.1:0"))
    running.start()
    url = running.url
    with requests.Session() as session:
        assert session.get(url, timeout=60).text == "here"
        running.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=60)
