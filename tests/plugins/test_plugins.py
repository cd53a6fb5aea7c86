"""Plugins: found, refused with file and line, asked one by one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import ConfigurationError, HookError
from slaplugin.app.ports import Agent, AuditEntry, Hooks
from slaplugin.core.model import Ticket, Timeline
from slaplugin.hookspecs import KINDS, PREFIX, Specifications
from slaplugin.plugins import PluginHooks, Registry, load_plugins

TIMELINE = Timeline(Ticket("zammad", "1", title="A refund", facts={"group": "Support"}), ())
ENTRY = AuditEntry("breached", 0, {})
CANDIDATES = (Agent("anna", "Anna"), Agent("ben", "Ben"))

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write drop-ins, name -> text, and give their folder."""

    def _write(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return tmp_path

    return _write


def hooks(folder: Path) -> PluginHooks:
    return PluginHooks(load_plugins(folder))


def refused(folder: Path, **more: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_plugins(folder, **more)
    return [str(problem) for problem in caught.value.problems]


def test_every_specification_has_a_kind() -> None:
    named = {name for name in vars(Specifications) if name.startswith(PREFIX)}
    assert named == set(KINDS)


def test_built_ins_come_through_the_same_door() -> None:
    registry = load_plugins()
    (zammad,) = (plugin for plugin in registry.plugins if plugin.name == "zammad")
    assert (zammad.source, zammad.hooks) == ("built-in", ("slaplugin_hosts",))
    assert "zammad" in registry.hosts()


def test_a_drop_in_is_loaded_by_path_under_a_name_of_its_own(write: Write) -> None:
    folder = write(
        email="def slaplugin_pause_reason(): return __name__",
        _private="raise RuntimeError",
        test_email="raise RuntimeError",
    )
    registry = load_plugins(folder)
    plugin = registry.plugins[-1]
    assert (plugin.name, plugin.source, plugin.origin) == (
        "email",
        "drop-in",
        str(folder / "email.py"),
    )
    assert PluginHooks(registry).pause_reason(TIMELINE) == "slaplugin_dropins.email"


def test_a_drop_in_is_read_as_it_stands_and_leaves_nothing_beside_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    told = []
    for reason in ("a party", "a storm"):  # of one length, within one second
        folder = write(email=f"def slaplugin_pause_reason(): return {reason!r}")
        os.utime(folder / "email.py", (1_000_000_000, 1_000_000_000))
        told.append(hooks(folder).pause_reason(TIMELINE))
    assert told == ["a party", "a storm"]
    assert [file.name for file in folder.iterdir()] == ["email.py"]


def test_an_installed_package_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Crm:
        @staticmethod
        def slaplugin_calendars() -> dict[str, Any]:
            return {"moon": {"timezone": "UTC"}}

    class Entry:
        name, value, dist = "crm", "crm:plugin", None

        @staticmethod
        def load() -> type[Crm]:
            return Crm

    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [Entry])
    registry = load_plugins()
    assert registry.plugins[-1].source == "package"
    assert registry.calendars() == {"moon": {"timezone": "UTC"}}


def test_no_folder_is_no_problem(tmp_path: Path) -> None:
    sources = {plugin.source for plugin in load_plugins(tmp_path / "absent").plugins}
    assert sources == {"built-in"}


def test_all_broken_drop_ins_are_told_with_file_and_line(write: Write) -> None:
    folder = write(
        a_syntax="x = 1\ndef (:\n",
        b_import="\n\nimport no_such_module_at_all\n",
        c_hook="\ndef slaplugin_ticket_fact(ticket):\n    return {}\n",
        d_argument="def slaplugin_pause_reason(tickets):\n    return None\n",
        e_good="def slaplugin_pause_reason(ticket):\n    return None\n",
        f_marked="from slaplugin.hookspecs import hookimpl\n\n\n@hookimpl\n"
        "def ticket_facts(ticket):\n    return {}\n",
    )
    found = refused(folder)
    assert len(found) == 5
    for line, (place, says) in zip(
        found,
        [
            ("a_syntax.py:2", "invalid syntax"),
            ("b_import.py:3", "no_such_module_at_all"),
            ("c_hook.py:2", "did you mean slaplugin_ticket_facts?"),
            ("d_argument.py:1", "it gets ticket, timeline"),
            ("f_marked.py:4", "did you mean slaplugin_ticket_facts?"),
        ],
        strict=True,
    ):
        assert place in line
        assert says in line


def test_settings_reach_their_plugin(write: Write) -> None:
    folder = write(
        crm="got = []\n"
        "def slaplugin_configure(directory, options): got.append((directory.name, options))\n"
        "def slaplugin_pause_reason(): return str(got)\n"
    )
    registry = load_plugins(folder, directory=Path("/conf"), tables={"crm": {"file": "x"}})
    assert PluginHooks(registry).pause_reason(TIMELINE) == "[('conf', {'file': 'x'})]"


def test_a_failing_start_and_an_unknown_table_are_problems(write: Write) -> None:
    folder = write(crm="def slaplugin_configure(options):\n    raise KeyError('file')\n")
    unknown, failed = refused(folder, tables={"crn": {}})
    assert "plugins.crn" in unknown
    assert "did you mean crm?" in unknown
    assert "crm.py:2: KeyError" in failed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def slaplugin_hosts():\n    return 1 / 0", "b.py:2: ZeroDivisionError"),
        ("def slaplugin_hosts(): return ['x']", "must return a mapping"),
        ("def slaplugin_hosts(): return {'zammad': print}", "also given by"),
    ],
)
def test_a_failing_register_hook_ends_the_start(write: Write, text: str, says: str) -> None:
    registry = load_plugins(write(b=text))
    with pytest.raises(ConfigurationError, match=says):
        registry.hosts()


