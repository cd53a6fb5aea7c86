"""Request Tracker's own SLAs, from configuration files in Perl."""

from __future__ import annotations

from datetime import date

import pytest

from slaplugin.app.agreements import Agreements, OutOfHours, Promise
from slaplugin.app.errors import ConfigurationError
from slaplugin.core.conditions import All, AnyOf, Test
from slaplugin.hosts.rt import RtHost
from slaplugin.hosts.rt.agreements import from_files
from tests.hosts.rt.fake import FakeRt

HOUR = 3600
LEVEL = "fields.SLA"

SITE = """
Set($Timezone, 'Europe/Berlin');
Set(%ServiceBusinessHours, Default => {
    map { $_ => { Name => "day$_", Start => '09:00', End => '17:00' } } 1 .. 5 });
Set(%ServiceAgreements,
    Default => 'standard', QueueDefault => { VIP => 'vip' },
    Levels => {
        standard => { Response => { BusinessMinutes => 240 },
                      Resolve => { BusinessMinutes => 1440 } },
        vip      => { StartImmediately => 1, Response => { RealMinutes => 30 },
                      Resolve => { RealMinutes => 240 } },
    });
"""


def read(levels: str, hours: str = "", **files: str) -> Agreements:
    text = f"{hours}\nSet(%ServiceAgreements, Levels => {{ {levels} }});\n"
    return from_files({"RT_SiteConfig.pm": text, **files}, "UTC")


def test_levels_queues_and_business_hours() -> None:
    found = from_files({"RT_SiteConfig.pm": SITE}, "UTC")
    (calendar,) = found.calendars
    assert (calendar.name, calendar.zone) == ("Default hours in Europe/Berlin", "Europe/Berlin")
    assert calendar.hours == (*[((9 * HOUR, 17 * HOUR),)] * 5, (), ())
    vip, standard = found.agreements
    real = Promise(1800), Promise(4 * HOUR)
    assert vip.promises == {
        "first_response": real[0],
        "next_response": real[0],
        "resolution": real[1],
    }
    business = Promise(4 * HOUR, calendar.name), Promise(24 * HOUR, calendar.name)
    assert standard.promises == {
        "first_response": business[0],
        "next_response": business[0],
        "resolution": business[1],
    }
    assert vip.pause is None


def test_a_ticket_without_a_level_goes_by_its_queue() -> None:
    vip, standard = from_files({"a": SITE}, "UTC").agreements
    unset = Test(LEVEL, "set", False)
    assert vip.when == AnyOf((Test(LEVEL, "is", "vip"), All((unset, Test("group", "is", "VIP")))))
    assert standard.when == AnyOf((Test(LEVEL, "is", "standard"), unset))


def test_keep_in_loop_plain_minutes_and_statuses() -> None:
    (level,) = read("""
        l => {
            Resolve => 60*8,
            Response => { RealMinutes => 60, IgnoreOnStatuses => ['waiting'] },
            KeepInLoop => { BusinessMinutes => 60, IgnoreOnStatuses => [qw(stalled)],
                            ExcludeTimeOnIgnoredStatuses => 1 },
        }""").agreements
    assert level.promises["resolution"] == Promise(8 * HOUR, "Default hours in UTC")
    assert level.promises["update"] == Promise(HOUR, "Default hours in UTC")
    assert level.pause == frozenset({"update"})
    assert [each.split(" ")[0] for each in level.remarks] == ["Response"]
    assert "waiting" in level.remarks[0]


def test_stalled_time_that_counts_afterwards_is_told() -> None:
    (level,) = read(
        "l => { Resolve => { RealMinutes => 60, IgnoreOnStatuses => ['stalled'] } }"
    ).agreements
    assert level.pause == frozenset({"resolution"})
    assert level.remarks[0].startswith("Resolve: RT shows no deadline while stalled")


