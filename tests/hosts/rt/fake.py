"""A few lines of Request Tracker, with the habits that the feed and the writer must survive.

It understands the queries that the adapter sends and no others. What a real one says stands in the
recordings; here it goes wrong on order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses

START = 1_773_000_000
"""2026-03-08 20:00:00 UTC."""
BASE = "http://rt.test/REST/2.0"
Answer = tuple[int, dict[str, str], str]
QUEUES = {"3": "Support", "4": "Billing"}
FIELDS = {"2": ("SLA Tags", "Freeform", 0), "3": ("SLA Due", "DateTime", 1)}
PEOPLE = {"RT_System": 1, "Nobody": 6, "anna": 29, "ben": 31, "slabot": 37, "joan": 39, "raj": 41}
STAFF = ("anna", "ben", "slabot")


def iso(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def user(login: str) -> dict[str, str]:
    return {"type": "user", "id": login, "_url": f"{BASE}/user/{login}"}


@dataclass
class FakeRt:
    """Tickets and transactions; ``refuse`` and ``swallow`` make it behave badly."""

    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    """Transactions that are dropped after a page was cut."""
    swallow: Callable[[str, str], bool] = lambda path, query: False
    """Whether a search fails inside and is answered with nothing (path, query)."""
    refuse: Mapping[str, str] = field(default_factory=dict)
    """What a PUT leaves undone -> its sentence."""
    meddle: list[Callable[[], None]] = field(default_factory=list)
    """What others do before the next PUT is looked at."""
    busy: bool = False
    """Somebody else is always faster than a PUT."""
    listless: bool = False
    """Lists of queues, fields and groups come empty."""
    zone: str = "UTC"
    asked: list[str] = field(default_factory=list)
    put: list[Any] = field(default_factory=list)
    comments: list[Any] = field(default_factory=list)

    # ------------------------------------------------------------ the past

    def ticket(self, number: int, *, at: int = 0, **columns: Any) -> FakeRt:
        """A new ticket of joan's, with its Create row."""
        fields = {key: [] for key in FIELDS} | columns.pop("fields", {})
        self.tickets[str(number)] = {
            "id": str(number),
            "type": "ticket",
            "Type": "ticket",
            "Subject": "Printer",
            "Status": "new",
            "Queue": {"id": "3"},
            "Owner": user("Nobody"),
            "Requestor": [user("joan")],
            "Priority": "0",
            "Created": iso(START + at),
            "LastUpdated": iso(START + at),
            "EffectiveId": str(number),
            "Due": "1970-01-01T00:00:00Z",
            "CustomFields": [
                {"id": key, "name": FIELDS[key][0], "values": values}
                for key, values in fields.items()
            ],
            **columns,
        }
        return self.row(number, "Create", at=at, by="joan")

    def row(self, ticket: int, type: str, *, at: int = 0, by: str = "anna", **more: Any) -> FakeRt:
        """A transaction; ``id`` may be given, ``hidden`` too; the ticket is stamped with it."""
        number = more.pop("id", max((int(row["id"]) for row in self.rows), default=0) + 2)
        if more.pop("hidden", False):
            self.hidden.add(number)
        self.rows.append(
            {
                "id": str(number),
                "ObjectId": str(ticket),
                "Type": type,
                "Field": "",
                "OldValue": "",
                "NewValue": "",
                "Created": iso(START + at),
                "Creator": user(by),
                **more,
            }
        )
        self.rows.sort(key=lambda row: int(row["id"]))
        if str(ticket) in self.tickets:
            stamp = max(self.tickets[str(ticket)]["LastUpdated"], iso(START + at))
            self.tickets[str(ticket)]["LastUpdated"] = stamp
        return self

    # ------------------------------------------------------------ the interface

    def serve_on(self, mock: responses.RequestsMock) -> None:
        """Answer for rt.test."""
        for method in (responses.GET, responses.POST, responses.PUT):
            mock.add_callback(method, re.compile(rf"{BASE}/.*"), self._answer)

    def _answer(self, request: Any) -> Answer:
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/REST/2.0/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append(f"{request.method} {path} {query.get('query', '')}".strip())
        if request.method == "PUT":
            return self._put(path.rpartition("/")[2], request)
        if path.endswith("/comment"):
            return self._comment(request)
        return self._get(path, query, request)

    def _get(self, path: str, query: dict[str, str], request: Any) -> Answer:
        if path in ("tickets", "transactions"):
            return self._search(path, query)
        if path == "users":
            wanted = [one["value"] for one in json.loads(request.body)]
            return _items([_person(login) for login in wanted if login in PEOPLE])
        name, _, rest = path.partition("/")
        if name == "ticket":
            return self._ticket(rest)
        if name == "user":
            return self._user(rest)
        known: dict[str, list[dict[str, Any]]] = {
            "queues": [{"id": key, "Name": name} for key, name in QUEUES.items()],
            "groups": [{"id": "4", "Name": "Privileged", "Domain": "SystemInternal"}],
            "customfields": [
                {"id": key, "Name": name, "Type": type, "MaxValues": str(most)}
                for key, (name, type, most) in FIELDS.items()
            ],
        }
        if name == "queue":
            return _json({"id": rest, "Name": QUEUES[rest], "AdminCc": []})
        if name == "customfield":
            title, type, most = FIELDS[rest]
            return _json({"id": rest, "Name": title, "Type": type, "MaxValues": str(most)})
        if name == "group":
            return _json({"Members": [user(login) for login in STAFF]})
        if name == "transaction":
            return _items([{"Content": self._text(rest.partition("/")[0])}])
        return _items([] if self.listless else known[name])

    def _text(self, transaction: str) -> str:
        return next(str(row.get("text", "")) for row in self.rows if row["id"] == transaction)

    def _user(self, name: str) -> Answer:
        login = next((one for one, number in PEOPLE.items() if name in (one, str(number))), None)
        if login is None:
            return _json({"message": "Not Found"}, 404)
        page = {"Name": login, "Privileged": int(login in STAFF), "_hyperlinks": []}
        return _json(page | {"id": PEOPLE[login], "Timezone": self.zone})

    def _ticket(self, number: str) -> Answer:
        if number not in self.tickets:
            return _json({"message": "Not Found"}, 404)
        shown = self.tickets[str(self.tickets[number]["EffectiveId"])]
        if shown.get("forbidden"):
            return _json({"message": "Forbidden"}, 403)
        return _json({**shown, "id": int(shown["id"])}, ETag=f'"{self._newest(number)}"')

    def _newest(self, ticket: str) -> str:
        return str(max(int(row["id"]) for row in self.rows if row["ObjectId"] == ticket))

    # ------------------------------------------------------------ searches

    def _search(self, path: str, query: dict[str, str]) -> Answer:
        terms, size = query["query"], min(int(query.get("per_page", 20)), 100)
        page = int(query.get("page", 1))
        if self.swallow(path, terms):
            return _json(_page([], page, size, None if path == "transactions" else 0))
        found = self._transactions(terms) if path == "transactions" else self._tickets(terms)
        key = query.get("orderby", "id")
        found = sorted(found, key=lambda row: row[key] if key != "id" else int(row["id"]))
        if query.get("order") == "DESC":
            found.reverse()
        cut = found[(page - 1) * size : page * size]
        total = None if path == "transactions" else len(found)
        shown = [row for row in cut if not (total is None and int(row["id"]) in self.hidden)]
        return _json(_page(shown, page, size, total))

    def _transactions(self, terms: str) -> list[dict[str, Any]]:
        assert "ObjectType='RT::Ticket'" in terms
        objects = set(re.findall(r"ObjectId=(\d+)", terms))
        kinds = re.findall(r"(?<!Object)Type='(\w+)'", terms)
        return [
            row
            for row in self.rows
            if (not objects or row["ObjectId"] in objects)
            and (not kinds or row["Type"] in kinds)
            and ("NewValue='deleted'" not in terms or row["NewValue"] == "deleted")
            and _bounds(terms, int(row["id"]))
        ]

    def _tickets(self, terms: str) -> list[dict[str, Any]]:
        one_of = set(re.findall(r"\bid=(\d+)", terms))
        into = set(re.findall(r"EffectiveId=(\d+)", terms))
        queue = re.search(r"Queue='(\w+)' AND Owner!='Nobody'", terms)
        since = re.search(r"LastUpdated>='([^']+)'", terms)
        return [
            row
            for row in self.tickets.values()
            if row["Status"] != "deleted" and row["Type"] == "ticket"
            if not row.get("forbidden")
            if queue is None or (QUEUES[row["Queue"]["id"]] == queue[1] and _owned(row))
            if not one_of or row["id"] in one_of
            if not into or row["EffectiveId"] in into
            if row["EffectiveId"] == row["id"] or "EffectiveId" in terms
            if "__Active__" not in terms or row["Status"] not in ("resolved", "rejected")
            if since is None or row["LastUpdated"] >= since[1].replace(" ", "T") + "Z"
            if _bounds(terms, int(row["id"]))
        ]

    # ------------------------------------------------------------ writes

    def _comment(self, request: Any) -> Answer:
        """A comment has no version: any that is asked for does not fit."""
        if request.headers.get("If-Match") not in (None, "*"):
            return _json({"message": "Precondition Failed"}, 412)
        self.comments.append(json.loads(request.body))
        return _json(["Comments added"], 201)

    def _put(self, number: str, request: Any) -> Answer:
        while self.meddle:
            self.meddle.pop(0)()
        if self.busy:
            self.row(int(number), "Comment", at=60)
        if request.headers.get("If-Match") not in (None, f'"{self._newest(number)}"'):
            return _json({"message": "Precondition Failed"}, 412)
        body = json.loads(request.body)
        self.put.append(body)
        said = []
        for name, value in body.items():
            said.append(self.refuse.get(name) or f"Ticket {number}: {name} changed")
            if name not in self.refuse:
                self._set(self.tickets[number], name, value)
        return _json(said)

    def _set(self, ticket: dict[str, Any], name: str, value: Any) -> None:
        if name == "CustomFields":
            for one in ticket["CustomFields"]:
                if one["name"] in value:
                    new = value[one["name"]]
                    many = new if isinstance(new, list) else [] if new is None else [new]
                    dated = one["name"] == "SLA Due"
                    one["values"] = [f"{v.replace(' ', 'T')}Z" if dated else v for v in many]
        elif name == "Owner":
            ticket["Owner"] = user(value)
        elif name == "Queue":
            ticket["Queue"] = {"id": next(key for key, one in QUEUES.items() if one == value)}
        elif name == "Due":
            ticket["Due"] = f"{value.replace(' ', 'T')}Z" if value else "1970-01-01T00:00:00Z"
        else:
            ticket[name] = str(value)


def _owned(ticket: Mapping[str, Any]) -> bool:
    return bool(ticket["Owner"]["id"] != "Nobody")


def _person(login: str) -> dict[str, Any]:
    return {"id": PEOPLE[login], "Name": login, "RealName": login.title(), "EmailAddress": ""}


def _bounds(terms: str, number: int) -> bool:
    over = re.search(r"\bid>(\d+)", terms)
    least = re.search(r"\bid>=(\d+)", terms)
    return (over is None or number > int(over[1])) and (least is None or number >= int(least[1]))


def _page(items: list[Any], page: int, size: int, total: int | None) -> dict[str, Any]:
    return {"items": items, "count": len(items), "page": page, "per_page": size, "total": total}


def _items(items: list[Any]) -> Answer:
    return _json(_page(items, 1, 100, len(items)))


def _json(data: Any, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(data)
