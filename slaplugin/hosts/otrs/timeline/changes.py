"""History entries as events: states with their dates, people, queues, fields, tags (facts 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slaplugin.core.model import Event
from slaplugin.hosts.otrs.names import WAITING, State, tags_of
from slaplugin.hosts.otrs.timeline.order import Place
from slaplugin.hosts.otrs.timeline.past import Past
from slaplugin.hosts.otrs.timeline.raw import Entry
from slaplugin.hosts.otrs.timeline.spelling import customer, named
from slaplugin.hosts.otrs.timeline.values import LOST, values_after
from slaplugin.hosts.otrs.wire import number

_KINDS: Mapping[str, str] = {
    "owner": "owner_changed",
    "group": "group_changed",
    "priority": "priority_changed",
    "type": "type_changed",
}


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
        self._values = values_after(past)
        self._titles = past.titles

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
            case "TitleUpdate":
                yield from self._changed(entry, "fields.title", self._titles[entry.index][1])
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
        if self._past.dates_a_state(entry):
            return
        self._until = until
        state = self._past.names.state(self._now["state"])
        yield self._event(entry, "state_changed", state_data(state, until))

    # ------------------------------------------------------------ people, fields, tags

    def _customer(self, entry: Entry) -> Iterator[Event]:
        """Who is meant; a job may set login or company alone, and the other stays."""
        told, now = customer(entry.name), self._now
        was = (now.get("customer.login"), now.get("organization.id"))
        login = was[0] if told.login is None else told.login or None
        company = was[1] if told.company is None else told.company or None
        if (login, company) == was:
            return
        self._now |= {"customer.login": login, "organization.id": company}
        data = {
            "to": {"login": login} if login else {},
            "organization": {"id": company, "name": company} if company else None,
        }
        yield self._event(entry, "customer_changed", data)

    def _field(self, entry: Entry) -> Iterator[Event]:
        change = self._values.get(entry.index)
        if change is None or change.to is LOST:
            return
        if change.field == self._past.names.tags_field:
            yield from self._tags(entry, change.before, change.to)
        elif self._past.names.told(change.field):
            yield from self._changed(entry, f"fields.{change.field}", change.to)

    def _tags(self, entry: Entry, was: Any, now: Any) -> Iterator[Event]:
        to = set(tags_of(now))
        before = set(self._now["tags"] if was is LOST else tags_of(was))
        self._now["tags"] = tuple(sorted(to))
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


def queue_after(past: Past, entry: Entry) -> str:
    """The queue of a ``Move``; of a name that was cut today's, where the ticket is still there."""
    to, _ = named(entry.name)
    return past.today("queue", to.id or entry.snapshot[0], to.name)


def priority_after(past: Past, entry: Entry) -> str:
    """The priority of a ``PriorityUpdate``."""
    _, to = named(entry.name)
    return past.today("priority", to.id or entry.snapshot[2], to.name)


def type_after(past: Past, entry: Entry) -> str | None:
    """The type of a ``TypeUpdate``."""
    to, _ = named(entry.name)
    return past.today("type", to.id or entry.snapshot[4], to.name) or None


def term_after(_: Past, entry: Entry) -> str | None:
    """The service or SLA of its update; ``NULL`` is none."""
    return term(named(entry.name)[0].name)


def term(name: str) -> str | None:
    """A service or an SLA as history names it."""
    return None if name in ("", "NULL") else name


_ATTRIBUTES: Mapping[str, tuple[str, Callable[[Past, Entry], Any]]] = {
    "OwnerUpdate": ("owner", lambda past, one: past.person("owner", one)),
    "ResponsibleUpdate": ("fields.responsible", lambda past, one: past.person("responsible", one)),
    "Move": ("group", queue_after),
    "PriorityUpdate": ("priority", priority_after),
    "TypeUpdate": ("type", type_after),
    "Lock": ("fields.lock", lambda _, one: one.part(0) or "lock"),
    "Unlock": ("fields.lock", lambda _, one: one.part(0) or "unlock"),
    "ServiceUpdate": ("fields.service", term_after),
    "SLAUpdate": ("fields.sla", term_after),
}
