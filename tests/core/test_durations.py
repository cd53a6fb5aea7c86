"""Durations as people write them (policy-language §3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.core.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("4h", 14_400),
        ("1h30m", 5400),
        ("15m20s", 920),
        ("100h", 360_000),
        ("1h1s", 3601),
    ],
)
def test_parts_add_up(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1d", "'1d': a day of what\\? write 1bd or 24h"),
        ("2d4h", "write 2bd or 48h"),
        ("0m", "'0m' is no time; .* or none"),
        ("-30m", "'-30m' is negative"),
        ("30", "write 90s, 30m, 4h or 1h30m"),
        ("", "is no duration"),
        ("-", "is no duration"),
        ("1.5h", "is no duration"),
        ("30m1h", "is no duration"),
        ("1h 30m", "is no duration"),
        ("1bd", "is no duration"),
        ("٣m", "is no duration"),
    ],
)
def test_what_is_refused_and_what_to_write_instead(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_duration(text)


def test_what_must_be_allowed_explicitly() -> None:
    assert parse_duration("14d", allow_days=True) == 14 * 86_400
    assert parse_duration("0s", allow_zero=True) == 0
    assert parse_duration("-20s", allow_negative=True) == -20
    with pytest.raises(ValueError, match="negative"):
        parse_duration("-20s", allow_zero=True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5400, "1h30m"), (920, "15m20s"), (3601, "1h1s"), (0, "0s"), (-20, "-20s"), (360_000, "100h")],
)
def test_parts_of_zero_are_left_out(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(-(10**9), 10**9))
def test_what_is_written_reads_back(seconds: int) -> None:
    text = format_duration(seconds)
    assert parse_duration(text, allow_zero=True, allow_negative=True) == seconds
