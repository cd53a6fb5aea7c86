"""``slaplugin init``: settings, a first policy and a folder for hooks, tested before written."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError, HostError, Problem
from slaplugin.cli.dialogue import Dialogue
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
    from slaplugin.hosts.guide import Guide
    from slaplugin.hosts.office import Office
    from slaplugin.settings import Settings

_COMMON = ("urgent", "high", "normal", "low")
_SECRET_FILES = {"token": "slaplugin.token", "password": "slaplugin.password"}
_MANY = 20
"""More priorities than this are numbers: they are mapped by range and not one by one."""
_VIP_HELP = (
    "How a VIP is known: flag, organization, organization=NAME,…, group=NAME, tag=NAME, "
    "field=NAME=VALUE, or none."
)


@click.command(
    epilog="Example: slaplugin init --host zammad --url https://helpdesk.example.org "
    "--token-file token.txt --vip flag --timezone Europe/Berlin"
)
@click.option("--host", help="Kind of helpdesk: zammad, otrs, rt or a plugin's; default: zammad.")
@click.option("--url", help="Address of the helpdesk.")
@click.option("--token", help="Access token; better --token-file, since a shell keeps history.")
@click.option("--token-file", metavar="FILE", help="File with the token; it is read from there.")
@click.option("--user", help="Login, where there is no token.")
@click.option("--password", help="Password of --user; asked for where it is missing.")
@click.option("--password-file", metavar="FILE", help="File with the password, read from there.")
@click.option("--verify-tls", metavar="true|false|FILE", help="A CA certificate, or false.")
@click.option("--host-timezone", metavar="ZONE", help="OTRS: zone in which it writes its times.")
@click.option("--web-service", metavar="NAME", help="OTRS: name of the web service (SLA).")
@click.option("--tags-field", metavar="NAME", help="Custom field for tags where a host has none.")
@click.option("--due-field", metavar="NAME", help="Custom field for the due time; '' for none.")
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
    guide = _guide(given, dialogue)
    _hand_out_definition(guide, target, given["web_service"], force=given["force"])
    access = _access(given, guide, dialogue)
    settings, host = _tested(access, guide)
    choices = _choices(given, guide, dialogue, host)
    choices = _with_fields(choices, given, dialogue, settings, host)
    access = _kept_apart(access, target, dialogue)
    for path in _written(target, access, choices):
        click.echo(f"wrote {path}")
    _offer_overviews(given, guide, dialogue, settings)
    click.echo("Next: slaplugin doctor, then slaplugin plan. Nothing is written to the helpdesk")
    click.echo("while the policy says `mode: observe`.")


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


# ---------------------------------------------------------------------------- access


def _guide(given: Mapping[str, Any], dialogue: Dialogue) -> Guide:
    from slaplugin.hosts.guide import Guide
    from slaplugin.wiring.sides import KINDS, guide_of

    kind = given["host"] or dialogue.text(
        f"Kind of helpdesk ({', '.join(KINDS)})", "--host", "zammad"
    )
    return guide_of(kind) or Guide.of_a_plugin(kind)


def _hand_out_definition(guide: Guide, directory: Path, name: str | None, *, force: bool) -> None:
    """What the administrator imports before anything can be reached; an existing file stays."""
    service = guide.web_service
    if service is None:
        return
    file = directory / service.file
    if force or not file.exists():
        directory.mkdir(parents=True, exist_ok=True)
        _write(file, service.definition())
    click.echo(f"{guide.title} is reached by a web service that its administrator imports once:")
    for step in service.told(str(file), name):
        click.echo(f"  {step}")


def _access(given: Mapping[str, Any], guide: Guide, dialogue: Dialogue) -> Access:
    url = given["url"] or dialogue.text(f"Address, like {guide.address}", "--url")
    access = Access(
        guide.kind,
        url,
        verify_tls=given["verify_tls"],
        host_timezone=_host_timezone(given, guide, dialogue),
        web_service=given["web_service"],
    )
    return _with_credential(access, given, guide, dialogue)


def _host_timezone(given: Mapping[str, Any], guide: Guide, dialogue: Dialogue) -> str | None:
    """Asked for where the host sends times without their zone; its own default is UTC."""
    zone: str | None = given["host_timezone"]
    if zone is None and guide.local_times:
        question = "Time zone of the helpdesk's own times (its setting OTOBOTimeZone, OTRSTimeZone)"
        zone = dialogue.valid(question, "--host-timezone", "UTC", _check_zone)
    if zone is not None:
        _check_zone(zone)
    return zone


def _with_credential(
    access: Access, given: Mapping[str, Any], guide: Guide, dialogue: Dialogue
) -> Access:
    if guide.access != "password":
        if given["token_file"]:
            return replace(access, token_file=_absolute(given["token_file"]))
        if given["token"]:
            return replace(access, token=given["token"])
    if guide.access == "password" or given["user"]:
        return _with_password(access, given, dialogue)
    token = _asked_token(guide, dialogue)
    return replace(access, token=token) if token else _with_password(access, given, dialogue)


def _with_password(access: Access, given: Mapping[str, Any], dialogue: Dialogue) -> Access:
    user = given["user"] or dialogue.text("Login of the account", "--user")
    if given["password_file"]:
        return replace(access, user=user, password_file=_absolute(given["password_file"]))
    password = given["password"] or dialogue.secret("Password", "--password")
    return replace(access, user=user, password=password)


def _asked_token(guide: Guide, dialogue: Dialogue) -> str:
    """Empty where the person would rather sign in with a password."""
    if guide.access == "token":
        return dialogue.secret("Access token", "--token or --token-file")
    return dialogue.secret(
        "Access token (leave it empty to use login and password)",
        "--token-file, or --user with --password-file,",
        may_be_empty=True,
    )


def _absolute(file: str) -> str:
    return str(Path(file).expanduser().absolute())


def _tested(access: Access, guide: Guide) -> tuple[Settings, Host]:
    from slaplugin.plugins import load_plugins
    from slaplugin.settings import load_settings
    from slaplugin.wiring import make_host

    environ: dict[str, str] = {}
    settings = load_settings(None, access.settings(), environ)
    host = make_host(settings, load_plugins())
    reference = host.reference()
    click.echo(
        f"{settings.url} answers: {len(reference.groups)} {guide.groups} and "
        f"{len(reference.states)} states"
    )
    return settings, host


# ---------------------------------------------------------------------------- choices


def _choices(given: Mapping[str, Any], guide: Guide, dialogue: Dialogue, host: Host) -> Choices:
    vip = given["vip"] or dialogue.valid(
        f"How is a VIP known here? ({', '.join(guide.vip_ways)})",
        "--vip",
        guide.vip,
        vip_condition,
    )
    if vip == "flag" and vip not in guide.vip_ways:
        note(f"{guide.title} has no VIP flag: only a hook of yours can tell customer.vip")
    timezone = given["timezone"] or dialogue.valid(
        "Time zone of your office hours", "--timezone", "UTC", _check_zone
    )
    _check_zone(timezone)
    return Choices(
        timezone,
        vip_condition(vip),
        _priorities(dialogue, host),
        remarks=guide.settings,
        vip_example=vip_condition(guide.vip_ways[0]) or "{}",
    )


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        hint = "write an IANA name such as Europe/Berlin"
        raise ConfigurationError([Problem(f"there is no time zone {name!r}", hint=hint)]) from error


def _priorities(dialogue: Dialogue, host: Host) -> dict[str, str]:
    """Each of the helpdesk's priorities in common words, as far as anybody knows."""
    known, listed = host.priority_names, host.reference().priorities
    if len(listed) > _MANY:
        return {}
    mapped: dict[str, str] = {}
    for name in listed:
        common = known.get(name)
        if common is None:
            common = dialogue.text(f"Priority {name!r} is ({', '.join(_COMMON)})", name, "normal")
        if common in _COMMON:
            mapped[name] = common
        else:
            note(f"{common!r} is none of {', '.join(_COMMON)}: {name!r} is left out")
    return mapped


