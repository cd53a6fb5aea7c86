"""Documents that are sent to one party: what each form says, and what it must not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from html import unescape
from typing import Any

import pytest

from slaplugin.app.reporting.report import Provenance
from slaplugin.core.attainment import Ledger, Question, Statement, statements
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.past import Past
from slaplugin.core.policies import Policy
from slaplugin.report import Look
from slaplugin.report.blocks import Block, as_markdown, as_markup, as_text
from slaplugin.report.service.statements import (
    Letter,
    letter_document,
    letter_markdown,
    letter_page,
    letter_text,
)
from tests.core.attainment.pasts import contracts, met, missed, objective, past

MARCH, APRIL = "2026-03-10T10:00:00+01:00", "2026-04-08T10:00:00+02:00"
POLICY = Policy("standard", objectives=(objective(),))
NASTY = "</title><script>alert(1)</script> | **bold**\n# head"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def ticket(number: str, instance: Any) -> Past:
    return past(number, instance, **{"organization.name": "<Acme> & Sons"})


def told(*pasts: Past) -> tuple[Statement, ...]:
    ledger = Ledger(contracts(POLICY), Question(dimensions=parse_dimensions(["organization"])))
    for each in pasts:
        ledger.add(each)
    return statements(ledger.result(), "organization")


def letter(as_of: str = "2026-05-01T08:00:00+02:00") -> Letter:
    found = told(
        ticket("1", met(MARCH)),
        ticket("2", missed(MARCH)),
        ticket("3", met(APRIL)),
        ticket("4", missed(APRIL, waived=True)),
    )
    given = Provenance("zammad", at(as_of), "a" * 64, "1.0", None)
    return Letter("<Acme> & Sons", found, given, "2026-03 to 2026-04")


FORMS: Mapping[str, Callable[[Letter], str]] = {
    "page": letter_page,
    "markdown": letter_markdown,
    "text": lambda found: letter_text(found, Look()),
    "json": lambda found: json.dumps(letter_document(found), ensure_ascii=False),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_every_period_and_what_it_rests_on(form: str) -> None:
    text = unescape(FORMS[form](letter())).replace("\\", "")
    wanted = ["<Acme> & Sons", "2026-03", "2026-04", "standard", "aaaaaaaaaaaa"]
    assert [words for words in wanted if words not in text] == []


def test_only_what_was_missed_is_listed() -> None:
    lines = letter_text(letter(), Look()).splitlines()
    titles = [line.split()[0] for line in lines if "5h" in line and "4h" in line]
    assert titles == ["42"]


@pytest.mark.parametrize(
    ("as_of", "running"),
    [("2026-05-01T08:00:00+02:00", 0), ("2026-04-20T08:00:00+02:00", 1)],
)
def test_a_period_that_still_runs_says_so(as_of: str, running: int) -> None:
    assert letter_text(letter(as_of), Look()).count("This period is not over before") == running


def test_the_page_loads_nothing_and_escapes_everything() -> None:
    page = letter_page(letter())
    assert "&lt;Acme&gt; &amp; Sons" in page
    assert [part for part in ("<script", "<link", "src=", "url(", "<Acme>") if part in page] == []


def test_blocks_are_text_whatever_others_wrote() -> None:
    block = Block(NASTY, ("column",), [(NASTY,)], (NASTY,), (Block(NASTY),))
    assert "<script" not in "".join(as_markup(block))
    lines = "\n\n".join(as_markdown(block)).splitlines()
    assert [line for line in lines if line.startswith("#")] == [lines[0], lines[-1]]
    assert "\\*\\*bold\\*\\*" in lines[0]
    shown = [line for line in as_text(block, Look()) if line]
    assert [line for line in shown if "\n" in line or "\x1b" in line] == []


def test_headings_go_down_a_level_a_part() -> None:
    block = Block("one", parts=(Block("two", parts=(Block("three"),)),))
    assert list(as_markdown(block)) == ["# one", "## two", "### three"]
    markup = "".join(as_markup(block, 1))
    assert markup == '<h1>one</h1><section class="card"><h2>two</h2><h3>three</h3></section>'
