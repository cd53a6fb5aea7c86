"""The loaded plugins, and their implementations one by one.

pluggy stops a call at the first implementation that raises, so that nobody would know who failed
and the others were never asked. The registry therefore hands out the implementations singly.
"""

from __future__ import annotations

import difflib
import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

import pluggy

from slaplugin.app.errors import ConfigurationError, HookError, Problem
from slaplugin.core.model import ClockInstance, Ticket
from slaplugin.hookspecs import (
    KINDS,
    PREFIX,
    PROJECT,
    HostFactory,
    ReportSection,
    Specifications,
    Table,
)

Source = Literal["built-in", "package", "drop-in"]


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """One plugin: its name, where it comes from, and which hooks it implements."""

    name: str
    source: Source
    origin: str
    """File of a drop-in, name and version of a package, module of a built-in."""
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook."""

    plugin: str
    hook: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]

    def call(self, values: Mapping[str, Any]) -> Any:
        """The function's answer, given those of ``values`` that it names.

        HookError with the place for whatever it raises, ``sys.exit`` included; Ctrl-C alone is
        no failure of a hook.
        """
        try:
            return self.function(*(values[name] for name in self.arguments))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise HookError(self.plugin, self.hook, self.place_of(error), _said(error)) from error

    @property
    def place(self) -> str:
        """``file:line`` where the function begins."""
        where = place_of(self.function)
        return f"{where.get('file', '?')}:{where.get('line', '?')}"

    def place_of(self, error: BaseException) -> str:
        """``file:line`` that raised: in the plugin's own file if it took part, else the last."""
        own = inspect.unwrap(self.function).__code__.co_filename
        frames = traceback.extract_tb(error.__traceback__)
        mine = [frame for frame in frames if frame.filename == own]
        frame = (mine or frames)[-1] if frames else None
        return f"{frame.filename}:{frame.lineno}" if frame else own


class _Manager(pluggy.PluginManager):
    """Takes functions by their name alone, so that a drop-in needs no import of ours."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        options = super().parse_hookimpl_opts(plugin, name)
        if options is not None or not name.startswith(PREFIX):
            return options
        if not inspect.isroutine(getattr(plugin, name, None)):
            return None
        return {
            "wrapper": False,
            "hookwrapper": False,
            "optionalhook": False,
            "tryfirst": False,
            "trylast": False,
            "specname": None,
        }


class Registry:
    """Every loaded plugin; built once at the start by ``load_plugins``."""

    def __init__(self) -> None:
        self._manager = _Manager(PROJECT)
        self._manager.add_hookspecs(Specifications)
        self._loaded: list[LoadedPlugin] = []

    @property
    def plugins(self) -> tuple[LoadedPlugin, ...]:
        """In the order of loading: built-ins, packages, drop-ins."""
        return tuple(self._loaded)

    def add(self, plugin: object, name: str, source: Source, origin: str) -> None:
        """Register a module or object; ConfigurationError names file and line of each mistake."""
        if problems := list(_mistakes(plugin, name)):
            raise ConfigurationError(problems)
        try:
            self._manager.register(plugin, name)
        except (pluggy.PluginValidationError, ValueError) as error:
            raise ConfigurationError([Problem(str(error), path=f"plugin {name}")]) from error
        callers = self._manager.get_hookcallers(plugin) or []
        hooks = tuple(sorted(caller.name for caller in callers))
        self._loaded.append(LoadedPlugin(name, source, origin, hooks))

    def implementations(self, hook: str) -> Iterator[Implementation]:
        """The hook's implementations in order of call: the last loaded first, as pluggy has it."""
        caller = getattr(self._manager.hook, hook)
        for found in reversed(caller.get_hookimpls()):
            yield Implementation(found.plugin_name, hook, found.function, found.argnames)

    # ---------------------------------------------------------------- what was registered

    def configure(self, directory: Any, tables: Mapping[str, Mapping[str, Any]]) -> None:
        """Give each plugin its settings table; all failures in one ConfigurationError."""
        problems = list(self._unknown_tables(tables))
        for found in self.implementations("slaplugin_configure"):
            values = {"directory": directory, "options": dict(tables.get(found.plugin, {}))}
            _asked(found, values, problems)
        if problems:
            raise ConfigurationError(problems)

    def hosts(self) -> dict[str, HostFactory]:
        """Kind of helpdesk -> adapter factory."""
        return self._merged("slaplugin_hosts")

    def calendars(self) -> dict[str, Any]:
        """Calendars by name, as a policy file would write them."""
        return self._merged("slaplugin_calendars")

    def commands(self) -> dict[str, Any]:
        """Commands by name."""
        return self._merged("slaplugin_commands")

    def report_sections(self) -> list[ReportSection]:
        """Further sections of the report, in order of loading."""
        problems: list[Problem] = []
        sections: list[ReportSection] = []
        for found in self.implementations("slaplugin_report_sections"):
            answer = _asked(found, {}, problems) or ()
            odd = [each for each in answer if not isinstance(each, ReportSection)]
            problems += [_problem(found, f"must list sections, not {each!r}") for each in odd]
            own = [_contained(found, each) for each in answer if each not in odd]
            sections = [*own, *sections]
        if problems:
            raise ConfigurationError(problems)
        return sections

    def _merged(self, hook: str) -> dict[str, Any]:
        problems: list[Problem] = []
        merged: dict[str, Any] = {}
        givers: dict[str, str] = {}
        for found in self.implementations(hook):
            answer = _asked(found, {}, problems) or {}
            if not isinstance(answer, Mapping):
                problems.append(_problem(found, f"must return a mapping, not {answer!r}"))
                continue
            for name, value in answer.items():
                if name in merged:
                    problems.append(_problem(found, f"{name} is also given by {givers[name]}"))
                merged[name], givers[name] = value, found.plugin
        if problems:
            raise ConfigurationError(problems)
        return merged

    def _unknown_tables(self, tables: Mapping[str, Any]) -> Iterator[Problem]:
        names = [plugin.name for plugin in self._loaded]
        for name in tables:
            if name not in names:
                close = difflib.get_close_matches(name, names, n=1)
                hint = f"did you mean {close[0]}?" if close else "slaplugin plugins lists them"
                yield Problem("no plugin of this name is loaded", path=f"plugins.{name}", hint=hint)


