"""Messages from the whole process: sent once, shown by plan before, secrets nowhere."""

from __future__ import annotations

from tests.cli.conftest import POLICY, Helpdesk, Program
from tests.notify.servers import web_server

TELL = POLICY.replace("do: [mark, {priority", "do: [mark, {notify: chat}, {priority")


def configure(program: Program, url: str) -> None:
    (program.folder / "policies" / "standard.yaml").write_text(TELL, encoding="utf-8")
    with (program.folder / "slaplugin.toml").open("a", encoding="utf-8") as file:
        file.write(f'[notify.chat]\nkind = "json"\nurl = "{url}"\n')


def test_a_breach_is_told_once(program: Program, helpdesk: Helpdesk) -> None:
    with web_server(200) as (url, got):
        configure(program, url)
        assert program.quick("sync").code == 0
        first, second = helpdesk.open("Printer <b>on fire</b>"), helpdesk.open("Mail is slow")
        assert program.quick("sync").code == 0
        helpdesk.at("09T14:00")
        planned = program.quick("plan").out
        assert planned.count("notify chat") == 2
        result = program("sync", "--json")
        assert result.code == 0
        assert "s3cret" not in result.out + result.err
        assert program("sync").code == 0
    ((_, body),) = got
    assert [ticket["id"] for ticket in body["tickets"]] == [first, second]
    assert body["tickets"][0]["title"] == "Printer <b>on fire</b>"
    assert body["tickets"][0]["url"].startswith(helpdesk.url)


def test_a_hook_that_does_not_answer_fails_the_message_alone(
    program: Program, helpdesk: Helpdesk
) -> None:
    with web_server(404) as (url, got):
        configure(program, url)
        program.quick("sync")
        ticket = helpdesk.open("Printer on fire")
        program.quick("sync")
        helpdesk.at("09T14:00")
        result = program.quick("sync")
        assert result.code == 1
        assert "127.0.0.1 answered 404" in result.out + result.err
        assert "s3cret" not in result.out + result.err
        assert helpdesk.shown(ticket)["priority"] == "3 high"
    assert len(got) == 1


def test_a_hook_that_asks_for_time_is_left_alone_by_the_next_processes(
    program: Program, helpdesk: Helpdesk
) -> None:
    answers = iter([429])
    headers = {"Retry-After": "600"}
    with web_server(lambda: next(answers, 200), headers=headers) as (url, got):
        configure(program, url)
        program.quick("sync")
        ticket = helpdesk.open("Printer on fire")
        program.quick("sync")
        helpdesk.at("09T14:00")
        assert program.quick("sync").code == 1
        assert helpdesk.shown(ticket)["priority"] == "3 high"
        helpdesk.at("09T14:05")
        assert "waits: chat is left alone until" in program.quick("plan").out
        assert program.quick("sync").code == 0
        assert len(got) == 1
        helpdesk.at("09T14:11")
        assert program.quick("sync").code == 0
    assert [body["tickets"][0]["id"] for _, body in got] == [ticket, ticket]


def test_a_wrong_channel_is_told_before_anything_is_done(program: Program) -> None:
    configure(program, "not an address s3cret")
    result = program.quick("sync")
    assert result.code == 2
    assert "notify.chat" in result.err
    assert "s3cret" not in result.err
