"""The requests of the OTRS family's invokers, put together as the source of each version does.

OTRS 6, Znuny and OTOBO send the event's data as JSON by REST::Client, and sign in by Basic alone
(OTRS 6, Znuny) or by headers, too (OTOBO).
"""

from __future__ import annotations

import json
from base64 import b64encode, encodebytes
from typing import Any

import pytest
import yaml

from slaplugin.hosts.otrs.routes import hook_definition
from tests.web.conftest import SECRET, Serve, Served

JSON = "application/json; charset=UTF-8"
EVENT = {"TicketID": "37", "ArticleID": "9", "OldTicketData": {"TicketID": "37", "Title": "Größe"}}
WHOLE = {"TicketID": "37", "TicketNumber": "2026112210000015", "Articles": [{"Body": "x" * 5000}]}
BODIES: dict[str, dict[str, Any]] = {
    "our mapping": {"TicketID": "37"},
    "OTRS 6, Test::TestSimple": EVENT,
    "OTOBO, Generic::PassThrough": {"Event": "TicketQueueUpdate", **EVENT},
    "Znuny, Generic::Tunnel": {**EVENT, "Event": "ArticleCreate"},
    "Znuny, Ticket::Generic": {"Ticket": WHOLE, "Event": {**EVENT, "Event": "TicketCreate"}},
    "Znuny, Ticket::Generic of 6.0": {"Ticket": WHOLE, "Event": EVENT},
    "OTOBO, Ticket::TicketUpdate": {"TicketID": 37, "Ticket": {"Queue": "Raw"}, "Article": {}},
}


def invoke(served: Served, body: dict[str, Any], head: dict[str, str]) -> Any:
    data = json.dumps(body, ensure_ascii=False).encode()
    head = {"Content-Type": JSON, **head}
    return served.ask("/webhook/otrs", "POST", data=data, headers=head)


def basic(secret: str, user: str = "slaplugin") -> str:
    """``encode_base64`` of OTRS 6 and OTOBO: lines of 76, which LWP joins by spaces."""
    lines = encodebytes(f"{user}:{secret}".encode()).decode()
    return "Basic " + lines.replace("\n", " ").strip()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_each_version_sends_names_its_ticket(body: dict[str, Any], served: Served) -> None:
    answer = invoke(served, body, {"Authorization": basic(SECRET)})
    assert (answer.status_code, answer.json()) == (200, {"hint": "accepted"}), answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    assert served.hinted == ["37"]


@pytest.mark.parametrize("length", [1, 40, 48, 64, 200])
def test_long_secrets_are_taken_however_perl_breaks_them(length: int, serve: Serve) -> None:
    served = serve()
    served.secret = "s" * length
    for head in (
        basic(served.secret),
        "Basic " + b64encode(f"a:{served.secret}".encode()).decode(),
    ):
        assert invoke(served, BODIES["our mapping"], {"Authorization": head}).status_code == 200


@pytest.mark.parametrize(
    "head", [basic("no"), basic(""), "Basic", "Basic !", basic(SECRET)[:-4], basic(SECRET) + " x"]
)
def test_a_wrong_login_is_refused(head: str, served: Served) -> None:
    answer = invoke(served, BODIES["our mapping"], {"Authorization": head})
    assert answer.status_code == 401
    assert served.hinted == []


def called(data: dict[str, Any], transport: dict[str, Any]) -> dict[str, Any]:
    """What ``RequesterPerformRequest`` of the three makes of its configuration."""
    (mapping,) = transport["InvokerControllerMapping"].values()
    login = transport["Authentication"]
    assert login["AuthType"] == "BasicAuth"
    return {
        "method": mapping["Command"],
        "path": mapping["Controller"],
        "data": json.dumps(data),
        "headers": {
            "Content-Type": JSON,
            "Authorization": basic(login["BasicAuthPassword"], login["BasicAuthUser"]),
        },
    }


def test_the_definition_that_ships_sends_what_is_taken(served: Served) -> None:
    requester = yaml.safe_load(hook_definition())["Requester"]
    transport = requester["Transport"]["Config"]
    (invoker,) = requester["Invoker"].values()
    mapping = invoker["MappingOutbound"]["Config"]
    assert mapping["KeyMapDefault"]["MapType"] == "Ignore"
    kept = {mapping["KeyMapExact"][key]: EVENT[key] for key in mapping["KeyMapExact"]}
    served.secret = transport["Authentication"]["BasicAuthPassword"]
    call = called(kept, transport)
    answer = served.ask(call.pop("path"), call.pop("method"), **call)
    assert answer.json() == {"hint": "accepted"}, answer.text
    assert served.hinted == ["37"]


def test_the_definition_that_ships_is_of_texts_alone() -> None:
    """Numbers and booleans of YAML would not be what the family's own exports hold."""
    assert not_texts(yaml.safe_load(hook_definition())) == []
    events = [
        event["Event"]
        for invoker in yaml.safe_load(hook_definition())["Requester"]["Invoker"].values()
        for event in invoker["Events"]
    ]
    assert len(events) == len(set(events)) == 10


def not_texts(value: Any) -> list[Any]:
    """The leaves that are no text."""
    if isinstance(value, dict):
        return [one for part in value.values() for one in not_texts(part)]
    if isinstance(value, list):
        return [one for part in value for one in not_texts(part)]
    return [] if isinstance(value, str) else [value]
