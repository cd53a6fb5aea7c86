"""What is learnt from tickets, since nothing can be listed: the types of states (facts 1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.otrs.client import Client
from slaplugin.hosts.otrs.names import Names, names_of, state_of
from slaplugin.hosts.otrs.wire import Record, Zone, text


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
        """Take the types of states from tickets that are in them now."""
        found = {text(ticket.get("State")): text(ticket.get("StateType")) for ticket in tickets}
        states = {name: state_of(name, kind, self._config) for name, kind in found.items()}
        known = {name: state for name, state in states.items() if state is not None}
        if not known.items() <= self._names.states.items():
            self._names = replace(self._names, states={**self._names.states, **known})

    def require(self, states: Iterable[str]) -> None:
        """Look for a ticket in each state of unknown type: it tells (once for each such state)."""
        for name in sorted(set(states) - self._names.states.keys() - self._asked):
            self._asked.add(name)
            ids = self._client.search({"States": [name], "Limit": 1})
            if ids:
                self.learn(self._client.tickets(ids[:1], articles=False, extended=False))
