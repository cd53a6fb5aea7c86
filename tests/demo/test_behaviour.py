"""The demo helpdesk does what the recorded Zammad 5.5 does (live facts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from conftest import World


def rows(world: World, ticket_id: int, attribute: str) -> list[tuple[str, str]]:
    """From and to of an attribute's history rows."""
    found = [row for row in world.history(ticket_id) if row.get("attribute") == attribute]
    return [(row.get("value_from") or "", row["value_to"]) for row in found]


@pytest.mark.parametrize(
    ("headers", "status", "text"),
    [
        ({}, 403, "Authentication required"),
        ({"Authorization": "Token token=wrong"}, 401, "Can't find User for Token"),
        ({"Authorization": "Bearer wrong"}, 401, "Can't find User for Token"),
        ({"Authorization": "Basic d3Jvbmc6d3Jvbmc="}, 401, "Invalid BasicAuth credentials"),
        ({"Authorization": "Basic ???"}, 401, "Invalid BasicAuth credentials"),
    ],
)
def test_credentials(world: World, headers: dict[str, str], status: int, text: str) -> None:
    answer = requests.get(f"{world.server.url}/api/v1/users/me", headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (status, text)
    assert answer.headers["x-failure"] == text


def test_forbidden_has_several_meanings(world: World) -> None:
    ticket = world.ticket(group="Billing")["id"]
    trainee = world.client("lena.fox")
    assert world.bot.call("GET", "/groups").json()["error"] == "Not authorized (token)!"
    assert trainee.call("GET", f"/tickets/{ticket}").json()["error"] == "Not authorized"
    customer = world.client("ravi@hollerbach.example", "ticket.customer")
    history = customer.call("GET", f"/ticket_history/{ticket}")
    assert (history.status_code, history.json()["error"]) == (403, "Not authorized (token)!")


def test_acting_for_somebody_else_needs_an_admin(world: World) -> None:
    as_mila = {"From": "mila.hart"}
    refused = world.bot.call("GET", "/users/me", headers=as_mila)
    assert refused.status_code == 403
    assert world.admin.call("GET", "/users/me", headers=as_mila).json()["login"] == "mila.hart"
    nobody = world.admin.call("GET", "/users/me", headers={"From": "nobody"})
    assert (nobody.status_code, nobody.json()["error"]) == (403, "No such user 'nobody'")


def test_equal_values_are_no_change(world: World) -> None:
    ticket = world.ticket()
    path = f"/tickets/{ticket['id']}"
    before = world.bot.get(path)
    for body in ({"priority": "2 normal"}, {}, {"nosuchfield": 1}, {"tags": "a,b"}):
        world.clock.advance(5)
        assert world.bot.put(path, **body)["updated_at"] == before["updated_at"]
    assert world.bot.get(path) == before


def test_one_put_writes_one_row_per_attribute_with_one_stamp(world: World) -> None:
    ticket = world.ticket()["id"]
    world.bot.put(f"/tickets/{ticket}", priority="3 high", owner="mila.hart", product="router")
    changed = [
        row
        for row in world.history(ticket)
        if row.get("attribute") in ("priority", "owner", "product")
    ]
    assert [row["attribute"] for row in changed] == ["priority", "owner", "product"]
    assert len({row["created_at"] for row in changed}) == 1
    assert (changed[1]["value_from"], changed[1]["value_to"]) == ("-", "Mila Hart")
    assert (changed[2]["value_from"], changed[2]["value_to"]) == ("", "router")


@pytest.mark.parametrize("owner", ["pavel.dusek", "ravi@hollerbach.example", "lena.fox"])
def test_an_owner_without_full_access_is_silently_dropped(world: World, owner: str) -> None:
    ticket = world.ticket()["id"]
    world.bot.put(f"/tickets/{ticket}", owner="mila.hart")
    answer = world.bot.put(f"/tickets/{ticket}", owner=owner)
    assert answer["owner_id"] == 1
    assert rows(world, ticket, "owner") == [("-", "Mila Hart"), ("Mila Hart", "-")]


def test_refused_owner_bumps_without_a_row(world: World) -> None:
    ticket = world.ticket()
    world.clock.advance(60)
    answer = world.bot.put(f"/tickets/{ticket['id']}", owner="pavel.dusek")
    assert answer["updated_at"] > ticket["updated_at"]
    assert rows(world, ticket["id"], "owner") == []


def test_owner_of_a_new_ticket_must_fit(world: World) -> None:
    body = {"title": "x", "group": "Support", "customer": "ravi@hollerbach.example"}
    assert (
        world.bot.call("POST", "/tickets", json=body | {"owner": "pavel.dusek"}).status_code == 422
    )


def test_moving_drops_an_owner_who_does_not_fit_there(world: World) -> None:
    ticket = world.ticket()["id"]
    world.bot.put(f"/tickets/{ticket}", owner="sana.iqbal")
    assert world.bot.put(f"/tickets/{ticket}", group="Escalations")["owner_id"] == 1
    both = world.bot.put(f"/tickets/{ticket}?expand=true", group="VIP Desk", owner="joel.okafor")
    assert (both["group"], both["owner"]) == ("VIP Desk", "joel.okafor")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"state": "bogus"}, "No lookup value found for 'state': \"bogus\""),
        ({"group": "Nope"}, "No lookup value found for 'group': \"Nope\""),
        ({"owner_id": 99999}, "Invalid value for param 'owner_id': 99999"),
        ({"sla_policy": "y" * 121}, "Sla policy is longer than the allowed length 120"),
        ({"state": "open", "article": {"type": "note"}}, "Need at least an 'article body' field."),
    ],
)
def test_refusals_that_say_why(world: World, body: dict[str, Any], text: str) -> None:
    ticket = world.ticket()["id"]
    answer = world.bot.call("PUT", f"/tickets/{ticket}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (422, text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"state": "pending reminder"}, "Missing required value for field 'pending_time'!"),
        ({"sla_state": "bogus"}, "Invalid value 'bogus' for field 'sla_state'!"),
        ({"title": ""}, "Missing required value for field 'title'!"),
        ({"group_id": 999}, "Invalid value '999' for field 'group_id'!"),
        ({"state": "merged"}, "Invalid value '5' for field 'state_id'!"),
    ],
)
def test_refusals_whose_reason_only_admins_read(
    world: World, body: dict[str, Any], text: str
) -> None:
    ticket = world.ticket()["id"]
    hidden = world.bot.call("PUT", f"/tickets/{ticket}", json=body)
    assert hidden.status_code == 422
    assert hidden.json()["error"].startswith("Error ID ")
    assert "error_human" not in hidden.json()
    assert world.admin.call("PUT", f"/tickets/{ticket}", json=body).json() == {"error": text}
    assert world.bot.get(f"/tickets/{ticket}")["updated_at"] == _updated(world, ticket)


