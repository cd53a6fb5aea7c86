"""The texts that settings are written in: durations, instants, lists, addresses."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def parse_duration(text: str) -> int:
    """Whole seconds of ``2s``, ``5m``, ``1h30m``, ``14d`` (real time: a day is 24 hours).

    Raises ``ValueError`` for anything else, a bare number included, since nobody can tell its
    unit.
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not match.group(0):
        raise ValueError(f"{text!r} is not a duration; write for example 2s, 5m, 1h30m or 14d")
    return sum(
        int(number) * unit
        for number, unit in zip(match.groups(), _UNITS.values(), strict=True)
        if number
    )


def parse_instant(text: str) -> datetime:
    """An aware UTC datetime of an ISO 8601 text that names its offset.

    Raises ``ValueError`` for a text without an offset: the machine's zone is never guessed.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(
            f"{text!r} is not an instant; write for example 2026-03-09T12:00:00Z "
            "or 2026-03-09T13:00:00+01:00"
        )
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is not in the years 1 to 9999 of UTC") from error


def tag_spelling(value: str) -> str:
    """The tag itself; ``ValueError`` for one that hosts would change or refuse (§8)."""
    if not re.fullmatch(r"[^A-Z\s:,*]{1,50}", value):
        raise ValueError(
            f"{value!r} cannot be a tag: lower case, at most 50 characters, "
            "without blanks and : , *"
        )
    return value


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f'{value!r} has no unit; write for example "30s" or "5m"')


def _instant(value: Any) -> Any:
    if isinstance(value, datetime):
        value = value.isoformat()
    return parse_instant(value) if isinstance(value, str) else value


def split_names(value: Any) -> Any:
    """A list, or one text with commas as environment variables have it."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _zone(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be the name of a time zone, for example Europe/Berlin")
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"there is no time zone {value!r}; write an IANA name, for example Europe/Berlin"
        ) from error
    return value


def _address(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(
        r"(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}", value
    ):
        raise ValueError("must be an address to listen on, for example 127.0.0.1:8711")
    return value


def _header(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", value):
        raise ValueError("must be the name of a header, for example X-Forwarded-User")
    if value.lower() in ("host", "authorization", "cookie"):
        raise ValueError("must be a header that only the proxy sets, for example X-Forwarded-User")
    return value


def _networks(value: Any) -> Any:
    names = split_names(value)
    for name in names if isinstance(names, list | tuple) else ():
        try:
            ipaddress.ip_network(name, strict=False)
        except ValueError as error:
            raise ValueError(
                f"{name!r} is no address or network; write for example 10.0.0.5 or 10.0.0.0/24"
            ) from error
    return names


def _url(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
        raise ValueError("must be a web address, for example https://helpdesk.example.org")
    if "@" in value.split("/")[2]:
        raise ValueError("must not carry a user or password; use user and password, or token")
    return value.rstrip("/")


def _tls(value: Any) -> Any:
    if isinstance(value, str):
        lowered = value.strip().lower()
        if lowered in ("true", "yes", "on", "1"):
            return True
        if lowered in ("false", "no", "off", "0"):
            return False
        return Path(value)
    return value


def _something(value: SecretStr) -> SecretStr:
    """An empty secret would be one that everybody knows."""
    if not value.get_secret_value().strip():
        raise ValueError("is empty; leave it out, or say what it is")
    return value


Secret = Annotated[SecretStr, AfterValidator(_something)]
Seconds = Annotated[int, BeforeValidator(_seconds)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Names = Annotated[tuple[str, ...], BeforeValidator(split_names)]
Zone = Annotated[str, BeforeValidator(_zone)]
ListenAddress = Annotated[str, BeforeValidator(_address)]
HeaderName = Annotated[str, BeforeValidator(_header)]
Networks = Annotated[tuple[str, ...], BeforeValidator(_networks)]
Url = Annotated[str, BeforeValidator(_url)]
Tls = Annotated[bool | Path, BeforeValidator(_tls)]
