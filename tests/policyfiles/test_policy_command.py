"""``slaplugin policy``: what it prints, where, and the exit codes scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slaplugin.cli.main import run

from .test_problems import TEN

GOOD = "policies: [{name: standard, targets: {resolution: 8h}}]\n"
DOUBTFUL = GOOD.replace("8h", "{by: close}")
FAILING = """\
policies: [{name: standard, targets: {resolution: 8h}}]
cases:
  - name: right
    ticket: {}
    events: [{at: "2026-03-09T09:00:00Z", event: created, by: customer}]
    expect: {resolution: {due_at: "2026-03-09T17:00:00Z"}}
  - name: wrong
    ticket: {}
    events: [{at: "2026-03-09T09:00:00Z", event: created, by: customer}]
    as_of: "2026-03-09T10:00:00Z"
    expect: {resolution: {due_at: "2026-03-09T16:00:00Z", elapsed: 2h, status: running}}
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file and no drop-ins but the test's own."""
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "sla.yaml") -> str:
    path = Path("set") / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path.parent)


def document(capsys: pytest.CaptureFixture[str]) -> Any:
    captured = capsys.readouterr()
    return json.loads(captured.out)


def test_ten_different_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", write(TEN)]) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert [line.split(":")[1:3] for line in lines if line.startswith("error: ")] == [
        [" set/sla.yaml", line] for line in ("2", "3", "5", "8", "9", "9", "10", "13", "14", "15")
    ]
    assert lines[-1] == "10 errors, 0 warnings"
    assert captured.out == ""


def test_ten_different_mistakes_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", write(TEN), "--json"]) == 2
    found = document(capsys)
    assert (found["valid"], len(found["errors"])) == (False, 10)
    assert found["errors"][0] == {
        "message": "unknown timezone 'Europe/Berlyn'",
        "file": "set/sla.yaml",
        "line": 2,
        "column": 22,
        "path": "calendars.office.timezone",
        "hint": "did you mean 'Europe/Berlin'?",
    }


def test_a_valid_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", write(GOOD), "--strict"]) == 0
    assert capsys.readouterr().out == "valid: 1 policy and 0 calendars, 0 warnings\n"
    assert run(["policy", "check", "set", "--json"]) == 0
    found = document(capsys)
    assert (found["valid"], found["policies"], len(found["hash"])) == (True, ["standard"], 64)


def test_warnings_fail_under_strict_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "check", write(DOUBTFUL)]) == 0
    assert "warning: set/sla.yaml:1:" in capsys.readouterr().err
    assert run(["policy", "check", "set", "--strict"]) == 1


def test_the_directory_of_the_settings_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--set", f"policies={write(GOOD)}", "policy", "check"]) == 0
    assert "valid: 1 policy" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_directory_without_policies(capsys: pytest.CaptureFixture[str], name: str) -> None:
    Path("empty").mkdir()
    assert run(["policy", "check", name]) == 2
    assert f"error: {name}: " in capsys.readouterr().err


def test_test_files_in_the_directory_are_no_part_of_the_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(FAILING, "tests.yaml")
    assert run(["policy", "check", write(GOOD)]) == 0
    assert "1 policy" in capsys.readouterr().out


def test_policy_tests_print_a_line_a_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "test", write(FAILING, "tests.yaml")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok   set/tests.yaml:3 right",
        "FAIL set/tests.yaml:7 wrong",
        "       resolution.due_at: expected 2026-03-09T16:00:00Z, actual 2026-03-09T17:00:00Z",
        "       resolution.elapsed: expected 2h, actual 1h",
        "1 passed, 1 failed",
    ]


def test_policy_tests_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "test", write(FAILING, "tests.yaml"), "--json"]) == 1
    found = document(capsys)
    assert (found["passed"], found["failed"]) == (1, 1)
    assert found["cases"][1]["differences"][1] == {
        "key": "resolution.elapsed",
        "expected": "2h",
        "actual": "1h",
    }


def test_a_test_file_that_cannot_be_read_does_not_hide_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("cases: [{name: x}]", "a.yaml")
    only_right = FAILING.split("  - name: wrong", maxsplit=1)[0]
    assert run(["policy", "test", write(only_right, "b.yaml")]) == 2
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == "1 passed, 0 failed"
    assert "error: set/a.yaml:1:" in captured.err


def test_a_folder_without_tests_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "test", write(GOOD)]) == 2
    assert "holds no policy tests" in capsys.readouterr().err


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", write(GOOD)]) == 0
    assert "resolution: 8h of open time in 24x7" in capsys.readouterr().out
    assert run(["policy", "show", "set", "--json"]) == 0
    assert document(capsys)["layers"][0]["targets"][0]["clock"] == "resolution"


def test_describe(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "describe", write(GOOD)]) == 0
    assert "Applies to every ticket." in capsys.readouterr().out
    assert run(["policy", "describe", "set", "--json"]) == 0
    assert "Applies to every ticket." in document(capsys)["policy standard"]


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    Path("draft.yaml").write_text(GOOD.replace("8h", "4h"))
    assert run(["policy", "diff", write(GOOD), "draft.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "~ policy standard: target resolution: 8h of open time -> 4h of open time",
        "1 difference",
    ]
    assert run(["policy", "diff", "set", "set"]) == 0
    assert capsys.readouterr().out == "the sets mean the same\n"
    assert run(["policy", "diff", "set", "draft.yaml", "--json"]) == 0
    assert document(capsys)["differences"][0]["kind"] == "changed"


@pytest.mark.parametrize("command", ["show", "describe"])
def test_commands_that_need_a_valid_set_tell_every_problem(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run(["policy", command, write(TEN)]) == 2
    assert capsys.readouterr().err.count("set/sla.yaml:") == 10


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "schema"]) == 0
    assert document(capsys)["$schema"].endswith("2020-12/schema")


def test_calendars_of_plugins_belong_to_the_set(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hooks").mkdir()
    Path("hooks/hours.py").write_text(
        "from datetime import date\n"
        "from slaplugin.hookspecs import hookimpl\n\n\n"
        "@hookimpl\n"
        "def slaplugin_calendars():\n"
        "    return {'crm': {'timezone': 'UTC', 'exceptions': {date(2026, 3, 9): '09:00-17:00'}}}\n"
    )
    directory = write(GOOD.replace("targets", "calendar: crm, targets"))
    assert run(["policy", "check", directory, "--json"]) == 0
    assert document(capsys)["calendars"] == ["crm"]


@pytest.mark.parametrize("command", ["check", "test", "show", "schema", "describe", "diff"])
def test_every_command_has_help_with_an_example(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert run(["policy", command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Example: slaplugin policy {command}" in shown
    assert "--json" in shown
