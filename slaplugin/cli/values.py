"""Option types, and what options name, that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from slaplugin.core.periods import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from slaplugin.store import SqliteStore

    _Instants = click.ParamType[int]
    _Texts = click.ParamType[str]
    _Shares = click.ParamType[Fraction]
else:
    _Instants = _Texts = _Shares = click.ParamType


class Instant(_Instants):
    """UTC epoch seconds of an ISO 8601 text that names its offset."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Click's error for a text without an offset: the machine's zone is never guessed."""
        from slaplugin.settings import parse_instant

        if isinstance(value, int):
            return value
        try:
            return _seconds(parse_instant(value), value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Moment(_Texts):
    """A day, or an instant with its offset, kept as text until the display zone is known."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Click's error for anything that :func:`moment` would not understand."""
        try:
            moment(value, "UTC")
        except ValueError as error:
            self.fail(f"{error}, or a day such as 2026-03-09", param, ctx)
        return str(value)


def moment(text: str, zone: str) -> int:
    """UTC epoch seconds of an instant, or of a day's midnight in ``zone``; ValueError."""
    from slaplugin.settings import parse_instant

    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return _seconds(parse_instant(text), text)
    return _seconds(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)), text)


def id_of(store: SqliteStore, ticket: str | None) -> str | None:
    """The host's id of a ticket's number or id; as given where the store does not know it.

    One that was never read may still have entries of the history.
    """
    if ticket is None:
        return None
    found = store.find(ticket.lstrip("#"))
    return found[0][1] if found else ticket


def _seconds(instant: datetime, text: str) -> int:
    """UTC epoch seconds; ValueError outside the years that calendars can be laid around."""
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"{text!r} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return int(instant.timestamp())


class Share(_Shares):
    """An exact fraction above 0 and at most 1, written as ``95%``, ``99.9%`` or ``19/20``."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Click's error for anything else."""
        if isinstance(value, Fraction):
            return value
        text = str(value).strip()
        try:
            share = Fraction(text[:-1].strip()) / 100 if text.endswith("%") else Fraction(text)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{text!r} is no share: write 95%, 99.9% or 19/20", param, ctx)
        if not 0 < share <= 1:
            self.fail(f"{text!r} is not above 0% and at most 100%", param, ctx)
        return share


INSTANT = Instant()
SHARE = Share()
MOMENT = Moment()
