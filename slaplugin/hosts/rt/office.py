"""What setting up and examining the helpdesk needs beside the main job: ``init`` and ``doctor``.

Rights show in what the host offers to do: links to comment, to change the status, to create
tickets (``_hyperlinks``). Nothing here writes but :meth:`Office.create_fields`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from slaplugin.app.errors import HostError, HostPermanentError
from slaplugin.core.actions import ChangeKind
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.office import FieldFinding, WantedField
from slaplugin.hosts.rt.client import Client
from slaplugin.hosts.rt.directory import Directory
from slaplugin.hosts.rt.fields import TicketFields, after_creation, by_hand
from slaplugin.hosts.rt.names import TAGS_FIELD
from slaplugin.hosts.rt.wire import Record, seconds, sql_time
from slaplugin.hosts.rt.zone import Zone
from slaplugin.report.checks import Check

_QUEUES = 20
"""Queues whose rights are looked at, two requests each."""
_SLOW = 0.1
"""Seconds for the smallest request; a token at the host's default costs 0.2 (facts 8)."""
_HALF_A_YEAR = 150 * 86400


class Office:
    """The administrative side of one Request Tracker, as far as the account may see it."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._client = Client(config)
        self._directory = Directory(self._client, config)
        self._fields = TicketFields(self._client)
        self._tags_field = config.tags_field or TAGS_FIELD
        self._account: Record | None = None

    def who(self) -> str:
        """The account's login, where it is known, and the host's version; the first request."""
        version = self._client.get("rt").get("Version", "unknown")
        login = self._me().get("Name") or "the account of the token"
        return f"{login} (Request Tracker {version})"

    def _me(self) -> Record:
        """Our own user; empty where a token does not tell whose it is."""
        if self._account is None:
            login = self._directory.own_login()
            self._account = (self._client.person(login) if login else None) or {}
        return self._account

    def skew(self) -> float:
        """Seconds by which the helpdesk's clock is ahead of this machine's."""
        self._client.get("rt")
        return self._client.transport.clock.skew()

    def close(self) -> None:
        """Give the connections back."""
        self._client.transport.close()

    def ticket_numbered(self, number: str) -> str | None:
        """Numbers are ids here; None where there is no such ticket for this account."""
        if not number.isdigit():
            return None
        return number if self._client.allowed(f"ticket/{number}") is not None else None

    def refuses(self, kind: ChangeKind, value: str, field: str | None = None) -> str | None:
        """By what the host lists: queues, people, values of selections."""
        if kind == "set_group" and value not in self._directory.queues().values():
            return f"there is no queue {value} for this account"
        if kind == "set_owner" and self._directory.person(value) is None:
            return f"there is no user {value}"
        if kind in ("add_tag", "set_field"):
            return self._fields.refuses(self._tags_field if kind == "add_tag" else field, value)
        return None

    # ------------------------------------------------------------------ examining

    def checks(self) -> Iterator[Check]:
        """The account, the zone it is read in, searches and the feed, rights, and speed."""
        yield self._privileged()
        yield self._time_zone()
        yield from self._searches()
        yield from self._rights()
        yield self._speed()

    def _privileged(self) -> Check:
        me = self._me()
        if not me:
            said = "the account cannot see itself, so own writes may not be recognised"
            return Check("account", None, said, "set user beside the token, to its login")
        if str(me.get("Privileged")) != "1":
            remedy = "Admin > Users > the account: 'Let this user be granted rights'"
            return Check("account", False, f"{me.get('Name')} is not privileged", remedy)
        return Check("account", True, f"{me.get('Name')} is privileged")

    def _time_zone(self) -> Check:
        """The host reads times of a query in the account's zone (facts 3, trap 1)."""
        objection = self._me() and Zone(self._client, self._directory).objection()
        if objection:
            what, _, remedy = objection.partition(". ")
            return Check("time zone", False, what, remedy)
        if self._me().get("Timezone"):
            return Check("time zone", True, f"the account's zone is {self._me()['Timezone']}")
        remedy = (
            "set Timezone to UTC in the account's preferences, so that no server setting counts"
        )
        if not self._newest("id > 0"):
            said = "the account has none, and there is no ticket to try the server's own on"
            return Check("time zone", None, said, remedy)
        if self._misread_half_a_year_ago():
            said = "the server's zone agrees with UTC for a part of the year alone"
            return Check("time zone", False, said, remedy)
        return Check("time zone", True, "the server's own zone agrees with UTC, tried on tickets")

    def _misread_half_a_year_ago(self) -> bool:
        """Whether a ticket of the other season is not found by its own time of last change."""
        until = self._client.transport.now() - _HALF_A_YEAR
        rows = self._newest(f"id > 0 AND LastUpdated <= '{sql_time(until)}'")
        at = seconds(rows[0].get("LastUpdated")) if rows else None
        if at is None:
            return False
        exact = f"LastUpdated >= '{sql_time(at)}' AND LastUpdated <= '{sql_time(at)}'"
        return not self._client.tickets(f"id = {rows[0]['id']} AND {exact}", per_page=1).items

    def _newest(self, query: str) -> tuple[Record, ...]:
        return self._client.tickets(
            query, per_page=1, orderby="LastUpdated", order="DESC", fields="LastUpdated"
        ).items

    def _searches(self) -> Iterator[Check]:
        tickets = self._newest("id > 0")
        if not tickets:
            said = "a search for all tickets finds none; an empty answer is no proof of nothing"
            remedy = (
                "give the account SeeQueue and ShowTicket on the queues to be watched; where there "
                "is no ticket yet, run doctor again after the first"
            )
            yield Check("search", False, said, remedy)
            return
        yield Check("search", True, "tickets are found")
        ours = "ObjectType='RT::Ticket' AND Type!='EmailRecord' AND Type!='CommentEmailRecord'"
        feed = self._client.transactions(f"{ours} AND id > 0", order="DESC", per_page=1)
        if not feed.items:
            said = "the feed of transactions is empty although there are tickets"
            remedy = "give the account ShowTicket and ShowTicketComments on the queues"
            yield Check("history", False, said, remedy)
            return
        yield Check("history", True, f"the feed of transactions works, up to {feed.items[0]['id']}")

    def _speed(self) -> Check:
        clock = self._config.timing.monotonic
        taken = []
        for _ in range(3):
            began = clock()
            self._client.get("rt")
            taken.append(clock() - began)
        said = f"the smallest request takes {median(taken) * 1000:.0f} ms"
        if median(taken) < _SLOW or self._config.token is None:
            return Check("speed", True, said)
        remedy = (
            "the host hashes a token with every request; user and password in its place cost one "
            "login and then a session"
        )
        return Check("speed", None, said, remedy)

    # ------------------------------------------------------------------ rights

    def _rights(self) -> Iterator[Check]:
        queues = self._client.queues()[:_QUEUES]
        if not queues:
            remedy = "give the account's group SeeQueue on the queues to be watched"
            yield Check("queues", False, "the account sees no queue", remedy)
            return
        names = ", ".join(str(row.get("Name")) for row in queues)
        yield Check("queues", True, f"sees {names}")
        yield from self._changing(queues)
        yield self._moving(queues)

    def _changing(self, queues: Sequence[Record]) -> Iterator[Check]:
        lacking: dict[str, list[str]] = {}
        for queue in queues:
            rows = self._client.tickets(f"Queue = {queue['id']}", per_page=1).items
            for right in self._lacking_on(rows):
                lacking.setdefault(right, []).append(str(queue.get("Name")))
        for right, names in lacking.items():
            said = f"no {right} in {', '.join(names)}"
            remedy = f"Admin > Queues > the queue > Group Rights: {right} for the account's group"
            yield Check("permissions", False, said, remedy)
        if not lacking:
            said = (
                "may read, change and comment on tickets; ModifyCustomField cannot be asked "
                "without writing"
            )
            yield Check("permissions", True, said)

    def _lacking_on(self, rows: Sequence[Record]) -> Iterator[str]:
        if not rows:
            return
        try:
            page = self._client.get(f"ticket/{rows[0]['id']}")
        except HostPermanentError:
            yield "ShowTicket"
            return
        offered = {str(link.get("ref")) for link in page.get("_hyperlinks") or ()}
        if "comment" not in offered:
            yield "CommentOnTicket"
        if "lifecycle" not in offered:
            yield "ModifyTicket"

    def _moving(self, queues: Sequence[Record]) -> Check:
        """The host lets a ticket into a queue in which its mover may create one (facts 6)."""
        closed = []
        for queue in queues:
            page = self._client.allowed(f"queue/{queue['id']}") or {}
            offered = {str(link.get("ref")) for link in page.get("_hyperlinks") or ()}
            if "create" not in offered:
                closed.append(str(queue.get("Name")))
        if not closed:
            return Check("moving", True, "may move tickets into every queue it sees")
        said = f"cannot move tickets into {', '.join(closed)} (no CreateTicket there)"
        return Check("moving", None, said, "give CreateTicket where steps move tickets to")

    # ------------------------------------------------------------------ fields

    def field_findings(self, wanted: Sequence[WantedField]) -> Iterator[FieldFinding]:
        """By the list of custom fields, and by what each queue says applies to it."""
        return self._fields.findings(wanted)

    def create_fields(self, wanted: Sequence[WantedField]) -> list[str]:
        """Make those that are missing; HostPermanentError without AdminCustomField."""
        try:
            return self._fields.create(wanted)
        except HostError as error:
            raise HostPermanentError(str(error), status=error.status) from error

    def by_hand(self, wanted: Sequence[WantedField]) -> tuple[str, ...]:
        """The administrator's pages, and the same for the console."""
        return by_hand(wanted)

    def after_creation(self, created: Sequence[str]) -> tuple[str, ...]:
        """Applying the fields to queues and granting their rights is not part of REST 2."""
        return after_creation(created)

    def create_overviews(self, marks: Sequence[str], due_field: str | None) -> list[str]:
        """None: agents see the marks as columns of saved searches (``docs/hosts/rt.md``)."""
        return []
