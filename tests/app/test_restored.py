"""A store that was restored while something was half done: what the lost file finished stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from slaplugin.app.cycle import sync
from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.app.messages import NotSentError
from slaplugin.store import SqliteStore, upkeep
from tests.app.desk_of import Installation, policy_set, with_steps
from tests.app.test_outbox import Channel, kept

HOUR = 3600
POLICIES = with_steps(
    "{at: breach, do: [mark, {priority: high}, {group: Escalations}, {note: no}]}"
)
TELL = with_steps("{at: breach, do: [{notify: team}]}")
Install = Callable[..., Installation]
ERRORS = [
    pytest.param(HostPermanentError("refused", status=422), id="refused before"),
    pytest.param(HostTemporaryError("no answer"), id="claimed before"),
]


@contextmanager
def failing(desk: Installation, error: Exception) -> Iterator[None]:
    """Every write fails so."""
    write = desk.host.write

    def broken(ticket: str, changes: Any) -> None:
        raise error

    desk.host.write = broken  # type: ignore[method-assign]
    try:
        yield
    except HostTemporaryError:
        """The cycle ends here; what it claimed stays claimed."""
    finally:
        desk.host.write = write  # type: ignore[method-assign]


def restored(desk: Installation) -> None:
    """Put the backup ``old.db`` in the store's place."""
    path = desk.store.path
    desk.store.close()
    upkeep.restore(path, path.with_name("old.db"), holder="test", now=desk.clock.now())
    desk.store = SqliteStore(path)


@pytest.mark.parametrize("error", ERRORS)
def test_what_the_lost_file_wrote_at_its_second_try_is_not_written_again(
    error: Exception, live: Install
) -> None:
    desk = live(POLICIES)
    ticket = desk.host.create()
    with failing(desk, error):
        desk.sync(after=4 * HOUR + 1)
    upkeep.backup(desk.store, desk.store.path.with_name("old.db"))
    desk.sync(after=60)
    assert desk.ticket(ticket).tags == {"sla-breach"}
    desk.host.tag(ticket, "sla-breach", remove=True)
    desk.host.set(ticket, "priority", "1 low")
    desk.host.set(ticket, "group", "Support")

    desk.clock.advance(HOUR)
    restored(desk)
    for _ in range(3):
        desk.sync(after=600)
    found = desk.ticket(ticket)
    assert (found.values["priority"], found.values["group"]) == ("1 low", "Support")
    assert (found.tags, len(found.notes)) == (set(), 1)


def test_a_message_that_the_lost_file_sent_at_its_second_try_is_not_sent_again(
    live: Install,
) -> None:
    desk, channel = live(TELL), Channel(failures=[NotSentError("the server is away")])
    ticket = desk.host.create()
    desk.clock.advance(4 * HOUR + 1)
    sync(replace(desk.desk, notifier=channel))
    upkeep.backup(desk.store, desk.store.path.with_name("old.db"))
    desk.clock.advance(60)
    sync(replace(desk.desk, notifier=channel))
    assert len(channel.sent) == 1

    desk.clock.advance(HOUR)
    restored(desk)
    for _ in range(3):
        desk.clock.advance(600)
        sync(replace(desk.desk, notifier=channel))
    assert len(channel.sent) == 1
    assert kept(desk, ticket) == ["uncertain"]


def test_a_set_that_the_backup_does_not_know_tells_nobody_again(live: Install) -> None:
    """Its steps count from its adoption, and the restored store adopts it anew."""
    desk, channel = live(with_steps("{at: breach, do: [mark]}")), Channel()
    desk.host.create()
    desk.clock.advance(5 * HOUR)
    sync(replace(desk.desk, notifier=channel))
    upkeep.backup(desk.store, desk.store.path.with_name("old.db"))
    desk.policies.adopt(policy_set(TELL))
    desk.clock.advance(60)
    sync(replace(desk.desk, notifier=channel))
    assert len(channel.sent) == 1

    restored(desk)
    for _ in range(3):
        desk.clock.advance(300)
        sync(replace(desk.desk, notifier=channel))
    assert len(channel.sent) == 1
    desk.policies.adopt(policy_set(with_steps("{at: breach, do: [mark, {notify: team}]}")))
    desk.clock.advance(60)
    sync(replace(desk.desk, notifier=channel))
    assert len(channel.sent) == 2, "sets of later are new ones"
