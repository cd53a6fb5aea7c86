"""Zammad, by its REST API alone: no Elasticsearch, no admin rights, no version number.

``make_host`` is the way in. What the API does and does not say is written down in
``docs/hosts/zammad.md``; "facts" and "live facts" in docstrings are its sections.
"""

from __future__ import annotations

from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.zammad.host import ZammadHost

__all__ = ["ZammadHost", "make_host"]


def make_host(config: HostConfig) -> ZammadHost:
    """The adapter for one Zammad; nothing is asked of it yet."""
    return ZammadHost(config)