def test_facts_of_all_plugins_come_together(write: Write) -> None:
    port: Hooks = hooks(
        write(
            a="def slaplugin_ticket_facts(ticket): return {'tier': 'gold', 'customer.vip': True}",
            b="def slaplugin_ticket_facts(timeline): return {'tags_seen': ['x', 'y']}",
            c="def slaplugin_ticket_facts(): return None",
        )
    )
    assert port.ticket_facts(TIMELINE) == {
        "facts.tier": "gold",
        "customer.vip": True,
        "facts.tags_seen": ("x", "y"),
    }


def test_a_raising_decide_hook_names_plugin_file_and_line(write: Write) -> None:
    folder = write(
        helper_crm="def ask():\n    raise OSError('CRM is away')\n"
        "def slaplugin_ticket_facts(ticket):\n    return ask()\n"
    )
    with pytest.raises(HookError) as caught:
        hooks(folder).ticket_facts(TIMELINE)
    error = caught.value
    assert (error.plugin, error.hook) == ("helper_crm", "slaplugin_ticket_facts")
    assert error.place == f"{folder / 'helper_crm.py'}:2"
    assert "OSError: CRM is away" in str(error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def slaplugin_ticket_facts(): return ['vip']", "a mapping of facts"),
        ("def slaplugin_ticket_facts(): return {'x': object()}", "must be a text"),
        ("def slaplugin_ticket_facts(): return {'my.x': 1}", "must begin with facts."),
        ("def slaplugin_ticket_facts(): return {'calendar': 'x'}", "of slaplugin_calendar"),
        ("def slaplugin_ticket_facts(): return {'tier': 'tin'}", "other says 'gold'"),
    ],
)
def test_facts_that_cannot_be_used_hold_the_ticket(write: Write, text: str, says: str) -> None:
    folder = write(a=text, other="def slaplugin_ticket_facts(): return {'tier': 'gold'}")
    with pytest.raises(HookError, match=says):
        hooks(folder).ticket_facts(TIMELINE)


