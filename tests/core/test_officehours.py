"""Office hours guessed from answers, and read from what somebody writes."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.core.officehours import ENOUGH, OfficeHours, guessed_hours, parse_hours
from slaplugin.core.weekhours import HOURS


def week(days: Iterable[int], hours: Iterable[int], each: int = 10) -> list[int]:
    """So many answers in each of these hours of these days."""
    found = [0] * HOURS
    for day in days:
        for hour in hours:
            found[day * 24 + hour] = each
    return found


@pytest.mark.parametrize(
    ("answers", "hours"),
    [
        (week(range(5), range(9, 17)), {"mon-fri": "09:00-17:00"}),
        (week(range(7), range(24)), {"mon-sun": "00:00-24:00"}),
        (week((0, 1, 3), range(8, 18)), {"mon-tue,thu": "08:00-18:00"}),
        (week((5, 6), range(10, 20)), {"sat-sun": "10:00-20:00"}),
    ],
)
def test_the_week_that_the_answers_show(answers: list[int], hours: dict[str, str]) -> None:
    guess = guessed_hours(answers)
    assert guess == OfficeHours(hours, sum(answers), sum(answers))


def test_a_late_answer_and_a_saturday_open_nothing() -> None:
    answers = week(range(5), range(9, 17))
    answers[2 * 24 + 22] = 5
    answers[5 * 24 + 11] = 7
    assert guessed_hours(answers) == OfficeHours({"mon-fri": "09:00-17:00"}, 400, 412)


def test_a_few_answers_tell_nothing() -> None:
    answers = [0] * HOURS
    answers[10] = ENOUGH - 1
    assert guessed_hours(answers) is None


@given(st.lists(st.integers(0, 30), min_size=HOURS, max_size=HOURS))
def test_what_is_guessed_can_be_written_and_read_again(answers: list[int]) -> None:
    guess = guessed_hours(answers)
    if guess is None:
        assert sum(answers) < ENOUGH
    else:
        assert parse_hours(str(guess)).hours == guess.hours
        assert guess.inside <= guess.answers == sum(answers)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("mon-fri 09:00-17:00", {"mon-fri": "09:00-17:00"}),
        ("Mon-Thu 8:00-12:00, 13:00-17:00; fri 08:00-14:00",
         {"mon-thu": "8:00-12:00, 13:00-17:00", "fri": "08:00-14:00"}),
        ("mon, wed 09:00-12:00", {"mon, wed": "09:00-12:00"}),
        ("24x7", {"mon-sun": "00:00-24:00"}),
    ],
)  # fmt: skip
def test_what_people_write(text: str, hours: dict[str, str]) -> None:
    assert parse_hours(text).hours == hours


@pytest.mark.parametrize("text", ["", "9 to 5", "mon-fri", "09:00-17:00", "mon-fri 09:00-17:00;"])
def test_what_nobody_understands(text: str) -> None:
    with pytest.raises(ValueError, match="is no opening time"):
        parse_hours(text)
