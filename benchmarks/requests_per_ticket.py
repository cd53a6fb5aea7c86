"""How many HTTP requests the Zammad adapter spends, against the demo helpdesk.

Counted, not timed: a first load, a backfill, a quiet cycle, and cycles in which tickets changed.
What an adapter learns once (states, priorities, people) is in the first figures only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from slaplugin.demo import DEFAULT_START, Demo, start_demo
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.zammad import ZammadHost, make_host

DAYS = 25
CYCLES = 16
AIM_CHANGED = 3
AIM_MERGED = 5


@contextmanager
def counted(host: ZammadHost) -> Iterator[Callable[[], int]]:
    """Requests since the block began."""
    before = host.requests_made()
    yield lambda: host.requests_made() - before


def tickets_of(host: ZammadHost, bookmark: str | None) -> tuple[list[str], str]:
    """Ids of changed tickets and the next bookmark."""
    pages = list(host.changes(bookmark))
    return [item.id for page in pages for item in page.items], pages[-1].bookmark


def parties_of(host: ZammadHost, bookmark: str | None) -> str:
    """The next bookmark of the people's feed."""
    return list(host.parties(bookmark))[-1].bookmark


def read_all(host: ZammadHost, tickets: list[str]) -> tuple[int, int, int]:
    """Reads of plain tickets, of merged ones, and the most that one ticket took."""
    plain = merged = most = 0
    for ticket in tickets:
        with counted(host) as spent:
            kinds = {event.kind for event in host.read(ticket).timeline.events}
        most = max(most, spent())
        if kinds & {"merged", "absorbed"}:
            merged += 1
        else:
            plain += 1
    return plain, merged, most


def backfill(demo: Demo) -> None:
    """All of the past, in a process that knows nothing yet."""
    host = make_host(HostConfig(url=demo.url, token=Secret(demo.tokens.bot)))
    with counted(host) as spent:
        since = int(DEFAULT_START.timestamp())
        tickets = [item.id for page in host.history(since, None, None) for item in page.items]
        plain, merged, most = read_all(host, tickets)
    print(f"backfill            {spent() / len(tickets) * 1000:7.0f} requests for 1000 tickets")
    print(f"  of {len(tickets)}: {plain} plain, {merged} merged, at most {most} for one")


def cycles(demo: Demo) -> None:
    """Half-hourly cycles through working days, each after what happened since the last."""
    host = make_host(HostConfig(url=demo.url, token=Secret(demo.tokens.bot)))
    _, tickets = tickets_of(host, None)
    parties = parties_of(host, None)
    _, tickets = tickets_of(host, tickets)
    parties = parties_of(host, parties)
    with counted(host) as spent:
        _, tickets = tickets_of(host, tickets)
        parties = parties_of(host, parties)
    print(f"quiet cycle         {spent():7d} requests (aim: 3)")
    changed = requests = 0
    now = DEFAULT_START + timedelta(days=DAYS)
    for _ in range(CYCLES):
        now += timedelta(minutes=30)
        demo.play_until(now)
        parties = parties_of(host, parties)
        ids, tickets = tickets_of(host, tickets)
        with counted(host) as spent:
            read_all(host, ids)
        changed, requests = changed + len(ids), requests + spent()
    each = requests / changed if changed else 0.0
    print(f"changed ticket      {each:7.2f} requests over {changed} tickets", end=" ")
    print(f"(aim: {AIM_CHANGED}, {AIM_MERGED} after a merge)")


def main() -> None:
    """Play most of the demo's month, then count."""
    with start_demo() as demo:
        demo.play_until(DEFAULT_START + timedelta(days=DAYS))
        backfill(demo)
        cycles(demo)


if __name__ == "__main__":
    main()
