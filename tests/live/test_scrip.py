"""A scrip of Request Tracker tells a running ``slaplugin run`` of changes, as the guide has it.

What an administrator would type is taken from the guide word by word, the address and the secret
apart. The daemon polls so rarely that only the scrip can have told it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.cli.test_run import Running, daemon
from tests.live.instance import free_port
from tests.live.rt import TAGS, LiveRt
from tests.live.site import PLAIN, Site

GUIDE = Path(__file__).parents[2] / "docs" / "hosts" / "rt.md"
ADDRESS, SECRET = "http://127.0.0.1:8711/webhook/rt", "the webhook_secret"
OURS = "a secret that nobody knows"
DISABLE = """
    my $scrip = RT::Scrip->new(RT->SystemUser);
    $scrip->LoadByCols(Description => 'Tell slaplugin of changes');
    $scrip->SetDisabled(1);
"""
POLICY = """\
policies:
  - name: seen
    when: {{group: {queue}}}
    targets: {{first_response: 4h}}
    steps: [{{at: start, do: [{{tag: sla-seen}}]}}]
"""


def told_by_the_guide() -> list[str]:
    """The Perl of the section: the configuration, then the scrip."""
    section = GUIDE.read_text(encoding="utf-8").split("## Told at once")[1].split("\n## ")[0]
    blocks = re.findall(r"^ *```perl\n(.*?)^ *```$", section, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for block in blocks]


@pytest.fixture(scope="module")
def port() -> int:
    """Where the daemon will listen."""
    return free_port()


@pytest.fixture(scope="module")
def scripted(theatre: LiveRt, port: int) -> Iterator[LiveRt]:
    """The server after its administrator has followed the guide."""
    settings, scrip = told_by_the_guide()
    address = ADDRESS.replace("8711", str(port))
    theatre.configure("slaplugin", settings.replace(ADDRESS, address).replace(SECRET, OURS))
    theatre.stop()
    theatre.start()
    theatre.insert(scrip)
    yield theatre
    theatre.perl(DISABLE)


@pytest.fixture
def site(
    scripted: LiveRt, days: Callable[[Path, str | None], Site], tmp_path: Path, port: int
) -> Iterator[Site]:
    site = days(tmp_path, None)
    site.policy(POLICY)
    configure(site, port, OURS)
    yield site
    site.leave()


def configure(site: Site, port: int, secret: str) -> None:
    """Settings with a web surface and a secret."""
    file = site.program.folder / "slaplugin.toml"
    file.write_text(
        f'host = "rt"\nurl = "{site.rt.url}"\ntoken_file = "token"\n'
        f'listen = "127.0.0.1:{port}"\nwebhook_secret = "{secret}"\n',
        encoding="utf-8",
    )
    file.chmod(0o600)


@contextmanager
def serving(site: Site) -> Iterator[tuple[Running, str]]:
    """The daemon after its first poll, and its address."""
    with daemon(site.program, "1h") as running:
        line = running.until("web hooks on ")
        running.until(" cycle")
        yield running, line.split("web hooks on ")[1].split(";")[0].strip()


def hooks(url: str, outcome: str) -> float:
    """How many web hooks of RT had this outcome."""
    text = requests.get(f"{url}/metrics", timeout=60).text
    wanted = f'slaplugin_webhooks_total{{kind="rt",outcome="{outcome}"}} '
    found = [line.removeprefix(wanted) for line in text.splitlines() if line.startswith(wanted)]
    return float(found[0]) if found else 0.0


def post(url: str, body: bytes, secret: str = OURS) -> requests.Response:
    head = {"X-Slaplugin-Secret": secret, "Content-Type": "application/x-www-form-urlencoded"}
    return requests.post(f"{url}/webhook/rt", data=body, headers=head, timeout=60)


def test_what_people_do_is_read_at_once(site: Site, scripted: LiveRt) -> None:
    with serving(site) as (running, url):
        ticket = scripted.customer(PLAIN).create("Printer is on fire", queue=site.queue)
        assert "pulled=False" in running.until("changed=1")
        assert scripted.shown(ticket)[TAGS] == ["sla-seen"]
        seen = requests.get(f"{url}/api/v1/tickets/{ticket}", timeout=60).json()
        assert seen["ticket"]["title"] == "Printer is on fire"
        told = hooks(url, "accepted")
        assert told == 1, "one call for the creation, none for what we wrote"

        scripted.agent("anna").set(ticket, Owner="anna", Priority=20, Subject="Printer was on fire")
        running.until("changed=1")
        assert hooks(url, "accepted") == told + 1, "one call for three changes"
        scripted.agent("anna").reply(ticket, "It is out.")
        assert "pulled=False" in running.until("changed=1")
        assert running.end() == 0
    assert site.clocks(ticket)["first_response"]["outcome"] == "met"
    assert OURS not in "".join(running.said)


def test_a_call_that_comes_again_changes_nothing(site: Site, scripted: LiveRt) -> None:
    with serving(site) as (running, url):
        ticket = scripted.customer(PLAIN).create("Once", queue=site.queue)
        running.until("changed=1")
        newest = scripted.last_row()
        answers = [post(url, f"ticket={ticket}".encode()).json()["hint"] for _ in range(5)]
        assert answers == ["accepted", *["known"] * 4]
        assert "done=0" in running.until("changed=1")
        assert running.end() == 0
    assert scripted.last_row() == newest


NO_CALLS: dict[bytes, int] = {
    b"ticket=1&x=" + b"x" * 4 * 1024 * 1024: 413,
    b"ticket=one": 400,
    b"\xff\x00\xfe": 400,
    b"": 400,
}


def test_what_is_no_call_is_refused(site: Site) -> None:
    with serving(site) as (running, url):
        answers = [post(url, body) for body in NO_CALLS]
        assert [answer.status_code for answer in answers] == list(NO_CALLS.values())
        assert all(answer.json()["error"] for answer in answers)
        assert post(url, b"ticket=1", OURS[:-1]).status_code == 401
        told = {outcome: hooks(url, outcome) for outcome in ("too_long", "unreadable", "refused")}
        assert told == {"too_long": 1, "unreadable": 3, "refused": 1}
        assert hooks(url, "accepted") == 0
        assert running.end() == 0


def test_a_wrong_secret_and_a_daemon_that_is_away_hold_nobody_up(
    site: Site, scripted: LiveRt, port: int
) -> None:
    customer = scripted.customer(PLAIN)
    configure(site, port, "another secret")
    with serving(site) as (running, url):
        refused = customer.create("Nobody is told", queue=site.queue)
        assert hooks(url, "refused") == 1
        assert hooks(url, "accepted") == 0
        assert running.end() == 0
    away = customer.create("Nobody listens", queue=site.queue)
    log = (scripted.data / "rt.log").read_text(encoding="utf-8", errors="replace")
    said = re.findall(r"slaplugin was not told: (\d+)", log)
    assert said[-2:] == ["401", "500"]
    assert OURS not in log
    configure(site, port, OURS)
    site.ask("sync")
    assert [scripted.shown(one)[TAGS] for one in (refused, away)] == [["sla-seen"]] * 2
