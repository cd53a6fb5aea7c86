"""Signing requests, and what refusals mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import responses

from slaplugin.app.errors import (
    HostError,
    HostGoneError,
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
)
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.rt import make_host
from slaplugin.hosts.rt.client import Client

BASE = "http://rt.test/REST/2.0"
LOGIN = "http://rt.test/NoAuth/Login.html"
Mock = responses.RequestsMock


@pytest.fixture
def mock() -> Iterator[Mock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client(config: HostConfig) -> Client:
    return Client(config)


@pytest.fixture
def by_password(config: HostConfig) -> HostConfig:
    return replace(config, token=None, user="slabot", password=Secret("geheim-42"))


def _login(mock: Mock, cookie: str) -> None:
    """200 with a page, whether it lets one in or not (observed on 5.0.3)."""
    mock.post(LOGIN, body="<html>", headers={"Set-Cookie": f"RT_SID={cookie}; path=/; HttpOnly"})


def test_a_token_goes_in_the_header(mock: Mock, client: Client) -> None:
    mock.get(f"{BASE}/rt", json={"Version": "5.0.3"})
    client.get("rt")
    sent = mock.calls[0].request.headers
    assert sent["Authorization"].startswith("token 1-37-")
    assert sent["User-Agent"].startswith("slaplugin/")


def test_a_password_is_sent_once_for_a_session(mock: Mock, by_password: HostConfig) -> None:
    """The host hashes what it is given with every request, slowly on purpose (facts 8)."""
    _login(mock, "one")
    mock.get(f"{BASE}/rt", json={})
    client = Client(by_password)
    client.get("rt")
    client.get("rt")
    login, *reads = [call.request for call in mock.calls]
    assert login.body == "user=slabot&pass=geheim-42"
    assert [read.headers["Cookie"] for read in reads] == ["RT_SID=one", "RT_SID=one"]
    assert not any("Authorization" in read.headers for read in reads)


@pytest.mark.parametrize(
    ("status", "headers"), [(302, {"Location": "/"}), (401, {})], ids=["302", "401"]
)
def test_a_session_that_ended_is_begun_anew(
    mock: Mock, by_password: HostConfig, status: int, headers: dict[str, str]
) -> None:
    """With a cookie the host sends strangers to its login page instead of a 401 (facts 2)."""
    _login(mock, "one")
    mock.get(f"{BASE}/rt", json={})
    mock.get(f"{BASE}/rt", status=status, headers=headers, json={"message": "Unauthorized"})
    _login(mock, "two")
    mock.get(f"{BASE}/rt", json={"Version": "5"})
    client = Client(by_password)
    client.get("rt")
    assert client.get("rt") == {"Version": "5"}
    assert mock.calls[-1].request.headers["Cookie"] == "RT_SID=two"


def test_a_wrong_password_is_told_without_it(mock: Mock, by_password: HostConfig) -> None:
    _login(mock, "one")
    mock.get(f"{BASE}/rt", status=302, headers={"Location": "/"}, body="Login required")
    with pytest.raises(HostPermanentError, match="did not let slabot in") as error:
        Client(by_password).get("rt")
    assert "geheim-42" not in str(error.value)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"json": {"message": "Not Found"}}, HostGoneError),
        (404, {"body": "<html>no such host"}, HostPermanentError),
        (403, {"json": {"message": "Forbidden"}}, HostLostError),
        (401, {"json": {"message": "Unauthorized"}}, HostPermanentError),
        (415, {"json": {"message": "Unsupported Media Type"}}, HostPermanentError),
        (503, {"body": "<html>"}, HostTemporaryError),
    ],
    ids=["gone", "a proxy's 404", "hidden", "wrong token", "refused", "down"],
)
def test_what_a_refusal_of_a_ticket_means(
    mock: Mock, client: Client, status: int, body: dict[str, Any], kind: type[HostError]
) -> None:
    mock.get(f"{BASE}/ticket/7", status=status, **body)
    with pytest.raises(HostError) as error:
        client.ticket("7")
    assert isinstance(error.value, kind)


def test_a_500_without_a_word_passes(mock: Mock, client: Client) -> None:
    """So it answers to a comment that it cannot read (facts 7)."""
    mock.post(f"{BASE}/ticket/7/comment", status=500, body="")
    with pytest.raises(HostTemporaryError):
        client.comment("7", "x")
    assert len(mock.calls) == 1


def test_another_helpdesk_is_found_out(mock: Mock, client: Client) -> None:
    mock.get(f"{BASE}/tickets", json=[])
    with pytest.raises(HostTemporaryError, match="check that url points at a Request Tracker"):
        client.tickets("id>0")


def test_the_adapter_asks_nothing_before_it_is_needed(config: HostConfig) -> None:
    host = make_host(config)
    assert (host.requests_made(), host.name) == (0, "rt")
    assert "0123456789abcdef" not in repr(host.config)
