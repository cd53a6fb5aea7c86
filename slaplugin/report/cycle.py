"""The document of ``plan`` and ``sync`` (commands.md) as text a person can check."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from slaplugin.report.look import Look
from slaplugin.report.values import action_text

_ROLES = {"planned": "head", "done": "good", "skipped": "dim", "failed": "bad"}

Document = Mapping[str, Any]


def cycle_text(document: Document, look: Look) -> str:
    """What would be written (or was), ticket by ticket, with the reason below each line."""
    writes: Sequence[Document] = document["writes"]
    lines = [look.paint(_headline(document), "bold")]
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
    told = look.clean(write_phrase(write))
    status = write["status"]
    lines = [f"  {look.paint(f'{status:<8}', _ROLES.get(status, 'dim'))} {told}"]
    reasons = [write.get("why"), write.get("error")]
    for reason in reasons:
        if reason:
            lines += textwrap.wrap(
                look.clean(look.plain(str(reason))),
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
        value = new if action == "add_tag" else write.get("from", new)
        return f"{words} {value if value is not None else new}"
    if action == "add_note":
        return f"{words}: {new}"
    if action == "notify":
        return f"notify {action_text(new)}"
    what = f"set {field}" if field and action == "set_field" else words
    return f"{what}: {_shown(write.get('from'))} -> {_shown(new)}"


def _shown(value: Any) -> str:
    return "none" if value in (None, "") else str(value)


def _problems(document: Document, look: Look) -> list[str]:
    lines: list[str] = []
    held = document.get("held") or ()
    if held:
        lines += ["", look.paint("Held tickets (nothing is written on them):", "bad")]
        lines += [
            f"  {look.clean(str(item['ticket']))}: {look.clean(item['why'])}" for item in held
        ]
    return lines
