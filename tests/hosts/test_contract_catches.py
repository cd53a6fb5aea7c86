"""Every clause of the contract can fail: for each there is an adapter that does not keep it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import HostError, HostTemporaryError
from slaplugin.testing import Ability, HostContract
from slaplugin.testing.contract import ContractBrokenError
from slaplugin.testing.memory import MemoryDesk
from tests.hosts import flaws_of_readers as reading
from tests.hosts import flaws_of_writers as writing
from tests.hosts.flaws_of_readers import Flawless, without
from tests.hosts.flaws_of_writers import saying

ADAPTERS = Path(__file__).resolve().parents[2] / "docs" / "adapters.md"


class FlawedDesk(MemoryDesk):
    """The in-memory helpdesk, seen through an adapter with a flaw."""

    def __init__(self, flaw: type[Flawless]) -> None:
        super().__init__()
        self.flaw = flaw

    def host(self) -> Any:
        return self.flaw(self.helpdesk.another())


CAUGHT: Mapping[str, tuple[type[Flawless], ...]] = {
    "feed_begins_with_every_open_ticket": (reading.SkipsAtFirst,),
    "feed_names_all_tickets_of_one_instant": (reading.LosesTies, reading.MovesTooFar),
    "feed_names_what_shares_the_bookmarks_instant": (reading.LosesTies,),
    "feed_resumes_after_every_page": (reading.MovesTooFar,),
    "feed_resumes_within_the_first_load": (reading.MovesTooFar,),
    "feed_misses_nothing_that_changes_between_pages": (reading.MovesTooFar,),
    "feed_misses_nothing_that_changes_during_a_request": (reading.MovesTooFar,),
    "feed_bookmark_outlasts_quiet_times": (reading.TrustsQuiet,),
    "feed_names_every_kind_of_change": (reading.OverlooksMessages, reading.StampsCreation),
    "feed_names_both_tickets_of_a_merge": (reading.ForgetsMerged,),
    "backfill_names_everything_of_its_time": (reading.BackfillsOpen, reading.BackfillsEverything),
    "backfill_has_no_end_without_until": (reading.BackfillsEverything,),
    "backfill_resumes_after_every_page": (reading.BackfillsTooFar,),
    "backfill_misses_nothing_that_changes_meanwhile": (reading.BackfillsByOffset,),
    "look_shows_what_read_shows": (reading.LooksAtLess,),
    "look_knows_nobody": (reading.NamesAStandIn,),
    "batch_equals_single_reads": (reading.Reorders,),
    "batch_survives_a_bad_ticket": (reading.DropsBad,),
    "missing_tickets_are_errors": (reading.SeesAllThere, reading.RefusesMissing),
    "deleted_tickets_are_reported": (reading.SeesAllThere,),
    "hidden_tickets_come_back": (reading.CallsHiddenGone,),
    "now_is_the_helpdesks": (reading.HasItsOwnTime,),
    "requests_are_counted": (reading.CountsOnce,),
    "past_tells_messages": (reading.TakesNotesForAnswers, without("agent_reply")),
    "past_begins_with_the_creation": (reading.TellsTodaysFacts, without("created")),
    "past_tells_changes": (reading.MistakesWaiting, without("owner_changed")),
    "past_tells_tags": (without("tag_removed"),),
    "past_tells_fields": (without("field_changed"),),
    "past_shows_the_customers_message_after_a_wait": (without("customer_message"),),
    "past_is_in_order": (reading.TellsBackwards,),
    "past_has_lasting_identities": (reading.NumbersByLuck,),
    "past_is_in_utc_on_any_machine": (reading.TrustsTheMachine,),
    "past_is_exact_around_clock_changes": (reading.KnowsOneOffset,),
    "past_after_a_merge": (reading.TellsMergesTwice, reading.BringsTwice),
    "past_of_a_party_is_known_only_today": (reading.KnowsPartiesForever,),
    "write_shows_at_once": (writing.WritesNothing,),
    "write_empties_again": (writing.KeepsOwners,),
    "write_is_ours": (writing.ActsUnderAnotherName,),
    "write_of_what_is_there_changes_nothing": (writing.WritesAnew,),
    "write_leaves_one_note": (writing.NotesTwice, writing.FindsAnyNote),
    "write_of_a_note_answers_nobody": (reading.TakesNotesForAnswers, writing.OpensByNotes),
    "write_keeps_the_tags_of_others": (writing.ReplacesTags,),
    "write_keeps_tags_that_come_meanwhile": (writing.WritesWholeLists,),
    "write_keeps_the_date": (writing.WritesLocalDates,),
    "write_that_is_refused_says_so": (
        writing.SwallowsRefusals,
        writing.SaysNoMore,
        writing.BlamesTheAccount,
    ),
    "write_that_is_refused_spoils_nothing": (writing.SpoilsOnRefusal,),
    "write_to_a_protected_ticket_says_so": (writing.SwallowsRefusals,),
    "fault_in_a_pull_loses_nothing": (writing.TakesHalfForWhole,),
    "fault_in_a_quiet_pull_loses_nothing": (writing.TakesHalfForWhole,),
    "fault_in_a_read_is_never_half_a_ticket": (writing.ReadsHalf,),
    "fault_is_no_missing_ticket": (writing.MissesOnTrouble,),
    "fault_in_a_batch_is_told_as_temporary": (writing.ReadsHalf,),
    "fault_in_a_write_is_told": (writing.HopesForWrites,),
    "secrets_stay_secret": (writing.ShowsItsSecret,),
    "names_are_complete_or_said_not_to_be": (saying(groups=()), saying(states={"x": "odd"})),
    "names_can_be_used": (writing.WritesNothing,),
    "priorities_have_common_names": (writing.HasNoCommonNames,),
    "tags_live_in_one_place": (writing.ShowsTagsTwice,),
    "people_can_own": (writing.NamesEverybody, writing.WritesNothing),
    "parties_tell_what_changed": (writing.TellsNoParties,),
    "parties_can_always_be_asked": (writing.KnowsNoParties,),
}
BY_THE_DESK = {
    "wrong_credentials_are_permanent",
    "lacking_abilities_are_lacking",
    "feed_looks_back_for_what_shows_late",
}
"""What a flawed desk, not a flawed adapter, is caught at; tested one by one below."""


def clauses() -> set[str]:
    names = (name for name in dir(HostContract) if name.startswith("test_"))
    return {name.removeprefix("test_") for name in names}


def run(clause: str, desk: MemoryDesk) -> None:
    getattr(HostContract(), f"test_{clause}")(desk)


def test_every_clause_is_seen_to_fail() -> None:
    assert clauses() == CAUGHT.keys() | BY_THE_DESK


@pytest.mark.parametrize(
    ("clause", "flaw"),
    [(clause, flaw) for clause, flaws in CAUGHT.items() for flaw in flaws],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_flaw_is_caught(clause: str, flaw: type[Flawless]) -> None:
    desk = FlawedDesk(flaw)
    desk.secrets = ("hunter2",)
    with pytest.raises(ContractBrokenError, match=f"test_{clause}: .*\nFound: ") as caught:
        run(clause, desk)
    assert "docs/adapters.md" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_batch_that_raises_is_caught() -> None:
    with pytest.raises(HostError):
        run("batch_survives_a_bad_ticket", FlawedDesk(reading.RaisesInBatch))


class Impatient(MemoryDesk):
    """Wrong credentials are told as trouble that passes."""

    lacks: Mapping[Ability, str] = {}

    def stranger(self) -> Any:
        host = self.helpdesk.another()
        host.fail(HostTemporaryError("401"), times=9)
        return host


def test_credentials_that_are_refused_for_now_are_caught() -> None:
    with pytest.raises(HostTemporaryError):
        run("wrong_credentials_are_permanent", Impatient())


class Welcoming(Impatient):
    """Wrong credentials are as good as right ones."""

    def stranger(self) -> Any:
        return self.host()


def test_credentials_that_do_not_matter_are_caught() -> None:
    with pytest.raises(ContractBrokenError, match="refused credentials are None"):
        run("wrong_credentials_are_permanent", Welcoming())


class Slow(MemoryDesk):
    """Stamps a change and shows it later."""

    lacks: Mapping[Ability, str] = {}

    def note_late(self, ticket: str) -> None:
        self.agent_notes(ticket)
        self.helpdesk.tickets[ticket].updated_at_ms = (self.now() - 30) * 1000


def test_a_feed_without_overlap_is_caught() -> None:
    with pytest.raises(ContractBrokenError, match="half a minute before the bookmark"):
        run("feed_looks_back_for_what_shows_late", Slow())


LIES = [
    ({Ability.TAG_HISTORY: "too lazy"}, "TAG_HISTORY is there"),
    ({Ability.FIELD_HISTORY: "too lazy"}, "FIELD_HISTORY is there"),
    ({Ability.MERGE: " "}, "MERGE is lacking for no reason"),
]


@pytest.mark.parametrize(("lacks", "text"), LIES)
def test_a_lie_about_an_ability_is_caught(lacks: Mapping[Ability, str], text: str) -> None:
    desk = MemoryDesk()
    desk.lacks = lacks
    with pytest.raises(ContractBrokenError, match=text):
        run("lacking_abilities_are_lacking", desk)


def test_a_lacking_ability_skips_with_its_reason() -> None:
    desk = MemoryDesk()
    desk.lacks = {Ability.MERGE: "tickets are not merged there (manual, 4.2)"}
    with pytest.raises(pytest.skip.Exception, match=r"cannot merge two tickets: .*manual, 4\.2"):
        run("past_after_a_merge", desk)


def test_clauses_and_abilities_are_documented_in_their_own_words() -> None:
    text = ADAPTERS.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    abilities = {ability.name: ability.value for ability in Ability}
    assert rows == {clause: demand(clause) for clause in clauses()} | abilities


def demand(clause: str) -> str:
    text = getattr(HostContract, f"test_{clause}").__doc__
    return " ".join(text.split()).replace("``", "`")
