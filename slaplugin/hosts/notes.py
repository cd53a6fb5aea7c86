"""Notes that are found again: the mark by which a retry knows that its note is there already."""

from __future__ import annotations

import hashlib


def marker(key: str) -> str:
    """The last line of a note of ours: short, and safe in any text."""
    return f"[sla:{hashlib.sha256(key.encode()).hexdigest()[:16]}]"


def note_text(text: str, key: str | None) -> str:
    """A note's plain text, its mark in a line of its own."""
    return f"{text}\n\n{marker(key)}" if key else text
