"""The ticket that ``timeline`` and ``explain`` are asked about: from the store, else the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slaplugin.app.errors import ConfigurationError, HostGoneError
from slaplugin.app.ports import Snapshot, StoredTicket
from slaplugin.core.actions import ActionRow

if TYPE_CHECKING:
    from slaplugin.app.judge import Judge
    from slaplugin.app.known import Known
    from slaplugin.wiring import Runtime


@dataclass(frozen=True, slots=True)
class Subject:
    """A ticket with its events, from one of the two places."""

    stored: StoredTicket | None
    actions: tuple[ActionRow, ...] = ()
    snapshot: Snapshot | None = None

    @property
    def source(self) -> str:
        """``store`` or ``host``."""
        return "host" if self.snapshot else "store"

    def reading(self) -> Snapshot | StoredTicket:
        """What the helpdesk shows where it was asked, else what the store keeps."""
        found = self.snapshot or self.stored
        if found is None:
            raise ValueError("a ticket comes from the store or from the helpdesk")
        return found


def subject_of(runtime: Runtime, text: str, *, live: bool = False) -> Subject:
    """The ticket of this number or id.

    ``live`` asks the helpdesk even for a ticket that the store has. ConfigurationError when neither
    knows it.
    """
    found = _in_store(runtime, text)
    if found and not live:
        return found
    known = found.stored.row.id if found and found.stored else None
    snapshot = _on_host(runtime, known or text.lstrip("#"), is_id=known is not None)
    return Subject(found.stored if found else None, found.actions if found else (), snapshot)


def _in_store(runtime: Runtime, text: str) -> Subject | None:
    if not runtime.has_store:
        return None
    host = runtime.settings.host_key
    for found_host, ticket in runtime.view.find(text.lstrip("#")):
        stored = runtime.view.ticket(host, ticket) if found_host == host else None
        if stored is not None:
            return Subject(stored, tuple(runtime.view.actions_of(host, ticket)))
    return None


def _on_host(runtime: Runtime, text: str, *, is_id: bool) -> Snapshot:
    name = text if is_id else _numbered(runtime, text) or text
    try:
        return runtime.host.read(name)
    except HostGoneError as error:
        raise ConfigurationError(
            f"there is no ticket {text}, neither in the store nor on the helpdesk "
            "(number or id; a merged or deleted one may be gone)"
        ) from error


def _numbered(runtime: Runtime, number: str) -> str | None:
    """Id of the ticket with this number, where the kind of helpdesk can be asked for it."""
    from slaplugin.wiring.sides import office_of

    office = office_of(runtime.settings)
    if office is None:
        return None
    try:
        return office.ticket_numbered(number)
    finally:
        office.close()


def known_of(subject: Subject, runtime: Runtime, judge: Judge, now: int) -> Known:
    """The ticket as a cycle would know it; one from the helpdesk is asked of the hooks, too."""
    from slaplugin.app.enrich import enrich
    from slaplugin.app.known import Reading, from_host, from_store
    from slaplugin.core.plan import PlanContext
    from slaplugin.wiring import options_of

    found = subject.reading()
    if isinstance(found, StoredTicket):
        return from_store(found, subject.actions)
    options = options_of(runtime.settings)
    context = PlanContext(rules=judge.rules, showing=options.showing)
    reading = Reading(found, subject.stored, subject.actions)
    return enrich(from_host(reading, context, options), runtime.hooks, now)
