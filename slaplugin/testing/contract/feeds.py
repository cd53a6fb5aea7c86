"""Clauses on ``Host.changes``: no change is ever lost, whatever happens around a pull."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from slaplugin.app.ports import Page
from slaplugin.testing.contract.ask import (
    caught_up,
    last,
    later,
    listed,
    names,
    refs,
    resumable,
    several,
)
from slaplugin.testing.contract.clause import clause, expect, need
from slaplugin.testing.desk import Ability, Desk


class FeedClauses:
    """The change feed."""

    @clause
    def test_feed_begins_with_every_open_ticket(self, desk: Desk) -> None:
        """Without a bookmark every open ticket is named, whatever its age; a closed one, if it
        is named at all, is said to be closed."""
        opened, closed = several(desk), desk.create()
        desk.close(closed)
        desk.advance(10 * 86_400)
        found = refs(desk.host().changes(None))
        missed = set(opened) - found.keys()
        expect(not missed, f"open {listed(missed)} not named")
        wrong = [ticket for ticket in opened if found[ticket].closed]
        expect(not wrong, f"open {listed(wrong)} said to be closed")
        expect(closed not in found or found[closed].closed, f"closed ticket {closed} called open")

    @clause
    def test_feed_names_all_tickets_of_one_instant(self, desk: Desk) -> None:
        """Tickets that share one stamp are all named, though they fill several pages, and each
        page can be resumed."""
        start = caught_up(desk)
        desk.advance(60)
        with desk.same_instant():
            tied = several(desk)
        pages = list(desk.host().changes(start))
        missed = set(tied) - names(pages)
        expect(not missed, f"of {len(tied)} tickets with one stamp {listed(missed)} not named")
        resumable(pages, set(tied), lambda bookmark: desk.host().changes(bookmark))

    @clause
    def test_feed_names_what_shares_the_bookmarks_instant(self, desk: Desk) -> None:
        """What happens after a pull, but within the same stamp as the last thing that it named,
        is named by the next one."""
        start = caught_up(desk)
        desk.advance(60)
        with desk.same_instant():
            desk.create()
            bookmark = last(list(desk.host().changes(start)), start)
            behind = desk.create()
            found = names(desk.host().changes(bookmark))
        expect(
            behind in found,
            f"ticket {behind} has the stamp at which the bookmark stands and was not named; ask "
            "for changes at or after it (>=), better with some overlap",
        )

    @clause
    def test_feed_resumes_after_every_page(self, desk: Desk) -> None:
        """A pull can stop after any page; another process goes on from that page's bookmark and
        names all that was still to come. To name a ticket twice is allowed."""
        start = caught_up(desk)
        ours = []
        for _ in range(2 * desk.words.page_size + 1):
            desk.advance(60)
            ours.append(desk.create())
        pages = list(desk.host().changes(start))
        missed = set(ours) - names(pages)
        expect(not missed, f"{listed(missed)} not named at all")
        resumable(pages, set(ours), lambda bookmark: desk.host().changes(bookmark))

    @clause
    def test_feed_resumes_within_the_first_load(self, desk: Desk) -> None:
        """The first load, too, goes on in another process from any of its pages."""
        ours = set(several(desk))
        pages = list(desk.host().changes(None))
        resumable(pages, ours, lambda bookmark: desk.host().changes(bookmark))

    @clause
    def test_feed_misses_nothing_that_changes_between_pages(self, desk: Desk) -> None:
        """People go on working while pages are pulled: what they change after a page was given
        out is named by a later page or by the next pull."""
        start = caught_up(desk)
        ours = several(desk)
        desk.advance(60)
        pages, waiting, changed = list[Page](), set[str](), set[str]()
        for page in desk.host().changes(start):
            pages.append(page)
            waiting -= names([page])
            if len(pages) <= 3:
                touched = _meddle(desk, ours, len(pages))
                waiting, changed = waiting | touched, changed | touched
        again = list(desk.host().changes(last(pages, start)))
        missed = waiting - names(again)
        expect(not missed, f"{listed(missed)} changed after a page came and never named again")
        _shown_as_they_are(desk, changed, [*pages, *again])

    @clause
    def test_feed_misses_nothing_that_changes_during_a_request(self, desk: Desk) -> None:
        """The same while the adapter's own requests are under way: a bookmark may not cover what
        was changed after the rows were cut."""
        need(desk, Ability.INTERRUPT)
        start = caught_up(desk)
        known = several(desk)
        desk.advance(60)
        made: list[str] = []

        def act() -> None:
            if len(made) < 8:
                made.append(desk.create())
                desk.agent_notes(known[len(made) % len(known)])

        with desk.interrupted(act):
            pages = list(desk.host().changes(start))
        pages += desk.host().changes(last(pages, start))
        missed = set(made) - names(pages)
        expect(not missed, f"{listed(missed)} came in while a request ran and was never named")
        _shown_as_they_are(desk, {*known, *made}, pages)

    @clause
    def test_feed_looks_back_for_what_shows_late(self, desk: Desk) -> None:
        """A change that becomes visible only after a pull, with a stamp from before the last
        thing that the pull named, is named by the next pull: bookmarks overlap."""
        need(desk, Ability.LATE_STAMPS)
        slow, quick = desk.create(), desk.create()
        start = caught_up(desk)
        desk.advance(600)
        desk.agent_notes(quick)
        bookmark = last(list(desk.host().changes(start)), start)
        desk.advance(1)
        desk.note_late(slow)
        expect(
            slow in names(desk.host().changes(bookmark)),
            f"a note on ticket {slow} is stamped half a minute before the bookmark and came to "
            "light after it; ask for changes from some time before the bookmark on",
        )

    @clause
    def test_feed_bookmark_outlasts_quiet_times(self, desk: Desk) -> None:
        """Pulls that find nothing leave a bookmark that still names what happens next."""
        bookmark = caught_up(desk)
        ticket = desk.create()
        for _ in range(3):
            bookmark = last(list(desk.host().changes(bookmark)), bookmark)
            desk.advance(7 * 86_400)
        desk.agent_notes(ticket)
        expect(
            ticket in names(desk.host().changes(bookmark)),
            f"ticket {ticket} changed after three quiet weeks and was not named; a quiet pull "
            "must not move the bookmark past what may still come",
        )

    @clause
    def test_feed_names_every_kind_of_change(self, desk: Desk) -> None:
        """Whatever happens to a ticket, it is named, and with another stamp than before: the
        stamp is that of ``Seen.updated_at_ms``, or 0 where none tells every change."""
        ticket = desk.create()
        host, bookmark = desk.host(), caught_up(desk)
        for name, act in _acts(desk, ticket).items():
            before = host.look(ticket).updated_at_ms
            later(desk, act)
            pages = list(host.changes(bookmark))
            bookmark = last(pages, bookmark)
            found = refs(pages).get(ticket)
            expect(found is not None, f"ticket {ticket} not named after this: {name}")
            stamp = found.updated_at_ms if found else 0
            expect(
                stamp in (0, host.look(ticket).updated_at_ms),
                f"after this: {name}, the feed says {stamp} and the ticket shows another stamp",
            )
            expect(
                stamp == 0 or stamp != before,
                f"the stamp does not tell this: {name}; the ticket would not be read. Give 0",
            )

    @clause
    def test_feed_names_both_tickets_of_a_merge(self, desk: Desk) -> None:
        """After a merge the merged ticket is named as well as the one that goes on."""
        need(desk, Ability.MERGE)
        target, source = desk.create(), desk.create()
        bookmark = caught_up(desk)
        later(desk, lambda: desk.merge(source, target))
        missed = {source, target} - names(desk.host().changes(bookmark))
        expect(not missed, f"ticket {source} was merged into {target}; {listed(missed)} not named")


def _acts(desk: Desk, ticket: str) -> dict[str, Callable[[], None]]:
    words = desk.words
    return {
        "the customer writes": partial(desk.customer_writes, ticket),
        "the customer writes once more": partial(desk.customer_writes, ticket),
        "an agent answers": partial(desk.agent_replies, ticket),
        "an agent leaves a note": partial(desk.agent_notes, ticket),
        "another priority": partial(desk.set_priority, ticket, words.priorities[1]),
        "another owner": partial(desk.set_owner, ticket, words.owners[0]),
        "another group": partial(desk.set_group, ticket, words.groups[1]),
        "a tag comes": partial(desk.add_tag, ticket, words.tags[2]),
        "a tag goes": partial(desk.remove_tag, ticket, words.tags[2]),
        "a field changes": partial(desk.set_text, ticket, words.texts[0]),
        "it waits": partial(desk.wait, ticket),
        "it is closed": partial(desk.close, ticket),
        "it is opened again": partial(desk.reopen, ticket),
        "the customer writes again": partial(desk.customer_writes, ticket),
    }


def _meddle(desk: Desk, ours: list[str], turn: int) -> set[str]:
    """Others change one ticket that was named early and one that comes late; a new one comes."""
    desk.advance(1)
    early, late = ours[turn % len(ours)], ours[-turn]
    desk.agent_notes(early)
    desk.agent_notes(late)
    return {early, late, desk.create()}


def _shown_as_they_are(desk: Desk, tickets: set[str], pages: Sequence[Page]) -> None:
    """What the feed says last of a ticket is its present stamp."""
    host, found = desk.host(), refs(pages)
    behind = {
        ticket
        for ticket in tickets & found.keys()
        if found[ticket].updated_at_ms not in (0, host.look(ticket).updated_at_ms)
    }
    expect(not behind, f"the last that the feed said of {listed(behind)} is not their last change")
