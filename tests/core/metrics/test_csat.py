"""Customer satisfaction: scales, files of ratings, and what a missed promise does to it."""

from __future__ import annotations

import pickle
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.metrics import Measuring, Question, Rate, metrics_of
from slaplugin.core.metrics.csat import Csat, CsatTally, Survey
from slaplugin.core.metrics.ratings import Rating, RatingsError, Scale, read_ratings
from slaplugin.core.model import ClockInstance, Event, Outcome, Ticket, Timeline
from slaplugin.core.past import Past, past_of
from tests.core.metrics.tickets import RULES, at, event, numbered

BERLIN = ZoneInfo("Europe/Berlin")
STARS = Scale.parse("1-5")
EVER = Question()


@pytest.mark.parametrize(
    ("text", "satisfied", "expected"),
    [
        ("1-5", None, {"1": False, "3.5": False, "4": True, "5": True}),
        ("0-10", None, {"0": False, "7": False, "8": True, "10": True}),
        ("1 - 5", "5", {"4": False, "4,9": False, "5": True}),
        ("bad, good", None, {"bad": False, "Good": True}),
        ("angry, sad, fine, glad", "fine", {"sad": False, "FINE": True, "glad": True}),
    ],
)
def test_scales(text: str, satisfied: str | None, expected: dict[str, bool]) -> None:
    scale = Scale.parse(text, satisfied)
    assert {answer: scale.score(answer) >= scale.satisfied for answer in expected} == expected


@pytest.mark.parametrize("text", ["", "5", "5-1", "3-3", "good", "good,,bad", "good, Good"])
def test_what_is_no_scale(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no scale: write two numbers, the worst first"):
        Scale.parse(text)


@pytest.mark.parametrize(
    ("scale", "answer"), [("1-5", "6"), ("1-5", "good"), ("1-5", "-1"), ("bad,good", "1")]
)
def test_what_is_no_answer(scale: str, answer: str) -> None:
    with pytest.raises(ValueError, match=f"'{answer}' is no answer on the scale"):
        Scale.parse(scale).score(answer)


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize(
    "text",
    [
        "ticket,score,at\n17,5,2026-03-09T14:30:00+01:00\n18,2,\n",
        "\ufeffTicket;Score;At;Comment\r\n17;5;2026-03-09 14:30;fine, thanks\r\n18;2\r\n",
        'score\tticket\tat\n"5"\t17\t2026-03-09T13:30:00Z\n\n2\t18\t\n',
        'ticket,comment,score,at\n18,"two\nlines",2,\n17,,5,2026-03-09T14:30\n',
        "ticket,score,at\n17,1,2026-03-08\n17,5,2026-03-09T14:30\n18,3,\n18,2,\n17,4,\n",
    ],
    ids=["plain", "spreadsheet", "tabs", "lines in a cell", "the latest counts"],
)
def test_files_of_ratings(text: str) -> None:
    found = read_ratings(text.splitlines(keepends=True), STARS, BERLIN)
    expected = {Rating("17", Fraction(5), at("09 14:30")), Rating("18", Fraction(2))}
    assert set(found) == expected


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [(1, "ticket and score is missing")]),
        ("ticket,stars\n17,5\n", [(1, "score is missing")]),
        (
            'ticket,score,at\n17,6,\n18,5,\n,3,\n19,"4,5",soon\n20,"x\ny",\n21,z\n',
            [
                (2, "'6' is no answer on the scale 1-5"),
                (4, "no ticket is named"),
                (5, "'soon' is no instant; write it as 2026-03-09T14:30:00+01:00"),
                (7, "'x\ny' is no answer"),
                (8, "'z' is no answer"),
            ],
        ),
        ("ticket,score\n17,4,5\n", [(2, "more cells than columns; a comma")]),
    ],
)
def test_what_is_wrong_with_a_file(text: str, problems: list[tuple[int, str]]) -> None:
    with pytest.raises(RatingsError) as raised:
        read_ratings(text.splitlines(keepends=True), STARS, BERLIN)
    found = raised.value.problems
    assert [line for line, _ in found] == [line for line, _ in problems]
    assert [
        what for (_, what), (_, told) in zip(found, problems, strict=True) if told not in what
    ] == []


