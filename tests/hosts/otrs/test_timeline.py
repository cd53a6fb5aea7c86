"""Pasts written entry by entry: what belongs together, who did it, what was cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from slaplugin.core.model import Event, Timeline
from slaplugin.hosts.config import HostConfig, StateMeaning
from slaplugin.hosts.otrs.names import names_of
from slaplugin.hosts.otrs.timeline import raw_of, to_timeline
from slaplugin.hosts.otrs.wire import zone_of

DAY = "2026-11-03"
NOW = 1_795_296_400
ROOT, US, ANNA, BORIS, BOT = 1, 2, 3, 4, 9
BERLIN = zone_of("Europe/Berlin")
NEW = "%%2026110310000013%%Support%%3 normal%%new%%1"


@dataclass
class Story:
    """A ticket's raw past; times are ``hh:mm:ss`` of one day."""

    zone: str = "UTC"
    day: str = DAY
    ticket: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    articles: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def did(self, time: str, by: int, kind: str, name: str = "%%", article: int = 0) -> Story:
        ids = {"QueueID": 5, "StateID": 1, "PriorityID": 3, "OwnerID": 1, "TypeID": 1}
        stamp = {"CreateTime": f"{self.day} {time}", "CreateBy": by, "ArticleID": article}
        self.entries.append({"HistoryType": kind, "Name": name, "TicketID": 1} | ids | stamp)
        return self

    def said(self, time: str, by: int, sender: str, kind: str, **more: Any) -> Story:
        number = len(self.articles) + 70
        name = more.pop("name", "%%")
        article = {"ArticleID": number, "CreateTime": f"{self.day} {time}", "CreateBy": by}
        kinds = {"SenderType": sender, "IsVisibleForCustomer": 1, "CommunicationChannelID": 1}
        address = {"From": '"Tom Nordal" <tom.nord@nordwind.example>', "Subject": "VPN"}
        self.articles.append(article | kinds | address | more)
        return self.did(time, by, kind, name, number)

    def opened(self, by: int = ROOT, state: str = "new") -> Story:
        self.did("09:00:00", by, "NewTicket", NEW.replace("new", state))
        return self.said("09:00:00", by, "customer", "EmailCustomer")

    def told(self) -> Timeline:
        ticket = {
            "TicketID": 1, "TicketNumber": "2026110310000013", "Title": "VPN",
            "Queue": "Support", "QueueID": 5, "State": "open", "StateID": 4,
            "Priority": "3 normal", "PriorityID": 3, "OwnerID": 1, "Owner": "root@localhost",
            "Type": "Unclassified", "TypeID": 1, "CustomerUserID": "tom.nord",
            "CustomerID": "NORDWIND", "Created": f"{self.day} 09:00:00", "Article": self.articles,
            "DynamicField": [{"Name": k, "Value": v} for k, v in self.fields.items()],
        }  # fmt: skip
        zone = zone_of(self.zone)
        config = HostConfig(
            url="https://h.example", name="desk", own_fields={"due": "SLADueAt"}, **self.settings
        )
        raw = raw_of(ticket | self.ticket, self.entries, zone, NOW)
        return to_timeline(raw, names_of(config, "https://h.example/otobo", zone))

    def events(self) -> list[Event]:
        return list(self.told().events)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events()]

    def one(self, kind: str) -> Event:
        (found,) = [event for event in self.events() if event.kind == kind]
        return found


# ------------------------------------------------------------------ one second


@pytest.mark.parametrize("answered", ["10:00:00", "10:00:01"])
def test_an_answer_comes_before_the_state_it_was_given_with(answered: str) -> None:
    """The API writes the state first, the agents' screen last (facts 6)."""
    story = Story().opened()
    story.did("10:00:00", ANNA, "OwnerUpdate", "Reset owner to root@localhost.")
    story.did("10:00:00", ANNA, "Unlock", "%%unlock")
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%closed successful%%")
    story.said(answered, ANNA, "agent", "SendAnswer")
    assert story.kinds()[-2:] == ["agent_reply", "state_changed"]


def test_an_owner_still_owns_what_he_closes() -> None:
    story = Story().opened()
    story.did("09:30:00", ANNA, "OwnerUpdate", "%%anna.berg%%3")
    story.did("10:00:00", ANNA, "OwnerUpdate", "Reset owner to root@localhost.")
    story.did("10:00:00", ANNA, "StateUpdate", "%%open%%closed successful%%")
    told = [(event.kind, event.data.get("to")) for event in story.events()[-3:]]
    assert told == [
        ("owner_changed", "anna.berg"),
        ("state_changed", "closed successful"),
        ("owner_changed", None),
    ]


