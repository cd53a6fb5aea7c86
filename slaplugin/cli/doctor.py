"""``slaplugin doctor``: is everything in place, and what to do where not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slaplugin.app.errors import (
    ConfigurationError,
    HostError,
    SlapluginError,
    StoreError,
)
from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of
from slaplugin.report.checks import Check, check_text, checks_json

if TYPE_CHECKING:
    from slaplugin.hosts.office import Office
    from slaplugin.settings import Settings
    from slaplugin.wiring import Runtime

_SKEW_ALLOWED = 60.0
"""Seconds; clocks are judged by the helpdesk's time, but waking up early or late is by ours."""
_SPACE_NEEDED = 500 * 1024 * 1024
_FIELD_TYPES = {"due": "datetime", "state": "text", "policy": "text", "summary": "text"}
_FITTING = {"datetime": ("datetime",), "text": ("text", "select")}


@click.command(epilog="Example: slaplugin doctor --json")
@click.option("--fix", is_flag=True, help="Create missing custom fields (needs an admin token).")
@click.option("--admin-token", help="Used once for --fix, never stored; default: the own token.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def doctor(invocation: Invocation, fix: bool, admin_token: str | None, as_json: bool) -> int:
    """Check settings, access, permissions, policies, store and plugins, one line each.

    Each failure says its remedy. Ends with 1 when any check failed.
    """
    look = look_of()
    found: list[Check] = []
    for check in examine(invocation, fix=fix, admin_token=admin_token):
        found.append(check)
        if not as_json:
            click.echo(check_text(check, look))
    document = checks_json(found)
    if as_json:
        emit(document)
    return DONE if document["ok"] else FOUND_WRONG


def examine(
    invocation: Invocation, *, fix: bool = False, admin_token: str | None = None
) -> Iterator[Check]:
    """Every check, in the order in which mending makes sense."""
    from slaplugin.wiring import Runtime

    try:
        settings = invocation.settings
    except ConfigurationError as error:
        yield Check("settings", False, str(error), "mend these settings, then run doctor again")
        return
    yield _settings(settings)
    yield from _secrets(settings)
    with Runtime(settings, lambda: invocation.registry) as runtime:
        yield from _host(runtime, fix=fix, admin_token=admin_token)
        yield _webhook(settings)
        yield from _policies(runtime)
        yield _store(runtime)
        yield _disk(settings)
        yield _plugins(invocation)


def _settings(settings: Settings) -> Check:
    if settings.file is None:
        said = "no settings file: environment and options alone"
        return Check("settings", None, said, "slaplugin init writes slaplugin.toml")
    return Check("settings", True, f"{settings.file} is read")


def _secrets(settings: Settings) -> Iterator[Check]:
    """Files that hold a secret are for their owner alone."""
    files = [settings.token_file, settings.password_file, settings.webhook_secret_file]
    if settings.file and _holds_secret(settings.file):
        files.append(settings.file)
    open_ones = [file for file in files if file and file.exists() and file.stat().st_mode & 0o077]
    for file in open_ones:
        said = f"{file} can be read by others"
        yield Check("permissions", False, said, f"chmod 600 {file}")
    if not open_ones:
        yield Check("permissions", True, "files with secrets are readable by their owner alone")


def _holds_secret(file: Path) -> bool:
    import tomllib

    with file.open("rb") as source:
        return not {"token", "password", "webhook_secret"}.isdisjoint(tomllib.load(source))


# ---------------------------------------------------------------------------- the helpdesk


def _host(runtime: Runtime, *, fix: bool, admin_token: str | None) -> Iterator[Check]:
    reached = _Reached(runtime)
    yield from reached.checks()
    if not reached.ok:
        why = "not checked: the helpdesk could not be asked"
        yield from (Check(name, None, why) for name in ("permissions", "search", "fields"))
        return
    yield from reached.inside()
    yield from _fields(runtime, fix=fix, admin_token=admin_token)


class _Reached:
    """Address, TLS and credentials, told apart by how the first request fails."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.ok = False
        self._office: Office | None = None

    def checks(self) -> Iterator[Check]:
        """Three lines, whatever happens."""
        from slaplugin.wiring.sides import office_of

        url = self.runtime.settings.url or ""
        try:
            self._office = office_of(self.runtime.settings)
            who = self._who()
        except ConfigurationError as error:
            yield Check("address", False, str(error), "complete the settings, or slaplugin init")
            return
        except HostError as error:
            yield from _unreached(url, error)
            return
        self.ok = True
        yield Check("address", True, f"{url} answers")
        yield _tls(self.runtime.settings, url)
        yield Check("credentials", True, f"signed in as {who}")

    def _who(self) -> str:
        if self._office is None:
            self.runtime.host.reference()
            return "the configured account"
        return self._office.who()

    def inside(self) -> Iterator[Check]:
        """What the account may do, and whether the clocks agree."""
        if self._office is None:
            yield Check("permissions", None, "this kind of helpdesk has no check for them")
            return
        moved = self.runtime.settings.now is not None
        yield _skew(self._office.skew(), moved=moved)
        yield from self._office.checks()
        self._office.close()


def _unreached(url: str, error: HostError) -> Iterator[Check]:
    said = str(error)
    if error.status in (401, 403):
        yield Check("address", True, f"{url} answers")
        yield Check("tls", None, "as far as the first answer")
        remedy = "make a new token with the permission ticket.agent and set token or token_file"
        yield Check("credentials", False, said, remedy)
    elif "TLS" in said:
        yield Check("address", True, f"something answers at {url}")
        remedy = "set verify_tls to the CA certificate's file, or renew the certificate"
        yield Check("tls", False, said, remedy)
        yield Check("credentials", None, "not checked: no trusted connection")
    else:
        remedy = "check url, the network between here and there, and that the helpdesk runs"
        yield Check("address", False, said, remedy)
        yield Check("credentials", None, "not checked: no answer")


def _tls(settings: Settings, url: str) -> Check:
    if url.startswith(("http://127.", "http://localhost", "http://[::1]")):
        return Check("tls", None, "plain http on this very machine")
    if not url.startswith("https://"):
        said = "the address is plain http: the token can be read on its way"
        return Check("tls", None, said, "use https for everything but this very machine")
    if settings.verify_tls is False:
        remedy = "set verify_tls = true, or to the file of your CA certificate"
        return Check("tls", False, "certificates are not checked (verify_tls = false)", remedy)
    return Check("tls", True, "the certificate is trusted")


def _skew(seconds: float, *, moved: bool) -> Check:
    if moved:
        return Check("clock", None, "not compared: time is moved by --now")
    said = f"the helpdesk's clock is {abs(seconds):.0f} s "
    said += "ahead of ours" if seconds > 0 else "behind ours"
    if abs(seconds) > _SKEW_ALLOWED:
        return Check("clock", False, said, "let both machines use NTP")
    return Check("clock", True, said)


def _fields(runtime: Runtime, *, fix: bool, admin_token: str | None) -> Iterator[Check]:
    named = _named_fields(runtime.settings)
    if not named:
        yield Check("fields", None, "no custom fields are configured: tags alone are written")
        return
    known = dict(runtime.host.reference().fields)
    missing = {name: kind for name, kind in named.items() if name not in known}
    if missing and fix:
        yield _created(runtime, missing, admin_token)
        return
    if missing:
        remedy = "slaplugin doctor --fix --admin-token TOKEN creates them, or remove the setting"
        said = f"missing on the helpdesk, or not visible: {', '.join(sorted(missing))}"
        yield Check("fields", False, said, remedy)
        return
    wrong = [
        f"{name} is a {known[name]} field, not {kind}"
        for name, kind in named.items()
        if known[name] not in (*_FITTING[kind], "unknown")
    ]
    if wrong:
        yield Check("fields", False, "; ".join(wrong), "name a field of the right type")
        return
    unseen = sorted(name for name in named if known[name] == "unknown")
    doubt = f" (this account cannot see the type of {', '.join(unseen)})" if unseen else ""
    yield Check("fields", True, f"there are {', '.join(sorted(named))}{doubt}")


def _named_fields(settings: Settings) -> dict[str, str]:
    named = {getattr(settings.fields, role): kind for role, kind in _FIELD_TYPES.items()}
    return {name: kind for name, kind in named.items() if name}


def _created(runtime: Runtime, missing: dict[str, str], admin_token: str | None) -> Check:
    from pydantic import SecretStr

    from slaplugin.wiring.sides import office_of

    settings = runtime.settings
    if admin_token:
        changed = {"token": SecretStr(admin_token), "user": None, "password": None}
        settings = settings.model_copy(update=changed)
    office = office_of(settings)
    if office is None:
        return Check("fields", False, "cannot be created here", "create them on the helpdesk")
    try:
        created = office.create_fields(missing)
    except HostError as error:
        remedy = "give --admin-token a token with admin.object, or create the fields by hand"
        return Check("fields", False, f"not created: {error}", remedy)
    finally:
        office.close()
    said = f"created {', '.join(created)}; other server processes see them after a restart"
    return Check("fields", True, said)


# ---------------------------------------------------------------------------- here


def _webhook(settings: Settings) -> Check:
    if settings.listen is None:
        return Check("webhook", None, "not configured (no listen): changes are polled")
    said = f"listen is {settings.listen}, but this release has no daemon to serve it"
    return Check("webhook", None, said, "run sync by a timer; changes are polled")


def _policies(runtime: Runtime) -> Iterator[Check]:
    where = runtime.settings.policies
    try:
        current = runtime.policies.current()
    except ConfigurationError as error:
        count = len(error.problems)
        said = f"{count} problems in {where}; the first: {error.problems[0]}"
        yield Check("policies", False, said, "slaplugin policy check lists all of them")
        return
    except SlapluginError as error:
        yield Check("policies", False, str(error), "mend that first")
        return
    yield Check("policies", True, f"{len(current.policies)} policies in {where}")
    yield from _policy_groups(runtime, runtime.settings.url)


def _policy_groups(runtime: Runtime, url: str | None) -> Iterator[Check]:
    """Groups that the policies name and the account cannot see."""
    if not url:
        return
    try:
        known = runtime.host.reference().groups
    except SlapluginError:
        return
    wanted = _groups_named(runtime)
    unseen = sorted(wanted - set(known))
    if unseen:
        said = f"the policies name groups that this account does not see: {', '.join(unseen)}"
        remedy = "mend the names, or give the account full access to these groups"
        yield Check("policies", False, said, remedy)


def _groups_named(runtime: Runtime) -> set[str]:
    """Groups that steps move tickets to."""
    return {
        str(action.value)
        for policy in runtime.policies.current().policies
        for step in policy.steps or ()
        for action in step.do
        if action.kind == "group"
    }


def _store(runtime: Runtime) -> Check:
    path = runtime.settings.store
    if not runtime.has_store:
        return Check("store", None, f"{path} does not exist yet; the first sync creates it")
    from slaplugin.store import upkeep

    try:
        info = upkeep.describe(runtime.view)
        verified = runtime.view.verify()
    except StoreError as error:
        return Check("store", False, str(error), "slaplugin store restore brings back a backup")
    if info["integrity"] != "ok":
        said = f"{path} is damaged: {info['integrity']}"
        return Check("store", False, said, "slaplugin store restore brings back a backup")
    if not verified.verified:
        said = f"the audit chain of {path} does not hold: {verified.reason}"
        return Check("store", False, said, "compare with a backup: slaplugin audit verify")
    return Check("store", True, f"{path}: {info['tickets']} tickets, audit chain verified")


def _disk(settings: Settings) -> Check:
    folder = settings.store.parent
    if not folder.is_dir():
        return Check("disk", False, f"there is no folder {folder}", f"mkdir -p {folder}")
    free = shutil.disk_usage(folder).free
    said = f"{free // (1024 * 1024)} MB free for the store in {folder}"
    if free < _SPACE_NEEDED:
        return Check("disk", False, said, "make room: at least 500 MB")
    return Check("disk", True, said)


def _plugins(invocation: Invocation) -> Check:
    return _guarded("plugins", lambda: _loaded(invocation))


def _loaded(invocation: Invocation) -> Check:
    loaded = invocation.registry.plugins
    names = ", ".join(plugin.name for plugin in loaded)
    return Check("plugins", True, f"{len(loaded)} loaded: {names}")


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except SlapluginError as error:
        return Check(name, False, str(error), "mend or remove it; docs/hooks.md has examples")
