"""Put the sources of settings in order and say where each problem comes from."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.settings.model import Settings
from slaplugin.settings.toml_lines import line_of

DEFAULT_FILE = "slaplugin.toml"
PREFIX = "SLAPLUGIN_"
SECRETS = ("token", "password", "webhook_secret", "web_token")
PATHS = ("policies", "hooks", "store", "secrets_dir", *(f"{name}_file" for name in SECRETS))
NESTED_PATHS = (("csat", "file"), ("reports", "folder"))
OTHER_VARIABLES = frozenset({"SLAPLUGIN_CONFIG"})
"""Variables that the command line reads, not the settings."""

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of settings: what it says, and how to name a place in it."""

    data: dict[str, Any]
    base: Path
    """Directory that relative paths of this source start from."""
    file: Path | None = None
    text: str = ""
    variables: bool = False

    def place(self, path: KeyPath) -> dict[str, Any]:
        """``file``/``line`` or the variable's name, as keyword arguments of a Problem."""
        dotted = ".".join(path)
        if self.file:
            return {"file": str(self.file), "line": line_of(self.text, path), "path": dotted}
        if self.variables:
            return {"path": PREFIX + "__".join(path).upper()}
        return {"path": f"option {dotted}"}


def load_settings(
    file: Path | str | None = None,
    options: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from ``file`` (default ``slaplugin.toml`` where there is one), environment, options.

    ``options`` that are None count as not given; ``environ`` defaults to the process's. Raises
    ConfigurationError with every problem found.
    """
    environ = os.environ if environ is None else environ
    found = _find_file(file)
    problems: list[Problem] = []
    layers = [_file_layer(found, problems)] if found else []
    layers.append(_environment_layer(environ, problems))
    given = {key: value for key, value in (options or {}).items() if value is not None}
    layers.append(Layer(given, Path.cwd()))
    base = found.parent if found else Path.cwd()
    layers = _with_secrets(layers, problems)
    merged = _with_default_paths(_merge(layers), base)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        problems += _translate(error, layers)
        settings = None
    problems += _contradictions(merged)
    problems += _unknown_channels(settings) if settings else []
    if problems or settings is None:
        raise ConfigurationError(problems)
    settings._file = found
    return settings


def _find_file(file: Path | str | None) -> Path | None:
    if file is None:
        default = Path.cwd() / DEFAULT_FILE
        return default if default.is_file() else None
    path = Path(file).absolute()
    if not path.is_file():
        raise ConfigurationError(
            [Problem("there is no such settings file", file=str(path), hint="slaplugin init")]
        )
    return path


def _file_layer(file: Path, problems: list[Problem]) -> Layer:
    try:
        text = file.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(f"cannot be read: {error}", file=str(file)))
        text, data = "", {}
    return _at_home(Layer(data, file.parent, file, text))


def _environment_layer(environ: Mapping[str, str], problems: list[Problem]) -> Layer:
    ours = {key: value for key, value in environ.items() if key.startswith(PREFIX)}
    for key in sorted(ours.keys() - OTHER_VARIABLES):
        name = key.removeprefix(PREFIX).lower().split("__")[0]
        if name not in Settings.model_fields:
            problems.append(
                Problem("no such setting", path=key, hint=_nearest((name,), variable=True))
            )
    readable = {key: value for key, value in ours.items() if _readable(key, value, problems)}
    return _at_home(Layer(_Variables(readable)(), Path.cwd(), variables=True))


def _readable(key: str, value: str, problems: list[Problem]) -> bool:
    try:
        _Variables({key: value})()
    except UnreadableVariable:
        problems.append(
            Problem(
                "must be written as JSON",
                path=key,
                hint=f"or one variable an entry, for example {key}__NAME",
            )
        )
        return False
    return True


class _Variables(EnvSettingsSource):
    """pydantic-settings' reading of nested variables, over a mapping instead of the process's."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {key.lower(): value for key, value in environ.items()}
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._environ


def _at_home(layer: Layer) -> Layer:
    """The layer with its relative paths made absolute from where they were written."""
    data = dict(layer.data)
    for name in PATHS:
        if isinstance(data.get(name), str):
            data[name] = str(layer.base / Path(data[name]).expanduser())
    for section, name in NESTED_PATHS:
        table = data.get(section)
        if isinstance(table, dict) and isinstance(table.get(name), str):
            data[section] = {**table, name: str(layer.base / Path(table[name]).expanduser())}
    tls = data.get("verify_tls")
    if isinstance(tls, str) and ("/" in tls or "." in tls):
        data["verify_tls"] = str(layer.base / Path(tls).expanduser())
    return Layer(data, layer.base, layer.file, layer.text, layer.variables)


def _with_secrets(layers: list[Layer], problems: list[Problem]) -> list[Layer]:
    """Read what ``*_file`` and ``secrets_dir`` point at, in the place where they were said.

    So a file named by the environment wins over a token written into the settings file.
    """
    for layer in layers:
        for name in SECRETS:
            file = layer.data.get(f"{name}_file")
            if file is None:
                continue
            if name in layer.data:
                problems.append(
                    Problem(f"give {name} or {name}_file, not both", **layer.place((name,)))
                )
                continue
            layer.data[name] = _read_secret(Path(file), layer.place((f"{name}_file",)), problems)
    named = [layer.data["secrets_dir"] for layer in layers if "secrets_dir" in layer.data]
    if not named:
        return layers
    return [Layer(_secrets_in(Path(named[-1]), problems), Path.cwd()), *layers]


def _read_secret(file: Path, place: Mapping[str, Any], problems: list[Problem]) -> str | None:
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        problems.append(Problem(f"the secret's file {file} cannot be read: {reason}", **place))
        return None
    if not secret:
        problems.append(Problem(f"the secret's file {file} is empty", **place))
    return secret or None


def _secrets_in(directory: Path, problems: list[Problem]) -> dict[str, Any]:
    """Secrets by the names of a secrets directory: ``token`` or ``slaplugin_token``."""
    if not directory.is_dir():
        problems.append(Problem(f"there is no directory {directory}", path="secrets_dir"))
    found = {}
    for name in SECRETS:
        for file in (directory / name, directory / f"{PREFIX.lower()}{name}"):
            if file.is_file():
                found[name] = _read_secret(file, {"path": str(file)}, problems)
    return found


def _merge(layers: list[Layer]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _over(merged, layer.data)
    return merged


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _over(old, value) if both and old is not None else value
    return result


def _with_default_paths(merged: dict[str, Any], base: Path) -> dict[str, Any]:
    for name in ("policies", "hooks", "store"):
        merged.setdefault(name, base / Settings.model_fields[name].default)
    return merged


def _translate(error: ValidationError, layers: list[Layer]) -> list[Problem]:
    problems = []
    for item in error.errors(include_input=False, include_url=False):
        path = tuple(str(part) for part in item["loc"])
        layer = next((x for x in reversed(layers) if _has(x.data, path)), layers[-1])
        if item["type"] == "extra_forbidden":
            if layer.variables and len(path) == 1:
                continue
            hint = _nearest(path, variable=layer.variables)
            problem = Problem("no such setting", **layer.place(path), hint=hint)
        else:
            problem = Problem(_sentence(item["msg"]), **layer.place(path))
        problems.append(problem)
    return problems


def _has(data: Any, path: KeyPath) -> bool:
    """Whether the source says anything on the way to ``path`` (defaults and unions go deeper)."""
    return (
        isinstance(data, dict)
        and path[0] in data
        and (len(path) == 1 or not isinstance(data[path[0]], dict) or _has(data[path[0]], path[1:]))
    )


def _section(path: KeyPath) -> type[BaseModel]:
    section: type[BaseModel] = Settings
    for part in path[:-1]:
        kind = section.model_fields[part].annotation if part in section.model_fields else None
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            section = kind
    return section


def _nearest(path: KeyPath, *, variable: bool = False) -> str:
    section = _section(path)
    names = list(section.model_fields)
    close = difflib.get_close_matches(path[-1].lower(), names, n=1)
    if close:
        meant = PREFIX + "__".join((*path[:-1], close[0])).upper() if variable else close[0]
        return f"did you mean {meant}?"
    if section is Settings:
        return "docs/settings.md lists all settings"
    return f"allowed: {', '.join(names)}"


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message.replace("Input should be", "must be").replace("String should", "must")


def _contradictions(merged: Mapping[str, Any]) -> list[Problem]:
    if merged.get("token") and (merged.get("user") or merged.get("password")):
        return [Problem("token and user/password are both set", hint="keep one way to sign in")]
    return []


def _unknown_channels(settings: Settings) -> list[Problem]:
    known = ", ".join(sorted(settings.notify)) or "none is set up"
    return [
        Problem(f"there is no channel {name}", path="reports.notify", hint=f"channels: {known}")
        for name in settings.reports.notify
        if name not in settings.notify
    ]
