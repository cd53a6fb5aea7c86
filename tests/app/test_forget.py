"""A customer is forgotten: out of every row, figures and chain as before, and not coming back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.errors import ConfigurationError, LeaseHeldError
from slaplugin.app.forget import Forgot, Request, forget, plan_forget
from slaplugin.app.tenure import tenure
from slaplugin.core.model import Actor, Event
from slaplugin.hosts.memory import Draft
from slaplugin.store import SqliteStore
from slaplugin.testing import SilentProgress
from tests.app.desk_of import HEAD, HOUR, Installation

VIP = (
    HEAD
    + "    sub:\n      - {name: vip, when: {customer.vip: true}, targets: {first_response: 1h}}\n"
)
LENA = "lena.nord@kunde.example"
TRACES = ("lena", "nord@", "Lena Nord", "c-lena")


@pytest.fixture
def desk(live: Callable[..., Installation]) -> Installation:
    """Tickets of Lena, past and open, and of somebody else, who was answered beside her."""
    made = live(VIP)
    facts = {"email": LENA, "login": LENA, "name": "Lena Nord", "vip": True}
    made.host.party("customer", "c-lena", **facts)
    made.host.party("customer", "c-omar", email="omar@kunde.example", vip=False)
    for number in range(6):
        who = "c-omar" if number == 4 else "c-lena"
        about = {"title": f"Lena Nord asks {number}"} if who == "c-lena" else {}
        draft = Draft(title=f"Lena Nord asks {number}", customer=who, fields=about)
        ticket = made.host.create(draft)
        made.clock.advance(HOUR // 2 * (number + 1))
        made.host.agent_replies(ticket)
        if number < 4:
            made.host.set(ticket, "state", "closed")
    at = made.clock.now() * 1000
    lena = Actor("c-lena", "customer", "Lena")
    made.host.tickets["5"].events.append(Event(at, 99, "5-99", "note", {}, lena))
    made.sync(after=60)
    amended = Event(at, 0, "amend:1", "reason", {"reason": f"see the mail of {LENA}"})
    with made.store.tx() as tx:
        tx.add_amendment("memory", "5", amended)
    made.sync(after=60)
    return made


def forgotten(desk: Installation, customer: str = LENA) -> Forgot:
    desk.clock.advance(60)
    return forget(desk.store, Request("memory", customer), desk.clock.now())


def found_in(store: SqliteStore) -> list[str]:
    """Traces of Lena in the bytes of the store's file."""
    store.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    data = b"".join(
        path.read_bytes() for path in store.path.parent.glob(f"{store.path.name}*")
    ).lower()
    return [trace for trace in TRACES if trace.lower().encode() in data]


def outcomes(store: SqliteStore) -> list[tuple[object, ...]]:
    """Every clock of the store as figures count it."""
    return [
        (stored.row.id, row.instance, row.finished)
        for stored in store.past_tickets("memory")
        for row in stored.instances
    ]


@pytest.mark.parametrize("named", [LENA, LENA.upper(), "c-lena"])
def test_nothing_of_the_person_is_left_and_no_figure_moves(desk: Installation, named: str) -> None:
    before = outcomes(desk.store)
    assert found_in(desk.store) == ["lena", "nord@", "Lena Nord", "c-lena"]
    done = forgotten(desk, named)
    assert len(done.plan.tickets) == 5
    assert done.entries > 0
    assert found_in(desk.store) == []
    assert outcomes(desk.store) == before
    checked = desk.store.verify()
    assert (checked.verified, checked.erased) == (True, done.entries)


class KilledError(BaseException):
    """Nothing in the program catches it, as little as a signal that kills."""


