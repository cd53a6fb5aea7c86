"""Customers and organizations that changed: a VIP flag moves no ticket (facts 2.7).

Lists are read newest first, with the ETag of the last answer: while nothing changed the host says
304 and that was the whole read. ``GET /users`` knows no order but the id (facts 7), so people come
from their search, where ``*`` means everybody and never asks Elasticsearch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slaplugin.app.ports import Party, PartyPage
from slaplugin.hosts.http import Answer
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.zammad.client import Client
from slaplugin.hosts.zammad.directory import Directory
from slaplugin.hosts.zammad.names import NOBODY, organization_facts, person_facts
from slaplugin.hosts.zammad.wire import Record, ms, rows_of

_PAGE = 100

Kind = Literal["customer", "organization"]


@dataclass(frozen=True, slots=True)
class _List:
    """One list of the host and how its records become parties."""

    kind: Kind
    paths: tuple[str, ...]
    """Where the list is found: the next where the host refuses one or finds nothing there."""
    facts: Callable[[Record], Mapping[str, Any]]


_LISTS = (
    _List("customer", ("users/search", "users"), person_facts),
    _List("organization", ("organizations",), organization_facts),
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one list stands: newest change seen (milliseconds), who had it, the answer's ETag."""

    after_ms: int = 0
    seen: Mapping[str, int] | None = None
    etag: str | None = None

    def data(self) -> dict[str, Any]:
        return {"after": self.after_ms, "seen": self.seen or {}, "etag": self.etag}


class Parties:
    """The feed of changed customers and organizations."""

    def __init__(self, client: Client, directory: Directory, *, overlap: int) -> None:
        self._client = client
        self._directory = directory
        self._overlap_ms = overlap * 1000

    def changed(self, text: str | None) -> Iterator[PartyPage]:
        """Parties changed since the bookmark; None: nothing, only a bookmark."""
        places = _parse(text)
        for listed in _LISTS:
            place = places.get(listed.kind)
            if place is None:
                places[listed.kind] = self._newest(listed)
                found: list[Record] = []
            else:
                found, places[listed.kind] = self._since(listed, place)
            self._learn(listed, found)
            parties = tuple(
                Party(listed.kind, str(record["id"]), listed.facts(record))
                for record in found
                if int(record["id"]) != NOBODY or listed.kind == "organization"
            )
            yield PartyPage(parties, _text(places))

    def _newest(self, listed: _List) -> _Place:
        _, answer = self._first(listed, None)
        return _place(rows_of(answer.data), _Place(), _etag(answer), self._overlap_ms)

    def _since(self, listed: _List, place: _Place) -> tuple[list[Record], _Place]:
        path, answer = self._first(listed, place.etag)
        if answer.unchanged:
            return [], place
        bound = place.after_ms - self._overlap_ms
        rows = self._down_to(path, rows_of(answer.data), bound)
        seen = place.seen or {}
        recent = [row for row in rows if ms(row["updated_at"]) >= bound]
        fresh = [row for row in recent if seen.get(str(row["id"])) != ms(row["updated_at"])]
        return fresh, _place(recent, place, _etag(answer), self._overlap_ms)

    def _first(self, listed: _List, etag: str | None) -> tuple[str, Answer]:
        """The first page, and the path that gave it."""
        *preferred, last = listed.paths
        for path in preferred:
            try:
                answer = self._client.get_if_changed(path, _query(1), etag)
            except RefusedError as refused:
                if refused.status == 401:
                    raise
                continue
            if answer.unchanged or rows_of(answer.data):
                return path, answer
        return last, self._client.get_if_changed(last, _query(1), etag)

    def _down_to(self, path: str, rows: list[Record], bound: int) -> list[Record]:
        """More pages until rows are older than the bound; all of them where nothing is sorted."""
        found = list(rows)
        page = 2
        while rows and not _past(found, bound):
            rows = rows_of(self._client.get(path, _query(page)))
            found.extend(rows)
            page += 1
        return found

    def _learn(self, listed: _List, records: list[Record]) -> None:
        if listed.kind == "customer":
            self._directory.learn_people(records)
        else:
            self._directory.learn_organizations(records)


def _query(page: int) -> dict[str, Any]:
    order = {"sort_by": "updated_at,id", "order_by": "desc,desc"}
    return {"query": "*", **order, "page": page, "per_page": _PAGE}


def _etag(answer: Answer) -> str | None:
    """Only a first page of the newest tells by itself that nothing changed elsewhere."""
    stamps = _stamps(rows_of(answer.data))
    return answer.etag if stamps == sorted(stamps, reverse=True) else None


def _past(rows: list[Record], bound: int) -> bool:
    """Whether everything at or after the bound is among the rows."""
    stamps = _stamps(rows)
    return stamps == sorted(stamps, reverse=True) and stamps[-1] < bound


def _stamps(rows: list[Record]) -> list[int]:
    return [ms(row["updated_at"]) for row in rows]


def _place(rows: list[Record], before: _Place, etag: str | None, overlap_ms: int) -> _Place:
    stamps = dict(before.seen or {}) | {str(row["id"]): ms(row["updated_at"]) for row in rows}
    after = max([before.after_ms, *stamps.values()])
    kept = {number: stamp for number, stamp in stamps.items() if stamp >= after - overlap_ms}
    return _Place(after, kept, etag)


def _parse(text: str | None) -> dict[str, _Place]:
    try:
        data = json.loads(text or "{}")
    except ValueError:
        data = {}
    return {
        kind: _Place(int(place["after"]), place["seen"], place["etag"])
        for kind, place in data.items()
    }


def _text(places: Mapping[str, _Place]) -> str:
    data = {kind: place.data() for kind, place in places.items()}
    return json.dumps(data, separators=(",", ":"), sort_keys=True)
