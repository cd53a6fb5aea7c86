"""The recordings of the real server, and their story told again on the stand-in.

The writes of the API are sent as they were recorded, at the recorded moments; what was done
without the API (mails, a merge, a subscription, jobs) is taken from ``lifecycles.json``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import requests
import yaml

from .acts import NewTicket
from .catalog import ROOT
from .clock import epoch
from .people import Desk
from .server import Server

FOLDER = Path(__file__).parents[4] / "cassettes" / "otrs"
HOST = "http://otobo.example.test"
LAST_LIFECYCLE = epoch("2026-11-13T12:00:00Z")
"""The last act of the recorded lifecycles: a run of the escalation job."""

ESCALATION_JOB_RUNS = (
    "2026-10-26T08:30:00Z", "2026-10-30T17:00:00Z", "2026-11-04T09:20:00Z",
    "2026-11-10T18:00:00Z", "2026-11-13T12:00:00Z",
)  # fmt: skip
"""Only their Start entries tell when the job ran."""

SESSIONS = {
    1: "sla.api", 2: "sla.api", 3: "lena.nord", 4: "sla.api", 5: "sla.api", 6: "sla.api",
    7: "sla.api", 8: "ro.agent", 9: "sla.api",
}  # fmt: skip
"""Whose the recorded sessions are."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and its answer."""

    cassette: str
    index: int
    method: str
    path: str
    content_type: str | None
    body: str | None
    at: int
    status: int
    answer_type: str | None
    answer: str

    @property
    def label(self) -> str:
        return f"{self.cassette}[{self.index}]"


@cache
def exchanges(cassette: str) -> tuple[Exchange, ...]:
    """A cassette's exchanges in order."""
    text = (FOLDER / f"{cassette}.yaml").read_text("utf-8")
    rows = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(_exchange(cassette, *pair) for pair in enumerate(rows["interactions"]))


def _exchange(cassette: str, index: int, row: Mapping[str, Any]) -> Exchange:
    asked, answered = row["request"], row["response"]
    headers = {name.lower(): values[0] for name, values in answered["headers"].items()}
    sent = {name.lower(): values[0] for name, values in asked["headers"].items()}
    return Exchange(
        cassette,
        index,
        asked["method"],
        asked["uri"].removeprefix(HOST),
        sent.get("content-type"),
        asked["body"] or None,
        epoch(parsedate_to_datetime(headers["date"])),
        answered["status"]["code"],
        headers.get("content-type"),
        answered["body"]["string"],
    )


@cache
def lifecycles() -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads((FOLDER / "lifecycles.json").read_text("utf-8"))
    return told


@cache
def shown(key: str) -> Mapping[str, Any]:
    """The ticket of a lifecycle as TicketGet showed it."""
    ticket: Mapping[str, Any] = json.loads(exchanges(f"lifecycle-{key}")[0].answer)["Ticket"][0]
    return ticket


