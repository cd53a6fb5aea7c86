"""One day of a help desk: what people do, the policies they live under, what it comes to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.live.rt import BOT, LiveRt
from tests.live.site import PLAIN, VIP, Site

SECOND_LINE = "Desk up"
"""Where late tickets go, as :meth:`People.end` calls it: a queue of the day's own."""
STATE, LINE, POLICY_FIELD = "SLA State", "SLA Line", "SLA Policy"
SETTINGS = """\
host = "rt"
url = "{url}"
token_file = "token"
poll_interval = "1h"
limits = {{retry = "30s"}}

[fields]
due = "SLA Due"
state = "SLA State"
summary = "SLA Line"
policy = "SLA Policy"

[notify.duty]
kind = "json"
url = "{inbox}"
"""
POLICY = """\
calendars:
  office: {{timezone: UTC, hours: {{mon-fri: "09:00-17:00"}}}}
policies:
  - name: day
    when: {{group: [{queue}, {queue} up]}}
    targets: {{first_response: 1h, next_response: 2h, resolution: 6h}}
    steps:
      - {{at: 75%, do: [mark]}}
      - at: breach
        do: [mark, {{priority: high, only: raise}}, {{note: "{{clock}} is late"}}]
      - {{at: 5m after due, do: [{{notify: duty}}]}}
      - at: 20m after due
        clocks: [first_response]
        on_recover: restore
        do: [{{state: open}}, {{group: {queue} up}}, {{owner: least_loaded}}, {{tag: sla-late}}]
      - {{at: 30m before due, clocks: [resolution], do: [{{owner: dmitri}}, {{note: "soon"}}]}}
"""
FURNISH = """
    for my $name ('SLA State', 'SLA Line', 'SLA Policy') {
        my $cf = RT::CustomField->new(RT->SystemUser);
        $cf->Create(Name => $name, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket');
        $cf->AddToObject(RT::Queue->new(RT->SystemUser));
    }
"""
"""The fields of ours."""


@dataclass
class People:
    """Those who write to the desk and those who work there, by the names of their tickets."""

    site: Site
    tickets: dict[str, str] = field(default_factory=dict)

    @property
    def rt(self) -> LiveRt:
        return self.site.rt

    def writes(self, name: str, customer: str = PLAIN) -> None:
        """A customer's first message or another one."""
        person = self.rt.customer(customer)
        if name in self.tickets:
            person.reply(self.tickets[name], "And another thing.")
        else:
            self.tickets[name] = person.create(name, queue=self.site.queue)

    def answers(self, name: str, agent: str = "carla", **more: Any) -> None:
        self.rt.agent(agent).reply(self.tickets[name], "Have you tried again?", **more)

    def sets(self, name: str, agent: str = "carla", **more: Any) -> None:
        self.rt.agent(agent).set(self.tickets[name], **more)

    def comments(self, name: str) -> None:
        self.rt.agent("carla").comment(self.tickets[name], "Not so easy.")

    def merges(self, name: str, into: str) -> None:
        self.rt.agent("carla").merge(self.tickets[name], self.tickets[into])

    def acts(self) -> Mapping[datetime, Callable[[], None]]:
        """The whole day. What people do comes some minutes after or before what falls due, so that
        trouble which takes less changes nothing about the end."""
        told: dict[str, Callable[[], None]] = {
            "mon 09:00": lambda: self.writes("forgotten"),
            "mon 09:07": lambda: self.writes("picked up"),
            "mon 09:14": lambda: self.writes("stalled"),
            "mon 09:21": lambda: self.writes("merged"),
            "mon 09:28": lambda: self.writes("reassigned", VIP),
            "mon 09:40": lambda: self.answers("stalled", Status="stalled"),
            "mon 10:50": lambda: self.answers("picked up", Owner="carla"),
            "mon 11:40": lambda: self.writes("reassigned", VIP),
            "mon 11:45": lambda: self.sets("reassigned", Owner="carla"),
            "mon 11:50": lambda: self.merges("merged", "reassigned"),
            "mon 12:05": lambda: self.writes("picked up"),
            "mon 12:40": lambda: self.comments("forgotten"),
            "mon 13:00": lambda: self.writes("stalled"),
            "mon 13:30": lambda: self.answers("reassigned"),
            "mon 13:35": lambda: self.sets("reassigned", Status="resolved"),
            "mon 14:20": lambda: self.sets("picked up", Priority=10),
            "mon 15:50": lambda: self.answers("stalled", Status="resolved"),
            "mon 15:10": lambda: self.writes("just in time"),
            "mon 16:05": lambda: self.answers("just in time"),
        }
        return {self.site.instant(when): act for when, act in told.items()}

    # ------------------------------------------------------------------ the end

    def end(self) -> dict[str, dict[str, Any]]:
        """Name -> what the ticket shows at last, its comments among it; no word of its number,
        queue or week, which differ between two days on one server."""
        return {name: self._shown(ticket) for name, ticket in self.tickets.items()}

    def _shown(self, ticket: str) -> dict[str, Any]:
        shown = self.rt.shown(ticket)
        notes = [text.splitlines()[0] for text in self.rt.texts(ticket)]
        return {key: self._plain(value) for key, value in {**shown, "Notes": notes}.items()}

    def _plain(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._plain(one) for one in value]
        if not isinstance(value, str):
            return value
        return _DATE.sub(self._day, value.replace(self.site.queue, "Desk"))

    def _day(self, found: re.Match[str]) -> str:
        return f"day {(datetime.fromisoformat(found[0]).date() - self.site.monday.date()).days}"

    def plain(self, told: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """Messages by the name of their ticket, as (name, reason)."""
        names = {ticket: name for name, ticket in self.tickets.items()}
        return {(names[ticket], self._plain(why)): n for (ticket, why), n in told.items()}

    def done(self) -> dict[str, list[tuple[str, ...]]]:
        """Name -> everything that our account did to the ticket, without ids and instants."""
        return {name: self._done(ticket) for name, ticket in self.tickets.items()}

    def _done(self, ticket: str) -> list[tuple[str, ...]]:
        names = self.rt.queue_names
        told = [
            (row.type, row.field, *(names.get(one, one) for one in (row.old, row.new)))
            if row.field == "Queue"
            else (row.type, row.field, row.old, row.new)
            for row in self.rt.rows(ticket)
            if row.creator == BOT
        ]
        return sorted(tuple(map(self._plain, one)) for one in told)


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def dress(site: Site, url: str, inbox: str) -> None:
    """Settings and policies of the day, and a second line whose people are its AdminCcs."""
    queue = site.rt.add_queue(f"{site.queue} up")
    site.rt.admin.put(f"queue/{queue}", {"AdminCc": ["anna", "ben"]})
    told = SETTINGS.format(url=url, inbox=inbox)
    (site.program.folder / "slaplugin.toml").write_text(told, encoding="utf-8")
    site.policy(POLICY)