def test_killed_before_the_file_is_written_anew_nothing_is_left_either(
    desk: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is unknown from the commit on: a second forgetting would find nobody."""

    def killed(_: SqliteStore) -> None:
        raise KilledError

    desk.store.rows("PRAGMA secure_delete = OFF")  # Some builds of SQLite begin with it.
    monkeypatch.setattr(SqliteStore, "vacuum", killed)
    with pytest.raises(KilledError):
        forgotten(desk)
    assert found_in(desk.store) == []
    with pytest.raises(ConfigurationError, match="knows no customer"):
        forgotten(desk)


def test_the_plan_tells_and_changes_nothing(desk: Installation) -> None:
    head = desk.store.head()
    plan = plan_forget(desk.store, Request("memory", LENA))
    assert (len(plan.tickets), plan.mentions, plan.open, plan.policies) == (5, ("5",), 1, ())
    assert desk.store.head() == head
    assert "Lena Nord" in found_in(desk.store)


def test_somebody_who_is_not_known_is_told_and_not_noted(desk: Installation) -> None:
    with pytest.raises(ConfigurationError, match="knows no customer"):
        forgotten(desk, "nobody@kunde.example")
    assert desk.store.tombstones("memory") == {}


def test_others_keep_their_names(desk: Installation) -> None:
    forgotten(desk)
    row = desk.store.row("memory", "5")
    assert row.customer_key == "c-omar"
    assert row.facts["customer.email"] == "omar@kunde.example"
    assert row.title == "(erased) asks 4"


def test_what_policies_ask_about_stays(desk: Installation) -> None:
    desk.clock.advance(60)
    forget(desk.store, Request("memory", LENA, kept=frozenset({"customer.vip"})), desk.clock.now())
    facts = desk.store.row("memory", "1").facts
    told = {name: facts[name] for name in facts if name.startswith("customer.")}
    assert told == {
        "customer.vip": True,
        "customer.login": desk.store.row("memory", "2").customer_key,
    }


def test_neither_a_backfill_nor_a_cycle_brings_the_person_back(desk: Installation) -> None:
    forgotten(desk)
    before = outcomes(desk.store)
    backfill(desk.desk, Range(0), SilentProgress())
    desk.sync(after=60)
    assert found_in(desk.store) == []
    assert [one for one in outcomes(desk.store) if one[2]] == [one for one in before if one[2]]


def test_what_changes_on_the_helpdesk_is_judged_and_stored_without_the_person(
    desk: Installation,
) -> None:
    forgotten(desk)
    desk.host.customer_writes("1")
    desk.host.set("1", "state", "open")
    desk.sync(after=60)
    fresh = desk.host.create(Draft(title="Lena Nord again", customer="c-lena"))
    desk.sync(after=60)
    assert found_in(desk.store) == []
    [instance] = desk.instances(fresh)
    assert instance.policy == "vip"
    desk.sync(after=24 * HOUR)
    assert [item.outcome for item in desk.instances(fresh)] == ["breached"]
    assert (
        desk.store.row("memory", fresh).customer_key == desk.store.row("memory", "2").customer_key
    )


def test_a_change_of_the_person_reaches_their_tickets(desk: Installation) -> None:
    forgotten(desk)
    fresh = desk.host.create(Draft(customer="c-lena"))
    desk.sync(after=60)
    desk.host.party("customer", "c-lena", vip=False, email="new@kunde.example")
    desk.sync(after=60)
    [instance] = desk.instances(fresh)
    assert instance.policy == "standard"
    assert b"new@kunde.example" not in (desk.store.path).read_bytes()


def test_a_backfill_of_older_tickets_stores_them_without_the_person(desk: Installation) -> None:
    forgotten(desk)
    old = desk.host.create(Draft(title="Lena Nord, once", customer="c-lena"))
    desk.host.agent_replies(old)
    desk.host.set(old, "state", "closed")
    backfill(desk.desk, Range(0), SilentProgress())
    assert desk.store.row("memory", old).title == "(erased)"
    assert found_in(desk.store) == []


def test_no_one_is_forgotten_while_another_process_writes(desk: Installation) -> None:
    with tenure(desk.desk, desk.clock.now()), pytest.raises(LeaseHeldError, match="stop it"):
        forgotten(desk)


def test_forgotten_once_is_not_found_again(desk: Installation) -> None:
    forgotten(desk)
    with pytest.raises(ConfigurationError, match="forgotten already"):
        forgotten(desk)
