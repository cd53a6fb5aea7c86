"""Zammad's own SLAs and calendars (facts 9) as neutral values, by API or from saved answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from slaplugin.app.agreements import (
    Agreement,
    Agreements,
    HostCalendar,
    Promise,
    Week,
    calendar_named,
)
from slaplugin.app.errors import ConfigurationError, HostPermanentError, Problem
from slaplugin.core.calendars import Interval
from slaplugin.core.conditions import ALWAYS_TRUE, Condition
from slaplugin.hosts.access import in_header
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import Transport
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.zammad.client import SCHEME, Client
from slaplugin.hosts.zammad.selectors import (
    SelectorError,
    Vocabulary,
    compares_text,
    condition_of,
    fact_named,
)
from slaplugin.hosts.zammad.wire import Record, rows_of

CLOCKS = {
    "first_response_time": "first_response",
    "response_time": "next_response",
    "update_time": "update",
    "solution_time": "resolution",
}
"""Minutes of an SLA -> the clock that runs as they do under ``profile: zammad``."""
LISTS = ("groups", "ticket_priorities", "ticket_states", "organizations", "users")
"""Answers that name the ids of conditions; of each only what the account may read."""
_OF_ATTRIBUTE = {
    "ticket.group_id": "groups",
    "ticket.priority_id": "ticket_priorities",
    "ticket.state_id": "ticket_states",
    "ticket.organization_id": "organizations",
    "ticket.customer_id": "users",
    "ticket.owner_id": "users",
}
HOW = """\
Give the command a token with admin.sla and admin.calendar; it is used once and stored nowhere:

  slaplugin policy import --admin-token TOKEN --output policies

Where the API cannot be asked from here save its answers and name the files:

  GET /api/v1/slas               slas.json
  GET /api/v1/calendars          calendars.json
  GET /api/v1/ticket_priorities  ticket_priorities.json
  GET /api/v1/ticket_states      ticket_states.json
  GET /api/v1/groups             groups.json
  GET /api/v1/organizations      organizations.json
  GET /api/v1/users              users.json

  slaplugin policy import --host zammad --from slas.json --from calendars.json \\
    --from ticket_priorities.json --output policies

