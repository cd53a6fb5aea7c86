"""The sides of a helpdesk that no cycle needs: setting it up, examining it, its own SLAs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from slaplugin.wiring import host_setup

if TYPE_CHECKING:
    from slaplugin.app.reconcile import Natives
    from slaplugin.hosts.guide import Guide
    from slaplugin.hosts.office import Office
    from slaplugin.settings import Settings

KINDS = ("zammad", "otrs", "rt")
"""The kinds of helpdesk that come with the product, as ``init`` offers them."""


def office_of(settings: Settings) -> Office | None:
    """The administrative side of the helpdesk; None for kinds that plugins brought."""
    office: Office | None = _built(settings, "office", "Office")
    return office


def guide_of(kind: str) -> Guide | None:
    """What to tell people who set up this kind of helpdesk; None for kinds of plugins."""
    if kind not in KINDS:
        return None
    guide: Guide = import_module(f"slaplugin.hosts.{kind}.guide").GUIDE
    return guide


def natives_of(settings: Settings) -> Natives | None:
    """The helpdesk's own SLA numbers; None for kinds that plugins brought."""
    natives: Natives | None = _built(settings, "natives", "Natives")
    return natives


def _built(settings: Settings, module: str, name: str) -> Any:
    """A class of the adapter's package, made like the adapter itself; None for plugins' kinds."""
    from slaplugin.plugins.builtin import host_config

    if settings.host not in KINDS:
        return None
    settings.require_access()
    made = getattr(import_module(f"slaplugin.hosts.{settings.host}.{module}"), name)
    return made(host_config(host_setup(settings)))
