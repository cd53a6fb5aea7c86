"""The X-ray of a real Request Tracker: no settings, no policy, and nothing is left behind there."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Program
from tests.live.rt import AGENTS, CUSTOMERS, LiveRt
from tests.live.site import PLAIN, VIP, Site

TITLES = ("Printer on fire", "VPN drops", "Invoice is wrong")


def a_day(site: Site, server: LiveRt) -> list[str]:
    """Three tickets: one answered and done, one waiting, one that nobody touches."""
    tickets = [
        site.mail(sender, title) for sender, title in zip((PLAIN, VIP, PLAIN), TITLES, strict=True)
    ]
    site.at("mon 10:00")
    server.agent("anna").take(tickets[0])
    server.agent("anna").reply(tickets[0], "Water helps", Status="resolved")
    site.at("mon 11:00")
    server.agent("ben").reply(tickets[1], "Which one?", Status="stalled")
    site.at("mon 15:00")
    return tickets


def test_a_page_without_names_and_nothing_written(
    site: Site, server: LiveRt, tmp_path: Path
) -> None:
    tickets = a_day(site, server)
    newest = server.last_row()
    bare = tmp_path / "bare"
    bare.mkdir()
    program = Program(bare, environ={"SLAPLUGIN_TOKEN": server.token})
    asked = ("xray", "--host", "rt", "--url", server.url, "--days", "1")
    told = program(*asked)
    assert (told.code, server.last_row()) == (0, newest), told.err
    page = (bare / "slaplugin-xray.html").read_text(encoding="utf-8")
    secrets = (*AGENTS, *CUSTOMERS, *TITLES, "Acme", server.url)
    assert [name for name in secrets if f">{name}" in page or f" {name} " in page] == []
    assert site.queue in page

    found = program(*asked, "--json").json
    overall = {each["clock"]: each for each in found["promises"] if each["by"] is None}
    response = overall["first_response"]
    assert (response["finished"] >= 2, response["unfinished"] >= 1) == (True, True)
    in_queue = {
        each["clock"]: (each["finished"], each["unfinished"], each["median"])
        for each in found["promises"]
        if (each["by"], each["value"]) == ("group", site.queue)
    }
    assert in_queue["first_response"] == (2, 1, 3600)
    assert (in_queue["resolution"][:2], found["tickets"] >= len(tickets)) == ((1, 2), True)
