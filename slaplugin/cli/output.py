"""What commands print: one JSON document, or text for people."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from slaplugin.report import Look
    from slaplugin.settings import Settings
    from slaplugin.wiring import Present, Runtime

_STEERING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that steer a terminal or turn the direction of text; tabs and line feeds may stay."""
_NARROWEST, _WIDEST = 60, 120


def emit(document: Mapping[str, Any]) -> None:
    """Exactly one JSON document on stdout; what a terminal would obey is escaped in it."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    click.echo(_escaped(text))


@dataclass(frozen=True, slots=True)
class Answer:
    """Stdout for answers with others' words in them, titles above all.

    A file or another program gets them to the letter; a terminal finds nothing to obey.
    """

    is_json: bool = False
    """Then what steers is written as JSON writes it, and the answer still is the same."""

    def write(self, text: str) -> None:
        """Add to the answer."""
        if sys.stdout.isatty():
            text = _escaped(text) if self.is_json else _STEERING.sub("�", text)
        click.echo(text, nl=False)


def _escaped(text: str) -> str:
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def note(text: str) -> None:
    """A message about the run: stderr, so that stdout stays the answer.

    It may speak of things on the helpdesk, in whose names a terminal must find nothing to obey.
    """
    click.echo(_STEERING.sub("�", text), err=True)


def present_of(runtime: Runtime) -> Present:
    """The present, with a word where it is only this machine's."""
    return with_doubt_told(runtime.present())


def with_doubt_told(present: Present) -> Present:
    """The same, with a word where it is only this machine's."""
    if present.doubt:
        note(f"time is this machine's, the helpdesk could not be asked: {present.doubt}")
    return present


def confirm(question: str, *, yes: bool) -> None:
    """Ask where somebody sits at the keyboard; a script has said what it wants by its options.

    Raises ``click.Abort`` (exit code 130) for a no.
    """
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)


def look_of(settings: Settings | None = None, stream: TextIO | None = None) -> Look:
    """How text may look on ``stream`` (default: stdout), in the display zone of the settings."""
    from zoneinfo import ZoneInfo

    from slaplugin.report import Look

    stream = stream or sys.stdout
    terminal = stream.isatty()
    columns = shutil.get_terminal_size((80, 24)).columns if terminal else 80
    zone = settings.timezone if settings else "UTC"
    return Look(
        zone=ZoneInfo(zone),
        zone_name=zone,
        width=min(max(columns, _NARROWEST), _WIDEST),
        colour=terminal and "NO_COLOR" not in os.environ,
        unicode=_can_show("█▒▲✓…", stream),
    )


def _can_show(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
