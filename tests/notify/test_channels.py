"""Channels against a mail server and web hooks on loopback: delivered, refused, or not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.app.messages import Item, Message, NotSentError, SendError, UncertainError
from slaplugin.notify import channels_of
from tests.notify.servers import SECRET_PATH, mail_server, web_server

HOSTILE = "<script>alert(1)</script> [x](http://evil.example) *b* &amp;\nBcc: victim@example.org"
AT = 1_773_057_600


def message(*items: Item, channel: str = "c") -> Message:
    return Message(channel, tuple(f"key-{item.ticket}" for item in items), items, AT)


def item(ticket: str = "7", title: str = "Printer on fire", **more: Any) -> Item:
    told = {"group": "Support", "owner": None, "url": "https://desk.example/7", **more}
    return Item(ticket, f"31{ticket}", title, reasons=("first_response is late",), **told)


# ---------------------------------------------------------------------------- mail


def polite(**instead: str | None) -> Callable[[str], str | None]:
    usual = {"DATA": "354 go on", "QUIT": "221 bye"}
    return lambda verb: {**usual, **instead}.get(verb, "250 fine")


def mail_of(port: int, **more: Any) -> dict[str, Any]:
    table = {"kind": "mail", "to": ["duty@example.org"], "from": "SLA <sla@example.org>"}
    return {**table, "server": "127.0.0.1", "port": port, "tls": "none", **more}


def test_a_mail_lists_each_ticket(tmp_path: Path) -> None:
    with mail_server(polite()) as (port, taken):
        channels = channels_of({"c": mail_of(port)}, tmp_path)
        channels.send(message(item(), item("8", HOSTILE)))
    (mail,) = (message_from_bytes(text, policy=default) for text in taken)
    assert mail["Subject"] == "SLA: 2 tickets"
    assert mail["To"] == "duty@example.org"
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<{message(item(), item('8')).id}@example.org>"
    lines = mail.get_content().splitlines()
    assert "#317 Printer on fire (Support, nobody): first_response is late" in lines
    assert sum("victim@example.org" in line for line in lines) == 1


def test_a_subject_cannot_become_a_header(tmp_path: Path) -> None:
    with mail_server(polite()) as (port, taken):
        channels = channels_of({"c": mail_of(port, subject="{title}")}, tmp_path)
        channels.send(message(item(title=HOSTILE)))
    (mail,) = (message_from_bytes(text, policy=default) for text in taken)
    assert mail["Bcc"] is None
    assert "victim@example.org" in mail["Subject"]


@pytest.mark.parametrize(
    ("instead", "error"),
    [
        ({"RCPT": "550 nobody here"}, NotSentError),
        ({"MAIL": "421 too busy"}, NotSentError),
        ({"DATA": "451 later"}, NotSentError),
        ({"TEXT": "554 spam"}, NotSentError),
        ({"TEXT": None}, UncertainError),
    ],
)
def test_what_became_of_a_mail(
    instead: dict[str, str | None], error: type[Exception], tmp_path: Path
) -> None:
    with mail_server(polite(**instead)) as (port, _):
        channels = channels_of({"c": mail_of(port)}, tmp_path)
        with pytest.raises(error, match=r"mail server 127\.0\.0\.1"):
            channels.send(message(item()))


@pytest.mark.parametrize("farewell", ["421 too late", None])
def test_a_mail_that_was_taken_is_sent_however_the_server_says_goodbye(
    farewell: str | None, tmp_path: Path
) -> None:
    with mail_server(polite(QUIT=farewell)) as (port, taken):
        channels_of({"c": mail_of(port)}, tmp_path).send(message(item()))
    assert len(taken) == 1


def test_no_mail_server(tmp_path: Path) -> None:
    channels = channels_of({"c": mail_of(1)}, tmp_path)
    with pytest.raises(NotSentError, match="refused") as caught:
        channels.send(message(item()))
    assert caught.value.for_now


def test_a_password_is_never_told(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("s3cret\n", encoding="utf-8")
    with mail_server(polite()) as (port, _):
        table = mail_of(port, user="sla", password_file="pw")
        channels = channels_of({"c": table}, tmp_path)
        with pytest.raises(NotSentError) as caught:
            channels.send(message(item()))
    assert "s3cret" not in str(caught.value)


# ---------------------------------------------------------------------------- web hooks


def sent(kind: str, tmp_path: Path, *items: Item, **more: Any) -> tuple[dict[str, str], Any]:
    with web_server(200) as (url, got):
        channels_of({"c": {"kind": kind, "url": url, **more}}, tmp_path).send(message(*items))
    (found,) = got
    return found


def test_slack_reads_no_markup_of_a_title(tmp_path: Path) -> None:
    headers, body = sent("slack", tmp_path, item(title=HOSTILE), token="t0ken")
    assert "<script>" not in body["text"]
    assert "&lt;script&gt;" in body["text"]
    assert "<https://desk.example/7|open>" in body["text"]
    assert headers["Idempotency-Key"] == message(item()).id
    assert headers["Authorization"] == "Bearer t0ken"


def test_teams_reads_no_markdown_of_a_title(tmp_path: Path) -> None:
    _, body = sent("teams", tmp_path, item(title=HOSTILE))
    (attachment,) = body["attachments"]
    texts = [block["text"] for block in attachment["content"]["body"]]
    assert texts[0] == "SLA: 1 ticket"
    assert "[x](http" not in texts[1]
    assert texts[1].endswith("[open](https://desk.example/7)")


TOLD = {
    "reasons": ("breach at 2026-03-09T12:00:01Z",),
    "told": ("breach at Mon 2026-03-09 13:00:01 CET (UTC+1)",),
}


def test_people_are_told_local_times(tmp_path: Path) -> None:
    told = replace(item(), **TOLD)
    _, slack = sent("slack", tmp_path, told)
    _, teams = sent("teams", tmp_path, told)
    with mail_server(polite()) as (port, taken):
        channels_of({"c": mail_of(port)}, tmp_path).send(message(told))
    said = message_from_bytes(taken[0], policy=default).get_content()
    said += slack["text"] + teams["attachments"][0]["content"]["body"][1]["text"].replace("\\", "")
    assert said.count("breach at Mon 2026-03-09 13:00:01 CET (UTC+1)") == 3
    assert "T12:00:01Z" not in said


def test_machines_are_told_utc(tmp_path: Path) -> None:
    _, body = sent("json", tmp_path, replace(item(), **TOLD))
    assert body["tickets"][0]["reasons"] == ["breach at 2026-03-09T12:00:01Z"]


def test_json_has_everything_by_name(tmp_path: Path) -> None:
    _, body = sent("json", tmp_path, item(), item("8", owner="anna"))
    assert body["at"] == "2026-03-09T12:00:00Z"
    assert [ticket["number"] for ticket in body["tickets"]] == ["317", "318"]
    assert body["tickets"][1] == {
        "id": "8",
        "number": "318",
        "title": "Printer on fire",
        "url": "https://desk.example/7",
        "group": "Support",
        "owner": "anna",
        "reasons": ["first_response is late"],
    }


def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    _, body = sent("slack", tmp_path, *(item(str(number)) for number in range(100)))
    assert body["text"].splitlines()[-1] == "… and 60 more"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, NotSentError),
        (404, NotSentError),
        (429, NotSentError),
        (500, NotSentError),
        (503, NotSentError),
        (502, UncertainError),
        (504, UncertainError),
        (None, UncertainError),
    ],
)
def test_what_became_of_a_post(status: int | None, error: type[Exception], tmp_path: Path) -> None:
    with web_server(status) as (url, got):
        channels = channels_of({"c": {"kind": "json", "url": url}}, tmp_path)
        with pytest.raises(error) as caught:
            channels.send(message(item()))
    assert len(got) == 1
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "for_now"),
    [(302, False), (404, False), (413, False), (429, True), (500, True), (501, False), (503, True)],
)
def test_whether_the_hook_or_the_message_is_to_blame(
    status: int, for_now: bool, tmp_path: Path
) -> None:
    with web_server(status) as (url, _):
        channels = channels_of({"c": {"kind": "json", "url": url}}, tmp_path)
        with pytest.raises(NotSentError) as caught:
            channels.send(message(item()))
    assert caught.value.for_now is for_now


@pytest.mark.parametrize(
    ("instead", "for_now"),
    [
        ({"RCPT": "550 nobody here"}, False),
        ({"RCPT": "450 greylisted"}, True),
        ({"MAIL": "421 too busy"}, True),
        ({"DATA": "451 later"}, True),
        ({"TEXT": "554 spam"}, False),
    ],
)
def test_whether_the_mail_server_or_the_mail_is_to_blame(
    instead: dict[str, str | None], for_now: bool, tmp_path: Path
) -> None:
    with mail_server(polite(**instead)) as (port, _):
        channels = channels_of({"c": mail_of(port)}, tmp_path)
        with pytest.raises(NotSentError) as caught:
            channels.send(message(item()))
    assert caught.value.for_now is for_now


@pytest.mark.parametrize("status", [429, 502, 503])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_a_hook_wants_to_be_left_alone(
    status: int, headers: dict[str, str], seconds: float | None, tmp_path: Path
) -> None:
    with web_server(status, headers=headers) as (url, _):
        channels = channels_of({"c": {"kind": "json", "url": url}}, tmp_path)
        with pytest.raises(SendError) as caught:
            channels.send(message(item()))
    assert caught.value.retry_after == seconds


def test_an_answer_counts_by_its_status_and_its_body_is_not_read(tmp_path: Path) -> None:
    with web_server(200, promised=1_000_000) as (url, got):
        channels = channels_of({"c": {"kind": "json", "url": url}}, tmp_path)
        channels.send(message(item()))
    assert len(got) == 1


def test_nobody_listens(tmp_path: Path) -> None:
    channels = channels_of(
        {"c": {"kind": "json", "url": f"http://127.0.0.1:1{SECRET_PATH}"}}, tmp_path
    )
    with pytest.raises(NotSentError) as caught:
        channels.send(message(item()))
    assert "s3cret" not in str(caught.value)
    assert caught.value.for_now


# ---------------------------------------------------------------------------- settings

WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "no known kind"),
    ({"kind": "pigeon"}, "mail, slack, teams, json"),
    ({"kind": "mail", "from": "a@b.example"}, "notify.c.to"),
    ({"kind": "mail", "from": "a@b.example", "to": "nobody"}, "'nobody' is no mail address"),
    ({"kind": "slack"}, "web hook's address"),
    ({"kind": "slack", "url": "ftp://x"}, "web hook's address"),
    ({"kind": "slack", "url_file": "absent"}, "absent"),
    ({"kind": "slack", "url": "https://x.example/s3cret", "colour": "red"}, "notify.c.colour"),
    ({"kind": "slack", "url": "https://x.example/s3cret", "line": "{body}"}, "{body}"),
    ({"kind": "slack", "url": "https://x.example/s3cret", "window": -1}, "notify.c.window"),
]


@pytest.mark.parametrize(("table", "words"), WRONG)
def test_a_wrong_channel_is_told(table: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        channels_of({"c": table}, tmp_path)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_all_wrong_channels_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        channels_of({"one": {"kind": "mail"}, "two": {}}, tmp_path)
    told = {problem.path for problem in caught.value.problems}
    assert {"notify.one.to", "notify.one.from", "notify.two"} <= told
