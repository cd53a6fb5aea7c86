"""Names and people, with no more rights than an agent's; parties; what one read shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import responses

from slaplugin.app.errors import TicketHeldError
from slaplugin.hosts.config import HostConfig, StateMeaning
from slaplugin.hosts.zammad import ZammadHost, make_host
from slaplugin.hosts.zammad.directory import away
from slaplugin.hosts.zammad.names import person_facts

API = "http://zammad.test/api/v1"


def serve(path: str, data: Any, status: int = 200, **more: Any) -> None:
    responses.add("GET", f"{API}/{path}", json=data, status=status, **more)


# -------------------------------------------------------------------------- states and groups


def test_states_mean_what_their_type_says(play: Any, host: ZammadHost) -> None:
    with play("meta_states_priorities"):
        states = {
            state.name: (state.kind, state.closes) for state in host.directory.states().values()
        }
    assert states == {
        "new": ("new", False),
        "open": ("open", False),
        "pending reminder": ("waiting_customer", False),
        "pending close": ("waiting_customer", True),
        "closed": ("closed", False),
        "merged": ("merged", False),
        "removed": ("removed", False),
    }


@pytest.mark.parametrize(("following", "closes"), [(4, True), (2, False), (None, True)])
@responses.activate
def test_a_pending_action_closes_only_what_it_leads_to(
    host: ZammadHost, following: int | None, closes: bool
) -> None:
    states = [
        {"id": 2, "name": "open", "state_type": "open"},
        {"id": 4, "name": "closed", "state_type": "closed"},
        {"id": 7, "name": "later", "state_type": "pending action", "next_state_id": following},
    ]
    serve("ticket_states", states)
    assert host.directory.states()[7].closes is closes


def test_settings_overrule_a_states_meaning(play: Any, config: HostConfig) -> None:
    states = {"pending reminder": StateMeaning("waiting_other")}
    host = make_host(replace(config, states=states))
    with play("meta_states_priorities"):
        assert host.directory.states()[3].kind == "waiting_other"


def test_groups_without_admin_rights_are_the_accounts_own(play: Any, host: ZammadHost) -> None:
    """Up to 6.0 only an administrator may list groups (facts 1.3)."""
    with play("meta_groups", "auth_users_me_expand", match_on=("method", "path")):
        groups = host.directory.groups()
    assert groups == {1: "Users", 2: "Support", 3: "Billing", 4: "VIP Desk", 5: "Escalations"}


def test_groups_with_admin_rights_are_all(play: Any, host: ZammadHost) -> None:
    with play("meta_groups_admin", match_on=("method", "path")):
        assert host.directory.group_id("VIP Desk") == 4


def test_priorities_have_common_names_that_settings_extend(config: HostConfig) -> None:
    host = make_host(replace(config, priorities={"4 critical": "urgent", "3 high": "normal"}))
    assert host.priority_names == {
        "1 low": "low",
        "2 normal": "normal",
        "3 high": "normal",
        "4 critical": "urgent",
    }


# -------------------------------------------------------------------------- people

ROLES = {
    "2": {"id": 2, "permission_ids": [43, 57], "group_ids": {}},
    "3": {"id": 3, "permission_ids": [44, 58], "group_ids": {}},
    "7": {"id": 7, "permission_ids": [44], "group_ids": {}},
    "8": {"id": 8, "permission_ids": [44], "group_ids": {"5": ["full"]}},
}


@pytest.mark.parametrize(
    ("more", "staff", "full"),
    [
        ({"role_ids": [3]}, False, set()),
        ({"role_ids": [7, 3]}, False, set()),
        ({"role_ids": [2]}, True, set()),
        ({"role_ids": [8]}, True, {5}),
        ({"role_ids": [2], "group_ids": {"1": ["full"], "2": ["read"]}}, True, {1}),
        ({"role_ids": [3], "group_ids": {"1": ["full"]}}, False, {1}),
        ({"role_ids": [99]}, True, set()),
        ({"role_ids": []}, False, set()),
    ],
    ids=[
        "customer",
        "customer with more",
        "agent",
        "group by role",
        "direct",
        "left",
        "unknown",
        "none",
    ],
)
def test_who_is_staff(host: ZammadHost, more: Any, staff: bool, full: set[int]) -> None:
    host.directory.learn({"Role": ROLES})
    person = host.directory.person({"id": 1, "login": "x", **more})
    assert (person.staff, set(person.full_groups)) == (staff, full)


@pytest.mark.parametrize(
    ("leave", "gone"),
    [
        ({}, False),
        ({"out_of_office": True}, True),
        ({"out_of_office": False, "out_of_office_start_at": "2026-11-01"}, False),
        ({"out_of_office": True, "out_of_office_start_at": "2026-11-04"}, False),
        ({"out_of_office": True, "out_of_office_end_at": "2026-11-03"}, True),
        ({"out_of_office": True, "out_of_office_end_at": "2026-11-02T00:00:00Z"}, False),
    ],
)
def test_who_is_away(leave: dict[str, Any], gone: bool) -> None:
    assert away(leave, date(2026, 11, 3)) is gone


def test_a_persons_facts_leave_private_things_out() -> None:
    record = {
        "id": 10,
        "login": "marta",
        "firstname": "Marta",
        "lastname": "Silva",
        "email": "m@x.example",
        "vip": True,
        "phone": "555",
        "note": "secret",
        "tier": "gold",
        "empty": "",
        "role_ids": [3],
    }
    assert person_facts(record) == {
        "customer.id": 10,
        "customer.login": "marta",
        "customer.name": "Marta Silva",
        "customer.email": "m@x.example",
        "customer.vip": True,
        "customer.fields.tier": "gold",
    }


@responses.activate
def test_staff_is_found_by_walking_where_search_fails(host: ZammadHost) -> None:
    responses.add("POST", f"{API}/users/search", json={"error": "Error ID x"}, status=403)
    serve("roles", {"error": "Not authorized (token)!"}, 403)
    people = [
        {"id": 4, "login": "anna", "active": True, "role_ids": [2]},
        {"id": 5, "login": "ben", "active": False, "role_ids": [2]},
        {"id": 9, "login": "cara", "active": True, "role_ids": [3]},
    ]
    serve(
        "users",
        people,
        match=[responses.matchers.query_param_matcher({"page": 1}, strict_match=False)],
    )
    serve(
        "users", [], match=[responses.matchers.query_param_matcher({"page": 2}, strict_match=False)]
    )
    assert [person.login for person in host.directory.staff()] == ["anna"]


# -------------------------------------------------------------------------- parties


def row(number: int, second: int) -> dict[str, Any]:
    stamp = f"2026-11-03T09:{second // 60:02d}:{second % 60:02d}.000Z"
    return {"id": number, "login": f"u{number}", "updated_at": stamp}


@responses.activate
def test_changed_people_are_paged_until_they_are_old(config: HostConfig) -> None:
    host = make_host(replace(config, overlap=10))
    serve("users/search", [row(2, 100)], headers={"ETag": "first"})
    serve("organizations", [])
    bookmark = list(host.parties(None))[-1].bookmark
    serve("users/search", [row(5, 500), row(4, 400)], headers={"ETag": "second"})
    serve("users/search", [row(3, 300), row(2, 100), row(9, 5)])
    pages = list(host.parties(bookmark))
    assert [item.key for page in pages for item in page.items] == ["5", "4", "3"]
    sent = [call.request for call in responses.calls if "/users/" in str(call.request.url)]
    assert sent[1].headers["If-None-Match"] == "first"
    responses.add("GET", f"{API}/users/search", status=304)
    assert not [item for page in host.parties(pages[-1].bookmark) for item in page.items]


@responses.activate
def test_people_that_are_not_sorted_are_read_to_the_end(config: HostConfig) -> None:
    """The plain list is sorted by id whatever is asked; its first page proves nothing."""
    host = make_host(replace(config, overlap=10))
    serve("users/search", {"error": "Error ID x"}, 422)
    serve("users", [row(2, 100), row(3, 200)], headers={"ETag": "first"})
    serve("organizations", [])
    bookmark = list(host.parties(None))[-1].bookmark
    serve("users", [row(2, 100), row(5, 500)], headers={"ETag": "first"})
    serve("users", [row(7, 700)])
    serve("users", [])
    told = [item.key for page in host.parties(bookmark) for item in page.items]
    assert told == ["5", "7"]
    assert not [c for c in responses.calls if "If-None-Match" in c.request.headers]


# -------------------------------------------------------------------------- one read


def test_what_a_recorded_ticket_shows(play: Any, host: ZammadHost) -> None:
    with play("tickets--T04", "meta_states_priorities", "meta_users"):
        snapshot = host.read("48")
        looked = host.look("48")
    seen = snapshot.seen
    assert seen == looked
    assert seen.tags == {"sla-breached"}
    assert (seen.priority, seen.group, seen.owner) == ("3 high", "Support", "anna.berg")
    assert (seen.state, seen.state_kind) == ("closed", "closed")
    assert seen.fields["sla_due_at"] == 1792396800
    assert (snapshot.customer_key, snapshot.organization_key) == ("15", "4")
    assert host.requests_made() == 7, "states, priorities; history, articles, tags; ticket, tags"


@responses.activate
def test_data_that_cannot_be_understood_holds_the_ticket(host: ZammadHost) -> None:
    ticket = {"id": 1, "state_id": 2, "created_at": "yesterday", "updated_at": "today"}
    serve("ticket_history/1", {"history": [], "assets": {"Ticket": {"1": ticket}}})
    serve("ticket_articles/by_ticket/1", [])
    serve("tags", {"tags": []})
    serve("ticket_states", [{"id": 2, "name": "open", "state_type": "open"}])
    serve("ticket_priorities", [])
    with pytest.raises(TicketHeldError, match="ticket 1: the helpdesk's data cannot be understood"):
        host.read("1")


@responses.activate
def test_a_state_made_since_is_learnt(host: ZammadHost) -> None:
    stamp = "2026-11-03T09:00:00.000Z"
    ticket = {"id": 1, "state_id": 9, "created_at": stamp, "updated_at": stamp}
    serve("ticket_history/1", {"history": [], "assets": {"Ticket": {"1": ticket}}})
    serve("ticket_articles/by_ticket/1", [])
    serve("tags", {"tags": []})
    old = [{"id": 2, "name": "open", "state_type": "open"}]
    serve("ticket_states", old)
    serve("ticket_states", [*old, {"id": 9, "name": "testing", "state_type": "open"}])
    serve("ticket_priorities", [])
    assert host.now() == 1_793_700_000
    assert host.read("1").seen.state == "testing"
    before = host.requests_made()
    host.read("1")
    assert host.requests_made() - before == 3
