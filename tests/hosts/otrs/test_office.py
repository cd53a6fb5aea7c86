"""Examining a helpdesk of the OTRS family, against the stand-in of its Generic Interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from slaplugin.app.errors import HostError, HostPermanentError, HostTemporaryError
from slaplugin.core.actions import ChangeKind
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.office import WantedField
from slaplugin.hosts.otrs.office import Office
from slaplugin.report.checks import Check
from tests.hosts.otrs.standin import SHIPPED, Clock, Desk, Field, Server
from tests.hosts.otrs.standin.access import RefusalError

TAGS = WantedField("SLATags", "tags", ("sla-ok", "sla-warning"))
DUE = WantedField("SLADueAt", "datetime")


@pytest.fixture
def desk() -> Desk:
    """Tickets of winter and of summer, in four queues."""
    desk = Desk(Clock("2026-01-12T09:00:00Z", zone="Europe/Berlin"))
    desk.portal_ticket("lena.nord", "Support", "In January", fields={"SLAState": "ok"})
    desk.clock.set("2026-07-06T09:00:00Z")
    desk.portal_ticket("kim.kestrel", "Billing", "In July")
    desk.clock.set("2026-11-16T09:00:00Z")
    desk.portal_ticket("vera.aurel", "VIP Desk", "In November")
    desk.portal_ticket("tom.nord", "Escalations", "In November, too")
    return desk


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with Server(desk) as running:
        yield running


@pytest.fixture
def office_as(server: Server) -> Iterator[Callable[..., Office]]:
    """Makes offices of other accounts and settings; all are closed at the end."""
    made: list[Office] = []

    def make(**changed: Any) -> Office:
        config = HostConfig(
            server.url,
            "otrs",
            user="sla.api",
            password=Secret("PASSWORD"),
            timezone="Europe/Berlin",
        )
        office = Office(replace(config, **changed))
        made.append(office)
        return office

    yield make
    for office in made:
        office.close()


@pytest.fixture
def office(office_as: Callable[..., Office]) -> Office:
    return office_as()


def found(office: Office) -> dict[str, Check]:
    return {check.name: check for check in office.checks()}


def failed(office: Office) -> dict[str, Check]:
    return {name: check for name, check in found(office).items() if check.ok is False}


def past(desk: Desk) -> list[object]:
    """Every entry of every history: what a write could not hide."""
    return [
        (ticket, entry) for ticket in sorted(desk.acts.tickets) for entry in desk.history(ticket)
    ]


def test_a_good_account_passes_every_check(office: Office) -> None:
    assert office.who() == "sla.api (UserID 2)"
    checks = found(office)
    assert {name: check.ok for name, check in checks.items()} == dict.fromkeys(
        ("account", "search", "history", "time zone", "update", "permissions"), True
    )
    assert "in winter and in summer" in checks["time zone"].said
    assert "4 queues" in checks["permissions"].said


def test_examining_writes_nothing(office: Office, desk: Desk) -> None:
    before = past(desk)
    list(office.checks())
    list(office.field_findings([TAGS, DUE, WantedField("SLANote", "text")]))
    office.refuses("set_group", "Billing")
    office.refuses("add_tag", "sla-ok")
    assert past(desk) == before


@pytest.mark.parametrize(
    ("kind", "value", "field", "reason"),
    [
        ("set_group", "Billing", None, None),
        ("set_group", "Nope", None, "Queue"),
        ("set_owner", "anna.berg", None, None),
        ("set_owner", "nobody.here", None, "Owner"),
        ("set_priority", "4 high", None, None),
        ("set_priority", "9 absurd", None, "Priority"),
        ("set_state", "pending reminder", None, None),
        ("set_state", "imaginary", None, "State"),
        ("add_tag", "sla-ok", None, None),
        ("add_tag", "sla-unknown", None, "DynamicField->Value"),
        ("set_field", "warning", "SLAState", None),
        ("set_field", "imaginary", "SLAState", "DynamicField->Value"),
        ("set_field", "x", "NoSuchField", "DynamicField->Name"),
        ("add_note", "x", None, None),
    ],
)
def test_values_are_asked_for_without_writing_them(
    office: Office, kind: ChangeKind, value: str, field: str | None, reason: str | None
) -> None:
    told = office.refuses(kind, value, field)
    assert (told is None) if reason is None else (told is not None and reason in told)


def test_nothing_is_asked_where_a_field_without_a_value_is_accepted(
    office: Office, server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a mapping of the web service that drops what it does not know."""
    writes = server.interface._writes
    before, update = past(desk), writes.update

    def forgetful(params: Mapping[str, Any], broken: frozenset[str]) -> Any:
        kept = {key: value for key, value in params.items() if key != "DynamicField"}
        return update(kept, broken)

    monkeypatch.setattr(writes, "update", forgetful)
    assert office.refuses("set_group", "Billing") is None
    assert office.refuses("set_group", "Nope") is None
    assert found(office)["update"].ok is None
    (finding,) = office.field_findings([DUE])
    assert (finding.there, finding.wrong) == (True, "")
    assert finding.doubt == "the type of SLADueAt"
    assert past(desk) == before


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Asia/Kolkata"])
def test_a_wrong_zone_is_told_by_the_age_of_tickets(
    office_as: Callable[..., Office], zone: str
) -> None:
    (check,) = failed(office_as(timezone=zone)).values()
    assert check.name == "time zone"
    assert f"host_timezone = {zone}" in check.said


