"""Settings: the order of sources, problems at their place, secrets that stay secret."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.settings import Settings, load_settings, parse_duration, parse_instant
from slaplugin.settings.toml_lines import line_of


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(
    toml: str = "", environ: dict[str, str] | None = None, options: dict[str, Any] | None = None
) -> Settings:
    file = Path("conf/slaplugin.toml").absolute()
    file.parent.mkdir(exist_ok=True)
    file.write_text(toml, encoding="utf-8")
    return load_settings(file, options, environ or {})


def problems(*arguments: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(*arguments)
    return str(caught.value).splitlines()


def test_options_go_over_environment_over_file() -> None:
    settings = load(
        'timezone = "Europe/Berlin"\npoll_interval = "1m"\n[limits]\nretry = "1s"\n'
        "writes_per_cycle = 1\nwrites_per_hour = 2",
        {"SLAPLUGIN_POLL_INTERVAL": "2m", "SLAPLUGIN_LIMITS__RETRY": "2s"},
        {"poll_interval": "3m", "limits": {"writes_per_hour": "9"}},
    )
    assert settings.timezone == "Europe/Berlin"
    assert settings.poll_interval == 180
    limits = settings.limits
    assert (limits.retry, limits.writes_per_cycle, limits.writes_per_hour) == (2, 1, 9)


def test_without_a_file_the_defaults_hold() -> None:
    settings = load_settings(environ={})
    assert settings.file is None
    assert settings.host == settings.host_key == "zammad"
    assert (settings.settle, settings.limits.retry) == (2, 60)
    assert (settings.tags.at_risk, settings.tags.breached) == ("sla-risk", "sla-breach")
    assert settings.policies == Path.cwd() / "policies"


def test_the_default_file_is_found() -> None:
    Path("slaplugin.toml").write_text('host_name = "desk"', encoding="utf-8")
    assert load_settings(environ={}).host_key == "desk"


def test_paths_start_where_they_are_written() -> None:
    settings = load(
        'policies = "sla"\nverify_tls = "ca.pem"', {"SLAPLUGIN_STORE": "here.db"}, {"hooks": "/h"}
    )
    assert settings.policies == Path.cwd() / "conf" / "sla"
    assert settings.verify_tls == Path.cwd() / "conf" / "ca.pem"
    assert settings.store == Path.cwd() / "here.db"
    assert settings.hooks == Path("/h")


@pytest.mark.parametrize(
    ("text", "value"), [("false", False), ("true", True), ("no", False), ("1", True)]
)
def test_verify_tls_as_text(text: str, value: bool) -> None:
    assert load("", {"SLAPLUGIN_VERIFY_TLS": text}).verify_tls is value


def test_lists_tables_and_instants_from_the_environment() -> None:
    settings = load(
        '[states]\nparked = "waiting_other"\n'
        '[states."auto close"]\nkind = "waiting_customer"\ncloses = true\n',
        {
            "SLAPLUGIN_BOTS": "robot, mailer",
            "SLAPLUGIN_PRIORITIES__VERY": "urgent",
            "SLAPLUGIN_NOW": "2026-03-09T12:00:00+01:00",
        },
    )
    assert settings.bots == ("robot", "mailer")
    assert settings.priorities == {"very": "urgent"}
    assert settings.now == datetime(2026, 3, 9, 11, tzinfo=UTC)
    assert settings.states["parked"].kind == "waiting_other"
    assert settings.states["auto close"].closes


def test_all_problems_at_once_each_at_its_place() -> None:
    found = problems(
        'urll = "x"\npoll_interval = 30\n[limits]\nretry = "5x"\nwrites_per_cycl = 3\n'
        '[tags]\nat_risk = "SLA:x"\n[states]\nparked = "parkt"\n',
        {"SLAPLUGIN_TIMEZON": "UTC", "SLAPLUGIN_LISTEN": "nowhere", "SLAPLUGIN_ROUTES": "{"},
        {"fields": {"dew": "due"}},
    )
    wanted = [
        ("slaplugin.toml:1: urll: no such setting", "did you mean url?"),
        ("slaplugin.toml:2: poll_interval: 30 has no unit", '"30s"'),
        ("slaplugin.toml:4: limits.retry: '5x' is not a duration", "1h30m"),
        ("slaplugin.toml:5: limits.writes_per_cycl: no such", "did you mean writes_per_cycle?"),
        ("slaplugin.toml:7: tags.at_risk: 'SLA:x' cannot be a tag", "lower case"),
        ("slaplugin.toml:9: states.parked", "waiting_customer"),
        ("SLAPLUGIN_TIMEZON: no such setting", "did you mean SLAPLUGIN_TIMEZONE?"),
        ("SLAPLUGIN_LISTEN: must be an address", "127.0.0.1"),
        ("SLAPLUGIN_ROUTES: must be written as JSON", "SLAPLUGIN_ROUTES__NAME"),
        ("option fields.dew: no such setting", "did you mean due?"),
    ]
    assert len(found) == len(wanted)
    for place, hint in wanted:
        assert [line for line in found if place in line and hint in line], (place, found)


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('url = "helpdesk.example.org"', "https://helpdesk.example.org"),
        ('url = "https://me:secret@example.org"', "must not carry a user or password"),
        ('timezone = "Mars/Base"', "no time zone 'Mars/Base'"),
        ('now = "2026-03-09T12:00:00"', "is not an instant"),
        ('agents = "hidden"', "'named', 'pseudonym' or 'off'"),
        ('token = "t"\nuser = "u"', "token and user/password are both set"),
        ('token = "t"\ntoken_file = "f"', "give token or token_file, not both"),
        ('token_file = "absent"', "cannot be read"),
        ('secrets_dir = "absent"', "there is no directory"),
        ('token = ""', "slaplugin.toml:1: token: is empty"),
        ('password = ""', "password: is empty"),
        ('webhook_secret = " "', "webhook_secret: is empty"),
        ('web_token = ""', "web_token: is empty"),
        ("= 3", "cannot be read"),
    ],
)
def test_a_mistake_is_told(toml: str, says: str) -> None:
    (line,) = problems(toml)
    assert says in line
    assert "secret@" not in line


def test_a_missing_file_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"no such settings file .*slaplugin init"):
        load_settings("elsewhere.toml", environ={})


def test_a_secret_from_a_file_replaces_one_from_a_lower_source(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from the file\n", encoding="utf-8")
    settings = load('token = "from the settings"', {"SLAPLUGIN_TOKEN_FILE": "token"})
    assert settings.token is not None
    assert settings.token.get_secret_value() == "from the file"


def test_an_empty_secret_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "web_token").write_text("\n", encoding="utf-8")
    (line,) = problems("", {"SLAPLUGIN_WEB_TOKEN_FILE": str(tmp_path / "web_token")})
    assert "SLAPLUGIN_WEB_TOKEN_FILE: the secret's file" in line
    assert line.endswith("is empty")


def test_places_of_reports_and_ratings_start_where_they_were_written() -> None:
    text = '[reports]\nfolder = "out"\nevery = ["month"]\n[csat]\nfile = "csat.csv"'
    settings = load(text, {"SLAPLUGIN_CSAT__FILE": "other.csv"})
    assert settings.reports.folder == Path("conf/out").absolute()
    assert settings.csat.file == Path("other.csv").absolute()


def test_lists_of_reports_are_written_with_commas_in_the_environment() -> None:
    given = {
        "SLAPLUGIN_REPORTS__FOLDER": "out",
        "SLAPLUGIN_REPORTS__EVERY": "day, week",
        "SLAPLUGIN_ESCALATION__GROUPS": "Second Line,Developers",
    }
    settings = load("", given)
    assert settings.reports.every == ("day", "week")
    assert settings.escalation.groups == ("Second Line", "Developers")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[reports]\nevery = ["day"]', "set reports.folder"),
        ('[reports]\nfolder = "out"', "set reports.every"),
        ('[reports]\nfolder = "out"\nevery = ["hour"]', "must be 'day', 'week', 'month'"),
        ('[reports]\nfolder = "out"\nevery = ["day"]\nnotify = ["mial"]', "no channel mial"),
        ('[csat]\nscale = "good"', "'good' is no scale"),
        ('[csat]\nsatisfied = "9"', "'9' is no answer on the scale 1-5"),
    ],
)
def test_reports_and_ratings_that_make_no_sense(text: str, words: str) -> None:
    (problem,) = problems(text)
    assert words in problem


@pytest.mark.parametrize("name", ["token", "slaplugin_token"])
def test_a_secrets_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("hidden\n", encoding="utf-8")
    settings = load("", {"SLAPLUGIN_SECRETS_DIR": str(tmp_path)})
    assert settings.token is not None
    assert settings.token.get_secret_value() == "hidden"
    assert "hidden" not in repr(settings)


def test_secrets_are_in_no_picture_of_the_settings() -> None:
    settings = load(
        'token = "s3cret-token"\nwebhook_secret = "s3cret-hook"\n'
        '[notify.chat]\nurl = "https://chat.example.org/s3cret-url"\n'
        '[plugins.crm]\nkey = "s3cret-key"\n'
    )
    assert "s3cret" not in repr(settings) + str(settings)
    assert "s3cret-token" not in settings.model_dump_json()


def test_access_needs_address_and_credentials() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load().require_access()
    assert [problem.message.split()[2] for problem in caught.value.problems] == ["url", "token"]
    load('url = "https://example.org"\nuser = "u"\npassword = "p"').require_access()


@pytest.mark.parametrize(
    ("text", "seconds"), [("2s", 2), ("5m", 300), ("1h30m", 5400), ("14d", 1209600), ("0s", 0)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m5", "5 minutes", "-5m", "1.5h", "5m1h"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_an_instant_names_its_offset() -> None:
    assert parse_instant("2026-03-09T12:00:00Z") == datetime(2026, 3, 9, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="is not an instant"):
        parse_instant("2026-03-09 12:00")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("t", "b"), 3),
        (("t", "u", "c"), 4),
        (("x y", "d"), 6),
        (("t", "absent"), 2),
        (("absent",), None),
    ],
)
def test_lines_of_a_toml_text(path: tuple[str, ...], line: int | None) -> None:
    text = 'a = 1  # first\n[t]\nb = 2\nu.c = 3\n["x y"]\nd = 4\n'
    assert line_of(text, path) == line
