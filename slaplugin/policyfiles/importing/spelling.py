"""Values in the spelling of a policy file: texts that YAML reads back as they were."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from slaplugin.core.conditions import ALWAYS_TRUE, All, AnyOf, Condition, Not, Test

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*(?: [A-Za-z0-9_-]+)*", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "none", "closed", "yes", "no", "on", "off"})
"""Words that mean something to YAML, to its older readers or to the policy language."""


def text(value: Any) -> str:
    """A scalar; plain where nothing but text can be meant, else in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return str(value)
    return "".join(_visible(sign) for sign in json.dumps(value, ensure_ascii=False))


def _visible(sign: str) -> str:
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def listed(values: Iterable[Any]) -> str:
    """A list in one line."""
    return "[" + ", ".join(text(value) for value in values) + "]"


def comment(words: str) -> str:
    """Words of the helpdesk for a comment: in one line, nothing in them that ends it."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def condition(wanted: Condition) -> str:
    """A condition as one mapping in one line."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in _entries(wanted)) + "}"


def _entries(wanted: Condition) -> list[tuple[str, str]]:
    match wanted:
        case Test():
            return [(wanted.field, _operand(wanted))]
        case Not(part=part):
            return [("not", condition(part))]
        case AnyOf(parts=parts):
            return [("any", _parts(parts))]
        case All(parts=parts):
            return _together(parts)


def _together(parts: tuple[Condition, ...]) -> list[tuple[str, str]]:
    """One mapping where no key comes twice, else ``all:``."""
    entries = [entry for part in _flat(parts) for entry in _entries(part)]
    if len({key for key, _ in entries}) == len(entries):
        return entries
    return [("all", _parts(parts))]


def _flat(parts: Iterable[Condition]) -> Iterator[Condition]:
    for part in parts:
        if isinstance(part, All):
            yield from _flat(part.parts)
        else:
            yield part


def _parts(parts: Iterable[Condition]) -> str:
    return "[" + ", ".join(condition(part) for part in parts if part != ALWAYS_TRUE) + "]"


def _operand(test: Test) -> str:
    if test.op == "is":
        return text(test.operand)
    if test.op == "in":
        return listed(test.operand)
    value = listed(test.operand) if isinstance(test.operand, tuple) else text(test.operand)
    return f"{{{test.op}: {value}}}"
