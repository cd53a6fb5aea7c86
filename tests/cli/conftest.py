"""A demo helpdesk on loopback, a settings folder beside it, and the program as a whole process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from slaplugin.app.backfill import Range, backfill
from slaplugin.cli.main import run
from slaplugin.cli.showcase import furnished
from slaplugin.demo import DemoClock, DemoServer, furnish, schema
from slaplugin.demo.demo import start_demo
from slaplugin.demo.seed.office import Tokens
from slaplugin.plugins import load_plugins
from slaplugin.testing import SilentProgress
from slaplugin.wiring import Runtime

LAUNCHER = Path(__file__).parents[2] / "cli.py"
MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
"""08:00 in Berlin, where the office opens at nine."""

POLICY = """\
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    when: {group: [Support, Billing]}
    targets: {first_response: 4h, resolution: 16h}
    steps:
      - {at: 75%, do: [mark]}
      - {at: breach, do: [mark, {priority: high, only: raise}]}
      - at: 1h after due
        clocks: [first_response]
        do: [{group: Escalations}, {owner: least_loaded}]
    sub:
      - name: vip
        when: {customer.vip: true}
        targets: {first_response: 1h}
"""
PLAIN, VIP = "ravi@hollerbach.example", "ines@hollerbach.example"


@dataclass(frozen=True)
class Result:
    """What a process left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Program:
    """The command line, run in a folder of its own."""

    folder: Path
    options: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(LAUNCHER), *self.options, *arguments]

    def clean(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SLAPLUGIN")}
        return {**kept, **self.environ}

    def __call__(self, *arguments: str) -> Result:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.clean(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    def quick(self, *arguments: str) -> Result:
        """The same inside this process, for what does not depend on being one of its own."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            code = run([*self.options, *arguments])
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return Result(code, out.getvalue(), err.getvalue())

    def interrupted(self, begin: Callable[[int], None], *arguments: str) -> Result:
        """Run it and let ``begin`` know the process, so that it can be sent a signal."""
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.clean(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begin(process.pid)
        out, err = process.communicate(timeout=300)
        assert "Traceback" not in err, err
        return Result(process.returncode, out, err)


@dataclass
class Helpdesk:
    """The demo helpdesk, and the few things that tests do in it."""

    server: DemoServer
    clock: DemoClock
    tokens: Tokens

    @property
    def url(self) -> str:
        return self.server.url

    def api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = requests.request(
            method,
            f"{self.url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Token token={self.tokens.admin}"},
            timeout=60,
        )
        assert answer.ok, answer.text
        return answer.json()

    def delete(self, ticket: str) -> None:
        """As an administrator does; the answer is empty."""
        head = {"Authorization": f"Token token={self.tokens.admin}"}
        assert requests.delete(f"{self.url}/api/v1/tickets/{ticket}", headers=head, timeout=60).ok

    def open(self, title: str, customer: str = PLAIN, **more: Any) -> str:
        """A ticket that a customer has just written."""
        article = {"type": "web", "sender": "Customer", "body": "Help!", "from": customer}
        body = {"title": title, "group": "Support", "customer": customer, "article": article}
        return str(self.api("POST", "tickets", {**body, **more})["id"])

    def at(self, text: str) -> None:
        """Move the clock to ``09T13:30`` of March 2026, UTC."""
        day, _, time = text.partition("T")
        self.clock.set(datetime.fromisoformat(f"2026-03-{day}T{time}:00+00:00"))

    def shown(self, ticket: str) -> dict[str, Any]:
        """A ticket field by field, without what any write touches, and its tags."""
        record = self.api("GET", f"tickets/{ticket}?expand=true")
        tags = self.api("GET", f"tags?object=Ticket&o_id={ticket}")["tags"]
        touched = ("updated_at", "updated_by", "updated_by_id", "last_owner_update_at")
        return {**{k: v for k, v in record.items() if k not in touched}, "tags": sorted(tags)}

    def of_unknown_state(self, ticket: str, name: str = "pending close") -> None:
        """Put the ticket into a state of a type that no Zammad has ever had."""
        desk = self.server.desk
        schema.STATE_TYPES[8] = "on the moon"
        change = "UPDATE ticket_states SET state_type_id = 8, name = ? WHERE name = 'pending close'"
        desk.db.execute(change, (name,))
        desk.forget_reference()
        body = {"state": name, "pending_time": "2026-03-10T09:00:00.000Z"}
        self.api("PUT", f"tickets/{ticket}", body)

    def interrupt_at(
        self,
        count: int,
        number: signal.Signals = signal.SIGINT,
        since: Callable[[], bool] = lambda: True,
    ) -> Callable[[int], None]:
        """Send a signal to the process when the helpdesk gets its ``count``-th request.

        Counted from the first one at which ``since`` holds, that one included.
        """
        seen = {"requests": 0, "pid": 0}

        def count_one() -> None:
            if seen["requests"] or since():
                seen["requests"] += 1
            if seen["requests"] == count:
                os.kill(seen["pid"], number)

        def begin(pid: int) -> None:
            seen["pid"] = pid
            self.server.before_request(count_one)

        return begin


@pytest.fixture
def helpdesk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Helpdesk]:
    monkeypatch.setattr(schema, "STATE_TYPES", dict(schema.STATE_TYPES))
    clock = DemoClock(MONDAY)
    with DemoServer(None, clock) as server:
        yield Helpdesk(server, clock, furnish(server.desk))


def settings_of(helpdesk: Helpdesk) -> str:
    return f"""\
url = "{helpdesk.url}"
token = "{helpdesk.tokens.bot}"
timezone = "Europe/Berlin"
limits = {{retry = "1s"}}
fields = {{due = "sla_due_at"}}
"""


@pytest.fixture
def program(tmp_path: Path, helpdesk: Helpdesk) -> Program:
    """The program with settings for the helpdesk and a policy that acts."""
    file = tmp_path / "slaplugin.toml"
    file.touch(mode=0o600)
    file.write_text(settings_of(helpdesk), encoding="utf-8")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "standard.yaml").write_text(POLICY, encoding="utf-8")
    return Program(tmp_path)


REPORTED = """\
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "08:00-18:00"}}
policies:
  - name: standard
    calendar: office
    targets: {first_response: 4h, next_response: 8h, resolution: 3bd}
    objectives:
      - {clock: first_response, share: 90%, per: month, timezone: Europe/Berlin,
         credits: {table: [{below: 90%, credit: 5%}], base: 1000, currency: EUR}}
      - {clock: resolution, share: 50%, within: 30h, per: month, timezone: Europe/Berlin}
"""
HOSTILE = "</title><script>alert(1)</script><b>&amp;"


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The month in a store; the helpdesk is gone, and time stands at the month's end."""
    folder = tmp_path_factory.mktemp("report")
    with start_demo(seed=1) as helpdesk:
        helpdesk.play_until(helpdesk.script.end)
        settings = furnished(folder, helpdesk)
        shutil.rmtree(settings.policies)
        settings.policies.mkdir()
        (settings.policies / "standard.yaml").write_text(REPORTED, encoding="utf-8")
        with Runtime(settings, load_plugins) as runtime:
            backfill(runtime.desk(), Range(0), SilentProgress())
        end = helpdesk.script.end
    with closing(sqlite3.connect(folder / "slaplugin.db")) as store:
        store.execute("UPDATE tickets SET title = ? WHERE ticket_key = 5", (HOSTILE,))
        store.commit()
    now = end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield Program(folder, ["--now", now])