def _updated(world: World, ticket: int) -> str:
    found: str = world.bot.search(
        {"ticket.id": {"operator": "is", "value": [ticket]}}, expand=True
    )[0]["updated_at"]
    return found


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-11-05T10:00:00.123Z", "2026-11-05T10:00:00.123Z"),
        ("2026-11-05T11:00:00+01:00", "2026-11-05T10:00:00.000Z"),
        ("2026-11-05 12:00:00", "2026-11-05T12:00:00.000Z"),
        ("2026-11-05", "2026-11-05T00:00:00.000Z"),
        ("garbage", None),
        (1793959200, None),
        ("", None),
    ],
)
def test_custom_times(world: World, sent: Any, stored: str | None) -> None:
    ticket = world.ticket()["id"]
    assert world.bot.put(f"/tickets/{ticket}", sla_due_at=sent)["sla_due_at"] == stored


def test_tags_bump_only_when_they_change(world: World) -> None:
    ticket = world.ticket()["id"]
    world.bot.put(f"/tickets/{ticket}", product="router")
    tag = {"object": "Ticket", "o_id": ticket, "item": " sla-breach "}
    stamps = []
    for method, path in (
        ("POST", "/tags/add"),
        ("POST", "/tags/add"),
        ("DELETE", "/tags/remove"),
        ("DELETE", "/tags/remove"),
    ):
        world.clock.advance(10)
        answer = world.bot.call(method, path, json=tag | {"item": tag["item"]})
        assert answer.json() is True
        assert answer.status_code == (201 if method == "POST" else 200)
        stamps.append(world.bot.get(f"/tickets/{ticket}")["updated_at"])
        tag["item"] = "sla-breach"
    assert stamps[0] == stamps[1] < stamps[2] == stamps[3]
    kinds = [
        (row["type"], row["value_to"])
        for row in world.history(ticket)
        if row.get("attribute") == "tag"
    ]
    assert kinds == [("added", "sla-breach"), ("removed", "sla-breach")]
    ticket_row = world.bot.get(f"/tickets/{ticket}", expand="true")
    assert ticket_row["updated_by"] == "sla-bot"


