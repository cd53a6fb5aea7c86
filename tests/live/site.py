"""A customer's site in small: a queue and a week of its own on the Request Tracker, and slaplugin
with settings and policies for it.

The store of a site sees the whole server, its policies name its own queue alone: so the tests share
one server and keep apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.conftest import Program
from tests.live.rt import BOT, LiveRt, Row
from tests.live.weeks import Weeks

FIRST_MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
PLAIN, VIP = "li@globex.example", "joan@acme.example"
VIP_ORGANIZATION = "Acme"

SETTINGS = """\
host = "rt"
url = "{url}"
token_file = "token"
limits = {{retry = "30s"}}
fields = {{due = "SLA Due"}}
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
        do: [{{group: Escalations}}, {{owner: least_loaded}}]
    sub:
      - name: vip
        when: {{organization.name: Acme}}
        targets: {{first_response: 1h}}
"""

VENDOR = """
Set(%Lifecycles, vendor => {
    initial => ['new'], active => ['open', 'stalled', 'with the vendor'],
    inactive => ['resolved', 'rejected', 'deleted'],
    defaults => { on_create => 'new' },
    transitions => {
        '' => ['new', 'open', 'resolved'],
        map { my $from = $_; $from => [grep { $_ ne $from }
            'new', 'open', 'stalled', 'with the vendor', 'resolved', 'rejected', 'deleted'] }
            'new', 'open', 'stalled', 'with the vendor', 'resolved', 'rejected', 'deleted',
    },
    rights => { '* -> *' => 'ModifyTicket' },
    actions => [],
});
"""
"""A lifecycle of the server's own, for queues with ``Lifecycle="vendor"``."""


@dataclass
class Site(Weeks):
    """Where a test works."""

    rt: LiveRt

    def at(self, text: str) -> datetime:
        """Move the server's clock to ``mon 09:30`` of the first week, ``next tue 09:30:05`` …"""
        return self.rt.clock(self.instant(text))

    def mail(self, sender: str, subject: str, reply_to: str = "") -> str:
        """A customer's mail to the queue, or about a ticket."""
        return self.rt.mail(sender, subject, "Please help.", queue=self.queue, reply_to=reply_to)

    def rests(self) -> None:
        """A cycle that writes nothing, by its own words and by RT's."""
        before = self.rt.last_row()
        writes = self.ask("sync")["writes"]
        rows = self.rt.rows(since=before)
        assert not writes, writes
        assert not rows, rows

    def ours(self, ticket: str) -> list[Row]:
        """What the account of slaplugin did to the ticket, without the mails that RT sent."""
        return [row for row in self.rt.rows(ticket) if row.creator == BOT]

    def leave(self) -> None:
        """Close what is open: a later site would load it, and take our marks back from it."""
        query = "Status='__Active__' OR Status='new'"
        for item in self.rt.admin.get("tickets", query=query, per_page=100)["items"]:
            self.rt.admin.set(item["id"], Status="resolved")

    def policy(self, text: str) -> None:
        """Another policy set; ``{queue}`` in it is the site's queue."""
        file = self.program.folder / "policies" / "standard.yaml"
        file.write_text(text.format(queue=self.queue), encoding="utf-8")


def build(rt: LiveRt, folder: Path, number: int, url: str | None = None) -> Site:
    """The ``number``-th site of this server: each has three weeks of its own."""
    queue = f"Desk {number}"
    rt.add_queue(queue)
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(rt.token, encoding="utf-8")
    told = SETTINGS.format(url=url or rt.url)
    (folder / "slaplugin.toml").write_text(told, encoding="utf-8")
    (folder / "policies").mkdir()
    monday = FIRST_MONDAY + timedelta(weeks=3 * number)
    site = Site(Program(folder), queue, monday, rt)
    site.policy(POLICY)
    site.at("mon 09:00")
    return site
