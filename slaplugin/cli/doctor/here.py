"""What ``doctor`` looks at on this side: settings, secrets, policies, store, disk, plugins."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slaplugin.app.errors import ConfigurationError, SlapluginError, StoreError
from slaplugin.report.checks import Check
from slaplugin.settings.load import SECRETS

if TYPE_CHECKING:
    from slaplugin.app.ports import Reference
    from slaplugin.cli.invocation import Invocation
    from slaplugin.settings import Settings
    from slaplugin.wiring import Runtime

_SPACE_NEEDED = 500 * 1024 * 1024
_NOWHERE = "slaplugin: nothing is called so"
"""A group that any helpdesk refuses if it can be asked at all."""


def settings_file(settings: Settings) -> Check:
    """Where the settings come from."""
    if settings.file is None:
        said = "no settings file: environment and options alone"
        return Check("settings", None, said, "slaplugin init writes slaplugin.toml")
    return Check("settings", True, f"{settings.file} is read")


def secrets(settings: Settings) -> Iterator[Check]:
    """Files that hold a secret are for their owner alone."""
    files = [getattr(settings, f"{name}_file") for name in SECRETS]
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
        return not set(SECRETS).isdisjoint(tomllib.load(source))


def webhook(settings: Settings) -> Check:
    """Whether the helpdesk can reach us."""
    if settings.listen is None:
        return Check("webhook", None, "not configured (no listen): changes are polled")
    from slaplugin.wiring.web import require_guarded

    try:
        require_guarded(settings)
    except ConfigurationError as error:
        (problem,) = error.problems
        return Check("webhook", False, problem.message, problem.hint or "")
    if settings.webhook_secret is None:
        said = f"listen is {settings.listen}, but web hooks are off: webhook_secret is not set"
        return Check("webhook", None, said, "set it here and in the helpdesk; until then: polls")
    return _daemon_answers(settings.listen)


def _daemon_answers(listen: str) -> Check:
    """Whether ``slaplugin run`` serves the address; the helpdesk's way to it cannot be tried."""
    from slaplugin.web import split_address

    try:
        socket.create_connection(split_address(listen), timeout=3).close()
    except OSError as error:
        said = f"nobody answers on {listen} ({error.strerror or error}): changes are polled"
        return Check("webhook", None, said, "start slaplugin run")
    return Check(
        "webhook", True, f"{listen} answers; whether the helpdesk gets there, it must tell"
    )


def policies(runtime: Runtime) -> Iterator[Check]:
    """Whether the set is valid, and its groups are there."""
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
    if runtime.settings.url:
        yield from _on_the_helpdesk(runtime)


def _on_the_helpdesk(runtime: Runtime) -> Iterator[Check]:
    """What the policies do there that somebody should know; silent where nobody can be asked."""
    try:
        reference = runtime.host.reference()
        yield from _groups(runtime, reference)
    except SlapluginError:
        return  # told by the checks of the helpdesk
    from slaplugin.policyfiles.hostcheck import escalation_warnings

    for problem in escalation_warnings(runtime.policies.current(), reference):
        yield Check("own SLAs", None, f"{problem.place}: {problem.message}", problem.hint or "")


def _groups(runtime: Runtime, reference: Reference) -> Iterator[Check]:
    """Groups that steps move tickets to and the account does not see."""
    from slaplugin.wiring.sides import guide_of

    guide = guide_of(runtime.settings.host)
    unseen = sorted(_groups_named(runtime) - set(reference.groups))
    if unseen and not reference.complete:
        unseen = _refused(runtime, unseen)
    if unseen:
        called = guide.groups if guide else "groups"
        said = f"the policies name {called} that this account does not see: {', '.join(unseen)}"
        rights = guide.group_rights if guide else "access to them"
        yield Check("policies", False, said, f"mend the names, or give the account {rights}")


def _refused(runtime: Runtime, names: Sequence[str]) -> list[str]:
    """Those that the helpdesk would not take, where it can be asked; else all of them."""
    from slaplugin.wiring.sides import office_of

    office = office_of(runtime.settings)
    if office is None:
        return list(names)
    try:
        if office.refuses("set_group", _NOWHERE) is None:
            return list(names)
        return [name for name in names if office.refuses("set_group", name) is not None]
    finally:
        office.close()


def _groups_named(runtime: Runtime) -> set[str]:
    """Groups that steps move tickets to."""
    return {
        str(action.value)
        for policy in runtime.policies.current().policies
        for step in policy.steps or ()
        for action in step.do
        if action.kind == "group"
    }


def store(runtime: Runtime) -> Check:
    """Whether the store is whole and its audit chain holds."""
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


def disk(settings: Settings) -> Check:
    """Whether there is room beside the store."""
    folder = settings.store.parent
    if not folder.is_dir():
        return Check("disk", False, f"there is no folder {folder}", f"mkdir -p {folder}")
    free = shutil.disk_usage(folder).free
    said = f"{free // (1024 * 1024)} MB free for the store in {folder}"
    if free < _SPACE_NEEDED:
        return Check("disk", False, said, "make room: at least 500 MB")
    return Check("disk", True, said)


def plugins(invocation: Invocation) -> Check:
    """Whether every plugin and drop-in could be loaded."""
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
