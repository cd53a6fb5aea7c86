"""The rules that recordings alone do not show: one small ticket a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from slaplugin.app.errors import TicketHeldError
from slaplugin.hosts.zammad.timeline import RawTicket, to_timeline
from slaplugin.hosts.zammad.wire import iso, ms
from tests.hosts.zammad.story import (
    ANNA,
    BEN,
    BOT,
    CARA,
    DAN,
    DUO,
    EVE,
    GUS,
    NAMES,
    START,
    Story,
    opened,
)

# -------------------------------------------------------------------------- messages

MESSAGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("the customer's mail", {"by": CARA, "sender": "Customer"}, "customer_message", "customer"),
    ("a colleague's mail", {"by": DAN, "sender": "Customer"}, "customer_message", "customer"),
    ("a stranger's mail", {"by": EVE, "sender": "Customer"}, "third_party_message", "third_party"),
    ("an agent's mail", {"by": ANNA, "sender": "Agent"}, "agent_reply", "agent"),
    ("an agent's call", {"by": ANNA, "sender": "Agent", "type": "phone"}, "agent_reply", "agent"),
    ("a public note", {"by": ANNA, "sender": "Agent", "type": "note"}, "agent_reply", "agent"),
    ("an internal note", {"by": ANNA, "sender": "Agent", "internal": True}, "note", "agent"),
    ("the host's mail", {"by": 1, "sender": "System"}, "auto_message", "system"),
    ("a listed bot's mail", {"by": BOT, "sender": "Agent"}, "auto_message", "agent"),
    ("a bot's internal note", {"by": BOT, "sender": "Agent", "internal": True}, "note", "agent"),
    ("out of office", {"by": CARA, "sender": "Customer",
                       "preferences": {"is-auto-response": True}}, "auto_message", "customer"),
    ("a trigger's text", {"by": ANNA, "sender": "Agent",
                          "preferences": {"perform_origin": "trigger"}}, "auto_message", "agent"),
    ("typed in for the customer", {"by": ANNA, "sender": "Customer", "type": "web"},
     "customer_message", "agent"),
    ("an agent's mail from outside", {"by": DUO, "sender": "Customer",
                                      "preferences": {"is-auto-response": False}},
     "third_party_message", "third_party"),
    ("an agent's own messenger", {"by": DUO, "sender": "Customer", "type": "telegram"},
     "third_party_message", "third_party"),
    ("a mail put in by hand", {"by": ANNA, "sender": "Customer"}, "customer_message", "agent"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("article", "kind", "role"), [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES]
)
def test_a_message_is_named_by_who_speaks(article: dict[str, Any], kind: str, role: str) -> None:
    (told,) = [
        event for event in opened().say(5000, **article).events() if event.at_ms == START + 5000
    ]
    assert (told.kind, told.actor and told.actor.role) == (kind, role)
    assert told.data["message"] == "501"


def test_an_agent_who_is_the_customer_speaks_as_one() -> None:
    story = Story({"customer_id": DUO, "organization_id": None}).created(DUO)
    story.say(40, DUO, "Customer").say(5000, DUO, "Customer").state(6000, DUO, 2, 4)
    roles = {event.kind: event.actor.role for event in story.events() if event.actor}
    assert roles["customer_message"] == "customer"
    assert roles["state_changed"] == "customer", "the role last seen in its own messages"
    assert story.events()[0].data["by"] == "customer"


def test_a_logged_call_asks_and_answers() -> None:
    events = opened().say(5000, ANNA, "Customer", "phone", origin_by_id=CARA).events()[-2:]
    assert [(e.kind, e.id, e.data["live"]) for e in events] == [
        ("customer_message", "a501", True),
        ("agent_reply", "a501r", True),
    ]


def test_a_reply_that_is_hidden_later_still_counts() -> None:
    story = opened().say(5000, ANNA, "Agent", internal=True)
    story.change(9000, ANNA, "internal", "false", "true")
    story.rows[-1] |= {"object": "Ticket::Article", "o_id": 501}
    told = story.events()[-2:]
    assert [event.kind for event in told] == ["agent_reply", "message_changed"]
    assert told[1].data == {"message": "501", "field": "internal", "to": True}


def test_a_deleted_note_was_written_once() -> None:
    """Only notes can be deleted; what it said and when it went, nobody knows any more."""
    story = opened().say(5000, ANNA, "Agent", internal=True)
    del story.articles[-1]
    assert story.kinds() == ["created", "customer_message", "note", "message_removed"]
    assert [event.id for event in story.events()[-2:]] == ["a501", "h102"]


@pytest.mark.parametrize(
    "word",
    [{"sender": "System", "internal": True}, {"preferences": {"is-auto-response": False}}],
    ids=["in the host's name", "from a private mailbox"],
)
def test_what_staff_writes_for_others_makes_no_customer_of_it(word: dict[str, Any]) -> None:
    article = {"sender": "Customer", **word}
    story = opened().say(5000, ANNA, **article).state(9000, ANNA, 2, 4)
    closed = story.events()[-1]
    assert closed.actor is not None
    assert (closed.kind, closed.actor.role) == ("state_changed", "agent")


# -------------------------------------------------------------------------- the creation


def test_what_triggers_did_at_once_was_there_from_the_start() -> None:
    story = opened().row(90, 1, "added", attribute="tag", value_to="vip")
    story.change(95, 1, "priority", (2, "2 normal"), (3, "3 high"))
    story.say(130, 1, "System")
    story.ticket["priority_id"], story.tags = 3, ("vip",)
    ticket = story.told().ticket
    assert (ticket.facts["tags"], ticket.facts["priority"]) == (("vip",), "3 high")
    assert story.kinds() == ["created", "customer_message", "auto_message"]


def test_a_notification_does_not_prolong_the_creation() -> None:
    story = opened().row(1500, 1, "notification", value_to="anna(create:online)")
    story.row(3000, 1, "added", attribute="tag", value_to="late")
    story.tags = ("late",)
    assert story.kinds()[-1] == "tag_added"


def test_a_later_trigger_is_a_change() -> None:
    story = opened().row(5000, 1, "added", attribute="tag", value_to="vip")
    story.tags = ("vip",)
    assert story.told().ticket.facts["tags"] == ()
    assert story.kinds()[-1] == "tag_added"


def test_a_quick_change_by_hand_is_no_part_of_the_creation() -> None:
    story = opened().change(400, CARA, "priority", (2, "2 normal"), (3, "3 high"))
    story.ticket["priority_id"] = 3
    assert story.told().ticket.facts["priority"] == "2 normal"
    assert story.kinds()[-1] == "priority_changed"


def test_values_at_creation_come_from_the_first_change() -> None:
    story = opened()
    story.ticket |= {"owner_id": ANNA, "group_id": 2, "product": "router", "seats": 7}
    story.change(5000, ANNA, "owner", (1, "-"), (BEN, "Ben"))
    story.change(6000, ANNA, "owner", (BEN, "Ben"), (ANNA, "Anna"))
    story.change(7000, ANNA, "group", (1, "Support"), (2, "Billing"))
    story.change(8000, ANNA, "product", "", "router")
    story.change(8500, ANNA, "seats", "3", "7")
    facts = story.told().ticket.facts
    assert "owner" not in facts
    assert facts["group"] == "Support"
    assert "fields.product" not in facts
    assert facts["fields.seats"] == 3


def test_facts_known_only_today_are_named() -> None:
    ticket = opened().told().ticket
    assert ticket.facts["organization.fields.tier"] == "gold"
    assert ticket.current_only >= {"organization.vip", "organization.fields.tier"}
    assert not ticket.current_only & {"customer.email", "organization.name", "customer.id"}
    assert ticket.url == "https://desk.example/#ticket/zoom/1"


CREATIONS: list[tuple[str, Story, dict[str, Any]]] = [
    ("by mail", opened(), {"by": "customer"}),
    ("outbound", Story().created(ANNA).say(40, ANNA, "Agent"), {"by": "agent"}),
    ("a call taken", Story().created(ANNA).say(40, ANNA, "Customer", "phone"),
     {"by": "agent", "on_behalf": True, "live": True}),
    ("typed in", Story().created(ANNA).say(40, ANNA, "Customer", "web"),
     {"by": "agent", "on_behalf": True}),
    ("monitoring", Story().created(BOT).say(40, BOT, "Customer", "web"),
     {"by": "system", "on_behalf": True}),
    ("by the host", Story().created(1).say(40, 1, "System"), {"by": "system"}),
    ("a mail put in by hand", Story().created(ANNA).say(40, ANNA, "Customer"),
     {"by": "agent", "on_behalf": True}),
    ("without a message", Story().created(ANNA).say(90_000, CARA, "Customer"), {"by": "agent"}),
    ("no customer", Story({"customer_id": ANNA}).created(ANNA).say(40, ANNA, "Agent", "note"),
     {"by": "agent"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "data"), [row[1:] for row in CREATIONS], ids=[row[0] for row in CREATIONS]
)
def test_who_made_the_ticket(story: Story, data: dict[str, Any]) -> None:
    created = story.events()[0]
    assert (created.kind, dict(created.data)) == ("created", data)


def test_a_ticket_without_history_is_told_from_its_messages() -> None:
    """Imported tickets have none (facts 4.4)."""
    story = Story().say(40, CARA, "Customer", silent=True)
    story.say(5000, EVE, "Customer", silent=True)
    story.say(9000, ANNA, "Agent")
    assert story.kinds() == ["created", "customer_message", "third_party_message", "agent_reply"]
    assert story.events()[0].id == "created"


# -------------------------------------------------------------------------- states


def test_a_reply_that_closes_came_before_the_close() -> None:
    """The host stamps the state first; told so, the ticket closed unanswered (R5)."""
    story = opened().state(5000, ANNA, 2, 4).say(5060, ANNA, "Agent")
    assert story.kinds()[-2:] == ["agent_reply", "state_changed"]
    assert [event.at_ms - START for event in story.events()[-2:]] == [5060, 5060]


def test_a_call_put_down_with_a_date_waits() -> None:
    """Else the customer's call would end the wait it caused (R7)."""
    story = opened().state(5000, ANNA, 2, 3)
    story.change(5000, ANNA, "pending_time", "", "2026-11-05 08:00:00 UTC")
    story.say(5070, ANNA, "Customer", "phone")
    told = story.events()[-3:]
    assert [event.kind for event in told] == ["customer_message", "agent_reply", "state_changed"]
    assert told[-1].data["until"] == ms("2026-11-05T08:00:00Z") // 1000


