"""Business-time arithmetic: compiled calendars against two libraries and a plain day walk.

Every contestant answers the same questions on the same calendars in one run; conversions to its
own types lie outside the timer. Right is what a minute-by-minute counter says. Times differ from
machine to machine and from hour to hour: read the ratios.

    python benchmarks/calendar_arithmetic.py            # needs the dependency group `bench`
"""

from __future__ import annotations

import gc
import os
import platform
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from typing import Any
from zoneinfo import ZoneInfo

import business_duration
import businesstimedelta
import holidays
import pytz

from slaplugin.core.calendars import CalendarSpec, CalendarVersion, compile_calendars
from tests.core.minute_counter import MinuteCounter, Week

ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
HOUR, DAY = 3600, 86_400
EIGHT_HOURS = 8 * HOUR
CLOSED = frozenset(holidays.country_holidays("DE", subdiv="BE", years=range(2023, 2029)))
FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=BERLIN).timestamp()) for year in (2024, 2027))
WINDOW = (FIRST - 30 * DAY, LAST + 200 * DAY)
CHANGES = tuple(
    int(datetime(year, month, day, tzinfo=BERLIN).timestamp())
    for year, month, day in (
        (2024, 3, 31),
        (2024, 10, 27),
        (2025, 3, 30),
        (2025, 10, 26),
        (2026, 3, 29),
        (2026, 10, 25),
    )
)
BUDGET = 0.6  # seconds of work per contestant and set of questions
ROUNDS = 6

