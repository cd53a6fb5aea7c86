"""Statements that a customer can be sent: one document a party, in every form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.reporting.report import Provenance, Report
from slaplugin.app.reporting.sealing import Restatement
from slaplugin.core.attainment import Line, Statement
from slaplugin.core.calendars.walltime import zone_named
from slaplugin.report.blocks import Block, as_markdown, as_markup, as_text
from slaplugin.report.html import page, text
from slaplugin.report.look import Look
from slaplugin.report.service.document import statement_document
from slaplugin.report.service.style import SERVICE_STYLE
from slaplugin.report.statement import closed_block, statement_block
from slaplugin.report.times import full, iso

_STYLE = """
h3 { text-transform: none; letter-spacing: 0; font-size: .95rem; color: var(--ink); }
"""
"""Policies are named as the contract names them."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that one party is told."""

    party: str
    statements: tuple[Statement, ...]
    """One a period, in order; at least one."""
    given: Provenance
    when: str
    """The periods of the report: ``2026-03``, ``2026-01 to 2026-03``."""
    restated: tuple[Restatement, ...] = ()
    """Closed periods among them."""


def letters(report: Report) -> tuple[Letter, ...]:
    """One for each party of the report's statements, in order of their names."""
    by_party: dict[str, list[Statement]] = {}
    for each in report.statements:
        by_party.setdefault(each.party, []).append(each)
    ask = report.ask
    when = ask.first.label if ask.first == ask.last else f"{ask.first.label} to {ask.last.label}"
    return tuple(
        Letter(party, tuple(found), report.provenance, when, report.restated)
        for party, found in sorted(by_party.items())
    )


def letter_page(letter: Letter) -> str:
    """A self-contained page."""
    block = _block(letter)
    body = ['<p class="eyebrow">service level statement</p>', *as_markup(block, 1)]
    footer = "".join(f"<p>{text(said)}</p>" for said in _rests_on(letter.given))
    return page(block.title, [*body, f"<footer>{footer}</footer>"], SERVICE_STYLE + _STYLE)


def letter_markdown(letter: Letter) -> str:
    """Markdown, with a line break at its end."""
    return "\n\n".join((*as_markdown(_block(letter)), *_rests_on(letter.given))) + "\n"


def letter_text(letter: Letter, look: Look) -> str:
    """Plain text, with a line break at its end."""
    lines = [*as_text(_block(letter), look), "", *_rests_on(letter.given)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def letter_document(letter: Letter) -> dict[str, Any]:
    """A JSON document; shares exact, amounts as text."""
    given = letter.given
    return {
        "party": letter.party,
        "as_of": iso(given.as_of),
        "policy_set": given.policy_set,
        "program": given.program,
        "audit_head": given.audit_head,
        "statements": [
            {**statement_document(each), "closed": _closed_document(letter, each)}
            for each in letter.statements
        ],
    }


def _block(letter: Letter) -> Block:
    told = [_with_state(letter, each) for each in letter.statements]
    if len(told) == 1:
        return told[0]
    return Block(f"Service levels of {letter.party}, {letter.when}", parts=tuple(told))


def _with_state(letter: Letter, told: Statement) -> Block:
    """The statement; of a period that still runs it says so before anything else."""
    block, as_of = statement_block(told), letter.given.as_of
    running = {zone: end for zone, end in _ends(told) if end > as_of}
    notes = [
        f"This period is not over before {full(end, zone_named(zone))} ({zone}): figures as of"
        f" {full(as_of, zone_named(zone))}."
        for zone, end in sorted(running.items())
    ]
    parts = (*block.parts, *_closed(letter, told))
    return replace(block, notes=(*notes, *block.notes), parts=parts)


def _closed(letter: Letter, told: Statement) -> Iterator[Block]:
    for found in letter.restated:
        block = closed_block(found, told)
        if block is not None:
            yield block


def _closed_document(letter: Letter, told: Statement) -> dict[str, Any] | None:
    """The seal of the statement's period, and the figures that differ; None: it is not closed."""
    for found in letter.restated:
        block = closed_block(found, told)
        if block is not None:
            return {
                "closed_at": iso(found.seal.closed_at),
                "sha256": found.seal.hash,
                "differs": [dict(zip(block.head, row, strict=True)) for row in block.rows],
            }
    return None


def _ends(told: Statement) -> Iterator[tuple[str, int]]:
    sections: Iterable[Sequence[Line]] = (*(each.lines for each in told.sections), told.theirs)
    for lines in sections:
        for line in lines:
            if line.told.period is not None:
                yield line.commitment.objective.zone, line.told.period[1]


def _rests_on(given: Provenance) -> Iterator[str]:
    yield (
        f"Policy set {given.policy_set[:12]}, slaplugin {given.program}, head of the audit chain"
        f" {(given.audit_head or 'none')[:12]}."
    )