@pytest.mark.parametrize(
    ("body", "status"),
    [({"item": ""}, 422), ({"item": None}, 500), ({"o_id": 999}, 404), ({"object": "Bogus"}, 500)],
)
def test_tags_refused(world: World, body: dict[str, Any], status: int) -> None:
    sent = {"object": "Ticket", "o_id": world.ticket()["id"], "item": "x"} | body
    assert world.bot.call("POST", "/tags/add", json=sent).status_code == status


def test_tags_are_case_sensitive_and_split_on_creation_only(world: World) -> None:
    ticket = world.ticket(tags="a,b c")["id"]
    for item in ("A", "x,y"):
        world.bot.post("/tags/add", object="Ticket", o_id=ticket, item=item)
    names = world.bot.get("/tags", object="Ticket", o_id=ticket)["tags"]
    assert names == ["a", "b c", "A", "x,y"]
    assert world.bot.get("/tags", object="Ticket", o_id=999) == {"tags": []}


def test_merge_as_recorded(world: World) -> None:
    target, source = world.ticket("one")["id"], world.ticket("two", owner="mila.hart")["id"]
    world.bot.post("/tags/add", object="Ticket", o_id=source, item="vpn")
    last = world.bot.get(f"/tickets/{source}")["updated_at"]
    moved = [row["id"] for row in world.bot.get(f"/ticket_articles/by_ticket/{source}")]
    world.clock.advance(3600)
    number = world.bot.get(f"/tickets/{target}")["number"]
    world.bot.put(f"/ticket_merge/{source}/{number}")
    after_it = world.bot.get(f"/tickets/{source}", expand="true")
    assert (after_it["state"], after_it["owner"]) == ("merged", "-")
    into = next(row for row in world.history(source) if row["type"] == "merged_into")
    assert (into["created_at"], into["id_from"], into["id_to"]) == (last, source, target)
    received = next(row for row in world.history(target) if row["type"] == "received_merge")
    assert received["created_at"] > last
    here = [row["id"] for row in world.bot.get(f"/ticket_articles/by_ticket/{target}")]
    assert set(moved) <= set(here)
    left = world.bot.get(f"/ticket_articles/by_ticket/{source}")
    assert [(row["body"], row["type"], row["internal"]) for row in left] == [
        ("merged", "note", False)
    ]
    kept = {row["o_id"] for row in world.history(source) if row["object"] == "Ticket::Article"}
    assert set(moved) <= kept
    assert world.bot.get("/tags", object="Ticket", o_id=target) == {"tags": []}


