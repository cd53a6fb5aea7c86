"""The document of ``plan`` and ``sync`` (commands.md) as text a person can check."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from slaplugin.core.texts import field_value
from slaplugin.report import times
from slaplugin.report.look import Look

_ROLES = {"planned": "head", "done": "good", "skipped": "dim", "failed": "bad"}

Document = Mapping[str, Any]


def cycle_text(document: Document, look: Look) -> str:
    """What would be written (or was), ticket by ticket, with the reason below each line."""
    writes: Sequence[Document] = document["writes"]
    as_of = times.full(times.parsed(document["as_of"]), look.zone)
    lines = [
        look.paint(_headline(document), "bold"),
        f"as of {as_of}; all times in {look.zone_name}",
    ]
    ticket = None
    for write in writes:
        if write["ticket"] != ticket:
            ticket = write["ticket"]
            lines += ["", look.paint(look.clean(_ticket(write)), "bold")]
        lines += _write(write, look)
    lines += _problems(document, look)
    return "\n".join(lines) + "\n"


def _headline(document: Document) -> str:
    writes = document["writes"]
    counts: dict[str, int] = {}
    for write in writes:
        counts[write["status"]] = counts.get(write["status"], 0) + 1
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    return (
        f"{document['changed_tickets']} changed tickets, {document['evaluated']} evaluated, "
        f"{document['requests']} requests; writes: {told or 'none'}"
    )


def _ticket(write: Document) -> str:
    title = write.get("title")
    number = write.get("number") or write["ticket"]
    return f"Ticket {number}  {title}" if title else f"Ticket {number}"


def _write(write: Document, look: Look) -> list[str]:
    told = look.told(write_phrase(write))
    status = write["status"]
    lines = [f"  {look.paint(f'{status:<8}', _ROLES.get(status, 'dim'))} {told}"]
    reasons = [write.get("why"), write.get("error")]
    for reason in reasons:
        if reason:
            lines += textwrap.wrap(
                look.told(str(reason)),
                look.width,
                initial_indent=" " * 11,
                subsequent_indent=" " * 11,
            )
    return lines


def write_phrase(write: Document) -> str:
    """``add tag sla-breach``, ``set group: Support -> Escalations``."""
    action, field, new = write["action"], write.get("field"), write.get("to")
    words = action.replace("_", " ")
    if action in ("add_tag", "remove_tag"):
        return f"{words} {new}"
    if action == "add_note":
        return f"{words}: {new}" if new else "add an internal note"
    if action == "notify":
        return f"notify {_names(new)}"
    if action == "set_field":
        return f"set {field}: {_field(write.get('from'))} -> {_field(new)}"
    return f"{words}: {_shown(write.get('from'))} -> {_shown(new)}"


def _field(value: Any) -> str:
    return _shown(field_value(value))


def _shown(value: Any) -> str:
    return "none" if value in (None, "") else str(value)


def _problems(document: Document, look: Look) -> list[str]:
    lines: list[str] = []
    expected = document.get("expected") or {}
    if any(expected.values()):
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in expected.items())
        lines += ["", look.paint(f"Expected on the helpdesk: {told}, at most", "dim")]
    held = document.get("problems") or ()
    if held:
        lines += ["", look.paint("Problems (nothing more is written on these tickets):", "bad")]
        for item in held:
            lines += _told(f"ticket {item['number'] or item['ticket']}: {item['error']}", look)
    for limit in document.get("limits") or ():
        if limit["reached"]:
            lines += ["", look.paint(f"Limit {limit['limit']} reached:", "bad")]
            lines += _told(limit["way_on"], look)
    for notice in document.get("notices") or ():
        lines += ["", *_told(notice, look)]
    return lines


def _told(text: str, look: Look) -> list[str]:
    shown = look.told(text)
    return textwrap.wrap(shown, look.width, initial_indent="  ", subsequent_indent="    ")


def _names(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else _shown(value)