def _with_fields(
    choices: Choices, given: Mapping[str, Any], dialogue: Dialogue, settings: Settings, host: Host
) -> Choices:
    """The custom fields to write, after a look at what is there; and what the look found."""
    from slaplugin.wiring.sides import guide_of, office_of

    office, guide = office_of(settings), guide_of(settings.host)
    if office is None or guide is None:
        return replace(choices, tags_field=given["tags_field"], due_field=given["due_field"])
    try:
        _tell_failures(office)
        tags = given["tags_field"]
        if tags is None and host.reference().tags_field:
            tags = dialogue.text("Custom field for the tags", "--tags-field", guide.fields["tags"])
        due = given["due_field"]
        if due is None and "due" in guide.fields:
            due = _due_field(guide.fields["due"], dialogue, office)
        return replace(choices, tags_field=tags or None, due_field=due or None)
    finally:
        office.close()


def _due_field(suggested: str, dialogue: Dialogue, office: Office) -> str:
    """The suggested field where the helpdesk has it; somebody who answers may know better."""
    from slaplugin.hosts.office import WantedField

    finding = next(iter(office.field_findings([WantedField(suggested, "datetime")])))
    usable = finding.there and not finding.wrong
    return dialogue.text(
        "Custom field for the due time (empty: none)", "--due-field", suggested if usable else ""
    )


def _tell_failures(office: Office) -> None:
    """What ``doctor`` would call a failure: none of it keeps the settings from being written."""
    for check in office.checks():
        if check.ok is False:
            note(f"{check.name}: {check.said} -> {check.remedy}")


# ---------------------------------------------------------------------------- files


def _kept_apart(access: Access, directory: Path, dialogue: Dialogue) -> Access:
    """The secret in a file of its own, unless somebody prefers it among the settings."""
    for name, file in _SECRET_FILES.items():
        secret = getattr(access, name)
        if secret is None:
            continue
        if dialogue.agrees(f"Keep the {name} in its own file ({file})?", default=True):
            directory.mkdir(parents=True, exist_ok=True)
            _write(directory / file, secret + "\n", private=True)
            return access.kept_in(name, file)
    return access


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


# ---------------------------------------------------------------------------- overviews


def _offer_overviews(
    given: Mapping[str, Any], guide: Guide, dialogue: Dialogue, settings: Settings
) -> None:
    if not guide.overviews or given["overviews"] is False:
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
