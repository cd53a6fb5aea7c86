"""docs/store.md names every table of the store, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from slaplugin.store import SqliteStore

PAGE = Path(__file__).resolve().parents[2] / "docs" / "store.md"


def told() -> set[str]:
    """The names in the first column of the table of tables."""
    rows = PAGE.read_text(encoding="utf-8").split("## Tables")[1].splitlines()
    cells = (row.split("|")[1] for row in rows if row.startswith("| `"))
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_table_of_the_store_is_described(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "store.db") as store:
        found = store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    assert told() == {name for (name,) in found}
