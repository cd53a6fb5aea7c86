"""The log: one line an event, text or JSON, without secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
from pydantic import SecretStr

from slaplugin import logs


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
