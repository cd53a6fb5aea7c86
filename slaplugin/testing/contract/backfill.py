"""Clauses on ``Host.history``: the past as a whole, closed tickets included."""

from __future__ import annotations

from functools import partial

from slaplugin.testing.contract.ask import later, listed, names, resumable, several
from slaplugin.testing.contract.clause import clause, expect
from slaplugin.testing.desk import Desk


class BackfillClauses:
    """The feed of a backfill."""

    @clause
    def test_backfill_names_everything_of_its_time(self, desk: Desk) -> None:
        """Every ticket that was created or changed at or after ``since`` and before ``until`` is
        named, closed ones too; one that came later is not."""
        desk.advance(60)
        since = desk.now()
        ours = several(desk)
        for ticket in ours[::2]:
            later(desk, partial(desk.close, ticket))
        desk.advance(60)
        until = desk.now()
        afterwards = desk.create()
        found = names(desk.host().history(since, until, None))
        missed = set(ours) - found
        expect(not missed, f"{listed(missed)} not named; closed are {listed(ours[::2])}")
        expect(afterwards not in found, f"ticket {afterwards} was created at until and is named")

    @clause
    def test_backfill_has_no_end_without_until(self, desk: Desk) -> None:
        """Without ``until`` everything since ``since`` is named, up to now; what had its last
        change before is not."""
        before = desk.create()
        desk.advance(86_400)
        since = desk.now()
        after = desk.create()
        found = names(desk.host().history(since, None, None))
        expect(after in found, f"ticket {after} is of this minute and not named")
        expect(before not in found, f"ticket {before} was not touched since `since` and is named")

    @clause
    def test_backfill_resumes_after_every_page(self, desk: Desk) -> None:
        """A backfill that stopped goes on in another process after the last page that came."""
        desk.advance(60)
        since = desk.now()
        with desk.same_instant():
            ours = several(desk)
        ours += [desk.create(), desk.create()]
        desk.advance(60)
        until = desk.now()
        pages = list(desk.host().history(since, until, None))
        missed = set(ours) - names(pages)
        expect(not missed, f"{listed(missed)} not named at all")
        resumable(pages, set(ours), lambda mark: desk.host().history(since, until, mark))

    @clause
    def test_backfill_misses_nothing_that_changes_meanwhile(self, desk: Desk) -> None:
        """Tickets that change while the backfill runs are still named: it is the only one that
        speaks of closed tickets."""
        desk.advance(60)
        since = desk.now()
        ours = several(desk)
        desk.advance(60)
        until, found = desk.now(), set[str]()
        for count, page in enumerate(desk.host().history(since, until, None)):
            found |= names([page])
            if count < len(ours):
                desk.advance(1)
                desk.agent_notes(ours[-1 - count])
        missed = set(ours) - found
        expect(not missed, f"{listed(missed)} changed while pages were pulled and got lost")
