"""What setting up and examining the helpdesk needs beside the main job: ``init`` and ``doctor``.

The host has no operation that lists anything but tickets (facts 1): most is learnt from tickets and
from writes that must be refused (:mod:`slaplugin.hosts.otrs.probe`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from slaplugin.app.errors import HostError, HostPermanentError
from slaplugin.core.actions import ChangeKind
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.office import FieldFinding, WantedField
from slaplugin.hosts.otrs.byhand import field_steps
from slaplugin.hosts.otrs.client import OperationError
from slaplugin.hosts.otrs.host import make_client
from slaplugin.hosts.otrs.names import DEFAULT_TAGS_FIELD
from slaplugin.hosts.otrs.probe import Probe
from slaplugin.hosts.otrs.sample import Sample, judge_zone, values_of
from slaplugin.hosts.otrs.wire import Record, number, text, zone_of
from slaplugin.report.checks import Check

_SOME_DATE = "2001-02-03 04:05:06"
_NO_DATE = "no date"
_ANY_TEXT = "first response due today 12:00"
_UNDECLARED = "slaplugin: declared nowhere"
_QUEUES = 20
"""Queues whose permissions are asked for, one request each."""
_UNASKED = "note, create and the target queue's move_into cannot be asked without writing"


class Office:
    """The administrative side of one helpdesk, as far as the given account may see it."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._client = make_client(config)
        self._zone = zone_of(config.timezone)
        self._tags_field = config.tags_field or DEFAULT_TAGS_FIELD

    def who(self) -> str:
        """The account's login and id; learning it opens a session."""
        me = self._client.me()
        return f"{me.get('UserLogin') or 'an unnamed account'} (UserID {me.get('UserID') or '?'})"

    def skew(self) -> float:
        """Seconds by which the helpdesk's clock is ahead of this machine's."""
        self._client.me()
        return self._client.transport.clock.skew()

    def close(self) -> None:
        """Give the connections back."""
        self._client.transport.close()

    def ticket_numbered(self, number: str) -> str | None:
        """Id of the ticket with this number; None where there is none."""
        if not number.isalnum():
            return None  # ``*`` and ``%`` would match others, too (facts 4)
        found = self._client.search({"TicketNumber": number, "Limit": 1})
        return found[0] if found else None

    def refuses(self, kind: ChangeKind, value: str, field: str | None = None) -> str | None:
        """The host's reason against a queue, owner, state, priority, tag or value of a field."""
        if self._probe is None:
            return None
        name = self._tags_field if kind == "add_tag" else field
        return self._probe.refuses(kind, value, name)

    # ------------------------------------------------------------------ examining

    def checks(self) -> Iterator[Check]:
        """Each operation, each permission that can be asked for, and the zone of its times."""
        yield self._account()
        if not self._sample.rows:
            said = (
                "TicketSearch names no ticket; an empty answer is also what a failing database "
                "gives, so no bookmark would ever move"
            )
            remedy = "give the account ro on the groups of the queues, and have one ticket there"
            yield Check("search", False, said, remedy)
            return
        yield Check("search", True, f"TicketSearch and TicketGet work: {self._seen()}")
        yield self._history()
        yield self._time_zone()
        yield self._update()
        yield from self._rights()

    @cached_property
    def _sample(self) -> Sample:
        return Sample.read(self._client)

    @cached_property
    def _probe(self) -> Probe | None:
        rows = self._sample.rows
        return Probe(self._client, text(rows[0].get("TicketID"))) if rows else None

    def _seen(self) -> str:
        queues = len({text(row.get("Queue")) for row in self._sample.rows})
        return f"{len(self._sample.rows)} tickets of {queues} queues looked at"

    def _account(self) -> Check:
        user = self._client.me().get("UserID") or ""
        if user == "1":
            said = "the account is root@localhost (UserID 1), under which the helpdesk itself acts"
            remedy = "make an agent of its own: what customers and jobs do is booked under UserID 1"
            return Check("account", False, said, remedy)
        if not user:
            said = "SessionGet tells no UserID, so own writes are not recognised"
            return Check("account", False, said, "map SessionGet to Session::SessionGet")
        return Check("account", True, f"own writes are recognised by UserID {user}")

    def _history(self) -> Check:
        ticket = text(self._sample.rows[0].get("TicketID"))
        try:
            entries = self._client.histories([ticket]).get(ticket, [])
        except HostError as error:
            remedy = "map TicketHistoryList to Ticket::TicketHistoryGet and give the account ro"
            return Check("history", False, str(error), remedy)
        if not any(entry.get("HistoryType") == "NewTicket" for entry in entries):
            said = f"the history of ticket {ticket} lacks its creation: a failed read, not a fact"
            return Check("history", False, said, "see the helpdesk's log for a failing statement")
        return Check("history", True, "TicketHistoryGet works")

    def _time_zone(self) -> Check:
        clock = self._client.transport.clock
        now = int(self._config.timing.wall() + clock.skew())
        verdict = judge_zone(self._sample.rows, self._zone, now)
        zone = self._config.timezone
        if verdict is None:
            return Check("time zone", None, "no ticket tells its age: host_timezone is not checked")
        if verdict.off:
            said = (
                f"a ticket created at {verdict.stamp} is {abs(verdict.off) / 3600:g} h "
                f"{'younger' if verdict.off < 0 else 'older'} than host_timezone = {zone} says"
            )
            remedy = (
                "set host_timezone to the helpdesk's setting OTOBOTimeZone or OTRSTimeZone "
                "(Admin > System Configuration; its default is UTC)"
            )
            return Check("time zone", False, said, remedy)
        if not verdict.seasons:
            said = f"host_timezone = {zone} agrees; no ticket of the other half-year to compare"
            return Check("time zone", True, said)
        return Check("time zone", True, f"host_timezone = {zone} agrees, in winter and in summer")

    def _update(self) -> Check:
        remedy = "map TicketUpdate to Ticket::TicketUpdate, PATCH /Ticket/:TicketID"
        try:
            works = self._probe is not None and self._probe.works()
        except HostError as error:
            return Check("update", False, str(error), remedy)
        if not works:
            said = (
                "TicketUpdate accepted a field without a value, which every known version "
                "refuses: values are not asked for"
            )
            return Check("update", None, said, f"see whether something is mapped away; {remedy}")
        return Check("update", True, "TicketUpdate answers and judges values before it writes")

    # ------------------------------------------------------------------ permissions

    def _rights(self) -> Iterator[Check]:
        """By writing to quiet tickets what they show already: no history, no change (facts 9)."""
        quiet = dict(list(self._sample.quiet().items())[:_QUEUES])
        lacking: dict[str, list[str]] = {}
        for queue, row in quiet.items():
            reason = self._denied(row)
            if reason:
                lacking.setdefault(reason, []).append(queue)
        for reason, queues in lacking.items():
            remedy = "give the account ro, move_into, create, note, owner, priority and rw there"
            yield Check("permissions", False, f"{', '.join(sorted(queues))}: {reason}", remedy)
        if not lacking:
            said = f"may change queue, owner, priority and fields in {len(quiet)} queues"
            yield Check("permissions", True, f"{said}; {_UNASKED}")

    def _denied(self, row: Record) -> str | None:
        """The permission that is lacking, in the host's words.

        An owner who has left or a tag that is not declared any more is refused as a value, which
        says nothing about permissions: then the rest is asked for without it.
        """
        same = {name: number(row.get(name)) for name in ("QueueID", "PriorityID")}
        owned = {**same, "OwnerID": number(row.get("OwnerID"))}
        tags = self._tags_of(row)
        for parts in ({"Ticket": owned, **tags}, {"Ticket": same, **tags}, {"Ticket": owned}):
            try:
                self._client.update(text(row.get("TicketID")), parts)
            except OperationError as refused:
                if refused.code == "AccessDenied":
                    return refused.reason
            else:
                break
        return None

    def _tags_of(self, row: Record) -> dict[str, Any]:
        """What the ticket shows in the tags field already; nothing where it is empty."""
        tags = values_of(row).get(self._tags_field)
        return {"DynamicField": [{"Name": self._tags_field, "Value": tags}]} if tags else {}

    # ------------------------------------------------------------------ fields

    def field_findings(self, wanted: Sequence[WantedField]) -> Iterator[FieldFinding]:
        """By the fields that tickets show, and by values that the host refuses."""
        there = self._sample.field_names()
        for field in wanted:
            if not self._sample.rows:
                yield FieldFinding(field, there=True, doubt=f"{field.name} without a ticket")
            elif field.name not in there:
                yield FieldFinding(field, there=False)
            else:
                yield self._judged(field)

    def _judged(self, field: WantedField) -> FieldFinding:
        if self._probe is None or not self._probe.works():
            return FieldFinding(field, there=True, doubt=f"the type of {field.name}")
        judge = {"datetime": self._date, "text": self._text, "tags": self._tags}[field.kind]
        return judge(field, self._probe)

    def _date(self, field: WantedField, probe: Probe) -> FieldFinding:
        takes = probe.refuses_field(field.name, _SOME_DATE) is None
        if takes and probe.refuses_field(field.name, _NO_DATE) is not None:
            return FieldFinding(field, there=True)
        remedy = "make it a dynamic field of the type Date / Time, or name another"
        return FieldFinding(field, True, f"{field.name} is no Date / Time field", remedy)

    def _text(self, field: WantedField, probe: Probe) -> FieldFinding:
        if field.values:
            return self._declared(field, probe)
        if probe.refuses_field(field.name, _ANY_TEXT) is None:
            return FieldFinding(field, there=True)
        said = f"{field.name} does not take just any text"
        return FieldFinding(field, True, said, "make it a dynamic field of the type Text")

    def _tags(self, field: WantedField, probe: Probe) -> FieldFinding:
        """A list is judged value by value, so only a filled field tells whether it holds one."""
        declared = self._declared(field, probe)
        if declared.wrong or probe.refuses_field(field.name, _UNDECLARED) is None:
            return declared
        shown = self._sample.value(field.name)
        if isinstance(shown, str):
            said = f"{field.name} takes one value alone, and a ticket may have several tags"
            remedy = "make it a dynamic field of the type Multiselect, or name another"
            return FieldFinding(field, True, said, remedy)
        doubt = "" if shown else f"whether {field.name} takes several values: no ticket has one"
        return FieldFinding(field, there=True, doubt=doubt)

    def _declared(self, field: WantedField, probe: Probe) -> FieldFinding:
        refused = [
            value for value in field.values if probe.refuses_field(field.name, value) is not None
        ]
        if not refused:
            return FieldFinding(field, there=True)
        said = f"{field.name} does not declare the values {', '.join(refused)}"
        remedy = f"Admin > Dynamic Fields > {field.name} > Possible values: add them, key = value"
        return FieldFinding(field, True, said, remedy)

    # ------------------------------------------------------------------ setting up

    def create_fields(self, wanted: Sequence[WantedField]) -> list[str]:
        """Never: no operation of the Generic Interface makes dynamic fields (facts 1)."""
        raise HostPermanentError("the web service has no operation that makes dynamic fields")

    def by_hand(self, wanted: Sequence[WantedField]) -> tuple[str, ...]:
        """The administrator's pages, and the settings that show the fields to agents."""
        return field_steps(wanted)

    def after_creation(self, created: Sequence[str]) -> tuple[str, ...]:
        """Nothing is ever created."""
        return ()

    def create_overviews(self, marks: Sequence[str], due_field: str | None) -> list[str]:
        """None: agents see the marks as columns (``docs/hosts/otrs.md``)."""
        return []
