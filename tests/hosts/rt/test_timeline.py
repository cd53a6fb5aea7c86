"""From transactions to events: who spoke, what was changed, and what was so from the start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from slaplugin.app.errors import TicketHeldError
from slaplugin.core.model import Event, Timeline
from slaplugin.hosts.config import StateMeaning
from slaplugin.hosts.rt.names import DEFAULT_STATES, FieldDef, Names, Person
from slaplugin.hosts.rt.timeline import RawTicket, Row, to_timeline

START = 1_773_000_000
NUMBERS = {
    **{"1": "RT_System", "6": "Nobody", "29": "anna", "31": "ben", "33": "gone"},
    **{"37": "slabot", "39": "joan", "41": "raj", "43": "li"},
}
ORGANIZATIONS = {"joan": "Acme", "raj": "Acme", "li": "Globex"}


def person(login: str) -> Person:
    record = {"Name": login, "EmailAddress": f"{login}@x.example"}
    record |= {"Organization": ORGANIZATIONS.get(login, "")}
    return Person(login, None, login in ("anna", "ben", "slabot"), record)


NAMES = Names(
    host="rt",
    base="https://rt.example",
    states={**DEFAULT_STATES, "parked": StateMeaning("waiting_other")},
    queues={"3": "Support", "4": "Billing"},
    fields={
        "2": FieldDef("SLA Tags", "Freeform", multiple=True),
        "3": FieldDef("Promised", "DateTime", multiple=False),
        "4": FieldDef("Product", "Select", multiple=False),
        "5": FieldDef("Areas", "Select", multiple=True),
    },
    people={login: person(login) for login in NUMBERS.values()},
    logins=NUMBERS,
    bots=frozenset({"monitor"}),
)


@dataclass
class Story:
    """A ticket's transactions, written line by line; times are seconds past the start."""

    number: str = "1"
    by: str = "joan"
    columns: dict[str, Any] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    absorbed: dict[str, RawTicket] = field(default_factory=dict)
    first: int = 100

    def __post_init__(self) -> None:
        self.row("Create", by=self.by)

    def row(self, type: str, *, at: int = 0, by: str = "anna", **values: str) -> Story:
        number = int(values.pop("id", "0")) or self.first + len(self.rows) * 2
        texts = {name: values.get(name, "") for name in ("field", "old", "new")}
        self.rows.append(
            Row(id=number, ticket=self.number, type=type, by=by, at=START + at, **texts)
        )
        return self

    def set(self, name: str, old: str, new: str, *, at: int = 60, by: str = "anna") -> Story:
        return self.row("Set", field=name, old=old, new=new, at=at, by=by)

    def custom(self, number: str, old: str, new: str, *, at: int = 60) -> Story:
        return self.row("CustomField", field=number, old=old, new=new, at=at)

    def raw(self) -> RawTicket:
        fields = self.columns.pop("fields", {})
        ticket = {
            "id": self.number,
            "Subject": "Printer",
            "Status": "open",
            "Queue": {"id": "3"},
            "Owner": {"id": "Nobody"},
            "Requestor": [{"type": "user", "id": "joan"}],
            "Priority": "0",
            "EffectiveId": self.number,
            "CustomFields": [
                {"id": key, "name": one.name, "values": fields.get(key, [])}
                for key, one in NAMES.fields.items()
            ],
            **self.columns,
        }
        return RawTicket(self.number, ticket, tuple(self.rows), self.absorbed)

    def told(self, names: Names = NAMES) -> Timeline:
        return to_timeline(self.raw(), names)

    def events(self) -> list[Event]:
        return list(self.told().events)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events()]


# -------------------------------------------------------------------------- who speaks


@pytest.mark.parametrize(
    ("by", "kind", "role"),
    [
        ("joan", "customer_message", "customer"),
        ("raj", "customer_message", "customer"),
        ("li", "third_party_message", "third_party"),
        ("anna", "agent_reply", "agent"),
        ("RT_System", "auto_message", "system"),
        ("monitor", "auto_message", "system"),
    ],
    ids=["requestor", "her colleague", "stranger", "staff", "the host", "a bot"],
)
def test_a_public_message(by: str, kind: str, role: str) -> None:
    told = Story().row("Correspond", at=60, by=by).events()[-1]
    assert (told.kind, told.actor and told.actor.role) == (kind, role)


def test_a_comment_is_a_note_whoever_writes_it() -> None:
    assert Story().row("Comment", by="joan").row("Comment").kinds()[1:] == ["note", "note"]


