"""Reports of random tickets, counted again from the raw tickets and the exported rows.

Seeds that found something are kept. To try others: ``SEEDS``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.recount import compare
from tests.recount.attained import Known, known
from tests.recount.installed import Asked, Installed
from tests.recount.lives import lives

SEEDS = (1, 3)
TICKETS = 50
BY = (
    ("group",), ("agent",), ("organization",), ("product",), ("priority", "channel"), ("tags",),
    ("customer",), ("state_kind", "calendar"),
)  # fmt: skip
WORDS = tuple(",".join(words) for words in BY)
MONTHS = Asked("2026-02", "2026-04", by=WORDS)
"""Everything there is."""
PARTS = (
    Asked("2026-W10", "2026-W13", by=WORDS[:2]),
    Asked("2026-03-27", "2026-03-30", "America/New_York", by=WORDS[:1]),
    Asked("2026-Q2", "2026-Q2"),
)
"""Some of it: the clocks go forward in New York in the first, in Berlin in the second."""


@pytest.fixture(scope="module", params=SEEDS)
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installed, list[Known]]]:
    """The program with the tickets of a seed, and what is known of them without it."""
    told = lives(request.param, TICKETS)
    made = Installed(tmp_path_factory.mktemp("recount"), told)
    yield made, known(told, made.clocks())
    made.desk.store.close()


def test_exported_seconds_are_those_of_the_open_hours(
    installed: tuple[Installed, list[Known]],
) -> None:
    """Else what is counted below would rest on other seconds than the program's."""
    assert compare.elapsed(installed[1]) == []


@pytest.mark.parametrize("asked", [MONTHS, *PARTS], ids=lambda asked: asked.first)
def test_a_report_says_what_is_counted(
    installed: tuple[Installed, list[Known]], asked: Asked
) -> None:
    """Attainment, objectives, statements, causes and the figures of tickets."""
    program, tickets = installed
    document = program.report(asked)
    by = BY[: len(asked.by)]
    per = document["period"]["per"]
    assert compare.attained(document, tickets, per, by) == []
    assert compare.kept(document, tickets) == []
    assert compare.stated(document, tickets) == []
    assert compare.figured(document, tickets) == []
    assert compare.caused(document, tickets) == []
    assert compare.satisfied(document, tickets) == []


def test_waits_behind_which_somebody_waited_for_us_are_all_found(
    installed: tuple[Installed, list[Known]],
) -> None:
    program, tickets = installed
    assert compare.idle(program.report(MONTHS), tickets) == []