def test_merge_into_itself_or_nothing(world: World) -> None:
    ticket = world.ticket()
    itself = world.bot.call("PUT", f"/ticket_merge/{ticket['id']}/{ticket['number']}")
    assert itself.status_code == 422
    nothing = world.bot.call("PUT", f"/ticket_merge/{ticket['id']}/00000")
    assert (nothing.status_code, nothing.json()["result"]) == (200, "failed")


def test_pending_close_is_done_by_the_scheduler(world: World) -> None:
    ticket = world.ticket()["id"]
    pending = {"state": "pending close", "pending_time": "2026-10-12T09:07:31Z"}
    assert world.bot.put(f"/tickets/{ticket}", **pending)["pending_time"] == (
        "2026-10-12T09:07:00.000Z"
    )
    world.clock.advance(24 * 3600)
    row = world.bot.get(f"/tickets/{ticket}", expand="true")
    assert (row["state"], row["updated_by"], row["pending_time"]) == ("closed", "-", None)
    assert row["updated_at"] == row["close_at"] == "2026-10-12T09:15:00.000Z"


def test_a_reminder_reached_changes_nothing(world: World) -> None:
    ticket = world.ticket()["id"]
    world.bot.put(
        f"/tickets/{ticket}",
        owner="mila.hart",
        state="pending reminder",
        pending_time="2026-10-12T09:00:00Z",
    )
    before = world.bot.get(f"/tickets/{ticket}")
    for _ in range(3):
        world.clock.advance(24 * 3600)
        assert world.bot.get(f"/tickets/{ticket}") == before
    history = world.bot.get(f"/ticket_history/{ticket}")["history"]
    reached = [row for row in history if "reminder_reached" in (row.get("value_to") or "")]
    assert len(reached) == 1
    assert world.bot.put(f"/tickets/{ticket}", state="open")["pending_time"] is None


@pytest.mark.parametrize(
    ("article", "answered"),
    [
        ({"type": "email", "body": "x"}, True),
        ({"type": "phone", "body": "x"}, True),
        ({"type": "note", "body": "x", "internal": False}, False),
        ({"type": "email", "body": "x", "internal": True}, False),
        ({"type": "web", "body": "x", "sender": "Customer"}, False),
    ],
)
def test_what_counts_as_a_first_response(
    world: World, article: dict[str, Any], answered: bool
) -> None:
    ticket = world.ticket()["id"]
    created = world.bot.post("/ticket_articles", ticket_id=ticket, **article)
    row = world.bot.get(f"/tickets/{ticket}", expand="true")
    assert row["first_response_at"] == (created["created_at"] if answered else None)
    assert row["state"] == ("open" if answered else "new")


def test_a_customer_opens_a_closed_ticket_again(world: World) -> None:
    ticket = world.ticket()["id"]
    world.bot.put(f"/tickets/{ticket}", state="closed")
    closed_at = world.bot.get(f"/tickets/{ticket}")["close_at"]
    world.clock.advance(3600)
    customer = world.client("ravi@hollerbach.example", "ticket.customer")
    customer.post("/ticket_articles", ticket_id=ticket, type="web", body="Again!", internal=True)
    row = world.bot.get(f"/tickets/{ticket}", expand="true")
    assert (row["state"], row["close_at"]) == ("open", closed_at)
    opened = [row for row in world.history(ticket) if row.get("attribute") == "state"][-1]
    assert opened["created_by_id"] == world.bot.get("/users/search", query="ravi")[0]["id"]


def test_deleted_tickets_are_gone(world: World) -> None:
    ticket = world.ticket()["id"]
    assert world.bot.call("DELETE", f"/tickets/{ticket}").status_code == 403
    assert world.admin.call("DELETE", f"/tickets/{ticket}").status_code == 200
    for path in (f"/tickets/{ticket}", f"/ticket_history/{ticket}"):
        assert world.bot.call("GET", path).status_code == 404


