"""A real Request Tracker for as long as a ``with`` block lasts, and the people who use it.

``LiveRt`` is one throw-away instance (``start-rt.sh``). Its clock can be moved, customers write by
mail through RT's own gateway or over REST, agents and the administrator work over REST, each with
a login of their own. What RT then shows is read raw, without any code of the product::

    with LiveRt() as rt:
        rt.clock("2026-03-02 09:00")
        ticket = rt.mail("joan@acme.example", "VPN is down", "Help!")
        rt.clock("2026-03-02 09:20")
        rt.agent("anna").reply(ticket, "Have you tried again?", Status="stalled")
        assert rt.shown(ticket)["Status"] == "stalled"

Instants are UTC. The seeded people, queues and fields are those of ``start-rt.sh seed``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from typing import Any

from tests.live.instance import ROOT_PASSWORD, Instance
from tests.live.people import Person

BOT = "slabot"
AGENTS = ("anna", "ben", "carla", "dmitri")
CUSTOMERS = ("joan@acme.example", "raj@acme.example", "li@globex.example", "ops@initech.example")
QUEUES = ("Support", "Billing", "VIP", "Escalations")
TAGS, DUE, PRODUCT = "SLA Tags", "SLA Due", "Product"
CREATE_FIELD = """
    my $cf = RT::CustomField->new(RT->SystemUser);
    my ($ok, $said) = $cf->Create(Name => '%(name)s', Type => '%(kind)s', LookupType => '%(of)s');
    die $said unless $ok;
    $cf->AddValue(Name => $_) for split /,/, '%(values)s';
    my $class = '%(of)s' eq 'RT::User' ? 'RT::User' : 'RT::Queue';
    ($ok, $said) = $cf->AddToObject($class->new(RT->SystemUser));
    die $said unless $ok;
"""
CHANGE_RIGHT = """
    my $group = RT::Group->new(RT->SystemUser);
    $group->LoadUserDefinedGroup('%(group)s');
    my $at = RT->System;
    if ('%(queue)s') { $at = RT::Queue->new(RT->SystemUser); $at->Load('%(queue)s') }
    my ($ok, $said) = $group->PrincipalObj->%(verb)s(Right => '%(right)s', Object => $at);
    die $said unless $ok;
