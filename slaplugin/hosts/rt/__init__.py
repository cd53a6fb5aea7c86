"""Request Tracker 5, by its REST 2 interface alone.

``make_host`` is the way in. What the interface does and does not say is written down in
``docs/hosts/rt.md``; "facts" in docstrings are the measured facts behind it, by section.
"""

from __future__ import annotations

from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.rt.host import RtHost

__all__ = ["RtHost", "make_host"]


def make_host(config: HostConfig) -> RtHost:
    """The adapter for one Request Tracker; nothing is asked of it yet."""
    return RtHost(config)
