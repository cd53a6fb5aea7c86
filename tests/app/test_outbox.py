"""Messages: one for many breaches, each ticket once, never twice, and none that is not wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Barrier
from typing import Any

import pytest

from slaplugin.app.cycle import plan, sync
from slaplugin.app.desk import PAUSED, Desk
from slaplugin.app.messages import Message, NotSentError, SendError, UncertainError
from slaplugin.app.outcome import CycleReport
from slaplugin.app.resting import Rest, rest_of
from tests.app.desk_of import Installation, with_steps

HOUR = 3600
TELL = with_steps("{at: breach, do: [{notify: team}]}")
Install = Callable[..., Installation]


@dataclass
class Channel:
    """Channels that note what they were given and fail when told to."""

    names: tuple[str, ...] = ("team", "boss")
    seconds: int = 0
    sent: list[Message] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    def channels(self) -> frozenset[str]:
        return frozenset(self.names)

    def window(self, channel: str) -> int:
        return self.seconds

    def send(self, message: Message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)

    @property
    def told(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(one.channel, tuple(item.ticket for item in one.items)) for one in self.sent]


@pytest.fixture
def channel() -> Channel:
    return Channel()


def cycle(desk: Installation, channel: Channel, after: int = 0) -> CycleReport:
    desk.clock.advance(after)
    return sync(_desk(desk, channel))


def _desk(desk: Installation, channel: Channel) -> Desk:
    return replace(desk.desk, notifier=channel)


def statuses(report: CycleReport) -> list[str]:
    return [write.status for write in report.writes if write.action.kind == "notify"]


def kept(desk: Installation, ticket: str) -> list[str]:
    rows = desk.store.actions_of(desk.host.name, ticket)
    return [row.status for row in rows if row.kind == "notify"]


def test_many_breaches_are_one_message(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    tickets = tuple(desk.host.create() for _ in range(3))
    report = cycle(desk, channel, 4 * HOUR + 60)
    assert channel.told == [("team", tickets)]
    assert statuses(report) == ["done"] * 3
    (message,) = channel.sent
    assert all("first_response" in reason for item in message.items for reason in item.reasons)
    assert cycle(desk, channel, 60).writes == ()
    assert len(channel.sent) == 1


def test_a_ticket_is_named_once_with_all_its_reasons(live: Install, channel: Channel) -> None:
    text = TELL.replace("first_response: 4h", "first_response: 4h, resolution: 4h")
    desk = live(text)
    ticket = desk.host.create()
    cycle(desk, channel, 4 * HOUR + 60)
    assert channel.told == [("team", (ticket,))]
    assert len(channel.sent[0].items[0].reasons) == 2
    assert len(channel.sent[0].keys) == 2


@pytest.mark.parametrize(
    ("calendar", "told"),
    [
        ("office", "Mon 2026-03-09 13:00 CET (UTC+1)"),
        ("24x7", "Mon 2026-03-09 08:00 EDT (UTC-4)"),
    ],
)
def test_people_read_the_time_of_their_contract_and_machines_utc(
    calendar: str, told: str, live: Install, channel: Channel
) -> None:
    """The zone of the clock's calendar; of one that is always open, the installation's."""
    head = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
  desk: {timezone: Asia/Tokyo, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: {within: 4h, calendar: CALENDAR}}
"""
    text = with_steps("{at: breach, do: [{notify: team}]}", head.replace("CALENDAR", calendar))
    desk = live(text, timezone="America/New_York")
    desk.host.create()
    cycle(desk, channel, 4 * HOUR + 60)
    (item,) = channel.sent[0].items
    assert item.told == (f"standard: first_response breach at {told}",)
    assert item.reasons == ("standard: first_response breach at 2026-03-09T12:00:00Z",)


def test_each_channel_has_its_own_end(live: Install, channel: Channel) -> None:
    desk = live(with_steps("{at: breach, do: [{notify: [boss, team]}]}"))
    desk.host.create()
    channel.failures = [NotSentError("refused")]
    report = cycle(desk, channel, 4 * HOUR + 60)
    assert sorted(statuses(report)) == ["done", "failed"]
    assert [name for name, _ in channel.told] == ["team"]
    cycle(desk, channel, 120)
    assert [name for name, _ in channel.told] == ["team", "boss"]