"""


@dataclass(frozen=True)
class Row:
    """One transaction as RT tells it to its administrator; ``old`` and ``new`` raw."""

    id: int
    ticket: str
    type: str
    field: str
    old: str
    new: str
    created: str
    creator: str


class LiveRt(Instance):
    """One instance, its people, and what it shows."""

    # ------------------------------------------------------------------ people

    @cached_property
    def admin(self) -> Person:
        """RT's root, who may do everything."""
        return Person(self.url, "root", ROOT_PASSWORD)

    def agent(self, name: str) -> Person:
        """One of ``AGENTS``."""
        return Person(self.url, name, f"{name}-password")

    def customer(self, address: str) -> Person:
        """One of ``CUSTOMERS``, over REST."""
        return Person(self.url, address, "customer-password")

    def mail(self, sender: str, subject: str, body: str, **more: str) -> str:
        """A mail at RT's gateway; returns the id of the ticket it went to.

        ``more``: ``queue`` (Support), ``reply_to`` (a ticket's id), ``action`` (correspond).
        """
        queue, answered = more.get("queue", "Support"), more.get("reply_to")
        message = EmailMessage()
        message["From"] = sender
        message["To"] = f"{queue.lower()}@sla.test"
        message["Subject"] = f"Re: [sla.test #{answered}] {subject}" if answered else subject
        message["Message-ID"] = f"<{os.urandom(8).hex()}@{sender.partition('@')[2]}>"
        message.set_content(body)
        before = self.last_row()
        self.script("mail", queue, more.get("action", "correspond"), text=message.as_string())
        arrived = self.rows(since=before)
        assert arrived, f"RT made nothing of the mail {subject!r} of {sender}"
        return arrived[0].ticket

    # ------------------------------------------------------------------ administration

    def user(self, name: str, **fields: Any) -> None:
        """Set what a user has: Organization, Timezone, Privileged, CustomFields …"""
        self.admin.put(f"user/{name}", fields)

    def add_queue(self, name: str, **fields: Any) -> str:
        """A queue in which the seeded people have the rights they have everywhere; its id."""
        return str(self.admin.post("queue", {"Name": name, **fields})["id"])

    def add_custom_field(
        self, name: str, kind: str = "FreeformSingle", *, of: str = "ticket", values: str = ""
    ) -> None:
        """A custom field on all tickets or users; ``values``: comma-separated, for Select."""
        lookup = {"ticket": "RT::Queue-RT::Ticket", "user": "RT::User"}[of]
        self.perl(CREATE_FIELD % {"name": name, "kind": kind, "of": lookup, "values": values})

    def grant(self, group: str, right: str, queue: str = "") -> None:
        """Give ``Agents`` or ``SLA robots`` a right, everywhere or in one queue."""
        self._change_right("GrantRight", group, right, queue)

    def revoke(self, group: str, right: str, queue: str = "") -> None:
        """Take a right back that was given everywhere, or in this queue."""
        self._change_right("RevokeRight", group, right, queue)

    def _change_right(self, verb: str, group: str, right: str, queue: str) -> None:
        told = {"verb": verb, "group": group, "right": right, "queue": queue}
        self.perl(CHANGE_RIGHT % told)

    # ------------------------------------------------------------------ what RT shows

    def ticket(self, ticket: str) -> dict[str, Any]:
        """The ticket as the administrator reads it."""
        found: dict[str, Any] = self.admin.get(f"ticket/{ticket}")
        return found

    def shown(self, ticket: str) -> dict[str, Any]:
        """What people look at: Subject, Status, Queue (its name), Owner, Priority (a number) and
        the custom fields by name (SLA Tags sorted, others their one value or None)."""
        raw = self.ticket(ticket)
        return {
            "Subject": raw["Subject"],
            "Status": raw["Status"],
            "Queue": self.queue_names[raw["Queue"]["id"]],
            "Owner": raw["Owner"]["id"],
            "Priority": int(raw["Priority"]),
            **{one["name"]: _plain(one["name"], one["values"]) for one in raw["CustomFields"]},
        }

    @property
    def queue_names(self) -> Mapping[str, str]:
        """Queue number -> name."""
        found = self.admin.get("queues/all", per_page=100, fields="Name")["items"]
        return {one["id"]: one["Name"] for one in found}

    def rows(self, ticket: str | None = None, *, since: int = 0) -> list[Row]:
        """Every transaction of tickets (or of one) with an id above ``since``, oldest first."""
        query = f"ObjectType='RT::Ticket' AND id>{since}"
        if ticket is not None:
            query += f" AND ObjectId={ticket}"
        return [_row(item) for item in self._transactions(query)]

    def _transactions(self, query: str) -> Iterator[dict[str, Any]]:
        asked = {"query": query, "orderby": "id", "per_page": 100}
        fields = "ObjectId,Type,Field,OldValue,NewValue,Created,Creator"
        page, pages = 1, 1.0
        while page <= pages:
            found = self.admin.get("transactions", **asked, fields=fields, page=page)
            yield from found["items"]
            page, pages = page + 1, float(found["pages"] or 0)

    def last_row(self) -> int:
        """The newest transaction of any ticket; unchanged: nothing was written meanwhile."""
        query = "ObjectType='RT::Ticket'"
        found = self.admin.get("transactions", query=query, orderby="id", order="DESC", per_page=1)
        return int(found["items"][0]["id"]) if found["items"] else 0

    def texts(self, ticket: str, kind: str = "Comment") -> list[str]:
        """The texts of a ticket's comments, or of its replies (``Correspond``), oldest first."""
        return [self._text(row.id) for row in self.rows(ticket) if row.type == kind]

    def _text(self, transaction: int) -> str:
        found = self.admin.get(f"transaction/{transaction}/attachments", fields="Content")["items"]
        return "\n".join(one["Content"] for one in found if one["Content"]).strip()

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """Every mail that RT has sent (to an address), oldest first."""
        file = self.data / "mail.mbox"
        if not file.exists():
            return []
        _, *texts = re.split(rb"^From rt@sla\.test .*\n", file.read_bytes(), flags=re.MULTILINE)
        sent = [message_from_bytes(one, policy=default) for one in texts]
        return [mail for mail in sent if to is None or to in _recipients(mail)]


def _recipients(mail: EmailMessage) -> str:
    return " ".join(str(mail.get(name, "")) for name in ("To", "Cc", "Bcc"))


def _row(item: Mapping[str, Any]) -> Row:
    return Row(
        id=int(item["id"]),
        ticket=item["ObjectId"],
        type=item["Type"],
        field=item["Field"] or "",
        old=item["OldValue"] or "",
        new=item["NewValue"] or "",
        created=item["Created"],
        creator=item["Creator"]["id"],
    )


def _plain(name: str, values: list[str]) -> Any:
    return sorted(values) if name == TAGS else values[0] if values else None