The first two are needed, the others where conditions of SLAs name such things (they hold ids)."""
_ALL = {"per_page": 1000}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_DAY = 86400


def how() -> str:
    """What to give the command, and what to save where the API cannot be asked."""
    return HOW


def from_api(config: HostConfig, zone: str) -> Agreements:
    """Read by API; the credential needs admin.sla and admin.calendar (facts 1.3).

    ``zone`` is for calendars without one of their own.
    """
    transport = Transport(config, in_header(config, SCHEME))
    try:
        return from_answers(_answers(Client(transport)), zone)
    except RefusedError as error:
        said = f"{error}. SLAs are read with a token that has admin.sla and admin.calendar"
        raise HostPermanentError(f"{said}: --admin-token", status=error.status) from error
    finally:
        transport.close()


def _answers(client: Client) -> dict[str, list[Record]]:
    answers = {kind: rows_of(client.get(kind)) for kind in ("slas", "calendars")}
    for kind, ids in _asked(answers["slas"]).items():
        if kind in ("users", "organizations"):
            answers[kind] = [row for number in ids if (row := _record(client, kind, number))]
        else:
            answers[kind] = client.allowed(kind, _ALL if kind == "groups" else None) or []
    return answers


def _record(client: Client, kind: str, number: str) -> Record | None:
    try:
        found = client.get(f"{kind}/{number}")
    except RefusedError:
        return None
    return found if isinstance(found, Mapping) else None


def _asked(slas: Iterable[Record]) -> dict[str, list[str]]:
    """List -> the ids of it that conditions name."""
    found: dict[str, list[str]] = {}
    for sla in slas:
        for name, rule in _rules(sla.get("condition")):
            kind = _OF_ATTRIBUTE.get(name)
            if kind is not None:
                value = rule.get("value")
                ids = value if isinstance(value, list) else [value]
                found.setdefault(kind, []).extend(str(each) for each in ids if each)
    return {kind: list(dict.fromkeys(ids)) for kind, ids in found.items()}


def _rules(selector: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(selector, Mapping):
        return
    for each in selector.get("conditions", ()):
        yield from _rules(each)
        if isinstance(each, Mapping) and "name" in each:
            yield str(each["name"]), each
    for name, rule in selector.items():
        if isinstance(rule, Mapping):
            yield str(name), rule


def facts_asked(slas: Iterable[Record]) -> frozenset[str]:
    """Facts by which these SLAs choose their tickets: a change of one may choose another SLA."""
    found = set()
    for sla in slas:
        for name, _ in _rules(sla.get("condition")):
            with suppress(SelectorError):
                found.add(fact_named(name))
    return frozenset(found)


# ---------------------------------------------------------------------- saved answers


def from_files(files: Mapping[str, str], zone: str) -> Agreements:
    """Saved answers, file name -> text: ``{"slas": [...], "calendars": [...], ...}``, or one list.

    A list alone is what its file is called (``slas.json``). Raises ConfigurationError.
    """
    answers: dict[str, Any] = {}
    for file, text in files.items():
        try:
            found = json.loads(text)
        except ValueError as error:
            hint = "save the answer of the API as it comes"
            raise ConfigurationError([Problem("is no JSON", file=file, hint=hint)]) from error
        answers |= found if isinstance(found, dict) else {Path(file).stem: found}
    return from_answers(answers, zone)


# ---------------------------------------------------------------------- answers to values


def from_answers(answers: Mapping[str, Any], zone: str) -> Agreements:
    """``slas`` and ``calendars`` as the host answers them, and lists that name ids (``groups`` …).

    ``zone`` is for calendars without one of their own. Raises ConfigurationError where the two
    lists are not there.
    """
    for needed in ("slas", "calendars"):
        rows = answers.get(needed)
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise ConfigurationError(
                f"holds no list '{needed}': save the answers of GET /api/v1/slas and "
                '/api/v1/calendars as {"slas": [...], "calendars": [...]}'
            )
    names = Vocabulary({kind: _names(answers.get(kind) or ()) for kind in LISTS})
    calendars = {row.get("id"): _calendar(row, zone) for row in answers["calendars"]}
    slas = [row for row in answers["slas"] if row.get("active", True)]
    found = [_agreement(row, calendars, names) for row in _in_order(slas)]
    used = {each.calendar for one in found for each in one.promises.values()}
    return Agreements(
        family="zammad",
        calendars=tuple(each for each in calendars.values() if each.name in used),
        agreements=tuple(found),
        remarks=tuple(_remarks(slas, answers["slas"])),
    )


def _names(rows: Iterable[Any]) -> dict[str, Any]:
    return {
        str(row["id"]): row.get("login") or row.get("name")
        for row in rows
        if isinstance(row, Mapping) and "id" in row
    }


def _in_order(slas: Sequence[Record]) -> list[Record]:
    """The first by name that matches counts; one without condition only when none does (facts 9).

    Of several without condition the last is the one that ever counts.
    """
    ordered = sorted(slas, key=lambda row: (str(row.get("name")), str(row.get("created_at"))))
    plain = [row for row in ordered if not row.get("condition")]
    return [row for row in ordered if row.get("condition")] + plain[-1:]


def _remarks(slas: Sequence[Record], every: Sequence[Record]) -> Iterator[str]:
    plain = sorted(str(row.get("name")) for row in slas if not row.get("condition"))
    for name in plain[:-1]:
        yield f"SLA '{name}' has no condition and never counts: '{plain[-1]}' does instead"
    for row in every:
        if not row.get("active", True):
            yield f"SLA '{row.get('name')}' is not active"


def _agreement(row: Record, calendars: Mapping[Any, HostCalendar], names: Vocabulary) -> Agreement:
    when, doubts = _condition(row.get("condition"), names)
    calendar = calendars.get(row.get("calendar_id"))
    if calendar is None:
        doubts = (*doubts, f"its calendar (id {row.get('calendar_id')}) is not among the answers")
    promises = {
        clock: Promise(60 * minutes, calendar.name if calendar else None)
        for column, clock in CLOCKS.items()
        if (minutes := _whole(row.get(column)))
    }
    case = ("upper and lower case count when texts are compared",) if compares_text(when) else ()
    return Agreement(str(row.get("name")), promises, when, remarks=case, doubts=doubts)


def _whole(value: Any) -> int:
    """Minutes; 0 where none are set."""
    return int(value) if str(value).isdecimal() else 0


def _condition(selector: Any, names: Vocabulary) -> tuple[Condition, tuple[str, ...]]:
    try:
        return condition_of(selector, names), ()
    except SelectorError as error:
        return ALWAYS_TRUE, (f"its condition asks for {error}, which no policy can say",)


# ---------------------------------------------------------------------- calendars


def _calendar(row: Record, zone: str) -> HostCalendar:
    return HostCalendar(
        name=calendar_named(str(row.get("name"))),
        zone=row.get("timezone") or zone,
        hours=_week(_mapping(row.get("business_hours"))),
        closed=_holidays(_mapping(row.get("public_holidays"))),
        remarks=tuple(_calendar_remarks(row, zone)),
    )


def _calendar_remarks(row: Record, zone: str) -> Iterator[str]:
    if not row.get("timezone"):
        yield f"no timezone of its own, {zone} is taken"
    if row.get("ical_url"):
        yield (
            f"the feed {row['ical_url']} is not followed: its days are written out as far as the "
            "helpdesk has fetched them"
        )


def _week(hours: Mapping[str, Any]) -> Week:
    return tuple(_day(_mapping(hours.get(day))) for day in _WEEKDAYS)


def _mapping(value: Any) -> Mapping[str, Any]:
    """The host writes an empty list where a mapping holds nothing."""
    return value if isinstance(value, Mapping) else {}


def _day(day: Mapping[str, Any]) -> tuple[Interval, ...]:
    if not day.get("active"):
        return ()
    found = (_frame(frame) for frame in day.get("timeframes") or ())
    return tuple(each for each in found if each is not None)


def _frame(frame: Any) -> Interval | None:
    if not isinstance(frame, Sequence) or len(frame) != 2:
        return None
    start, end = (_seconds(str(each)) for each in frame)
    if start is None or end is None:
        return None
    # 23:59 is how the host spells the end of the day (facts 9).
    end = _DAY if end in (0, _DAY - 60) else end
    return start, end if end > start else end + _DAY


def _seconds(text: str) -> int | None:
    found = _CLOCK_TIME.fullmatch(text.strip())
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else None


def _holidays(days: Mapping[str, Any]) -> dict[date, str]:
    found = {}
    for day, told in days.items():
        about = _mapping(told)
        with suppress(ValueError):
            closed = date.fromisoformat(str(day)[:10])
            if about.get("active"):
                found[closed] = str(about.get("summary") or "")
    return found
