"""What ships with the product, registered through the same door as everybody's plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from slaplugin.hookspecs import HostFactory, HostSetup, hookimpl

if TYPE_CHECKING:
    from slaplugin.app.ports import Host


class Zammad:
    """Brings the host ``zammad``; its HTTP client is imported when a host is first built."""

    @hookimpl
    def slaplugin_hosts(self) -> Mapping[str, HostFactory]:
        """The Zammad adapter."""
        return {"zammad": _zammad}


def _zammad(setup: HostSetup) -> Host:
    from slaplugin.hosts.zammad import build

    return build(setup)


BUILTINS: Mapping[str, object] = {"zammad": Zammad()}