def test_more_time_out_of_hours() -> None:
    (level,) = read("""
        l => { Resolve => { BusinessMinutes => 60 }, Response => { BusinessMinutes => 30 },
               OutOfHours => { Resolve => { BusinessMinutes => +60*2 },
                               Response => { BusinessMinutes => 30 } } }""").agreements
    name = "Default hours in UTC"
    assert level.promises["resolution"] == Promise(HOUR, name, OutOfHours(3 * HOUR, name))
    assert level.promises["first_response"] == Promise(1800, name, OutOfHours(HOUR, name))
    assert level.promises["next_response"] == Promise(1800, name)
    assert level.remarks == (
        "OutOfHours of Response: next_response gets no extra time for messages out of hours",
    )


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ("Resolve => { BusinessMinutes => 60, RealMinutes => 5 }", "real ones are left out"),
        ("Resolve => { BusinessMinutes => 0, RealMinutes => 5 }", "from the next business minute"),
        ("Resolve => 5, Starts => { BusinessMinutes => 15 }", "Starts"),
        ("Resolve => 5, Colour => 'red'", "unknown options Colour"),
        ("Resolve => { RealMinutes => 5, Mood => 1 }", "unknown options Mood"),
        ("Resolve => 5, OutOfHours => { Resolve => { RealMinutes => 5 } }", "extra RealMinutes"),
    ],
)
def test_what_is_left_out_is_told(level: str, said: str) -> None:
    (found,) = read(f"l => {{ {level} }}").agreements
    assert "resolution" in found.promises
    assert said in " ".join(found.remarks)


def test_a_level_that_promises_nothing_is_a_doubt() -> None:
    (found,) = read("l => { Starts => { RealMinutes => 0 } }").agreements
    assert found.doubts


def test_schedules_by_level_and_zone() -> None:
    found = read(
        """
        a => { Resolve => 5, BusinessHours => 'Night', Timezone => 'Asia/Tokyo' },
        b => { Resolve => 5, BusinessHours => 'Night' },
        c => { Resolve => { RealMinutes => 5 } }""",
        """Set( %ServiceBusinessHours, (
            'Night' => {
                0 => { Start => undef, End => undef },
                1 => { Start => '22:00', End => '6:00',
                       Breaks => [{ Start => '2:00', End => '2:30' }] },
                2 => { Start => '9:00', End => '18:00',
                       Breaks => [{ Start => '12:00', End => '13:00' },
                                  { Start => '17:00', End => '19:00' }] },
                holidays => [qw(01-01 12-25 2015-10-12 99-99)],
            } ));""",
    )
    tokyo, utc = found.calendars
    assert (tokyo.name, utc.name) == ("Night hours in Asia/Tokyo", "Night hours in UTC")
    assert tokyo.hours[0] == ((22 * HOUR, 26 * HOUR), (26 * HOUR + 1800, 30 * HOUR))
    assert tokyo.hours[1] == ((9 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR))
    assert tokyo.hours[6] == ()
    assert set(tokyo.yearly) == {(1, 1), (12, 25)}
    assert set(tokyo.closed) == {date(2015, 10, 12)}
    assert "the holiday '99-99' is no date" in tokyo.remarks


def test_without_a_schedule_the_modules_hours_count() -> None:
    (calendar,) = read("a => { Resolve => 5 }").calendars
    assert calendar.hours[0] == ((9 * HOUR, 18 * HOUR),)
    assert "no schedule 'Default' is written" in calendar.remarks[0]


def test_several_files_of_which_the_last_counts() -> None:
    found = read(
        "a => { Resolve => 5 }",
        late="Set(%ServiceAgreements, Levels => { b => { Resolve => 5 } });",
    )
    assert [each.name for each in found.agreements] == ["b"]


def test_code_is_named_with_its_line_and_never_run() -> None:
    text = (
        "use strict;\nSet(%ServiceAgreements,\n  Levels => { a => { Resolve => system('true') } });"
    )
    with pytest.raises(ConfigurationError) as failure:
        from_files({"x.pm": text}, "UTC")
    (problem,) = failure.value.problems
    assert (problem.file, problem.line) == ("x.pm", 3)
    assert problem.message == "'system' is Perl code"


def test_files_without_agreements() -> None:
    with pytest.raises(ConfigurationError, match="no Set"):
        from_files({"x.pm": "Set($rtname, 'x');"}, "UTC")


def test_the_level_that_policies_ask_for_is_a_fact_of_the_ticket(host: RtHost, rt: FakeRt) -> None:
    rt.ticket(1, SLA="vip").ticket(2, SLA="")
    rt.row(1, "Set", at=60, Field="SLA", OldValue="standard", NewValue="vip")
    with_level, without = host.read("1"), host.read("2")
    assert with_level.timeline.ticket.facts[LEVEL] == "standard"
    told = [event.data for event in with_level.timeline.events if event.kind == "field_changed"]
    assert told == [{"field": LEVEL, "to": "vip"}]
    assert LEVEL not in without.timeline.ticket.facts
