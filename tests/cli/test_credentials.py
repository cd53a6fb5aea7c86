"""What `init` asks for, by what the kind of helpdesk takes as a proof of who we are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.dialogue import Dialogue
from slaplugin.cli.init import _with_credential
from slaplugin.cli.starter import Access
from slaplugin.wiring.sides import guide_of

NOTHING = dict.fromkeys(("token", "token_file", "user", "password", "password_file"))


@dataclass
class Typed(Dialogue):
    """Somebody who types these answers."""

    answers: list[str]
    asks: bool = True
    asked: list[str] = field(default_factory=list)

    def text(self, question: str, option: str, default: str | None = None) -> str:
        self.asked.append(option)
        return self.answers.pop(0)

    def secret(self, question: str, option: str, *, may_be_empty: bool = False) -> str:
        return self.text(question, option)


@pytest.mark.parametrize(
    ("kind", "answers", "found"),
    [
        ("zammad", ["t0ken"], (None, None, "t0ken")),
        ("otrs", ["sla.api", "pass"], ("sla.api", "pass", None)),
        ("rt", ["t0ken"], (None, None, "t0ken")),
        ("rt", ["", "slabot", "pass"], ("slabot", "pass", None)),
    ],
)
def test_each_kind_is_asked_for_what_it_takes(
    kind: str, answers: list[str], found: tuple[Any, ...]
) -> None:
    guide = guide_of(kind)
    assert guide is not None
    typed = Typed(answers)
    access = _with_credential(Access(kind, "https://desk.test"), NOTHING, guide, typed)
    assert (access.user, access.password, access.token) == found
    assert typed.answers == []


def test_without_anybody_to_ask_both_ways_are_named() -> None:
    guide = guide_of("rt")
    assert guide is not None
    with pytest.raises(ConfigurationError, match="--token-file, or --user with --password-file"):
        _with_credential(Access("rt", "https://desk.test"), NOTHING, guide, Dialogue(asks=False))
