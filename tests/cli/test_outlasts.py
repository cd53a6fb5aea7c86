"""The daemon as a process outlasts what fails around it, says what and how to mend it, goes on."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Callable

import pytest
import requests

from slaplugin.demo.faults import Fault, FaultKind
from tests.cli.conftest import Helpdesk, Program
from tests.cli.test_run import Running, daemon

ANOTHER = "another-token-of-the-same-account"
ILL = [
    (Fault(FaultKind.HTML, path="search", times=2), "HTML page instead of JSON; check that url"),
    (Fault(FaultKind.HALF, path="search", times=2), "half an answer|broke before the answer"),
    (Fault(FaultKind.RESET, path="search", times=2), "broke before the answer was whole"),
    (Fault(FaultKind.SERVER_ERROR, path="search", times=1), "in trouble or restarting"),
    (
        Fault(FaultKind.TOO_MANY_REQUESTS, path="search", times=1, retry_after=100),
        "asks to wait 100 s",
    ),
]


def web_of(running: Running) -> str:
    line = running.until("web hooks on ")
    return line.split("web hooks on ")[1].split(";")[0].strip()


def ready(url: str) -> tuple[int, str]:
    answer = requests.get(f"{url}/readyz", timeout=60)
    assert requests.get(f"{url}/healthz", timeout=60).status_code == 200
    return answer.status_code, " ".join(answer.json()["reasons"])


def serve(program: Program) -> None:
    file = program.folder / "slaplugin.toml"
    file.write_text(f'listen = "127.0.0.1:0"\n{file.read_text("utf-8")}', encoding="utf-8")


def revoke(helpdesk: Helpdesk, new: str) -> None:
    """The account's token is another one from now on."""
    change = "UPDATE tokens SET value = ? WHERE value = ?"
    helpdesk.server.desk.db.execute(change, (new, helpdesk.tokens.bot))


def test_spoilt_answers_are_told_and_waited_out(program: Program, helpdesk: Helpdesk) -> None:
    with daemon(program) as running:
        for fault, words in ILL[:-1]:
            running.until(" cycle")
            helpdesk.server.faults.add(fault)
            line = running.until("tried again in")
            assert any(word in line for word in words.split("|")), line
            assert helpdesk.tokens.bot not in line
        running.until(" cycle")
        helpdesk.server.faults.add(ILL[-1][0])
        assert "tried again in 100 s" in running.until("asks to wait 100 s")
        assert running.end() == 0


def test_a_revoked_token_is_told_and_a_new_one_taken_up_from_its_file(
    program: Program, helpdesk: Helpdesk
) -> None:
    settings, file = program.folder / "slaplugin.toml", program.folder / "bot.token"
    file.touch(mode=0o600)
    file.write_text(helpdesk.tokens.bot)
    text = settings.read_text("utf-8")
    old = f'token = "{helpdesk.tokens.bot}"'
    settings.write_text(text.replace(old, 'token_file = "bot.token"'), encoding="utf-8")
    serve(program)
    with daemon(program) as running:
        url = web_of(running)
        running.until(" cycle")
        assert ready(url) == (200, "")
        revoke(helpdesk, ANOTHER)
        line = running.until("tried again in")
        assert "401" in line and "make a new one and set token" in line
        code, why = ready(url)
        assert code == 503 and "401" in why
        file.write_text(ANOTHER)
        running.until("were read again")
        running.until(" cycle")
        assert ready(url) == (200, "")
        assert running.end() == 0
    assert ANOTHER not in "".join(running.said)


def test_a_token_that_is_given_back_needs_nobody(program: Program, helpdesk: Helpdesk) -> None:
    with daemon(program) as running:
        running.until(" cycle")
        revoke(helpdesk, ANOTHER)
        running.until("tried again in")
        running.until("still so")
        change = "UPDATE tokens SET value = ? WHERE value = ?"
        helpdesk.server.desk.db.execute(change, (helpdesk.tokens.bot, ANOTHER))
        running.until(" cycle")
        assert running.end() == 0


