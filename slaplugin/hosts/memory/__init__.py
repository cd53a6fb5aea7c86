"""A helpdesk in memory: for tests of the application and for authors of adapters and plugins.

It keeps a history like Zammad's, says everything in ports' values, and can be made to misbehave:
fail at the nth request, refuse a value, drop an owner, undo a priority.
"""

from __future__ import annotations

from slaplugin.hosts.memory.helpdesk import keeping_priority, without_owner
from slaplugin.hosts.memory.host import MemoryHost
from slaplugin.hosts.memory.values import ACCOUNT, PRIORITIES, STATES, Draft, MemoryTicket

__all__ = [
    "ACCOUNT",
    "PRIORITIES",
    "STATES",
    "Draft",
    "MemoryHost",
    "MemoryTicket",
    "keeping_priority",
    "without_owner",
]
