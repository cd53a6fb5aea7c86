"""What setting up and examining a helpdesk needs beside the main job (``init``, ``doctor`` …).

No cycle uses it. Creating something needs an administrator's credential, which the caller hands in
for that once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from slaplugin.core.actions import ChangeKind
from slaplugin.report.checks import Check

FieldKind = Literal["datetime", "text", "tags"]


@dataclass(frozen=True, slots=True)
class WantedField:
    """A custom field of tickets that we write."""

    name: str
    kind: FieldKind
    values: tuple[str, ...] = ()
    """What has to be declared where the field takes declared values alone; empty: any text."""


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """What the helpdesk shows of a wanted field."""

    field: WantedField
    there: bool
    wrong: str = ""
    """What is wrong with it, in a sentence; empty: nothing."""
    remedy: str = ""
    doubt: str = ""
    """What could not be seen of it; empty: nothing."""


_FITTING: Mapping[FieldKind, tuple[str, ...]] = {
    "datetime": ("datetime",),
    "text": ("text", "select"),
    "tags": ("text", "select"),
}


def finding_by_type(field: WantedField, types: Mapping[str, str]) -> FieldFinding:
    """Judge a field by the type that ``Reference.fields`` tells of it."""
    known = types.get(field.name)
    if known is None:
        return FieldFinding(field, there=False)
    if known == "unknown":
        return FieldFinding(field, there=True, doubt=f"the type of {field.name}")
    if known not in _FITTING[field.kind]:
        wrong = f"{field.name} is a {known} field, not {field.kind}"
        return FieldFinding(field, True, wrong, "name a field of the right type")
    return FieldFinding(field, there=True)


class Office(Protocol):
    """The administrative side of one helpdesk, as far as the given credential may see it.

    Every method may raise HostTemporaryError or HostPermanentError.
    """

    def who(self) -> str:
        """The account of the credential, in a person's words; the first request."""

    def skew(self) -> float:
        """Seconds by which the helpdesk's clock is ahead of this machine's."""

    def checks(self) -> Iterator[Check]:
        """Each permission and each habit of the host that the main job needs."""

    def field_findings(self, wanted: Sequence[WantedField]) -> Iterator[FieldFinding]:
        """One finding for each wanted field: there, of the right type, taking our values?"""

    def ticket_numbered(self, number: str) -> str | None:
        """Id of the ticket with this number, as people see it; None where there is none."""

    def refuses(self, kind: ChangeKind, value: str, field: str | None = None) -> str | None:
        """The host's reason to refuse this change on any ticket; changes nothing.

        None: it would take it, or cannot be asked without writing.
        """

    def create_fields(self, wanted: Sequence[WantedField]) -> list[str]:
        """Create the ticket fields that are missing; returns the names created.

        HostPermanentError where the account may not, or the host cannot: then :meth:`by_hand`.
        """

    def by_hand(self, wanted: Sequence[WantedField]) -> tuple[str, ...]:
        """What an administrator has to do for these fields, one step a line."""

    def after_creation(self, created: Sequence[str]) -> tuple[str, ...]:
        """What is left to do by hand once :meth:`create_fields` has made them."""

    def create_overviews(self, marks: Sequence[str], due_field: str | None) -> list[str]:
        """Lists of breached and at-risk tickets for all agents; the names created."""

    def close(self) -> None:
        """Give the connections back."""
