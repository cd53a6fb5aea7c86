"""The host's spelling of values: answer shapes, times, Ruby text (facts 2.5, 4.3; live facts 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from slaplugin.app.errors import HostTemporaryError

Record = Mapping[str, Any]
"""One JSON object of the host."""

Assets = Mapping[str, Mapping[str, Record]]
"""Model name -> id as text -> record."""

_RUBY_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_RUBY_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,\[\]\s]+)')
_RUBY_LIST = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"(?:, )?)*\]')
_RUBY_VALUE = re.compile(r'\{.*"value"\s*=>\s*(?:"((?:[^"\\]|\\.)*)"|(\d+)).*\}')
_SHAPES = frozenset({"records", "record_ids", "tickets"})
"""One of them is in an answer that is no plain list."""
_ESCAPED = re.compile(r"\\(.)")


def ms(text: str) -> int:
    """UTC epoch milliseconds of ``2026-10-19T13:00:00.202Z`` (computed in whole numbers)."""
    moment = datetime.fromisoformat(text)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1000 + moment.microsecond // 1000


def iso(at_ms: int) -> str:
    """The text that conditions compare with: UTC, ``Z``, milliseconds (facts 2.3)."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def seconds(text: str | None) -> int | None:
    """UTC epoch seconds of a date of the ticket (ISO) or of its history, which writes
    ``2026-10-14 08:00:00 UTC``; None for empty."""
    if not text:
        return None
    if not text.endswith("UTC"):
        return ms(text) // 1000
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S %Z").replace(tzinfo=UTC).timestamp())


def is_time(value: Any) -> bool:
    """Whether a JSON value is a point in time."""
    return isinstance(value, str) and _ISO_TIME.fullmatch(value) is not None


def plain(value: Any) -> Any:
    """A custom field's JSON value as a fact: times as epoch seconds, lists as tuples.

    Empty text and empty lists are None: the host uses them and null alike.
    """
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, list):
        return tuple(plain(item) for item in value)
    if isinstance(value, Mapping):
        return value.get("value")
    return ms(value) // 1000 if is_time(value) else value


def ruby(text: str | None, like: Any) -> Any:
    """A custom field's history text as a fact.

    ``like`` is a JSON value of the field; it tells numbers, flags and lists from text, since
    history writes all of them as Ruby prints them.
    """
    if not text:
        return None
    if _RUBY_TIME.fullmatch(text):
        return seconds(text)
    if isinstance(like, bool) or (like is None and text in ("true", "false")):
        return text == "true"
    if isinstance(like, int) and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text if isinstance(like, str) else _chosen(text, like)


def _chosen(text: str, like: Any) -> Any:
    """One or several options as Ruby prints them; other text stays as it is."""
    if isinstance(like, list) or _RUBY_LIST.fullmatch(text):
        items = _RUBY_ITEM.findall(text)
        return tuple(_unescaped(quoted) or bare for quoted, bare in items) or None
    chosen = _RUBY_VALUE.fullmatch(text)
    return _unescaped(chosen[1] or chosen[2]) if chosen else text


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def rows_of(answer: Any) -> list[Record]:
    """The tickets of a search, in order, in any of the host's four answer shapes (facts 2.5).

    Anything else is no empty list: HostTemporaryError, or a gateway that answers with a word of
    its own would pass for a helpdesk on which nothing happens.
    """
    if isinstance(answer, list) and all(isinstance(item, dict) for item in answer):
        return answer
    if not isinstance(answer, dict) or _SHAPES.isdisjoint(answer):
        raise _no_list(answer)
    if "records" in answer:
        return rows_of(answer["records"])
    ids = answer.get("record_ids") or answer.get("tickets") or []
    known = answer.get("assets", {}).get("Ticket", {})
    return [known[str(number)] for number in ids if str(number) in known]


def _no_list(answer: Any) -> HostTemporaryError:
    what = "a list of other things" if isinstance(answer, list) else type(answer).__name__
    return HostTemporaryError(
        f"the helpdesk was asked for a list of records and answered 200 with {what}; nothing was "
        "saved from it, the next cycle tries again; if it stays so, check that url points at a "
        "Zammad itself"
    )


def assets_of(answer: Any) -> Assets:
    """The side table of an answer; empty where it has none."""
    found = answer.get("assets") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else {}


def by_id(records: Mapping[str, Record] | Iterable[Record]) -> dict[int, Record]:
    """Records keyed by their id as a number."""
    values = records.values() if isinstance(records, Mapping) else records
    return {int(record["id"]): record for record in values if record.get("id") is not None}
