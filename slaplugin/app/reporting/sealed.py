"""A closed period as it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True)
class Seal:
    """The figures of one period of one helpdesk, frozen."""

    host: str
    period: str
    """Its label: ``2026-03``, ``2026-Q1`` …"""
    closed_at: int
    """UTC epoch seconds; not part of the document, which two machines have alike."""
    document: bytes
    """Canonical JSON: UTF-8, keys sorted, no spaces. What ``report --close`` writes."""

    @property
    def figures(self) -> Mapping[str, Any]:
        """The document, read."""
        figures: Mapping[str, Any] = json.loads(self.document)
        return figures

    @property
    def hash(self) -> str:
        """SHA-256 of the document, hex: in the audit entry ``period_closed``."""
        return sha256(self.document).hexdigest()


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document down."""
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()
