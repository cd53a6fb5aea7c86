"""The command line's frame: help, global options, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest

from slaplugin.app import errors
from slaplugin.cli import main as cli
from slaplugin.cli.exits import code_of
from slaplugin.cli.invocation import nested
from slaplugin.cli.table import COMMANDS

PRESENT = [name for name, entry in COMMANDS.items() if find_spec(f"slaplugin.cli.{entry.module}")]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def drop_in(tmp_path: Path) -> Any:
    def _drop_in(text: str) -> None:
        folder = tmp_path / "hooks"
        folder.mkdir()
        (folder / "extra.py").write_text(text, encoding="utf-8")

    return _drop_in


def test_help_lists_the_table_and_imports_no_command() -> None:
    script = (
        "import sys; from slaplugin.cli.main import run; code = run(['--help']);"
        "heavy = {'pydantic', 'requests', 'sqlite3', 'rich', 'pluggy', 'yaml', 'holidays'};"
        "sys.exit(code or ', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in PRESENT:
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize("name", PRESENT)
def test_every_command_is_there_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = COMMANDS[name]
    command = getattr(import_module(f"slaplugin.cli.{entry.module}"), entry.attribute)
    assert isinstance(command, click.Command)
    assert cli.run([name, "--help"]) == 0
    assert f"slaplugin {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigurationError("x"), 2),
        (errors.HostTemporaryError("x"), 3),
        (errors.HostPermanentError("x"), 3),
        (errors.HostGoneError("x"), 3),
        (errors.BrakeError("x"), 4),
        (errors.StoreError("x"), 5),
        (errors.LeaseHeldError("x"), 5),
        (errors.TicketHeldError("x"), 1),
        (errors.HookError("p", "h", "f:1", "x"), 1),
    ],
)
def test_errors_become_exit_codes_once(
    error: errors.SlapluginError,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert code_of(error) == code

    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(cli.slaplugin, "main", fail)
    assert cli.run([]) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"slaplugin: {error}\n")


def test_an_interruption_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.slaplugin, "main", interrupt)
    assert cli.run([]) == 130


def test_a_reader_who_leaves_early_is_no_error() -> None:
    script = (
        "import sys, click; from slaplugin.cli import main as cli\n"
        "def write(**_):\n    for _ in range(100000): click.echo('line')\n"
        "cli.slaplugin.main = write; sys.exit(cli.run([]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-command"], "No such command"),
        (["--log-level", "loud", "plugins"], "loud"),
        (["--set", "limits", "plugins"], "NAME=VALUE"),
        (["--set", "urll=x", "plugins"], "did you mean url?"),
        (["--config", "absent.toml", "plugins"], "no such settings file"),
        (["--now", "yesterday", "plugins"], "option now: 'yesterday' is not an instant"),
    ],
)
def test_wrong_use_is_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err


def test_set_reaches_nested_settings() -> None:
    assert nested(["limits.retry=5s", "limits.writes_per_hour=1", "url=http://x/?a=b"]) == {
        "limits": {"retry": "5s", "writes_per_hour": "1"},
        "url": "http://x/?a=b",
    }


def test_plugins_as_json(drop_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    drop_in("def slaplugin_ticket_facts(): return {}")
    assert cli.run(["plugins", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    extra = document["plugins"][-1]
    assert (extra["name"], extra["source"]) == ("extra", "drop-in")
    assert extra["hooks"] == [{"name": "slaplugin_ticket_facts", "kind": "decide"}]
    assert "zammad" in document["hosts"]


def test_plugins_as_text(drop_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    drop_in("def slaplugin_pause_reason(): return None")
    assert cli.run(["plugins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("extra  (drop-in: ") for line in lines)
    assert "    slaplugin_pause_reason  [decide]" in lines
    assert "commands: none" in lines


def test_a_plugin_brings_a_command(drop_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    drop_in(
        "import click\n@click.command()\ndef greet():\n    click.echo('hello')\n    return 1\n"
        "def slaplugin_commands(): return {'greet': greet}"
    )
    assert cli.run(["greet"]) == 1
    assert capsys.readouterr().out == "hello\n"


def test_a_plugin_may_not_replace_a_command(
    drop_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_in("def slaplugin_commands(): return {'sync': None}")
    assert cli.run(["other"]) == 2
    assert "may not replace the commands sync" in capsys.readouterr().err
