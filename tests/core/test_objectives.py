"""Attainment, availability and credits: policy-language §8, details 6 and 46."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from slaplugin.core.calendars import Calendar, CalendarSpec, CalendarVersion, compile_calendars
from slaplugin.core.durations import parse_duration
from slaplugin.core.model import ClockInstance, Span
from slaplugin.core.objectives import (
    Attainment,
    CreditStep,
    CreditTable,
    Objective,
    attainment,
    credit_total,
    decided_at,
)
from slaplugin.core.periods import Period, period_around

H = 3600
SCENARIOS = Path(__file__).parent / "scenarios" / "objectives.yaml"
CASES = yaml.safe_load(SCENARIOS.read_text(encoding="utf-8"))["objective_cases"]
OFFICE = (((9 * H, 17 * H),),) * 5 + ((), ())


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def fraction(share: str) -> Fraction:
    return Fraction(share.removesuffix("%")) / 100


def calendars() -> Mapping[str, Calendar]:
    return compile_calendars([CalendarSpec("berlin", (CalendarVersion("Europe/Berlin", OFFICE),))])


def table(**written: Any) -> CreditTable:
    lines = written.pop("lines", [{"below": "90%", "credit": "5%"}])
    steps = [CreditStep(fraction(x["below"]), fraction(x["credit"]), x["credit"]) for x in lines]
    return CreditTable(tuple(steps), **written)


def objective_of(written: dict[str, Any]) -> Objective:
    written = dict(written)
    lines = written.pop("credits", [])
    within = written.pop("within", None)
    return Objective(
        share=fraction(written.pop("share")),
        zone=written.pop("timezone"),
        within=within and parse_duration(within),
        credits=table(lines=lines, min_count=written.pop("min_count", 0)),
        **written,
    )


def instance_of(row: dict[str, Any]) -> ClockInstance:
    row = dict(row)
    instants = {"started_at", "stopped_at", "due_at", "breached_at"} & row.keys()
    row.update({key: at(row[key]) for key in instants})
    row["elapsed"] = parse_duration(row.get("elapsed", "0s"), allow_zero=True)
    return ClockInstance(instance=1, start_event="1", **row)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_scenario(case: dict[str, Any]) -> None:
    instances = [instance_of(row) for row in case["instances"]]
    found = attainment(objective_of(case["objective"]), instances, at(case["now"]), calendars())
    expected = dict(case["expect"])
    if expected.get("share") is not None:
        expected["share"] = Fraction(expected["share"])
    assert {key: getattr(found, key) for key in expected} == expected, case["why"]


NOW = at("2026-03-12T12:00+01:00")
FIRST = Objective(share=Fraction(9, 10), clock="first_response", per="month", zone="Europe/Berlin")
MET = ClockInstance(
    clock="first_response",
    instance=1,
    status="stopped",
    outcome="met",
    started_at=at("2026-03-10T09:00+01:00"),
    start_event="1",
    stopped_at=at("2026-03-10T10:00+01:00"),
    elapsed=H,
)
MISSED = replace(MET, outcome="breached", breached_at=MET.stopped_at, elapsed=9 * H)


def judged(objective: Objective, *instances: ClockInstance, now: int = NOW) -> Attainment:
    return attainment(objective, instances, now, calendars())


@pytest.mark.parametrize(
    ("per", "zone", "instant", "start", "end"),
    [
        ("day", "Europe/Berlin", "2026-03-29T12:00+02:00", "2026-03-29T00:00+01:00",
         "2026-03-30T00:00+02:00"),
        ("week", "Europe/Berlin", "2026-03-29T23:59+02:00", "2026-03-23T00:00+01:00",
         "2026-03-30T00:00+02:00"),
        ("week", "UTC", "2026-03-30T00:00Z", "2026-03-30T00:00Z", "2026-04-06T00:00Z"),
        ("month", "Europe/Berlin", "2026-02-28T23:30Z", "2026-03-01T00:00+01:00",
         "2026-04-01T00:00+02:00"),
        ("month", "UTC", "2026-02-01T00:00Z", "2026-02-01T00:00Z", "2026-03-01T00:00Z"),
        ("quarter", "UTC", "2026-02-14T00:00Z", "2026-01-01T00:00Z", "2026-04-01T00:00Z"),
        ("quarter", "UTC", "2026-12-31T23:59Z", "2026-10-01T00:00Z", "2027-01-01T00:00Z"),
        ("year", "America/New_York", "2027-01-01T00:00Z", "2026-01-01T00:00-05:00",
         "2027-01-01T00:00-05:00"),
        ("year", "UTC", "2028-12-31T00:00Z", "2028-01-01T00:00Z", "2029-01-01T00:00Z"),
    ],
)  # fmt: skip
def test_periods(per: Period, zone: str, instant: str, start: str, end: str) -> None:
    assert period_around(per, zone, at(instant)) == (at(start), at(end))


def test_without_a_period_everything_counts() -> None:
    old = replace(MET, stopped_at=at("2019-01-01T00:00Z"))
    found = judged(replace(FIRST, per=None), MET, old)
    assert (found.counted, found.period) == (2, None)


def test_closed_unanswered_is_judged_where_the_policy_counts_it() -> None:
    unanswered = replace(MET, outcome="closed_unanswered")
    assert judged(FIRST, unanswered).unanswered == 1
    counting = replace(FIRST, count_unanswered=True)
    assert judged(counting, unanswered).hits == 1
    slow = replace(unanswered, elapsed=7 * H)
    assert judged(replace(counting, within=6 * H), slow).misses == 1


def test_a_clock_without_target_is_judged_only_by_within() -> None:
    measured = replace(MET, outcome="not_applicable")
    assert judged(FIRST, measured).counted == 0
    assert judged(replace(FIRST, within=H), measured).hits == 1


def test_a_kept_breach_of_a_waived_instance_stands_apart() -> None:
    found = judged(FIRST, replace(MISSED, waived=True), replace(MISSED, confidence="low"))
    assert (found.waived, found.low_confidence, found.counted) == (1, 1, 0)


def test_within_is_passed_when_the_first_second_beyond_it_counts() -> None:
    friday, monday = at("2026-02-27T15:00+01:00"), at("2026-03-02T09:00+01:00")
    spans = (
        Span(friday, friday + 2 * H, "counted", "open", "berlin"),
        Span(friday + 2 * H, monday, "closed", "closed hours", "berlin"),
        Span(monday, monday + H, "counted", "open", "berlin"),
    )
    instance = replace(MET, started_at=friday, stopped_at=monday + H, elapsed=3 * H, spans=spans)
    assert decided_at(replace(FIRST, within=2 * H), instance, NOW) == monday
    assert decided_at(replace(FIRST, within=H), instance, NOW) == friday + H
    assert decided_at(replace(FIRST, within=3 * H), instance, NOW) == monday + H
    # February's: it was past one hour on Friday.
    february = judged(replace(FIRST, within=H), instance, now=at("2026-02-28T12:00+01:00"))
    assert february.misses == 1
    assert judged(replace(FIRST, within=H), instance).counted == 0


AVAILABLE = Objective(
    share=Fraction(999, 1000), availability="outage", per="day", zone="UTC", calendar="24x7"
)
OUTAGE = replace(MET, clock="outage", outcome="not_applicable")


def test_availability_is_of_the_calendar_and_lasts_until_now_while_open() -> None:
    running = replace(
        OUTAGE, status="running", stopped_at=None, started_at=at("2026-03-12T06:00+01:00")
    )
    in_office = replace(AVAILABLE, calendar="berlin", zone="Europe/Berlin")
    assert judged(in_office, running).share == Fraction(5, 8)
    assert judged(AVAILABLE, running).share == Fraction(3, 4)
    assert judged(AVAILABLE, running).met is False
    assert judged(AVAILABLE, replace(running, status="void")).share == 1


def test_availability_leaves_paused_time_of_an_outage_out() -> None:
    start = at("2026-03-12T00:00Z")
    spans = (
        Span(start, start + H, "counted", "open", "24x7"),
        Span(start + H, start + 3 * H, "paused", "waiting", "24x7"),
    )
    outage = replace(OUTAGE, started_at=start, stopped_at=start + 3 * H, spans=spans)
    assert judged(AVAILABLE, outage).share == Fraction(23, 24)


def test_availability_of_a_day_without_open_time_has_no_share() -> None:
    sunday = judged(replace(AVAILABLE, calendar="berlin"), now=at("2026-03-15T12:00Z"))
    assert (sunday.share, sunday.met, sunday.credit) == (None, None, None)


@pytest.mark.parametrize(
    ("why", "owed", "facts", "amount"),
    [
        ("no base, only a percentage", table(), {}, None),
        ("base times credit", table(base=Decimal(1000)), {}, Decimal("50.00")),
        ("half up", table(base=Decimal("0.10"), rounding=Decimal("0.01")), {}, Decimal("0.01")),
        ("to five cents", table(base=Decimal("1001"), rounding=Decimal("0.05")), {},
         Decimal("50.05")),
        ("capped", table(base=Decimal(1000), cap=Fraction(1, 50)), {}, Decimal("20.00")),
        ("a field", table(base="organization.fields.fee"), {"organization.fields.fee": "250"},
         Decimal("12.50")),
        ("a field nobody filled in", table(base="organization.fields.fee"), {}, None),
        ("a field that is no number", table(base="fields.fee"), {"fields.fee": "lots"}, None),
    ],
)  # fmt: skip
def test_money(
    why: str, owed: CreditTable, facts: Mapping[str, Any], amount: Decimal | None
) -> None:
    objective = replace(FIRST, credits=owed)
    found = attainment(objective, [MISSED], NOW, calendars(), facts)
    assert (found.credit, found.credit_share) == ("5%", Fraction(1, 20)), why
    assert found.amount == amount, why


def test_credits_of_one_policy_share_a_cap_and_are_rounded_once() -> None:
    capped = table(base=Decimal(1000), cap=Fraction(1, 5))
    owed = [(capped, Fraction(15, 100)), (capped, Fraction(10, 100))]
    assert credit_total(owed) == Decimal(200)
    cents = table(base=Decimal("0.01"))
    assert credit_total([(cents, Fraction(1, 4))] * 2) == Decimal("0.01")
    assert credit_total([]) == 0
    assert credit_total([(capped, Fraction(1)), (table(), Fraction(1))]) is None
    in_euros = table(currency="EUR", base=Decimal(10))
    assert credit_total([(in_euros, Fraction(1)), (table(currency="USD"), Fraction(1))]) is None
    with pytest.raises(ValueError, match="one currency"):
        credit_total([(in_euros, Fraction(1)), (replace(in_euros, currency="USD"), Fraction(1))])


def test_rounding_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        table(rounding=Decimal(0))
