"""A customer's site in small: a queue and weeks of its own on the Znuny, and slaplugin for it.

What the administrator does at the helpdesk and in the folder of slaplugin is what the guide says
(docs/hosts/otrs.md). Sites share one server: their policies name their own queue alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cli.conftest import Program
from tests.live.weeks import Weeks
from tests.live.znuny.desk import DUE, STATE, TAGS
from tests.live.znuny.instance import ACCOUNT, PASSWORD, Znuny

FIRST_MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
PLAIN, VIP = "li", "joan"
AGENTS = ("anna", "ben", "carla", "dmitri")
OURS = 6
"""UserID of slaplugin's account, the last of the seeded ones."""

SETTINGS = """\
host = "otrs"
url = "{url}"
user = "{account}"
password_file = "password"
host_timezone = "UTC"
limits = {{retry = "30s"}}
tags = {{field = "{tags}"}}
fields = {{due = "{due}", state = "{state}"}}
"""
POLICY = """\
calendars:
  office: {{timezone: UTC, hours: {{mon-fri: "09:00-17:00"}}}}
policies:
  - name: standard
    when: {{group: {queue}}}
    targets: {{first_response: 4h, resolution: 16h}}
    steps:
      - {{at: 75%, do: [mark]}}
      - {{at: breach, do: [mark, {{priority: high, only: raise}}, {{note: "{{clock}} is late"}}]}}
      - at: 1h after due
        clocks: [first_response]
        do: [{{group: Escalations}}, {{owner: dmitri}}]
    sub:
      - name: vip
        when: {{organization.name: ACME}}
        targets: {{first_response: 1h}}
"""


@dataclass
class Site(Weeks):
    """Where a test works."""

    znuny: Znuny

    def at(self, text: str) -> datetime:
        """Move the server's clock to ``mon 09:30`` of the first week, ``next tue 09:30`` …"""
        return self.znuny.clock(self.instant(text))

    def stamp(self, text: str) -> str:
        """The same as Znuny has it."""
        return self.instant(text).strftime("%Y-%m-%d %H:%M:%S")

    # ------------------------------------------------------------------ people

    def mail(self, customer: str, title: str, reply_to: str = "") -> str:
        """A customer's mail to the queue, or about a ticket; the ticket's id."""
        about = {"ticket": reply_to} if reply_to else {"queue": self.queue}
        return str(self.znuny.act("mail", customer=customer, title=title, **about))

    def act(self, do: str, ticket: str, by: str, **told: Any) -> Any:
        """An agent does something to a ticket."""
        return self.znuny.act(do, ticket=ticket, by=by, **told)

    def leave(self) -> None:
        """Close what is open: a later site would load it."""
        for ticket in self.znuny.act("open", queues=[self.queue, "Escalations"]):
            self.act("state", str(ticket), "carla", state="closed successful")

    # ------------------------------------------------------------------ slaplugin

    def begin(self) -> None:
        """The first cycle, at five past nine: what fell due before it would be nobody's fault."""
        self.at("mon 09:05")
        assert self.sync()["writes"] == []

    # ------------------------------------------------------------------ what Znuny shows

    def shown(self, ticket: str) -> dict[str, Any]:
        """Title, State, Queue, Owner, Priority, Lock and the values of our fields by role."""
        raw = self.znuny.act("shown", ticket=ticket)
        roles = {"tags": TAGS, "due": DUE, "state": STATE}
        ours = {role: raw.get(f"DynamicField_{name}") for role, name in roles.items()}
        return {**{k: v for k, v in raw.items() if not k.startswith("DynamicField_")}, **ours}

    def rows(self, *tickets: str) -> list[Mapping[str, Any]]:
        """History entries as stored."""
        return [row for ticket in tickets for row in self.znuny.act("rows", ticket=ticket)]

    def ours(self, *tickets: str) -> list[Mapping[str, Any]]:
        """The entries of slaplugin's account."""
        return [row for row in self.rows(*tickets) if int(row["CreateBy"]) == OURS]


def build(znuny: Znuny, folder: Path, number: int) -> Site:
    """The ``number``-th site of this server: each has three weeks of its own."""
    queue = f"Desk {number}"
    znuny.act("queue", name=queue, group="desk")
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD, encoding="utf-8")
    names = {"account": ACCOUNT, "tags": TAGS, "due": DUE, "state": STATE}
    told = SETTINGS.format(url=znuny.url, **names)
    (folder / "slaplugin.toml").write_text(told, encoding="utf-8")
    (folder / "policies").mkdir()
    policy = POLICY.format(queue=queue)
    (folder / "policies" / "standard.yaml").write_text(policy, encoding="utf-8")
    monday = FIRST_MONDAY + timedelta(weeks=3 * number)
    return Site(Program(folder), queue, monday, znuny)
