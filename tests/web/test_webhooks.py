"""Web hooks: the recorded ones are taken, everything else is refused, and only the id is used."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.web.payloads import ticket_of, ticket_of_form
from slaplugin.web.webhooks import LONGEST_BODY, Deliveries
from tests.web.conftest import SECRET, Serve, Served, everything

RECORDED = json.loads(
    (Path(__file__).parents[2] / "cassettes" / "zammad" / "webhooks.json").read_text("utf-8")
)["requests"]
RECORDED_SECRET = "SIGTOKEN-LAB"
PLAIN = b'{"ticket": {"id": 37}, "article": {}}'


def signed(body: bytes, delivery: str | None = "one", secret: str = SECRET) -> dict[str, str]:
    head = {"X-Hub-Signature": f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}"}
    return head | ({"X-Zammad-Delivery": delivery} if delivery else {})


def send(served: Served, body: bytes = PLAIN, head: Any = None) -> requests.Response:
    head = signed(body) if head is None else head
    return served.ask("/webhook/zammad", "POST", data=body, headers=head)


def test_recorded_deliveries_are_taken(served: Served) -> None:
    served.secret = RECORDED_SECRET
    for one in RECORDED:
        head = {name: value for name, value in one["headers"].items() if name.startswith("X-")}
        answer = send(served, one["body"].encode(), head)
        assert answer.status_code == 200, answer.text
    assert served.hinted == ["37", "38", "40", "41", "42", "45", "52"]
    assert served.counted("slaplugin_webhooks_total", kind="zammad", outcome="accepted") == 7
    assert served.counted("slaplugin_webhooks_total", kind="zammad", outcome="known") == 9


def test_a_delivery_that_comes_again_is_answered_and_ignored(served: Served) -> None:
    assert send(served).json() == {"hint": "accepted"}
    served.hinted.clear()
    again = send(served)
    assert (again.status_code, again.json()) == (200, {"hint": "repeated"})
    assert served.hinted == []
    assert send(served, head=signed(PLAIN, "two")).json() == {"hint": "accepted"}
    served.hinted.clear()
    assert send(served, head=signed(PLAIN, None)).json() == {"hint": "accepted"}


@pytest.mark.parametrize(
    "head",
    [
        {},
        {"X-Hub-Signature": ""},
        {"X-Hub-Signature": "sha1="},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Hub-Signature": "sha256=" + hmac.new(SECRET.encode(), PLAIN, "sha256").hexdigest()},
        {"X-Hub-Signature": hmac.new(SECRET.encode(), PLAIN, "sha1").hexdigest()},
        {"X-Hub-Signature": "sha1=" + "é" * 40},
        signed(PLAIN + b" "),
        signed(PLAIN, secret="another"),
        signed(PLAIN, secret=""),
        {"X-Slaplugin-Secret": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
    ],
)
def test_what_is_not_signed_so_is_refused(head: dict[str, Any], served: Served) -> None:
    encoded = {name: value.encode("utf-8") for name, value in head.items()}
    answer = send(served, head=encoded)
    assert answer.status_code == 401
    assert SECRET not in answer.text
    assert served.hinted == []
    assert send(served).json() == {"hint": "accepted"}, "a refused delivery is not remembered"


def test_without_a_secret_none_is_taken(served: Served) -> None:
    for secret in (None, ""):
        served.secret = secret
        for path in ("zammad", "otrs", "rt"):
            head = {**signed(PLAIN, secret=""), "X-Slaplugin-Secret": ""}
            answer = served.ask(f"/webhook/{path}", "POST", data=PLAIN, headers=head)
            assert answer.status_code == 404
            assert "webhook_secret" in answer.json()["error"]
    assert served.hinted == []


@pytest.mark.parametrize("path", ["otrs", "rt"])
@pytest.mark.parametrize(
    ("head", "status"),
    [
        ({"X-Slaplugin-Secret": SECRET}, 200),
        ({"Authorization": f"Bearer {SECRET}"}, 200),
        ({"X-Slaplugin-Secret": "no", "Authorization": f"Bearer {SECRET}"}, 200),
        ({}, 401),
        ({"X-Slaplugin-Secret": ""}, 401),
        ({"X-Slaplugin-Secret": SECRET[:-1]}, 401),
        ({"Authorization": SECRET}, 401),
        (signed(PLAIN), 401),
    ],
)
def test_a_shared_secret(path: str, head: dict[str, str], status: int, served: Served) -> None:
    answer = served.ask(f"/webhook/{path}", "POST", data=PLAIN, headers=head)
    assert answer.status_code == status
    assert served.hinted == (["37"] if status == 200 else [])


def test_scrips_may_send_a_form(served: Served) -> None:
    head = {"X-Slaplugin-Secret": SECRET}
    answer = served.ask("/webhook/rt", "POST", data={"ticket": "17"}, headers=head)
    assert answer.json() == {"hint": "accepted"}
    assert served.hinted == ["17"]


def test_a_flood_is_one_hint_and_no_room_is_no_error(served: Served) -> None:
    told = [send(served, head=signed(PLAIN, str(number))).json()["hint"] for number in range(20)]
    assert told == ["accepted", *["known"] * 19]
    served.room = False
    body = b'{"ticket": {"id": 99}}'
    assert send(served, body, signed(body)).json() == {"hint": "known"}


@pytest.mark.parametrize(
    ("body", "ticket"),
    [
        (b'{"ticket": {"id": 37}}', "37"),
        (b'{"ticket": {"id": "37", "title": "x"}}', "37"),
        (b'{"ticket": 37}', "37"),
        (b'{"ticket_id": "37"}', "37"),
        (b'{"TicketID": "37"}', "37"),
        (b'{"Ticket": {"TicketID": 37, "Title": "x"}}', "37"),
        (b'{"Event": {"Event": "TicketCreate", "TicketID": "37"}}', "37"),
        (b'{"Event": "TicketCreate", "TicketID": "37"}', "37"),
        (b'{"Event": {"Event": "TicketCreate"}, "Ticket": {"TicketID": "37"}}', "37"),
        (b'{"Event": "TicketCreate", "Ticket": "x", "TicketID": 37}', "37"),
        (b'{"Event": "TicketCreate"}', None),
        (b'{"ticket": {}, "TicketID": 38}', "38"),
        (b"{}", None),
        (b"[]", None),
        (b"", None),
        (b"null", None),
        (b"{", None),
        (b"\xff\xfe", None),
        (b'{"ticket": {"id": null}}', None),
        (b'{"ticket": {"id": true}}', None),
        (b'{"ticket": {"id": [37]}}', None),
        (b'{"ticket": {"id": 0}}', None),
        (b'{"ticket": {"id": -3}}', None),
        (b'{"ticket": {"id": "37/../users"}}', None),
        (b'{"ticket": {"id": "037"}}', None),
        ('{"ticket": {"id": "٣٧"}}'.encode(), None),
        (b'{"ticket": {"id": "3\\n7"}}', None),
        (b'{"ticket": {"id": ' + b"9" * 19 + b"}}", None),
        (b'{"ticket": {"id": 1e400}}', None),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None),
        (b"[" * 1_000_000, None),
    ],
)
def test_only_a_whole_number_is_read(body: bytes, ticket: str | None) -> None:
    assert ticket_of(body) == ticket


@given(st.binary() | st.text().map(str.encode))
def test_whatever_comes_is_a_number_or_nothing(body: bytes) -> None:
    for found in (ticket_of(body), ticket_of_form(body), ticket_of(b'{"ticket":' + body + b"}")):
        assert found is None or found.isdecimal()


@pytest.mark.parametrize(
    ("body", "ticket"),
    [
        (b"ticket=37", "37"),
        (b"TicketID=37&x=1", "37"),
        (b"ticket=%33%37", "37"),
        (b"ticket=", None),
        (b"x=37", None),
        (b"ticket=\xff", None),
        (b"a=1&" * 100, None),
    ],
)
def test_a_form(body: bytes, ticket: str | None) -> None:
    assert ticket_of_form(body) == ticket


def test_what_names_no_ticket_is_refused(served: Served) -> None:
    body = b'{"article": {"id": 5}}'
    answer = send(served, body, signed(body))
    assert answer.status_code == 400
    assert served.counted("slaplugin_webhooks_total", kind="zammad", outcome="unreadable") == 1


def head_of(more: str, path: str = "/webhook/zammad") -> bytes:
    signature = signed(PLAIN)["X-Hub-Signature"]
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"X-Hub-Signature: {signature}", more]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_body_that_is_told_to_be_too_long_is_not_read(served: Served) -> None:
    answer = served.raw(head_of(f"Content-Length: {LONGEST_BODY + 1}"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert served.hinted == []


def test_a_body_that_grows_too_long_is_not_read_on(served: Served) -> None:
    part = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection(served.address, timeout=60) as wire:
        wire.sendall(head_of("Transfer-Encoding: chunked"))
        sent = 0
        try:
            while sent <= 4 * LONGEST_BODY:
                wire.sendall(part)
                sent += 0x10000
        except OSError:
            pass  # the other side has closed
    assert sent < 4 * LONGEST_BODY
    assert served.counted("slaplugin_webhooks_total", kind="zammad", outcome="too_long") == 1


def test_the_longest_body_is_taken(served: Served) -> None:
    body = PLAIN + b" " * (LONGEST_BODY - len(PLAIN))
    assert send(served, body, signed(body)).json() == {"hint": "accepted"}


def test_a_body_that_drips_is_not_waited_for(serve: Serve) -> None:
    served = serve(body_seconds=0.2)
    with socket.create_connection(served.address, timeout=10) as wire:
        wire.sendall(head_of(f"Content-Length: {len(PLAIN)}") + PLAIN[:5])
        assert everything(wire).startswith(b"HTTP/1.1 408 ")
    assert served.hinted == []


def test_a_body_that_breaks_off_changes_nothing(served: Served) -> None:
    with socket.create_connection(served.address, timeout=60) as wire:
        wire.sendall(head_of(f"Content-Length: {len(PLAIN)}") + PLAIN[:5])
    assert send(served, head=signed(PLAIN, "another")).status_code == 200
    assert served.hinted == ["37"]


def test_who_is_refused_keeps_no_connection(served: Served) -> None:
    answer = served.ask("/webhook/otrs", "POST", data=PLAIN)
    assert answer.headers["Connection"] == "close"


def test_the_names_of_this_machine_do_not_matter_to_a_helpdesk(served: Served) -> None:
    head = {**signed(PLAIN), "Host": "sla.example.org"}
    assert send(served, head=head).status_code == 200


def test_nothing_of_a_payload_is_logged(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    body = b'{"ticket": {"id": 37, "title": "CONFIDENTIAL"}, "article": {"body": "CONFIDENTIAL"}}'
    with caplog.at_level(logging.DEBUG):
        send(served, body, signed(body))
        send(served, body[:-1], signed(body[:-1], "two"))
        send(served, body, {})
    assert "CONFIDENTIAL" not in caplog.text
    assert SECRET not in caplog.text


def test_deliveries_are_remembered_within_bounds() -> None:
    seen = Deliveries(kept=3)
    assert [seen.is_new(name) for name in ("a", "b", "a", "c", "d", "a")] == [
        True, True, False, True, True, True,
    ]  # fmt: skip
    assert seen.is_new("x" * 100_000) and not seen.is_new("x" * 100_000)