def test_a_zone_that_is_right_in_winter_alone_is_wrong(
    office_as: Callable[..., Office],
) -> None:
    check = failed(office_as(timezone="Africa/Lagos"))["time zone"]
    assert "created at 2026-07-06 11:00:00 is 1 h" in check.said


def test_a_zone_is_not_called_proven_by_tickets_of_one_season() -> None:
    desk = Desk(Clock("2026-11-16T09:00:00Z"))
    desk.portal_ticket("lena.nord", "Support")
    with Server(desk) as server:
        config = HostConfig(server.url, "otrs", user="sla.api", password=Secret("PASSWORD"))
        office = Office(config)
        check = found(office)["time zone"]
        office.close()
    assert check.ok is True
    assert "no ticket of the other half-year" in check.said


def test_a_time_that_comes_twice_may_mean_either_pass() -> None:
    desk = Desk(Clock("2026-10-25T00:30:00Z", zone="Europe/Berlin"))
    desk.portal_ticket("lena.nord", "Support")
    desk.clock.set("2026-11-16T09:00:00Z")
    with Server(desk) as server:
        config = HostConfig(server.url, "otrs", user="sla.api", password=Secret("PASSWORD"))
        office = Office(replace(config, timezone="Europe/Berlin"))
        check = found(office)["time zone"]
        office.close()
    assert check.ok is True


def test_missing_permissions_are_named_by_queue(office_as: Callable[..., Office]) -> None:
    check = failed(office_as(user="ro.agent"))["permissions"]
    assert "Support" in check.said
    assert "Does not have permissions" in check.said
    assert "rw" in check.remedy


