"""Recorded answers of a live Request Tracker 5.0.3, several recordings joined to one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import responses
import vcr
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from slaplugin.hosts.config import HostConfig, Limits, Secret, Timing
from slaplugin.hosts.rt import RtHost, make_host
from tests.hosts.rt.fake import FakeRt

RECORDINGS = Path(__file__).parents[3] / "cassettes" / "rt"
URL = "http://rt.test"
PEOPLE = (
    *("anna", "ben", "carla", "dmitri", "slabot", "root", "Nobody", "RT_System"),
    *("joan@acme.example", "raj@acme.example", "li@globex.example", "ops@initech.example"),
    "promo@watches.example",
)
"""Everybody in the recorded tickets; known beforehand, they are asked for by nobody."""

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
    """``play("ticket-vpn-drops", "bootstrap")`` answers from those recordings."""
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
def sleeps() -> list[float]:
    """The waits that the transport asked for."""
    return []


@pytest.fixture
def config(sleeps: list[float]) -> HostConfig:
    """The recorded helpdesk, under a clock that stands still."""
    return HostConfig(
        url=URL,
        name="rt",
        token=Secret("1-37-0123456789abcdef0123456789abcdef"),
        limits=Limits(retries=2),
        timing=Timing(
            monotonic=lambda: sum(sleeps), sleep=sleeps.append, wall=lambda: 1_773_700_000.0
        ),
    )


@pytest.fixture
def host(config: HostConfig) -> RtHost:
    return make_host(config)


@pytest.fixture
def at_home(host: RtHost, play: Play) -> RtHost:
    """The adapter that knows the recorded people already."""
    with play("people"):
        host.directory.require_people(PEOPLE)
    return host


@pytest.fixture
def rt() -> Iterator[FakeRt]:
    """A helpdesk of some lines that goes wrong on order, in place of recordings."""
    fake = FakeRt()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        fake.serve_on(mock)
        yield fake


@pytest.fixture(scope="session")
def recordings() -> Path:
    return RECORDINGS


@pytest.fixture(scope="session")
def lifecycles() -> dict[str, Any]:
    """What truly happened to each recorded ticket, by its key."""
    found = json.loads((RECORDINGS / "lifecycles.json").read_text())["tickets"]
    return {ticket["key"]: ticket for ticket in found}
