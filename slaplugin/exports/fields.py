"""What a column of an export holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

FieldType = Literal["text", "integer", "boolean", "json", "instant"]

Row = tuple[Any, ...]
"""One value for each field: text, a whole number or None.

``boolean`` comes as 0 or 1, ``json`` as JSON text, ``instant`` as ISO 8601 text in UTC.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """One column."""

    name: str
    type: FieldType = "text"
