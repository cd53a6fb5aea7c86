"""Why a number of the helpdesk is not ours: counted its way, told by the ticket, or left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from slaplugin.app.reconcile.bench import World
from slaplugin.app.reconcile.case import Attempt, Case
from slaplugin.app.reconcile.evidence import evidence_of, silence_of, specified
from slaplugin.app.reconcile.figures import differences, figures_of
from slaplugin.app.reconcile.lenses import Lens, lenses
from slaplugin.app.reconcile.terms import Offer, Offers
from slaplugin.app.reconcile.values import EARLIEST, Comparison, Reason
from slaplugin.core.model import ClockInstance

_BOUNDARY = Reason(
    "boundary", "no open time lies between: the helpdesk names the next opening, we the close (R2)"
)
_MOST = 3
"""Reasons that are tried together: more of them prove nothing any more."""
_MANY = 7
"""Lenses from which on only pairs are tried."""
_WHICH_TERMS = frozenset({"own", "today", "creation"})
_EARLIER_SET = Reason(
    "policies", "our verdict was reached under an earlier policy set, and stays (R11)"
)


def compare(case: Case) -> Comparison:
    """Both numbers, with the reason for each difference that can be found."""
    host, ours = case.native.figures, figures_of(case.item, case.native)
    plain = Comparison(_clock_of(case), case.native.field, ours, host)
    silence = silence_of(case)
    if silence is not None:
        return _explained(plain, differences(ours, host) or ("due_at",), (silence,), ())
    differs = differences(ours, host)
    if not differs:
        return plain
    boundary = _boundary(case, case.item, differs)
    if boundary is not None and differs == ("due_at",):
        return _explained(plain, differs, (boundary,), ())
    best = _search(case, differs)
    reasons = [specified(case, reason) for reason in best.reasons]
    evidence = dict(_evidence(case, best))
    left = [field for field, reason in evidence.items() if reason is None]
    told = dict.fromkeys(reason for reason in evidence.values() if reason is not None)
    named = _named_by_host(case, best, plain)
    return _explained(named, differs, (*reasons, *told), left)


def _clock_of(case: Case) -> str:
    item = case.item
    return item.clock if item else (*case.names, case.native.clock)[0]


def _named_by_host(case: Case, best: Attempt, plain: Comparison) -> Comparison:
    """One date for all clocks is that of the clock which is due first as the helpdesk counts."""
    item = case.instance_in(best.world) if case.native.clock == EARLIEST else None
    return plain if item is None else replace(plain, clock=item.clock)


def _explained(
    plain: Comparison, differs: Sequence[str], reasons: Sequence[Reason], left: Sequence[str]
) -> Comparison:
    return replace(
        plain, differs=tuple(differs), reasons=tuple(reasons), open_questions=tuple(left)
    )


# ---------------------------------------------------------------------- counting it otherwise


def _search(case: Case, differs: tuple[str, ...]) -> Attempt:
    """The fewest reasons that leave nothing open, else those that leave least open."""
    best = Attempt((), case.world, figures_of(case.item, case.native), differs)
    for attempt in _attempts(case):
        if len(attempt.differs) < len(best.differs):
            best = attempt
        if not attempt.differs:
            break
    return best


def _attempts(case: Case) -> Iterator[Attempt]:
    """From few reasons to many; terms that only would fit come last."""
    found = lenses(case.world, case.judged.facts, case.native.clock, case.bench.family)
    most = _MOST if len(found) < _MANY else _MOST - 1
    offers = Offers(case.bench, case.ticket, case.native, case.item)
    for number in range(most + 1):
        yield from (_attempt(case, chosen) for chosen in combinations(found, number))
        for chosen in combinations(found, number - 1) if number else ():
            yield from _under_terms(case, chosen, offers)
    for number in range(most):
        for chosen in combinations(found, number):
            yield from _under_fitting_terms(case, chosen, offers)


def _under_terms(case: Case, chosen: Sequence[Lens], offers: Offers) -> Iterator[Attempt]:
    for clock in case.names:
        for offer in offers.known(clock):
            yield _attempt(case, chosen, offer)


def _under_fitting_terms(case: Case, chosen: Sequence[Lens], offers: Offers) -> Iterator[Attempt]:
    world = _seen_through(case.world, chosen)
    fitting = [
        _attempt(case, chosen, offer)
        for clock in case.names
        for offer in offers.fitting(world, clock)
    ]
    return iter(sorted(fitting, key=lambda attempt: _BOUNDARY in attempt.reasons))


def _attempt(case: Case, chosen: Sequence[Lens], offer: Offer | None = None) -> Attempt:
    world = _seen_through(case.world, chosen)
    reasons = [lens.reason for lens in chosen]
    if offer is not None:
        world = offer.put_into(world)
        reasons.append(offer.reason)
    item = case.instance_in(world)
    ours = figures_of(item, case.native)
    differs = differences(ours, case.native.figures)
    boundary = _boundary(case, item, differs)
    if boundary is not None:
        differs = tuple(name for name in differs if name != "due_at")
        reasons.append(boundary)
    if not _has_its_target(case, item, reasons):
        differs = (*differs, "target")
    return Attempt(tuple(reasons or [_EARLIER_SET]), world, ours, differs)


def _boundary(case: Case, item: ClockInstance | None, differs: Sequence[str]) -> Reason | None:
    """No open time lies between the two: one names the closing, the other the next opening."""
    host = case.native.figures.due_at
    if "due_at" not in differs or item is None or item.due_at is None or host is None:
        return None
    calendar = case.bench.book(case.world).calendars.get(item.calendar or "")
    if calendar is None or calendar.elapsed(*sorted((item.due_at, host))):
        return None
    return _BOUNDARY


def _has_its_target(case: Case, item: ClockInstance | None, reasons: Sequence[Reason]) -> bool:
    """A reason that says which terms applied must come to the target that the helpdesk had."""
    target = case.native.target
    if target is None or not any(reason.key in _WHICH_TERMS for reason in reasons):
        return True
    return item is not None and item.target == target


def _seen_through(world: World, chosen: Sequence[Lens]) -> World:
    for lens in chosen:
        world = lens.apply(world)
    return world


# ---------------------------------------------------------------------- what counting leaves open


def _evidence(case: Case, best: Attempt) -> Iterator[tuple[str, Reason | None]]:
    """Each figure that counting leaves open, with what the ticket tells about it."""
    return ((field, evidence_of(case, best, field)) for field in best.differs)