def test_the_unlock_of_a_move_is_the_hosts_own_beside_a_customers_message() -> None:
    """Customers and the host share account 1, and a second (facts 7)."""
    story = Story().opened()
    story.did("09:30:00", ANNA, "OwnerUpdate", "%%anna.berg%%3")
    story.said("10:00:00", ROOT, "customer", "FollowUp")
    story.did("10:00:00", ANNA, "Move", "%%Billing%%6%%Support%%5")
    story.did("10:00:00", ROOT, "OwnerUpdate", "Reset owner to root@localhost.")
    story.did("10:00:00", ROOT, "Unlock", "%%unlock")
    assert [event.actor and event.actor.role for event in story.events()[-3:]] == [
        "customer", "agent", "system",
    ]  # fmt: skip


def test_a_reopening_comes_before_the_message_that_caused_it() -> None:
    story = Story().opened()
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%closed successful%%")
    story.did("11:00:00", ROOT, "StateUpdate", "%%closed successful%%open%%")
    story.said("11:00:00", ROOT, "customer", "FollowUp", name="%%2026110310000013%%")
    reopened, message = story.events()[-2:]
    assert (reopened.kind, message.kind) == ("state_changed", "customer_message")
    assert reopened.actor is not None
    assert reopened.actor.role == "customer"


def test_two_people_in_one_second_keep_the_hosts_order() -> None:
    story = Story().opened()
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%closed successful%%")
    story.said("10:00:00", ROOT, "customer", "FollowUp")
    story.did("10:00:00", ROOT, "StateUpdate", "%%closed successful%%open%%")
    assert [event.data.get("to") for event in story.events()][-3:] == [
        "closed successful", None, "open",
    ]  # fmt: skip


# ------------------------------------------------------------------ beginnings


@pytest.mark.parametrize(
    ("by", "kind", "time", "sender"),
    [
        (ROOT, "EmailCustomer", "09:00:50", "customer"),
        (ROOT, "WebRequestCustomer", "09:02:00", "customer"),
        (ANNA, "PhoneCallCustomer", "09:00:07", "customer"),
        (ANNA, "EmailAgent", "09:00:07", "agent"),
    ],
)
def test_a_slow_intake_is_still_the_creation(by: int, kind: str, time: str, sender: str) -> None:
    """A mail with large attachments takes seconds from the ticket to its message."""
    story = Story().did("09:00:00", by, "NewTicket", NEW)
    story.said(time, by, sender, kind).did(time, by, "TitleUpdate", "%%x%%VPN")
    created, message = story.events()
    assert created.data["by"] == ("agent" if by == ANNA else "customer")
    assert created.actor is not None
    assert created.actor.role == created.data["by"]
    assert message.data["opening"]


def test_a_ticket_of_the_hosts_own_begins_without_a_customer() -> None:
    story = Story().did("09:00:00", ROOT, "NewTicket", NEW)
    story.said("09:00:20", ROOT, "customer", "FollowUp")
    created, message = story.events()
    assert created.data["by"] == "system"
    assert "opening" not in message.data


# ------------------------------------------------------------------ dates


def test_one_waiting_state_after_another_is_told_once_with_a_note_behind_it() -> None:
    story = Story().opened()
    for hour, state, date in (
        ("10", "pending reminder", "05"),
        ("11", "pending auto close+", "06"),
    ):
        story.did(f"{hour}:00:00", ANNA, "StateUpdate", f"%%new%%{state}%%")
        story.did(f"{hour}:00:00", ANNA, "SetPendingTime", f"%%2026-11-{date} 09:00")
        story.said(f"{hour}:00:00", ANNA, "agent", "AddNote", IsVisibleForCustomer=0)
    assert story.kinds()[-4:] == ["note", "state_changed"] * 2


@pytest.mark.parametrize("first", ["SetPendingTime", "StateUpdate"])
def test_a_date_belongs_to_the_state_of_its_request(first: str) -> None:
    names = {
        "SetPendingTime": "%%2026-11-05 09:00",
        "StateUpdate": "%%new%%pending auto close+%%",
    }
    story = Story().opened()
    for kind in sorted(names, key=lambda kind: kind != first):
        story.did("10:00:00", ANNA, kind, names[kind])
    event = story.one("state_changed")
    assert event.data["until"] == 1_793_869_200
    assert (event.data["kind"], event.data["closes"]) == ("waiting_customer", True)


