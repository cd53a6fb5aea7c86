"""The demo's whole month: planned and done, explained to the last second, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.cycle import plan, sync
from slaplugin.app.outcome import CycleReport
from slaplugin.app.undo import Scope, undo
from slaplugin.cli.explain import Asked, explanation_of
from slaplugin.cli.showcase import furnished
from slaplugin.demo.demo import Demo, start_demo
from slaplugin.plugins import load_plugins
from slaplugin.report.explain_json import explanation_json
from slaplugin.testing import SilentProgress
from slaplugin.wiring import Runtime

TOUCHED = {"updated_at", "updated_by_id", "last_owner_update_at"}
"""Stamps that any write moves."""
NOTED = {"article_count"}
"""A note cannot be taken back (decision 66)."""


@dataclass
class Month:
    """A furnished demo at the end of its month, and a store that has seen nothing yet."""

    helpdesk: Demo
    runtime: Runtime

    def desk(self) -> Any:
        self.runtime.renew_host()
        return self.runtime.desk()

    def tickets(self) -> dict[int, dict[str, Any]]:
        """Every ticket as the helpdesk keeps it, with its tags."""
        db = self.helpdesk.server.desk.db
        found = {
            row["id"]: {k: v for k, v in dict(row).items() if k not in TOUCHED | NOTED}
            for row in db.all("SELECT * FROM tickets")
        }
        for row in db.all(
            "SELECT ticket_id, name FROM tags JOIN tag_items ON tag_items.id = item_id"
        ):
            found[row["ticket_id"]].setdefault("tags", set()).add(row["name"])
        return found


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with start_demo(seed=1) as helpdesk:
        helpdesk.play_until(helpdesk.script.end)
        settings = furnished(tmp_path_factory.mktemp("month"), helpdesk)
        with Runtime(settings, load_plugins) as runtime:
            yield Month(helpdesk, runtime)


def told(report: CycleReport) -> list[tuple[Any, ...]]:
    keys = ("ticket", "action", "field", "from", "to", "why")
    return [tuple(write.as_json()[key] for key in keys) for write in report.writes]


def test_planned_done_once_and_taken_back(month: Month) -> None:
    before = month.tickets()
    first = sync(month.desk())
    assert (first.writes, first.problems) == ((), ())
    assert month.tickets() == before, "what was overdue before the first cycle"

    month.helpdesk.play_until(month.helpdesk.script.end + timedelta(days=1))
    before = month.tickets()
    planned = plan(month.desk())
    assert month.tickets() == before
    done = sync(month.desk())
    assert told(done) == told(planned)
    kinds = Counter(write.action.kind for write in done.writes)
    assert {"add_tag", "set_priority", "set_group", "set_owner"} <= kinds.keys()
    assert {write.status for write in done.writes} <= {"done", "skipped"}
    assert month.tickets() != before

    assert sync(month.desk()).writes == ()
    undone = undo(month.desk(), Scope())
    assert undone.problems == ()
    assert month.tickets() == before
    assert sync(month.desk()).writes == ()


def test_every_second_and_every_target_of_every_ticket_is_explained(month: Month) -> None:
    backfill(month.desk(), Range(0), SilentProgress())
    host = month.runtime.settings.host_key
    ids = list(month.runtime.store.ids(host))
    assert len(ids) > 380
    clocks, unexplained = 0, []
    for ticket in ids:
        document = explanation_json(explanation_of(month.runtime, Asked(ticket, None, None, False)))
        for instance in document["instances"]:
            clocks += 1
            flaws = (*wrong_seconds(instance, document["as_of"]), *wrong_trace(instance))
            unexplained += [(ticket, instance["clock"], flaw) for flaw in flaws]
    assert unexplained == []
    assert clocks > len(ids)


def wrong_seconds(instance: dict[str, Any], as_of: str) -> Iterator[str]:
    """Seconds of a clock's life that no span has, or sums that the spans do not come to."""
    parts = Counter({"counted": 0, "closed": 0, "paused": 0})
    for span in instance["spans"]:
        parts[span["kind"]] += span["seconds"]
    end = datetime.fromisoformat(instance["stopped_at"] or as_of)
    wall = (end - datetime.fromisoformat(instance["started_at"])).total_seconds()
    if parts.total() != wall:
        yield f"the spans have {parts.total()} s of {wall}"
    for name, told in (("counted", instance["elapsed"]), ("paused", instance["paused"])):
        if parts[name] != told:
            yield f"{name}: the spans have {parts[name]} s, the clock says {told}"


def wrong_trace(instance: dict[str, Any]) -> Iterator[str]:
    """What the trace of layers does not explain of a clock's target."""
    gave = [layer["policy"] for layer in instance["trace"] if layer["gave_target"]]
    if gave != ([instance["policy"]] if instance["policy"] else []):
        yield f"the target is of {instance['policy']}, given by {gave}"
    yield from (f"{layer['policy']}: no reason" for layer in instance["trace"] if not layer["why"])
    if instance["target"] is not None and not instance["trace"]:
        yield "a target that no layer gave"


def test_the_files_of_the_month_hold_no_message(month: Month) -> None:
    bodies = month.helpdesk.server.desk.db.all("SELECT body FROM articles LIMIT 50")
    store = Path(month.runtime.settings.store)
    kept = b"".join(file.read_bytes() for file in store.parent.glob(f"{store.name}*"))
    assert bodies
    assert [row["body"] for row in bodies if row["body"].encode() in kept] == []
