"""What an administrator does for our dynamic fields, step by step (facts 1 and 15)."""

from __future__ import annotations

from collections.abc import Sequence

from slaplugin.hosts.office import WantedField

_ADD = 'Admin > Dynamic Fields > Ticket > Add new field "{type}": Name {name}, Label {label}'
_VIEWS = ("AgentTicketQueue", "AgentTicketStatusView")


def field_steps(wanted: Sequence[WantedField]) -> tuple[str, ...]:
    """Creating the fields, then showing them in the ticket and in the lists."""
    made = (_made(field) for field in wanted)
    names = [field.name for field in wanted]
    return (*made, _zoom(names), *_columns(names), _deploy())


def _made(field: WantedField) -> str:
    label = {"tags": "SLA", "datetime": "SLA due", "text": "SLA"}[field.kind]
    if field.kind == "datetime":
        rest = "; Restrict entering of dates: none"
        return _ADD.format(type="Date / Time", name=field.name, label=label) + rest
    if field.kind == "tags":
        values = ", ".join(f"{value} = {value}" for value in field.values)
        rest = f"; possible values (key = value): {values}; Add empty value: Yes"
        rest += "; Translatable values: No"
        return _ADD.format(type="Multiselect", name=field.name, label=label) + rest
    if field.values:
        values = ", ".join(f"{value} = {value}" for value in field.values)
        rest = f"; possible values (key = value): {values}; Add empty value: Yes"
        return _ADD.format(type="Dropdown", name=field.name, label=label) + rest
    return _ADD.format(type="Text", name=field.name, label=label)


def _zoom(names: Sequence[str]) -> str:
    shown = ", ".join(f"{name} = 1" for name in names)
    return (
        "Admin > System Configuration > Ticket::Frontend::AgentTicketZoom###DynamicField: "
        f"{shown} (shown in the ticket, and on no form that agents fill in)"
    )


def _columns(names: Sequence[str]) -> tuple[str, ...]:
    shown = ", ".join(f"DynamicField_{name} = 2" for name in names)
    return tuple(f"… Ticket::Frontend::{view}###DefaultColumns: {shown}" for view in _VIEWS)


def _deploy() -> str:
    return "deploy these settings, then run slaplugin doctor again"
