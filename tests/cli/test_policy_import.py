"""``policy import`` end to end: the demo helpdesk by API, the other families by exported files."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Helpdesk, Program

SITE = """\
Set($Timezone, 'Europe/Berlin');
Set(%ServiceAgreements, Default => 'all', Levels => { all => { Resolve => 60*8 } });
"""
QUEUES = """\
queue;calendar_name;first_response_time;update_time;solution_time;valid_id
Raw;;60;;480;1
"""


def test_the_demos_slas_by_api(helpdesk: Helpdesk, program: Program) -> None:
    done = program.quick(
        "policy", "import", "--admin-token", helpdesk.tokens.admin, "--output", "new"
    )
    assert done.code == 0, done.err
    assert done.err.splitlines() == ["policies: 2; calendars: 1; in new/slas-of-zammad.yaml"]
    assert program.quick("policy", "check", "new", "--strict").code == 0
    layers = program.quick("policy", "show", "new", "--json").json["layers"]
    assert [(layer["policy"], layer["mode"]) for layer in layers] == [
        ("High", "observe"),
        ("Standard", "observe"),
    ]
    goals = {each["clock"]: each["goal"].split(" ")[0] for each in layers[0]["targets"]}
    assert goals == {"first_response": "30m", "update": "2h", "resolution": "4h"}


def test_the_own_token_is_not_enough_and_the_message_says_so(
    helpdesk: Helpdesk, program: Program
) -> None:
    done = program.quick("policy", "import")
    assert done.code == 3
    assert "admin.sla and admin.calendar: --admin-token" in done.err
    assert helpdesk.tokens.bot not in done.err


def test_nothing_is_overwritten_without_force(helpdesk: Helpdesk, program: Program) -> None:
    arguments = ("policy", "import", "--admin-token", helpdesk.tokens.admin, "--output", "policies")
    assert program.quick(*arguments).code == 0
    place = program.folder / "policies" / "slas-of-zammad.yaml"
    place.write_text("mine", encoding="utf-8")
    refused = program.quick(*arguments)
    assert refused.code == 2
    assert "policies/slas-of-zammad.yaml: exists (--force replaces it" in refused.err
    assert place.read_text(encoding="utf-8") == "mine"
    assert program.quick(*arguments, "--force").code == 0
    assert place.read_text(encoding="utf-8").startswith("# SLAs of the helpdesk itself")


def test_the_admin_token_is_stored_nowhere(helpdesk: Helpdesk, program: Program) -> None:
    program.quick("policy", "import", "--admin-token", helpdesk.tokens.admin, "--output", "new")
    texts = [file.read_text(encoding="utf-8") for file in program.folder.rglob("*.*ml")]
    assert len(texts) == 3
    assert not [text for text in texts if helpdesk.tokens.admin in text]


@pytest.mark.parametrize(
    ("kind", "name", "text", "policy", "calendar"),
    [
        ("rt", "site.pm", SITE, "all", "Default hours in Europe/Berlin"),
        ("otrs", "queues.csv", QUEUES, "Queue Raw", "Default"),
    ],
)
def test_exported_files(
    program: Program, kind: str, name: str, text: str, policy: str, calendar: str
) -> None:
    (program.folder / name).write_text(text, encoding="utf-8")
    done = program.quick("policy", "import", "--host", kind, "--from", name, "--json")
    assert done.code == 0, done.err
    told = done.json
    assert (told["family"], told["policies"], told["calendars"]) == (kind, [policy], [calendar])
    assert told["file"] is None
    (program.folder / "set.yaml").write_text(told["text"], encoding="utf-8")
    assert program.quick("policy", "check", "set.yaml", "--strict").code == 0
    printed = program.quick("policy", "import", "--host", kind, "--from", name)
    assert printed.out == told["text"]
    notes = [line for line in printed.err.splitlines() if line.startswith("not carried over")]
    assert len(notes) == len(told["left_out"])


def test_a_folder_of_configuration_files(program: Program) -> None:
    folder = program.folder / "RT_SiteConfig.d"
    folder.mkdir()
    zone, slas = SITE.splitlines()
    (folder / "10-zone.pm").write_text(zone, encoding="utf-8")
    (folder / "20-slas.pm").write_text(slas, encoding="utf-8")
    done = program.quick("policy", "import", "--host", "rt", "--from", folder.name, "--json")
    assert done.json["calendars"] == ["Default hours in Europe/Berlin"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--host", "rt"), 2, "name exported files with --from"),
        (("--host", "rt", "--from", "nowhere.pm"), 2, "nowhere.pm: No such file"),
        (("--host", "phone"), 2, "known are zammad, otrs, rt"),
        (("--host", "otrs", "--from", "policies/standard.yaml"), 2, "no queues and no SLAs"),
    ],
)
def test_wrong_use(program: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = program.quick("policy", "import", *arguments)
    assert (done.code, said in done.err) == (code, True), done.err


@pytest.mark.parametrize(
    ("kind", "said"),
    [("zammad", "admin.sla"), ("otrs", "FROM queue"), ("rt", "Set(%ServiceAgreements")],
)
def test_how_to_export(program: Program, kind: str, said: str) -> None:
    told = program.quick("policy", "import", "--host", kind, "--how")
    assert (told.code, said in told.out) == (0, True)
