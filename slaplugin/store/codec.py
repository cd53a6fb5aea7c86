"""Values as JSON text and back: what goes into a column comes out equal.

The text is stable (keys sorted), so that equal values are equal text: comparisons and digests rest
on it. JSON lists come back as tuples, as the core has them; dates and sets carry a marker. msgspec
is used here alone, and what it writes is plain JSON that any reader understands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from slaplugin.app.errors import StoreError, TicketHeldError
from slaplugin.core.actions import Seen
from slaplugin.core.model import ClockInstance

SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
"""Types that JSON has itself."""
_DATE, _SET, _MAP = "$date", "$set", "$map"


def _plain_mapping(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise _unstorable(value)


def _unstorable(value: Any) -> TicketHeldError:
    return TicketHeldError(
        f"{value!r} cannot be stored: a fact or payload is text, a number, true or false, a date,"
        f" or a list, set or mapping of these, not a {type(value).__name__}"
    )


_encode = msgspec.json.Encoder(order="deterministic", enc_hook=_plain_mapping).encode
_VALUES = msgspec.json.Decoder()
_SEEN = msgspec.json.Decoder(Seen)
_INSTANCES = msgspec.json.Decoder(ClockInstance)
_T = TypeVar("_T")


def _decode(decoder: msgspec.json.Decoder[_T], text: str) -> _T:
    try:
        return decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"the store is damaged, it holds a row that cannot be read ({error}): bring back the"
            " newest good copy with `slaplugin store restore FILE`"
        ) from error


def dumps(value: Any) -> str:
    """The value as JSON text; TicketHeldError for what JSON and the markers cannot carry."""
    return _encode(_plain(value)).decode()


def dumps_mapping(value: Mapping[str, Any]) -> str:
    """As :func:`dumps`, quicker where no value is nested."""
    return mapping_bytes(value).decode()


def dumps_flat(value: Mapping[str, Any]) -> str:
    """As :func:`dumps`, for a mapping of text to :data:`SCALARS` alone."""
    return _encode(value).decode()


def mapping_bytes(value: Mapping[str, Any]) -> bytes:
    """As :func:`dumps_mapping`, in UTF-8."""
    flat = SCALARS.issuperset(map(type, value.values()))
    return _encode(value if flat else _plain(value))


def loads(text: str) -> Any:
    """The value of :func:`dumps`; mappings as dict, lists as tuple."""
    return _rich(_decode(_VALUES, text))


def _plain(value: Any) -> Any:
    match value:
        case str() | int() | float() | None:
            return value
        case Mapping():
            if any(not isinstance(key, str) for key in value):
                raise TicketHeldError(
                    f"a mapping whose keys are not all text cannot be stored: {value!r}"
                )
            plain = {key: _plain(item) for key, item in value.items()}
            # A key of the world's own that looks like a marker must not be read as one.
            return {_MAP: plain} if any(key.startswith("$") for key in plain) else plain
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return {_SET: sorted((_plain(item) for item in value), key=repr)}
        case date() if not isinstance(value, datetime):
            return {_DATE: value.isoformat()}
        case _:
            raise _unstorable(value)


def _rich(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_rich(item) for item in value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == _DATE:
            return date.fromisoformat(inner)
        if key == _SET:
            return frozenset(_rich(item) for item in inner)
        if key == _MAP:
            return {name: _rich(item) for name, item in inner.items()}
    return {name: _rich(item) for name, item in value.items()}


def dump_seen(seen: Seen) -> str:
    """What a ticket shows, as JSON text."""
    return _encode(replace(seen, fields=_plain(seen.fields))).decode()


def load_seen(text: str) -> Seen:
    """The value of :func:`dump_seen`."""
    seen = _decode(_SEEN, text)
    return replace(seen, fields=_rich(seen.fields)) if seen.fields else seen


def dump_instance(instance: ClockInstance) -> str:
    """A whole clock instance as JSON text: spans, trace and steps included."""
    return _encode(instance).decode()


def load_instance(text: str) -> ClockInstance:
    """The value of :func:`dump_instance`."""
    instance = _decode(_INSTANCES, text)
    if not instance.steps:
        return instance
    return replace(instance, steps=tuple(replace(s, do=_rich(list(s.do))) for s in instance.steps))
