"""What a new policy set leaves alone: the marks of clocks that have ended under another one."""

from __future__ import annotations

from collections.abc import Callable

from tests.app.desk_of import HEAD, HOUR, Installation, policy_set, with_steps

Live = Callable[..., Installation]

OTHER = with_steps("{at: breach, do: [mark, {note: another}]}")
FADING = f"{HEAD}    marks: while_overdue\n"
OBSERVED = f"{HEAD}    mode: observe\n"


def _taken_up(desk: Installation, ticket: str, text: str) -> set[str]:
    """The tags of a ticket after another set came and the ticket was judged by it."""
    desk.policies.adopt(policy_set(text))
    desk.sync(60)
    desk.host.agent_notes(ticket)
    desk.sync(60)
    return desk.ticket(ticket).tags


def test_a_merged_ticket_gets_no_mark_back(live: Live) -> None:
    """Details 46: the mark of a merged or deleted ticket is none, whichever set is in force."""
    desk = live()
    first, second = desk.host.create(), desk.host.create()
    desk.sync(4 * HOUR + 1)
    desk.host.merge(first, into=second)
    desk.sync(60)
    assert _taken_up(desk, first, OTHER) == set()


def test_a_breach_that_has_ended_fades_under_a_new_set_too(live: Live) -> None:
    desk = live(FADING)
    ticket = desk.host.create()
    desk.sync(4 * HOUR + 1)
    desk.host.agent_replies(ticket)
    desk.sync(60)
    assert desk.ticket(ticket).tags == set()
    assert _taken_up(desk, ticket, FADING.replace("4h", "3h")) == set()


def test_what_was_only_observed_gets_no_mark_afterwards(live: Live) -> None:
    desk = live(OBSERVED)
    ticket = desk.host.create()
    desk.sync(4 * HOUR + 1)
    desk.host.agent_replies(ticket)
    desk.sync(60)
    assert _taken_up(desk, ticket, HEAD) == set()


def test_what_is_only_observed_now_gets_no_mark(live: Live) -> None:
    desk = live()
    ticket = desk.host.create()
    desk.sync(4 * HOUR + 1)
    desk.host.agent_replies(ticket)
    desk.host.tag(ticket, "sla-breach", remove=True, by="slabot")
    desk.sync(60)
    assert _taken_up(desk, ticket, OBSERVED) == set()
