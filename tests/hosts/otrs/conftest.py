"""Recorded answers of a live OTOBO 10.1, several recordings joined to one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import vcr
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from slaplugin.hosts.config import HostConfig, Limits, Secret, Timing
from slaplugin.hosts.otrs import OtrsHost, make_host
from tests.hosts.otrs.standin import Clock, Desk, Server

RECORDINGS = Path(__file__).parents[3] / "cassettes" / "otrs"
URL = "http://otobo.example.test/otobo"

Play = Callable[..., AbstractContextManager[Any]]


class JoinedRecordings:
    """A persister whose cassette name is a list of files, joined with ``+``."""

    @classmethod
    def load_cassette(cls, path: str, serializer: Any) -> Any:
        requests: list[Any] = []
        responses: list[Any] = []
        for name in Path(path).name.split("+"):
            found = FilesystemPersister.load_cassette(RECORDINGS / f"{name}.yaml", serializer)
            requests.extend(found[0])
            responses.extend(found[1])
        return requests, responses

    @staticmethod
    def save_cassette(path: str, cassette: Any, serializer: Any) -> None:
        raise AssertionError("recordings are read only")


@pytest.fixture
def play() -> Play:
    """``play("login-ok", "lifecycle-S01")`` answers from those recordings, byte for byte.

    ``match_on``: what a request has to have in common with the recorded one.
    """
    recorder = vcr.VCR(
        record_mode="none",
        match_on=("method", "scheme", "host", "port", "path", "query", "body"),
        serializer="yaml",
    )
    recorder.register_persister(JoinedRecordings)
    recorder.register_serializer("yaml", yamlserializer)

    @contextmanager
    def joined(*names: str, repeats: bool = True, **more: Any) -> Iterator[Any]:
        options = {"allow_playback_repeats": repeats, **more}
        with recorder.use_cassette("+".join(names), **options) as cassette:
            yield cassette

    return joined


@pytest.fixture
def config() -> HostConfig:
    """The recorded helpdesk, under a clock that stands still."""
    waits: list[float] = []
    return HostConfig(
        url=URL,
        name="otrs",
        user="sla.api",
        password=Secret("PASSWORD"),
        own_fields={"due": "SLADueAt", "state": "SLAState", "summary": "SLANote"},
        limits=Limits(retries=1),
        timing=Timing(
            monotonic=lambda: sum(waits), sleep=waits.append, wall=lambda: 1_795_296_400.0
        ),
    )


@pytest.fixture
def host(config: HostConfig) -> OtrsHost:
    return make_host(config)


@pytest.fixture(scope="session")
def lifecycles() -> dict[str, Any]:
    """What was truly done to each recorded ticket, by the ticket's key."""
    told = json.loads((RECORDINGS / "lifecycles.json").read_text(encoding="utf-8"))
    return {ticket["key"]: ticket for ticket in told["tickets"]}


@dataclass
class Site:
    """A stand-in helpdesk that runs, and adapters for it."""

    desk: Desk
    server: Server
    config: HostConfig

    def host(self, **changes: Any) -> OtrsHost:
        return make_host(replace(self.config, **changes))

    def ticket(self, queue: str = "Support") -> str:
        return str(self.desk.portal_ticket("lena.nord", queue, "Gateway down"))

    def asked(self, operation: str) -> list[Mapping[str, Any]]:
        """What the operation was asked with since the last ``server.forget()``."""
        return [one.params for one in self.server.interface.log if one.operation == operation]


@pytest.fixture
def site() -> Iterator[Site]:
    """A helpdesk in Berlin, on the Friday before the clocks go back."""
    desk = Desk(Clock("2026-10-23T08:00:00Z", zone="Europe/Berlin"))
    with Server(desk) as server:
        config = HostConfig(
            url=server.url,
            name="otobo",
            user="sla.api",
            password=Secret("PASSWORD"),
            timezone="Europe/Berlin",
            own_fields={"due": "SLADueAt", "state": "SLAState", "summary": "SLANote"},
            timing=Timing(sleep=lambda seconds: None),
        )
        yield Site(desk, server, config)
