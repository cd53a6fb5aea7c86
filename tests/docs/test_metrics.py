"""docs/metrics.md says of every figure what the program's own glossary says."""

from __future__ import annotations

from pathlib import Path

from slaplugin.core.metrics import AGES, GLOSSARY, Entry
from slaplugin.core.metrics.channels import CHANNELS
from slaplugin.core.metrics.figures import ESCALATION_ENDS, ESCALATION_KINDS
from slaplugin.core.metrics.observed import NUMBERS, RATES, TIMES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


def row(entry: Entry) -> str:
    told = (entry.formula, entry.unit, entry.belongs_to, ", ".join(entry.also_called), entry.source)
    return f"| `{entry.key}` | {entry.name} | {' | '.join(told)} |"


def test_the_page_has_every_entry_word_for_word_in_the_glossarys_order() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert rows == [row(entry) for entry in GLOSSARY]


def test_every_figure_has_an_entry() -> None:
    known = {entry.key: entry.unit for entry in GLOSSARY}
    escalations = [f"escalations.{kind}" for kind in ESCALATION_KINDS]
    wanted = dict.fromkeys(TIMES, "seconds")
    wanted |= dict.fromkeys([*NUMBERS, *escalations, "created", "closed", "solved"], "count")
    wanted |= dict.fromkeys(RATES, "share")
    assert {key: known.get(key) for key in wanted} == wanted
    assert len(known) == len(GLOSSARY)


def test_the_page_names_what_has_no_entry_of_its_own() -> None:
    names = [*CHANNELS, *ESCALATION_ENDS, *(name for name, _ in AGES)]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
