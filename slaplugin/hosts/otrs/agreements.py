"""The own SLAs of an OTRS, Znuny or OTOBO as neutral values, from what an admin can export.

There is no API for them (facts 1). Calendars are system configuration, targets are columns of
queues and SLAs: :data:`HOW` says how to get at both. How they count: facts 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from slaplugin.app.agreements import Agreement, Agreements, Promise
from slaplugin.app.errors import ConfigurationError
from slaplugin.core.conditions import Condition, Test
from slaplugin.hosts.otrs.exports import Export, read_exports
from slaplugin.hosts.otrs.workinghours import Calendars

SLA_FIELD = "fields.sla"
CLOCKS = {
    "first_response": "first_response",
    "update": "update",
    "solution": "resolution",
}
"""Name of a pair of columns (``_time``, ``_notify``) -> the clock that runs as it does under
``profile: otrs``."""

STATEMENTS: Mapping[str, str] = {
    "queues.csv": """\
SELECT name AS queue, calendar_name, first_response_time, first_response_notify,
  update_time, update_notify, solution_time, solution_notify, valid_id
FROM queue""",
    "slas.csv": """\
SELECT sla.name AS sla, service.name AS service, sla.calendar_name,
  sla.first_response_time, sla.first_response_notify, sla.update_time, sla.update_notify,
  sla.solution_time, sla.solution_notify, sla.valid_id
FROM sla
LEFT JOIN service_sla ON service_sla.sla_id = sla.id
LEFT JOIN service ON service.id = service_sla.service_id""",
    "defaults.csv": """\
SELECT name AS default_setting, effective_value, is_valid FROM sysconfig_default
WHERE name LIKE 'TimeWorkingHours%' OR name LIKE 'TimeVacationDays%'
  OR name LIKE 'TimeZone::%' OR name LIKE '%TimeZone'""",
    "changes.csv": """\
SELECT name AS modified_setting, effective_value, is_valid FROM sysconfig_modified
WHERE user_id IS NULL AND (name LIKE 'TimeWorkingHours%' OR name LIKE 'TimeVacationDays%'
  OR name LIKE 'TimeZone::%' OR name LIKE '%TimeZone')""",
}
"""File to save -> the statement whose result it holds."""

HOW = """\
The OTRS family has no API for its SLAs. In the administration open SQL Box (Admin, SQL Box), set
the result format to CSV and the limit to a number above your queues and SLAs (it begins at 40), run
these statements and save each result:

{statements}

Then: slaplugin policy import --host otrs {files} --output policies

Instead of the last two, System Configuration > Import & Export > Export current configuration gives
Export_Current_System_Configuration.yml. It holds changed settings alone; for others the values that
the products are shipped with are taken."""


def how() -> str:
    """What to export, and the command that reads it."""
    shown = "\n\n".join(
        f"{file}:\n{indent(statement, '  ')}" for file, statement in STATEMENTS.items()
    )
    files = " ".join(f"--from {file}" for file in STATEMENTS)
    return HOW.format(statements=shown, files=files)


def from_files(files: Mapping[str, str], zone: str) -> Agreements:
    """Agreements of exported files, name -> text: results of :data:`STATEMENTS`, YAML exports.

    ``zone`` is the system's where no file tells it. Raises ConfigurationError for a file that is
    neither, and where no file has queues or SLAs.
    """
    export = read_exports(files)
    if not export.queues and not export.slas:
        raise ConfigurationError(
            f"no queues and no SLAs in {', '.join(files)}: "
            "slaplugin policy import --host otrs --how says what to export"
        )
    calendars = Calendars(export.settings, zone)
    found = [*_slas(export.slas, calendars), *_queues(export.queues, calendars)]
    used = {each.calendar for one in found for each in one.promises.values() if each.calendar}
    return Agreements(
        family="otrs",
        calendars=tuple(each for each in calendars.used() if each.name in used),
        agreements=tuple(found),
        remarks=(*_remarks(export, found), *calendars.remarks),
    )


@dataclass(frozen=True, slots=True)
class _Targets:
    """What one row promises; equal ones of several queues become one policy."""

    promises: tuple[tuple[str, Promise], ...]
    warnings: tuple[tuple[str, int], ...]

    def agreement(self, name: str, when: Condition) -> Agreement:
        return Agreement(name, dict(self.promises), when, warnings=dict(self.warnings))


def _targets(row: Mapping[str, str], calendars: Calendars) -> _Targets:
    calendar = calendars.name(row.get("calendar_name"))
    minutes = {clock: _whole(row.get(f"{column}_time")) for column, clock in CLOCKS.items()}
    notify = {clock: _whole(row.get(f"{column}_notify")) for column, clock in CLOCKS.items()}
    return _Targets(
        tuple((clock, Promise(60 * count, calendar)) for clock, count in minutes.items() if count),
        tuple((clock, share) for clock, share in notify.items() if share and minutes[clock]),
    )


def _whole(value: Any) -> int:
    text = str(value or "").strip()
    return int(text) if text.isdecimal() else 0


def _slas(rows: Iterable[Mapping[str, str]], calendars: Calendars) -> Iterator[Agreement]:
    """Each SLA once, however many services it belongs to; its targets replace the queue's."""
    by_name = {row["sla"]: row for row in rows if _valid(row)}
    for name, row in sorted(by_name.items()):
        yield _targets(row, calendars).agreement(f"SLA {name}", Test(SLA_FIELD, "is", name))


def _queues(rows: Iterable[Mapping[str, str]], calendars: Calendars) -> Iterator[Agreement]:
    alike: dict[_Targets, list[str]] = {}
    for row in rows:
        targets = _targets(row, calendars)
        if _valid(row) and targets.promises:
            alike.setdefault(targets, []).append(row["queue"])
    for targets, queues in alike.items():
        if len(queues) == 1:
            yield targets.agreement(f"Queue {queues[0]}", Test("group", "is", queues[0]))
        else:
            name = f"Queue {queues[0]} and {len(queues) - 1} more"
            yield targets.agreement(name, Test("group", "in", tuple(queues)))


def _valid(row: Mapping[str, str]) -> bool:
    return row.get("valid_id", "1") in ("1", "")


def _remarks(export: Export, found: Iterable[Agreement]) -> Iterator[str]:
    services = sorted({row["service"] for row in export.slas if row.get("service")})
    if services:
        yield (
            f"SLAs belong to services ({', '.join(services)}): here the ticket's SLA alone decides"
        )
    empty = sum(1 for row in export.queues if _valid(row) and not _has_target(row))
    if empty:
        yield f"queues without targets of their own: {empty}"
    off = sum(1 for row in (*export.queues, *export.slas) if not _valid(row))
    if off:
        yield f"queues and SLAs that are not valid: {off}"
    if any(one.warnings for one in found):
        yield "who is told of an escalation: notifications stay with the helpdesk"


def _has_target(row: Mapping[str, str]) -> bool:
    return any(_whole(row.get(f"{column}_time")) for column in CLOCKS)
