"""An invoker of Znuny tells a running ``slaplugin run`` of changes, as the guide has it.

The definition is the one that ``doctor --web-hook`` prints, with the address and the secret put in;
Znuny's own daemon sends. slaplugin polls so rarely that only the invoker can have told it. All of
it is in real time: both daemons sleep by their clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.cli.test_run import Running, daemon
from tests.live.instance import free_port
from tests.live.znuny.desk import furnish
from tests.live.znuny.instance import Znuny
from tests.live.znuny.site import PLAIN, Site, build

ADDRESS, SECRET = "http://127.0.0.1:8711", "the webhook_secret"
OURS = "a secret that nobody knows"
MOST_LOOKS = 2000
"""At what Znuny's daemon has left to send."""
POLICY = """\
policies:
  - name: seen
    when: {{group: {queue}}}
    targets: {{first_response: 4h}}
    steps: [{{at: start, do: [mark, {{note: "seen"}}]}}]
"""


@pytest.fixture(scope="module")
def port() -> int:
    """Where slaplugin will listen."""
    return free_port()


@pytest.fixture(scope="module")
def hooked(installed: None, port: int) -> Iterator[Znuny]:
    """A Znuny in real time whose administrator has followed the guide, its daemon running."""
    with Znuny() as znuny:
        furnish(znuny)
        znuny.script("daemon", "start")
        yield znuny


@pytest.fixture
def site(hooked: Znuny, numbers: Iterator[int], tmp_path: Path, port: int) -> Site:
    """A site in real time, with a policy that notes each new ticket."""
    site = build(hooked, tmp_path, next(numbers))
    policy = POLICY.format(queue=site.queue)
    (tmp_path / "policies" / "standard.yaml").write_text(policy, encoding="utf-8")
    settings = tmp_path / "slaplugin.toml"
    told = f'listen = "127.0.0.1:{port}"\nwebhook_secret = "{OURS}"\n'
    settings.write_text(told + settings.read_text(encoding="utf-8"), encoding="utf-8")
    settings.chmod(0o600)
    return site


@contextmanager
def imported(site: Site, port: int, secret: str, kind: str = "Test::TestSimple") -> Iterator[None]:
    """What the guide has the administrator import, and away again."""
    definition = site.program.quick("doctor", "--web-hook").out
    filled = definition.replace(ADDRESS, f"http://127.0.0.1:{port}").replace(SECRET, secret)
    site.znuny.import_service("SLA-hook", filled.replace("Test::TestSimple", kind))
    yield
    listed = site.znuny.console("Admin::WebService::List")
    number = listed.partition("SLA-hook (")[2].partition(")")[0]
    site.znuny.console("Admin::WebService::Delete", "--webservice-id", number)


@contextmanager
def serving(site: Site) -> Iterator[tuple[Running, str]]:
    """The daemon after its first poll, and its address."""
    with daemon(site.program, "1h") as running:
        line = running.until("web hooks on ")
        running.until(" cycle")
        yield running, line.split("web hooks on ")[1].split(";")[0].strip()


def hooks(url: str, outcome: str) -> float:
    """How many web hooks had this outcome."""
    text = requests.get(f"{url}/metrics", timeout=10).text
    wanted = f'slaplugin_webhooks_total{{kind="otrs",outcome="{outcome}"}} '
    found = [line.removeprefix(wanted) for line in text.splitlines() if line.startswith(wanted)]
    return float(found[0]) if found else 0.0


@pytest.mark.parametrize("kind", ["Test::TestSimple", "Generic::Tunnel"])
def test_what_people_do_is_read_at_once(site: Site, port: int, kind: str) -> None:
    with serving(site) as (running, url):
        with imported(site, port, OURS, kind):
            ticket = site.mail(PLAIN, "Printer is on fire")
            assert "pulled=False" in running.until("changed=1")
            assert hooks(url, "accepted") >= 1
            site.act("reply", ticket, "anna")
            assert running.cycles_until(lambda: answered(url, ticket))
        assert running.end() == 0
    assert site.clocks(ticket)["first_response"]["outcome"] == "met"
    assert len([row for row in site.ours(ticket) if row["HistoryType"] == "AddNote"]) == 1
    assert OURS not in "".join(running.said)


def answered(url: str, ticket: str) -> bool:
    """Whether the running slaplugin knows of the agent's answer."""
    seen = requests.get(f"{url}/api/v1/tickets/{ticket}", timeout=10).json()
    return any(clock["outcome"] == "met" for clock in seen["instances"])


def test_a_wrong_secret_and_a_daemon_that_is_away_hold_nobody_up(site: Site, port: int) -> None:
    with imported(site, port, "another secret"):
        with serving(site) as (running, url):
            refused = site.mail(PLAIN, "Nobody is told")
            assert any(site.znuny.act("tasks") == 0 for _ in range(MOST_LOOKS))
            assert hooks(url, "refused") >= 1
            assert hooks(url, "accepted") == 0
            assert running.end() == 0
        away = site.mail(PLAIN, "Nobody listens")
        assert any(site.znuny.act("tasks") == 0 for _ in range(MOST_LOOKS))
    site.sync()
    noted = [[row["HistoryType"] for row in site.ours(one)] for one in (refused, away)]
    assert ["AddNote" in kinds for kinds in noted] == [True, True]
