"""Every hook that a plugin may implement, typed.

A plugin is any module or object with functions of these names: a file in ``hooks/`` beside the
settings file, or an installed package with an entry point in the group ``slaplugin``. The
functions need no decorator; :data:`hookimpl` exists for ``tryfirst`` and ``trylast``. An
implementation names only the arguments it wants. docs/hooks.md has an example of each.

Three kinds (architecture, rule 11):

* *register* is asked once at the start; a failure ends the start with exit code 2.
* *decide* is asked about one ticket; a failure holds that ticket, since no write is better than a
  wrong one. Decisions are stored as observed events: evaluation never calls a hook (rule 10).
* *observe* is told what happened; a failure is recorded and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from slaplugin.app.ports import Agent, AuditEntry, Host
from slaplugin.core.model import ClockInstance, Ticket, Timeline

if TYPE_CHECKING:
    import click

PROJECT = "slaplugin"
PREFIX = "slaplugin_"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

HookKind = Literal["register", "decide", "observe"]


@dataclass(frozen=True, slots=True)
class StateMeaning:
    """What a state of the host means (settings ``states.*``).

    ``closes``: it turns into closed by itself at its date (rule R7).
    """

    kind: str
    closes: bool = False


OUTCOMES = ("ok", "busy", "refused", "failed", "unreachable")
"""How a request to a helpdesk ends: answered; told to wait; 4xx; 5xx; no whole answer."""


@dataclass(frozen=True, slots=True)
class HostSetup:
    """What an adapter is built from: the settings that concern the host.

    ``verify_tls`` is True, False, or the path of a CA bundle. ``overlap`` and ``retry`` are
    seconds. ``own_fields`` are the host's custom fields that we write, by role (``due``, ``state``,
    ``policy``, ``summary``); ``tags_field`` is the one that holds our tags on hosts without any,
    None where the adapter's default counts; ``own_tags`` are
    the exact spellings of the two marks, and ``tag_prefix`` what further tags of ours begin with.
    ``now`` gives UTC epoch seconds in place of the host's clock (``--now``). ``told`` may be called
    with one of :data:`OUTCOMES` when a request has ended, from the thread that sent it. ``pace`` is
    to be called before each request, and returns when it may be sent (``backfill --rate``).
    """

    name: str
    url: str
    token: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    verify_tls: bool | str = True
    timezone: str = "UTC"
    states: Mapping[str, StateMeaning] = field(default_factory=dict)
    priorities: Mapping[str, str] = field(default_factory=dict)
    bots: frozenset[str] = frozenset()
    overlap: int = 120
    retry: int = 60
    own_fields: Mapping[str, str] = field(default_factory=dict)
    tags_field: str | None = None
    own_tags: frozenset[str] = frozenset()
    tag_prefix: str = "sla-"
    now: Callable[[], int] | None = None
    routes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    told: Callable[[str], None] | None = None
    pace: Callable[[], None] | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The settings table ``plugins.<kind of host>``, for adapters that plugins bring."""


HostFactory = Callable[[HostSetup], Host]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under column titles; every row is as long as ``columns``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A further section of the report.

    ``build`` gets every instance of the reported period with its ticket and must not keep them.
    """

    name: str
    title: str
    build: Callable[[Sequence[tuple[Ticket, ClockInstance]]], Table]


class Specifications:
    """The hooks. Read a method as the signature that a plugin's function may have."""

    # ------------------------------------------------------------------ register

    @hookspec
    def slaplugin_configure(self, directory: Path, options: Mapping[str, Any]) -> None:
        """Take in the plugin's own settings, the table ``[plugins.<name>]``, once at the start.

        ``directory`` is the settings file's; relative paths in ``options`` start there.
        """

    @hookspec
    def slaplugin_hosts(self) -> Mapping[str, HostFactory]:
        """Kinds of helpdesk this plugin can talk to: setting ``host`` -> adapter factory.

        An adapter keeps the contract of ``app.ports.Host``.
        """
        raise NotImplementedError

    @hookspec
    def slaplugin_calendars(self) -> Mapping[str, Mapping[str, Any] | Sequence[Mapping[str, Any]]]:
        """Calendars by name, each as a policy file would write it (policy-language §2)."""
        raise NotImplementedError

    @hookspec
    def slaplugin_report_sections(self) -> Sequence[ReportSection]:
        """Sections to add to the report."""
        raise NotImplementedError

    @hookspec
    def slaplugin_commands(self) -> Mapping[str, click.Command]:
        """Commands to add to ``slaplugin``, by name; a name that exists already is refused."""
        raise NotImplementedError

    # ------------------------------------------------------------------ decide

    @hookspec
    def slaplugin_ticket_facts(
        self, ticket: Ticket, timeline: Timeline
    ) -> Mapping[str, Any] | None:
        """Facts to know about this ticket from now on, for conditions to test.

        A bare name ``tier`` means ``facts.tier``; ``customer.…``, ``organization.…`` and
        ``fields.…`` overlay what the host says. Values are texts, numbers, true, false, None or
        lists of texts. Two plugins that give one fact different values hold the ticket.
        """
        raise NotImplementedError

    @hookspec
    def slaplugin_pause_reason(self, ticket: Ticket, timeline: Timeline) -> str | None:
        """Why the ticket counts as waiting on the customer now; None: it does not.

        The first plugin with a reason is enough.
        """
        raise NotImplementedError

    @hookspec
    def slaplugin_calendar(self, ticket: Ticket, timeline: Timeline) -> str | None:
        """Name of the calendar to use for this ticket in place of its targets'; None: theirs.

        Two plugins that name different calendars hold the ticket.
        """
        raise NotImplementedError

    @hookspec
    def slaplugin_assignee(
        self, ticket: Ticket, timeline: Timeline, group: str | None, candidates: Sequence[Agent]
    ) -> str | None:
        """Login of the candidate who should own the ticket; None: no opinion.

        Asked for a step with ``owner: hook``. The first plugin with an answer decides; somebody
        who is not among ``candidates`` holds the ticket.
        """
        raise NotImplementedError

    # ------------------------------------------------------------------ observe

    @hookspec
    def slaplugin_transition(self, entry: AuditEntry) -> None:
        """Be told of an entry of the audit log: a clock started, breached, met; a write done."""


KINDS: Mapping[str, HookKind] = MappingProxyType(
    {
        "slaplugin_configure": "register",
        "slaplugin_hosts": "register",
        "slaplugin_calendars": "register",
        "slaplugin_report_sections": "register",
        "slaplugin_commands": "register",
        "slaplugin_ticket_facts": "decide",
        "slaplugin_pause_reason": "decide",
        "slaplugin_calendar": "decide",
        "slaplugin_assignee": "decide",
        "slaplugin_transition": "observe",
    }
)
