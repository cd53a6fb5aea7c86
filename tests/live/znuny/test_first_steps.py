"""init, doctor and what the guide has an administrator do, on a real Znuny, as whole processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.conftest import Program
from tests.live.znuny.desk import DUE, STATE, TAGS
from tests.live.znuny.instance import ACCOUNT, PASSWORD, Znuny
from tests.live.znuny.site import PLAIN, Site


def checks(site: Site, *settings: str) -> dict[str, dict[str, Any]]:
    """Check -> what ``doctor`` says."""
    options = [part for one in settings for part in ("--set", one)]
    done = site.program.quick(*options, "doctor", "--json")
    return {item["name"]: item for item in done.json["checks"]}


def account(server: Znuny) -> list[str]:
    """The options of ``init``, as an administrator gives them."""
    told = {"--host": "otrs", "--url": server.url, "--user": ACCOUNT, "--password": PASSWORD}
    return [part for pair in told.items() for part in pair]


def test_init_and_doctor(site: Site, server: Znuny, tmp_path: Path) -> None:
    ticket = site.mail(PLAIN, "Mouse is stuck")
    before = site.rows(ticket)
    bare = Program(tmp_path / "bare")
    bare.folder.mkdir()
    done = bare("init", *account(server), "--vip", "organization=ACME", "--yes")
    assert done.code == 0, done.err
    written = (bare.folder / "slaplugin.toml").read_text(encoding="utf-8")
    assert f'field = "{TAGS}"' in written
    assert f'due = "{DUE}"' in written
    assert PASSWORD not in written
    health = bare("doctor", "--json")
    failed = [item["name"] for item in health.json["checks"] if item["ok"] is False]
    assert failed in ([], ["clock"]), health.out  # the server's clock is a year off ours
    assert site.rows(ticket) == before


def test_a_web_service_that_nobody_imported(server: Znuny, tmp_path: Path) -> None:
    """Apache breaks the connection off, and what to do is said."""
    bare = Program(tmp_path)
    done = bare("init", *account(server), "--web-service", "Other", "--yes")
    assert done.code == 3
    assert "--name Other" in done.out
    assert "without an answer" in done.err
    assert "routes.webservice" in done.err
    server.import_service("Other", (tmp_path / "SLA.yml").read_text(encoding="utf-8"))
    done = bare("init", *account(server), "--web-service", "Other", "--yes")
    assert done.code == 0, done.err


def test_doctor_speaks_the_words_of_the_host(site: Site) -> None:
    site.mail(PLAIN, "Keyboard is stuck")
    found = checks(site)
    assert ACCOUNT in found["credentials"]["said"]
    assert found["permissions"]["ok"] is True
    assert found["history"]["ok"] is True
    assert found["update"]["ok"] is True
    assert DUE in found["fields"]["said"]


def test_the_helpdesks_clock_is_known(site: Site) -> None:
    """It tells no time in the answers of the web service; its pages do."""
    site.mail(PLAIN, "Clock is wrong")
    said = checks(site)["clock"]["said"]
    seconds = int(said.split("clock is ")[1].split(" s ")[0])
    assert seconds > 86_400
    assert checks(site)["time zone"]["ok"] is True


def test_a_wrong_zone_is_found_by_the_age_of_tickets(site: Site) -> None:
    site.mail(PLAIN, "Time is wrong")
    found = checks(site, "host_timezone=Europe/Berlin")["time zone"]
    assert found["ok"] is False
    assert "OTRSTimeZone" in found["remedy"]


def test_fields_of_the_wrong_type_are_told(site: Site) -> None:
    site.mail(PLAIN, "Fields are wrong")
    assert "no Date / Time field" in checks(site, f"fields.due={STATE}")["fields"]["said"]
    said = checks(site, "fields.due=NoSuchField")["fields"]["said"]
    assert "NoSuchField" in said


def test_missing_rights_are_named_with_their_queues(site: Site, server: Znuny) -> None:
    site.mail(PLAIN, "Rights are missing")
    everything = ["ro", "rw", "priority", "owner", "note", "move_into"]
    server.act("right", by=ACCOUNT, group="desk", rights=["ro"])
    try:
        found = checks(site)["permissions"]
    finally:
        server.act("right", by=ACCOUNT, group="desk", rights=everything)
    assert found["ok"] is False
    assert "Does not have permissions" in found["said"]
    assert "rw" in found["remedy"]


def test_a_policy_is_checked_against_the_helpdesk(site: Site) -> None:
    site.mail(PLAIN, "Policies are wrong")
    fine = site.program.quick("policy", "check", "--host")
    assert fine.code == 0
    assert "fields." not in fine.err
    file = site.program.folder / "policies" / "standard.yaml"
    told = file.read_text(encoding="utf-8")
    file.write_text(told.replace("owner: dmitri", "owner: nobody.at.all"), encoding="utf-8")
    done = site.program.quick("policy", "check", "--host")
    assert "nobody.at.all" in done.err
