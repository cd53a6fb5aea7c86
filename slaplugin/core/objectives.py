"""Attainment of an objective over many clock instances, and the credits it owes.

policy-language §8, details 46. All instants are UTC epoch seconds, durations whole seconds, shares
exact fractions, money decimals.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, get_args

from slaplugin.core.calendars import ALWAYS, Calendar, Span
from slaplugin.core.calendars.spans import clip, merge
from slaplugin.core.model import NO_DATA, ClockInstance
from slaplugin.core.periods import Period, period_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Verdict = Literal["hits", "misses", "void", "unanswered", "waived", "low_confidence", "not_due"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class CreditStep:
    """One line of a credit table: what is owed when the share is below a bound."""

    below: Fraction
    credit: Fraction
    text: str
    """The credit as written, `15%`."""


@dataclass(frozen=True, slots=True)
class CreditTable:
    """What a missed objective owes, as a share of a base amount."""

    steps: tuple[CreditStep, ...]
    base: Decimal | str | None = None
    """An amount, or the full name of the field that holds it; None: only the percentage."""
    currency: str | None = None
    cap: Fraction | None = None
    """The most that the credits of one policy and period add up to, as a share of the base."""
    rounding: Decimal = Decimal("0.01")
    """Amounts are rounded half up to a multiple of this."""
    min_count: int = 0
    """With fewer counted instances nothing is owed; of an availability outages are counted."""

    def __post_init__(self) -> None:
        if self.rounding <= 0:
            raise ValueError(f"credits are rounded to a step above 0, not {self.rounding}")


@dataclass(frozen=True, slots=True)
class Objective:
    """An attainment goal: of one `clock`, or the `availability` that one clock takes away."""

    share: Fraction
    """The goal, from 0 to 1."""
    clock: str | None = None
    availability: str | None = None
    """A clock whose counted time is downtime; then `clock` is None."""
    within: int | None = None
    """Seconds of elapsed time that make a hit, whatever the instance's own target."""
    per: Period | None = None
    """None: all time."""
    zone: str = "UTC"
    """IANA zone of the period."""
    during: str | None = None
    """Calendar in which an instance must have started to be looked at."""
    calendar: str = ALWAYS
    """Calendar whose open time an availability is a share of."""
    credits: CreditTable | None = None
    count_unanswered: bool = False
    """The policy's key (R5): `closed_unanswered` is judged like any other outcome."""


@dataclass(frozen=True, slots=True)
class Attainment:
    """What an objective says about one period; an availability has a share but no counts."""

    share: Fraction | None
    met: bool | None
    """None where nothing is counted."""
    period: Span | None = None
    """The period's bounds, UTC epoch seconds; None for all time."""
    counted: int = 0
    hits: int = 0
    misses: int = 0
    waived: int = 0
    void: int = 0
    unanswered: int = 0
    low_confidence: int = 0
    not_due: int = 0
    credit: str | None = None
    """As written in the table, `15%`."""
    credit_share: Fraction | None = None
    amount: Decimal | None = None
    """This objective's own credit in money, capped and rounded; `credit_total` adds several."""


def attainment(
    objective: Objective,
    instances: Iterable[ClockInstance],
    now: int,
    calendars: Mapping[str, Calendar],
    facts: Mapping[str, Any] = NO_DATA,
) -> Attainment:
    """What the objective says at `now` about the period in which `now` lies.

    `instances` may be of any clock and age; `facts` holds the field that `credits.base` names.
    KeyError where `calendars` lacks the objective's calendar.
    """
    period = None if objective.per is None else period_around(objective.per, objective.zone, now)
    wanted = [each for each in instances if looked_at(objective, each, calendars)]
    if objective.availability is None:
        verdicts = Counter(
            verdict_on(objective, each)
            for each in wanted
            if _inside(period, decided_at(objective, each, now))
        )
        told = attained(objective, verdicts, facts)
    else:
        down = [lost for each in wanted if (lost := downtime(each, now))]
        spans = [span for lost in down for span in lost]
        bounds = period or (min((start for start, _ in spans), default=now), now)
        share = availability(spans, bounds, calendars[objective.calendar])
        outages = sum(1 for lost in down if clip(lost, *bounds))
        told = concluded(objective, share, outages, facts)
    return replace(told, period=period)


def attained(
    objective: Objective, verdicts: Mapping[Verdict, int], facts: Mapping[str, Any]
) -> Attainment:
    """What so many instances of each verdict come to, and owe; the period is the caller's."""
    number = {verdict: verdicts.get(verdict, 0) for verdict in VERDICTS}
    whole = number["hits"] + number["misses"]
    share = Fraction(number["hits"], whole) if whole else None
    return replace(
        concluded(objective, share, whole, facts),
        counted=whole,
        hits=number["hits"],
        misses=number["misses"],
        waived=number["waived"],
        void=number["void"],
        unanswered=number["unanswered"],
        low_confidence=number["low_confidence"],
        not_due=number["not_due"],
    )


def decided_at(objective: Objective, instance: ClockInstance, now: int) -> int:
    """The instant whose period an instance belongs to, UTC epoch seconds (details 46)."""
    if objective.within is None:
        return decided_by_target(instance, now)
    passed = _passed_at(instance, objective.within)
    if passed is not None:
        return passed
    return now if instance.stopped_at is None else instance.stopped_at


