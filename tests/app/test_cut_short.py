"""A write that reached the helpdesk, a run that died, and people who were quicker than the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slaplugin.app.errors import HostTemporaryError
from tests.app.desk_of import HOUR, Installation, with_steps

STEPS = """\
{at: 50%, do: [mark, {tag: sla-soon}]}
{at: breach, do: [mark, {priority: high}, {group: Escalations}, {field: {queue: late}}]}"""
Install = Callable[..., Installation]


def cut_short(desk: Installation, after: int) -> None:
    """A cycle whose write is carried out and whose answer never comes."""
    write = desk.host.write

    def unanswered(ticket: str, changes: Any) -> None:
        write(ticket, changes)
        raise HostTemporaryError("PUT ticket: no answer")

    desk.host.write = unanswered  # type: ignore[method-assign]
    with pytest.raises(HostTemporaryError):
        desk.sync(after=after)
    desk.host.write = write  # type: ignore[method-assign]


def changed_back(desk: Installation, ticket: str) -> None:
    """Somebody undoes all of it."""
    for what, value in (("priority", "1 low"), ("group", "Support"), ("queue", "early")):
        desk.host.set(ticket, what, value)
    desk.host.tag(ticket, "sla-breach", remove=True)


def test_what_people_changed_before_the_next_cycle_stays(live: Install) -> None:
    desk = live(with_steps(STEPS))
    desk.host.fields.add("queue")
    ticket = desk.host.create()
    desk.sync(after=60)
    cut_short(desk, after=4 * HOUR)
    assert desk.ticket(ticket).values["group"] == "Escalations"
    assert desk.ticket(ticket).fields["queue"] == "late"
    desk.clock.advance(30)
    changed_back(desk, ticket)
    for _ in range(3):
        desk.sync(after=600)
    found = desk.ticket(ticket)
    assert (found.values["priority"], found.values["group"]) == ("1 low", "Support")
    assert (found.fields["queue"], found.tags) == ("early", set())


def test_a_tag_that_somebody_put_back_after_us_stays(live: Install) -> None:
    desk = live(with_steps(STEPS))
    ticket = desk.host.create()
    desk.sync(after=60)
    desk.sync(after=2 * HOUR)
    assert desk.ticket(ticket).tags == {"sla-risk", "sla-soon"}
    cut_short(desk, after=2 * HOUR)
    desk.clock.advance(30)
    desk.host.tag(ticket, "sla-soon")
    for _ in range(3):
        desk.sync(after=600)
    assert desk.ticket(ticket).tags == {"sla-breach", "sla-soon"}
