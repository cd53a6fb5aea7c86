"""The shipped drop-ins, loaded the way an installation loads them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import ConfigurationError, HookError
from slaplugin.app.ports import Agent
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.plugins import PluginHooks, load_plugins
from slaplugin.settings import bundled


def timeline(title: str = "", *events: Event, **facts: Any) -> Timeline:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return Timeline(Ticket("zammad", "1", title=title, facts=named), events)


def loaded(directory: Path, tables: Mapping[str, Mapping[str, Any]] | None = None) -> PluginHooks:
    return PluginHooks(load_plugins(bundled("hooks"), directory=directory, tables=tables))


def crm(directory: Path, **options: Any) -> PluginHooks:
    shutil.copy(bundled("hooks") / "vip_customers.csv", directory / "crm.csv")
    return loaded(directory, {"vip_from_crm": {"file": "crm.csv", **options}})


def test_without_settings_they_do_nothing(tmp_path: Path) -> None:
    hooks = loaded(tmp_path)
    assert hooks.ticket_facts(timeline("A refund", customer__email="ceo@example.org")) == {}
    assert hooks.choose_assignee(timeline(), "Support", (Agent("anna", "Anna"),)) is None


@pytest.mark.parametrize(
    ("email", "facts"),
    [
        ("CEO@example.org", {"customer.vip": True, "facts.tier": "platinum"}),
        ("anybody@example.com", {"customer.vip": True, "facts.tier": "gold"}),
        ("anybody@example.net", {"customer.vip": False, "facts.tier": "silver"}),
        ("stranger@example.org", {}),
        (None, {}),
    ],
)
def test_vip_from_crm(tmp_path: Path, email: str | None, facts: dict[str, Any]) -> None:
    assert crm(tmp_path).ticket_facts(timeline(customer__email=email)) == facts


def test_which_tiers_are_vip_is_a_setting(tmp_path: Path) -> None:
    hooks = crm(tmp_path, vip_tiers=["silver"])
    assert hooks.ticket_facts(timeline(customer__email="a@example.net"))["customer.vip"] is True


def test_a_new_export_counts_and_a_vanished_one_holds_the_ticket(tmp_path: Path) -> None:
    hooks = crm(tmp_path)
    ticket = timeline(customer__email="new@example.org")
    assert hooks.ticket_facts(ticket) == {}
    (tmp_path / "crm.csv").write_text("email,tier\nnew@example.org,gold\n", encoding="utf-8")
    assert hooks.ticket_facts(ticket)["facts.tier"] == "gold"
    (tmp_path / "crm.csv").unlink()
    with pytest.raises(HookError, match=r"vip_from_crm.*FileNotFoundError"):
        hooks.ticket_facts(ticket)


def test_a_missing_export_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the CRM export .* is missing"):
        loaded(tmp_path, {"vip_from_crm": {"file": "absent.csv"}})


@pytest.mark.parametrize(
    ("title", "product"),
    [
        ("Refund for my CARD", "payments"),
        ("Cannot login", "portal"),
        ("Login fails after payment", "payments"),
        ("Please discard this", None),
        ("", None),
    ],
)
def test_product_from_title(tmp_path: Path, title: str, product: str | None) -> None:
    words = {"payments": ["payment", "refund", "card"], "portal": ["login"]}
    facts = loaded(tmp_path, {"product_from_title": {"words": words}}).ticket_facts(timeline(title))
    assert facts == ({"facts.product": product} if product else {})


@pytest.mark.parametrize(
    ("product", "loads", "chosen"),
    [
        ("payments", (5, 3, 0), "ben"),
        ("payments", (3, 3, 0), "anna"),
        ("portal", (0, 9, 0), "ben"),
        ("unknown", (0, 0, 0), None),
    ],
)
def test_assignee_by_skill(
    tmp_path: Path, product: str, loads: tuple[int, int, int], chosen: str | None
) -> None:
    skills = {"anna": ["payments"], "ben": ["payments", "portal"], "away": ["payments"]}
    (tmp_path / "skills.json").write_text(json.dumps(skills), encoding="utf-8")
    hooks = loaded(tmp_path, {"assignee_by_skill": {"file": "skills.json"}})
    candidates = [
        Agent(name, name, load) for name, load in zip(("anna", "ben", "carl"), loads, strict=True)
    ]
    later = Event(1, 1, "e", "field_changed", {"field": "facts.product", "to": product})
    ticket = timeline("", later, facts__product="something else")
    assert hooks.choose_assignee(ticket, "Support", candidates) == chosen
