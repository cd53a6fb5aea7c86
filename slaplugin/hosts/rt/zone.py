"""The account's time zone, in which the host reads every time it is given (facts 3 and 6).

Answers are always UTC; literals of a query and values of date fields are not. No spelling escapes
it, so the account has to be in UTC.
"""

from __future__ import annotations

from slaplugin.app.errors import HostPermanentError
from slaplugin.hosts.rt.client import Client
from slaplugin.hosts.rt.directory import Directory
from slaplugin.hosts.rt.wire import literal, seconds, sql_time

_UTC = frozenset({"UTC", "GMT", "Etc/UTC", "Etc/GMT", "UCT", "Zulu", "Etc/UCT", "Universal"})


class Zone:
    """Makes sure, once, that times are understood as they are meant."""

    def __init__(self, client: Client, directory: Directory) -> None:
        self._client = client
        self._directory = directory
        self._proven = False

    def require_utc(self) -> None:
        """Raises HostPermanentError that tells how to set the zone, unless it is UTC."""
        if self._proven:
            return
        objection = self.objection()
        if objection is not None:
            raise HostPermanentError(objection)
        self._proven = True

    def objection(self) -> str | None:
        """What is wrong with the account's zone and how to mend it; None: it is UTC."""
        login = self._directory.login()
        page = self._client.person(login) or {}
        told = str(page.get("Timezone") or "")
        if told in _UTC:
            return None
        if not told and self._server_reads_utc():
            return None
        zone = told or "the server's own, which is not UTC"
        return (
            f"the time zone of account {login} is {zone}: the helpdesk reads times in it, so that "
            "deadlines and ranges would be off by hours. Set Timezone to UTC in the account's "
            f'preferences (Settings, About me), or PUT {{"Timezone": "UTC"}} to user/{login}'
        )

    def _server_reads_utc(self) -> bool:
        """Whether a ticket is found by the very instant it shows; True without any ticket."""
        for _ in range(3):
            found = self._client.latest("id>0", "LastUpdated", most=1).items
            if not found:
                return True
            at = seconds(found[0].get("LastUpdated"))
            text = literal(sql_time(at or 0))
            query = f"id={int(found[0]['id'])} AND LastUpdated>={text} AND LastUpdated<={text}"
            if self._client.tickets(query, fields="LastUpdated", per_page=1).items:
                return True
            # It may have changed in between; the newest one is asked about once more.
        return False