class Retelling:
    """Sends recorded requests to a server, with its own sessions in place of the recorded."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._root = server.url.split("/otobo/")[0]
        self._http = requests.Session()
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        self._http.close()

    def log_in(self) -> None:
        """Opens a session for every one that the recordings use."""
        for number, login in SESSIONS.items():
            kind = "CustomerUserLogin" if login == "lena.nord" else "UserLogin"
            answer = self._http.post(
                f"{self._server.url}/Session", json={kind: login, "Password": "PASSWORD"}
            )
            self._tokens[f"SESSION{number:025d}"] = f"@{number}"
            self._tokens[f"@{number}"] = answer.json()["SessionID"]

    def send(self, exchange: Exchange) -> requests.Response:
        """The request at its moment; nothing is followed or decoded."""
        self._server.desk.clock.set(exchange.at)
        body = self._own(exchange.body or "").encode()
        headers = {"Content-Type": exchange.content_type} if exchange.content_type else {}
        return self._http.request(
            exchange.method, self._root + self._own(exchange.path), data=body,
            headers=headers, allow_redirects=False, timeout=30,
        )  # fmt: skip

    def _own(self, text: str) -> str:
        """Twice, so that an own token that looks like a recorded one is not replaced again."""
        for token in [one for one in self._tokens if not one.startswith("@")]:
            text = text.replace(token, self._tokens[token])
        for token in sorted((one for one in self._tokens if one.startswith("@")), reverse=True):
            text = text.replace(token, self._tokens[token])
        return text

    # ------------------------------------------------------------------ the lifecycles

    def lifecycles(self) -> list[tuple[Exchange, requests.Response]]:
        """All 25 lifecycles; the recorded writes and the answers they get now."""
        answers: list[tuple[Exchange, requests.Response]] = []
        desk = self._server.desk
        steps: list[tuple[int, Callable[[], object]]] = [*_without_api(desk)]
        for name in ("ticket-create", "lifecycle-writes"):
            steps += [(one.at, _sender(self, one, answers)) for one in exchanges(name)]
        for at, act in sorted(steps, key=lambda step: step[0]):
            desk.clock.set(at)
            act()
        return answers


def _sender(
    retelling: Retelling, exchange: Exchange, answers: list[tuple[Exchange, requests.Response]]
) -> Callable[[], object]:
    return lambda: answers.append((exchange, retelling.send(exchange)))


def _without_api(desk: Desk) -> Iterator[tuple[int, Callable[[], object]]]:
    """Mails, the merge, the subscription and the jobs, each at its moment."""
    for when in ESCALATION_JOB_RUNS:
        yield epoch(when), desk.escalation_job
    ids = {told["key"]: told["ticket_id"] for told in lifecycles()["tickets"]}
    for told in lifecycles()["tickets"]:
        yield from _mails(desk, told)
        for event in told["events"]:
            at, kind, login = epoch(event["at"]), event["event"], event["actor"]["login"]
            if kind == "merged":
                into = ids[event["to"]]
                yield at, _calling(desk.merge, login, told["ticket_id"], into)
            elif kind == "subscribed":
                yield at, _calling(desk.watch, login, told["ticket_id"])
            elif kind == "state_changed" and event["actor"]["kind"] == "system":
                yield at, desk.auto_close_job


def _mails(desk: Desk, told: Mapping[str, Any]) -> Iterator[tuple[int, Callable[[], object]]]:
    """Customers' mails: a ticket's first, or follow-ups."""
    began = told["events"][0]
    for event in told["events"]:
        inbound = event["event"] == "message" and event["to"] == "inbound"
        if not inbound or event["channel"] != "Email":
            continue
        text = _mail_text(told["key"], event)
        login = event["actor"]["login"]
        if event["at"] == began["at"]:
            queue, priority = began["to"]["queue"], began["to"]["priority"]
            send = _calling(desk.mail, login, queue, priority=priority, **text)
        else:
            send = _calling(desk.follow_up, told["ticket_id"], login, **text)
        yield epoch(event["at"]), send


def _mail_text(key: str, event: Mapping[str, Any]) -> dict[str, str]:
    """Subject and body as recorded, on the ticket the message was moved to, if it was."""
    text = event["at"].replace("T", " ").removesuffix("Z")
    for article in shown(event.get("moved_to", key))["Article"]:
        if article["CreateTime"] == text and article["SenderType"] == "customer":
            return {"subject": article["Subject"], "body": article["Body"],
                    "message_id": article["MessageID"]}  # fmt: skip
    raise LookupError(f"no mail of {key} at {event['at']}")


def _calling(act: Callable[..., object], *given: Any, **named: Any) -> Callable[[], object]:
    return lambda: act(*given, **named)


def restricted_ticket(desk: Desk) -> int:
    """The ticket of the recordings that the API account may not read; it has no article."""
    known = desk.catalog
    new = NewTicket(
        "Confidential", known.queue("Restricted").id, known.state("new").id,
        known.priority_id("3 normal"), known.type_id("Unclassified"),
        known.customers["kim.kestrel"],
    )  # fmt: skip
    return desk.acts.create(new, ROOT).id
