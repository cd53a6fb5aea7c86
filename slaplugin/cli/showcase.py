"""What the demo plays and tells: cycles under the moved clock, then what came of them."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import click

from slaplugin.cli.output import look_of, note
from slaplugin.cli.progress import progress

if TYPE_CHECKING:
    from slaplugin.app.desk import Desk
    from slaplugin.app.outcome import CycleReport, Write
    from slaplugin.demo.demo import Demo
    from slaplugin.report import Explanation
    from slaplugin.settings import Settings

_ZONE = ZoneInfo("Europe/Berlin")
_HOURS = (8, 11, 14, 17)
"""Hours of a working day, Berlin time, at which the demo runs a cycle."""
_BUSY = timedelta(hours=7)
"""At the end of the month a cycle runs every half hour; a real one would more often still."""
_HALF_HOUR = timedelta(minutes=30)
_LIVE_SECONDS = 10
_SHOWN_MOVES = 6
_SHOWN_LATE, _SHOWN_AHEAD = 6, 8
_SETTINGS = """\
# Settings of the demo; with --keep they work as long as the demo runs:
#   slaplugin --config {file} status
url = "{url}"
token = "{token}"
timezone = "Europe/Berlin"
store = "slaplugin.db"
policies = "policies"

[fields]
due = "sla_due_at"
state = "sla_state"
summary = "sla_summary"
"""


def furnished(folder: Path, helpdesk: Demo) -> Settings:
    """The demo's settings file and policies in its folder, read as anybody's would be."""
    from slaplugin.settings import bundled, load_settings

    file = folder / "slaplugin.toml"
    file.touch(mode=0o600)
    text = _SETTINGS.format(file=file, url=helpdesk.url, token=helpdesk.tokens.bot)
    file.write_text(text, encoding="utf-8")
    shutil.copytree(bundled("policies") / "demo", folder / "policies")
    environ: dict[str, str] = {}
    return load_settings(file, {}, environ)


class Showcase:
    """Runs the cycles of a month against the demo helpdesk and tells what they did."""

    def __init__(self, settings: Settings, helpdesk: Demo) -> None:
        from slaplugin.plugins import load_plugins
        from slaplugin.wiring import Runtime

        self.settings = settings
        self.helpdesk = helpdesk
        self.registry = load_plugins()
        self._open = ExitStack()
        self.runtime = self._open.enter_context(Runtime(settings, lambda: self.registry))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # ------------------------------------------------------------------ playing

    def play(self, days: int) -> list[CycleReport]:
        """Cycles for the last ``days`` of the month, each at its moment.

        What fell due before the first of them is measured, never written.
        """
        from slaplugin.app.cycle import sync

        script = self.helpdesk.script
        first = max(script.start, script.end - timedelta(days=days))
        moments = list(cycle_moments(first, script.end))
        reports = []
        with progress("Playing a month", len(moments)) as advance:
            for moment in moments:
                self.helpdesk.play_until(moment)
                reports.append(sync(self._desk()))
                advance(1)
        return reports

    def _desk(self) -> Desk:
        """The ports of one cycle: a helpdesk that has not been asked yet, as for each `sync`."""
        self.runtime.renew_host()
        return self.runtime.desk()

    def keep_running(self) -> None:
        """Go on in real time with the daemon and its pages, until Ctrl-C."""
        from slaplugin.cli.invocation import Invocation
        from slaplugin.cli.run import watch

        self.helpdesk.run_live(time.monotonic)
        self._open.close()
        click.echo(f"\nStill running, Ctrl-C ends it: {self.helpdesk.url} (agents' pages)")
        click.echo(f"In another terminal: slaplugin --config {self.settings.file} status")
        options = {"listen": "127.0.0.1:0", "poll_interval": f"{_LIVE_SECONDS}s"}
        watch(Invocation(str(self.settings.file), options))
        click.echo("The demo has ended.")

    # ------------------------------------------------------------------ telling

    def tell(self, reports: Sequence[CycleReport], seconds: float) -> None:
        """What was tagged and reassigned and why, clocks at risk, one ticket explained."""
        done = [write for report in reports for write in report.writes if write.status == "done"]
        played = len(self.helpdesk.script.ids)
        known = sum(1 for _ in self.runtime.store.ids(self.settings.host_key))
        click.echo(
            f"A month with {played} tickets was played; {known} of them were "
            f"watched in {len(reports)} cycles: {len(done)} writes, "
            f"{sum(report.requests for report in reports)} requests, {seconds:.0f} s."
        )
        self._tell_problems(reports)
        self._tell_writes(done)
        self._tell_status()
        self._tell_ticket(done)
        self._tell_report()

    def _tell_problems(self, reports: Sequence[CycleReport]) -> None:
        for problem in {str(item) for report in reports for item in report.problems}:
            note(problem)

    def _tell_writes(self, done: Sequence[Write]) -> None:
        from slaplugin.report.cycle import write_phrase

        look = look_of(self.settings)
        _heading("What was tagged and reassigned, and why")
        counts = Counter(_kind(write) for write in done)
        for kind, count in counts.most_common():
            click.echo(f"  {count:>5}  {kind}")
        moves = [write for write in done if write.action.kind == "set_group"]
        click.echo(f"\n  The latest {min(_SHOWN_MOVES, len(moves))} reassignments:")
        for write in moves[-_SHOWN_MOVES:]:
            click.echo(f"  {write.number}  {look.told(write_phrase(write.as_json()))}")
            click.echo(f"         {look.told(write.action.why)}")

    def _tell_status(self) -> None:
        from slaplugin.cli.status import rows_of
        from slaplugin.report.status import status_text

        rows, now = rows_of(self.runtime)
        ahead = [row for row in rows if not row.overdue]
        late = [row for row in rows if row.overdue]
        _heading("Clocks at risk and breached (slaplugin status)")
        shown = [*late[-_SHOWN_LATE:], *ahead[:_SHOWN_AHEAD]]
        page = status_text(shown, now, look_of(self.settings), total=len(rows))
        click.echo(page, nl=False)

    def _tell_ticket(self, done: Sequence[Write]) -> None:
        from slaplugin.report.explain_html import explanation_html
        from slaplugin.report.explain_text import explanation_text
        from slaplugin.wiring.files import write_text

        explained = self._example(done)
        if explained is None:
            return
        number = explained.ticket.number
        _heading(f"One ticket explained (slaplugin explain {number})")
        look = look_of(self.settings)
        click.echo(explanation_text(explained, look), nl=False)
        folder = self.settings.directory
        page = write_text(folder / f"ticket-{number}.html", explanation_html(explained, look))
        click.echo(f"\nThe same as a page for the browser: {page}")

    def _tell_report(self) -> None:
        from slaplugin.app.reporting.making import make_report
        from slaplugin.report.service.markdown import attainment
        from slaplugin.report.service.page import service_page
        from slaplugin.wiring.files import write_text
        from slaplugin.wiring.reports import ReportOptions, ask_of, sources_of

        present = self.runtime.present()
        ask = ask_of(self.runtime, ReportOptions(per="week"), present.at)
        report = make_report(sources_of(self.runtime, present), ask)
        _heading("How good it was, of the tickets watched (slaplugin report --period week)")
        click.echo(attainment(report))
        page = service_page(report, look_of(self.settings))
        written = write_text(self.settings.directory / "report.html", page)
        click.echo(f"\nAll of it as a page for the browser: {written}")

    def _example(self, done: Sequence[Write]) -> Explanation | None:
        """A ticket that was moved, with a pause if there is one: the richest story."""
        from slaplugin.cli.explain import Asked, explanation_of

        moved = {write.action.ticket: None for write in done if write.action.kind == "set_group"}
        best: Explanation | None = None
        for ticket in list(moved)[-40:]:
            explained = explanation_of(self.runtime, Asked(ticket))
            if best is None or _richness(explained) > _richness(best):
                best = explained
        return best


def cycle_moments(start: datetime, end: datetime) -> Iterator[datetime]:
    """When the demo runs a cycle: at set hours of working days, every half hour at the end."""
    day = start.astimezone(_ZONE)
    busy = end - _BUSY
    while day <= busy:
        for hour in _HOURS if day.weekday() < 5 else (12,):
            moment = day.replace(hour=hour, minute=0)
            if moment < busy:
                yield moment
        day += timedelta(days=1)
    while busy <= end:
        yield busy
        busy += _HALF_HOUR


def _richness(explained: Explanation) -> tuple[int, int, int, int]:
    """A step that acted, a pause, no doubt, few clocks: in this order."""
    instances = explained.evaluation.instances
    acted = any(row.status == "done" and "group" in row.what for row in explained.written)
    adopted = any(row.status == "adopted" for row in explained.written)
    paused = any(item.paused for item in instances)
    sure = sum(item.confidence == "high" for item in instances)
    return (acted and not adopted, paused, sure, -len(instances))


def _kind(write: Write) -> str:
    action = write.action
    if action.kind in ("add_tag", "remove_tag"):
        return f"{action.kind.replace('_', ' ')} {action.value}"
    return f"{action.kind.replace('_', ' ')}{f' {action.field}' if action.field else ''}"


def _done(report: CycleReport) -> Iterator[str]:
    from slaplugin.report.cycle import write_phrase

    for write in report.writes:
        if write.status == "done":
            yield f"{write.number}  {write_phrase(write.as_json())}: {write.action.why}"


def _heading(text: str) -> None:
    look = look_of()
    click.echo("\n" + look.paint(look.plain(text), "head"))