def test_a_disk_without_room_is_told_and_nothing_is_doubled(
    program: Program, helpdesk: Helpdesk
) -> None:
    """The process may let no file grow; then it may again."""
    serve(program)
    with daemon(program) as running:
        url = web_of(running)
        running.until(" cycle")
        ticket = helpdesk.open("Printer on fire")
        running.until("changed=1")
        process = running.process.pid
        before = resource.prlimit(process, resource.RLIMIT_FSIZE)
        # Not the log's present size: one that begins anew would find room in its own pages.
        resource.prlimit(process, resource.RLIMIT_FSIZE, (1, before[1]))
        helpdesk.at("09T14:00")
        line = running.until("tried again in")
        assert "slaplugin.db" in line and "free" in line
        code, why = ready(url)
        assert code == 503 and "slaplugin.db" in why
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)
        assert running.cycles_until(lambda: helpdesk.shown(ticket)["priority"] == "3 high")
        running.until(" cycle")
        assert ready(url) == (200, "")
        assert running.end() == 0
    rows = helpdesk.api("GET", f"ticket_history/{ticket}")["history"]
    assert sum(row.get("attribute") == "priority" for row in rows) == 1
    assert program.quick("plan", "--json").json["writes"] == []


def test_a_store_that_is_deleted_and_brought_back(program: Program, helpdesk: Helpdesk) -> None:
    serve(program)
    store = program.folder / "slaplugin.db"
    with daemon(program) as running:
        url = web_of(running)
        running.until(" cycle")
        ticket = helpdesk.open("Printer on fire")
        running.until("changed=1")
        program.quick("store", "backup", str(program.folder / "backup.db"))
        for suffix in ("", "-wal", "-shm"):
            moved = program.folder / f"slaplugin.db{suffix}"
            moved.rename(program.folder / f"gone.db{suffix}")
        line = running.until("tried again in")
        assert "was deleted while it was in use" in line and "store restore FILE" in line
        assert ready(url)[0] == 503
        running.tell(signal.SIGHUP)
        assert "not there any more" in running.until("are not used")
        assert not store.exists()
        restored = program("store", "restore", str(program.folder / "backup.db"))
        assert restored.code == 0, restored.err
        running.until("were read again")
        helpdesk.at("09T14:00")
        assert running.cycles_until(lambda: helpdesk.shown(ticket)["priority"] == "3 high")
        assert ready(url) == (200, "")
        assert running.end() == 0


@pytest.mark.long
def test_brakes_and_refused_files_are_told_where_people_look(
    program: Program, helpdesk: Helpdesk
) -> None:
    serve(program)
    policy = program.folder / "policies" / "standard.yaml"
    with daemon(program) as running:
        url = web_of(running)
        running.until(" cycle")
        program("pause", "--why", "a look first")
        running.until("writes are paused (`slaplugin resume` ends it)")
        assert "All writes are held" in requests.get(url, timeout=60).text
        assert "writes are paused" in program.quick("status").out
        assert program.quick("status", "--json").json["paused_since"] is not None
        program("resume")
        running.until("no longer so: not written: writes are paused")
        assert "paused" not in program.quick("status").out
        (program.folder / "hooks").mkdir(exist_ok=True)
        hook = program.folder / "hooks" / "ours.py"
        hook.write_text("import sys\nsys.exit(1)\n", encoding="utf-8")
        running.until("are not used")
        told: dict[str, Callable[[], str]] = {
            "wallboard": lambda: requests.get(url, timeout=60).text,
            "health": lambda: json.dumps(requests.get(f"{url}/api/v1/health", timeout=60).json()),
        }
        assert [name for name, page in told.items() if "ours.py" not in page()] == []
        assert "slaplugin_reload_failed 1.0" in requests.get(f"{url}/metrics", timeout=60).text
        hook.unlink()
        policy.touch()
        running.until("were read again")
        assert "ours.py" not in told["wallboard"]()
        assert running.end() == 0