Ask = Callable[[Any, Any], Any]
Task = tuple[Ask, Sequence[tuple[Any, Any]]]
Question = tuple[int, int]
"""(start, end) or, for due times, (start, open seconds)."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One shift a day, which is all that every contestant can express."""

    name: str
    opens: int
    closes: int
    days: tuple[int, ...]

    def week(self) -> Week:
        return tuple(((self.opens, self.closes),) if day in self.days else () for day in range(7))

    def walls(self) -> tuple[wall_time, wall_time]:
        return wall_time(self.opens // HOUR), wall_time(self.closes // HOUR)


OFFICE = Hours("office, Mon-Fri 09-17", 9 * HOUR, 17 * HOUR, (0, 1, 2, 3, 4))
NIGHT = Hours("night, daily 00-08", 0, 8 * HOUR, tuple(range(7)))


@dataclass(frozen=True, slots=True)
class Contestant:
    """`elapsed` and `due` take what `into` makes of a question and answer in their own types."""

    name: str
    into: Callable[[Question], tuple[Any, Any]]
    elapsed: Ask
    seconds_of: Callable[[Any], int]
    due: Ask | None = None
    into_due: Callable[[Question], tuple[Any, Any]] | None = None
    instant_of: Callable[[Any], int] = int


def local(at: int) -> datetime:
    return datetime.fromtimestamp(at, BERLIN)


def naive(at: int) -> datetime:
    return local(at).replace(tzinfo=None)


def compiled(hours: Hours) -> Contestant:
    version = CalendarVersion(ZONE, hours.week(), closed=CLOSED)
    calendar = compile_calendars([CalendarSpec(hours.name, (version,))])[hours.name]
    return Contestant(
        "compiled calendar",
        into=lambda question: question,
        elapsed=calendar.elapsed,
        seconds_of=int,
        due=calendar.due,
        into_due=lambda question: question,
    )


class DayWalk:
    """Day after day on naive local time, as helpdesks commonly do it."""

    def __init__(self, hours: Hours) -> None:
        opens, closes = hours.walls()
        self._hours = dict.fromkeys(hours.days, (opens, closes))

    def elapsed(self, start: datetime, end: datetime) -> float:
        total = 0.0
        day = start.date()
        while day <= end.date():
            shift = self._shift(day)
            if shift is not None:
                begin, finish = max(shift[0], start), min(shift[1], end)
                if finish > begin:
                    total += (finish - begin).total_seconds()
            day += timedelta(days=1)
        return total

    def due(self, start: datetime, seconds: int) -> datetime:
        left = float(seconds)
        day = start.date()
        while True:
            shift = self._shift(day)
            if shift is not None:
                begin = max(shift[0], start)
                available = (shift[1] - begin).total_seconds()
                if available >= left:
                    return begin + timedelta(seconds=left)
                left -= max(available, 0.0)
            day += timedelta(days=1)

    def _shift(self, day: date) -> tuple[datetime, datetime] | None:
        if day in CLOSED:
            return None
        hours = self._hours.get(day.weekday())
        if hours is None:
            return None
        return datetime.combine(day, hours[0]), datetime.combine(day, hours[1])


def day_walk(hours: Hours) -> Contestant:
    walk = DayWalk(hours)
    return Contestant(
        "day walk",
        into=lambda question: (naive(question[0]), naive(question[1])),
        elapsed=walk.elapsed,
        seconds_of=round,
        due=walk.due,
        into_due=lambda question: (naive(question[0]), question[1]),
        instant_of=lambda due: int(due.replace(tzinfo=BERLIN).timestamp()),
    )


def business_time_delta(hours: Hours) -> Contestant:
    zone = pytz.timezone(ZONE)
    opens, closes = hours.walls()
    working = businesstimedelta.WorkDayRule(opens, closes, list(hours.days), tz=zone)
    rules = businesstimedelta.Rules([working, businesstimedelta.HolidayRule(CLOSED, tz=zone)])
    return Contestant(
        "businesstimedelta",
        into=lambda question: (local(question[0]), local(question[1])),
        elapsed=rules.difference,
        seconds_of=lambda delta: round(delta.timedelta.total_seconds()),
        due=lambda start, delta: start + delta,
        into_due=lambda question: (
            local(question[0]),
            businesstimedelta.BusinessTimeDelta(rules, seconds=question[1]),
        ),
        instant_of=lambda due: int(due.timestamp()),
    )


def business_duration_library(hours: Hours) -> Contestant:
    opens, closes = hours.walls()
    off = [day for day in range(7) if day not in hours.days]
    listed = dict.fromkeys(CLOSED, "closed")

    def elapsed(start: datetime, end: datetime) -> float:
        seconds = business_duration.businessDuration(start, end, opens, closes, off, listed, "sec")
        return float(seconds)

    return Contestant(
        "business-duration",
        into=lambda question: (naive(question[0]), naive(question[1])),
        elapsed=elapsed,
        seconds_of=lambda answer: 0 if answer != answer else round(answer),  # NaN: nothing open
    )


def intervals(days: int, count: int, starts: Sequence[int] | None = None) -> list[Question]:
    """Random whole minutes; the mean length is `days`. `starts`: within a week around these."""
    draw = random.Random(days)
    questions = []
    for _ in range(count):
        around = (FIRST, LAST) if starts is None else _week_around(draw.choice(starts))
        start = draw.randrange(*around, 60)
        questions.append((start, start + draw.randrange(0, 2 * days * DAY, 60)))
    return questions


def _week_around(change: int) -> tuple[int, int]:
    day = change // DAY * DAY
    return day - 4 * DAY, day + 3 * DAY


def asked(ask: Ask, questions: Iterable[tuple[Any, Any]]) -> list[Any]:
    return [ask(first, second) for first, second in questions]


def rates(tasks: Sequence[Task]) -> list[float]:
    """Answers per second of each task: the best of several rounds, all tasks in every round.

    The tasks take turns, so that a busy moment of the machine does not hit one of them alone.
    """
    portions = [(ask, questions[: _portion(ask, questions)]) for ask, questions in tasks]
    best = [float("inf")] * len(portions)
    gc.disable()
    for _ in range(ROUNDS):
        for index, (ask, questions) in enumerate(portions):
            began = time.perf_counter()
            for first, second in questions:
                ask(first, second)
            best[index] = min(best[index], time.perf_counter() - began)
    gc.enable()
    return [len(questions) / spent for (_, questions), spent in zip(portions, best, strict=True)]


def _portion(ask: Ask, questions: Sequence[tuple[Any, Any]]) -> int:
    ask(*questions[0])  # compiles, loads and caches before the clock runs
    began = time.perf_counter()
    asked(ask, questions[:20])
    each = (time.perf_counter() - began) / 20
    return max(20, int(BUDGET / ROUNDS / each))


@dataclass(frozen=True, slots=True)
class Line:
    """What one contestant did with one set of questions."""

    contestant: str
    rate: float
    wrong: int
    checked: int


def run_elapsed(
    contestants: Sequence[Contestant], questions: list[Question], truth: Sequence[int]
) -> list[Line]:
    """All contestants on elapsed time; `truth` in seconds."""
    tasks = [(each.elapsed, [each.into(one) for one in questions]) for each in contestants]
    return _lines([(each.name, each.seconds_of) for each in contestants], tasks, truth)


def run_due(
    contestants: Sequence[Contestant], questions: list[Question], truth: Sequence[int]
) -> list[Line]:
    """Those that know due times at all; `truth` in UTC epoch seconds."""
    asks = [(each, each.due, each.into_due) for each in contestants]
    able = [(each, due, into) for each, due, into in asks if due is not None and into is not None]
    tasks = [(due, [into(one) for one in questions]) for _, due, into in able]
    return _lines([(each.name, each.instant_of) for each, _, _ in able], tasks, truth)


def _lines(
    named: Sequence[tuple[str, Callable[[Any], int]]], tasks: Sequence[Task], truth: Sequence[int]
) -> list[Line]:
    lines = []
    for (name, plain), (ask, questions), speed in zip(named, tasks, rates(tasks), strict=True):
        checked = min(len(questions), max(200, int(speed * 4 * BUDGET)))
        answers = map(plain, asked(ask, questions[:checked]))
        wrong = sum(answer != right for answer, right in zip(answers, truth, strict=False))
        lines.append(Line(name, speed, wrong, checked))
    return lines


def report(title: str, lines: Sequence[Line]) -> None:
    print(f"\n**{title}**\n")
    print("| contestant | answers/s | compiled is faster by | wrong |")
    print("|---|---:|---:|---:|")
    for line in lines:
        ratio = lines[0].rate / line.rate
        wrong = f"{line.wrong:,} of {line.checked:,}"
        print(f"| {line.contestant} | {line.rate:,.0f} | {ratio:,.1f} | {wrong} |")


def measure(hours: Hours) -> Mapping[str, float]:
    """All sets of questions on one calendar; the compiled calendar's rates by set."""
    counter = MinuteCounter(ZONE, hours.week(), WINDOW, CLOSED)
    contestants = [
        build(hours)
        for build in (compiled, day_walk, business_time_delta, business_duration_library)
    ]
    sets = {
        "elapsed, mean 3 days": intervals(3, 50_000),
        "elapsed, mean 60 days": intervals(60, 50_000),
        "elapsed, mean 3 days, in weeks with a clock change": intervals(3, 20_000, CHANGES),
    }
    own = {}
    for title, questions in sets.items():
        truth = [counter.elapsed(*question) for question in questions]
        lines = run_elapsed(contestants, questions, truth)
        own[title] = lines[0].rate
        report(f"{hours.name}: {title}", lines)
    for where, starts in (("", None), (", in weeks with a clock change", CHANGES)):
        questions = [(start, EIGHT_HOURS) for start, _ in intervals(3, 20_000, starts)]
        truth = [counter.due(*question) for question in questions]
        title = f"{hours.name}: due after 8 open hours{where}"
        report(title, run_due(contestants, questions, truth))
    return own


def main() -> None:
    """Measure both calendars and print Markdown."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}")
    for hours in (OFFICE, NIGHT):
        own = measure(hours)
        short, long = own["elapsed, mean 3 days"], own["elapsed, mean 60 days"]
        print(f"\n{hours.name}: 60 days cost {short / long:.2f} times what 3 days cost")


if __name__ == "__main__":
    main()
