"""Settings: ``slaplugin.toml``, then the environment, then options; all problems at once.

``load_settings`` is the way in. A problem names its place (file and line, or the environment
variable) and the nearest allowed name. Paths in the file are relative to the file, paths given by
environment or option to the working directory. Secrets are ``SecretStr`` and never printed.
"""

from __future__ import annotations

from slaplugin.settings.bundled import bundled
from slaplugin.settings.load import DEFAULT_FILE, load_settings
from slaplugin.settings.model import (
    Fields,
    Limits,
    Settings,
    StateRule,
    Tags,
)
from slaplugin.settings.values import parse_duration, parse_instant

__all__ = [
    "DEFAULT_FILE",
    "Fields",
    "Limits",
    "Settings",
    "StateRule",
    "Tags",
    "bundled",
    "load_settings",
    "parse_duration",
    "parse_instant",
]
