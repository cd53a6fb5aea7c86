"""``slaplugin init``: settings, a first policy and a folder for hooks, tested before written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError, HostError, Problem
from slaplugin.cli.output import note
from slaplugin.cli.starter import (
    HOOKS_README,
    Access,
    Choices,
    policy_text,
    settings_text,
    vip_condition,
)

if TYPE_CHECKING:
    from slaplugin.app.ports import Host
    from slaplugin.settings import Settings

_COMMON = ("urgent", "high", "normal", "low")
_TOKEN_FILE = "slaplugin.token"  # noqa: S105 - a file's name
_VIP_HELP = (
    "How a VIP is known: flag, organization, organization=NAME,…, group=NAME, tag=NAME, "
    "field=NAME=VALUE, or none."
)


@click.command(
    epilog="Example: slaplugin init --url https://helpdesk.example.org --token-file token.txt "
    "--vip flag --timezone Europe/Berlin"
)
@click.option("--host", default="zammad", show_default=True, help="Kind of helpdesk.")
@click.option("--url", help="Address of the helpdesk.")
@click.option("--token", help="Access token; better --token-file, since a shell keeps history.")
@click.option("--token-file", metavar="FILE", help="File with the token; it is read from there.")
@click.option("--user", help="Login, where there is no token.")
@click.option("--password", help="Password of --user; asked for where it is missing.")
@click.option("--verify-tls", metavar="true|false|FILE", help="A CA certificate, or false.")
@click.option("--vip", help=_VIP_HELP)
@click.option("--timezone", metavar="ZONE", help="Of your office hours, for example Europe/Berlin.")
@click.option("--dir", "directory", default=".", show_default=True, help="Where to write.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.option("--overviews/--no-overviews", default=None, help="Zammad: overviews for agents.")
@click.option("--admin-token", help="Used once for --overviews, never stored.")
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
def init(**given: Any) -> None:
    """Write settings and a first policy for your helpdesk.

    The access is tested first. The policy only measures (`mode: observe`) until you change that.
    """
    dialogue = Dialogue(asks=not given["yes"] and sys.stdin.isatty())
    target = Path(given["directory"]).expanduser().absolute()
    _refuse_overwriting(target, force=given["force"])
    access = _access(given, dialogue)
    settings, host = _tested(access)
    choices = _choices(given, dialogue, host)
    access = _kept_token(access, target, dialogue)
    for path in _written(target, access, choices):
        click.echo(f"wrote {path}")
    _offer_overviews(given, dialogue, settings)
    click.echo("Next: slaplugin doctor, then slaplugin plan. Nothing is written to the helpdesk")
    click.echo("while the policy says `mode: observe`.")


class Dialogue:
    """Asks where somebody can answer, else takes the default or says what is missing."""

    def __init__(self, *, asks: bool) -> None:
        self.asks = asks

    def text(self, question: str, option: str, default: str | None = None) -> str:
        """An answer, or the default; ConfigurationError where there is neither."""
        if self.asks:
            return str(click.prompt(question, default=default, err=True))
        if default is None:
            raise ConfigurationError([Problem(f"{option} is missing", hint=f"give {option}")])
        return default

    def secret(self, question: str, option: str) -> str:
        """Like :meth:`text`, without showing what is typed."""
        if self.asks:
            return str(click.prompt(question, hide_input=True, err=True))
        raise ConfigurationError([Problem(f"{option} is missing", hint=f"give {option}")])

    def agrees(self, question: str, *, default: bool) -> bool:
        """Yes or no; the default where nobody can answer."""
        return click.confirm(question, default=default, err=True) if self.asks else default

    def valid(
        self, question: str, option: str, default: str, check: Callable[[str], object]
    ) -> str:
        """Ask again until ``check`` takes the answer; where nobody answers its error is raised."""
        while True:
            answer = self.text(question, option, default)
            try:
                check(answer)
            except ConfigurationError as error:
                if not self.asks:
                    raise
                note(str(error))
            else:
                return answer


def _targets(directory: Path) -> dict[str, Path]:
    return {
        "settings": directory / "slaplugin.toml",
        "policy": directory / "policies" / "standard.yaml",
    }


def _refuse_overwriting(directory: Path, *, force: bool) -> None:
    problems = [
        Problem("exists already", file=str(path), hint="--force overwrites it")
        for path in _targets(directory).values()
        if path.exists() and not force
    ]
    if problems:
        raise ConfigurationError(problems)


def _access(given: Mapping[str, Any], dialogue: Dialogue) -> Access:
    url = given["url"] or dialogue.text("Address of the helpdesk", "--url")
    access = Access(given["host"], url, verify_tls=given["verify_tls"])
    if given["token_file"]:
        return replace(access, token_file=str(Path(given["token_file"]).expanduser().absolute()))
    if given["token"]:
        return replace(access, token=given["token"])
    if given["user"]:
        password = given["password"] or dialogue.secret("Password", "--password")
        return replace(access, user=given["user"], password=password)
    return replace(access, token=dialogue.secret("Access token", "--token or --token-file"))


def _tested(access: Access) -> tuple[Settings, Host]:
    from slaplugin.plugins import load_plugins
    from slaplugin.settings import load_settings
    from slaplugin.wiring import make_host

    environ: dict[str, str] = {}
    settings = load_settings(None, access.settings(), environ)
    host = make_host(settings, load_plugins())
    reference = host.reference()
    click.echo(
        f"{settings.url} answers: {len(reference.groups)} groups, "
        f"{len(reference.states)} states, {len(reference.priorities)} priorities"
    )
    return settings, host


def _choices(given: Mapping[str, Any], dialogue: Dialogue, host: Host) -> Choices:
    vip = given["vip"] or dialogue.valid(
        "How is a VIP known here? (flag, organization=NAME, group=NAME, tag=NAME, "
        "field=NAME=VALUE, none)",
        "--vip",
        "flag",
        vip_condition,
    )
    timezone = given["timezone"] or dialogue.valid(
        "Time zone of your office hours", "--timezone", "UTC", _check_zone
    )
    _check_zone(timezone)
    return Choices(timezone, vip_condition(vip), _priorities(dialogue, host))


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        hint = "write an IANA name such as Europe/Berlin"
        raise ConfigurationError([Problem(f"there is no time zone {name!r}", hint=hint)]) from error


def _priorities(dialogue: Dialogue, host: Host) -> dict[str, str]:
    """Each of the helpdesk's priorities in common words, as far as anybody knows."""
    known = host.priority_names
    mapped: dict[str, str] = {}
    for name in host.reference().priorities:
        common = known.get(name)
        if common is None:
            common = dialogue.text(f"Priority {name!r} is ({', '.join(_COMMON)})", name, "normal")
        if common in _COMMON:
            mapped[name] = common
        else:
            note(f"{common!r} is none of {', '.join(_COMMON)}: {name!r} is left out")
    return mapped


