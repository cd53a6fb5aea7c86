"""What the host does by itself with a move or a closing of ours: told at once, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.hosts.otrs.standin import Clock, Desk, Field, Server
from tests.hosts.otrs.standin.people import Product

SETTINGS = """\
host = "otrs"
url = "{url}"
user = "sla.api"
password = "PASSWORD"
timezone = "Europe/Berlin"
fields = {{due = "SLADueAt"}}
limits = {{retry = "1s"}}
"""
POLICY = """\
policies:
  - name: standard
    targets: {{resolution: 1h}}
    steps:
      - {{at: breach, do: [{action}]}}
"""
MOVE, CLOSING = "{group: Escalations}", "{state: closed unsuccessful}"


class Story:
    """A ticket that Anna has taken, and the program before and after the breach."""

    def __init__(self, server: Server, folder: Path, action: str) -> None:
        self.desk = server.desk
        self.program = Program(folder)
        (folder / "slaplugin.toml").write_text(SETTINGS.format(url=server.url), encoding="utf-8")
        (folder / "slaplugin.toml").chmod(0o600)
        (folder / "policies").mkdir()
        policy = folder / "policies" / "standard.yaml"
        policy.write_text(POLICY.format(action=action), encoding="utf-8")
        self.ticket = self.desk.portal_ticket("lena.nord", "Support", "Gateway down")
        self.desk.take("anna.berg", self.ticket)

    def shown(self) -> tuple[str, str, str, str]:
        row, known = self.desk.ticket(self.ticket), self.desk.catalog
        owner = known.agents[row.owner].login
        return known.queues[row.queue].name, known.states[row.state].name, owner, row.lock

    def breach(self) -> str:
        assert self.program.quick("sync").code == 0
        self.desk.clock.advance(2 * 3600)
        done = self.program("sync")
        assert done.code == 0, done.out + done.err
        return done.out


def story(product: Product, folder: Path, action: str) -> Iterator[Story]:
    desk = Desk(Clock("2026-11-16T09:00:00Z"), product=product)
    desk.catalog.add_field(Field("SLATags", "Multiselect", ("sla-breach", "sla-risk")))
    with Server(desk) as server:
        yield Story(server, folder, action)


@pytest.mark.parametrize(
    ("action", "what", "after"),
    [
        (MOVE, "group", ("Escalations", "new", "root@localhost", "unlock")),
        (CLOSING, "state", ("Support", "closed unsuccessful", "root@localhost", "unlock")),
    ],
    ids=["move", "closing"],
)
def test_an_owner_who_is_taken_away_is_told_and_comes_back(
    tmp_path: Path, action: str, what: str, after: tuple[str, ...]
) -> None:
    for one in story("otobo", tmp_path, action):
        told = one.breach()
        assert one.shown() == after
        assert "set owner: anna.berg -> none" in told
        assert f"did this by itself with the change of {what}" in " ".join(told.split())
        explained = one.program.quick("explain", str(one.ticket)).out
        assert "set owner: anna.berg -> none" in explained
        assert one.program.quick("undo", "--all").code == 0
        assert one.shown() == ("Support", "new", "anna.berg", "unlock")


def test_where_the_owner_stays_nothing_is_told(tmp_path: Path) -> None:
    """OTRS 6 unlocks without taking the owner (facts 13)."""
    for one in story("otrs6", tmp_path, MOVE):
        assert "owner" not in one.breach()
        assert one.shown() == ("Escalations", "new", "anna.berg", "unlock")
