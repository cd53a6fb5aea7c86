"""A very small HTML builder: whatever is not markup already is escaped."""

from __future__ import annotations

import html
from typing import TypeAlias


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "str | int | None"


def el(name: str, /, *children: Child, **attributes: str | bool | None) -> Markup:
    """An element. Plain text is escaped, None left out; `class_` and `data_x` lose or change `_`.

    An attribute that is True stands without a value, False and None are left out.
    """
    opening = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{opening}>")
    return Markup(f"<{name}{opening}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Children one after the other, escaped where needed."""
    return Markup("".join(_child(child) for child in children if child is not None))


def _child(child: str | int) -> str:
    return child if isinstance(child, Markup) else html.escape(str(child))


def _attribute(key: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


_VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})
