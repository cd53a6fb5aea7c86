"""One full read where answers are odd: whom to ask about, when to stop, what proves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from slaplugin.app.errors import HostGoneError, HostTemporaryError
from slaplugin.app.ports import Change
from slaplugin.hosts.zammad import ZammadHost

API = "http://zammad.test/api/v1"
STAMP = "2026-11-03T09:00:00.000Z"
OPEN = {"id": 2, "name": "open", "state_type": "open"}
TESTING = {"id": 9, "name": "testing", "state_type": "open"}


def serve(path: str, data: Any) -> None:
    responses.add("GET", f"{API}/{path}", json=data)


def serve_ticket(number: int, *rows: dict[str, Any], **more: Any) -> None:
    """A ticket with its history and nothing else."""
    serve(f"ticket_history/{number}", told(number, *rows, **more))


def told(number: int, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The answer of a history; rows get the parts that all have."""
    same = {"object": "Ticket", "created_at": STAMP, "created_by_id": 4, "o_id": number}
    history = [same | {"id": number * 100 + place} | row for place, row in enumerate(rows)]
    ticket = {"id": number, "state_id": 2, "created_at": STAMP, "updated_at": STAMP, **more}
    assets = {"Ticket": {str(number): ticket}, "User": {"4": {"id": 4, "role_ids": [2]}}}
    return {"history": history, "assets": assets}


def serve_rest(*articles: dict[str, Any], states: Any = (OPEN,)) -> None:
    serve("ticket_articles/by_ticket/1", articles)
    serve("tags", {"tags": []})
    serve("ticket_states", states)
    serve("ticket_priorities", [])


@responses.activate
def test_tickets_merged_into_each_other_are_read_once(host: ZammadHost) -> None:
    """2 into 1, then 1, opened again by hand, into 2."""
    there = {"type": "merged_into", "id_from": 1, "id_to": 2}
    back = {"type": "merged_into", "id_from": 2, "id_to": 1}
    serve_ticket(1, {"type": "created"}, {**back, "type": "received_merge"}, there)
    serve_ticket(2, {"type": "created"}, back, {**there, "type": "received_merge"})
    serve_rest()
    kinds = [event.kind for event in host.read("1").timeline.events]
    assert sorted(kinds) == ["absorbed", "created", "merged"]
    assert host.requests_made() == 6, "two histories, messages, tags; states, priorities"


@responses.activate
def test_writers_without_history_are_asked_for(host: ZammadHost) -> None:
    """An imported ticket has no history, so that no side table names who wrote."""
    serve_ticket(1, customer_id=12, organization_id=7)
    written = {"id": 5, "created_at": STAMP, "sender": "Customer", "type": "email"}
    serve_rest({**written, "created_by_id": 20})
    serve("users/12", {"id": 12, "login": "cara", "organization_id": 7, "role_ids": [3]})
    serve("users/20", {"id": 20, "login": "eve", "role_ids": [3]})
    serve("organizations/7", {"id": 7, "name": "Acme"})
    kinds = [event.kind for event in host.read("1").timeline.events]
    assert kinds == ["created", "third_party_message"]


@responses.activate
def test_a_state_that_was_left_already_is_learnt(host: ZammadHost) -> None:
    move = {"type": "updated", "attribute": "state", "id_from": 9, "value_from": "testing"}
    serve_ticket(1, {"type": "created"}, {**move, "id_to": 2, "value_to": "open"})
    serve_rest(states=[OPEN])
    serve("ticket_states", [OPEN, TESTING])
    host.directory.states()
    assert host.read("1").timeline.ticket.facts["state"] == "testing"


@responses.activate
def test_a_tag_added_while_we_read_was_not_there_from_the_start(host: ZammadHost) -> None:
    tag = {"type": "added", "attribute": "tag", "value_to": "vip"}
    tags: list[str] = []
    responses.add_callback("GET", f"{API}/tags", lambda _: (200, {}, json.dumps({"tags": tags})))
    rows = [{"type": "created"}, {**tag, "created_at": "2026-11-03T10:00:00.000Z"}]

    def history(_: Any) -> tuple[int, dict[str, str], str]:
        tags.append("vip")
        return 200, {}, json.dumps(told(1, *rows))

    responses.add_callback("GET", f"{API}/ticket_history/1", history)
    serve_rest()
    ticket = host.read("1").timeline.ticket
    assert ticket.facts["tags"] == ()


@responses.activate
def test_a_priority_made_since_is_learnt(host: ZammadHost) -> None:
    serve_ticket(1, {"type": "created"}, priority_id=4)
    serve_rest()
    serve("ticket_priorities", [{"id": 4, "name": "4 critical"}])
    host.directory.priorities()
    snapshot = host.read("1")
    assert snapshot.timeline.ticket.facts["priority"] == snapshot.seen.priority == "4 critical"


@responses.activate
def test_a_group_whose_name_is_hidden_is_no_number(host: ZammadHost) -> None:
    serve_ticket(1, {"type": "created"}, group_id=5)
    serve_rest()
    assert "group" not in host.read("1").timeline.ticket.facts


@responses.activate
def test_a_ticket_that_is_gone_is_not_lost(host: ZammadHost) -> None:
    """Where tags ask for access (7.x) they may refuse before anybody says that it is gone."""
    responses.add("GET", f"{API}/tags", json={"error": "Not authorized"}, status=403)
    serve("users/me", {"id": 8})
    error = {"error": "Couldn't find Ticket with 'id'=1"}
    responses.add("GET", f"{API}/ticket_history/1", json=error, status=404)
    with pytest.raises(HostGoneError):
        host.read("1")


@responses.activate
def test_a_page_that_refuses_everything_is_told_with_its_place(host: ZammadHost) -> None:
    for path in ("tags", "ticket_history/1", "users/me"):
        responses.add("GET", f"{API}/{path}", body="<html>Blocked</html>", status=403)
    with pytest.raises(HostTemporaryError) as caught:
        host.read("1")
    said = str(caught.value)
    assert "GET /api/v1/users/me at http://zammad.test" in said
    assert "a proxy or firewall" in said and "()" not in said


@pytest.mark.parametrize("body", ["<html>404</html>", "default backend - 404"])
@responses.activate
def test_a_proxy_without_its_helpdesk_deletes_no_ticket(host: ZammadHost, body: str) -> None:
    serve("tags", {"tags": []})
    responses.add("GET", f"{API}/ticket_history/1", body=body, status=404)
    with pytest.raises(HostTemporaryError, match="no ticket counts as deleted"):
        host.read("1")


@pytest.mark.parametrize(
    ("present", "value", "sent"),
    [(3, 7, 7), (True, False, False), ("2026-11-04T00:00:00.000Z", 1_793_698_200,
     "2026-11-03T09:30:00.000Z"), (None, 1_793_698_200, "2026-11-03T09:30:00.000Z")],
    ids=["number", "flag", "date", "empty date"],
)  # fmt: skip
@responses.activate
def test_a_field_goes_back_as_it_is_meant(
    host: ZammadHost, present: Any, value: Any, sent: Any
) -> None:
    serve_ticket(1, {"type": "created"}, custom=present)
    serve_rest()
    host.read("1")
    responses.add("PUT", f"{API}/tickets/1", json={})
    host.write("1", [Change("set_field", value, field="custom")])
    assert json.loads(responses.calls[-1].request.body or "") == {"custom": sent}