def _kept_token(access: Access, directory: Path, dialogue: Dialogue) -> Access:
    """The token in a file of its own, unless somebody prefers it among the settings."""
    if access.token is None:
        return access
    if not dialogue.agrees(f"Keep the token in its own file ({_TOKEN_FILE})?", default=True):
        return access
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / _TOKEN_FILE, access.token + "\n", private=True)
    return replace(access, token=None, token_file=_TOKEN_FILE)


def _written(directory: Path, access: Access, choices: Choices) -> list[Path]:
    paths = _targets(directory)
    paths["policy"].parent.mkdir(parents=True, exist_ok=True)
    secret = access.token is not None or access.password is not None
    _write(paths["settings"], settings_text(access, choices), private=secret)
    _write(paths["policy"], policy_text(choices))
    hooks = directory / "hooks" / "README.md"
    if not hooks.exists():
        hooks.parent.mkdir(exist_ok=True)
        _write(hooks, HOOKS_README)
    return [*paths.values(), hooks.parent]


def _write(path: Path, text: str, *, private: bool = False) -> None:
    """Write a file; a private one is never readable by others, not even while it is written."""
    try:
        if private:
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error


def _offer_overviews(given: Mapping[str, Any], dialogue: Dialogue, settings: Settings) -> None:
    if settings.host != "zammad" or given["overviews"] is False:
        return
    wanted = given["overviews"] or dialogue.agrees(
        "Create overviews (SLA breached, SLA at risk) for all agents? Needs an admin token once",
        default=False,
    )
    if not wanted:
        return
    token = given["admin_token"] or dialogue.secret("Admin token (not stored)", "--admin-token")
    try:
        created = _create_overviews(settings, token)
    except HostError as error:
        raise ConfigurationError(
            f"the overviews were not created, everything else was written: {error}"
        ) from error
    click.echo(f"created overviews: {', '.join(created) or 'none, all exist'}")


def _create_overviews(settings: Settings, token: str) -> list[str]:
    from pydantic import SecretStr

    from slaplugin.wiring.sides import office_of

    changed = {"token": SecretStr(token), "user": None, "password": None}
    office = office_of(settings.model_copy(update=changed))
    if office is None:
        return []
    try:
        marks = (settings.tags.breached, settings.tags.at_risk)
        return office.create_overviews(marks, settings.fields.due)
    finally:
        office.close()
