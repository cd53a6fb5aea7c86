"""Routes, sessions, and refusals that come as success."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from slaplugin.app.errors import (
    ConfigurationError,
    HostError,
    HostPermanentError,
    HostTemporaryError,
)
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.otrs import OtrsHost, definition, make_client, make_host
from slaplugin.hosts.otrs.client import Client, FaultError, OperationError
from slaplugin.hosts.otrs.routes import OPERATIONS, routes_of

# ------------------------------------------------------------------ routes


def test_the_shipped_definition_has_every_route_that_is_called() -> None:
    found = yaml.safe_load(definition())["Provider"]
    mapping = found["Transport"]["Config"]["RouteOperationMapping"]
    for name, route in OPERATIONS.items():
        assert route.path == mapping[name]["Route"]
        assert route.method in mapping[name]["RequestMethod"]
        assert name in found["Operation"]


@pytest.mark.parametrize(
    ("url", "site", "prefix"),
    [
        ("https://h.example/otobo", "https://h.example/otobo", "Webservice/SLA"),
        ("https://h.example/otrs/", "https://h.example/otrs", "Webservice/SLA"),
        ("https://h.example/znuny/index.pl", "https://h.example/znuny", "Webservice/SLA"),
        (
            "https://h.example/otrs/nph-genericinterface.pl/Webservice/Mine",
            "https://h.example/otrs",
            "Webservice/Mine",
        ),
        (
            "https://h.example/otrs/nph-genericinterface.pl/WebserviceID/7",
            "https://h.example/otrs",
            "WebserviceID/7",
        ),
        (
            "https://h.example/otobo/nph-genericinterface.pl/Webservice",
            "https://h.example/otobo",
            "Webservice/SLA",
        ),
    ],
)
def test_the_address_may_be_the_helpdesk_or_the_web_service(
    config: HostConfig, url: str, site: str, prefix: str
) -> None:
    routes = routes_of(replace(config, url=url))
    assert (routes.site, routes.prefix) == (site, f"nph-genericinterface.pl/{prefix}")


def test_settings_move_operations(config: HostConfig) -> None:
    moved = {
        "webservice": "Sync 2",
        "TicketSearch": "/Find",
        "tickethistoryget": "POST /History/:TicketID",
        "TicketUpdate": {"method": "put", "path": "/T/:TicketID"},
    }
    routes = routes_of(replace(config, routes=moved))
    path = "nph-genericinterface.pl/Webservice/Sync%202"
    assert routes.path("TicketSearch", {}) == f"{path}/Find"
    assert routes.path("TicketHistoryList", {"TicketID": [3, 4]}) == f"{path}/History/3,4"
    assert routes.table["TicketUpdate"].method == "PUT"
    assert routes.table["TicketSearch"].method == "POST"


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        ({"TicketLsit": "/x"}, "no such operation.*TicketList"),
        ({"TicketSearch": "TicketSearch"}, "is no route"),
        ({"TicketSearch": 4}, "is no route"),
        ({"TicketSearch": {"path": "/x", "verb": "POST"}}, "is no route"),
        ({"TicketSearch": "FETCH /x"}, "FETCH is no method"),
        ({"TicketList": "GET /Ticket/:TicketID"}, "access log"),
        ({"SessionGet": "GET /Session"}, "needs :SessionID"),
    ],
)
def test_a_wrong_route_is_named(config: HostConfig, routes: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=f"routes.{next(iter(routes))}.*{says}"):
        make_host(replace(config, routes=routes))


def test_a_web_service_is_named_once(config: HostConfig) -> None:
    url = "https://h.example/otrs/nph-genericinterface.pl/Webservice/Mine"
    with pytest.raises(ConfigurationError, match="names the web service already"):
        make_host(replace(config, url=url, routes={"webservice": "Other"}))


@pytest.mark.parametrize("lacking", ["user", "password"])
def test_there_is_nothing_but_user_and_password(config: HostConfig, lacking: str) -> None:
    settings: dict[str, Any] = {lacking: None, "token": Secret("abc")}
    with pytest.raises(ConfigurationError, match="set user and password"):
        make_host(replace(config, **settings))


# ------------------------------------------------------------------ sessions


def test_the_account_is_learnt_from_the_session(play: Any, host: OtrsHost) -> None:
    with play("login-ok"):
        assert host.account == "2"
        assert host.client.me()["UserLogin"] == "sla.api"
        assert host.now() == 1_795_296_376


def test_a_wrong_password_says_what_to_set(play: Any, config: HostConfig) -> None:
    client = make_client(replace(config, password=Secret("hush-hush")))
    wrong = pytest.raises(HostPermanentError, match="settings user and password")
    with play("login-bad", match_on=("method", "path")), wrong as caught:
        client.search({})
    assert caught.value.status == 401
    assert "hush-hush" not in str(caught.value)


def test_an_expired_session_is_renewed_once(site: Any) -> None:
    host = site.host()
    host.account  # noqa: B018 - logs in
    site.server.interface.access.expire_sessions()
    ticket = site.ticket()
    site.server.interface.forget()
    assert host.look(ticket).group == "Support"
    assert site.server.interface.made("SessionCreate") == 1
    assert site.server.interface.made("TicketGet") == 2


def test_no_secret_is_in_logs_and_errors(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # Commands run in this process before may have silenced it.
    caplog.set_level(logging.DEBUG, "urllib3.connectionpool")
    host = site.host()
    host.account  # noqa: B018 - the session stands in the address of this request
    session = host.client._session
    site.server.faults.fail(None, "db_down")
    with pytest.raises(HostTemporaryError) as caught:
        host.look("1")
    assert session
    told = caplog.text + str(caught.value) + repr(host) + repr(host.client)
    assert session not in told
    assert "PASSWORD" not in told
    assert "GET /otobo/nph-genericinterface.pl/Webservice/SLA/Session/…" in caplog.text


# ------------------------------------------------------------------ refusals


def test_a_missing_route_says_what_to_import(play: Any, config: HostConfig) -> None:
    changed = replace(config, routes={"TicketSearch": "/NoSuchRoute"})
    told = pytest.raises(HostPermanentError, match=r"no such route; import.*routes.TicketSearch")
    with play("login-ok", "bad-requests", match_on=("path",)), told:
        make_client(changed).search({})


def test_a_database_that_is_down_passes(play: Any, config: HostConfig) -> None:
    with play("fault-db-down", match_on=("path",), repeats=False):
        client = make_client(config)
        assert client.search({})
        with pytest.raises(HostTemporaryError, match=r"Internal Server Error.*next cycle"):
            client.search({})


def test_a_fault_inside_an_operation_keeps_the_hosts_words(play: Any, config: HostConfig) -> None:
    failing = pytest.raises(FaultError, match="Ticket queue could not be updated")
    with play("login-2", "update-atomicity", match_on=("method", "path")), failing as caught:
        make_client(config).update("28", {"Ticket": {"Queue": "Restricted"}})
    assert caught.value.status == 500


@pytest.mark.parametrize(
    ("code", "status"),
    [("AccessDenied", 403), ("InvalidParameter", 422), ("AuthFail", 401), ("Unheard", 400)],
)
def test_refusals_carry_the_status_that_others_would_use(code: str, status: int) -> None:
    assert OperationError("TicketGet", code, "reason").status == status


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/otobo/index.pl/x", "another page|no web|HTML|500"),
        ("", "500 and not a word|another page"),
    ],
)
def test_an_address_beside_the_web_service_is_told(site: Any, path: str, says: str) -> None:
    base = site.server.url.partition("/otobo")[0]
    with pytest.raises(HostError, match=says):
        make_host(replace(site.config, url=base + path)).look("1")


def test_an_unknown_web_service_says_what_to_import(site: Any) -> None:
    url = site.server.url.replace("/Webservice/SLA", "")
    with pytest.raises(HostTemporaryError, match=r"import the definition.*routes.webservice"):
        make_host(replace(site.config, url=url, routes={"webservice": "Other"})).look("1")


def test_the_definition_ships_as_a_file_of_the_package() -> None:
    found = Path(__file__).parents[3] / "slaplugin" / "hosts" / "otrs" / "webservice.yml"
    assert found.read_text(encoding="utf-8") == definition()


# ------------------------------------------------------------------ behind Apache

SESSION = b'{"SessionID":"SESSION00000000000000000000000000"}'
FOUND = b'{"TicketID":["7"]}'
NINE = "Date: Mon, 09 Mar 2026 09:00:00 GMT"
NINE_O_CLOCK = int(datetime(2026, 3, 9, 9, tzinfo=UTC).timestamp())


def timed(config: HostConfig, url: str, up: list[float]) -> Client:
    """A client on a machine whose wall clock is years off."""
    timing = Timing(lambda: up[0], lambda seconds: None, lambda: 5.0)
    return make_client(replace(config, url=f"{url}/otrs", timing=timing))


def test_the_agents_page_tells_the_time_where_the_interface_does_not(
    config: HostConfig, scripted: Any, answering: Any
) -> None:
    """Behind Apache its answers have no Date (seen on Znuny 6.5)."""
    told = answering(200, b"", NINE, length=0)
    server = scripted(answering(200, SESSION), told, answering(200, FOUND))
    up = [100.0]
    client = timed(config, server.url, up)
    assert client.search({}) == ["7"]
    assert client.transport.now() == NINE_O_CLOCK
    up[0] += 50
    client.search({})
    assert client.transport.now() == NINE_O_CLOCK + 50
    asked = [line for line in server.requests if line.startswith("HEAD")]
    assert asked == ["HEAD /otrs/index.pl HTTP/1.1"]
    up[0] += 50
    client.search({})
    assert server.requests[-1] == asked[0], "a minute later it is asked anew"


def test_where_nobody_tells_the_time_it_is_asked_for_once_a_minute(
    config: HostConfig, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(200, SESSION), answering(404, b""), answering(200, FOUND))
    up = [100.0]
    client = timed(config, server.url, up)
    for _ in range(3):
        client.search({})
    assert client.transport.now() == 5
    assert [line.split()[0] for line in server.requests] == ["POST", "HEAD", *["POST"] * 3]


def test_a_date_of_the_interface_is_enough(
    config: HostConfig, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(200, SESSION, NINE), answering(200, FOUND, NINE))
    client = timed(config, server.url, [100.0])
    client.search({})
    assert [line.split()[0] for line in server.requests] == ["POST", "POST"]


def test_silence_instead_of_a_session_may_be_a_missing_web_service(
    config: HostConfig, scripted: Any, answering: Any
) -> None:
    """Apache closes the connection where Znuny prints nothing (seen on Znuny 6.5)."""
    server = scripted(b" ")
    silent = pytest.raises(
        HostTemporaryError, match=r"without an answer.*REST::Client.*routes\.webservice"
    )
    with silent as caught:
        timed(config, server.url, [100.0]).search({})
    assert caught.value.status == 500


def test_silence_later_on_is_a_broken_connection(
    config: HostConfig, scripted: Any, answering: Any
) -> None:
    server = scripted(answering(200, SESSION, NINE), b" ")
    with pytest.raises(HostTemporaryError, match="connection broke") as caught:
        timed(config, server.url, [100.0]).search({})
    assert "web service" not in str(caught.value)