def test_a_date_with_seconds_is_told_as_histories_have_it() -> None:
    """Else it would be told otherwise as soon as the ticket has left the state (Znuny 6.5)."""
    story = Story().opened()
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%pending reminder%%")
    story.did("10:00:00", ANNA, "SetPendingTime", "%%2026-11-05 09:00")
    story.ticket["RealTillTimeNotUsed"] = 1_793_869_243
    assert story.one("state_changed").data["until"] == 1_793_869_200


def test_a_new_date_is_the_state_entered_again_and_an_equal_one_is_nothing() -> None:
    story = Story().opened()
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%pending reminder%%")
    story.did("10:00:00", ANNA, "SetPendingTime", "%%2026-11-05 09:00")
    story.did("11:00:00", ANNA, "SetPendingTime", "%%2026-11-05 09:00")
    story.did("12:00:00", ANNA, "SetPendingTime", "%%2026-11-06 09:00")
    told = [event.data.get("until") for event in story.events() if "until" in event.data]
    assert told == [1_793_869_200, 1_793_955_600]


def test_leaving_a_pending_state_clears_its_date_and_tells_it_once() -> None:
    story = Story().opened()
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%pending reminder%%")
    story.did("10:00:00", ANNA, "SetPendingTime", "%%2026-11-05 09:00")
    story.did("11:00:00", ANNA, "StateUpdate", "%%pending reminder%%open%%")
    story.did("11:00:00", ANNA, "SetPendingTime", "%%00-00-00 00:00")
    assert story.kinds().count("state_changed") == 2
    assert "until" not in story.events()[-1].data


def test_a_ticket_put_down_as_pending_waits_from_its_first_message_on() -> None:
    story = Story().opened(by=ANNA, state="pending reminder")
    story.did("09:00:00", ANNA, "SetPendingTime", "%%2026-11-05 09:00")
    assert story.kinds() == ["created", "customer_message", "state_changed"]
    assert story.one("state_changed").data["until"] == 1_793_869_200
    assert story.told().ticket.facts["state_kind"] == "waiting_customer"


# ------------------------------------------------------------------ the creation


def test_the_creating_request_is_no_change() -> None:
    story = Story().opened(by=ANNA)
    story.did("09:00:00", ANNA, "OwnerUpdate", "%%anna.berg%%3")
    story.did("09:00:01", ANNA, "TypeUpdate", "%%Incident%%2")
    story.did("09:00:01", ROOT, "PriorityUpdate", "%%3 normal%%3%%5 very high%%5")
    story.did("09:00:01", ROOT, "Move", "%%VIP Desk%%7%%Support%%5")
    story.did("09:05:00", ANNA, "Lock", "%%lock")
    facts = story.told().ticket.facts
    assert story.kinds() == ["created", "customer_message", "field_changed"]
    assert (facts["owner"], facts["type"]) == ("anna.berg", "Incident")
    assert (facts["group"], facts["priority"]) == ("VIP Desk", "5 very high")


def test_a_state_is_never_a_part_of_the_creation() -> None:
    story = Story().opened(by=ANNA)
    story.did("09:00:01", ANNA, "StateUpdate", "%%new%%closed successful%%")
    assert story.told().ticket.facts["state"] == "new"
    assert story.kinds()[-1] == "state_changed"


def test_a_message_over_the_api_is_no_second_creation() -> None:
    story = Story()
    story.did("09:00:00", ANNA, "NewTicket", NEW)
    story.said("09:00:00", ANNA, "customer", "NewTicket", name="%%GenericInterface Create")
    created, message = story.events()
    assert created.data == {"by": "agent", "on_behalf": True}
    assert message.data["opening"] is True
    assert message.data["on_behalf"] is True


@pytest.mark.parametrize(
    ("by", "sender", "channel", "told"),
    [
        (ROOT, "customer", 1, {"by": "customer"}),
        (ROOT, "system", 1, {"by": "system"}),
        (ANNA, "customer", 2, {"by": "agent", "on_behalf": True, "live": True}),
        (ANNA, "customer", 1, {"by": "agent", "on_behalf": True}),
        (ANNA, "agent", 1, {"by": "agent"}),
        (BOT, "customer", 1, {"by": "system", "on_behalf": True}),
    ],
)
def test_by_whom_and_for_whom(by: int, sender: str, channel: int, told: dict[str, Any]) -> None:
    story = Story(settings={"bots": frozenset({str(BOT)})})
    story.did("09:00:00", by, "NewTicket", NEW)
    story.said("09:00:00", by, sender, "AddNote", CommunicationChannelID=channel)
    assert story.one("created").data == told
    assert story.told().ticket.facts["created_by"] == told["by"]


