"""What is learnt from tickets, since nothing can be listed: the types of states, and which
fields hold lists (facts 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.otrs.client import Client
from slaplugin.hosts.otrs.names import Names, State, names_of, state_of, values_of
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
        """Take the types of states from tickets that are in them now, and the fields with lists."""
        records = list(tickets)
        found = dict(self._states(records))
        names = self._names
        states = {**names.states, **{state.name: state for state in found.values()}}
        known = {**names.state_ids, **found}
        lists = names.lists | _lists(records)
        if (states, known, lists) != (names.states, names.state_ids, names.lists):
            self._names = replace(names, states=states, state_ids=known, lists=lists)

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


def _lists(tickets: Iterable[Record]) -> set[str]:
    return {
        name
        for ticket in tickets
        for name, value in values_of(ticket).items()
        if isinstance(value, list)
    }
