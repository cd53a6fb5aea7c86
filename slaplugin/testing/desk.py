"""What a test needs besides an adapter: a helpdesk under test, and people who work at it.

An author of an adapter writes one :class:`Desk`; :class:`slaplugin.testing.HostContract` does the
rest (docs/adapters.md). Instants are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from slaplugin.app.ports import Host


class Ability(StrEnum):
    """What a desk can usually do; one that it lacks is named with the reason in ``Desk.lacks``."""

    MERGE = "merge two tickets"
    DELETE = "delete a ticket"
    HIDE = "take a ticket out of our account's sight"
    TELL_GONE = "tell a deleted ticket from one that is out of sight"
    PROTECT = "forbid our account to change a ticket that it may read"
    PARTIES = "tell what changed about a customer, and who is a VIP"
    TAG_HISTORY = "tell when a tag came or went"
    FIELD_HISTORY = "tell when a custom field changed"
    DATE_FIELD = "hold a date in a custom field"
    SHARED_TAGS = "keep the tags that two write at the same moment"
    LATE_STAMPS = "show a change only some time after its stamp, as slow transactions do"
    INTERRUPT = "have people act while the adapter's requests are under way"
    FAULTS = "answer wrongly on order"
    CREDENTIALS = "refuse wrong credentials"


class FaultKind(StrEnum):
    """How an answer can go wrong."""

    UNREACHABLE = "the connection breaks without an answer"
    ERROR = "an error of the server (5xx)"
    HALF = "an answer that is cut off in the middle"
    PAGE = "status 200 and a web page instead of data"
    EMPTY = "status 200 and a plausible emptiness instead of data"
    WIDENED = "status 200 and more than was asked for, from a search that ignores what it is told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The helpdesk's own words, which tests write with, and how it tells time."""

    groups: tuple[str, str]
    """Two groups whose tickets our account may change; new tickets are in the first."""
    priorities: tuple[str, str]
    """That of new tickets, and another one."""
    owners: tuple[str, str]
    """Logins of two people who may own tickets of both groups; neither is the agent who acts."""
    open: str
    """A state in which work goes on."""
    waiting: str
    """The state that :meth:`Desk.wait` puts a ticket into."""
    closed: str
    tags: tuple[str, str, str]
    """Two tags that we write, and one that other people write."""
    text_field: str
    """A custom field for text that our account may write."""
    texts: tuple[str, str] = ("at_risk", "overdue")
    """Two values which that field takes."""
    date_field: str | None = None
    zone: str = "UTC"
    """IANA name of the zone in which the helpdesk writes local times."""
    page_size: int = 3
    """Tickets that one page of the adapter's feeds holds at most."""
    slack: int = 0
    """Seconds by which a stamp may lie after the act (0: the desk's clock can stand still)."""


class Desk(Protocol):
    """A helpdesk under test. Every act happens at :meth:`now`, and is over when the call returns.

    An ordinary object, equal to itself alone. Several tests may share one helpdesk: they look only
    at tickets of their own. People are never our own account; ``agent_*`` and the ``set_*`` acts
    are those of one agent, the same each time.
    """

    @property
    def words(self) -> Words: ...

    @property
    def lacks(self) -> Mapping[Ability, str]:
        """What this helpdesk cannot do at all, each with the reason; the tests of it are skipped.

        The reason names the source: a document, or what was observed in which version.
        """

    @property
    def faults(self) -> frozenset[FaultKind]:
        """What can be ordered with :meth:`break_down`."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Passwords and tokens that the adapter was given."""

    # ------------------------------------------------------------------ adapters

    def host(self) -> Host:
        """A fresh adapter, as another process would have: it shares nothing with earlier ones."""

    def stranger(self) -> Host:
        """An adapter with credentials that the helpdesk refuses (``CREDENTIALS``)."""

    def requests(self) -> int | None:
        """Requests that the helpdesk has received so far; None where nobody counts."""

    # ------------------------------------------------------------------ time

    def now(self) -> int:
        """The helpdesk's present."""

    def advance(self, seconds: int) -> None:
        """Move its clock forward. What falls due by this is the helpdesk's business."""

    def same_instant(self) -> AbstractContextManager[None]:
        """All acts inside get one stamp, as far as the helpdesk allows."""

    # ------------------------------------------------------------------ what people do

    def create(self) -> str:
        """A customer writes in: an open ticket of the first group and priority, owned by nobody.

        The ticket's id, as the adapter names it.
        """

    def customer_writes(self, ticket: str) -> None:
        """A further message of the customer."""

    def agent_replies(self, ticket: str) -> None:
        """A public answer of an agent."""

    def agent_notes(self, ticket: str) -> None:
        """An internal note of an agent."""

    def wait(self, ticket: str) -> None:
        """An agent puts the ticket into the waiting state, for a day where it needs a date."""

    def close(self, ticket: str) -> None:
        """An agent closes it."""

    def reopen(self, ticket: str) -> None:
        """An agent opens it again."""

    def set_priority(self, ticket: str, name: str) -> None: ...

    def set_group(self, ticket: str, name: str) -> None: ...

    def set_owner(self, ticket: str, login: str) -> None: ...

    def add_tag(self, ticket: str, tag: str) -> None:
        """An agent adds a tag; those that are there stay."""

    def remove_tag(self, ticket: str, tag: str) -> None: ...

    def set_text(self, ticket: str, value: str) -> None:
        """An agent writes the text field."""

    def merge(self, ticket: str, into: str) -> None:
        """An agent merges the first ticket into the second (``MERGE``)."""

    def delete(self, ticket: str) -> None:
        """An administrator deletes the ticket (``DELETE``)."""

    def note_late(self, ticket: str) -> None:
        """An agent's note becomes visible now that is stamped half a minute ago
        (``LATE_STAMPS``)."""

    def hide(self, ticket: str) -> None:
        """The ticket gets out of our account's sight, by a move or by rights (``HIDE``)."""

    def unhide(self, ticket: str) -> None:
        """It comes back."""

    def protect(self, ticket: str) -> None:
        """Our account may read the ticket from now on and not change it (``PROTECT``)."""

    def set_vip(self, ticket: str, vip: bool) -> None:
        """The ticket's customer is a VIP from now on, or no more (``PARTIES``)."""

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        """Requests of adapters are answered wrongly, all but the next ``after`` ones, until
        :meth:`heal` (``FAULTS``)."""

    def heal(self) -> None:
        """Everything is answered as it should again."""

    def interrupted(self, act: Callable[[], None]) -> AbstractContextManager[None]:
        """While it is open, ``act`` is called before each request is answered (``INTERRUPT``)."""
