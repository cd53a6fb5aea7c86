"""The demo's answers have the keys and JSON types of the recorded Zammad 5.5."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from conftest import World

CASSETTES = Path(__file__).parents[2] / "cassettes" / "zammad"
CUSTOM = {
    "product",
    "sla_due_at",
    "sla_state",
    "sla_note",
    "sla_policy",
    "sla_summary",
    "contract_level",
}
Shape = dict[str, set[str]]


@functools.cache
def recorded(cassette: str, path: str, method: str = "GET") -> list[Any]:
    """Decoded answers of the requests whose address matches `path`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (CASSETTES / f"{cassette}.yaml").read_text(encoding="utf-8")
    found = []
    for item in yaml.load(text, Loader=loader)["interactions"]:
        asked, answer = item["request"], item["response"]
        if asked["method"] == method and re.search(path, asked["uri"]):
            found.append(json.loads(answer["body"]["string"]))
    assert found, f"{cassette} has no {method} {path}"
    return found


def kind(value: Any) -> str:
    """The JSON type; times are told from other text."""
    if value is None:
        return "null"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
        return "time"
    return {bool: "boolean", int: "integer", str: "text", list: "list", dict: "object"}[type(value)]


def shape(records: list[dict[str, Any]]) -> Shape:
    """Key -> the JSON types it was seen with, custom fields left out."""
    result: Shape = {}
    for record in records:
        for name, value in record.items():
            if name not in CUSTOM:
                result.setdefault(name, set()).add(kind(value))
    return result


