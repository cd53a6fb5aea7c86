"""A helpdesk that answers every read and takes no write for a while."""

from __future__ import annotations

from slaplugin.app.errors import HostPermanentError, HostTemporaryError

HOUR = 3600


def failing(desk, error):
    """The host takes no write until ``desk.host.write`` is put back; every read works."""

    def broken(ticket_id, changes):
        raise error

    desk.host.write = broken


def outcome_of(desk, after):
    try:
        return desk.sync(after=after).failed > 0
    except HostTemporaryError:
        return "exit 3"


def test_a_host_that_takes_no_writes_for_hours_gets_them_in_the_end(live):
    desk = live()
    ticket = desk.host.create()
    write = desk.host.write
    failing(desk, HostTemporaryError("PUT ticket 1: 503", status=503))
    assert [outcome_of(desk, after) for after in (3 * HOUR, 60, 60, 60)] == [*["exit 3"] * 3, True]
    told = [outcome_of(desk, 600) for _ in range(18)]
    assert (told.count(False) > 6, told.count(True) > 2) == (True, True), told  # pauses that grow
    desk.host.write = write
    assert desk.sync(after=HOUR).problems == ()
    assert desk.ticket(ticket).tags == {"sla-breach"}


def test_a_refusal_after_such_an_outage_is_the_last_word(live):
    desk = live()
    desk.host.create()
    write = desk.host.write
    failing(desk, HostTemporaryError("PUT ticket 1: 503", status=503))
    for after in (3 * HOUR, 60, 60, 60):
        outcome_of(desk, after)
    failing(desk, HostPermanentError("PUT ticket 1: 422", status=422))
    assert outcome_of(desk, HOUR // 4) is True
    tried = len(desk.host.written)
    desk.host.write = write
    for _ in range(3):
        desk.sync(after=600)
    assert [
        changes for _, changes in desk.host.written[tried:] if changes[0].kind == "add_tag"
    ] == []
