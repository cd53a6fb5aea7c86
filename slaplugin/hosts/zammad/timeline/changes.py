"""History rows as events: states with their dates, people, tags, fields, merges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slaplugin.core.model import Event, Role
from slaplugin.hosts.zammad.names import ENDED, State
from slaplugin.hosts.zammad.timeline.messages import actor_of
from slaplugin.hosts.zammad.timeline.past import Past
from slaplugin.hosts.zammad.timeline.raw import Row
from slaplugin.hosts.zammad.wire import ruby, seconds

WAITING = frozenset({"waiting_customer", "waiting_other"})


def changes(past: Past) -> Iterator[Event]:
    """Every change after the creation, in the host's order."""
    for row in past.later:
        if row.tag:
            kind = "tag_added" if row.type == "added" else "tag_removed"
            yield event(past, row, kind, {"tag": row.value_to})
        elif row.type == "merged_into":
            yield _merged(past, row)
        elif row.change:
            yield from _changed(past, row)


def event(past: Past, row: Row, kind: str, data: Mapping[str, Any]) -> Event:
    """The event of one row, by whoever truly did it."""
    actor = actor_of(past, row.by, _role(past, row))
    return Event(row.at, row.id * 10, f"h{row.id}", kind, data, actor)


def _role(past: Past, row: Row) -> Role:
    """Changes that the host made by itself stand under the account that caused them."""
    itself = (
        past.opened_by_itself(row)
        or past.reopened_by_mail(row)
        or past.dropped_by_move(row)
        or (row.change and past.by_merge(row))
    )
    return "system" if itself else past.role_of(row.by, row.at)


def _changed(past: Past, row: Row) -> Iterator[Event]:
    names = past.names
    match row.attribute:
        case "state":
            yield _state_changed(past, row)
        case "pending_time":
            yield from _date_changed(past, row)
        case "owner":
            yield event(past, row, "owner_changed", {"to": names.login(row.id_to, row.value_to)})
        case "group":
            yield event(past, row, "group_changed", {"to": names.group(row.id_to, row.value_to)})
        case "priority":
            to = names.priority(row.id_to, row.value_to)
            yield event(past, row, "priority_changed", {"to": to})
        case "type":
            yield event(past, row, "type_changed", {"to": row.value_to or None})
        case "customer" | "organization":
            yield from _customer_changed(past, row)
        case "title":
            yield event(past, row, "field_changed", _field(row, row.value_to))
        case attribute:
            before, to = (
                ruby(text, past.field_like(attribute)) for text in (row.value_from, row.value_to)
            )
            if to is not None or before is not None:
                yield event(past, row, "field_changed", _field(row, to))


def _field(row: Row, to: Any) -> dict[str, Any]:
    return {"field": f"fields.{row.attribute}", "to": to}


# -------------------------------------------------------------------------- states


def state_data(state: State, until: int | None) -> dict[str, Any]:
    """The payload of a state (details 36); ``until`` in UTC epoch seconds."""
    data: dict[str, Any] = {"to": state.name, "kind": state.kind}
    if state.kind in WAITING and until is not None:
        data["until"] = until
    if state.closes:
        data["closes"] = True
    return data


def _state_changed(past: Past, row: Row) -> Event:
    state = past.names.state(row.id_to, row.value_to)
    told = event(past, row, "state_changed", state_data(state, _date_after(past, row)))
    return _after_its_message(past, row, state, told)


def _after_its_message(past: Past, row: Row, state: State, told: Event) -> Event:
    """An answer given together with a closing or waiting state was given before it.

    The host stamps the state first and the message some milliseconds later, although both came in
    one request; told that way the ticket would have been closed without an answer, and a call
    that was put down with a pending state would have ended the wait (R5, R7).
    """
    if state.kind not in WAITING and state.kind not in ENDED:
        return told
    found = past.answered_with(row)
    if found is None:
        return told
    article, born = found
    return Event(article.at, born.id * 10 + 5, told.id, told.kind, told.data, told.actor)


def _date_after(past: Past, row: Row) -> int | None:
    """The pending date once the row's whole save was done."""
    last = max((other.id for other in past.same_save(row)), default=row.id)
    return seconds(past.value_at("pending_time", (row.at, last)).text)


def _date_changed(past: Past, row: Row) -> Iterator[Event]:
    """A new date in the same waiting state is that state entered again (§6)."""
    if any(other.attribute == "state" for other in past.same_save(row)):
        return
    state = past.state(past.value_at("state", row.order))
    until = seconds(row.value_to)
    if state.kind in WAITING:
        yield event(past, row, "state_changed", state_data(state, until))
    else:
        yield event(past, row, "field_changed", _field(row, until))


# -------------------------------------------------------------------------- people


def _customer_changed(past: Past, row: Row) -> Iterator[Event]:
    """Customer and organization of one save are one event, told at the customer's row."""
    save = list(past.same_save(row))
    customer = next((other for other in save if other.attribute == "customer"), None)
    organization = next((other for other in save if other.attribute == "organization"), None)
    if row is not (customer or organization):
        return
    number = customer.id_to if customer else past.customer_at(row.at)
    data: dict[str, Any] = {"to": nested(past.names.customer_facts(number))}
    if organization is not None:
        facts = past.names.organization_facts(organization.id_to)
        data["organization"] = nested(facts) or None
    yield event(past, row, "customer_changed", data)


def nested(facts: Mapping[str, Any]) -> dict[str, Any]:
    """``customer.vip`` and ``customer.fields.x`` as ``{vip: …, fields: {x: …}}``."""
    found: dict[str, Any] = {}
    for key, value in facts.items():
        name = key.partition(".")[2]
        prefix, _, inner = name.partition(".")
        if prefix == "fields":
            found.setdefault("fields", {})[inner] = value
        else:
            found[name] = value
    return found


# -------------------------------------------------------------------------- merges


def _merged(past: Past, row: Row) -> Event:
    """The host dates ``merged_into`` back to the change before it (live facts 4).

    The rows that follow it by id were written in the same request and tell the true time.
    """
    later = [other for other in past.by_id if other.id > row.id and other.by == row.by]
    state = next((other for other in later if past.is_merged(other)), None)
    true = state or next((other for other in later if other.article), None) or row
    told = event(past, row, "merged", {"into": str(row.id_to)})
    return Event(true.at, row.id * 10, told.id, told.kind, told.data, told.actor)
