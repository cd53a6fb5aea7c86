"""By what periods an X-ray tells the course: never more of them than a chart can show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from slaplugin.app.reporting.xray import first_period
from slaplugin.core.periods import CalendarPeriod, Period

NOW = int(datetime(2026, 10, 21, 13, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("days", "per", "label"),
    [
        (1, "day", "2026-10-20"),
        (20, "day", "2026-10-01"),
        (21, "week", "2026-W40"),
        (199, "week", "2026-W14"),
        (200, "month", "2026-04"),
        (1199, "month", "2023-07"),
        (1200, "quarter", "2023-Q3"),
        (3660, "quarter", "2016-Q4"),
    ],
)
def test_a_long_look_back_is_told_in_longer_periods(days: int, per: Period, label: str) -> None:
    first = first_period("Europe/Berlin", NOW, days)
    last = CalendarPeriod.around(first.per, "Europe/Berlin", NOW)
    assert (first.per, first.label) == (per, label)
    assert len(list(first.until(last))) <= 42
