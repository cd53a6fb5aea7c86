"""Adapters with one flaw each: in what they write, bear, and say of their helpdesk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.app.ports import Change, Missing, Page, Reference, Snapshot
from slaplugin.core.actions import Seen
from slaplugin.hosts.memory import MemoryHost
from tests.hosts.flaws_of_readers import BERLIN, Flawless

# -------------------------------------------------------------------------- writing


def writing(changed: Callable[[MemoryHost, str, Change], Change | None]) -> type[Flawless]:
    """Writes something else than was asked for."""

    class Writes(Flawless):
        def write(self, ticket: str, changes: Sequence[Change]) -> None:
            found = [changed(self.real, ticket, change) for change in changes]
            kept = [change for change in found if change is not None]
            if kept:
                self.real.write(ticket, kept)

    return Writes


def _in_local_time(_host: MemoryHost, _ticket: str, change: Change) -> Change:
    if not isinstance(change.value, int):
        return change
    off = datetime.fromtimestamp(change.value, BERLIN).utcoffset()
    return replace(change, value=change.value + int(off.total_seconds()) if off else 0)


def _alone(host: MemoryHost, ticket: str, change: Change) -> Change:
    """The whole list of tags is replaced by ours."""
    if change.kind == "add_tag":
        for tag in set(host.tickets[ticket].tags):
            host.write(ticket, [Change("remove_tag", tag)])
    return change


WritesNothing = writing(lambda host, ticket, change: None)
KeepsOwners = writing(
    lambda host, ticket, change: None if change == Change("set_owner", None) else change
)
WritesLocalDates = writing(_in_local_time)
ReplacesTags = writing(_alone)


class WritesWholeLists(Flawless):
    """Reads the tags, adds ours, and writes what it has by then."""

    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        before = set(self.real.look(ticket).tags)
        self.real.look(ticket)
        for tag in set(self.real.tickets[ticket].tags) - before:
            self.real.write(ticket, [Change("remove_tag", tag)])
        self.real.write(ticket, changes)


class ActsUnderAnotherName(Flawless):
    @property
    def account(self) -> str:
        return "somebody"


class WritesAnew(Flawless):
    """Takes away and gives again what is there already."""

    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind == "add_tag":
                self.real.write(ticket, [Change("remove_tag", change.value)])
        self.real.write(ticket, changes)


class NotesTwice(Flawless):
    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        self.real.write(ticket, changes)
        self.real.write(ticket, [change for change in changes if change.kind == "add_note"])


class FindsAnyNote(Flawless):
    def has_note(self, ticket: str, key: str) -> bool:
        return any(str(known).startswith(key) for known, _ in self.real.tickets[ticket].notes)


class OpensByNotes(Flawless):
    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        self.real.write(ticket, changes)
        if any(change.kind == "add_note" for change in changes):
            self.real.write(ticket, [Change("set_state", "open")])


class SwallowsRefusals(Flawless):
    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        try:
            self.real.write(ticket, changes)
        except HostPermanentError:
            return


class SaysNoMore(Flawless):
    """Refuses without a word of what and why."""

    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        try:
            self.real.write(ticket, changes)
        except HostPermanentError:
            raise HostPermanentError("the helpdesk refused") from None


class BlamesTheAccount(Flawless):
    """Refuses without a status, as if no other ticket could be written to either."""

    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        try:
            self.real.write(ticket, changes)
        except HostPermanentError as error:
            raise HostPermanentError(str(error)) from None


class SpoilsOnRefusal(Flawless):
    """Empties the tags before it writes them anew, and is then refused."""

    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        before = set(self.real.tickets[ticket].tags)
        for tag in before:
            self.real.write(ticket, [Change("remove_tag", tag)])
        self.real.write(ticket, [*changes, *(Change("add_tag", tag) for tag in before)])


# -------------------------------------------------------------------------- trouble


class TakesHalfForWhole(Flawless):
    """A failure in a pull is taken for its end."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        try:
            yield from self.real.changes(bookmark)
        except HostTemporaryError:
            yield Page((), str(self.newest + 1))


class ReadsHalf(Flawless):
    """What could not be read is taken for nothing."""

    def read(self, ticket: str) -> Snapshot:
        try:
            return self.real.read(ticket)
        except HostTemporaryError:
            self.real.traffic.heal()
            found = self.real.read(ticket)
            return replace(found, timeline=replace(found.timeline, events=()))


class MissesOnTrouble(Flawless):
    """A sweep without an answer finds nothing there."""

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        known = list(known)
        try:
            yield from list(self.real.missing(known))
        except HostTemporaryError:
            yield from (Missing(ticket, "gone") for ticket in known)


class HopesForWrites(Flawless):
    def write(self, ticket: str, changes: Sequence[Change]) -> None:
        try:
            self.real.write(ticket, changes)
        except HostTemporaryError:
            return


class ShowsItsSecret(Flawless):
    def __repr__(self) -> str:
        return "Host(token=hunter2)"


# -------------------------------------------------------------------------- words


def saying(**more: Any) -> type[Flawless]:
    """Says something else about its helpdesk."""

    class Says(Flawless):
        def reference(self) -> Reference:
            return replace(self.real.reference(), **more)

    return Says


class HasNoCommonNames(Flawless):
    @property
    def priority_names(self) -> Mapping[str, str]:
        return {"2 normal": "normal"}


class ShowsTagsTwice(Flawless):
    def shown(self, seen: Seen) -> Seen:
        return replace(seen, fields={**seen.fields, "SLATags": sorted(seen.tags)})


class NamesEverybody(Flawless):
    def agents_of(self, group: str) -> Sequence[Any]:
        everybody = [agent for team in self.real.agents.values() for agent in team]
        return everybody[:2]


class TellsNoParties(Flawless):
    def parties(self, bookmark: str | None) -> Iterator[Any]:
        yield from (replace(page, items=()) for page in self.real.parties(bookmark))


class KnowsNoParties(Flawless):
    def parties(self, bookmark: str | None) -> Iterator[Any]:
        yield from ()
