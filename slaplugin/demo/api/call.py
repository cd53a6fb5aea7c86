"""One request as the endpoints see it, and the answer they give."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from slaplugin.demo.access import demand
from slaplugin.demo.errors import ApiError, broken, not_found

if TYPE_CHECKING:
    from slaplugin.demo.access import Identity
    from slaplugin.demo.desk import Desk
    from slaplugin.demo.schema import ObjectType

_TRUE = (True, "true", 1, "1")
_KEYS = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body; `body` None with `empty` gives no body at all."""

    body: Any
    status: int = 200
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The caller, the parts of the path and everything sent in query and body together."""

    desk: Desk
    who: Identity
    path: dict[str, str]
    sent: dict[str, Any] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        """Whether a switch such as `expand` is on."""
        return self.sent.get(name) in _TRUE

    @property
    def expand(self) -> bool:
        """Names wanted beside ids."""
        return self.flag("expand")

    def demand(self, *permissions: str) -> None:
        """403 unless the caller holds one of the permissions."""
        demand(self.who, *permissions)

    def id(self, kind: ObjectType, name: str = "id") -> int:
        """The record id in the path; 404 for text that is no number."""
        text = self.path[name]
        if not text.isdigit():
            raise not_found(kind.model, text)
        return int(text)


def decode(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """Query and body as one dictionary, `a[b][]=c` nested as Rails does; 500 for broken JSON."""
    sent = nest(parse_qsl(query, keep_blank_values=True))
    if not body.strip():
        return sent
    if "json" not in content_type:
        return sent | nest(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        document = json.loads(body)
    except ValueError:
        raise broken("Error occurred while parsing request parameters") from None
    return sent | (document if isinstance(document, dict) else {"_json": document})


def nest(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`[("a[b]", "1")]` as `{"a": {"b": "1"}}`; an empty pair of brackets makes a list."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        head = name.split("[", 1)[0]
        _put(result, [head, *_KEYS.findall(name)], value)
    return result


def _put(target: dict[str, Any], keys: list[str], value: str) -> None:
    for position, key in enumerate(keys):
        following = keys[position + 1 :]
        if not following:
            target[key] = value
        elif following == [""]:
            target.setdefault(key, []).append(value)
            return
        else:
            target = target.setdefault(key, {})
            if not isinstance(target, dict):
                raise ApiError(400, f"expected a hash for param `{key}'")