def test_customers_and_organizations_bump_no_ticket(world: World) -> None:
    ticket = world.ticket()
    before = world.bot.get(f"/tickets/{ticket['id']}")
    world.admin.put(f"/users/{ticket['customer_id']}", vip=True)
    world.admin.put(f"/organizations/{ticket['organization_id']}", contract_level="gold")
    assert world.bot.get(f"/tickets/{ticket['id']}") == before
    newest = world.bot.get("/organizations", sort_by="updated_at", order_by="desc", per_page=1)
    assert newest[0]["id"] == ticket["organization_id"]
    changed = world.bot.get(
        "/users/search", query="*", sort_by="updated_at", order_by="desc", per_page=1
    )
    assert (changed[0]["id"], changed[0]["vip"]) == (ticket["customer_id"], True)


def test_a_second_change_under_a_standing_clock_is_seen(world: World) -> None:
    ticket = world.ticket()["id"]
    first = world.bot.put(f"/tickets/{ticket}", priority="3 high")
    second = world.bot.put(f"/tickets/{ticket}", priority="1 low")
    assert second["updated_at"] > first["updated_at"]


def test_etag_date_and_unknown_routes(world: World) -> None:
    ticket = world.ticket()["id"]
    answer = world.bot.call("GET", f"/tickets/{ticket}")
    assert answer.headers["date"] == "Mon, 12 Oct 2026 07:01:00 GMT"
    again = {"If-None-Match": answer.headers["etag"]}
    assert world.bot.call("GET", f"/tickets/{ticket}", headers=again).status_code == 304
    assert world.bot.call("HEAD", f"/tickets/{ticket}").status_code == 200
    unknown = world.bot.call("GET", "/nosuchroute")
    assert unknown.json()["error"] == "No route matches [GET] /api/v1/nosuchroute"
    patch = world.bot.call("PATCH", f"/tickets/{ticket}", json={})
    assert (patch.status_code, patch.text[:9]) == (404, "<!DOCTYPE")
    assert (
        world.bot.call(
            "PUT", f"/tickets/{ticket}", data="{bad", headers={"Content-Type": "application/json"}
        ).status_code
        == 500
    )


def test_overviews_are_kept(world: World) -> None:
    sent = {
        "name": "SLA breached",
        "link": "sla_breached",
        "prio": 1000,
        "condition": {"ticket.tags": {"operator": "contains one", "value": "sla-breach"}},
        "role_ids": [2],
    }
    assert world.bot.call("POST", "/overviews", json=sent).status_code == 403
    created = world.admin.post("/overviews", **sent)
    assert world.admin.get("/overviews") == [created]
    changed = world.admin.put(f"/overviews/{created['id']}", prio=5)
    assert (changed["prio"], changed["condition"]) == (5, sent["condition"])


def test_a_field_exists_after_the_migration(world: World) -> None:
    world.admin.post(
        "/object_manager_attributes",
        object="Ticket",
        name="site",
        display="Site",
        data_type="input",
        data_option={"maxlength": 20},
    )
    ticket = world.ticket()["id"]
    assert "site" not in world.bot.get(f"/tickets/{ticket}")
    world.admin.post("/object_manager_attributes_execute_migrations")
    assert world.bot.put(f"/tickets/{ticket}", site="harbour")["site"] == "harbour"
    twice = {"object": "Ticket", "name": "site", "data_type": "input"}
    assert world.admin.call("POST", "/object_manager_attributes", json=twice).status_code == 422


def test_parallel_clients_lose_nothing(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ticket = world.ticket()["id"]

    def act(number: int) -> int:
        body = {"object": "Ticket", "o_id": ticket, "item": f"tag-{number % 8}"}
        url = f"{world.server.url}/api/v1/tags/add"
        return requests.post(url, json=body, headers=world.bot.headers, timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(act, range(24))) == {201}
    names = world.bot.get("/tags", object="Ticket", o_id=ticket)["tags"]
    assert sorted(names) == [f"tag-{number}" for number in range(8)]
    stamps = [row["created_at"] for row in world.history(ticket) if row["type"] == "added"]
    assert len(set(stamps)) == 8
