"""init and doctor on helpdesks that are no Zammad: the OTRS family's stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slaplugin.cli.starter import Access, Choices, policy_text, settings_text
from slaplugin.hosts.otrs import definition
from slaplugin.hosts.otrs.routes import hook_definition
from slaplugin.settings import load_settings
from slaplugin.wiring.sides import KINDS, guide_of
from tests.cli.conftest import Program
from tests.hosts.otrs.standin import Clock, Desk, Field, Server

MARKS = ("sla-breach", "sla-needs-review", "sla-risk")
POLICY = """\
policies:
  - name: standard
    targets: {resolution: 16h}
    steps:
      - {at: breach, do: [mark, {tag: needs-review}, {group: Nowhere}]}
"""


@pytest.fixture
def desk() -> Desk:
    desk = Desk(Clock("2026-11-16T09:00:00Z", zone="Europe/Berlin"))
    desk.catalog.add_field(Field("SLATags", "Multiselect", MARKS))
    desk.portal_ticket("lena.nord", "Support", "Gateway down")
    return desk


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with Server(desk) as running:
        yield running


@pytest.fixture
def bare(tmp_path: Path) -> Program:
    """The program in an empty folder, at the stand-in's time."""
    return Program(tmp_path, ["--now", "2026-11-16T09:00:00Z"])


def account(server: Server) -> tuple[str, ...]:
    site = server.url.partition("/nph-")[0]
    given = ("--host", "otrs", "--url", site, "--user", "sla.api", "--password", "PASSWORD")
    return (*given, "--host-timezone", "Europe/Berlin", "--yes")


@pytest.fixture
def program(bare: Program, server: Server) -> Program:
    """The program with what ``init`` wrote for the stand-in."""
    done = bare.quick("init", *account(server))
    assert done.code == 0, done.err
    return bare


def checks(program: Program, *options: str) -> dict[str, dict[str, Any]]:
    done = program.quick("doctor", "--json", *options)
    return {item["name"]: item for item in done.json["checks"]}


def test_init_writes_what_works(bare: Program, server: Server) -> None:
    done = bare("init", *account(server), "--vip", "organization=NORDWIND")
    assert done.code == 0, done.err
    assert "Admin::WebService::Add" in done.out
    assert (bare.folder / "SLA.yml").read_text(encoding="utf-8") == definition()
    assert (bare.folder / "slaplugin.password").stat().st_mode & 0o777 == 0o600
    settings = load_settings(bare.folder / "slaplugin.toml", environ={})
    assert (settings.host_timezone, settings.tags.field) == ("Europe/Berlin", "SLATags")
    assert settings.fields.due == "SLADueAt"
    assert "PASSWORD" not in (bare.folder / "slaplugin.toml").read_text(encoding="utf-8")
    assert bare.quick("policy", "check").code == 0
    health = bare("doctor", "--json")
    assert (health.code, health.json["ok"]) == (0, True), health.out


def test_the_web_service_is_handed_out_before_anything_can_be_reached(bare: Program) -> None:
    nowhere = ("--host", "otrs", "--url", "http://127.0.0.1:9/otobo", "--user", "sla.api")
    done = bare.quick("init", *nowhere, "--password", "PASSWORD", "--yes")
    assert done.code == 3
    assert [file.name for file in bare.folder.iterdir()] == ["SLA.yml"]


def test_a_web_service_of_another_name_is_named_to_the_administrator(
    bare: Program, server: Server
) -> None:
    done = bare.quick("init", *account(server), "--web-service", "Other")
    assert done.code == 3
    assert "it must be Other" in done.out
    assert "--name Other " in done.out
    assert "routes.webservice" in done.err
    done = bare.quick("init", *account(server), "--web-service", "SLA")
    assert done.code == 0
    settings = load_settings(bare.folder / "slaplugin.toml", environ={})
    assert settings.routes == {"webservice": "SLA"}


def test_init_tells_a_wrong_zone_and_goes_on(bare: Program, server: Server) -> None:
    *rest, _, _ = account(server)
    done = bare.quick("init", *rest, "UTC", "--yes")
    assert done.code == 0
    assert "1 h older than host_timezone = UTC" in done.err
    assert (bare.folder / "slaplugin.toml").exists()


def test_init_names_no_field_that_is_not_there(bare: Program, server: Server, desk: Desk) -> None:
    del desk.catalog.fields["SLADueAt"]
    assert bare.quick("init", *account(server)).code == 0
    settings = load_settings(bare.folder / "slaplugin.toml", environ={})
    assert settings.fields.due is None


def test_doctor_says_what_to_import(program: Program) -> None:
    program.options += ["--set", "routes.webservice=Other"]
    found = checks(program)["address"]
    assert found["ok"] is False
    assert "--web-service > SLA.yml" in found["remedy"]
    assert program.quick("doctor", "--web-service").out == definition()
    assert program.quick("doctor", "--web-hook").out == hook_definition()


def test_doctor_prints_the_steps_with_every_tag_of_the_policies(
    program: Program, desk: Desk
) -> None:
    (program.folder / "policies" / "standard.yaml").write_text(POLICY, encoding="utf-8")
    assert checks(program)["fields"]["ok"] is True
    del desk.catalog.fields["SLATags"]
    found = checks(program, "--fix")["fields"]
    assert found["ok"] is False
    values = ", ".join(f"{tag} = {tag}" for tag in ("sla-risk", "sla-breach", "sla-needs-review"))
    assert values in found["steps"][0]
    desk.catalog.add_field(Field("SLATags", "Multiselect", MARKS[1:]))
    assert "SLATags does not declare the values sla-breach" in checks(program)["fields"]["said"]


def test_a_queue_of_the_policies_that_nobody_has_is_asked_for(program: Program) -> None:
    file = program.folder / "policies" / "standard.yaml"
    file.write_text(POLICY, encoding="utf-8")
    assert "queues that this account does not see: Nowhere" in checks(program)["policies"]["said"]
    file.write_text(POLICY.replace("Nowhere", "Billing"), encoding="utf-8")
    found = checks(program)
    assert found["policies"]["ok"] is True


@pytest.mark.parametrize("option", ["tags.field=SLATags", "host=rt"])
def test_only_what_needs_a_web_service_has_one(program: Program, option: str) -> None:
    program.options += ["--set", option]
    for asked in ("--web-service", "--web-hook"):
        done = program.quick("doctor", asked)
        assert done.code == (2 if option == "host=rt" else 0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_starter_of_every_kind_can_be_read(kind: str, tmp_path: Path) -> None:
    guide = guide_of(kind)
    assert guide is not None
    choices = Choices(
        tags_field=guide.fields.get("tags"),
        due_field=guide.fields.get("due"),
        remarks=guide.settings,
    )
    text = settings_text(Access(kind, "https://x.example", user="u", password_file="p"), choices)
    file = tmp_path / "slaplugin.toml"
    file.write_text(text, encoding="utf-8")
    (tmp_path / "p").write_text("secret", encoding="utf-8")
    assert load_settings(file, environ={}).host == kind
    uncommented = text.replace("# [", "[").replace('# "', '"')
    file.write_text(uncommented, encoding="utf-8")
    assert load_settings(file, environ={}).host == kind
    assert "mode: observe" in policy_text(choices)
