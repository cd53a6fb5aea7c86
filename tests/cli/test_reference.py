"""The page about commands and the commands themselves tell the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from slaplugin.cli.showcase import cycle_moments
from slaplugin.cli.table import COMMANDS
from slaplugin.cli.values import moment
from slaplugin.demo.demo import DEFAULT_START

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by the words that call it, those of groups included."""
    for name, entry in COMMANDS.items():
        module = import_module(f"slaplugin.cli.{entry.module}")
        command = getattr(module, entry.attribute)
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", found) for sub, found in command.commands.items())
        else:
            yield name, command


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_every_command_is_on_the_page_and_has_an_example(name: str) -> None:
    assert re.search(rf"`(slaplugin )?{name}\b", PAGE)
    assert re.search(rf"Example: (\w+=… )?slaplugin {name}", ALL[name].epilog or "")


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z-]+)", PAGE))))
def test_every_option_of_the_page_exists(option: str) -> None:
    known = {text for command in ALL.values() for one in command.params for text in one.opts}
    known |= {"--config", "--now", "--set", "--log-level", "--log-format", "--json"}
    assert option in known


def test_the_moments_of_the_demo_rise_and_end_dense() -> None:
    from datetime import timedelta

    end = DEFAULT_START + timedelta(days=3)
    moments = list(cycle_moments(DEFAULT_START, end))
    assert moments == sorted(set(moments))
    assert all(DEFAULT_START <= item <= end for item in moments)
    assert moments[-1] - moments[-2] == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("text", "zone", "at"),
    [
        ("2026-03-09", "UTC", 1773014400),
        ("2026-03-09", "Europe/Berlin", 1773010800),
        ("2026-03-09T01:00:00+01:00", "Asia/Tokyo", 1773014400),
    ],
)
def test_days_are_those_of_the_display_zone(text: str, zone: str, at: int) -> None:
    assert moment(text, zone) == at


@pytest.mark.parametrize("text", ["yesterday", "2026-03-09T01:00:00", "2026-13-01"])
def test_a_moment_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an instant"):
        moment(text, "UTC")


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "9999-12-31T23:00:00-05:00"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_a_moment_of_no_calendar_is_refused(text: str, zone: str) -> None:
    with pytest.raises(ValueError, match="not in the years"):
        moment(text, zone)
