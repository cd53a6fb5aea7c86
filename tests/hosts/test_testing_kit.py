"""What is shipped around the contract: importing it, inheriting it, the line that can break."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from slaplugin import testing
from slaplugin.testing import FaultKind
from slaplugin.testing.proxy import Exchange, HelpdeskProxy

pytest_plugins = ["pytester"]

# -------------------------------------------------------------------------- the package


def test_the_kit_needs_no_pytest_until_the_contract_is_asked_for() -> None:
    told = "import sys, slaplugin.testing as t; print('pytest' in sys.modules); t.HostContract"
    told += "; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_the_kit_has_nothing_else_on_demand() -> None:
    with pytest.raises(AttributeError, match="no attribute 'HostCompact'"):
        _ = testing.HostCompact  # type: ignore[attr-defined]


THIRD_PARTY = """
import pytest
from slaplugin.testing import HostContract
from slaplugin.testing.memory import MemoryDesk

class TestMyDesk(HostContract):
    @pytest.fixture
    def desk(self):
        return MemoryDesk()
"""


def test_a_third_party_inherits_every_clause(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(THIRD_PARTY)
    clauses = sum(name.startswith("test_") for name in dir(testing.HostContract))
    lacking = 2  # credentials and late stamps
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=clauses - lacking, skipped=lacking)


def test_a_contract_without_a_desk_says_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(THIRD_PARTY.replace("def desk(self)", "def helpdesk(self)"))
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-k", "look_knows_nobody")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*TestMyDesk needs a fixture `desk` that gives*adapters.md*"])


# -------------------------------------------------------------------------- the line


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        body = json.dumps({"path": self.path, "sent": sent, "items": [1, 2]}).encode()
        self.send_response_only(201)
        self.send_header("Date", "Mon, 09 Mar 2026 08:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_parts: object) -> None:
        """Silence."""


@pytest.fixture
def helpdesk() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/base"
    server.shutdown()
    thread.join()
    server.server_close()


def emptied(exchange: Exchange) -> bytes | None:
    return json.dumps({**json.loads(exchange.body), "items": []}).encode()


def widened(path: str, sent: bytes) -> tuple[str, bytes]:
    return path.partition("?")[0], b""


@pytest.fixture
def proxy(helpdesk: str) -> Iterator[HelpdeskProxy]:
    with HelpdeskProxy(helpdesk, emptied=emptied, widened=widened) as proxy:
        yield proxy


def ask(proxy: HelpdeskProxy) -> requests.Response:
    return requests.post(f"{proxy.url}/search?page=1", data="all", timeout=5)


def test_a_good_line_passes_everything_on_and_counts(proxy: HelpdeskProxy) -> None:
    answer = ask(proxy)
    assert answer.json() == {"path": "/base/search?page=1", "sent": "all", "items": [1, 2]}
    assert (answer.status_code, proxy.requests()) == (201, 1)
    assert answer.headers["Date"] == "Mon, 09 Mar 2026 08:00:00 GMT"


def test_a_bad_line_spoils_all_but_the_first_until_it_is_healed(proxy: HelpdeskProxy) -> None:
    proxy.break_down(FaultKind.ERROR, after=1)
    assert [ask(proxy).status_code for _ in range(3)] == [201, 500, 500]
    proxy.heal()
    assert ask(proxy).status_code == 201


@pytest.mark.parametrize("kind", [FaultKind.UNREACHABLE, FaultKind.HALF])
def test_a_line_can_break(proxy: HelpdeskProxy, kind: FaultKind) -> None:
    proxy.break_down(kind, after=0)
    with pytest.raises(requests.RequestException):
        ask(proxy)


def test_a_line_can_lie(proxy: HelpdeskProxy) -> None:
    proxy.break_down(FaultKind.PAGE, after=0)
    page = ask(proxy)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    proxy.break_down(FaultKind.EMPTY, after=0)
    assert ask(proxy).json()["items"] == []
    proxy.break_down(FaultKind.WIDENED, after=0)
    assert (ask(proxy).json()["path"], ask(proxy).json()["sent"]) == ("/base/search", "")


def test_a_line_cannot_lie_without_being_told_how(helpdesk: str) -> None:
    with (
        HelpdeskProxy(helpdesk) as proxy,
        pytest.raises(ValueError, match="without a function for EMPTY"),
    ):
        proxy.break_down(FaultKind.EMPTY, after=0)


def test_people_act_while_a_request_waits(proxy: HelpdeskProxy) -> None:
    acts: list[int] = []
    with proxy.interrupted(lambda: acts.append(proxy.requests())):
        ask(proxy)
        ask(proxy)
    ask(proxy)
    assert acts == [1, 2]


def test_what_goes_wrong_with_their_acts_is_told(proxy: HelpdeskProxy) -> None:
    def stumble() -> None:
        raise LookupError("no such ticket")

    with pytest.raises(LookupError, match="no such ticket"), proxy.interrupted(stumble):
        ask(proxy)


def test_a_helpdesk_that_is_down_is_unreachable() -> None:
    with HelpdeskProxy("http://127.0.0.1:9") as proxy, pytest.raises(requests.ConnectionError):
        ask(proxy)