def test_within_the_window_messages_are_gathered(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    channel.seconds = 600
    first = desk.host.create()
    desk.clock.advance(60)
    later = [desk.host.create()]
    desk.clock.advance(60)
    later.append(desk.host.create())
    cycle(desk, channel, 4 * HOUR - 115)
    assert channel.told == [("team", (first,))]
    waiting = cycle(desk, channel, 130)
    assert statuses(waiting) == ["skipped", "skipped"]
    cycle(desk, channel, 600)
    assert channel.told[1:] == [("team", tuple(later))]


def test_what_is_not_known_is_not_repeated(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    ticket = desk.host.create()
    channel.failures = [UncertainError("no answer after the text was sent")]
    report = cycle(desk, channel, 4 * HOUR + 60)
    assert statuses(report) == ["failed"]
    told = [write for write in report.writes if write.action.kind == "notify"]
    assert [write.action.status for write in told] == ["uncertain"]
    for _ in range(5):
        cycle(desk, channel, HOUR)
    assert channel.sent == []
    assert kept(desk, ticket) == ["uncertain"]
    assert "action_uncertain" in desk.audit(ticket)


def test_cut_short_while_sending_it_stays_uncertain(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    ticket = desk.host.create()
    channel.failures = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        cycle(desk, channel, 4 * HOUR + 60)
    cycle(desk, channel, 60)
    assert channel.sent == []
    assert kept(desk, ticket) == ["uncertain"]


def test_a_refusal_is_tried_a_few_times_with_longer_pauses(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    desk.host.create()
    channel.failures = [NotSentError("no such host")] * 10
    cycle(desk, channel, 4 * HOUR + 60)
    for _ in range(20):
        cycle(desk, channel, 60)
    assert 10 - len(channel.failures) == 3


@pytest.mark.parametrize(
    ("failures", "seconds"), [([], 2 * HOUR + 1), ([NotSentError("the server is away")], 60)]
)
def test_after_a_message_the_ticket_waits_for_its_own_next_instant(
    failures: list[Exception], seconds: int, live: Install, channel: Channel
) -> None:
    """Not for the next poll: the breach, or the second try, may come before it."""
    desk = live(with_steps("{at: 50%, do: [{notify: team}]}\n{at: breach, do: [{priority: high}]}"))
    ticket = desk.host.create()
    cycle(desk, channel)
    channel.failures = failures
    cycle(desk, channel, after=2 * HOUR)
    row = desk.store.row("memory", ticket)
    assert row is not None
    assert row.next_check_at == desk.clock.now() + seconds


AWAY = NotSentError("the server is away", for_now=True)


def test_while_a_channel_rests_it_is_asked_nothing(live: Install, channel: Channel) -> None:
    """Neither for what failed nor for what comes up meanwhile; it all goes together."""
    desk = live(TELL)
    first = desk.host.create()
    desk.clock.advance(90)
    later = tuple(desk.host.create() for _ in range(2))
    channel.failures = [UncertainError("no answer within 20 s"), AWAY, AWAY]
    cycle(desk, channel, 4 * HOUR - 89)
    asked = []
    for second in range(20, 600, 20):
        before = len(channel.failures) + len(channel.sent)
        cycle(desk, channel, 20)
        if len(channel.failures) + len(channel.sent) != before:
            asked.append(second)
    assert asked == [100, 220, 460]
    assert kept(desk, first) == ["uncertain"]
    assert channel.told == [("team", later)]


@pytest.mark.parametrize(
    ("failure", "rests"),
    [
        (AWAY, [60, 120, 240, 480, 900, 900]),
        (UncertainError("no answer within 20 s"), [60, 120, 240, 480, 900, 900]),
        (NotSentError("429", for_now=True, retry_after=300), [300, 300, 300, 480, 900, 900]),
        (NotSentError("503", for_now=True, retry_after=9 * HOUR), [3600] * 6),
    ],
)
def test_a_rest_doubles_and_is_as_long_as_was_asked_for(
    failure: SendError, rests: list[int]
) -> None:
    rest, lengths = None, []
    for now in range(0, 60_000, 10_000):
        rest = Rest.after(rest, failure, now, 60)
        lengths.append(rest.until - now)
    assert lengths == rests


def test_what_comes_up_while_a_channel_rests_waits(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    desk.host.create()
    channel.failures = [NotSentError("429", for_now=True, retry_after=600)]
    cycle(desk, channel, 4 * HOUR + 60)
    report = cycle(desk, channel, 120)
    assert statuses(report) == ["skipped"]
    assert str(report.writes[0].error).startswith(
        "waits: team is left alone until 2026-03-09T12:11"
    )
    assert statuses(plan(_desk(desk, channel))) == ["skipped"]
    assert statuses(cycle(desk, channel, 481)) == ["done"]


def test_a_channel_that_is_away_for_hours_loses_nothing(live: Install, channel: Channel) -> None:
    """However often it was tried: the tries of a message are for refusals of that message."""
    desk = live(TELL)
    ticket = desk.host.create()
    channel.failures = [AWAY] * 20
    cycle(desk, channel, 4 * HOUR + 60)
    for _ in range(80):
        cycle(desk, channel, 300)
    assert channel.told == [("team", (ticket,))]
    assert kept(desk, ticket) == ["done"]


def test_what_a_channel_away_for_days_was_to_be_told_is_given_up(
    live: Install, channel: Channel
) -> None:
    desk = live(TELL)
    ticket = desk.host.create()
    channel.failures = [AWAY] * 1000
    cycle(desk, channel, 4 * HOUR + 60)
    for _ in range(60):
        cycle(desk, channel, HOUR)
    assert kept(desk, ticket) == ["failed"]
    assert 24 <= 1000 - len(channel.failures) <= 30


def test_after_a_rest_that_was_survived_the_next_one_is_short(
    live: Install, channel: Channel
) -> None:
    desk = live(TELL)
    desk.host.create()
    channel.failures = [AWAY, AWAY, AWAY]
    cycle(desk, channel, 4 * HOUR + 60)
    for _ in range(20):
        cycle(desk, channel, 60)
    assert len(channel.sent) == 1
    assert rest_of(desk.store, "memory", "team") is None


def test_channels_that_hang_are_waited_for_at_the_same_time(
    live: Install, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is done only once all have begun: one after the other they would wait for ever."""
    desk = live(with_steps("{at: breach, do: [{notify: [boss, night, team]}]}"))
    channel.names = ("boss", "night", "team")
    desk.host.create()
    meeting = Barrier(3, timeout=120)
    send = channel.send

    def hang(message: Message) -> None:
        meeting.wait()
        send(message)

    monkeypatch.setattr(channel, "send", hang)
    report = cycle(desk, channel, 4 * HOUR + 60)
    assert statuses(report) == ["done"] * 3
    assert sorted(name for name, _ in channel.told) == ["boss", "night", "team"]


def test_one_channel_that_fails_keeps_no_other_waiting(live: Install, channel: Channel) -> None:
    desk = live(with_steps("{at: breach, do: [{priority: high}, {notify: [boss, team]}]}"))
    ticket = desk.host.create()
    channel.failures = [UncertainError("no answer within 20 s")]
    report = cycle(desk, channel, 4 * HOUR + 60)
    assert sorted(statuses(report)) == ["done", "failed"]
    assert desk.host.look(ticket).priority == "3 high"
    cycle(desk, channel, HOUR)
    assert len(channel.told) == 1


def test_an_answer_before_the_fresh_look_keeps_everybody_quiet(
    live: Install, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = live(TELL)
    ticket = desk.host.create()
    desk.clock.advance(4 * HOUR + 60)
    at = (desk.clock.now() - 120) * 1000
    read = desk.host.read
    calls = iter([False, True])

    def answered_meanwhile(wanted: str) -> Any:
        if next(calls, False):
            from slaplugin.core.model import Actor, Event

            reply = Event(at, 99, "late", "agent_reply", {}, Actor("anna", "agent", "anna"))
            desk.host.backdate(ticket, reply)
        return read(wanted)

    monkeypatch.setattr(desk.host, "read", answered_meanwhile)
    report = cycle(desk, channel)
    assert statuses(report) == ["skipped"]
    assert channel.sent == []


def test_plan_says_it_and_sends_nothing(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    desk.host.create()
    desk.clock.advance(4 * HOUR + 60)
    report = plan(_desk(desk, channel))
    assert statuses(report) == ["planned"]
    assert channel.sent == []


def test_pause_holds_messages_too(live: Install, channel: Channel) -> None:
    desk = live(TELL)
    desk.host.create()
    with desk.store.tx() as tx:
        tx.set_flag(PAUSED, "1")
    cycle(desk, channel, 4 * HOUR + 60)
    assert channel.sent == []
    with desk.store.tx() as tx:
        tx.set_flag(PAUSED, None)
    cycle(desk, channel, 60)
    assert len(channel.sent) == 1


def test_the_same_actions_have_the_same_id() -> None:
    one = Message("team", ("b", "a"), (), 1)
    assert one.id == Message("team", ("a", "b"), (), 2).id
    assert one.id != Message("team", ("a",), (), 1).id
