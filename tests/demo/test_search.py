"""Searching and listing tickets: conditions, caps, sorting, scope (live facts 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import World


def after(instant: str) -> dict[str, Any]:
    return {"ticket.updated_at": {"operator": "after (absolute)", "value": instant}}


def test_bounds_are_inclusive_to_the_millisecond(world: World) -> None:
    stamp = world.bot.get(f"/tickets/{world.ticket()['id']}")["updated_at"]
    assert world.bot.search(after(stamp))["tickets_count"] == 1
    later = stamp[:-4] + f"{int(stamp[-4:-1]) + 1:03d}Z"
    assert world.bot.search(after(later))["tickets_count"] == 0
    before = {"ticket.updated_at": {"operator": "before (absolute)", "value": stamp}}
    assert world.bot.search(before)["tickets_count"] == 1


def test_a_zone_suffix_is_ignored(world: World) -> None:
    stamp = world.bot.get(f"/tickets/{world.ticket()['id']}")["updated_at"]
    assert world.bot.search(after(stamp[:-1] + "+02:00"))["tickets_count"] == 1


def test_ties_are_possible_and_sortable(world: World) -> None:
    ids = [world.ticket(f"t{n}")["id"] for n in range(3)]
    for ticket in reversed(ids):
        world.bot.put(f"/tickets/{ticket}", priority="3 high")
    found = world.bot.search(
        after("2026-01-01T00:00:00Z"), sort_by="updated_at,id", order_by="asc,asc", expand=True
    )
    assert [row["id"] for row in found] == ids
    assert len({row["updated_at"] for row in found}) == 1


def test_conditions(world: World) -> None:
    vip = world.ticket("vip", customer="ines@hollerbach.example", tags="gold,x")["id"]
    plain = world.ticket("plain", customer="nora@dunmore.example", tags="x")["id"]
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"ticket.id": {"operator": "is", "value": [vip, 99]}}, [vip]),
        ({"customer.vip": {"operator": "is", "value": True}}, [vip]),
        ({"organization.contract_level": {"operator": "is", "value": ["basic"]}}, [plain]),
        ({"ticket.tags": {"operator": "contains one", "value": "gold, y"}}, [vip]),
        ({"ticket.tags": {"operator": "contains all", "value": "gold,x"}}, [vip]),
        ({"ticket.tags": {"operator": "contains one not", "value": "gold"}}, [plain]),
        ({"ticket.state_id": {"operator": "is not", "value": [1]}}, []),
        ({"ticket.title": {"operator": "contains", "value": "LAI"}}, [plain]),
        (
            {
                "ticket.created_at": {
                    "operator": "within last (relative)",
                    "value": "90",
                    "range": "minute",
                }
            },
            [vip, plain],
        ),
        (
            {
                "operator": "OR",
                "conditions": [
                    {"name": "ticket.id", "operator": "is", "value": [vip]},
                    {"name": "ticket.title", "operator": "contains", "value": "plain"},
                ],
            },
            [vip, plain],
        ),
        # A condition without a usable value is dropped: everything comes back.
        ({"ticket.id": {"operator": "is", "value": []}}, [vip, plain]),
        ({"ticket.id": {"operator": "is"}}, [vip, plain]),
    ]
    for condition, expected in cases:
        found = world.bot.search(condition, sort_by="id", order_by="asc")
        assert found["tickets"] == expected, condition


def test_conditions_in_the_address(world: World) -> None:
    ticket = world.ticket()["id"]
    query = f"condition[ticket.id][operator]=is&condition[ticket.id][value][]={ticket}"
    assert world.bot.get(f"/tickets/search?{query}")["tickets"] == [ticket]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"condition": {"ticket.updated_at": {"operator": "bogus", "value": "x"}}}, 500),
        ({"condition": {}}, 500),
        ({"condition": {"ticket.bogus": {"operator": "is", "value": [1]}}}, 422),
        ({"condition": after("not-a-date")}, 422),
        ({"condition": after("2026-01-01"), "sort_by": "bogus"}, 500),
        ({"condition": after("2026-01-01"), "sort_by": "id", "order_by": "sideways"}, 500),
    ],
)
def test_errors(world: World, body: dict[str, Any], status: int) -> None:
    answer = world.bot.call("POST", "/tickets/search", json=body)
    assert answer.status_code == status
    assert answer.json()["error"].startswith("Error ID ")


def test_a_query_makes_the_condition_count_for_nothing(world: World) -> None:
    ticket = world.ticket("Label printer")["id"]
    none = {"ticket.id": {"operator": "is", "value": [999]}}
    assert world.bot.search(none, query="")["tickets"] == [ticket]
    assert world.bot.search(none, query="Label")["tickets"] == [ticket]
    assert world.bot.search(none, query="label")["tickets"] == []


def test_caps_and_order(world: World) -> None:
    for number in range(5):
        world.ticket(f"t{number}")
    index = world.bot.get("/tickets", per_page=2, page=2, sort_by="updated_at")
    assert [row["id"] for row in index] == [3, 4]
    assert world.bot.get("/tickets", per_page=0) == []
    assert world.bot.get("/tickets", page=9) == []
    assert world.bot.call("GET", "/tickets?page=0").status_code == 422
    assert world.bot.get("/tickets/search", limit=2)["tickets"] == [5, 4]
    with world.server.desk.db.transaction():
        _copy_tickets(world, 250)
    assert len(world.bot.get("/tickets", per_page=1000)) == 100
    assert world.bot.get("/tickets/search")["tickets_count"] == 50
    assert world.bot.get("/tickets/search", limit=1000)["tickets_count"] == 200


def test_only_readable_groups(world: World) -> None:
    seen, hidden = world.ticket("a")["id"], world.ticket("b", group="Billing")["id"]
    trainee = world.client("lena.fox")
    assert [row["id"] for row in trainee.get("/tickets")] == [seen]
    assert trainee.search({"ticket.id": {"operator": "is", "value": [hidden]}})["tickets"] == []
    assert trainee.call("PUT", f"/tickets/{seen}", json={"title": "x"}).status_code == 403


def _copy_tickets(world: World, count: int) -> None:
    db = world.server.desk.db
    row = db.get("tickets", 1)
    assert row is not None
    for number in range(count):
        db.insert("tickets", row | {"id": None, "number": f"copy{number}"})
