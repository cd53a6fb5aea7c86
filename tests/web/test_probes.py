"""Health as the daemon tells it, what probes make of it, and the page of metrics."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from slaplugin.app.errors import (
    BrakeError,
    ConfigurationError,
    HostPermanentError,
    HostTemporaryError,
    LeaseHeldError,
    StoreError,
)
from slaplugin.app.outcome import CycleReport, TicketProblem, Write
from slaplugin.core.actions import ActionRow
from slaplugin.web import Health, Metrics, Overview
from slaplugin.web.health import CYCLES_KEPT, ENTRIES_KEPT, kind_of
from slaplugin.web.metrics import MOST_PAIRS, OTHER, bounded
from tests.web.conftest import NOON, Clock, Served

AWAY = HostTemporaryError("GET tickets: no answer")


def report(**more: Any) -> CycleReport:
    return CycleReport(
        **{"as_of": NOON, "changed_tickets": 2, "evaluated": 3, "requests": 5, **more}
    )


def action(kind: str = "add_tag", **more: Any) -> ActionRow:
    known: dict[str, Any] = {
        "key": "k", "host": "zammad", "ticket": "37", "clock": None, "start_event": None,
        "step": None, "policy": None, "kind": kind, "value": "sla-breach",
        "status": "done", "due_at": NOON, "at": NOON,
    }  # fmt: skip
    return ActionRow(**{**known, **more})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    """Of a daemon that has just ended a good poll of two seconds."""
    health = Health(30, clock, lambda: NOON - 5)
    health.working()
    health.begin()
    clock.at += 2
    health.cycle(report(), pulled=True)
    return health


def test_before_the_first_poll_it_is_not_ready(clock: Clock) -> None:
    health = Health(30, clock, lambda: NOON)
    assert health.readiness().reasons == ("no poll has ended yet",)
    health.working()
    health.begin()
    clock.at += 40
    assert health.readiness().reasons == ("the first poll has been running for 40 s",)
    assert health.now() == NOON
    assert health.lag() is None


def test_after_a_good_poll_it_is(health: Health, clock: Clock) -> None:
    assert health.readiness().ready
    assert health.lag() == 2.0
    assert health.now() == NOON + 2, "the helpdesk's clock, not this machine's"
    clock.at += 100
    assert health.now() == NOON + 102


@pytest.mark.parametrize(("interval", "patience"), [(1, 120), (30, 120), (40, 120), (100, 300)])
def test_how_old_the_last_poll_may_be(interval: int, patience: int, clock: Clock) -> None:
    health = Health(interval, clock)
    health.working()
    health.begin()
    health.cycle(report(), pulled=True)
    clock.at += patience
    assert health.readiness().ready
    clock.at += 1
    (reason,) = health.readiness().reasons
    assert f"{patience + 1} s old" in reason


def test_cycles_between_polls_do_not_count_as_polls(health: Health, clock: Clock) -> None:
    clock.at += 130
    health.begin()
    health.cycle(report(requests=0, as_of=NOON + 132), pulled=False)
    assert not health.readiness().ready


def test_a_helpdesk_that_did_not_answer_when_last_asked(health: Health) -> None:
    health.begin()
    health.failed(AWAY, 30)
    assert health.readiness().reasons == ("the helpdesk cannot be asked: GET tickets: no answer",)
    health.begin()
    health.cycle(report(requests=0), pulled=False)
    assert not health.readiness().ready, "it was not asked meanwhile"
    health.begin()
    health.cycle(report(), pulled=False)
    assert health.readiness().ready


def test_a_store_that_takes_no_commit(health: Health) -> None:
    health.failed(StoreError("the disk is full"), 30)
    assert health.readiness().reasons == ("the disk is full",)
    assert health.readiness("it cannot be read").reasons == ("it cannot be read",)
    health.cycle(report(), pulled=True)
    assert health.readiness().ready
    assert health.readiness("it cannot be read").reasons == ("it cannot be read",)


def test_who_stands_by_is_not_ready(health: Health) -> None:
    health.standby(LeaseHeldError("another slaplugin is writing"))
    assert health.readiness().reasons == ("standing by: another slaplugin is writing",)
    health.working()
    assert health.readiness().ready


def test_of_what_nobody_expected_only_the_kind_is_shown(health: Health) -> None:
    health.failed(RuntimeError("token=hunter2"), 12)
    told = health.document(health.readiness())
    assert told["failure"] == {"kind": "other", "message": "RuntimeError", "retry_seconds": 12.0}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AWAY, "host_temporary"),
        (HostPermanentError("no"), "host_permanent"),
        (StoreError("no"), "store"),
        (ConfigurationError("no"), "configuration"),
        (BrakeError("no"), "brake"),
        (KeyError("no"), "other"),
    ],
)
def test_kinds_of_failures(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


def test_a_reload_that_is_refused_stays_known_until_one_is_taken(health: Health) -> None:
    health.reloaded(ConfigurationError("policies.yaml:3: no"))
    assert health.document(health.readiness())["reload_problem"] == "policies.yaml:3: no"
    assert health.readiness().ready, "the old files are in force"
    health.reloaded(None)
    assert health.state.reload_problem is None


def test_cycles_are_kept_within_bounds(health: Health) -> None:
    problems = tuple(TicketProblem(str(n), str(n), "held") for n in range(1000))
    for number in range(100):
        health.begin()
        health.cycle(report(problems=problems, evaluated=number), pulled=True)
    kept = health.cycles()
    assert len(kept) == CYCLES_KEPT
    assert [one["evaluated"] for one in kept[:3]] == [99, 98, 97]
    assert len(kept[0]["problems"]) == ENTRIES_KEPT
    assert kept[0]["problems_total"] == 1000
    assert health.cycles(2) == kept[:2]


def test_the_probe_follows(served: Served) -> None:
    assert served.ask("/readyz").status_code == 503
    served.health.working()
    served.health.begin()
    served.health.cycle(report(), pulled=True)
    answer = served.ask("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (200, [])
    served.reading.broken = "the store is locked"
    answer = served.ask("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the store is locked"])
    assert served.ask("/api/v1/health").status_code == 200
    assert served.ask("/healthz").status_code == 200


# --------------------------------------------------------------------------- metrics

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(page: str) -> Samples:
    """Every sample of the page by name and labels, as Prometheus would read it."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def scraped(served: Served) -> Callable[..., float]:
    answer = served.ask("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    found = samples(answer.text)
    return lambda name, **labels: found[f"slaplugin_{name}", tuple(sorted(labels.items()))]


def test_what_a_cycle_did_is_counted(served: Served) -> None:
    writes = (
        Write(action(), "37", "done"),
        Write(action("set_owner"), "37", "failed", "no"),
        Write(action("notify", status="uncertain"), "37", "failed", "nobody knows"),
        Write(action(), "37", "done"),
    )
    for listener in (served.metrics, served.health):
        listener.working()
    served.health.begin()
    served.clock.at += 3
    for listener in (served.metrics, served.health):
        listener.cycle(report(writes=writes), pulled=True)
    served.metrics.failed(AWAY, 30)
    served.metrics.reloaded(ConfigurationError("no"))
    served.health.reloaded(ConfigurationError("no"))
    served.metrics.host_request("busy")
    value = scraped(served)
    assert value("cycle_seconds_sum", kind="poll") == 3
    assert value("cycles_total", outcome="good") == 1
    assert value("cycles_total", outcome="host_temporary") == 1
    assert value("writes_total", kind="add_tag", status="done") == 2
    assert value("writes_total", kind="set_owner", status="failed") == 1
    assert value("writes_total", kind="notify", status="uncertain") == 1
    assert value("changed_tickets_total") == 2
    assert value("reloads_total", outcome="refused") == 1
    assert value("reload_failed") == 1
    assert value("host_requests_total", outcome="busy") == 1
    assert value("working") == 1 and value("ready") == 1
    assert value("lag_seconds") == 3
    assert value("last_good_poll_timestamp_seconds") == NOON
    assert value("clocks", policy="standard", clock="first_response", state="at_risk") == 1
    assert value("held_tickets") == 1
    assert value("next_due_seconds") == 57


def test_counters_are_told_while_the_store_cannot_be_read(served: Served) -> None:
    served.reading.broken = "the store is locked"
    value = scraped(served)
    assert value("ready") == 0
    with pytest.raises(KeyError):
        value("clocks", policy="standard", clock="first_response", state="at_risk")


def test_clocks_that_are_gone_are_gone(clock: Clock) -> None:
    health = Health(30, clock)
    metrics = Metrics(health)
    some = {("a", "resolution", "running"): 3}
    page = metrics.page(Overview(NOON, some, [], 0, [], 0, None), ready=True).decode()
    assert 'policy="a"' in page
    assert "slaplugin_next_due_seconds +Inf" in page
    page = metrics.page(Overview(NOON, {}, [], 0, [], 0, None), ready=True).decode()
    assert 'policy="a"' not in page


def test_every_metric_is_described(served: Served) -> None:
    page = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")
    described = set(re.findall(r"`(slaplugin_\w+)(?:\{|`)", page)) - {"slaplugin_build_info"}
    families = text_string_to_metric_families(served.ask("/metrics").text)
    kinds = {one.name: one.type for one in families if one.name.startswith("slaplugin_")}
    told = {f"{name}_total" if kind == "counter" else name for name, kind in kinds.items()}
    assert described == told - {"slaplugin_build_info"}


def test_policies_do_not_multiply_series_without_bound() -> None:
    clocks = {(f"p{n}", "resolution", "running"): n + 1 for n in range(1000)}
    told = bounded(clocks)
    assert len(told) == MOST_PAIRS + 1
    assert sum(told.values()) == sum(clocks.values())
    assert ("p999", "resolution", "running") in told
    assert (OTHER, OTHER, "running") in told


def test_a_hostile_policy_name_is_a_label_like_others(clock: Clock) -> None:
    name = 'x"} 1\nslaplugin_ready 1\n# \\'
    metrics = Metrics(Health(30, clock))
    overview = Overview(NOON, {(name, "resolution", "running"): 1}, [], 0, [], 0, None)
    found = samples(metrics.page(overview, ready=False).decode())
    labels = (("clock", "resolution"), ("policy", name), ("state", "running"))
    assert found["slaplugin_clocks", labels] == 1
    assert found["slaplugin_ready", ()] == 0


def test_addresses_that_somebody_tries_make_no_series(served: Served) -> None:
    for path in ("/a", "/b", "/api/v1/tickets/1", "/api/v1/tickets/2", "/wp-admin"):
        served.ask(path)
    assert served.counted("slaplugin_web_requests_total", route="(none)", status="404") == 3
    route = "/api/v1/tickets/{ticket}"
    assert served.counted("slaplugin_web_requests_total", route=route, status="404") == 2
