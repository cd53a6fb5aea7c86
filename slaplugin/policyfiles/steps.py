"""The ``steps:`` of a policy (policy-language §8, details 42)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

from slaplugin.core.policies import Step, StepAction, StepTime
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor, suggestion
from slaplugin.policyfiles.nodes import plain
from slaplugin.policyfiles.scalars import percentage, seconds_of
from slaplugin.policyfiles.vocabulary import INSTANT_PLACEHOLDERS, PLACEHOLDERS

STEP_KEYS = frozenset({"at", "do", "clocks", "retarget", "on_recover"})
ActionKind = Literal[
    "mark", "tag", "priority", "group", "owner", "note", "notify", "field", "state"
]
ACTIONS: tuple[ActionKind, ...] = get_args(ActionKind)
MODIFIERS = frozenset({"only", "on_recover", "to"})
TAG_PREFIX = "sla-"
_OFFSET = re.compile(r"(\S+) (before|after) due")
_PLACEHOLDER = re.compile(r"\{([^{}:]*)(:[^{}]*)?\}")
_AT_FORMS = "write start, 75%, 1h before due, breach, 2h after due or met"
_INSTANTS: Mapping[str, Literal["start", "met", "breach"]] = {
    "start": "start",
    "met": "met",
    "breach": "breach",
}


def parse_steps(at: Cursor, names: Names) -> tuple[Step, ...]:
    """The list of steps; an empty one means that there are none."""
    found: list[Step] = []
    for item in at.items("steps"):
        step = _step(item, names)
        if step is None:
            continue
        if any(step.key == other.key for other in found):
            item.warn(f"step '{step.at}' with the same actions stands twice", "it fires once")
        found.append(step)
    return tuple(found)


def _step(at: Cursor, names: Names) -> Step | None:
    fields = at.fields("a step", STEP_KEYS)
    for key in ("at", "do"):
        if key not in fields and at.is_table:
            at.fail(f"a step needs '{key}'", "write {at: 75%, do: [mark]}")
    if "at" not in fields or "do" not in fields:
        return None
    when = parse_step_time(fields["at"])
    restore = _restores(fields["on_recover"]) if "on_recover" in fields else False
    actions = _actions(fields["do"], restore=restore)
    retarget = fields["retarget"].flag("retarget") if "retarget" in fields else False
    clocks = _clocks(fields["clocks"], names) if "clocks" in fields else None
    if when is None:
        return None
    return Step(fields["at"].shown, when, actions, clocks, bool(retarget))


def _clocks(at: Cursor, names: Names) -> frozenset[str]:
    found = (names.clock(item) for item in at.items_or_one("clocks"))
    return frozenset(name for name in found if name is not None)


def _restores(at: Cursor) -> bool:
    return at.one_of("on_recover", ("restore", "keep")) == "restore"


# ---------------------------------------------------------------------- when


def parse_step_time(at: Cursor) -> StepTime | None:
    """``75%``, ``1h before due``, ``breach``, ``2h after due``, ``start`` or ``met``."""
    text = at.text("at")
    if text is None:
        return None
    if text in _INSTANTS:
        return StepTime(_INSTANTS[text])
    share = percentage(text)
    if share is None:
        return _offset(at, text)
    if 0 < share <= 1:
        return StepTime("share", share=share)
    at.fail(f"step at '{text}' is outside the target", "use start, or 2h after due")
    return None


def _offset(at: Cursor, text: str) -> StepTime | None:
    found = _OFFSET.fullmatch(text)
    seconds = seconds_of(found[1]) if found else None
    if found is None or seconds is None or seconds <= 0:
        near = suggestion(text, _INSTANTS) if text.isalpha() else ""
        hint = f"{near} {_AT_FORMS}" if near.startswith("did") else _AT_FORMS
        at.fail(f"step at '{text}' is not understood", hint)
        return None
    return StepTime("before" if found[2] == "before" else "after", offset=seconds)


# ---------------------------------------------------------------------- do


def _actions(at: Cursor, *, restore: bool) -> tuple[StepAction, ...]:
    items = at.items_or_one("do")
    if at.is_list and not items:
        at.fail("a step does nothing", "name an action, such as do: [mark]")
    found = (_action(item, restore) for item in items)
    return tuple(action for action in found if action is not None)


def _action(at: Cursor, restore: bool) -> StepAction | None:
    if not at.is_table:
        return _bare(at)
    fields = at.fields("an action", {*ACTIONS, *MODIFIERS})
    kinds = [kind for kind in ACTIONS if kind in fields]
    if len(kinds) != 1:
        if kinds or not at.key_names or set(at.key_names) <= MODIFIERS:
            at.fail("an action must be exactly one thing", "write a list entry for each action")
        return None
    kind = kinds[0]
    if kind == "mark":
        at.fail("'mark' takes no value", "write do: [mark]")
        return None
    value = _value(kind, fields)
    if value is None:
        return None
    return StepAction(
        kind,
        value,
        only_raise=_only_raise(kind, fields),
        restore=_restores(fields["on_recover"]) if "on_recover" in fields else restore,
        written=_written(kind, at),
    )


def _bare(at: Cursor) -> StepAction | None:
    word = at.text("an action")
    if word == "mark":
        return StepAction("mark", written="mark")
    if word in ACTIONS:
        at.fail(f"action '{word}' needs a value", f"write {{{word}: ...}}")
    elif word is not None:
        at.fail(f"unknown action '{word}'", suggestion(word, ACTIONS))
    return None


def _written(kind: str, at: Cursor) -> Any:
    """The action as the file has it, its kind first, so that equal actions look equal."""
    entries: dict[str, Any] = plain(at.node)
    return dict(sorted(entries.items(), key=lambda entry: (entry[0] != kind, entry[0])))


def _only_raise(kind: str, fields: dict[str, Cursor]) -> bool:
    if "only" not in fields:
        return False
    if kind != "priority":
        fields["only"].fail_key("'only' belongs to priority", "write {priority: high, only: raise}")
        return False
    return fields["only"].one_of("only", ("raise",)) is not None


def _value(kind: ActionKind, fields: dict[str, Cursor]) -> Any:
    at = fields[kind]
    if "to" in fields and kind != "field":
        fields["to"].fail_key("'to' belongs to field", "write {field: product, to: payments}")
    match kind:
        case "tag":
            return _tag(at)
        case "note":
            return _text(at, "note")
        case "notify":
            return _channels(at)
        case "field":
            return _field(at, fields.get("to"))
        case _:
            return _word(at, kind)


def _word(at: Cursor, kind: ActionKind) -> str | None:
    if kind == "owner" and at.is_nothing:
        at.fail("owner is empty", "write {owner: none} to take the owner away")
        return None
    return at.text(kind)


def _channels(at: Cursor) -> tuple[str, ...] | None:
    items = at.items_or_one("notify")
    if at.is_list and not items:
        at.fail("notify needs a channel", "write {notify: team-chat}")
        return None
    names = (item.text("a channel") for item in items)
    return tuple(name for name in names if name is not None)


def _tag(at: Cursor) -> str | None:
    """Tags are short, lower case and without ``:`` ``,`` ``*`` (policy-language §8)."""
    tag = _text(at, "tag")
    if tag is None:
        return None
    fixed = re.sub(r"\{[^{}]*\}", "", tag)
    bad = sorted({sign for sign in fixed if sign in ":,*" or sign.isspace() or sign.isupper()})
    if bad:
        signs = " ".join(f"'{sign}'" for sign in bad)
        at.fail(f"tag '{tag}' contains {signs}", "lower case letters, digits, - and _ are safe")
    elif not tag.startswith(TAG_PREFIX):
        at.warn(
            f"tag '{tag}' does not begin with '{TAG_PREFIX}'",
            f"write {TAG_PREFIX}{tag}, or set tags.prefix to what your tags begin with",
        )
    return tag


def _field(at: Cursor, to: Cursor | None) -> tuple[str, Any] | None:
    """``{field: name, to: value}`` or ``{field: {name: value}}``."""
    if not at.is_table:
        name = at.text("field")
        if to is None:
            at.fail("a field needs its value", "write {field: product, to: payments}")
        return None if name is None or to is None else (name, to.value)
    entries = at.table("field")
    if len(entries) != 1:
        at.fail("one action sets one field", "write an action for each field")
        return None
    ((name, value),) = entries.items()
    return name, value.value


def _text(at: Cursor, what: str) -> str | None:
    """A text whose placeholders are all known."""
    text = at.text(what)
    if text is None:
        return None
    for name, form in _PLACEHOLDER.findall(text):
        _placeholder(at, name, form)
    return text


def _placeholder(at: Cursor, name: str, form: str) -> None:
    if name not in PLACEHOLDERS:
        at.fail(f"unknown placeholder '{{{name}{form}}}'", suggestion(name, PLACEHOLDERS))
    elif form not in ("", ":local"):
        at.fail(f"placeholder '{{{name}{form}}}' is not understood", "write {due_at:local}")
    elif form and name not in INSTANT_PLACEHOLDERS:
        at.fail(f"'{{{name}:local}}': {name} is no instant", "only due_at and breached_at are")
