"""R11: an edited policy set, and what remembers that it was not always so."""

from __future__ import annotations

from slaplugin.core.adopt import evaluate_adopted
from slaplugin.core.model import ClockInstance, Evaluation, Event, Ticket, Timeline
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.loader import load_policy_texts

NINE = 1_773_043_200
"""Monday 2026-03-09 09:00 in Berlin."""
HOUR = 3600


def rules(target: str) -> RuleBook:
    text = f"""
calendars:
  berlin: {{timezone: Europe/Berlin, hours: {{mon-fri: "09:00-17:00"}}}}
policies:
  - name: standard
    targets: {{resolution: {target}}}
    steps:
      - {{at: 50%, do: [mark]}}
      - {{at: breach, do: [mark]}}
      - {{at: 1h after due, do: [{{note: late}}]}}
"""
    loaded = load_policy_texts({"p.yaml": text})
    assert loaded.policy_set is not None
    return RuleBook.compile(loaded.policy_set)


def ticket(*later: Event) -> Timeline:
    created = Event(NINE * 1000, 0, "c", "created", {"by": "customer"})
    return Timeline(Ticket("h", "1", facts={"customer.email": "a@example.org"}), (created, *later))


def resolution(verdict: Evaluation) -> ClockInstance:
    return next(item for item in verdict.instances if item.clock == "resolution")


def judged(*adoptions: tuple[int, str], hours: float, later: tuple[Event, ...] = ()) -> Evaluation:
    books = [(at, rules(target)) for at, target in adoptions]
    return evaluate_adopted(ticket(*later), books, NINE + int(hours * HOUR))


def steps(verdict: Evaluation) -> list[tuple[str, float, str]]:
    return [
        (record.step, (record.at - NINE) / HOUR, record.status)
        for record in resolution(verdict).steps
    ]


def test_a_breach_that_the_edit_creates_is_stamped_with_the_reload() -> None:
    found = resolution(judged((0, "8h"), (NINE + 4 * HOUR, "2h"), hours=5))
    assert (found.outcome, found.breached_at) == ("breached", NINE + 4 * HOUR)
    assert found.breach_reason == "retarget"
    assert found.due_at == NINE + 2 * HOUR


def test_a_recorded_breach_survives_a_looser_set() -> None:
    found = resolution(judged((0, "2h"), (NINE + 4 * HOUR, "7h"), hours=5))
    assert (found.outcome, found.breached_at) == ("breached", NINE + 2 * HOUR)
    assert (found.breach_reason, found.due_at) == ("overdue", NINE + 7 * HOUR)


def test_a_breach_after_the_edit_is_an_ordinary_one() -> None:
    found = resolution(judged((0, "8h"), (NINE + HOUR, "2h"), hours=5))
    assert (found.breached_at, found.breach_reason) == (NINE + 2 * HOUR, "overdue")


def test_of_the_steps_that_an_edit_puts_into_the_past_the_most_severe_fires() -> None:
    verdict = judged((0, "8h"), (NINE + 5 * HOUR // 2, "2h"), hours=4)
    assert steps(verdict) == [
        ("50%", 2.5, "skipped"),
        ("breach", 2.5, "fired"),
        ("1h after due", 3.0, "fired"),
    ]
    assert verdict.marks.mark == "breached"


def test_a_step_fires_once_whatever_the_sets() -> None:
    verdict = judged((0, "2h"), (NINE + 3 * HOUR // 2, "6h"), hours=4)
    assert steps(verdict) == [("50%", 1.0, "fired")]
    assert verdict.marks.mark == "at_risk"


def test_two_edits_in_a_row() -> None:
    found = resolution(judged((0, "8h"), (NINE + 3 * HOUR, "2h"), (NINE + 4 * HOUR, "7h"), hours=5))
    assert (found.breached_at, found.breach_reason) == (NINE + 3 * HOUR, "retarget")


def test_sets_from_before_the_ticket_do_not_count() -> None:
    found = resolution(judged((0, "1h"), (NINE - HOUR, "8h"), hours=5))
    assert (found.outcome, found.breached_at) == ("pending", None)


def test_a_set_that_is_not_yet_in_force_does_not_count() -> None:
    found = resolution(judged((0, "8h"), (NINE + 6 * HOUR, "1h"), hours=5))
    assert found.outcome == "pending"