def test_staff_who_is_the_requestor_speaks_as_the_customer() -> None:
    story = Story(by="anna", columns={"Requestor": [{"id": "anna"}]})
    events = story.row("Correspond", by="anna").row("Correspond", by="ben").events()
    assert [event.kind for event in events] == ["created", "customer_message", "agent_reply"]
    assert events[0].data["by"] == "customer"


def test_somebody_who_left_was_staff_while_he_owned_it() -> None:
    story = Story().set("Owner", "6", "33").row("Correspond", at=60, by="gone")
    assert story.kinds()[-1] == "agent_reply"


def test_requestors_are_those_of_the_time() -> None:
    """Joan handed it over to li: what joan says afterwards is a third party's."""
    story = Story(columns={"Requestor": [{"id": "li"}]})
    story.row("Correspond", at=30, by="li").row("AddWatcher", at=60, field="Requestor", new="43")
    story.row("DelWatcher", at=60, field="Requestor", old="39")
    story.row("Correspond", at=90, by="li").row("Correspond", at=90, by="joan")
    events = story.events()
    assert [event.kind for event in events[1:]] == [
        "third_party_message",
        "customer_changed",
        "customer_message",
        "third_party_message",
    ]
    assert events[2].data["to"]["login"] == "li"
    assert events[2].data["organization"]["name"] == "Globex"
    assert story.told().ticket.facts["customer.login"] == "joan"


# -------------------------------------------------------------------------- the creation


@pytest.mark.parametrize(
    ("by", "requestors", "created"),
    [
        ("joan", ["joan"], {"by": "customer"}),
        ("anna", ["joan"], {"by": "agent", "on_behalf": True}),
        ("anna", [], {"by": "agent"}),
        ("joan", [], {"by": "customer"}),
        ("RT_System", [], {"by": "system"}),
        ("monitor", ["joan"], {"by": "system"}),
    ],
)
def test_created_by(by: str, requestors: list[str], created: dict[str, Any]) -> None:
    story = Story(by=by, columns={"Requestor": [{"id": one} for one in requestors]})
    assert dict(story.events()[0].data) == created


def test_a_ticket_without_requestor_is_its_creators() -> None:
    story = Story(columns={"Requestor": []}).row("Correspond", by="joan").row("Correspond", by="li")
    assert story.kinds()[1:] == ["customer_message", "third_party_message"]
    assert story.told().ticket.facts["customer.login"] == "joan"


def test_first_values_are_what_the_first_change_replaced() -> None:
    story = Story(columns={"fields": {"2": ["vip", "new"], "4": ["Mobile"], "5": ["A", "C"]}})
    story.row("Status", field="Status", old="new", new="open", at=60)
    story.set("Queue", "4", "3").set("Priority", "20", "0").set("Owner", "29", "6")
    story.set("Subject", "Old", "Printer").set("Due", "2026-03-09 08:00:00", "")
    story.custom("2", "", "new").custom("2", "old", "").custom("4", "Cloud", "Mobile")
    story.custom("5", "B", "").custom("5", "", "C")
    facts = story.told().ticket.facts
    assert (facts["state"], facts["state_kind"], facts["group"]) == ("new", "new", "Billing")
    assert (facts["priority"], facts["owner"], facts["fields.title"]) == ("20", "anna", "Old")
    assert facts["fields.Due"] == 1_773_043_200
    assert facts["tags"] == ("old", "vip")
    assert (facts["fields.Product"], facts["fields.Areas"]) == ("Cloud", ("A", "B"))


def test_what_the_host_set_while_creating_was_so_from_the_start() -> None:
    story = Story(columns={"Priority": "50"})
    story.row("Set", field="Priority", old="0", new="50", by="RT_System", at=1)
    assert story.kinds() == ["created"]
    assert story.told().ticket.facts["priority"] == "50"


def test_a_ticket_made_in_a_waiting_status_waits() -> None:
    told = Story(columns={"Status": "parked"}).events()
    assert [(event.id, event.kind) for event in told] == [
        ("t100", "created"),
        ("t100s", "state_changed"),
    ]


# -------------------------------------------------------------------------- changes


def test_one_change_of_owner_is_one_event() -> None:
    """Two transactions today, one of another type in older histories (facts 4)."""
    story = Story(columns={"Owner": {"id": "ben"}}).set("Owner", "6", "29")
    story.row("SetWatcher", at=60, field="Owner", old="6", new="29")
    story.row("Steal", at=90, by="ben", field="Owner", old="29", new="31")
    events = story.events()[1:]
    assert [(event.kind, event.data["to"]) for event in events] == [
        ("owner_changed", "anna"),
        ("owner_changed", "ben"),
    ]


