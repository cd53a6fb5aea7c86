"""The daemon with its web surface, as a process beside the demo helpdesk."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from slaplugin.cli.doctor.here import secrets, webhook
from slaplugin.settings import load_settings
from slaplugin.wiring.listeners import Broadcast
from slaplugin.wiring.service import LogWatch
from tests.cli.conftest import POLICY, Helpdesk, Program
from tests.cli.test_run import BROKEN, Running, daemon

SECRET = "secret of the web hook"
TOKEN = "token of the web"
Configure = Callable[..., None]


@pytest.fixture
def configure(program: Program) -> Configure:
    """Add lines to the settings file, instead of the ones added before."""
    file = program.folder / "slaplugin.toml"
    before = file.read_text("utf-8")

    def write(**settings: str) -> None:
        known = {"listen": "127.0.0.1:0", "webhook_secret": SECRET, **settings}
        lines = [f"{name} = {json.dumps(value)}" for name, value in known.items()]
        file.write_text("\n".join([*lines, before]), encoding="utf-8")

    write()
    return write


@contextmanager
def serving(program: Program, *, poll: str = "1h") -> Iterator[tuple[Running, str]]:
    """A daemon that polls so rarely that only web hooks make it look, and its address."""
    with daemon(program, poll) as running:
        line = running.until("web hooks on ")
        yield running, line.split("web hooks on ")[1].split(";")[0].strip()


def get(address: str, **more: Any) -> requests.Response:
    return requests.get(address, timeout=60, **more)


def hook(url: str, ticket: str, delivery: str = "1") -> requests.Response:
    body = json.dumps({"ticket": {"id": int(ticket)}}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    head = {"X-Hub-Signature": f"sha1={signature}", "X-Zammad-Delivery": delivery}
    return requests.post(f"{url}/webhook/zammad", data=body, headers=head, timeout=60)


def test_a_web_hook_makes_it_read_the_ticket_at_once(
    program: Program, helpdesk: Helpdesk, configure: Configure
) -> None:
    with serving(program) as (running, url):
        running.until(" cycle")
        ready = get(f"{url}/readyz")
        assert (ready.status_code, ready.json()["mode"]) == (200, "working")
        ticket = helpdesk.open("Printer <i>on</i> fire")
        assert get(f"{url}/api/v1/tickets/{ticket}").status_code == 404
        assert hook(url, ticket).json() == {"hint": "accepted"}
        assert "pulled=False" in running.until("changed=1")
        told = get(f"{url}/api/v1/tickets/{ticket}").json()
        assert told["ticket"]["title"] == "Printer <i>on</i> fire"
        assert hook(url, ticket).json() == {"hint": "repeated"}
        clocks = get(f"{url}/api/v1/status?all=true").json()
        assert {row["ticket"] for row in clocks["instances"]} == {ticket}
        page = get(f"{url}/tickets/{ticket}")
        assert (page.status_code, "Printer <i>" in page.text) == (200, False)
        assert get(f"{url}/board.json").json()["counts"]["running"] == len(clocks["instances"])
        assert "<html" in get(url).text
        metrics = get(f"{url}/metrics").text
        assert 'slaplugin_webhooks_total{kind="zammad",outcome="accepted"} 1.0' in metrics
        assert "slaplugin_changed_tickets_total 1.0" in metrics
        assert 'slaplugin_cycles_total{outcome="good"} 2.0' in metrics
        assert running.end() == 0
        with pytest.raises(requests.ConnectionError):
            get(f"{url}/healthz")
    explained = program.quick("explain", ticket, "--json").json
    assert {**explained, "as_of": None}.keys() == told.keys()
    assert explained["instances"][0]["due_at"] == told["instances"][0]["due_at"]


def test_requests_to_the_helpdesk_are_counted_by_outcome(
    program: Program, helpdesk: Helpdesk, configure: Configure
) -> None:
    with serving(program) as (running, url):
        running.until(" cycle")
        helpdesk.server.stop()
        hook(url, "1")
        running.until("tried again in")
        metrics = get(f"{url}/metrics").text
        assert 'slaplugin_host_requests_total{outcome="ok"}' in metrics
        assert 'slaplugin_host_requests_total{outcome="unreachable"} 1.0' in metrics
        refused = get(f"{url}/readyz")
        assert refused.status_code == 503
        assert "the helpdesk cannot be asked" in refused.json()["reasons"][0]
        assert running.end() == 0


def test_a_bad_reload_is_told_and_secrets_change_with_a_good_one(
    program: Program, configure: Configure
) -> None:
    policy = program.folder / "policies" / "standard.yaml"
    with serving(program) as (running, url):
        running.until(" cycle")
        policy.write_text(BROKEN, encoding="utf-8")
        running.tell(signal.SIGHUP)
        running.until("are not used")
        assert "resolutoin" in get(f"{url}/api/v1/health").json()["reload_problem"]
        assert "slaplugin_reload_failed 1.0" in get(f"{url}/metrics").text
        policy.write_text(POLICY, encoding="utf-8")
        configure(web_token=TOKEN)
        running.tell(signal.SIGHUP)
        running.until("were read again")
        assert get(f"{url}/api/v1/health").status_code == 401
        told = get(f"{url}/api/v1/health", headers={"Authorization": f"Bearer {TOKEN}"}).json()
        assert told["reload_problem"] is None
        assert running.end() == 0
    assert TOKEN not in "".join(running.said)


def test_a_port_that_is_taken_ends_it_before_it_begins(
    program: Program, configure: Configure
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        configure(listen=listen)
        result = program("run")
    assert result.code == 2
    assert f"cannot listen on {listen}" in result.err
    assert not (program.folder / "slaplugin.db").exists()


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:0", "[::]:0", "192.0.2.1:8711", "sla.example.org:8711"]
)
def test_it_does_not_listen_to_all_without_a_token(
    listen: str, program: Program, configure: Configure
) -> None:
    configure(listen=listen)
    result = program.quick("run")
    assert result.code == 2
    assert "listen" in result.err and "web_token" in result.err


def test_with_a_token_it_listens_to_all(program: Program, configure: Configure) -> None:
    configure(listen="0.0.0.0:0", web_token=TOKEN)
    with serving(program) as (running, url):
        running.until(" cycle")
        here = url.replace("0.0.0.0", "127.0.0.1")
        assert get(f"{here}/metrics").status_code == 401
        head = {"Authorization": f"Bearer {TOKEN}", "Host": "sla.example.org"}
        assert get(f"{here}/metrics", headers=head).status_code == 200
        assert running.end() == 0


@pytest.mark.parametrize(
    ("given", "ok", "words"),
    [
        ({}, None, "changes are polled"),
        ({"listen": "0.0.0.0:8711"}, False, "nothing keeps them out"),
        ({"listen": "127.0.0.1:1"}, None, "webhook_secret is not set"),
        ({"listen": "127.0.0.1:1", "webhook_secret": SECRET}, None, "nobody answers"),
    ],
)
def test_doctor_says_what_keeps_web_hooks_away(
    given: dict[str, str], ok: bool | None, words: str
) -> None:
    check = webhook(load_settings(options=given, environ={}))
    assert check.ok is ok
    assert words in check.said


def test_doctor_sees_that_somebody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        listen = f"127.0.0.1:{opened.getsockname()[1]}"
        given = {"listen": listen, "webhook_secret": SECRET}
        assert webhook(load_settings(options=given, environ={})).ok


def test_secrets_of_the_web_are_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "web.token"
    file.write_text(TOKEN, encoding="utf-8")
    file.chmod(0o644)
    (check,) = secrets(load_settings(options={"web_token_file": str(file)}, environ={}))
    assert check.ok is False and "web.token" in check.said


def test_listeners_do_not_disturb_each_other(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    class Good(LogWatch):
        def begin(self) -> None:
            heard.append("begin")

        def reloaded(self, problem: Exception | None) -> None:
            heard.append(f"reloaded {problem}")

    class Broken(LogWatch):
        def begin(self) -> None:
            raise RuntimeError("no counter")

    told = Broadcast([Broken(), Good()])
    told.begin()
    told.reloaded(None)
    assert heard == ["begin", "reloaded None"]
    assert "no counter" in caplog.text
