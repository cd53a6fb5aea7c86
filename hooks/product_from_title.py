"""Which product a ticket is about, from words in its title.

    [plugins.product_from_title.words]
    payments = ["payment", "refund", "card"]
    portal = ["login", "password"]

The first product with a matching word, in the order of the settings, becomes ``facts.product``.
A word matches as a whole and regardless of case: "Card" is found in "my card", not in "discard".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slaplugin.core.model import Ticket

patterns: dict[str, re.Pattern[str]] = {}


def slaplugin_configure(directory: Path, options: Mapping[str, Any]) -> None:
    """Compile the words once."""
    patterns.clear()
    for product, words in options.get("words", {}).items():
        alternatives = "|".join(re.escape(word) for word in words)
        patterns[product] = re.compile(rf"\b(?:{alternatives})\b", re.IGNORECASE)


def slaplugin_ticket_facts(ticket: Ticket) -> Mapping[str, Any] | None:
    """``facts.product``, or nothing when no word occurs."""
    for product, pattern in patterns.items():
        if pattern.search(ticket.title):
            return {"product": product}
    return None
