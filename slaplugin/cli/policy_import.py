"""``slaplugin policy import``: the helpdesk's own SLAs as a policy file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, note

if TYPE_CHECKING:
    from slaplugin.app.agreements import Agreements
    from slaplugin.policyfiles.importing import Imported
    from slaplugin.settings import Settings

_FILE: click.Path = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options say."""

    kind: str
    files: tuple[Path, ...] = ()
    admin_token: str | None = None
    zone: str | None = None

    @classmethod
    def given(cls, settings: Settings, options: dict[str, Any]) -> _Asked:
        return cls(
            options["host"] or settings.host,
            options["files"],
            options["admin_token"],
            options["zone"],
        )


@click.command(
    "import", epilog="Example: slaplugin policy import --admin-token TOKEN --output policies"
)
@click.option("--host", help="Kind of helpdesk: zammad, otrs or rt; default: the settings'.")
@click.option(
    "--from",
    "files",
    metavar="FILE",
    multiple=True,
    type=_FILE,
    help="An exported file, or a folder of them, instead of the API; may be repeated.",
)
@click.option("--how", is_flag=True, help="Say what to export, and nothing else.")
@click.option("--admin-token", help="Used once, never stored; default: the own access (Zammad).")
@click.option(
    "--timezone", "zone", metavar="ZONE", help="Zone of hours whose own zone is not told."
)
@click.option("--output", type=_FILE, metavar="DIR", help="Write there; default: print the file.")
@click.option("--force", is_flag=True, help="Replace the file of an earlier import.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def import_(
    invocation: Invocation,
    /,
    how: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Turn the helpdesk's own SLAs and calendars into a policy file.

    Zammad is asked by API (admin.sla and admin.calendar); RT's configuration files and exports of
    the OTRS family are named with --from. The set observes: it measures and writes nothing. What
    cannot be carried over stands in it as a comment, and on stderr.
    """
    from slaplugin.policyfiles.importing import policy_file
    from slaplugin.wiring.agreements import how_to_export

    asked = _Asked.given(invocation.settings, options)
    if how:
        click.echo(how_to_export(asked.kind))
        return DONE
    found = _found(invocation.settings, asked)
    today = (invocation.settings.now or datetime.now(UTC)).date()
    imported = policy_file(found, today)
    place = _written(imported, output, found.family, force=force) if output else None
    if as_json:
        emit(_document(imported, found.family, place))
    elif place is None:
        click.echo(imported.text, nl=False)
    return _told(invocation.settings, imported, place)


def _found(settings: Settings, asked: _Asked) -> Agreements:
    from slaplugin.wiring.agreements import agreements_in, agreements_of

    local = settings.host_timezone if asked.kind == "otrs" else settings.timezone
    zone = asked.zone or local
    if asked.files:
        files = {str(file): _text(file) for given in asked.files for file in _files(given)}
        return agreements_in(asked.kind, files, zone)
    if asked.admin_token:
        from pydantic import SecretStr

        changed = {"token": SecretStr(asked.admin_token), "user": None, "password": None}
        settings = settings.model_copy(update=changed)
    return agreements_of(settings, asked.kind, zone)


def _files(given: Path) -> list[Path]:
    """The file itself; of a folder (RT_SiteConfig.d) every file in it, by name."""
    if not given.is_dir():
        return [given]
    return sorted(file for file in given.iterdir() if file.is_file() and file.name[0] != ".")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8 text" if isinstance(error, ValueError) else f"{error.strerror}"
        raise ConfigurationError([Problem(reason, file=str(file))]) from error


def _written(imported: Imported, folder: Path, family: str, *, force: bool) -> Path:
    place = folder / f"slas-of-{family}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with place.open("w" if force else "x", encoding="utf-8") as file:
            file.write(imported.text)
    except FileExistsError as error:
        hint = "--force replaces it, or name another --output"
        raise ConfigurationError([Problem("exists", file=str(place), hint=hint)]) from error
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise ConfigurationError([Problem(message, file=str(place))]) from error
    return place


def _document(imported: Imported, family: str, place: Path | None) -> dict[str, Any]:
    return {
        "family": family,
        "file": str(place) if place else None,
        "calendars": list(imported.calendars),
        "policies": list(imported.policies),
        "commented": list(imported.commented),
        "left_out": list(imported.left_out),
        "text": imported.text,
    }


def _told(settings: Settings, imported: Imported, place: Path | None) -> int:
    """What was carried over and what not, on stderr; the file is checked like any other."""
    from slaplugin.policyfiles.loader import load_policy_texts

    for each in imported.left_out:
        note(f"not carried over, or not as it is there: {each}")
    parts = [f"policies: {len(imported.policies)}", f"calendars: {len(imported.calendars)}"]
    if imported.commented:
        parts.append(f"as comments only: {', '.join(imported.commented)}")
    note(f"{'; '.join(parts)}; in {place}" if place else "; ".join(parts))
    name = place.name if place else "import.yaml"
    loaded = load_policy_texts({name: imported.text}, priorities=settings.priorities)
    for problem in loaded.problems:
        note(f"error: {problem}")
    return FOUND_WRONG if loaded.problems else DONE
