"""The closed lists of the policy language: keys, fields, clocks, events, placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from slaplugin.core.clocks.definitions import BUILTIN
from slaplugin.core.model import COMMON_PRIORITIES, EVENT_KINDS, STATE_KINDS
from slaplugin.core.policies import Mode
from slaplugin.core.profiles import PROFILES

SET_KEYS = frozenset({"calendars", "clocks", "policies", "void", "profile"})
TEST_KEYS = frozenset({"cases", "errors", "objective_cases"})
PROFILE_NAMES = tuple(PROFILES)
MODES: tuple[str, ...] = get_args(Mode)
CYCLES = ("once", "each", "resume", "accumulate")

BUILT_IN_CLOCKS = tuple(BUILTIN)
"""In the order of policy-language §5."""

FIELDS = frozenset(
    {
        "state",
        "state_kind",
        "priority",
        "group",
        "owner",
        "channel",
        "type",
        "tags",
        "created_by",
        "created_in",
    }
)
PREFIXES = ("customer.fields.", "organization.fields.", "customer.", "organization.", "fields.")
PREFIXES_WITH_HOOKS = (*PREFIXES, "facts.")
COMMON_FIELDS = frozenset(
    {
        "customer.id",
        "customer.email",
        "customer.name",
        "customer.vip",
        "organization.id",
        "organization.name",
        "organization.vip",
        "organization.domain",
    }
)
"""Names below a prefix that every host has; others are legal too."""

CLOSED_VALUES: Mapping[str, tuple[str, ...]] = {
    "state_kind": STATE_KINDS,
    "created_by": ("customer", "agent", "system"),
}
"""Fields whose values are a closed list."""

TEXT_FIELDS = frozenset(
    {"priority", "group", "owner", "state", "tags", "channel", "type", "created_in"}
)
"""Fields that are text on every host, also where YAML reads a number."""

PRIORITIES = COMMON_PRIORITIES

_COMMON_PAYLOAD = frozenset({"by", "ours", "retarget", "reason"})
_CHANGE = frozenset({"to", "from"})
_MESSAGE = frozenset({"live", "message"})
PAYLOADS: Mapping[str, frozenset[str]] = {
    kind: keys | _COMMON_PAYLOAD
    for kind, keys in {
        **dict.fromkeys(EVENT_KINDS, frozenset[str]()),
        "created": frozenset({"on_behalf", "live"}),
        "customer_message": _MESSAGE,
        "agent_reply": _MESSAGE,
        "note": _MESSAGE,
        "auto_message": _MESSAGE,
        "third_party_message": _MESSAGE,
        "message_changed": _MESSAGE,
        "message_removed": _MESSAGE,
        "state_changed": _CHANGE | {"kind", "until", "closes"},
        "reopened": frozenset({"to"}),
        "closed": frozenset({"to"}),
        "owner_changed": _CHANGE,
        "group_changed": _CHANGE,
        "priority_changed": _CHANGE,
        "type_changed": _CHANGE,
        "customer_changed": _CHANGE | {"organization"},
        "field_changed": _CHANGE | {"field"},
        "tag_added": frozenset({"tag"}),
        "tag_removed": frozenset({"tag"}),
        "merged": frozenset({"into"}),
        "absorbed": frozenset({"events"}),
        "split_from": frozenset({"ticket", "message_at"}),
        "extended": frozenset({"clock", "add"}),
        "excluded": frozenset({"clock", "from", "to"}),
        "reason_given": frozenset({"clock"}),
        "pause_corrected": frozenset({"from", "to", "waiting"}),
    }.items()
}
"""Event kind -> keys that a pattern for it may name (details 36 and 37)."""

TEXT_PAYLOADS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "owner_changed",
            "group_changed",
            "priority_changed",
            "type_changed",
            "state_changed",
            "closed",
            "reopened",
        ),
        _CHANGE,
    ),
    **dict.fromkeys(("tag_added", "tag_removed"), frozenset({"tag"})),
}
"""Event kind -> keys whose values are those of :data:`TEXT_FIELDS`."""

PLACEHOLDERS = (
    "ticket",
    "title",
    "clock",
    "policy",
    "target",
    "due_at",
    "breached_at",
    "remaining",
    "owner",
    "group",
    "customer",
)
INSTANT_PLACEHOLDERS = frozenset({"due_at", "breached_at"})
"""Those that take ``:local``."""


def field_is_known(name: str) -> bool:
    """Whether conditions may test this field (policy-language §4)."""
    if name in FIELDS:
        return True
    return any(name.startswith(p) and len(name) > len(p) for p in PREFIXES_WITH_HOOKS)


def fields_to_suggest() -> frozenset[str]:
    """Every field with a name of its own."""
    return FIELDS | COMMON_FIELDS
