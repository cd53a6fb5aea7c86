"""The sides of a helpdesk that no cycle needs: setting it up, examining it, its own SLAs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slaplugin.wiring import host_setup

if TYPE_CHECKING:
    from slaplugin.hosts.office import Office
    from slaplugin.settings import Settings


def office_of(settings: Settings) -> Office | None:
    """The administrative side of the helpdesk; None for kinds that plugins brought."""
    from slaplugin.plugins.builtin import host_config

    if settings.host != "zammad":
        return None
    settings.require_access()
    from slaplugin.hosts.zammad.office import Office

    return Office(host_config(host_setup(settings)))
