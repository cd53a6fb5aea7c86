"""Option types that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    _ParamType = click.ParamType[int]
else:
    _ParamType = click.ParamType


class Instant(_ParamType):
    """An instant as UTC epoch seconds: ISO 8601 with its offset, or a date (midnight UTC)."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Click's error for a text without an offset: the machine's zone is never guessed."""
        from slaplugin.settings import parse_instant

        if isinstance(value, int):
            return value
        text = f"{value}T00:00:00Z" if len(value) == len("2026-03-09") else value
        try:
            return int(parse_instant(text).timestamp())
        except ValueError as error:
            self.fail(str(error), param, ctx)


INSTANT = Instant()
