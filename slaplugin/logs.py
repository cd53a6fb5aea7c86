"""Logging: one line an event, as text or JSON, on stderr; secrets are masked before anything else.

Modules log through ``logging.getLogger(__name__)`` and pass facts as ``extra={"facts": {...}}``,
so that a line can be read by people and by machines alike.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from pydantic import SecretStr

ROOT = "slaplugin"
MASK = "**********"
_SHORTEST_SECRET = 4
"""Anything shorter would mask ordinary words."""


_UNPRINTABLE = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x200E, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    )
}
"""What begins a new line for some reader, steers a terminal or turns the direction of the text,
spelled as JSON has it."""


class MaskSecrets(logging.Filter):
    """Replaces every known secret in a record's text, arguments, facts and traceback."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted(
            {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True
        )

    @property
    def secrets(self) -> Sequence[str]:
        """What is masked."""
        return self._secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; the record comes out masked."""
        record.msg, record.args = self.mask(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.mask(record.exc_text)
        facts = getattr(record, "facts", None)
        if facts:
            record.facts = {key: self._masked(value) for key, value in facts.items()}
        return True

    def mask(self, text: str) -> str:
        """The text with every secret replaced."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {key: self._masked(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked(inner) for inner in value]
        return value


class TextFormatter(logging.Formatter):
    """``2026-03-09T12:00:00.123Z WARNING slaplugin.app.sync: text key=value``, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {key}={value}" for key, value in _facts(record).items())
        line = f"{_instant(record)} {record.levelname} {record.name}: {record.getMessage()}{facts}"
        if trace := _traceback(record):
            line += f" | {trace}"
        return line.replace("\r", "").replace("\n", " | ").translate(_UNPRINTABLE)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``at`` (UTC), ``level``, ``logger``, ``event`` and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            **_facts(record),
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if trace := _traceback(record):
            document["traceback"] = trace
        return json.dumps(document, ensure_ascii=False, default=str).translate(_UNPRINTABLE)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, told from those that somebody else gave the root logger."""


def configure(
    level: str = "warning",
    style: Literal["text", "json"] = "text",
    secrets: Iterable[SecretStr | str | None] = (),
    stream: TextIO | None = None,
) -> logging.Logger:
    """Send the product's log to ``stream`` (default: stderr), replacing an earlier setup.

    Other packages' loggers join from WARNING on. What was a secret in an earlier setup stays one:
    it may be in use until the new settings are. Returns the product's logger.
    """
    root = logging.getLogger()
    earlier = [old for old in root.handlers if isinstance(old, _Handler)]
    masks = [mask for old in earlier for mask in old.filters if isinstance(mask, MaskSecrets)]
    known = [secret for mask in masks for secret in mask.secrets]
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    handler.addFilter(MaskSecrets((*known, *_plain(secrets))))
    for old in earlier:
        root.removeHandler(old)
    root.addHandler(handler)
    logger = logging.getLogger(ROOT)
    logger.setLevel(level.upper())
    return logger


def _plain(secrets: Iterable[SecretStr | str | None]) -> Iterable[str]:
    for secret in secrets:
        if secret:
            yield secret.get_secret_value() if isinstance(secret, SecretStr) else secret


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    facts = getattr(record, "facts", None)
    return facts if isinstance(facts, Mapping) else {}


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03d}Z"


def _traceback(record: logging.LogRecord) -> str | None:
    if record.exc_info and not record.exc_text:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
    return record.exc_text