def decided_by_target(instance: ClockInstance, now: int) -> int:
    """:func:`decided_at` where the instance's own target judges, and no objective's."""
    if instance.outcome == "breached" and instance.breached_at is not None:
        return instance.breached_at
    return now if instance.stopped_at is None else instance.stopped_at


def verdict_on(objective: Objective, instance: ClockInstance) -> Verdict:
    """How one instance counts: the first that applies, in the order of details 46."""
    bad = _is_bad(objective, instance)
    unanswered = instance.outcome == "closed_unanswered" and not objective.count_unanswered
    cases: tuple[tuple[bool, Verdict], ...] = (
        (instance.status == "void" and not bad, "void"),
        (unanswered, "unanswered"),
        (instance.waived, "waived"),
        (instance.confidence == "low", "low_confidence"),
        (instance.is_open and not bad, "not_due"),
        (bad, "misses"),
    )
    return next((verdict for applies, verdict in cases if applies), "hits")


def granted(owed: Sequence[tuple[CreditTable, Fraction]]) -> list[Fraction]:
    """Of the credits of one policy and period what is granted: each as far as its cap has room."""
    found: list[Fraction] = []
    for table, credit in owed:
        room = credit if table.cap is None else max(Fraction(0), table.cap - sum(found))
        found.append(min(credit, room))
    return found


def credit_total(
    owed: Sequence[tuple[CreditTable, Fraction]], facts: Mapping[str, Any] = NO_DATA
) -> Decimal | None:
    """The money that several objectives of one policy and period owe together.

    Credits count in the order given, each as far as its table's cap leaves room; the sum is
    rounded as the first table says. None where a base is missing. ValueError where the tables
    name several currencies.
    """
    named = {table.currency for table, _ in owed if table.base is not None}
    if len(named - {None}) > 1:
        raise ValueError("credits of one policy must be in one currency")
    total = Fraction(0)
    for (table, _), credit in zip(owed, granted(owed), strict=True):
        base = _base(table, facts)
        if base is None:
            return None
        total += Fraction(base) * credit
    return _rounded(total, owed[0][0].rounding) if owed else Decimal(0)


def _inside(period: Span | None, at: int) -> bool:
    return period is None or period[0] <= at < period[1]


def looked_at(
    objective: Objective, instance: ClockInstance, calendars: Mapping[str, Calendar]
) -> bool:
    """Whether the objective is about this instance at all, whatever its period (details 46)."""
    clock = objective.availability or objective.clock
    if instance.clock != clock or instance.status == "not_applicable":
        return False
    judged_by_target = objective.availability is None and objective.within is None
    # The outcome tells that there is no target: a row may not name its target.
    if judged_by_target and instance.outcome == "not_applicable":
        return False
    return objective.during is None or calendars[objective.during].is_open(instance.started_at)


def _is_bad(objective: Objective, instance: ClockInstance) -> bool:
    if objective.within is None:
        return instance.outcome == "breached"
    return instance.elapsed > objective.within


def _passed_at(instance: ClockInstance, within: int) -> int | None:
    """Where the first counted second beyond `within` begins; None: not passed, or no spans."""
    left = within
    for span in instance.spans:
        if span.kind != "counted":
            continue
        if span.seconds > left:
            return span.start + left
        left -= span.seconds
    return None


def availability(down: Iterable[Span], period: Span, calendar: Calendar) -> Fraction | None:
    """One minus the union of downtime over the period's open time; None: it has no open time."""
    whole = calendar.elapsed(*period)
    lost = sum(calendar.elapsed(*span) for span in merge(clip(down, *period)))
    return 1 - Fraction(lost, whole) if whole else None


def downtime(instance: ClockInstance, now: int) -> list[Span]:
    """The counted time of an outage; of a bare row all time from start to stop, or to ``now``."""
    if instance.status == "void":
        return []
    if instance.spans:
        return [(span.start, span.end) for span in instance.spans if span.kind == "counted"]
    return [(instance.started_at, now if instance.stopped_at is None else instance.stopped_at)]


def concluded(
    objective: Objective, share: Fraction | None, counted: int, facts: Mapping[str, Any]
) -> Attainment:
    """The verdict on a share, and what it owes; the counts are the caller's.

    ``counted`` is held to the table's ``min_count``: instances, or outages of an availability.
    """
    met = None if share is None else share >= objective.share
    table = objective.credits
    step = _credit_step(table, share, counted)
    if table is None or step is None:
        return Attainment(share, met)
    amount = credit_total([(table, step.credit)], facts)
    return Attainment(share, met, credit=step.text, credit_share=step.credit, amount=amount)


def _credit_step(
    table: CreditTable | None, share: Fraction | None, counted: int
) -> CreditStep | None:
    if table is None or share is None or counted < table.min_count:
        return None
    owed = (step for step in table.steps if share < step.below)
    return min(owed, key=lambda step: step.below, default=None)


def _base(table: CreditTable, facts: Mapping[str, Any]) -> Decimal | None:
    if not isinstance(table.base, str):
        return table.base
    try:
        amount = Decimal(str(facts.get(table.base)))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _rounded(amount: Fraction, rounding: Decimal) -> Decimal:
    units = amount / Fraction(rounding)
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return whole * rounding