def assert_same(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    """Same keys, and no type where the recordings have another one."""
    assert ours
    mine, real = shape(ours), shape(theirs)
    assert set(mine) == set(real)
    for name, kinds in mine.items():
        strange = kinds - real[name] - {"null"}
        if real[name] != {"null"}:
            assert not strange, f"{name}: {strange} where the recordings have {real[name]}"


def lived(world: World) -> int:
    """A ticket to which everything has happened; its id."""
    ticket = int(world.ticket("Line is down", tags="vpn,printer")["id"])
    bot = world.bot
    bot.put(f"/tickets/{ticket}", owner="mila.hart", priority="3 high", product="router")
    world.clock.advance(60)
    bot.post("/ticket_articles", ticket_id=ticket, type="email", body="On it.")
    bot.post("/ticket_articles", ticket_id=ticket, type="note", body="Hm.", internal=True)
    bot.put(f"/tickets/{ticket}", state="pending reminder", pending_time="2026-10-13T08:00:00Z")
    world.clock.advance(60)
    other = world.ticket("Line is down again")
    bot.call("PUT", f"/ticket_merge/{other['id']}/{world.bot.get(f'/tickets/{ticket}')['number']}")
    bot.put(f"/tickets/{ticket}", state="closed")
    return ticket


def test_tickets(world: World) -> None:
    lived(world)
    index = recorded("tickets_index_variants", r"tickets$")[0]
    assert_same(world.bot.get("/tickets"), index)
    with_names = recorded("tickets_index_variants", "expand=true")[0]
    assert_same(world.bot.get("/tickets", expand="true"), with_names)
    assert_same([world.bot.get("/tickets/1")], recorded("tickets/T06", r"tickets/38$"))
    full = world.bot.get("/tickets", full="true")
    assert_same([full], recorded("tickets_index_variants", "full=true"))


def test_every_flavour_of_one_ticket(world: World) -> None:
    path = f"/tickets/{lived(world)}"
    everything = recorded("tickets_show_variants", "all=true")[0]
    ours = world.bot.get(path, all="true")
    assert_same([ours], [everything])
    assert set(ours["assets"]) == set(everything["assets"])
    assert_same([world.bot.get(path, full="true")], recorded("tickets_show_variants", "full=true"))


def test_search(world: World) -> None:
    lived(world)
    condition = {"ticket.updated_at": {"operator": "after (absolute)", "value": "2026-01-01"}}
    answers = recorded("search_result_shapes", "search", "POST")
    plain = world.bot.search(condition)
    assert_same([plain], [answers[0]])
    for model in ("Ticket", "User", "Group", "Organization", "Role"):
        theirs = list(answers[0]["assets"][model].values())
        assert_same(list(plain["assets"][model].values()), theirs)
    assert_same(world.bot.search(condition, expand=True), answers[1])


def test_history_rows_key_for_key(world: World) -> None:
    ticket = lived(world)
    world.bot.call("DELETE", "/tags/remove", json=_tag(ticket, "vpn"))
    source = world.bot.get(f"/ticket_history/{ticket + 1}")["history"]
    ours = world.bot.get(f"/ticket_history/{ticket}")
    theirs: list[dict[str, Any]] = []
    for name in ("T01", "T03", "T05", "T06", "T16", "T12"):
        for answer in recorded(f"tickets/{name}", "ticket_history"):
            theirs += answer["history"]
    theirs += recorded("write_tags", "ticket_history")[-1]["history"]
    known = {(row["object"], row["type"], _keys(row)) for row in theirs}
    mine = {(row["object"], row["type"], _keys(row)) for row in ours["history"] + source}
    assert mine <= known
    assert {kind for _, kind, _ in mine} >= {
        "created",
        "updated",
        "added",
        "removed",
        "received_merge",
        "merged_into",
        "email",
    }
    assert_same([ours], recorded("tickets/T01", "ticket_history"))


def _keys(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(row))


def _tag(ticket: int, name: str) -> dict[str, Any]:
    return {"object": "Ticket", "o_id": ticket, "item": name}


def test_articles(world: World) -> None:
    ticket = lived(world)
    theirs = [
        row
        for name in ("T01", "T02", "T06", "T10")
        for row in recorded(f"tickets/{name}", r"by_ticket/\d+$")[0]
    ]
    ours = world.bot.get(f"/ticket_articles/by_ticket/{ticket}")
    originless = [{k: v for k, v in row.items() if k != "origin_by"} for row in ours]
    assert_same(originless, theirs)
    assert {row["type"] for row in ours} == {"email", "note"}
    assert {row["sender"] for row in ours} == {"Agent", "Customer", "System"}


def test_posted_article(world: World) -> None:
    ticket = lived(world)
    note = world.bot.post("/ticket_articles", ticket_id=ticket, body="only body")
    theirs = recorded("write_articles", "ticket_articles$", "POST")
    assert_same([note], [row for row in theirs if row.get("body") == "only body"])
    assert (note["type"], note["sender"], note["internal"]) == ("note", "Agent", False)


@pytest.mark.parametrize(
    ("path", "cassette", "recorded_path", "admin"),
    [
        ("/users/me", "auth_ok_users_me", "users/me", False),
        ("/users/me?expand=true", "auth_users_me_expand", "users/me", False),
        ("/users?per_page=200", "meta_users", r"per_page=200", False),
        ("/users?per_page=5&expand=true", "meta_users", "expand=true", False),
        ("/users/search?query=mila", "meta_users", "search", False),
        ("/groups", "meta_groups_admin", r"groups$", True),
        ("/organizations", "meta_organizations", r"organizations$", False),
        ("/organizations/2?expand=true", "meta_organizations", "expand", False),
        ("/organizations/search?query=Nordwell", "meta_organizations", "search", False),
        ("/ticket_states", "meta_states_priorities", r"ticket_states$", False),
        ("/ticket_states?expand=true", "meta_states_priorities", "ticket_states.expand", False),
        ("/ticket_priorities", "meta_states_priorities", "ticket_priorities", False),
        ("/calendars", "meta_calendars_slas", "calendars", True),
        ("/tag_list", "meta_tag_list", "tag_list", True),
        ("/tag_search?term=vp", "meta_tag_list", "tag_search", False),
        ("/version", "meta_version", "version", True),
    ],
)
def test_reference(
    world: World, path: str, cassette: str, recorded_path: str, *, admin: bool
) -> None:
    lived(world)
    ours = (world.admin if admin else world.bot).get(path)
    theirs = recorded(cassette, recorded_path)[-1]
    pairs = (
        [ours] if isinstance(ours, dict) else ours,
        [theirs] if isinstance(theirs, dict) else theirs,
    )
    mine, real = pairs
    if "expand" in path and "users" in path:
        mine = [{k: v for k, v in row.items() if k != "organization"} for row in mine]
        real = [{k: v for k, v in row.items() if k != "organization"} for row in real]
    assert_same(mine, real)


def test_roles_and_permissions_by_number(world: World) -> None:
    assert_same(world.admin.get("/roles"), recorded("meta_roles", "roles")[0])


def test_object_attributes(world: World) -> None:
    theirs = next(
        a for a in recorded("meta_object_attributes", "object_manager") if isinstance(a, list)
    )
    ours = world.admin.get("/object_manager_attributes")
    optional = {"not_deletable_reason"}
    assert set(shape(theirs)) - set(shape(ours)) <= optional
    assert set(shape(ours)) <= set(shape(theirs))
    builtin = {(row["object"], row["name"]) for row in ours if not row["editable"]}
    assert builtin <= {(row["object"], row["name"]) for row in theirs}


def test_created_attribute(world: World) -> None:
    sent = {
        "object": "Ticket",
        "name": "site",
        "display": "Site",
        "data_type": "input",
        "data_option": {"type": "text", "maxlength": 60, "null": True},
        "active": True,
        "position": 1600,
        "screens": {},
    }
    theirs = recorded("setup_object_attributes", "attributes$", "POST")
    assert_same([world.admin.post("/object_manager_attributes", **sent)], theirs)


def test_merge_and_links(world: World) -> None:
    target, source = world.ticket("one"), world.ticket("two")
    answer = world.bot.put(f"/ticket_merge/{source['id']}/{target['number']}")
    theirs = recorded("write_merge", r"ticket_merge/89", "PUT")[0]
    assert set(answer) == set(theirs)
    for name in ("target_ticket", "source_ticket"):
        assert_same([answer[name]], [theirs[name]])
    links = world.bot.get("/links", link_object="Ticket", link_object_value=source["id"])
    real = recorded("tickets/T06", "links")[0]
    assert_same([links], [real])
    assert_same(links["links"], real["links"])
