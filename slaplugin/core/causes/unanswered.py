"""When a message of the customer had no answer."""

from __future__ import annotations

from collections.abc import Iterable

from slaplugin.core.calendars import Span
from slaplugin.core.model import Event

PUBLIC = frozenset({"customer_message", "agent_reply"})
"""Words to or from the customer (policy-language §6)."""


def asks(event: Event) -> bool:
    """A message of the customer, or a ticket that the customer created or had created (§6).

    What was said in a live contact was answered at once (details 19).
    """
    if event.data.get("opening") or event.data.get("live"):
        return False
    if event.kind == "created":
        return event.data.get("by", "customer") == "customer" or bool(event.data.get("on_behalf"))
    return event.kind == "customer_message"


def unanswered(events: Iterable[Event], until: int) -> list[Span]:
    """Stretches from the oldest open question to the next public answer, or to ``until``.

    UTC epoch seconds, in order and apart from each other. ``events`` in order. A ticket's end
    (merged, deleted) ends a question as well: it goes on elsewhere, or nowhere.
    """
    found: list[Span] = []
    since: int | None = None
    for event in events:
        if since is None and asks(event):
            since = event.at
        elif since is not None and event.kind in ("agent_reply", "merged", "deleted"):
            found.append((since, event.at))
            since = None
        if event.kind in ("merged", "deleted"):
            break
    if since is not None:
        found.append((since, until))
    return [span for span in found if span[0] < span[1]]
