"""Customer satisfaction beside what became of the promises: with a miss, and without (0148)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from slaplugin.core.dimensions import Place, Values, as_text, place_order
from slaplugin.core.metrics.figures import Question, Rate
from slaplugin.core.metrics.places import Places
from slaplugin.core.metrics.ratings import Rating, Scale
from slaplugin.core.metrics.series import KEPT
from slaplugin.core.metrics.values import TicketMetrics
from slaplugin.core.past import Past
from slaplugin.core.periods import CalendarPeriod

Promise = Literal["kept", "missed", "none"]
"""Whether a target of ours was missed on the ticket; ``none``: none has been judged."""
PROMISES: tuple[Promise, ...] = ("kept", "missed", "none")


@dataclass(frozen=True, slots=True)
class Scores:
    """The answers about some tickets."""

    answers: Mapping[Fraction, int]
    """Score -> how often, the worst first."""
    satisfied: Rate

    @property
    def count(self) -> int:
        """Answers, satisfied or not."""
        return self.satisfied.of

    @property
    def mean(self) -> Fraction | None:
        """Exact; None without answers."""
        total = sum((score * often for score, often in self.answers.items()), Fraction(0))
        return total / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class CsatCell:
    """The answers of one period and one combination of values."""

    period: CalendarPeriod | None
    values: Values
    scores: Scores
    by_promise: Mapping[Promise, Scores]


@dataclass(frozen=True, slots=True)
class Csat:
    """The answer of :class:`CsatTally`."""

    scale: Scale
    scores: Scores
    by_promise: Mapping[Promise, Scores]
    cells: tuple[CsatCell, ...]
    """In order of period, then values."""
    response: Rate
    """Solved tickets with an answer, over all solved tickets."""
    worst: tuple[Rating, ...]
    """The worst answers, a few."""
    unknown: tuple[str, ...]
    """Tickets of the file that the store does not know, in order."""
    unreadable: tuple[tuple[str, str], ...]
    """(ticket, text) of the field that are not on the scale, a few."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Where answers are: in a field of the ticket, in a file, or both (the file goes first)."""

    scale: Scale
    field: str | None = None
    """Full name of the ticket's field, ``fields.satisfaction``."""
    ratings: tuple[Rating, ...] = ()
    """Each ticket once (:func:`slaplugin.core.metrics.ratings.read_ratings`)."""


class CsatTally:
    """The answers to one question, ticket by ticket; parts can be added."""

    def __init__(self, survey: Survey, question: Question) -> None:
        self.survey = survey
        self.question = question
        self.answers: Counter[tuple[Place, Promise, Fraction]] = Counter()
        self.solved = 0
        self.answered = 0
        self.worst: list[Rating] = []
        self.unreadable: set[tuple[str, str]] = set()
        self.met: set[str] = set()
        """Names in the file that belong to tickets."""
        self._by_ticket = {rating.ticket: rating for rating in survey.ratings}
        self._places = Places(question)

    def add(self, past: Past, found: TicketMetrics | None) -> None:
        """Count a ticket's answer; ``found`` is what :func:`slaplugin.core.metrics.metrics_of`
        says of it."""
        rating = self._in_file(past)
        if found is None or found.standing != "counted":
            return
        rating = rating or self._in_field(past)
        self._count_response(found, rating)
        if rating is None:
            return
        at = rating.at or found.solved_at or past.as_of
        if self.question.holds(at):
            self.answers[self._places.at(past, at), _promise(found), rating.score] += 1
            self._keep(Rating(found.ticket, rating.score, at))

    def result(self) -> Csat:
        """Everything counted so far."""
        places = sorted({place for place, _, _ in self.answers}, key=place_order)
        return Csat(
            scale=self.survey.scale,
            scores=self._scores(places, PROMISES),
            by_promise=self._by_promise(places),
            cells=tuple(
                CsatCell(*place, self._scores([place], PROMISES), self._by_promise([place]))
                for place in places
            ),
            response=Rate(self.answered, self.solved),
            worst=tuple(sorted(self.worst, key=_badness)[:KEPT]),
            unknown=tuple(sorted(self._by_ticket.keys() - self.met)),
            unreadable=tuple(sorted(self.unreadable)[:KEPT]),
        )

    def __add__(self, other: CsatTally) -> CsatTally:
        """Two parts of the tickets; ValueError where they answer two questions."""
        if (self.survey, self.question) != (other.survey, other.question):
            raise ValueError("answers to two questions cannot be added")
        whole = CsatTally(self.survey, self.question)
        whole.answers = self.answers + other.answers
        whole.solved = self.solved + other.solved
        whole.answered = self.answered + other.answered
        whole.worst = [*self.worst, *other.worst]
        whole.unreadable = self.unreadable | other.unreadable
        whole.met = self.met | other.met
        return whole

    def _in_file(self, past: Past) -> Rating | None:
        for name in (past.ticket.number, past.ticket.id):
            if name and name in self._by_ticket:
                self.met.add(name)
                return self._by_ticket[name]
        return None

    def _in_field(self, past: Past) -> Rating | None:
        """The last answer in the ticket's field, since when it has been there."""
        name = self.survey.field
        text = None if name is None else as_text(past.stages[-1].facts.get(name))
        if name is None or text is None:
            return None
        try:
            score = self.survey.scale.score(text)
        except ValueError:
            self.unreadable.add((past.ticket.id, text))
            if len(self.unreadable) > 8 * KEPT:
                self.unreadable = set(sorted(self.unreadable)[:KEPT])
            return None
        return Rating(past.ticket.id, score, _since(past, name, text))

    def _count_response(self, found: TicketMetrics, rating: Rating | None) -> None:
        if found.solved_at is not None and self.question.holds(found.solved_at):
            self.solved += 1
            self.answered += rating is not None

    def _keep(self, rating: Rating) -> None:
        self.worst.append(rating)
        if len(self.worst) > 8 * KEPT:
            self.worst = sorted(self.worst, key=_badness)[:KEPT]

    def _by_promise(self, places: Iterable[Place]) -> Mapping[Promise, Scores]:
        wanted = list(places)
        return {promise: self._scores(wanted, (promise,)) for promise in PROMISES}

    def _scores(self, places: Iterable[Place], promises: tuple[Promise, ...]) -> Scores:
        wanted = frozenset(places)
        answers: Counter[Fraction] = Counter()
        for (place, promise, score), often in self.answers.items():
            if place in wanted and promise in promises:
                answers[score] += often
        good = sum(n for score, n in answers.items() if score >= self.survey.scale.satisfied)
        return Scores(dict(sorted(answers.items())), Rate(good, answers.total()))


def _promise(found: TicketMetrics) -> Promise:
    if found.missed is None:
        return "none"
    return "missed" if found.missed else "kept"


def _since(past: Past, name: str, text: str) -> int:
    at = past.stages[-1].start
    for stage in reversed(past.stages):
        if as_text(stage.facts.get(name)) != text:
            break
        at = stage.start
    return at


def _badness(rating: Rating) -> tuple[Fraction, int, str]:
    """The worst first, of equal ones the latest."""
    return (rating.score, -(rating.at or 0), rating.ticket)
