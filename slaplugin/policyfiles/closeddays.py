"""Closed dates from outside: public holidays and ICS files, resolved once and frozen.

A set that is rebuilt from the store must have the dates it had when it was in force, whatever
the ``holidays`` package or a file on disk says today. So dates are resolved over a wide fixed
range of years and kept with the set as JSON-able values.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from slaplugin.policyfiles.cursor import suggestion
from slaplugin.policyfiles.ics import IcsDates, IcsError, resolve_ics

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Wide enough for any ticket and for due times 40 years ahead (details 39)."""


class UnknownHolidayError(Exception):
    """The text says what is wrong with the code, ``hint`` what is allowed."""

    def __init__(self, message: str, hint: str) -> None:
        self.hint = hint
        super().__init__(message)


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, list[str]]:
    import holidays

    codes: Mapping[str, list[str]] = holidays.list_supported_countries(include_aliases=True)
    return codes


def check_holiday_code(code: str) -> None:
    """Raise UnknownHolidayError unless it is ``DE`` or ``DE-BE`` as ISO 3166 spells them."""
    country, _, part = code.partition("-")
    known = _codes()
    if country not in known:
        shortened = {name for name in known if len(name) == 2}
        raise UnknownHolidayError(
            f"unknown holiday code '{code}'",
            f"{suggestion(country, shortened)}; write DE, DE-BE or GB-ENG",
        )
    if "-" in code and part not in known[country]:
        allowed = {f"{country}-{name}" for name in known[country]}
        raise UnknownHolidayError(
            f"unknown holiday code '{code}'", suggestion(code, allowed, limit=60)
        )


@lru_cache(maxsize=64)
def holiday_dates(code: str) -> frozenset[date]:
    """Public holidays of a checked code, observed days included (details 40)."""
    import holidays

    country, _, part = code.partition("-")
    with warnings.catch_warnings():
        # Some countries' lunar holidays are published for a part of the range only.
        warnings.simplefilter("ignore")
        found = holidays.country_holidays(
            country, subdiv=part or None, years=range(FIRST_YEAR, LAST_YEAR + 1)
        )
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class ClosedDates:
    """Where calendars get their closed dates from.

    ``frozen`` are the dates of an earlier reading, as ``core.calendars.closed_dates`` returned
    them: they are used as they are, and neither the package nor any file is asked. ``folder`` is
    where ICS paths start; None means that files cannot be read.
    """

    folder: Path | None = None
    frozen: Mapping[str, Any] | None = None

    def kept(self, calendar: str, start: date | None) -> IcsDates | None:
        """The frozen dates of one version of a calendar, if it was frozen."""
        for version in (self.frozen or {}).get(calendar, ()):
            begins = version["start"]
            if (date.fromisoformat(str(begins)) if begins else None) == start:
                return IcsDates(
                    frozenset(date.fromisoformat(str(day)) for day in version["closed"]),
                    tuple((int(first), int(last)) for first, last in version["closures"]),
                )
        return None

    def holidays(self, code: str) -> frozenset[date]:
        """The dates of a code; raises UnknownHolidayError."""
        check_holiday_code(code)
        return holiday_dates(code)

    def ics(self, path: str, zone: str) -> IcsDates:
        """Closed days and spans of an ICS file; raises IcsError."""
        if self.folder is None:
            raise IcsError(path, None, "cannot be read here", "keep it beside the policy files")
        return resolve_ics(self.folder / path, path, zone, (FIRST_YEAR, LAST_YEAR))
