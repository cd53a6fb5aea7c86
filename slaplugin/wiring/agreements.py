"""The helpdesk's own SLAs, by API or from exported files, for ``policy import``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from slaplugin.app.agreements import Agreements
from slaplugin.app.errors import ConfigurationError
from slaplugin.wiring import host_setup
from slaplugin.wiring.sides import KINDS

if TYPE_CHECKING:
    from slaplugin.settings import Settings

BY_API = frozenset({"zammad"})
"""Families that tell their SLAs by API."""


def how_to_export(kind: str) -> str:
    """What an admin exports of this kind of helpdesk, and the command that reads it."""
    text: str = _module(kind).how()
    return text


def agreements_in(kind: str, files: Mapping[str, str], zone: str) -> Agreements:
    """Those of exported files, name -> text; ``zone`` where no file tells one."""
    found: Agreements = _module(kind).from_files(files, zone)
    return found


def agreements_of(settings: Settings, kind: str, zone: str) -> Agreements:
    """Those that the helpdesk tells by API; ConfigurationError for a kind that does not."""
    from slaplugin.plugins.builtin import host_config

    module = _module(kind)
    if kind not in BY_API:
        raise ConfigurationError(
            f"{kind} does not tell its SLAs by API: name exported files with --from; "
            f"slaplugin policy import --host {kind} --how says which"
        )
    settings.require_access()
    found: Agreements = module.from_api(host_config(host_setup(settings)), zone)
    return found


def _module(kind: str) -> ModuleType:
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise ConfigurationError(f"the SLAs of host {kind!r} cannot be read; known are {known}")
    return import_module(f"slaplugin.hosts.{kind}.agreements")
