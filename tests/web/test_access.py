"""Who may ask, and what every answer keeps to."""

from __future__ import annotations

import base64
import ipaddress
import socket
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slaplugin.web import Access, server
from tests.web.conftest import Serve, Served, everything

TOKEN = "token-of-the-web"
PROXY = (ipaddress.ip_network("10.0.0.0/24"),)
READ = ("/metrics", "/api/v1/status", "/api/v1/tickets/37", "/openapi.json", "/nowhere")


def basic(password: str, user: str = "anna") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def scope(head: dict[str, str], peer: str | None = "127.0.0.1") -> dict[str, Any]:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in head.items()]
    return {"type": "http", "headers": headers, "client": (peer, 4711) if peer else None}


@pytest.mark.parametrize(
    ("head", "allowed"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, True),
        ({"Authorization": f"bearer  {TOKEN} "}, True),
        (basic(TOKEN), True),
        (basic(TOKEN, ""), True),
        ({}, False),
        ({"Authorization": ""}, False),
        ({"Authorization": "Bearer"}, False),
        ({"Authorization": "Bearer "}, False),
        ({"Authorization": TOKEN}, False),
        ({"Authorization": f"Bearer {TOKEN}x"}, False),
        ({"Authorization": f"Digest {TOKEN}"}, False),
        (basic(""), False),
        (basic("x", TOKEN), False),
        ({"Authorization": "Basic !!!"}, False),
        ({"Authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()}, False),
        ({"Cookie": f"token={TOKEN}"}, False),
        ({"X-Forwarded-User": "anna"}, False),
        ({"Authorization": "Bearer \xe9"}, False),
    ],
)
def test_a_token(head: dict[str, str], allowed: bool) -> None:
    assert Access(token=TOKEN).allows(scope(head)) is allowed


@pytest.mark.parametrize(
    ("head", "peer", "allowed"),
    [
        ({"X-Forwarded-User": "anna"}, "10.0.0.7", True),
        ({"x-forwarded-user": "anna"}, "::ffff:10.0.0.7", True),
        ({"X-Forwarded-User": "anna"}, "10.0.1.7", False),
        ({"X-Forwarded-User": "anna"}, "::1", False),
        ({"X-Forwarded-User": "anna"}, "somewhere", False),
        ({"X-Forwarded-User": "anna"}, None, False),
        ({"X-Forwarded-User": " "}, "10.0.0.7", False),
        ({}, "10.0.0.7", False),
    ],
)
def test_a_header_counts_from_the_proxy_alone(
    head: dict[str, str], peer: str | None, allowed: bool
) -> None:
    access = Access(header="X-Forwarded-User", proxies=PROXY)
    assert access.allows(scope(head, peer)) is allowed


def test_either_will_do() -> None:
    access = Access(token=TOKEN, header="X-Forwarded-User")
    assert access.allows(scope({"X-Forwarded-User": "anna"}))
    assert access.allows(scope({"Authorization": f"Bearer {TOKEN}"}, "192.0.2.1"))
    assert not access.allows(scope({"X-Forwarded-User": "anna"}, "192.0.2.1"))


def test_a_token_does_not_show() -> None:
    assert TOKEN not in repr(Access(token=TOKEN))


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8711", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8711", True),
        ("localhost.", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8711", False),
        ("evil.example:127.0.0.1", False),
        ("[::1", True),
        ("[::2]:8711", False),
        ("", False),
    ],
)
def test_only_our_own_names_on_loopback(host: str, known: bool) -> None:
    assert Access().knows_host(scope({"Host": host})) is known


def test_no_host_or_two_are_not_ours() -> None:
    assert not Access().knows_host(scope({}))
    twice = scope({"Host": "localhost"})
    twice["headers"] *= 2
    assert not Access().knows_host(twice)
    assert Access(hosts=None).knows_host(scope({}))