def _asked(found: Implementation, values: Mapping[str, Any], problems: list[Problem]) -> Any:
    try:
        return found.call(values)
    except HookError as error:
        problems.append(Problem(f"{error.place}: {error.reason}", path=f"plugin {found.plugin}"))
        return None


def _contained(found: Implementation, section: ReportSection) -> ReportSection:
    """The section, whose failure is a HookError and whose table holds nothing but texts."""

    def texts(pairs: Sequence[tuple[Ticket, ClockInstance]]) -> Table:
        table = section.build(pairs)
        rows = tuple(tuple(map(str, row)) for row in table.rows)
        return Table(tuple(map(str, table.columns)), rows)

    contained = replace(found, function=texts, arguments=("pairs",))
    return replace(section, build=lambda pairs: contained.call({"pairs": pairs}))


def _problem(found: Implementation, message: str) -> Problem:
    return Problem(message, path=f"plugin {found.plugin}: {found.hook}", **place_of(found.function))


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def place_of(function: Any) -> dict[str, Any]:
    """``file`` and ``line`` of a function, as keyword arguments of a Problem."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return {"file": code.co_filename, "line": code.co_firstlineno} if code else {}


def _mistakes(plugin: object, name: str) -> Iterator[Problem]:
    """Functions that look like hooks and are none, or ask for what a hook does not get."""
    for attribute in sorted(vars(plugin) if isinstance(plugin, ModuleType) else dir(plugin)):
        function = getattr(plugin, attribute, None)
        marked = getattr(function, f"{PROJECT}_impl", None)
        if not inspect.isroutine(function) or not (marked or attribute.startswith(PREFIX)):
            continue
        hook = (marked or {}).get("specname") or attribute
        path = f"plugin {name}: {attribute}"
        if hook not in KINDS:
            close = difflib.get_close_matches(hook, KINDS, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]}?" if close else f"hooks are: {', '.join(KINDS)}"
            yield Problem("there is no such hook", path=path, hint=hint, **place_of(function))
            continue
        allowed = _parameters(getattr(Specifications, hook)) - {"self"}
        if surplus := sorted(_parameters(function) - allowed - {"self"}):
            given = ", ".join(sorted(allowed)) or "nothing"
            yield Problem(
                f"asks for {', '.join(surplus)}",
                path=path,
                hint=f"it gets {given}",
                **place_of(function),
            )


def _parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)