def test_two_calendars_hold_the_ticket_and_one_is_taken(write: Write) -> None:
    folder = write(
        a="def slaplugin_calendar(): return 'berlin'", b="def slaplugin_calendar(): return None"
    )
    assert hooks(folder).calendar_for(TIMELINE) == "berlin"
    write(b="def slaplugin_calendar(): return 'sydney'")
    with pytest.raises(HookError, match="names calendar berlin, b names sydney"):
        hooks(folder).calendar_for(TIMELINE)


def test_without_an_opinion_nothing_is_decided(write: Write) -> None:
    port = hooks(write(a="def slaplugin_assignee(): return None"))
    assert port.calendar_for(TIMELINE) is None
    assert port.pause_reason(TIMELINE) is None
    assert port.choose_assignee(TIMELINE, "Support", CANDIDATES) is None
    assert port.ticket_facts(TIMELINE) == {}


def test_the_assignee_is_one_of_the_candidates(write: Write) -> None:
    folder = write(a="def slaplugin_assignee(candidates, group): return candidates[-1].login")
    assert hooks(folder).choose_assignee(TIMELINE, "Support", CANDIDATES) == "ben"
    write(a="def slaplugin_assignee(): return 'carl'")
    with pytest.raises(HookError, match="carl, who cannot own a ticket of Support"):
        hooks(folder).choose_assignee(TIMELINE, "Support", CANDIDATES)


def test_a_failing_observer_is_recorded_and_the_next_is_told(write: Write) -> None:
    folder = write(
        a="told = []\ndef slaplugin_transition(entry): told.append(entry.kind)\n"
        "def slaplugin_pause_reason(): return ' '.join(told)",
        b="def slaplugin_transition(entry):\n    raise OSError('gone')",
    )
    port = hooks(folder)
    port.transition(ENTRY)
    assert port.pause_reason(TIMELINE) == "breached"
    (failure,) = port.failures
    assert (failure.plugin, failure.place) == ("b", f"{folder / 'b.py'}:2")
    assert failure.reason == "OSError: gone"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import asyncio; raise asyncio.CancelledError('late')", "CancelledError: late"),
        ("raise BaseException('odd')", "BaseException: odd"),
    ],
)
def test_a_hook_that_would_end_the_process_fails_like_any_other(
    write: Write, statement: str, said: str
) -> None:
    ends = f"import sys\ndef {{}}():\n    {statement}\n"
    with pytest.raises(HookError, match=rf"a\.py:3: {said}"):
        hooks(write(a=ends.format("slaplugin_ticket_facts"))).ticket_facts(TIMELINE)
    port = hooks(write(a=ends.format("slaplugin_transition")))
    port.transition(ENTRY)
    assert [failure.reason for failure in port.failures] == [said]
    (failed,) = refused(write(a=ends.format("slaplugin_configure")))
    assert f"a.py:3: {said}" in failed
    (failed,) = refused(write(a=statement))
    assert said in failed


def test_ctrl_c_ends_the_program_and_no_hook(write: Write) -> None:
    """The daemon raises it at the second Ctrl-C alone, for whoever waits for a hook that hangs."""
    presses = "def slaplugin_ticket_facts():\n    raise KeyboardInterrupt\n"
    with pytest.raises(KeyboardInterrupt):
        hooks(write(a=presses)).ticket_facts(TIMELINE)


def test_order_can_be_asked_for(write: Write) -> None:
    folder = write(
        a="from slaplugin.hookspecs import hookimpl\n"
        "@hookimpl(tryfirst=True)\ndef slaplugin_pause_reason(): return 'first'",
        z="def slaplugin_pause_reason(): return 'last loaded'",
    )
    assert hooks(folder).pause_reason(TIMELINE) == "first"


def test_a_plugin_is_registered_once() -> None:
    registry = Registry()
    registry.add(object(), "twin", "package", "x")
    with pytest.raises(ConfigurationError, match="twin"):
        registry.add(object(), "twin", "package", "y")
