"""The log: one line an event, text or JSON, without secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr

from slaplugin import logs
from slaplugin.cli.invocation import Invocation


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], logging.getLogger(logs.ROOT).level
    yield
    root.handlers[:] = before
    logging.getLogger(logs.ROOT).setLevel(level)


def written(style: Literal["text", "json"]) -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    logger = logs.configure("info", style, (SecretStr("s3cret"), None, "hi"), stream)
    return logger.getChild("test"), stream


def test_text_is_one_line_with_the_facts() -> None:
    logger, stream = written("text")
    logger.info("read %s", "a\nb", extra={"facts": {"ticket": 7}})
    (line,) = stream.getvalue().splitlines()
    assert line.endswith(" INFO slaplugin.test: read a | b ticket=7")
    assert line.index("Z ") == 23


def test_json_is_one_document_a_line() -> None:
    logger, stream = written("json")
    try:
        raise ValueError("token s3cret refused")
    except ValueError:
        logger.exception("failed", extra={"facts": {"at_host": "x", "count": 2}})
    document = json.loads(stream.getvalue())
    assert document["event"] == "failed"
    assert (document["level"], document["count"]) == ("error", 2)
    assert "ValueError: token ********** refused" in document["traceback"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_secrets_are_masked_wherever_they_stand(style: Literal["text", "json"]) -> None:
    logger, stream = written(style)
    facts = {"header": "Bearer s3cret", "deep": {"list": ["s3cret"]}, "hi": "hi"}
    logger.warning("sent %s", "s3cret", extra={"facts": facts})
    assert "s3cret" not in stream.getvalue()
    assert stream.getvalue().count(logs.MASK) == 3


def test_the_level_is_kept_and_a_second_setup_replaces_the_first() -> None:
    logger, first = written("text")
    logger.debug("too quiet")
    logger, second = written("text")
    logger.info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


HOSTILE = (
    "Fire\n2026-03-09 ERROR slaplugin: forged\r\x1b[31mred\x1b[0m\x85\u2028\x0b\x9b2J\u202etxt\x00"
)


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_hostile_title_stays_on_its_line_and_steers_no_terminal(
    style: Literal["text", "json"],
) -> None:
    logger, stream = written(style)
    logger.warning("ticket %s", HOSTILE, extra={"facts": {"title": HOSTILE}})
    text = stream.getvalue()
    assert len(text.splitlines()) == 1
    assert [sign for sign in text.rstrip("\n") if not sign.isprintable()] == []
    if style == "json":
        assert json.loads(text)["title"] == HOSTILE


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_secret_of_the_setup_before_stays_one(style: Literal["text", "json"]) -> None:
    """Changed settings may be refused after the log was set up for them."""
    written(style)
    stream = io.StringIO()
    logs.configure("info", style, ("another",), stream).warning("s3cret and another")
    assert stream.getvalue().count(logs.MASK) == 2


def test_secrets_of_channels_and_plugins_are_masked_however_a_library_says_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hook.url").write_text("https://hooks.example.com/services/T1/B2/fromfile\n")
    (tmp_path / "mail.password").write_text("pass-from-file\n")
    (tmp_path / "slaplugin.toml").write_text(
        'url = "https://desk.example.com"\ntoken = "host-token"\n'
        '[notify.chat]\nkind = "slack"\nurl = "https://hooks.example.com/services/T0/B0/inline"\n'
        '[notify.team]\nkind = "teams"\nurl_file = "hook.url"\n'
        '[notify.json]\nkind = "json"\nurl = "https://j.example.com/hook?key=in-the-query"\n'
        'token = "bearer-token"\n'
        '[notify.mail]\nkind = "mail"\nto = "a@example.com"\nfrom = "b@example.com"\n'
        'password_file = "mail.password"\n'
        '[plugins.cmdb]\napi_token = "cmdb-token"\n'
    )
    assert Invocation(str(tmp_path / "slaplugin.toml"), {}).settings.url
    try:
        raise ValueError(
            "HTTPSConnectionPool(host='hooks.example.com', port=443): Max retries exceeded with "
            "url: /services/T0/B0/inline; /services/T1/B2/fromfile; /hook?key=in-the-query; "
            "bearer-token pass-from-file cmdb-token host-token"
        )
    except ValueError:
        logging.getLogger("urllib3.connectionpool").exception("broken")
    said = capsys.readouterr().err
    assert "Max retries exceeded" in said
    words = ("inline", "fromfile", "in-the-query", "bearer", "pass-from", "cmdb", "host-token")
    assert [word for word in words if word in said] == []
