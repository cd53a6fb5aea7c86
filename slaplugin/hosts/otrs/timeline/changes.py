"""History entries as events: states with their dates, people, queues, fields, tags (facts 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slaplugin.core.model import Event
from slaplugin.hosts.otrs.names import WAITING, State, tags_of
from slaplugin.hosts.otrs.timeline.order import Place
from slaplugin.hosts.otrs.timeline.past import Past
from slaplugin.hosts.otrs.timeline.raw import CUT, Entry
from slaplugin.hosts.otrs.wire import is_stamp, number

_FIELD = re.compile(r"%%FieldName%%(.*?)%%Value%%(.*)%%OldValue%%(.*)", re.DOTALL)
_CUSTOMER = re.compile(r"%%(?:CustomerID=(?P<id>.*?);)?(?:CustomerUser=(?P<user>.*);)?", re.DOTALL)
_KINDS: Mapping[str, str] = {
    "owner": "owner_changed",
    "group": "group_changed",
    "priority": "priority_changed",
    "type": "type_changed",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a ``TicketDynamicFieldUpdate`` tells."""

    field: str
    to: str
    before: str
    whole: bool
    """False where the values were cut and can only be guessed."""


def changes(past: Past, places: Mapping[int, Place], first: Mapping[str, Any]) -> Iterator[Event]:
    """Every change after the creation; ``first`` are the facts at the creation.

    What is written again without a change is left out.
    """
    now = dict(first)
    teller = _Teller(past, places, now)
    for entry in sorted(
        past.entries, key=lambda one: (places[one.index].at, places[one.index].seq)
    ):
        if not past.of_creation(entry):
            yield from teller.tell(entry)


class _Teller:
    """Turns entries into events while it follows the values."""

    def __init__(self, past: Past, places: Mapping[int, Place], now: dict[str, Any]) -> None:
        self._past = past
        self._places = places
        self._now = now
        self._until: int | None = None

    def tell(self, entry: Entry) -> Iterator[Event]:
        match entry.type:
            case "StateUpdate":
                yield self._state(entry)
            case "SetPendingTime":
                yield from self._date(entry)
            case "Merged":
                yield from self._merged(entry)
            case "TicketDynamicFieldUpdate":
                yield from self._field(entry)
            case "CustomerUpdate":
                yield from self._customer(entry)
            case _:
                change = attribute(self._past, entry)
                if change is not None:
                    yield from self._changed(entry, *change)

    def _event(self, entry: Entry, kind: str, data: Mapping[str, Any], turn: int = 0) -> Event:
        place = self._places[entry.index]
        mark = f".{turn}" if turn else ""
        actor = self._past.actor(entry)
        return Event(place.at_ms, place.seq + turn, f"{entry.id}{mark}", kind, data, actor)

    def _changed(self, entry: Entry, name: str, to: Any) -> Iterator[Event]:
        if self._now.get(name) == to:
            return
        self._now[name] = to
        kind = _KINDS.get(name)
        if kind is not None:
            yield self._event(entry, kind, {"to": to})
        else:
            yield self._event(entry, "field_changed", {"field": name, "to": to})

    # ------------------------------------------------------------ states

    def _state(self, entry: Entry) -> Event:
        state = self._past.state_after(entry)
        self._until = self._past.until(entry) if state.kind in WAITING else None
        self._now |= {"state": state.name, "state_kind": state.kind}
        return self._event(entry, "state_changed", state_data(state, self._until))

    def _date(self, entry: Entry) -> Iterator[Event]:
        """A new date in the same waiting state is that state entered again (§6)."""
        until = self._past.date(entry)
        if self._now["state_kind"] not in WAITING or until is None or until == self._until:
            return
        if any(other.type == "StateUpdate" for other in self._past.following(entry)):
            return
        self._until = until
        state = self._past.names.state(self._now["state"])
        yield self._event(entry, "state_changed", state_data(state, until))

    # ------------------------------------------------------------ people, fields, tags

    def _customer(self, entry: Entry) -> Iterator[Event]:
        login, company = customer_of(entry)
        if (login, company) == (self._now.get("customer.login"), self._now.get("organization.id")):
            return
        self._now |= {"customer.login": login, "organization.id": company}
        data = {
            "to": {"login": login} if login else {},
            "organization": {"id": company, "name": company} if company else None,
        }
        yield self._event(entry, "customer_changed", data)

    def _field(self, entry: Entry) -> Iterator[Event]:
        change = field_change(entry.name)
        if change is None or not change.whole:
            return
        if change.field == self._past.names.tags_field:
            yield from self._tags(entry, change)
        elif self._past.names.told(change.field):
            to = told_value(self._past, change.field, change.to)
            yield from self._changed(entry, f"fields.{change.field}", to)

    def _tags(self, entry: Entry, change: FieldChange) -> Iterator[Event]:
        before, to = set(tags_of(change.before)), set(tags_of(change.to))
        told = [("tag_added", tag) for tag in sorted(to - before)]
        told += [("tag_removed", tag) for tag in sorted(before - to)]
        for turn, (kind, tag) in enumerate(told):
            yield self._event(entry, kind, {"tag": tag}, turn)

    # ------------------------------------------------------------ merges

    def _merged(self, entry: Entry) -> Iterator[Event]:
        if number(entry.part(1)) == self._past.raw.id:
            yield self._event(entry, "merged", {"into": str(number(entry.part(3)))})


