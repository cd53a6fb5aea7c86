"""What is learnt from tickets, since nothing can be listed (facts 1).

Types of states, logins of accounts, and which fields hold lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.otrs.client import Client
from slaplugin.hosts.otrs.names import Names, State, names_of, state_of, values_of
from slaplugin.hosts.otrs.timeline.spelling import named
from slaplugin.hosts.otrs.wire import Record, Zone, number, text

_ONE: Mapping[str, object] = {"Limit": 1, "SearchInArchive": "AllTickets"}


class Directory:
    """Names of one helpdesk; a state that nobody knows is asked for once."""

    def __init__(self, client: Client, config: HostConfig, zone: Zone) -> None:
        self._client = client
        self._config = config
        self._names = names_of(config, client.site, zone)
        self._asked: set[str] = set()

    @property
    def names(self) -> Names:
        """Everything known so far, frozen."""
        return self._names

    def learn(self, tickets: Iterable[Record]) -> None:
        """Take from tickets what states mean, who people are, and which fields hold lists."""
        records = list(tickets)
        found = dict(self._states(records))
        names = self._names
        self._names = replace(
            names,
            states={**names.states, **{state.name: state for state in found.values()}},
            state_ids={**names.state_ids, **found},
            logins={**names.logins, **_logins(records)},
            lists=names.lists | _lists(records),
        )

    def learn_accounts(self, histories: Iterable[Iterable[Record]]) -> None:
        """Take logins from entries that name somebody."""
        entries = (entry for history in histories for entry in history)
        told = (named(text(one.get("Name")))[0] for one in entries if _names_somebody(one))
        found = {person.id: person.name for person in told if person.id}
        self._names = replace(self._names, logins={**found, **self._names.logins})

    def _states(self, tickets: Iterable[Record]) -> Iterator[tuple[int, State]]:
        for ticket in tickets:
            state = state_of(text(ticket.get("State")), text(ticket.get("StateType")), self._config)
            if state is not None:
                yield number(ticket.get("StateID")), state

    def require(self, states: Mapping[str, int]) -> None:
        """Look for a ticket in each state of unknown type (name -> id): it tells.

        Asked for by the id, since states are renamed; once, where the search works at all.
        """
        for name in sorted(states.keys() - self._names.states.keys() - self._asked):
            if states[name] in self._names.state_ids:
                continue
            ids = self._client.search({**_wanted(name, states[name]), **_ONE})
            if ids:
                self.learn(self._client.tickets(ids[:1], articles=False, extended=False))
            if ids or self._client.search(_ONE):
                self._asked.add(name)


def _wanted(name: str, state_id: int) -> Mapping[str, object]:
    return {"StateIDs": [state_id]} if state_id else {"States": [name]}


def _logins(tickets: Iterable[Record]) -> dict[int, str]:
    return {
        number(ticket.get(f"{column}ID")): text(ticket.get(column))
        for ticket in tickets
        for column in ("Owner", "Responsible")
    }


def _names_somebody(entry: Record) -> bool:
    return text(entry.get("HistoryType")) in ("OwnerUpdate", "ResponsibleUpdate")


def _lists(tickets: Iterable[Record]) -> set[str]:
    return {
        name
        for ticket in tickets
        for name, value in values_of(ticket).items()
        if isinstance(value, list)
    }