def test_a_mail_after_the_close_came_after_it() -> None:
    """The host's own columns between the two show two requests."""
    story = opened().state(5000, ANNA, 2, 4)
    story.change(5080, ANNA, "close_in_min", "", "3").say(5900, ANNA, "Agent")
    assert story.kinds()[-2:] == ["state_changed", "agent_reply"]


def test_an_answer_a_second_later_came_after_the_close() -> None:
    story = opened().state(5000, ANNA, 2, 4).say(6100, ANNA, "Agent")
    assert story.kinds()[-2:] == ["state_changed", "agent_reply"]


def test_a_customers_mail_reopens_before_it_speaks() -> None:
    story = opened().state(5000, CARA, 4, 2).say(5020, CARA, "Customer")
    story.ticket["state_id"] = 2
    told = story.events()[-2:]
    assert [event.kind for event in told] == ["state_changed", "customer_message"]
    assert told[0].actor is not None
    assert told[0].actor.role == "system"


def test_a_new_date_in_the_same_state_enters_it_again() -> None:
    story = opened().state(5000, ANNA, 2, 3)
    story.change(5000, ANNA, "pending_time", "", "2026-11-05 08:00:00 UTC")
    story.change(9000, ANNA, "pending_time", "2026-11-05 08:00:00 UTC", "2026-11-06 08:00:00 UTC")
    story.ticket |= {"state_id": 3, "pending_time": "2026-11-06T08:00:00.000Z"}
    dates = [event.data["until"] for event in story.events() if event.kind == "state_changed"]
    assert dates == [ms("2026-11-05T08:00:00Z") // 1000, ms("2026-11-06T08:00:00Z") // 1000]


def test_pending_close_keeps_its_date_and_says_that_it_closes() -> None:
    story = opened().state(5000, ANNA, 2, 3)
    story.change(5000, ANNA, "pending_time", "", "2026-11-05 08:00:00 UTC")
    story.state(9000, ANNA, 3, 7)
    told = story.events()[-1].data
    assert (told["until"], told["closes"]) == (ms("2026-11-05T08:00:00Z") // 1000, True)


def test_a_ticket_put_down_as_pending_waits_from_the_start() -> None:
    story = Story({"state_id": 3, "pending_time": "2026-11-05T08:00:00.000Z"}).created(ANNA)
    story.say(40, ANNA, "Customer", "phone")
    told = story.events()[-1]
    assert (told.kind, told.data["kind"], told.at_ms) == (
        "state_changed",
        "waiting_customer",
        START + 40,
    )
    assert told.data["until"] == ms("2026-11-05T08:00:00Z") // 1000


def test_a_ticket_without_a_message_waits_from_its_creation() -> None:
    story = Story({"state_id": 3, "pending_time": "2026-11-05T08:00:00.000Z"}).created(ANNA)
    story.say(90_000, CARA, "Customer")
    told = [(event.kind, event.at_ms - START) for event in story.events()]
    assert told == [("created", 0), ("state_changed", 0), ("customer_message", 90_000)]


def test_a_state_that_nobody_knows_holds_the_ticket() -> None:
    with pytest.raises(TicketHeldError, match=r"'parked'.*states\.\"parked\""):
        opened().state(5000, ANNA, 2, 9).told()


# -------------------------------------------------------------------------- who really did it

CAUSES: list[tuple[str, Story, str, str]] = [
    ("open after the first answer",
     opened().say(5000, ANNA, "Agent").state(5030, ANNA, 1, 2), "state_changed", "system"),
    ("open by hand before the answer",
     opened().state(5000, ANNA, 1, 2).say(5060, ANNA, "Agent"), "state_changed", "agent"),
    ("owner lost by a move", opened().change(5000, BEN, "group", (1, "Support"), (2, "Billing"))
     .change(5000, BEN, "owner", (ANNA, "Anna"), (1, "-")), "owner_changed", "system"),
    ("owner taken off with a move", opened()
     .change(5000, ANNA, "group", (1, "Support"), (2, "Billing"))
     .change(5000, ANNA, "owner", (BEN, "Ben"), (1, "-")), "owner_changed", "agent"),
    ("owner taken off", opened().change(5000, ANNA, "owner", (BEN, "Ben"), (1, "-")),
     "owner_changed", "agent"),
    ("reopened by an agent's mail", opened().state(5000, ANNA, 4, 2)
     .say(5020, ANNA, "Agent", preferences={"is-auto-response": False}), "state_changed", "system"),
    ("reopened by an agent with an answer", opened().state(5000, ANNA, 4, 2)
     .say(5060, ANNA, "Agent"), "state_changed", "agent"),
    ("owner who left", opened().state(5000, ANNA, 2, 4)
     .change(5000, ANNA, "owner", (GUS, "Gus"), (1, "-")), "owner_changed", "system"),
    ("owner who left, taken off by hand", opened()
     .change(5000, ANNA, "owner", (GUS, "Gus"), (1, "-")), "owner_changed", "agent"),
    ("the scheduler", opened().state(5000, 1, 7, 4), "state_changed", "system"),
    ("the customer on the web", opened().state(5000, CARA, 2, 4).say(5010, CARA, "Customer", "web"),
     "state_changed", "customer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "kind", "role"), [row[1:] for row in CAUSES], ids=[row[0] for row in CAUSES]
)
def test_the_hosts_own_doing_is_the_systems(story: Story, kind: str, role: str) -> None:
    told = [event for event in story.events() if event.kind == kind][-1]
    assert told.actor is not None
    assert told.actor.role == role


# -------------------------------------------------------------------------- fields and people

FIELDS: list[tuple[Any, str, Any]] = [
    ("router", "switch", "switch"),
    ("[old]", "[new] and [newer]", "[new] and [newer]"),
    (None, "[new]", "[new]"),
    ("A::B", "A::B::C", "A::B::C"),
    (True, "false", False),
    (None, "true", True),
    (7, "12", 12),
    ("007", "012", "012"),
    ("2026-11-05T08:00:00.000Z", "2026-11-06 08:00:00 UTC", ms("2026-11-06T08:00:00Z") // 1000),
    (["a"], '["a", "b c", "d\\"e"]', ("a", "b c", 'd"e')),
    (None, '["a", "b c"]', ("a", "b c")),
    ({"value": "7", "label": "x"}, '{"value"=>"8", "label"=>"y"}', "8"),
    (None, '{"value" => 8, "label" => "y"}', "8"),
]


@pytest.mark.parametrize(("now", "text", "told"), FIELDS)
def test_history_text_is_read_as_the_field_is_meant(now: Any, text: str, told: Any) -> None:
    story = opened().change(5000, ANNA, "custom", "", text)
    story.ticket["custom"] = now
    assert story.events()[-1].data == {"field": "fields.custom", "to": told}


@pytest.mark.parametrize(("now", "before", "after"), [("router", "x", ""), (["a"], '["a"]', "[]")])
def test_an_emptied_field_is_none(now: Any, before: str, after: str) -> None:
    story = Story({"custom": now}).created().change(5000, ANNA, "custom", before, after)
    assert story.events()[-1].data == {"field": "fields.custom", "to": None}


@pytest.mark.parametrize(("now", "before", "after"), [("", "", ""), ([], "", "[]")])
def test_null_that_becomes_empty_is_no_change(now: Any, before: str, after: str) -> None:
    """History has a row of it all the same (live facts 4)."""
    story = Story({"custom": now}).created().change(5000, ANNA, "custom", before, after)
    assert story.kinds() == ["created"]


def test_a_change_behind_what_history_keeps_is_told() -> None:
    long = "x" * 500
    story = Story({"remark": long + "y"}).created().change(5000, ANNA, "remark", long, long)
    assert story.kinds() == ["created", "field_changed"]


def test_the_type_of_an_empty_field_is_learnt_from_other_tickets() -> None:
    story = Story({"seats": None}).created().change(5000, ANNA, "seats", "3", "")
    told = to_timeline(story.raw(), replace(NAMES, samples={"seats": 12})).ticket
    assert told.facts["fields.seats"] == 3


def test_customer_and_organization_of_one_save_are_one_event() -> None:
    story = opened().change(5000, ANNA, "organization", (None, ""), (1, "Acme"))
    story.change(5000, ANNA, "customer", (EVE, "Eve"), (CARA, "Cara"))
    assert story.told().ticket.facts["customer.login"] == "eve"
    told = story.events()[-1]
    assert story.kinds().count("customer_changed") == 1
    assert told.data["to"]["login"] == "cara"
    assert told.data["organization"] == {
        "id": 1,
        "name": "Acme",
        "vip": True,
        "fields": {"tier": "gold"},
    }


def test_an_organization_alone_keeps_the_customer() -> None:
    told = opened().change(5000, 1, "organization", (1, "Acme"), (None, "")).events()[-1]
    assert (told.data["to"]["login"], told.data["organization"]) == ("cara", None)


def test_noise_is_not_told() -> None:
    story = opened().change(5000, ANNA, "escalation_at", "", "2026-11-05 08:00:00 UTC")
    story.row(5000, 1, "notification", value_to="anna(update:online)")
    story.row(5000, ANNA, "created", object="Mention")
    story.row(5000, 1, "time_trigger_performed", value_from="reminder_reached")
    assert story.kinds() == ["created", "customer_message"]


# -------------------------------------------------------------------------- merges


def merged_away() -> Story:
    """Merged into ticket 1 at 9000; the host dates the row back to 5000."""
    story = opened().say(5000, ANNA, "Agent", internal=True)
    story.rows.append(
        {"id": 103, "o_id": 2, "object": "Ticket", "type": "merged_into", "id_from": 2, "id_to": 1,
         "created_by_id": ANNA, "created_at": iso(START + 5000)}
    )  # fmt: skip
    story.say(9000, ANNA, "Agent", "note").state(9050, ANNA, 2, 5)
    return story.change(9050, ANNA, "owner", (ANNA, "Anna"), (1, "-"))


def test_a_merge_has_its_true_time_and_its_note_answers_nobody() -> None:
    events = merged_away().events()
    told = [(event.kind, event.at_ms - START, event.actor.role) for event in events if event.actor]
    assert told[-4:] == [
        ("auto_message", 9000, "agent"),
        ("merged", 9050, "agent"),
        ("state_changed", 9050, "system"),
        ("owner_changed", 9050, "system"),
    ]
    assert next(event for event in events if event.kind == "merged").data["into"] == "1"


def survivor(source: Mapping[int, RawTicket]) -> Story:
    story = Story(absorbed=dict(source)).created().say(45, CARA, "Customer", id=900)
    story.row(8990, ANNA, "received_merge", id_from=2, id_to=1)
    story.articles += merged_away().articles[:2]
    return story


def test_the_survivor_takes_over_what_the_other_ticket_saw() -> None:
    story = survivor({2: merged_away().raw(2)})
    assert story.kinds() == ["created", "customer_message", "absorbed"]
    taken = story.events()[-1].data["events"]
    assert [event.kind for event in taken] == ["created", "customer_message", "note"]


def test_a_source_that_was_deleted_leaves_its_messages() -> None:
    taken = survivor({}).events()[-1].data["events"]
    assert [(event.id, event.kind) for event in taken] == [
        ("t2", "created"),
        ("a500", "customer_message"),
        ("a501", "note"),
    ]


def test_messages_of_a_merge_within_a_merge_are_not_a_third_tickets() -> None:
    """2 was merged into 3, 3 into 1; 4 was merged into 1 and deleted."""
    middle = Story(absorbed={2: merged_away().raw(2)}).created(EVE).raw(3)
    story = survivor({3: middle})
    story.rows[-1]["id_from"] = 3
    story.row(8995, ANNA, "received_merge", id_from=4, id_to=1)
    taken = {event.data["ticket"]: event.data["events"] for event in story.events()[-2:]}
    assert [event.kind for event in taken["3"]] == ["created"]
    assert taken["4"] == ()


# -------------------------------------------------------------------------- identity


def test_ids_are_unique_and_every_read_gives_the_same() -> None:
    story = merged_away().row(9500, ANNA, "added", attribute="tag", value_to="x")
    first, second = story.events(), story.events()
    assert first == second
    ids = [event.id for event in first]
    assert len(set(ids)) == len(ids)
    assert [event.order for event in first] == sorted(event.order for event in first)
