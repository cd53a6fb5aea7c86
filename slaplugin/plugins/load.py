"""Find plugins: built-ins, installed packages, and files beside the settings file."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.hookspecs import PROJECT
from slaplugin.plugins.builtin import BUILTINS
from slaplugin.plugins.registry import Registry

_DROP_INS = "slaplugin_dropins"
"""Prefix of drop-ins' module names: ``hooks/email.py`` must not become anybody's ``email``."""


def load_plugins(
    hooks: Path | None = None,
    *,
    directory: Path | None = None,
    tables: Mapping[str, Mapping[str, Any]] | None = None,
) -> Registry:
    """Everything that is installed, and the drop-ins of the folder ``hooks`` if there is one.

    ``directory`` is the settings file's, ``tables`` the settings under ``plugins``. Raises
    ConfigurationError with the problems of all plugins, each with file and line.
    """
    registry = Registry()
    problems: list[Problem] = []
    for name, plugin in BUILTINS.items():
        registry.add(plugin, name, "built-in", type(plugin).__module__)
    for step in (_add_packages(registry), _add_drop_ins(registry, hooks)):
        for found in step:
            problems.extend(found)
    if problems:
        raise ConfigurationError(problems)
    registry.configure(directory or Path.cwd(), tables or {})
    return registry


def _add_packages(registry: Registry) -> Iterator[Sequence[Problem]]:
    for entry in importlib.metadata.entry_points(group=PROJECT):
        release = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        try:
            with _naming(f"plugin {entry.name} ({release})"):
                registry.add(entry.load(), entry.name, "package", release)
        except ConfigurationError as error:
            yield error.problems


@contextmanager
def _naming(plugin: str, file: Path | None = None) -> Iterator[None]:
    """ConfigurationError with the plugin's name, or its line, for whatever its import raises.

    ``sys.exit`` included; Ctrl-C alone is no mistake of a plugin.
    """
    try:
        yield
    except (ConfigurationError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ConfigurationError([_broken(plugin, error, file)]) from error


def _add_drop_ins(registry: Registry, hooks: Path | None) -> Iterator[Sequence[Problem]]:
    for file in drop_ins(hooks):
        try:
            with _naming(f"plugin {file.stem}", file):
                registry.add(_module(file), file.stem, "drop-in", str(file))
        except ConfigurationError as error:
            yield error.problems


def drop_ins(hooks: Path | None) -> list[Path]:
    """The folder's plugin files in order of name; ``_x.py`` and ``test_x.py`` are not plugins."""
    if hooks is None or not hooks.is_dir():
        return []
    return [file for file in sorted(hooks.glob("*.py")) if not file.name.startswith(("_", "test_"))]


class _AsWritten(SourceFileLoader):
    """Compiles what the file says now.

    Python's cache of compiled files tells versions apart by whole seconds and length, and would
    be one more thing in an administrator's folder.
    """

    def get_code(self, fullname: str) -> CodeType:
        """The code of the file as it stands."""
        file = self.get_filename(fullname)
        return self.source_to_code(self.get_data(file), file)


def _module(file: Path) -> ModuleType:
    name, place = f"{_DROP_INS}.{file.stem}", file.resolve()
    loader = _AsWritten(name, str(place))
    specification = importlib.util.spec_from_file_location(name, place, loader=loader)
    if specification is None or specification.loader is None:
        raise ImportError(f"{file} cannot be loaded as Python")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _broken(path: str, error: BaseException, file: Path | None = None) -> Problem:
    """The problem of a plugin whose import failed, at the plugin's own line where it has one."""
    if isinstance(error, SyntaxError) and file:
        return Problem(f"{error.msg}", file=str(file), line=error.lineno, column=error.offset)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if file and frame.filename == str(file.resolve())]
    line = own[-1].lineno if own else None
    return Problem(
        f"{type(error).__name__}: {error}", path=path, file=str(file) if file else None, line=line
    )