# ------------------------------------------------------------------ messages


@pytest.mark.parametrize(
    ("by", "sender", "more", "kind", "role"),
    [
        (ANNA, "agent", {}, "agent_reply", "agent"),
        (ANNA, "agent", {"IsVisibleForCustomer": "0"}, "note", "agent"),
        (ANNA, "agent", {"CommunicationChannelID": 2}, "agent_reply", "agent"),
        (US, "system", {"IsVisibleForCustomer": 0}, "note", "agent"),
        (ROOT, "system", {}, "auto_message", "system"),
        (ANNA, "system", {}, "auto_message", "system"),
        (ROOT, "agent", {}, "auto_message", "system"),
        (BOT, "agent", {}, "auto_message", "system"),
        (ROOT, "customer", {}, "customer_message", "customer"),
        (ANNA, "customer", {}, "customer_message", "agent"),
        (ROOT, "customer", {"IsVisibleForCustomer": 0}, "third_party_message", "third_party"),
    ],
)
def test_who_speaks_to_whom(
    by: int, sender: str, more: dict[str, Any], kind: str, role: str
) -> None:
    story = Story(settings={"bots": frozenset({str(BOT)})}).opened()
    story.said("10:00:00", by, sender, "AddNote", **more)
    event = story.events()[-1]
    assert event.kind == kind
    assert event.actor is not None
    assert event.actor.role == role


def test_an_inbound_call_is_question_and_answer() -> None:
    story = Story().opened()
    story.said("10:00:00", ANNA, "customer", "PhoneCallCustomer", CommunicationChannelID=2)
    question, answer = story.events()[-2:]
    assert (question.kind, answer.kind) == ("customer_message", "agent_reply")
    assert question.data == answer.data
    assert question.data["live"] is True


def test_time_accounting_is_no_second_message() -> None:
    story = Story().opened()
    story.said("10:00:00", ANNA, "agent", "SendAnswer")
    story.did("10:00:00", ANNA, "TimeAccounting", "%%25%%25", article=71)
    assert story.kinds().count("agent_reply") == 1


# ------------------------------------------------------------------ fields and tags


def test_fields_as_they_were_before_their_first_change() -> None:
    change = "%%FieldName%%{}%%Value%%{}%%OldValue%%{}"
    story = Story(fields={"Product": "portal", "Parts": ["a", "b"], "SLADueAt": None, "Old": "x"})
    story.opened()
    story.did("10:00:00", ANNA, "TicketDynamicFieldUpdate", change.format("Product", "portal", ""))
    story.did("10:00:00", ANNA, "TicketDynamicFieldUpdate", change.format("Parts", "a, b", "a"))
    story.did("10:00:00", US, "TicketDynamicFieldUpdate", change.format("SLADueAt", "1", ""))
    told = story.told()
    assert told.ticket.facts["fields.Parts"] == ("a",)
    assert told.ticket.facts["fields.Old"] == "x"
    assert "fields.Product" not in told.ticket.facts
    changes = {event.data["field"]: event.data["to"] for event in told.events[2:]}
    assert changes == {"fields.Product": "portal", "fields.Parts": ("a", "b")}


def test_what_history_cut_is_known_only_today() -> None:
    long = "x" * 170
    name = f"%%FieldName%%Product%%Value%%{long}%%OldValue%%{long}"
    story = Story(fields={"Product": "portal"}).opened()
    story.did("10:00:00", ANNA, "TicketDynamicFieldUpdate", name[:200])
    told = story.told()
    assert told.ticket.facts["fields.Product"] == "portal"
    assert told.ticket.current_only == {"fields.Product"}
    assert [event.kind for event in told.events] == ["created", "customer_message"]


def test_tags_are_told_one_by_one() -> None:
    change = "%%FieldName%%SLATags%%Value%%{}%%OldValue%%{}"
    story = Story(fields={"SLATags": ["b", "vip"]}).opened()
    story.did("10:00:00", US, "TicketDynamicFieldUpdate", change.format("a, vip", "vip"))
    story.did("11:00:00", US, "TicketDynamicFieldUpdate", change.format("b, vip", "a, vip"))
    told = story.told()
    assert told.ticket.facts["tags"] == ("vip",)
    assert [(event.kind, event.data["tag"]) for event in told.events[2:]] == [
        ("tag_added", "a"), ("tag_added", "b"), ("tag_removed", "a"),
    ]  # fmt: skip
    assert len({event.id for event in told.events}) == len(told.events)