@pytest.mark.parametrize(
    ("number", "old", "new", "to"),
    [
        ("3", "", "2026-03-09 08:00:00", 1_773_043_200),
        ("3", "2026-03-09 08:00:00", "", None),
        ("4", "Cloud", "Mobile", "Mobile"),
        ("4", "Cloud", "", None),
    ],
)
def test_a_field_of_one_value(number: str, old: str, new: str, to: Any) -> None:
    story = Story(columns={"fields": {number: [new] if new else []}}).custom(number, old, new)
    name = f"fields.{NAMES.fields[number].name}"
    assert dict(story.events()[-1].data) == {"field": name, "to": to}


def test_a_field_of_many_values_tells_them_all() -> None:
    story = Story(columns={"fields": {"5": ["A", "C"]}}).custom("5", "", "C").custom("5", "B", "")
    assert [event.data["to"] for event in story.events()[1:]] == [("A", "B", "C"), ("A", "C")]


def test_the_field_of_the_tags_tells_tags_alone() -> None:
    story = Story(columns={"fields": {"2": ["vip"]}}).custom("2", "", "vip").custom("2", "x", "")
    events = story.events()[1:]
    assert [(event.kind, event.data["tag"]) for event in events] == [
        ("tag_added", "vip"),
        ("tag_removed", "x"),
    ]
    assert "fields.SLA Tags" not in story.told().ticket.facts


def test_an_unlisted_field_tells_its_instants_by_their_spelling() -> None:
    names = replace(NAMES, fields={})
    story = Story(columns={"fields": {"3": ["2026-03-09T08:00:00Z"]}})
    told = story.custom("3", "", "2026-03-09 08:00:00").told(names).events[-1]
    assert dict(told.data) == {"field": "fields.Promised", "to": 1_773_043_200}


@pytest.mark.parametrize("type", ["EmailRecord", "AddReminder", "AddLink", "SystemError"])
def test_what_is_no_event(type: str) -> None:
    assert Story().row(type, field="RefersTo", new="fsck.com-rt://x/ticket/9").kinds() == [
        "created"
    ]


@pytest.mark.parametrize("name", ["TimeWorked", "Told", "Started", "Resolved"])
def test_columns_that_follow_by_themselves_are_no_event(name: str) -> None:
    assert Story().set(name, "0", "5").kinds() == ["created"]


def test_an_unexplained_status_holds_the_ticket() -> None:
    story = Story().row("Status", field="Status", old="new", new="with vendor")
    with pytest.raises(TicketHeldError, match=r'add states\."with vendor" = "open"'):
        story.told()


def test_a_status_that_closes_at_its_date_says_so() -> None:
    names = replace(
        NAMES, states={**NAMES.states, "parked": StateMeaning("waiting_customer", closes=True)}
    )
    story = Story().row("Status", field="Status", old="open", new="parked")
    assert dict(story.told(names).events[-1].data) == {
        "to": "parked",
        "kind": "waiting_customer",
        "closes": True,
    }


def test_within_one_second_the_transactions_number_decides() -> None:
    story = Story(columns={"Status": "stalled"}).row("Correspond", at=60)
    story.row("Status", field="Status", old="open", new="stalled", at=60)
    story.row("Correspond", by="joan", at=60)
    assert story.kinds() == ["created", "agent_reply", "state_changed", "customer_message"]


# -------------------------------------------------------------------------- merges


def test_a_merge_of_a_merge() -> None:
    """3 into 2, then 2 into 1: each survivor tells what it took in, at the time it did."""
    merged = "fsck.com-rt://x/ticket/"
    third = Story("3", first=300).row("Correspond", at=30)
    third.row("AddLink", field="MergedInto", new=f"{merged}2", at=60, id="700")
    second = Story("2", first=200)
    second.row("AddLink", field="MergedInto", new=f"{merged}2", at=60, id="701")
    second.row("AddLink", field="MergedInto", new=f"{merged}1", at=90, id="800")
    second.absorbed = {"3": third.raw()}
    first = Story("1").row("AddLink", field="MergedInto", new=f"{merged}1", at=90, id="801")
    first.absorbed = {"2": second.raw()}
    assert third.kinds() == ["created", "agent_reply", "merged"]
    assert second.kinds() == ["created", "absorbed", "merged"]
    (absorbed,) = first.events()[1:]
    assert (absorbed.kind, absorbed.data["ticket"], absorbed.at) == ("absorbed", "2", START + 90)
    inner = absorbed.data["events"]
    assert [event.kind for event in inner] == ["created", "absorbed"]
    assert [event.kind for event in inner[1].data["events"]] == ["created", "agent_reply"]


def test_a_merge_with_a_ticket_out_of_sight_is_told_by_nothing() -> None:
    story = Story().row("AddLink", field="MergedInto", new="fsck.com-rt://x/ticket/1")
    assert story.kinds() == ["created"]
