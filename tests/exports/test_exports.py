"""Rows as JSON Lines, CSV and Parquet; the documented examples run against a real store."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.main import run
from slaplugin.exports import Field, parquet, write_csv, write_jsonl
from slaplugin.exports.parquet import write_parquet
from slaplugin.store import SqliteStore
from slaplugin.store.views import VIEWS
from tests.store.samples import HOST, action, event, finished, save, stored, ticket_row

DOCS = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
FIELDS = (
    Field("title"),
    Field("seconds", "integer"),
    Field("open", "boolean"),
    Field("facts", "json"),
    Field("at", "instant"),
)
ROWS = [
    ('=HYPERLINK("http://x")', -5, 1, '{"vip": true}', "2026-03-09T08:00:00Z"),
    ('Grüße, "quoted"\nand two lines', None, 0, None, None),
]


def test_json_lines_are_nested_and_one_a_row() -> None:
    out = io.StringIO()
    write_jsonl(out, FIELDS, iter(ROWS))
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["facts"], first["open"], first["seconds"]) == ({"vip": True}, True, -5)
    assert second == {
        "title": ROWS[1][0],
        "seconds": None,
        "open": False,
        "facts": None,
        "at": None,
    }


def test_csv_comes_back_and_runs_nothing() -> None:
    out = io.StringIO()
    write_csv(out, FIELDS, iter(ROWS))
    head, first, second = csv.reader(io.StringIO(out.getvalue()))
    assert head == [field.name for field in FIELDS]
    assert first == ["'" + ROWS[0][0], "-5", "true", '{"vip": true}', "2026-03-09T08:00:00Z"]
    assert second == [ROWS[1][0], "", "false", "", ""]


def test_parquet_has_types(tmp_path: Path) -> None:
    target = tmp_path / "rows.parquet"
    write_parquet(target, FIELDS, iter(ROWS))
    found = duckdb.read_parquet(str(target))
    assert dict(zip(found.columns, map(str, found.types), strict=True)) == {
        "title": "VARCHAR",
        "seconds": "BIGINT",
        "open": "BOOLEAN",
        "facts": "VARCHAR",
        "at": "TIMESTAMP WITH TIME ZONE",
    }
    query = f"SELECT title, seconds, open, epoch(\"at\") FROM '{target}'"
    rows = duckdb.connect().execute(query).fetchall()
    assert rows == [(ROWS[0][0], -5, True, 1773043200.0), (ROWS[1][0], None, False, None)]
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def test_an_export_without_rows_is_a_table_all_the_same(tmp_path: Path) -> None:
    write_parquet(tmp_path / "none.parquet", FIELDS, iter(()))
    assert duckdb.read_parquet(str(tmp_path / "none.parquet")).columns == [f.name for f in FIELDS]


def test_without_the_extra_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'slaplugin\[parquet\]'"):
        parquet.write_parquet(tmp_path / "x.parquet", FIELDS, iter(()))


# ------------------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings folder with a store of two tickets."""
    (tmp_path / "slaplugin.toml").write_text('timezone = "Europe/Berlin"\n', encoding="utf-8")
    with SqliteStore(tmp_path / "slaplugin.db", durable=False) as store:
        save(store, ticket_row("1", title="=cmd()"), ticket_row("2", number="312"))
        with store.tx() as tx:
            tx.replace_events(HOST, "1", [event("c", 1_000_500, kind="created"), event("r")])
            met = finished("first_response", elapsed=60, breached_at=None)
            missed = finished("resolution", outcome="breached", breached_at=9001, elapsed=8000)
            tx.save_instances(HOST, "1", [met, missed])
            tx.save_instances(HOST, "2", [stored()])
            tx.save_action(action("k1", status="done"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert run(["export", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("table", sorted(VIEWS))
def test_every_table_is_exported(
    folder: Path, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    names = [column.name for column in VIEWS[table].columns]
    assert [list(row) for row in exported(capsys, table)] in ([], [names], [names] * 2, [names] * 3)
    if table == "clocks":
        assert len(exported(capsys, table)) == 3


def test_selections(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["clock"] for row in exported(capsys, "clocks", "--ticket", "312")] == ["resolution"]
    assert exported(capsys, "events", "--since", "1970-01-02") == []
    assert len(exported(capsys, "events", "--until", "1970-01-02")) == 2


def test_files_are_whole_or_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "tickets", "--format", "csv", "-o", "tickets.csv"]) == 0
    assert "tickets.csv: 2 rows" in capsys.readouterr().err
    lines = (folder / "tickets.csv").read_text(encoding="utf-8").splitlines()
    assert (len(lines), "'=cmd()" in lines[1]) == (3, True)
    (folder / "slaplugin.db").write_bytes(b"spoiled")
    assert run(["export", "tickets", "--format", "csv", "-o", "tickets.csv"]) == 5
    assert (folder / "tickets.csv").read_text(encoding="utf-8").splitlines() == lines
    assert [path.name for path in folder.glob(".tickets*")] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clocks", "--format", "parquet"], "--output FILE"),
        (["policy_sets", "--ticket", "1"], "belong to no ticket"),
        (["tickets", "-o", "nowhere/x.jsonl"], "check that its folder exists"),
    ],
)
def test_wrong_use(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["export", *arguments]) == 2
    assert words in capsys.readouterr().err


# ------------------------------------------------------------------------- the page


def test_every_column_has_its_line() -> None:
    documented = {
        name: re.findall(r"^\| `(\w+)` \| (\w+) \|", section, re.MULTILINE)
        for name, section in re.findall(r"### `sla_(\w+)`(.*?)(?=\n##)", DOCS, re.DOTALL)
    }
    shown = {name: [(c.name, c.type) for c in view.columns] for name, view in VIEWS.items()}
    assert documented == shown


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL))
def test_the_queries_run_in_sqlites_own_shell(folder: Path, query: str) -> None:
    import sqlite3

    with sqlite3.connect(f"{(folder / 'slaplugin.db').as_uri()}?mode=ro", uri=True) as theirs:
        assert theirs.execute(query).fetchall() != []


def test_the_duckdb_example_runs(folder: Path) -> None:
    export, code = re.findall(
        r"### DuckDB.*?```\n(.*?)```\n\n```python\n(.*?)```", DOCS, re.DOTALL
    )[0]
    assert run(export.split()[1:]) == 0
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "first_response" in done.stdout


def test_the_datasette_example_serves_the_views(folder: Path) -> None:
    from datasette.app import Datasette

    (page,) = re.findall(r"open `(/slaplugin/sla_clocks[^`]*)`", DOCS)

    async def asked() -> Any:
        served = Datasette(["slaplugin.db"], settings={"trace_debug": False})
        path, _, query = page.partition("?")
        return await served.client.get(f"{path}.json?{query}&_shape=objects")

    answer = asyncio.run(asked())
    assert (answer.status_code, [row["clock"] for row in answer.json()["rows"]]) == (
        200,
        ["resolution"],
    )
