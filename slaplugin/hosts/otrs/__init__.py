"""OTRS 6, Znuny and OTOBO, by the Generic Interface's REST alone: no plugin, no database access.

``make_host`` is the way in. "Facts" in docstrings are the sections of ``docs/hosts/otrs.md``.
"""

from __future__ import annotations

from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.otrs.client import Client
from slaplugin.hosts.otrs.host import OtrsHost, make_client
from slaplugin.hosts.otrs.routes import definition

__all__ = ["Client", "OtrsHost", "definition", "make_client", "make_host"]


def make_host(config: HostConfig) -> OtrsHost:
    """The adapter for one helpdesk; nothing is asked of it yet."""
    return OtrsHost(config)
