"""init and doctor on a real Request Tracker, as whole processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.live.instance import ROOT_PASSWORD
from tests.live.rt import BOT, LiveRt
from tests.live.site import PLAIN, Site

BOTS = "SLA robots"


def checks(site: Site, *settings: str) -> dict[str, dict[str, Any]]:
    """Check -> what it says, with the server's moved clock as the present."""
    options = [part for one in settings for part in ("--set", one)]
    done = site.program.quick("--now", site.iso("mon 10:00"), *options, "doctor", "--json")
    return {item["name"]: item for item in done.json["checks"]}


def failed(site: Site, *settings: str) -> dict[str, dict[str, Any]]:
    return {name: item for name, item in checks(site, *settings).items() if item["ok"] is False}


@pytest.fixture
def asked(site: Site, server: LiveRt) -> Iterator[Site]:
    """A site with a ticket; examining it changes nothing there."""
    site.mail(PLAIN, "Mouse is stuck")
    newest = server.last_row()
    yield site
    assert server.last_row() == newest


@contextmanager
def without(server: LiveRt, *rights: str) -> Iterator[None]:
    """The robots' group lacks rights for a while."""
    for right in rights:
        server.revoke(BOTS, right)
    try:
        yield
    finally:
        for right in rights:
            server.grant(BOTS, right)


def test_init_and_doctor(asked: Site, server: LiveRt, tmp_path: Path) -> None:
    bare = Program(tmp_path / "bare")
    bare.folder.mkdir()
    account = ("--host", "rt", "--url", server.url, "--user", BOT, "--password", f"{BOT}-password")
    done = bare("init", *account, "--vip", "organization=Acme", "--yes")
    assert done.code == 0, done.err
    written = (bare.folder / "slaplugin.toml").read_text(encoding="utf-8")
    assert 'field = "SLA Tags"' in written
    assert 'due = "SLA Due"' in written
    assert f"{BOT}-password" not in written
    assert (bare.folder / "slaplugin.password").stat().st_mode & 0o777 == 0o600
    assert bare("init", *account, "--yes").code == 2
    assert bare("policy", "check").code == 0
    health = bare("--now", asked.iso("mon 10:00"), "doctor", "--json")
    assert (health.code, health.json["ok"]) == (0, True), health.out


def test_doctor_speaks_the_words_of_the_host(asked: Site) -> None:
    found = checks(asked)
    assert [item["said"] for item in found.values() if item["ok"] is False] == []
    assert BOT in found["credentials"]["said"]
    assert asked.queue in found["queues"]["said"]
    assert "SLA Due, SLA Tags" in found["fields"]["said"]
    other = asked.program.folder / "other"
    other.touch(mode=0o600)
    other.write_text("1-2-abc", encoding="utf-8")
    wrong = failed(asked, f"token_file={other}")
    assert "Auth Tokens" in wrong["credentials"]["remedy"]
    assert "ticket.agent" not in str(wrong)


def test_missing_rights_are_named_with_their_queues(asked: Site, server: LiveRt) -> None:
    with without(server, "ModifyTicket", "CreateTicket", "SeeCustomField"):
        found = checks(asked)
    assert found["permissions"]["ok"] is False
    assert "no ModifyTicket in" in found["permissions"]["said"]
    assert asked.queue in found["permissions"]["said"]
    assert "Group Rights: ModifyTicket" in found["permissions"]["remedy"]
    assert found["moving"]["ok"] is None
    assert asked.queue in found["moving"]["said"]
    assert "not visible: SLA Due, SLA Tags" in found["fields"]["said"]


def test_an_account_in_another_zone_is_sent_to_utc(asked: Site, server: LiveRt) -> None:
    server.user(BOT, Timezone="America/New_York")
    try:
        found = failed(asked)["time zone"]
    finally:
        server.user(BOT, Timezone="")
    assert "America/New_York" in found["said"]
    assert "UTC" in found["remedy"]


def test_fields_of_the_wrong_type_are_told(asked: Site) -> None:
    found = failed(asked, "fields.due=Product")
    assert "Product is a Select field" in found["fields"]["said"]
    found = failed(asked, "tags.field=Product")
    assert "Product takes one value alone" in found["fields"]["said"]


def test_fields_are_made_with_an_administrators_login(site: Site, server: LiveRt) -> None:
    wanted = ("--set", f"fields.summary=Line of {site.queue}")
    program = Program(site.program.folder, ["--now", site.iso("mon 10:00"), *wanted])
    refused = program.quick("doctor", "--fix")
    assert refused.code == 1
    assert "AdminCustomField" in refused.out
    assert "rt-setup-database" in refused.out
    admin = ("--admin-user", "root", "--admin-password", ROOT_PASSWORD)
    made = program.quick("doctor", "--fix", *admin)
    assert f"created Line of {site.queue}" in made.out
    assert "Apply globally" in made.out
    (field,) = (
        item
        for item in program.quick("doctor", "--json").json["checks"]
        if item["name"] == "fields"
    )
    assert field["ok"] is False
    assert "is not applied to the queues" in field["said"]