# ---------------------------------------------------------------------- joined to the outcome


def clock(outcome: Outcome, party: str = "us", waived: bool = False) -> ClockInstance:
    return ClockInstance(
        "resolution", 1, "stopped", outcome, 0, "1", target=60, party=party, waived=waived
    )


MET, MISSED = clock("met"), clock("breached")


def rated(
    name: str, *clocks: ClockInstance, score: object = None, extra: tuple[Event, ...] = ()
) -> Past:
    facts = {"group": "Support"} if score is None else {"group": "Support", "fields.stars": score}
    events = (event("09 09:00", "created"), *extra, event("10 09:00", "closed"))
    timeline = Timeline(Ticket("desk", name, number=f"10{name}", facts=facts), numbered(events))
    return past_of(timeline, RULES, clocks, at("31 12:00"))


def tallied(survey: Survey, *given: Past, question: Question = EVER) -> CsatTally:
    tally = CsatTally(survey, question)
    for past in given:
        tally.add(past, metrics_of(past, Measuring.by(RULES)))
    return tally


def counts(found: Csat) -> dict[str, tuple[int, int]]:
    return {
        promise: (scores.satisfied.count, scores.count)
        for promise, scores in found.by_promise.items()
    }


TICKETS = (
    rated("1", MET, score=5),
    rated("2", MET, score="4"),
    rated("3", MISSED, score=2),
    rated("4", MET, MISSED, score=5),
    rated("5", score=3),
    rated("6", MET),
    rated("7", MET, score="great"),
    rated("8", clock("breached", waived=True), score=1),
    rated("9", clock("breached", party="customer"), score=4),
    rated("10", MET, score=1, extra=(event("09 10:00", "tag_added", tag="spam"),)),
)
BY_FIELD = Survey(STARS, field="fields.stars")


def test_answers_beside_what_became_of_the_promise() -> None:
    found = tallied(BY_FIELD, *TICKETS).result()
    assert counts(found) == {"kept": (2, 2), "missed": (1, 2), "none": (1, 3)}
    assert (found.scores.satisfied, found.scores.mean) == (Rate(4, 7), Fraction(24, 7))
    assert found.scores.answers == {
        Fraction(n): often for n, often in [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)]
    }
    assert found.response == Rate(7, 9)
    assert found.unreadable == (("7", "great"),)
    assert [rating.ticket for rating in found.worst[:3]] == ["8", "3", "5"]


def test_a_file_names_tickets_by_number_or_id_and_goes_before_the_field() -> None:
    ratings = (
        Rating("101", Fraction(1), at("12 09:00")),
        Rating("6", Fraction(3)),
        Rating("999", Fraction(5)),
        Rating("10", Fraction(5)),
    )
    found = tallied(Survey(STARS, "fields.stars", ratings), *TICKETS).result()
    assert counts(found)["kept"] == (1, 3)
    assert found.unknown == ("999",)
    assert found.worst[0] == Rating("1", Fraction(1), at("12 09:00"))


def test_an_answer_belongs_to_the_period_in_which_it_was_given() -> None:
    late = rated("1", MET, extra=(event("09 10:00", "field_changed", field="stars", to=4),))
    question = Question(zone="Europe/Berlin", per="day", dimensions=parse_dimensions(["group"]))
    survey = Survey(STARS, "fields.stars", (Rating("2", Fraction(5), at("20 09:00")),))
    found = tallied(survey, late, rated("2", MET), rated("3", score=2), question=question).result()
    days = [
        (cell.period.label, cell.values, cell.scores.mean) for cell in found.cells if cell.period
    ]
    assert days == [
        ("2026-03-09", ("Support",), Fraction(3)),
        ("2026-03-20", ("Support",), Fraction(5)),
    ]


def test_parts_add_up() -> None:
    parts = [tallied(BY_FIELD, *part) for part in (TICKETS[:3], (), TICKETS[3:])]
    sent = [pickle.loads(pickle.dumps(part)) for part in parts]
    assert (sent[2] + sent[1] + sent[0]).result() == tallied(BY_FIELD, *TICKETS).result()


def test_two_questions_are_not_added() -> None:
    with pytest.raises(ValueError, match="two questions"):
        tallied(BY_FIELD) + tallied(Survey(STARS))
