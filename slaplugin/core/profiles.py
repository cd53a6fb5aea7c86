"""How each family of helpdesks counts by itself: what ``profile:`` puts in place of our defaults.

A profile concerns the built-in clocks, those ``like`` one included, and of them only what the
policies leave open: a ``pause`` list or a ``reopen_within`` of a policy stays in force, and custom
clocks made of patterns are what their patterns say. Sources: policy-language §5 and §7 for our own
choices; facts 5.4 and 9 of Zammad, facts 5 and 14 of OTRS, facts 9 of Request Tracker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from slaplugin.core.model import Event

REOPEN_WITHIN = 14 * 24 * 3600
"""Seconds of real time within which a reopened ticket's clocks go on (R6)."""
WHENEVER = 100 * 366 * 24 * 3600
"""A window that no ticket outlives: a reopen always goes on."""

_TIMES_OF_WORK = frozenset(
    {"update", "resolution", "first_resolution", "ownership", "handle_time", "requester_wait"}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """Which public messages of agents answer the customer."""

    notes: bool = True
    """Public notes, by which nothing is sent (channel ``note``)."""
    calls: bool = True
    """An inbound call that an agent logged: taken means answered (``live``)."""

    def counts(self, event: Event) -> bool:
        """Whether the event is a reply."""
        if event.kind != "agent_reply":
            return False
        if not self.notes and event.data.get("channel") == "note":
            return False
        return self.calls or not event.data.get("live")


@dataclass(frozen=True, slots=True)
class Profile:
    """The choices of one family, or our own."""

    name: str | None = None
    """As ``profile:`` spells it; None: our own defaults."""
    native: Mapping[str, str] = field(default_factory=dict)
    """Built-in clock -> what the family calls its nearest counterpart. Clocks without one keep our
    defaults, but for what a reply is: that is one thing for the whole ticket."""
    pauses: frozenset[str] = _TIMES_OF_WORK
    """Built-in clocks that stand still while the ticket waits on the customer."""
    by_state: bool = False
    """Waiting lasts as long as the waiting state, whatever its date and whoever writes; otherwise
    it ends at the customer's message and at the date (R7)."""
    reopen_within: int | None = REOPEN_WITHIN
    """Window of the clocks that resume, seconds; None: the first close is final."""
    reply: Reply = Reply()
    owed_to: Literal["customers", "requestor", "everybody"] = "customers"
    """Whose tickets have a first response: those by or for a customer (R3), those that the
    customer entered in person, or all of them (an opening message of an agent answers at once)."""
    next_from_creation: bool = False
    """``next_response`` counts from the message that made the ticket on, beside
    ``first_response``."""
    update_from: Literal["reply", "outbound", "creation"] = "reply"
    """Where ``update`` first starts: at the first reply, also at a creation by an agent, or at
    every creation."""
    update_on_message: Literal["ignore", "end", "restart"] = "ignore"
    """What a customer's message after our last word does to ``update``."""


OWN = Profile()

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "zammad": Profile(
            name="zammad",
            native={
                "first_response": "first response time",
                "next_response": "response time",
                "update": "update time",
                "resolution": "solution time",
                "first_resolution": "solution time",
            },
            pauses=frozenset(
                {"first_response", "next_response", "update", "resolution", "first_resolution"}
            ),
            by_state=True,
            reopen_within=None,
            reply=Reply(notes=False, calls=False),
            owed_to="everybody",
            next_from_creation=True,
            update_from="creation",
        ),
        "otrs": Profile(
            name="otrs",
            native={
                "first_response": "first response time",
                "update": "update time",
                "resolution": "solution time",
                "first_resolution": "solution time",
            },
            pauses=frozenset({"update"}),
            by_state=True,
            reopen_within=None,
            reply=Reply(calls=False),
            owed_to="everybody",
            update_from="creation",
            update_on_message="restart",
        ),
        "rt": Profile(
            name="rt",
            native={
                "first_response": "Response",
                "next_response": "Response",
                "update": "KeepInLoop",
                "resolution": "Resolve",
                "first_resolution": "Resolve",
            },
            pauses=frozenset(),
            reopen_within=WHENEVER,
            owed_to="requestor",
            update_from="outbound",
            update_on_message="end",
        ),
    }
)
"""By the name that a policy set gives."""


def profile_of(name: str | None) -> Profile:
    """The profile of this name; our own defaults without one."""
    return OWN if name is None else PROFILES[name]
