"""What setting up and examining a helpdesk needs beside the main job (``init``, ``doctor`` …).

No cycle uses it. Creating something needs an administrator's credential, which the caller hands in
for that once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from slaplugin.core.actions import ChangeKind
from slaplugin.report.checks import Check


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

    def ticket_numbered(self, number: str) -> str | None:
        """Id of the ticket with this number, as people see it; None where there is none."""

    def refuses(self, kind: ChangeKind, value: str, field: str | None = None) -> str | None:
        """The host's reason to refuse this change on any ticket; changes nothing.

        None: it would take it, or cannot be asked without writing.
        """

    def create_fields(self, wanted: Mapping[str, str]) -> list[str]:
        """Create the ticket fields that are missing, name -> ``datetime`` or ``text``.

        Returns the names created; HostPermanentError where the account may not.
        """

    def create_overviews(self, marks: Sequence[str], due_field: str | None) -> list[str]:
        """Lists of breached and at-risk tickets for all agents; the names created."""

    def close(self) -> None:
        """Give the connections back."""