def state_data(state: State, until: int | None) -> dict[str, Any]:
    """The payload of a state (details 36); ``until`` in UTC epoch seconds."""
    data: dict[str, Any] = {"to": state.name, "kind": state.kind}
    if state.kind in WAITING and until is not None:
        data["until"] = until
    if state.closes:
        data["closes"] = True
    return data


def attribute(past: Past, entry: Entry) -> tuple[str, Any] | None:
    """The fact that an entry sets, by its full name, and its value; None: it sets none."""
    found = _ATTRIBUTES.get(entry.type)
    return None if found is None else (found[0], found[1](past, entry))


def customer_of(entry: Entry) -> tuple[str | None, str | None]:
    """Login of the customer and id of his company in a ``CustomerUpdate``."""
    found = _CUSTOMER.fullmatch(entry.name)
    return (found["user"] or None, found["id"] or None) if found else (None, None)


def field_change(text: str) -> FieldChange | None:
    """What the name of a ``TicketDynamicFieldUpdate`` tells; None where the field is lost, too.

    Names are cut at 200 characters, long values end in ``[...]``.
    """
    found = _FIELD.fullmatch(text)
    if found:
        whole = len(text) < CUT and "[...]" not in text
        return FieldChange(found[1], found[2], found[3], whole)
    parts = text.split("%%")
    return FieldChange(parts[2], "", "", whole=False) if len(parts) > 2 else None


def told_value(past: Past, field: str, text: str) -> Any:
    """A value of history as a fact; today's value tells whether the field holds several."""
    if not text:
        return None
    if isinstance(past.values.get(field), list):
        return tuple(text.split(", "))
    return past.names.zone.seconds(text) if is_stamp(text) else text


def title_after(past: Past, entry: Entry) -> str:
    """The title that was set; a long one is cut in history, and only the last is known whole."""
    last = past.changes("TitleUpdate")[-1:] == [entry]
    return str(past.raw.ticket.get("Title") or "") if last else entry.part(1)


def _named(_: Past, entry: Entry) -> str | None:
    name = entry.part(0)
    return None if name in ("", "NULL") else name


_ATTRIBUTES: Mapping[str, tuple[str, Callable[[Past, Entry], Any]]] = {
    "OwnerUpdate": ("owner", lambda past, one: past.person("owner", one)),
    "ResponsibleUpdate": ("fields.responsible", lambda past, one: past.person("responsible", one)),
    "Move": ("group", lambda past, one: past.today("queue", number(one.part(1)), one.part(0))),
    "PriorityUpdate": (
        "priority",
        lambda past, one: past.today("priority", number(one.part(3)), one.part(2)),
    ),
    "TypeUpdate": (
        "type",
        lambda past, one: past.today("type", number(one.part(1)), one.part(0)) or None,
    ),
    "Lock": ("fields.lock", lambda _, one: one.part(0) or "lock"),
    "Unlock": ("fields.lock", lambda _, one: one.part(0) or "unlock"),
    "ServiceUpdate": ("fields.service", _named),
    "SLAUpdate": ("fields.sla", _named),
    "TitleUpdate": ("fields.title", title_after),
}
