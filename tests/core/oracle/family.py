"""What each family of helpdesks does by itself, as the table in docs/hosts/profiles.md says it.

Written apart from :mod:`slaplugin.core.profiles`, so that a slip in one shows against the other.
"""

from __future__ import annotations

from slaplugin.core.model import Event

PAUSE_BY_DEFAULT = {
    "update",
    "resolution",
    "first_resolution",
    "ownership",
    "handle_time",
    "requester_wait",
}
DEFAULT_WINDOW = 14 * 86_400
AGES = 100 * 366 * 86_400
HAS = {
    "zammad": {"first_response", "next_response", "update", "resolution", "first_resolution"},
    "otrs": {"first_response", "update", "resolution", "first_resolution"},
    "rt": {"first_response", "next_response", "update", "resolution", "first_resolution"},
}


class Family:
    """One family, or none: then it is all as the policy language has it."""

    def __init__(self, name: str | None) -> None:
        self.name = name

    def has(self, rules: str | None) -> bool:
        return self.name is not None and rules in HAS[self.name]

    def pauses(self, rules: str | None) -> bool:
        if not self.has(rules):
            return rules in PAUSE_BY_DEFAULT
        return self.name == "zammad" or (self.name == "otrs" and rules == "update")

    def as_long_as_the_state(self, rules: str | None) -> bool:
        return self.has(rules) and self.name in ("zammad", "otrs") and self.pauses(rules)

    def window(self, rules: str | None) -> int | None:
        if not self.has(rules):
            return DEFAULT_WINDOW
        return AGES if self.name == "rt" else None

    def is_reply(self, event: Event) -> bool:
        if event.kind != "agent_reply":
            return False
        if self.name == "zammad" and event.data.get("channel") == "note":
            return False
        return not (self.name in ("zammad", "otrs") and event.data.get("live"))

    def takes_calls(self) -> bool:
        return self.name not in ("zammad", "otrs")

    def is_asked(self, created: Event, has_customer: bool) -> bool:
        """Whether the creation is a message that somebody waits for an answer to."""
        by = created.data.get("by", "customer")
        if self.name == "rt":
            return by == "customer" and not created.data.get("on_behalf")
        return (
            by == "customer"
            or bool(created.data.get("on_behalf"))
            or (by == "system" and has_customer)
        )

    def owes(self, created: Event, has_customer: bool) -> bool:
        everybody = self.name in ("zammad", "otrs")
        return everybody or self.is_asked(created, has_customer)

    def opens_with_an_answer(self, event: Event) -> bool:
        return self.name in ("zammad", "otrs") and self.is_reply(event)

    def asks_next_at_once(self) -> bool:
        return self.name == "zammad"

    def updates_at_creation(self, created: Event, has_customer: bool) -> bool:
        if self.name == "rt":
            return not self.is_asked(created, has_customer)
        return self.name in ("zammad", "otrs")

    def customer_ends_update(self) -> bool:
        return self.name in ("otrs", "rt")

    def customer_restarts_update(self) -> bool:
        return self.name == "otrs"
