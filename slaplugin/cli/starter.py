"""The files that ``init`` writes, as texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from slaplugin.app.errors import ConfigurationError
from slaplugin.policyfiles.starter import Starter

HOOKS_README = """\
Python files in this folder are loaded by slaplugin when it starts.
Each may hold functions named after a hook, for example `slaplugin_ticket_facts`.
`slaplugin plugins` lists what is loaded and from where; docs/hooks.md has an example of each hook.
"""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the helpdesk, as asked for or given by options."""

    host: str
    url: str
    token: str | None = None
    token_file: str | None = None
    user: str | None = None
    password: str | None = None
    password_file: str | None = None
    verify_tls: str | None = None
    host_timezone: str | None = None
    web_service: str | None = None
    """Name under which the web service was imported; None: that of the shipped definition."""

    def settings(self) -> dict[str, Any]:
        """As settings options, only what is known."""
        named = {name: getattr(self, name) for name in _PLAIN}
        if self.web_service is not None:
            named["routes"] = {"webservice": self.web_service}
        return {name: value for name, value in named.items() if value is not None}

    def kept_in(self, which: str, file: str) -> Access:
        """The same with ``token`` or ``password`` in a file beside the settings."""
        if which == "token":
            return replace(self, token=None, token_file=file)
        return replace(self, password=None, password_file=file)


_PLAIN = (
    "host",
    "url",
    "token",
    "token_file",
    "user",
    "password",
    "password_file",
    "verify_tls",
    "host_timezone",
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the starter files depend on beside the access."""

    timezone: str = "UTC"
    vip: str | None = None
    """A condition in YAML, or None: nobody is a VIP."""
    priorities: Mapping[str, str] = field(default_factory=dict)
    tags_field: str | None = None
    due_field: str | None = None
    remarks: tuple[str, ...] = ()
    """Lines that are worth a look on this kind of helpdesk; written as comments."""
    vip_example: str = "{customer.vip: true}"
    """What a condition for VIPs could be there."""


def vip_condition(answer: str) -> str | None:
    """The condition that ``--vip`` stands for, in YAML.

    ``flag``, ``organization=A,B``, ``group=G``, ``tag=T``, ``field=NAME=VALUE`` or ``none``.
    Raises ConfigurationError for anything else.
    """
    way, _, rest = answer.partition("=")
    values = [value.strip() for value in rest.split(",") if value.strip()]
    if way == "none" and not rest:
        return None
    if way == "flag" and not rest:
        return "{customer.vip: true}"
    if way == "organization" and not rest:
        return "{organization.vip: true}"
    if way == "organization":
        return f"{{organization.name: {_listed(values)}}}"
    if way in ("group", "tag") and values:
        return f"{{{'tags' if way == 'tag' else 'group'}: {_listed(values)}}}"
    name, equals, value = rest.partition("=")
    if way == "field" and equals and name and value:
        return f"{{{_full_field(name.strip())}: {_quoted(value.strip())}}}"
    raise ConfigurationError(
        f"--vip {answer!r} is not understood; write flag, organization, organization=NAME,NAME, "
        "group=NAME, tag=NAME, field=NAME=VALUE or none"
    )


def _full_field(name: str) -> str:
    return name if "." in name else f"fields.{name}"


def _listed(values: list[str]) -> str:
    if len(values) == 1:
        return _quoted(values[0])
    return "[" + ", ".join(_quoted(value) for value in values) + "]"


def _quoted(value: str) -> str:
    """A text that YAML and TOML read back as it was."""
    return json.dumps(value, ensure_ascii=False)


def policy_text(choices: Choices) -> str:
    """The nine-line set, in ``mode: observe``: it measures and writes nothing."""
    starter = Starter(choices.timezone, vip=choices.vip, vip_example=choices.vip_example)
    return starter.text()


def settings_text(access: Access, choices: Choices) -> str:
    """``slaplugin.toml``."""
    lines = [
        "# Settings of slaplugin; docs/settings.md describes each.",
        f"host = {_quoted(access.host)}",
        f"url = {_quoted(access.url)}",
        *_credential(access),
        *_zone(access),
        "",
        'policies = "policies"',
        'hooks = "hooks"',
        'store = "slaplugin.db"',
        f"timezone = {_quoted(choices.timezone)}   # of everything shown and reported",
        *_table("routes", {"webservice": access.web_service}),
        *_table("tags", {"field": choices.tags_field}),
        *_table("fields", {"due": choices.due_field}),
        *_priorities(choices.priorities),
        *_remarks(choices.remarks),
    ]
    return "\n".join(lines) + "\n"


def _credential(access: Access) -> list[str]:
    lines = []
    for name in ("token", "token_file", "user", "password", "password_file"):
        value = getattr(access, name)
        if value is not None:
            lines.append(f"{name} = {_quoted(value)}")
    if access.verify_tls is not None:
        plain = access.verify_tls in ("true", "false")
        value = access.verify_tls if plain else _quoted(access.verify_tls)
        lines.append(f"verify_tls = {value}")
    return lines


def _zone(access: Access) -> list[str]:
    if access.host_timezone is None:
        return []
    return [f"host_timezone = {_quoted(access.host_timezone)}   # of the helpdesk's own times"]


def _table(name: str, values: Mapping[str, str | None]) -> list[str]:
    lines = [f"{key} = {_quoted(value)}" for key, value in values.items() if value]
    return ["", f"[{name}]", *lines] if lines else []


def _remarks(remarks: Sequence[str]) -> list[str]:
    return ["", *(f"# {line}" for line in remarks)] if remarks else []


def _priorities(priorities: Mapping[str, str]) -> list[str]:
    if not priorities:
        return []
    lines = ["", "[priorities]   # the helpdesk's priorities in the words of the policies"]
    return lines + [f"{_quoted(name)} = {_quoted(common)}" for name, common in priorities.items()]
