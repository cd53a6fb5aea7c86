"""Clauses on trouble: half answers, failures, secrets, refused credentials."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from slaplugin.app.errors import (
    HostError,
    HostPermanentError,
    HostTemporaryError,
    SlapluginError,
    TicketHeldError,
)
from slaplugin.app.ports import Change, Page
from slaplugin.testing.contract.ask import (
    caught_up,
    fails,
    in_order,
    last,
    later,
    listed,
    names,
    refused,
)
from slaplugin.testing.contract.clause import broken, clause, expect, need
from slaplugin.testing.desk import Ability, Desk, FaultKind

_PLACES = (0, 1, 2, 3, 5, 8)
"""How many requests of a pull or a read are answered well before one meets a fault."""


class TroubleClauses:
    """When the helpdesk fails."""

    @clause
    def test_fault_in_a_pull_loses_nothing(self, desk: Desk) -> None:
        """Whichever request of a pull is answered wrongly: it ends with HostTemporaryError, or
        with pages that hold, and from the last bookmark that came everything is named once the
        helpdesk is well."""
        need(desk, Ability.FAULTS)
        start = caught_up(desk)
        ours = {desk.create() for _ in range(desk.words.page_size + 1)}
        for kind, after in _places(desk):
            pages = _spoiled(desk, kind, after, partial(_pull, desk, start))
            found, at = names(pages), last(pages, start)
            missed = ours - found - names(desk.host().changes(at))
            expect(
                not missed,
                f"request {after + 1} of a pull met {kind.value}; after that {listed(missed)} "
                "were never named: the bookmark moved past what was not read",
            )

    @clause
    def test_fault_in_a_quiet_pull_loses_nothing(self, desk: Desk) -> None:
        """An answer that is wrongly empty is no proof that nothing happened."""
        need(desk, Ability.FAULTS)
        bookmark = caught_up(desk)
        for kind, after in _places(desk, most=3):
            ticket = desk.create()
            pages = _spoiled(desk, kind, after, partial(_pull, desk, bookmark))
            at = last(pages, bookmark)
            found = names(pages) | names(desk.host().changes(at))
            expect(
                ticket in found,
                f"ticket {ticket} came in; request {after + 1} met {kind.value}; then the bookmark "
                "had moved past it",
            )
            bookmark = last(list(desk.host().changes(at)), at)

    @clause
    def test_fault_in_a_read_is_never_half_a_ticket(self, desk: Desk) -> None:
        """A read that is answered wrongly is HostTemporaryError, or one ticket held; it never
        gives a ticket with a part of its past, its tags or its fields missing."""
        need(desk, Ability.FAULTS)
        ticket = desk.create()
        later(desk, partial(desk.customer_writes, ticket))
        later(desk, partial(desk.agent_replies, ticket))
        later(desk, partial(desk.add_tag, ticket, desk.words.tags[2]))
        later(desk, partial(desk.set_text, ticket, desk.words.texts[0]))
        whole = desk.host().read(ticket)
        for kind, after in _places(desk):
            with _broken_down(desk, kind, after):
                try:
                    found = desk.host().read(ticket)
                except (HostTemporaryError, TicketHeldError):
                    continue
            expect(
                (found.timeline, found.seen) == (whole.timeline, whole.seen),
                f"request {after + 1} of a read met {kind.value}, and the ticket was told with "
                f"{len(found.timeline.events)} of {len(whole.timeline.events)} events and with "
                f"{found.seen}",
            )

    @clause
    def test_fault_is_no_missing_ticket(self, desk: Desk) -> None:
        """A sweep that is answered wrongly reports no ticket as missing."""
        need(desk, Ability.FAULTS)
        ours = [desk.create() for _ in range(2)]
        for kind, after in _places(desk, most=3):
            with _broken_down(desk, kind, after):
                try:
                    found = list(desk.host().missing(ours))
                except HostTemporaryError:
                    continue
            expect(not found, f"request {after + 1} met {kind.value}; reported missing: {found}")

    @clause
    def test_fault_in_a_batch_is_told_as_temporary(self, desk: Desk) -> None:
        """In a batch, too, trouble is an error in the ticket's place and no ticket is half."""
        need(desk, Ability.FAULTS)
        ours = [desk.create() for _ in range(3)]
        whole = dict(desk.host().read_many(ours))
        for kind, after in _places(desk, most=3):
            with _broken_down(desk, kind, after):
                got = list(desk.host().read_many(ours))
            in_order(ours, [ticket for ticket, _ in got])
            for ticket, found in got:
                if isinstance(found, HostTemporaryError | TicketHeldError):
                    continue
                expected = whole[ticket]
                if isinstance(found, SlapluginError) or isinstance(expected, SlapluginError):
                    broken(f"{kind.value} made ticket {ticket} {found!r}")
                expect(found.timeline == expected.timeline, f"{kind.value}: half of {ticket} came")

    @clause
    def test_fault_in_a_write_is_told(self, desk: Desk) -> None:
        """A write that is answered wrongly is HostTemporaryError unless it is done; it can be
        sent again and is then done once."""
        need(desk, Ability.FAULTS)
        words = desk.words
        change = Change("add_tag", words.tags[0])
        for kind, after in _places(desk, most=3):
            ticket = desk.create()
            with _broken_down(desk, kind, after):
                failed = fails(partial(desk.host().write, ticket, [change]))
            shown = words.tags[0] in desk.host().look(ticket).tags
            expect(failed or shown, f"{kind.value} in a write: no error, and it is not done")
            desk.host().write(ticket, [change])
            tags = desk.host().look(ticket).tags
            expect(words.tags[0] in tags, f"after {kind.value} the write cannot be repeated")

    @clause
    def test_secrets_stay_secret(self, desk: Desk) -> None:
        """No password and no token is in the adapter's text, in an error or in a log line."""
        ticket = desk.create()
        with _listening() as lines:
            host = desk.host()
            host.read(ticket)
            texts = [repr(host), str(host)]
            error = refused(partial(host.write, ticket, [Change("set_priority", "no such")]))
            texts += [str(error), repr(error)]
            for kind in sorted(desk.faults):
                with _broken_down(desk, kind, 0):
                    texts.append(_words_of(partial(_pull, desk, None)))
                    texts.append(_words_of(partial(desk.host().read, ticket)))
            if Ability.CREDENTIALS not in desk.lacks:
                texts.append(_words_of(partial(desk.stranger().read, ticket)))
        for secret in desk.secrets:
            shown = [text for text in [*texts, *lines] if secret in text]
            expect(not shown, f"a secret shows in {shown[:1]!r}".replace(secret, "(the secret)"))

    @clause
    def test_wrong_credentials_are_permanent(self, desk: Desk) -> None:
        """Credentials that are refused are HostPermanentError: to ask again changes nothing, and
        it is not one ticket's trouble."""
        need(desk, Ability.CREDENTIALS)
        ticket = desk.create()
        acts: list[Callable[[], object]] = [
            lambda: list(desk.stranger().changes(None)),
            lambda: desk.stranger().read(ticket),
            lambda: desk.stranger().write(ticket, [Change("add_tag", desk.words.tags[0])]),
        ]
        for act in acts:
            error = refused(act)
            expect(isinstance(error, HostPermanentError), f"refused credentials are {error!r}")


