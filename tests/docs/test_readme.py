"""What the README says can be done."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from slaplugin.cli import main as cli
from slaplugin.cli.table import COMMANDS
from slaplugin.policyfiles.loader import load_policy_texts

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = sorted(
    {
        line.split("#")[0].strip()
        for line in re.findall(r"(?:^\$ |`)(slaplugin [^`\n]+)", README, re.MULTILINE)
    }
)


def test_every_command_is_told() -> None:
    assert {line.split()[1] for line in LINES} == set(COMMANDS)


@pytest.mark.parametrize("line", LINES)
def test_a_command_line_is_understood(line: str) -> None:
    """Everything up to the command's own work: groups, options and arguments parse."""
    _, *arguments = shlex.split(line)
    command: click.Command | None = cli.slaplugin
    context = click.Context(cli.slaplugin, info_name="slaplugin")
    while isinstance(command, click.Group) and arguments:
        command = command.get_command(context, arguments.pop(0))
    assert command is not None
    assert not isinstance(command, click.Group)
    command.make_context(command.name, arguments, parent=context)


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^\$ make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_policy_is_valid_and_nine_lines() -> None:
    (policy,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert len(policy.splitlines()) == 9
    loaded = load_policy_texts({"policy.yaml": policy})
    assert loaded.problems == ()
    assert {one.name for one in loaded.required().policies} == {"standard", "vip"}


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", README):
        assert (ROOT / target).exists(), target
