"""What the global options say, and what commands build from it when they need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from slaplugin.plugins import Registry
    from slaplugin.settings import Settings

_HIDDEN = ("url", "token", "password", "secret")
_LONG_PATH = 12
"""Characters up to which the path of an address is an ordinary word."""
_P = ParamSpec("_P")
_R = TypeVar("_R")


class Invocation:
    """One call of ``slaplugin``; commands get it by ``@pass_invocation``.

    Nothing is read before it is asked for: ``settings`` loads the settings and starts the log,
    ``registry`` loads the plugins. Both raise ConfigurationError with every problem.
    """

    def __init__(self, config: str | None, options: dict[str, Any]) -> None:
        self.config = config
        self.options = options

    @cached_property
    def settings(self) -> Settings:
        """The settings, options included; the log is set up on the way."""
        from pydantic import SecretStr

        from slaplugin import logs
        from slaplugin.settings import load_settings

        settings = load_settings(self.config, self.options)
        secrets = [settings.token, settings.password, settings.webhook_secret, settings.web_token]
        # Of a channel everything that hides may stand in an error of a library.
        for table in (*settings.notify.values(), *settings.plugins.values()):
            secrets += map(SecretStr, _hidden(table, settings.directory))
        logs.configure(settings.log_level, settings.log_format, secrets)
        return settings

    @cached_property
    def registry(self) -> Registry:
        """The loaded plugins."""
        from slaplugin.plugins import load_plugins

        settings = self.settings
        return load_plugins(settings.hooks, directory=settings.directory, tables=settings.plugins)


def _hidden(table: Mapping[str, Any], directory: Path) -> Iterator[str]:
    """The secrets of a channel or a plugin, those in files included."""
    for key, value in table.items():
        name = key.removesuffix("_file")
        if not isinstance(value, str) or not name.endswith(_HIDDEN):
            continue
        secret = value if name == key else _content(directory / value)
        yield secret
        if name.endswith("url"):
            # Libraries name an address by its path alone, and there hooks have their secret.
            parts = urlsplit(secret)
            yield from (part for part in (parts.path, parts.query) if len(part) > _LONG_PATH)


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""  # whoever needs the file says what is wrong with it


def pass_invocation(command: Callable[Concatenate[Invocation, _P], _R]) -> Callable[_P, _R]:
    """Give a command the :class:`Invocation` as its first argument."""
    return click.make_pass_decorator(Invocation)(command)


def nested(assignments: Sequence[str]) -> dict[str, Any]:
    """``("limits.retry=5s",)`` -> ``{"limits": {"retry": "5s"}}``; click's error if malformed."""
    result: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{assignment!r} is not NAME=VALUE", param_hint="--set")
        *tables, last = name.strip().split(".")
        target = result
        for table in tables:
            target = target.setdefault(table, {})
        target[last] = value.strip()
    return result