def _places(desk: Desk, *, most: int = _PLACES[-1]) -> list[tuple[FaultKind, int]]:
    """Kinds of fault with the place of the first; a helpdesk that ignores what a search asks for
    does so from the start."""
    return [
        (kind, after)
        for kind in sorted(desk.faults)
        for after in _PLACES
        if after <= (0 if kind is FaultKind.WIDENED else most)
    ]


@contextmanager
def _broken_down(desk: Desk, kind: FaultKind, after: int) -> Iterator[None]:
    desk.break_down(kind, after)
    try:
        yield
    finally:
        desk.heal()


def _pull(desk: Desk, bookmark: str | None) -> Iterator[Page]:
    yield from desk.host().changes(bookmark)


def _spoiled(
    desk: Desk, kind: FaultKind, after: int, pull: Callable[[], Iterator[Page]]
) -> list[Page]:
    """The pages that came before the trouble."""
    pages: list[Page] = []
    with _broken_down(desk, kind, after):
        try:
            pages.extend(pull())
        except HostTemporaryError:
            pass
        except HostError as error:
            if kind is not FaultKind.WIDENED:  # which may well be how the helpdesk is made
                broken(f"{kind.value} is told as {error!r}, though it passes")
    return pages


def _words_of(act: Callable[[], object]) -> str:
    try:
        found = act()
        if isinstance(found, Iterator):
            list(found)
    except SlapluginError as error:
        cause = error.__cause__ or error.__context__
        return f"{error} {error!r} {cause!r}"
    return ""


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Every line that our own code logs, down to debugging."""
    lines: list[str] = []
    handler = _Lines(lines)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())
