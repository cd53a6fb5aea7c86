"""The settings ``notify.<channel>``, checked: every problem at once, no secret in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.notify.wording import LINE, SUBJECT, unknown_names


class Channel(BaseModel):
    """What every channel has. ``window`` in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: int = Field(default=60, ge=0)
    subject: str = SUBJECT
    line: str = LINE
    timeout: float = Field(default=20.0, gt=0)
    """Seconds for one message."""

    @field_validator("subject", "line")
    @classmethod
    def _known_names(cls, text: str) -> str:
        unknown = unknown_names(text)
        if unknown:
            raise ValueError(f"there is no {{{unknown[0]}}} in a message")
        return text


class Mail(Channel):
    """``kind = "mail"``: by SMTP, to people."""

    kind: Literal["mail"]
    to: tuple[str, ...] = Field(min_length=1)
    sender: str = Field(alias="from")
    server: str = "localhost"
    port: int | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if "@" not in one or any(character in one for character in "\r\n ,;"):
                raise ValueError(f"{one!r} is no mail address")
        return value

    @property
    def secret(self) -> str | None:
        """The password, from the settings or its file."""
        if self.password_file is not None:
            return self.password_file.read_text(encoding="utf-8").strip()
        return None if self.password is None else self.password.get_secret_value()


class Hook(Channel):
    """``kind = "slack" | "teams" | "json"``: a POST to an address, which is itself a secret."""

    kind: Literal["slack", "teams", "json"]
    url: SecretStr | None = None
    url_file: Path | None = None
    token: SecretStr | None = None
    """Sent as ``Authorization: Bearer``."""

    @property
    def address(self) -> str:
        """Where to post; ConfigurationError where it is no web address."""
        given = self.url.get_secret_value() if self.url else None
        text = given or (self.url_file.read_text(encoding="utf-8").strip() if self.url_file else "")
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError("set url, or url_file, to the web hook's address (https://…)")
        return text


_KINDS: Mapping[str, type[Mail] | type[Hook]] = {
    "mail": Mail,
    "slack": Hook,
    "teams": Hook,
    "json": Hook,
}


def read(tables: Mapping[str, Mapping[str, Any]], directory: Path) -> dict[str, Mail | Hook]:
    """Channel by name; relative files start in ``directory``.

    ConfigurationError with every problem of every channel.
    """
    problems: list[Problem] = []
    found: dict[str, Mail | Hook] = {}
    for name, table in tables.items():
        kind = _KINDS.get(str(table.get("kind")))
        if kind is None:
            hint = f"set kind to one of {', '.join(_KINDS)}"
            problems.append(
                Problem("this channel has no known kind", path=f"notify.{name}", hint=hint)
            )
            continue
        try:
            found[name] = _checked(kind, table, directory)
        except ValidationError as error:
            problems += [_problem(name, item) for item in error.errors(include_input=False)]
        except ConfigurationError as error:
            problems += [Problem(str(error), path=f"notify.{name}")]
        except OSError as error:
            said = f"{error.filename} cannot be read: {error.strerror}"
            problems.append(Problem(said, path=f"notify.{name}"))
    if problems:
        raise ConfigurationError(problems)
    return found


def _checked(
    kind: type[Mail] | type[Hook], table: Mapping[str, Any], directory: Path
) -> Mail | Hook:
    files = {
        key: directory / value
        for key, value in table.items()
        if key.endswith("_file") and isinstance(value, str)
    }
    channel = kind.model_validate({**table, **files})
    _ = channel.address if isinstance(channel, Hook) else channel.secret
    return channel


def _problem(name: str, item: Mapping[str, Any]) -> Problem:
    place = ".".join(["notify", name, *(str(part) for part in item["loc"])])
    return Problem(str(item["msg"]).removeprefix("Value error, "), path=place)