def test_an_owner_who_has_left_is_no_missing_permission(
    office_as: Callable[..., Office], server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = server.interface._writes
    before, update = past(desk), writes.update

    def without_owner(params: Mapping[str, Any], broken: frozenset[str]) -> Any:
        if "OwnerID" in params.get("Ticket", {}):
            raise RefusalError("TicketUpdate", "InvalidParameter", "Ticket->OwnerID is invalid!")
        return update(params, broken)

    monkeypatch.setattr(writes, "update", without_owner)
    assert failed(office_as()) == {}
    assert "update queue" in failed(office_as(user="ro.agent"))["permissions"].said
    assert past(desk) == before


def test_an_account_that_sees_no_ticket_fails_the_search(office_as: Callable[..., Office]) -> None:
    desk_without_rights = office_as(user="dmitri.voss")
    assert "search" in found(desk_without_rights)
    empty = Desk(Clock("2026-11-16T09:00:00Z"))
    with Server(empty) as server:
        office = office_as(url=server.url)
        (check,) = failed(office).values()
    assert check.name == "search"
    assert "empty answer" in check.said


def test_root_is_no_account_for_us(office_as: Callable[..., Office]) -> None:
    assert "UserID 1" in failed(office_as(user="root@localhost"))["account"].said


@pytest.mark.parametrize("operation", ["TicketHistoryList", "TicketUpdate", "TicketList"])
def test_a_missing_route_is_named(desk: Desk, operation: str) -> None:
    left = {name: route for name, route in SHIPPED.items() if name != operation}
    left.pop("TicketGet", None)
    with Server(desk, routes=left) as server:
        office = Office(HostConfig(server.url, "otrs", user="sla.api", password=Secret("PASSWORD")))
        try:
            said = " ".join(check.said for check in failed(office).values())
        except HostError as error:
            said = str(error)
        office.close()
    assert f"set routes.{operation}" in said


def test_a_wrong_name_of_the_web_service_says_what_to_import(
    office_as: Callable[..., Office], server: Server
) -> None:
    site = server.url.partition("/nph-")[0]
    office = office_as(url=site, routes={"webservice": "Other"})
    with pytest.raises(HostTemporaryError, match="import the definition"):
        office.who()


def test_a_history_without_its_creation_is_a_failed_read(office: Office, server: Server) -> None:
    office.who()
    server.faults.broken = frozenset({"ticket_history"})
    assert "failed read" in found(office)["history"].said


def test_tickets_are_found_by_number(office: Office, desk: Desk) -> None:
    ticket = min(desk.acts.tickets)
    assert office.ticket_numbered(desk.ticket(ticket).number) == str(ticket)
    assert office.ticket_numbered("1") is None
    assert office.ticket_numbered("*") is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        (TAGS, ""),
        (DUE, ""),
        (WantedField("SLANote", "text"), ""),
        (WantedField("SLANote", "tags", ("a", "b")), ""),
        (WantedField("SLATags", "tags", ("sla-ok", "sla-risk")), "declare the values sla-risk"),
        (WantedField("SLAState", "tags", ("ok", "warning")), "takes one value alone"),
        (WantedField("SLANote", "datetime"), "is no Date / Time field"),
        (WantedField("SLATags", "datetime"), "is no Date / Time field"),
        (WantedField("SLAState", "text"), "does not take just any text"),
        (WantedField("SLAState", "text", ("ok", "at_risk")), "declare the values at_risk"),
    ],
    ids=str,
)  # fmt: skip
def test_fields_are_judged_by_what_they_take(
    office: Office, field: WantedField, wrong: str
) -> None:
    (finding,) = office.field_findings([field])
    assert finding.there
    assert wrong in finding.wrong if wrong else not finding.wrong
    assert bool(finding.remedy) == bool(wrong)


def test_a_missing_field_is_told_with_the_steps(office: Office, desk: Desk) -> None:
    wanted = [WantedField("SLAMarks", "tags", ("sla-risk", "sla-late")), DUE]
    missing, there = office.field_findings(wanted)
    assert (missing.there, there.there) == (False, True)
    with pytest.raises(HostPermanentError, match="no operation that makes dynamic fields"):
        office.create_fields(wanted)
    steps = "\n".join(office.by_hand(wanted))
    assert "Multiselect" in steps
    assert "sla-risk = sla-risk, sla-late = sla-late" in steps
    assert "AgentTicketQueue###DefaultColumns: DynamicField_SLAMarks = 2" in steps
    desk.catalog.add_field(Field("SLAMarks", "Multiselect", ("sla-risk", "sla-late")))
    office._sample = type(office._sample).read(office._client)
    assert [finding.wrong for finding in office.field_findings(wanted)] == ["", ""]
