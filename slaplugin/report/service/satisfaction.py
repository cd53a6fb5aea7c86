"""What customers answered, beside what became of our promises, in every form of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from slaplugin.app.reporting.report import Report
from slaplugin.core.metrics.csat import Csat, Promise, Scores
from slaplugin.core.metrics.figures import Rate
from slaplugin.core.metrics.ratings import Rating
from slaplugin.report import blocks
from slaplugin.report.html import table, text
from slaplugin.report.look import Look
from slaplugin.report.service.behind import Lists
from slaplugin.report.service.figures import exact, percent, percent_number
from slaplugin.report.times import iso

PROMISED: Mapping[Promise, str] = {
    "kept": "no target missed",
    "missed": "a target missed",
    "none": "no target judged yet",
}
_HEAD = ("tickets with", "satisfied", "answers", "mean score")
_SHOWN = 20
"""Names in a file that belong to no ticket, of which so many are shown."""


def satisfaction(report: Report, lists: Lists, look: Look) -> Iterator[str]:
    """The section of the page."""
    csat = report.csat
    if csat is None:
        yield '<p class="note">No survey is known (settings csat.field and csat.file).</p>'
        return
    if csat.scores.count:
        rows = (tuple(map(text, row)) for row in _rows(csat))
        yield table("Satisfaction by what became of our promises", _HEAD, rows)
        yield from _by_period(csat)
        worst = [f"<li>{_worst(each, csat, lists, look)}</li>" for each in _dissatisfied(csat)]
        if worst:
            yield f"<h3>The worst answers</h3><ul>{''.join(worst)}</ul>"
    yield from (f"<p>{text(said)}</p>" for said in _notes(csat))


def satisfaction_markdown(report: Report, look: Look) -> Iterator[str]:
    """The section in Markdown; nothing where no survey is known."""
    csat = report.csat
    if csat is None:
        return
    yield "## Satisfaction"
    if csat.scores.count:
        yield blocks.table(_HEAD, _rows(csat))
        worst = ", ".join(
            f"{_number(report, each)} ({_score(each.score, csat)})" for each in _dissatisfied(csat)
        )
        if worst:
            yield f"The worst answers: {blocks.plain(worst)}."
    yield from map(blocks.plain, _notes(csat))


def satisfaction_document(csat: Csat) -> dict[str, Any]:
    """Everything about the answers."""
    return {
        "scale": str(csat.scale),
        **_scores(csat.scores),
        "by_promise": {name: _scores(found) for name, found in csat.by_promise.items()},
        "periods": [
            {
                "period": cell.period.label if cell.period else None,
                **_scores(cell.scores),
                "by_promise": {name: _scores(found) for name, found in cell.by_promise.items()},
            }
            for cell in csat.cells
        ],
        "response": _rate(csat.response),
        "worst": [
            {"ticket": each.ticket, "score": float(each.score), "at": each.at and iso(each.at)}
            for each in csat.worst
        ],
        "unknown": list(csat.unknown),
        "unreadable": [{"ticket": ticket, "answer": said} for ticket, said in csat.unreadable],
    }


def satisfaction_rows(csat: Csat) -> Iterator[tuple[str, str | None, Rate]]:
    """(what became of the promise, label of the period, satisfied answers of all)."""
    for cell in csat.cells:
        for name, found in cell.by_promise.items():
            if found.count:
                yield name, cell.period.label if cell.period else None, found.satisfied


def _rows(csat: Csat) -> Iterator[tuple[object, ...]]:
    for name, found in csat.by_promise.items():
        yield _row(PROMISED[name], found, csat)
    yield _row("any of these", csat.scores, csat)


def _row(name: str, found: Scores, csat: Csat) -> tuple[object, ...]:
    return name, percent(found.satisfied.share), found.count, _score(found.mean, csat)


def _score(score: Fraction | None, csat: Csat) -> str:
    """A score as it was answered: a word where the scale is words."""
    word = next((word for word, value in csat.scale.words.items() if value == score), None)
    return "–" if score is None else word or f"{float(score):.2f}".rstrip("0").rstrip(".")


def _by_period(csat: Csat) -> Iterator[str]:
    if len(csat.cells) < 2:
        return
    head = ("period", "satisfied", "answers", "no target missed", "a target missed")
    rows = (
        (
            text(cell.period.label if cell.period else "all"),
            text(percent(cell.scores.satisfied.share)),
            text(cell.scores.count),
            text(percent(cell.by_promise["kept"].satisfied.share)),
            text(percent(cell.by_promise["missed"].satisfied.share)),
        )
        for cell in csat.cells
    )
    yield "<h3>By period</h3>"
    yield table("Satisfaction by period", head, rows)


def _worst(rating: Rating, csat: Csat, lists: Lists, look: Look) -> str:
    when = f", {look.short(rating.at)}" if rating.at is not None else ""
    return f"{lists.named(rating.ticket)}: {text(_score(rating.score, csat))}{text(when)}"


def _dissatisfied(csat: Csat) -> list[Rating]:
    """The worst answers, none of which is a good one."""
    return [each for each in csat.worst if each.score < csat.scale.satisfied]


def _number(report: Report, rating: Rating) -> str:
    row = report.rows.get(rating.ticket)
    return row.number if row and row.number else rating.ticket


def _notes(csat: Csat) -> Iterator[str]:
    if not csat.scores.count:
        yield "Nobody has answered in this time."
    answered = csat.response
    yield (
        f"{percent(answered.share)} of the solved tickets have an answer ({answered.count} of"
        f" {answered.of}). On the scale {csat.scale}, from {_score(csat.scale.satisfied, csat)} on"
        " an answer counts as satisfied."
    )
    if csat.unknown:
        yield f"In the file, but no ticket of this store: {_some(csat.unknown)}."
    if csat.unreadable:
        said = _some([f"{ticket} ({answer})" for ticket, answer in csat.unreadable])
        yield f"Answers that are not on the scale: {said}."


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _scores(found: Scores) -> dict[str, Any]:
    mean = found.mean
    return {
        "answers": found.count,
        "satisfied": found.satisfied.count,
        "share": exact(found.satisfied.share),
        "percent": percent_number(found.satisfied.share),
        "mean": None if mean is None else round(float(mean), 4),
        "by_score": {f"{float(score):g}": often for score, often in found.answers.items()},
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"count": rate.count, "of": rate.of, "share": exact(rate.share)}