def test_a_queue_that_was_renamed_has_todays_name() -> None:
    story = Story(ticket={"Queue": "First Level"}).opened()
    story.did("10:00:00", ANNA, "Move", "%%Billing%%6%%Support%%5")
    story.did("11:00:00", ANNA, "Move", "%%Support%%5%%Billing%%6")
    told = story.told()
    assert told.ticket.facts["group"] == "First Level"
    assert [event.data["to"] for event in told.events[2:]] == ["Billing", "First Level"]


def test_a_title_that_history_cut_is_todays() -> None:
    story = Story(ticket={"Title": "A very long title"}).opened()
    story.did("10:00:00", ANNA, "TitleUpdate", "%%VPN%%A very...")
    told = story.told()
    assert told.ticket.facts["fields.title"] == "VPN"
    assert told.events[-1].data == {"field": "fields.title", "to": "A very long title"}


def test_a_change_of_customer_carries_who_it_is() -> None:
    story = Story().opened()
    story.did("09:00:00", ROOT, "CustomerUpdate", "%%CustomerID=NORDWIND;CustomerUser=tom.nord;")
    story.did("10:00:00", ANNA, "CustomerUpdate", "%%CustomerID=AURELIA;CustomerUser=vera.aurel;")
    story.did("11:00:00", ANNA, "CustomerUpdate", "%%CustomerID=AURELIA;CustomerUser=vera.aurel;")
    event = story.one("customer_changed")
    assert event.data["to"] == {"login": "vera.aurel"}
    assert event.data["organization"]["id"] == "AURELIA"
    facts = story.told().ticket.facts
    assert (facts["customer.login"], facts["organization.name"]) == ("tom.nord", "NORDWIND")
    assert facts["customer.email"] == "tom.nord@nordwind.example"


# ------------------------------------------------------------------ the family


def test_without_a_reset_a_closed_ticket_keeps_its_owner() -> None:
    """OTRS 6 (facts 13)."""
    story = Story(ticket={"OwnerID": 3, "Owner": "anna.berg"}).opened()
    story.did("09:30:00", ANNA, "OwnerUpdate", "%%anna.berg%%3")
    story.did("10:00:00", ANNA, "Unlock", "%%unlock")
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%closed successful%%")
    told = [event.data["to"] for event in story.events() if event.kind == "owner_changed"]
    assert told == ["anna.berg"]


def test_noise_tells_nothing() -> None:
    story = Story().opened()
    for kind in (
        "Misc",
        "SendAgentNotification",
        "Subscribe",
        "TicketLinkAdd",
        "EscalationUpdateTimeStop",
    ):
        story.did("10:00:00", ROOT, kind)
    story.did("11:00:00", ROOT, "OwnerUpdate", "Reset owner to root@localhost.")
    story.did("11:00:00", ROOT, "Unlock", "%%unlock")
    assert story.kinds() == ["created", "customer_message"]


def test_settings_say_what_a_state_means() -> None:
    meant = {"bei Lieferant": StateMeaning("waiting_other")}
    story = Story(settings={"states": meant}).opened()
    story.did("10:00:00", ANNA, "StateUpdate", "%%new%%bei Lieferant%%")
    assert story.one("state_changed").data["kind"] == "waiting_other"


def test_equal_entries_of_one_second_are_two() -> None:
    story = Story().opened()
    for name in ("%%4 high%%4%%3 normal%%3", "%%3 normal%%3%%4 high%%4") * 2:
        story.did("10:00:00", ANNA, "Misc", name)
    ids = [event.id for event in story.events()]
    assert len(set(ids)) == len(ids)
    again = Story(entries=list(story.entries), articles=list(story.articles))
    assert [event.id for event in again.events()] == ids


def test_in_the_hour_that_comes_twice_a_message_tells_the_pass() -> None:
    """What stands beside it in the same second is of the same pass; all else is of the later."""
    story = Story(zone="Europe/Berlin", day="2026-10-25", ticket={"Created": "2026-10-25 01:00:00"})
    story.did("01:00:00", ANNA, "NewTicket", NEW)
    first = BERLIN.seconds("2026-10-25 02:30:00") - 3600
    story.said("02:30:00", ANNA, "agent", "SendAnswer", IncomingTime=first)
    story.did("02:30:00", ANNA, "Lock", "%%lock")
    story.did("02:40:00", ANNA, "Unlock", "%%unlock")
    at = {event.kind if event.kind != "field_changed" else event.data["to"]: event.at
          for event in story.events()}  # fmt: skip
    assert (at["agent_reply"], at["lock"]) == (first, first)
    assert at["unlock"] == first + 3600 + 600
