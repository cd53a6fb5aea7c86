"""init, doctor and demo as whole processes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from slaplugin.cli.starter import Access, Choices, policy_text, settings_text, vip_condition
from slaplugin.settings import bundled
from tests.cli.conftest import Helpdesk, Program


@pytest.fixture
def bare(tmp_path: Path) -> Program:
    """The program in an empty folder."""
    return Program(tmp_path)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_init_writes_what_works(helpdesk: Helpdesk, bare: Program) -> None:
    access = ("--url", helpdesk.url, "--token", helpdesk.tokens.bot)
    chosen = (
        "--vip",
        "field=organization.fields.contract_level=vip",
        "--timezone",
        "Europe/Berlin",
    )
    done = bare.quick("init", *access, *chosen, "--yes")
    assert done.code == 0, done.err
    settings = bare.folder / "slaplugin.toml"
    assert helpdesk.tokens.bot not in settings.read_text(encoding="utf-8")
    assert mode(bare.folder / "slaplugin.token") == 0o600
    assert '"3 high" = "high"' in settings.read_text(encoding="utf-8")
    assert bare.quick("policy", "check").code == 0
    assert bare.quick("init", *access, *chosen, "--yes").code == 2

    helpdesk.open("Slow")
    assert bare.quick("sync", "--json").json["writes"] == []
    health = bare.quick("--now", "2026-03-09T12:00:00Z", "doctor", "--json")
    assert (health.code, health.json["ok"]) == (0, True), health.out


def test_init_asks_the_helpdesk_before_it_writes(helpdesk: Helpdesk, bare: Program) -> None:
    refused = bare.quick(
        "init", "--url", helpdesk.url, "--token", "wrong", "--vip", "flag", "--yes"
    )
    assert refused.code == 3
    assert list(bare.folder.iterdir()) == []


def test_init_creates_overviews_with_a_credential_it_forgets(
    helpdesk: Helpdesk, bare: Program
) -> None:
    access = ("--url", helpdesk.url, "--token", helpdesk.tokens.bot, "--vip", "none", "--yes")
    done = bare.quick("init", *access, "--overviews", "--admin-token", helpdesk.tokens.admin)
    assert done.code == 0, done.err
    names = {item["name"] for item in helpdesk.api("GET", "overviews")}
    assert {"SLA breached", "SLA at risk"} <= names
    for file in bare.folder.rglob("*"):
        assert file.is_dir() or helpdesk.tokens.admin not in file.read_text(encoding="utf-8")


def checks(program: Program, *arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
    done = program.quick("--now", "2026-03-09T12:00:00Z", *arguments, "doctor", "--json")
    return done.code, {item["name"]: item for item in done.json["checks"]}


def test_doctor_names_what_is_wrong(helpdesk: Helpdesk, program: Program) -> None:
    code, found = checks(program, "--set", "fields.summary=our_line")
    assert code == 1
    assert found["fields"]["ok"] is False
    assert "--fix" in str(found["fields"]["remedy"])
    refused = program.quick("--set", "fields.summary=our_line", "doctor", "--fix")
    assert 'New Attribute: Name "our_line"' in refused.out
    (program.folder / "slaplugin.toml").chmod(0o644)
    code, found = checks(program)
    assert (code, found["permissions"]["ok"]) == (1, False)
    assert "chmod 600" in str(found["permissions"]["remedy"])


def test_doctor_tells_steps_that_change_the_own_sla_of_the_helpdesk(
    helpdesk: Helpdesk, program: Program
) -> None:
    _, found = checks(program)
    assert found["own SLAs"]["ok"] is None
    assert "changes group, by which the helpdesk chooses" in str(found["own SLAs"]["said"])


def test_doctor_calls_no_empty_field_a_field_of_the_wrong_type(
    helpdesk: Helpdesk, program: Program
) -> None:
    helpdesk.open("Nothing was written here yet")
    code, found = checks(program)
    assert (code, found["fields"]["ok"]) == (0, True)
    assert "cannot see the type of sla_due_at" in str(found["fields"]["said"])


def test_doctor_creates_fields(helpdesk: Helpdesk, program: Program) -> None:
    fixed = program.quick(
        *("--now", "2026-03-09T12:00:00Z", "--set", "fields.summary=our_line"),
        *("doctor", "--fix", "--admin-token", helpdesk.tokens.admin),
    )
    assert fixed.code == 0, fixed.out
    ticket = helpdesk.open("With the new field")
    assert "our_line" in helpdesk.shown(ticket)


@pytest.mark.parametrize(
    ("setting", "line"),
    [("token=wrong", "credentials"), ("url=http://127.0.0.1:9", "address")],
)
def test_doctor_tells_access_problems_apart(program: Program, setting: str, line: str) -> None:
    code, found = checks(program, "--set", setting)
    assert code == 1
    assert [name for name, item in found.items() if item["ok"] is False] == [line]
    assert found[line]["remedy"]


def test_the_policies_of_the_demo_pass_their_tests(bare: Program) -> None:
    shipped = str(bundled("policies") / "demo")
    assert bare.quick("policy", "check", shipped, "--strict").code == 0
    assert bare.quick("policy", "test", shipped).code == 0


def test_demo(bare: Program) -> None:
    shown = bare("demo", "--dir", "month", "--days", "1")
    assert shown.code == 0, shown.err
    for words in ("What was tagged and reassigned", "Clocks at risk", "One ticket explained"):
        assert words in shown.out
    page = Path(shown.out.strip().rpartition(": ")[2])
    assert page.parent == bare.folder / "month"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert bare("demo", "--dir", "month").code == 2


# ------------------------------------------------------------------ texts


@pytest.mark.parametrize(
    ("answer", "condition"),
    [
        ("flag", "{customer.vip: true}"),
        ("organization", "{organization.vip: true}"),
        ("organization=A, B", '{organization.name: ["A", "B"]}'),
        ("group=VIP Desk", '{group: "VIP Desk"}'),
        ("tag=vip", '{tags: "vip"}'),
        ("field=level=gold", '{fields.level: "gold"}'),
        ("none", None),
    ],
)
def test_how_a_vip_is_known(answer: str, condition: str | None) -> None:
    assert vip_condition(answer) == condition


@pytest.mark.parametrize("answer", ["", "group", "field=x", "somehow", "none=x"])
def test_unclear_answers_are_refused(answer: str) -> None:
    with pytest.raises(Exception, match="is not understood"):
        vip_condition(answer)


def test_the_starter_observes() -> None:
    text = policy_text(Choices("Europe/Berlin", '{group: "VIP Desk"}', {}))
    assert "mode: observe" in text
    assert '    sub:\n      - name: vip\n        when: {group: "VIP Desk"}' in text


def test_settings_quote_what_they_are_given() -> None:
    text = settings_text(Access("zammad", 'https://x"y', token="a\\b"), Choices())
    assert 'url = "https://x\\"y"' in text
    assert 'token = "a\\\\b"' in text


def test_doctor_without_settings_names_what_is_missing_on_one_line(tmp_path: Path) -> None:
    result = Program(tmp_path).quick("doctor", "--json")
    said = {check["name"]: check["said"] for check in result.json["checks"]}
    assert result.code == 1
    assert "url is missing" in said["address"] and "token is missing" in said["address"]
    assert "\n" not in said["address"] + said["settings"]
