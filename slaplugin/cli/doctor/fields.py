"""The custom fields that we write: there, of the right type, taking our values?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from slaplugin.app.errors import HostError, SlapluginError
from slaplugin.cli.doctor.helpdesk import Mending
from slaplugin.core.model import StateName
from slaplugin.hosts.office import FieldFinding, FieldKind, WantedField, finding_by_type
from slaplugin.report.checks import Check

if TYPE_CHECKING:
    from slaplugin.hosts.office import Office
    from slaplugin.settings import Settings
    from slaplugin.wiring import Runtime

_KINDS: dict[str, FieldKind] = {
    "due": "datetime",
    "state": "text",
    "policy": "text",
    "summary": "text",
}
_STATES = tuple(name for name in get_args(StateName) if name != "none")
"""What ``fields.state`` is set to (without any state it is emptied)."""


def fields(runtime: Runtime, office: Office | None, mending: Mending) -> Iterator[Check]:
    """Missing fields (created with ``--fix``), wrong ones, else one line that all is well."""
    wanted = wanted_fields(runtime)
    if not wanted:
        yield Check("fields", None, "no custom fields are configured: tags alone are written")
        return
    findings = list(_findings(runtime, office, wanted))
    missing = [finding.field for finding in findings if not finding.there]
    if missing:
        yield _mended(runtime.settings, office, missing, mending)
    wrong = [finding for finding in findings if finding.wrong]
    for finding in wrong:
        yield Check("fields", False, finding.wrong, finding.remedy)
    if not missing and not wrong:
        yield Check("fields", True, f"there are {_names(wanted)}{_doubts(findings)}")


def wanted_fields(runtime: Runtime) -> list[WantedField]:
    """Our fields as configured, and the one that holds the tags where the host has none."""
    from slaplugin.wiring import own_fields

    named = own_fields(runtime.settings)
    wanted = [wanted_field(role, name) for role, name in named.items()]
    tags = runtime.host.reference().tags_field
    return [WantedField(tags, "tags", our_tags(runtime)), *wanted] if tags else wanted


def wanted_field(role: str, name: str) -> WantedField:
    """The field of a role (``due``, ``state`` …) by the name that it has on the helpdesk."""
    return WantedField(name, _KINDS[role], _STATES if role == "state" else ())


def our_tags(runtime: Runtime) -> tuple[str, ...]:
    """The two marks, and every tag that a step of the policies adds, as it is spelled.

    Tags with a placeholder are left out: nobody can declare them beforehand.
    """
    from slaplugin.policyfiles.mentions import step_tags

    spelled = runtime.settings.tags
    marks = (spelled.at_risk, spelled.breached)
    try:
        current = runtime.policies.current()
    except SlapluginError:
        return marks  # told by the check of the policies
    steps = (tag for tag, _ in step_tags(current, spelled.prefix) if "{" not in tag)
    return tuple(dict.fromkeys((*marks, *steps)))


def _findings(
    runtime: Runtime, office: Office | None, wanted: Sequence[WantedField]
) -> Iterator[FieldFinding]:
    if office is not None:
        return office.field_findings(wanted)
    known = runtime.host.reference().fields
    return (finding_by_type(field, known) for field in wanted)


def _names(wanted: Sequence[WantedField]) -> str:
    return ", ".join(sorted(field.name for field in wanted))


def _doubts(findings: Sequence[FieldFinding]) -> str:
    doubts = sorted(finding.doubt for finding in findings if finding.doubt)
    return f" (this account cannot see {', '.join(doubts)})" if doubts else ""


def _mended(
    settings: Settings, office: Office | None, missing: Sequence[WantedField], mending: Mending
) -> Check:
    if mending.fix:
        return _created(mending.applied(settings), missing)
    said = f"missing on the helpdesk, or not visible: {_names(missing)}"
    remedy = "slaplugin doctor --fix creates them or prints the steps; or remove the setting"
    return Check("fields", False, said, remedy)


def _created(settings: Settings, missing: Sequence[WantedField]) -> Check:
    from slaplugin.wiring.sides import office_of

    office = office_of(settings)
    if office is None:
        return Check("fields", False, "cannot be created here", "create them on the helpdesk")
    try:
        created = office.create_fields(missing)
    except HostError as error:
        said = f"not created: {error}"
        remedy = f"{_rights(settings.host)}or let an administrator do this:"
        return Check("fields", False, said, remedy, office.by_hand(missing))
    finally:
        office.close()
    said = f"created {', '.join(created)}"
    left = office.after_creation(created)
    return Check("fields", True if not left else None, said, "left to do:" if left else "", left)


def _rights(kind: str) -> str:
    from slaplugin.wiring.sides import guide_of

    guide = guide_of(kind)
    return f"give --fix {guide.admin}, " if guide and guide.admin else ""