@pytest.mark.parametrize("path", ["/", "/readyz", *READ])
def test_a_foreign_name_is_not_answered(path: str, served: Served) -> None:
    answer = served.ask(path, headers={"Host": "rebound.example"})
    assert answer.status_code == 421
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("path", READ)
def test_with_a_token_nothing_is_told_to_strangers(path: str, served: Served) -> None:
    served.access = Access(token=TOKEN)
    refused = served.ask(path)
    assert refused.status_code == 401
    assert "Basic" in refused.headers["WWW-Authenticate"]
    assert "Bearer" in refused.headers["WWW-Authenticate"]
    assert served.ask(f"{path}?token={TOKEN}&web_token={TOKEN}").status_code == 401
    assert served.ask(path, headers=basic(TOKEN)).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/", *READ])
def test_where_only_a_proxy_lets_in_no_password_is_asked_for(path: str, served: Served) -> None:
    """A browser that is asked would ask its user, and no answer could be the right one."""
    served.access = Access(header="X-Forwarded-User", proxies=PROXY)
    refused = served.ask(path, headers={"X-Forwarded-User": "anna"})
    assert refused.status_code == 403
    assert "WWW-Authenticate" not in refused.headers
    assert "reverse proxy" in refused.json()["error"]


def test_probes_tell_strangers_little(served: Served) -> None:
    served.access = Access(token=TOKEN)
    assert served.ask("/healthz").json() == {"alive": True}
    assert served.ask("/healthz", headers={"Host": "10.1.2.3:8711"}).status_code == 200
    answer = served.ask("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})
    told = served.ask("/readyz", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert told["reasons"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/api/v1/status", "/api/v1/tickets/1"])
def test_it_can_only_be_read(path: str, method: str, served: Served) -> None:
    answer = served.ask(path, method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_web_hooks_cannot_be_read(served: Served) -> None:
    answer = served.ask("/webhook/zammad")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_head_says_what_get_says(served: Served) -> None:
    full, head = served.ask("/api/v1/status"), served.ask("/api/v1/status", "HEAD")
    assert head.status_code == 200 and head.text == ""
    assert head.headers["Content-Length"] == full.headers["Content-Length"]


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/status", "/nowhere", "/webhook/rt"])
def test_every_answer_is_kept_to_itself(path: str, served: Served) -> None:
    answer = served.ask(path, headers={"Origin": "https://evil.example"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Server" not in answer.headers
    assert not any(name.startswith("Access-Control") for name in answer.headers)


def test_a_page_may_say_more_about_itself(serve: Serve) -> None:
    async def page(request: Request) -> Response:
        return Response("x", headers={"Content-Security-Policy": "default-src 'self'"})

    answer = serve(pages=[Route("/page", page)]).ask("/page")
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_failure_tells_nothing_to_who_asked(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request: Request) -> Response:
        raise RuntimeError("the innermost secret")

    served = serve(pages=[Route("/broken", broken)])
    answer = served.ask("/broken")
    assert answer.status_code == 500
    assert set(answer.json()) == {"error"}
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert served.ask("/healthz").status_code == 200
    served.server.stop()
    assert "the innermost secret" in caplog.text
    assert served.counted("slaplugin_web_requests_total", route="/broken", status="500") == 1


def test_what_takes_too_long_is_given_up(serve: Serve) -> None:
    import asyncio

    async def slow(request: Request) -> Response:
        await asyncio.sleep(60)
        return Response("late")

    answer = serve(pages=[Route("/slow", slow)], seconds=0.1).ask("/slow")
    assert (answer.status_code, set(answer.json())) == (503, {"error"})


def test_a_head_that_is_too_large_is_refused(served: Served) -> None:
    answer = served.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 40_000)
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_what_is_not_http_is_refused(junk: bytes, served: Served) -> None:
    assert served.raw(junk + b"\r\n\r\n").startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 421 "))


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHo"])
def test_a_head_that_drips_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch, served: Served
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    with socket.create_connection(served.address, timeout=10) as wire:
        wire.sendall(begun)
        assert everything(wire) == b""


def test_so_is_that_of_a_second_request(monkeypatch: pytest.MonkeyPatch, served: Served) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.1)
    with socket.create_connection(served.address, timeout=10) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.recv(65536).startswith(b"HTTP/1.1 200")
        wire.sendall(b"GET /hea")
        assert b"HTTP/1.1" not in everything(wire)


def test_an_unread_body_ends_the_connection(served: Served) -> None:
    head = b"GET /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    assert b"connection: close" in served.raw(head).lower()
