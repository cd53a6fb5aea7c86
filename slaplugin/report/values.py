"""What a report is given: the verdict of the engine beside what was done about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from slaplugin.core.changes import Story
from slaplugin.core.model import ClockInstance, Evaluation, MarkName, StepRecord, Ticket
from slaplugin.core.texts import utc_text

_LONGEST = 48
"""Characters of a note's text that are worth showing beside its step."""

StepStatus = Literal["due", "fired", "skipped", "suppressed"]


@dataclass(frozen=True, slots=True)
class Written:
    """One row of the action table, as a reader wants it: what was done, when, and why."""

    at: int
    """UTC epoch seconds of the last change of its status."""
    what: str
    """``tag sla-breach added``, ``group set to Escalations`` …"""
    status: str
    """planned, claimed, done, failed, skipped, adopted or uncertain."""
    why: str = ""
    clock: str | None = None
    start_event: str | None = None
    step: str | None = None
    result: str | None = None
    """What the host answered, or why nothing was written."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that ``explain`` says about one ticket."""

    ticket: Ticket
    evaluation: Evaluation
    written: tuple[Written, ...] = ()
    policy_set: str = ""
    """Hash of the set that the verdict was reached under."""
    source: str = "store"
    """Where the events came from: ``store`` or ``host``."""
    draft: str | None = None
    """The policy directory of a what-if; None: the policies in force."""
    held: str | None = None
    """Why the ticket is held, if it is."""
    shown: MarkName | None = None
    """The mark that the ticket carries on the host; None: not known."""
    story: Story = Story()
    """How the due times came about."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One clock on the list of what is at risk or breached. Instants UTC epoch seconds."""

    ticket: Ticket
    instance: ClockInstance
    mark: MarkName
    overdue: bool
    owner: str | None = None
    group: str | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of a step that fell due (the ``steps`` of commands.md's JSON)."""

    status: StepStatus
    fired_at: int | None
    why: str


def written_for(instance: ClockInstance, written: Sequence[Written]) -> tuple[Written, ...]:
    """The actions of one instance."""
    return tuple(
        row
        for row in written
        if row.clock == instance.clock and row.start_event == instance.start_event
    )


def steps_of(
    instance: ClockInstance, explained: Explanation
) -> Iterator[tuple[StepRecord, StepOutcome]]:
    """Each step of an instance with what became of it."""
    sum_ = explained.story.reckonings.get((instance.clock, instance.start_event))
    since = sum_.live_since if sum_ else None
    for record in instance.steps:
        rows = step_rows(instance, record, explained.written)
        yield record, step_outcome(record, rows, explained.shown, since)


def step_rows(
    instance: ClockInstance, record: StepRecord, written: Sequence[Written]
) -> tuple[Written, ...]:
    """The actions of one step; a mark has rows of its own, since several clocks share it."""
    marks = "mark" in record.do
    return tuple(
        row
        for row in written_for(instance, written)
        if row.step == record.step or (marks and row.step == "mark" and row.at >= record.at)
    )


def step_outcome(
    record: StepRecord,
    rows: Sequence[Written],
    shown: MarkName | None = None,
    live_since: int | None = None,
) -> StepOutcome:
    """Join what the engine says of a step with what the action table says of its writes.

    ``live_since``: when the clock's steps began to be written, UTC epoch seconds; None: not known.
    """
    if record.status == "adopted":
        began = live_since is not None and record.at < live_since
        since = f" at {utc_text(live_since)}" if live_since is not None and began else ""
        why = f"adopted: due before enforcement began{since}, never written"
        return StepOutcome("suppressed", None, why)
    if record.status == "skipped":
        why = "a more severe step was already due when the target came"
        return StepOutcome("skipped", None, why)
    done = [row for row in rows if row.status in ("done", "uncertain")]
    if done:
        return StepOutcome("fired", min(row.at for row in done), done[0].why)
    if rows:
        return _unwritten(rows)
    if record.do == ("mark",) and shown in ("at_risk", "breached"):
        return StepOutcome("fired", record.at, f"the ticket carries the {shown} mark")
    return StepOutcome("due", None, "nothing was written for it")


def _unwritten(rows: Sequence[Written]) -> StepOutcome:
    for status, said in (("skipped", "skipped"), ("adopted", "suppressed")):
        if all(row.status == status for row in rows):
            outcome: StepStatus = "skipped" if said == "skipped" else "suppressed"
            return StepOutcome(outcome, None, rows[0].result or rows[0].why or status)
    failed = next((row for row in rows if row.status == "failed"), None)
    if failed:
        return StepOutcome("due", None, f"failed: {failed.result or failed.why}")
    return StepOutcome("due", None, rows[0].why)


def action_text(action: Any) -> str:
    """A step's action as one phrase: ``mark``, ``tag sla-x``, ``priority high (only raise)``."""
    if not isinstance(action, Mapping):
        return str(action)
    parts = []
    for key, value in action.items():
        if key == "only":
            parts.append(f"(only {value})")
        elif key == "on_recover":
            parts.append(f"({value} on recovery)")
        else:
            parts.append(f"{key} {_value_text(value)}")
    return " ".join(parts)


def _value_text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    if value is None:
        return "none"
    text = str(value)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1].rstrip() + "…"
    return f"“{text}”" if " " in text else text
