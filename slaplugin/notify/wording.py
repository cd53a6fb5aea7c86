"""What a message says: a subject and a line a ticket, from templates with a closed list of names.

Titles and names come from the helpdesk. Here they are plain text on one line each; a shape that has
markup escapes them for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slaplugin.app.messages import Item, Message

SUBJECT = "SLA: {count} {tickets}"
LINE = "#{number} {title} ({group}, {owner}): {reasons}"
_SUBJECT_NAMES = frozenset({"count", "tickets", "channel", "number", "title", "group"})
_LINE_NAMES = frozenset({"number", "title", "group", "owner", "reasons", "url"})
_NAME = re.compile(r"\{([a-z_]+)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""What would start a new line or turn the direction of what follows."""
_LONGEST = 200


def unknown_names(template: str) -> list[str]:
    """Names in braces that no message has."""
    return [name for name in _NAME.findall(template) if name not in _SUBJECT_NAMES | _LINE_NAMES]


def subject(template: str, message: Message) -> str:
    """The message's own, else the channel's; that of one ticket may name number, title, group."""
    if message.subject is not None:
        return plain(message.subject)
    count = len(message.items)
    only = message.items[0] if count == 1 else None
    return _filled(
        template,
        {
            "count": count,
            "tickets": "ticket" if count == 1 else "tickets",
            "channel": message.channel,
            "number": only.number if only else "",
            "title": only.title if only else "",
            "group": (only.group if only else "") or "",
        },
    )


def line(template: str, item: Item) -> str:
    """One ticket."""
    return _filled(
        template,
        {
            "number": item.number or item.ticket,
            "title": item.title,
            "group": item.group or "no group",
            "owner": item.owner or "nobody",
            "reasons": "; ".join(item.told or item.reasons),
            "url": item.url or "",
        },
    )


def plain(text: str) -> str:
    """One line without control characters, at most 200 characters."""
    clean = _CONTROL.sub(" ", text).strip()
    return clean if len(clean) <= _LONGEST else f"{clean[: _LONGEST - 1]}…"


def _filled(template: str, values: Mapping[str, Any]) -> str:
    return _NAME.sub(lambda found: plain(str(values.get(found[1], ""))), template)
