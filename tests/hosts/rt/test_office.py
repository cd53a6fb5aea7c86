"""Examining a Request Tracker: what its answers mean. How a live one answers: tests/live."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import responses

from slaplugin.app.errors import HostPermanentError
from slaplugin.core.actions import ChangeKind
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.office import WantedField
from slaplugin.hosts.rt.office import Office
from slaplugin.report.checks import Check

BASE = "http://rt.test/REST/2.0"
LINKS = [{"ref": "comment"}, {"ref": "lifecycle"}]
TAGS = WantedField("SLA Tags", "tags", ("sla-risk", "sla-breach"))


def field(number: int, name: str, kind: str, most: int) -> dict[str, str]:
    return {"id": str(number), "Name": name, "Type": kind, "MaxValues": str(most)}


class Pages:
    """Answers by path; a path that is not there is forbidden, and what is posted is kept."""

    def __init__(self) -> None:
        self.posted: list[Any] = []
        self.zone = "UTC"
        self.links: list[dict[str, str]] = LINKS
        self.open = ["3", "4"]
        """Queues in which tickets may be created."""
        self.applied = ["SLA Tags", "SLA Due"]
        self.fields = [
            field(2, "SLA Tags", "Freeform", 0),
            field(3, "SLA Due", "DateTime", 1),
            field(4, "Product", "Select", 1),
            field(5, "Marks", "Select", 0),
        ]
        self.tickets = [{"id": "9", "LastUpdated": "2026-03-16T20:00:00Z"}]
        self.rows = [{"id": "77"}]

    def page(self, path: str) -> Any:
        name, _, rest = path.partition("/")
        if name == "queue":
            links = [{"ref": "create"}] if rest in self.open else []
            applied = [{"name": one} for one in self.applied]
            return {"_hyperlinks": links, "TicketCustomFields": applied}
        if name == "customfield":
            return {"Values": ["sla-risk", "other"]}
        known: dict[str, Any] = {
            "rt": {"Version": "5.0.3"},
            "user/37": {"id": 37, "Name": "slabot"},
            "user/slabot": {"Name": "slabot", "Privileged": 1, "Timezone": self.zone},
            "user/anna": {"Name": "anna", "Privileged": 1},
            "ticket/9": {"id": 9, "_hyperlinks": self.links},
            "tickets": listed(self.tickets),
            "transactions": listed(self.rows),
            "queues/all": listed([{"id": "3", "Name": "Support"}, {"id": "4", "Name": "Billing"}]),
            "customfields": listed(self.fields),
            "users": listed([]),
        }
        return known.get(path)

    def answer(self, request: Any) -> tuple[int, dict[str, str], str]:
        path = request.url.removeprefix(f"{BASE}/").partition("?")[0].replace("%20", " ")
        if request.method == "POST":
            self.posted.append(json.loads(request.body))
            return 201, {}, json.dumps({"id": "8"})
        found = self.page(path)
        said = {"message": "Forbidden"} if found is None else found
        return 403 if found is None else 200, {}, json.dumps(said)


def listed(items: list[Any]) -> dict[str, Any]:
    return {"items": items, "count": len(items), "page": 1, "per_page": 100, "total": len(items)}


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in (responses.GET, responses.POST):
            mock.add_callback(method, re.compile(f"{BASE}/.*"), made.answer)
        yield made


@pytest.fixture
def office(config: HostConfig, pages: Pages) -> Office:
    return Office(config)


def failed(office: Office) -> dict[str, Check]:
    return {check.name: check for check in office.checks() if check.ok is False}


def test_all_is_well(office: Office, pages: Pages) -> None:
    assert office.who() == "slabot (Request Tracker 5.0.3)"
    assert failed(office) == {}
    assert pages.posted == []


def test_a_zone_that_is_not_utc_fails_with_the_way_to_mend_it(office: Office, pages: Pages) -> None:
    pages.zone = "Europe/Berlin"
    check = failed(office)["time zone"]
    assert "Europe/Berlin" in check.said
    assert "Set Timezone to UTC" in check.remedy


@pytest.mark.parametrize(
    ("links", "lacking"),
    [
        ([{"ref": "lifecycle"}], "no CommentOnTicket in Support, Billing"),
        ([{"ref": "comment"}], "no ModifyTicket in Support, Billing"),
    ],
)
def test_rights_show_in_what_a_ticket_offers(
    office: Office, pages: Pages, links: list[dict[str, str]], lacking: str
) -> None:
    pages.links = links
    assert failed(office)["permissions"].said == lacking


def test_queues_without_the_right_to_create_are_no_failure(office: Office, pages: Pages) -> None:
    pages.open = ["3"]
    (moving,) = (check for check in office.checks() if check.name == "moving")
    assert (moving.ok, "into Billing" in moving.said) == (None, True)


def test_a_zone_that_nothing_proves_is_not_called_right(office: Office, pages: Pages) -> None:
    pages.zone, pages.tickets = "", []
    (zone,) = (check for check in office.checks() if check.name == "time zone")
    assert (zone.ok, "no ticket to try" in zone.said, "UTC" in zone.remedy) == (None, True, True)


@pytest.mark.parametrize(("what", "name"), [("tickets", "search"), ("rows", "history")])
def test_emptiness_is_no_proof_of_nothing(
    office: Office, pages: Pages, what: str, name: str
) -> None:
    setattr(pages, what, [])
    assert failed(office)[name].remedy


@pytest.mark.parametrize(
    ("wanted", "wrong"),
    [
        (TAGS, ""),
        (WantedField("sla tags", "tags", ("sla-risk",)), ""),
        (WantedField("SLA Due", "datetime"), ""),
        (WantedField("SLA Tags", "datetime"), "SLA Tags is a Freeform field"),
        (WantedField("Product", "tags"), "Product takes one value alone"),
        (replace(TAGS, name="Marks"), "Marks does not declare the values sla-breach"),
        (WantedField("Product", "text"), "Product is not applied to the queues Support, Billing"),
    ],
    ids=lambda value: value.name if isinstance(value, WantedField) else "",
)
def test_fields_are_judged_by_type_values_and_queues(
    office: Office, wanted: WantedField, wrong: str
) -> None:
    (finding,) = office.field_findings([wanted])
    assert finding.there
    assert finding.wrong.startswith(wrong) if wrong else not finding.wrong
    assert bool(finding.remedy) == bool(wrong)


@pytest.mark.parametrize(
    ("kind", "value", "name", "reason"),
    [
        ("set_group", "Billing", None, None),
        ("set_group", "Nowhere", None, "no queue Nowhere"),
        ("set_owner", "anna", None, None),
        ("set_owner", "zed", None, "no user zed"),
        ("add_tag", "anything", None, None),
        ("set_field", "other", "Product", None),
        ("set_field", "", "Product", None),
        ("set_field", "new", "Product", "does not declare the value new"),
        ("set_field", "new", "Nothing", "no custom field Nothing"),
        ("set_state", "odd", None, None),
    ],
)
def test_values_are_known_by_what_the_host_lists(
    office: Office, kind: ChangeKind, value: str, name: str | None, reason: str | None
) -> None:
    told = office.refuses(kind, value, name)
    assert (told is None) if reason is None else (told is not None and reason in told)


def test_missing_fields_are_made_and_what_is_left_is_told(office: Office, pages: Pages) -> None:
    pages.fields = pages.fields[1:]
    (finding,) = office.field_findings([TAGS])
    assert not finding.there
    assert office.create_fields([TAGS]) == ["SLA Tags"]
    (posted,) = pages.posted
    assert (posted["Type"], posted["MaxValues"]) == ("Freeform", 0)
    apply, rights = office.after_creation(["SLA Tags"])
    assert "Apply globally" in apply
    assert "ModifyCustomField for our account" in rights


def test_a_refused_creation_is_told_with_all_steps(config: HostConfig) -> None:
    office = Office(config)
    with responses.RequestsMock() as mock:
        mock.add(responses.GET, f"{BASE}/customfields", json=listed([]))
        mock.add(responses.POST, f"{BASE}/customfield", json={"message": "Forbidden"}, status=403)
        with pytest.raises(HostPermanentError, match="403"):
            office.create_fields([TAGS])
    steps = office.by_hand([WantedField("It's due", "datetime")])
    assert "Name => 'It\\'s due', Type => 'DateTimeSingle'" in steps[-1]


def test_numbers_are_ids(office: Office) -> None:
    assert office.ticket_numbered("9") == "9"
    assert office.ticket_numbered("10") is None
    assert office.ticket_numbered("Printer") is None
