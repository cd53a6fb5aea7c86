"""Web hooks: Slack's and Teams' shapes, and a plain JSON one for everything else.

The address of a hook is a secret and is named in no error; the host alone is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from slaplugin import __version__
from slaplugin.app.httptimes import asked_to_wait
from slaplugin.app.messages import Item, Message, NotSentError, UncertainError
from slaplugin.notify.config import Hook
from slaplugin.notify.wording import line, plain, subject

_SHOWN = 40
"""Tickets listed in one chat message; the rest is counted."""
_NOT_TAKEN = frozenset({408, 425, 429, 500, 501, 503})
"""Answers that say that nothing was done; other 5xx come from something in between."""
_FOR_NOW = _NOT_TAKEN - {501}
"""Of them those that say nothing about the message."""


class HookSender:
    """Sends a channel's messages."""

    def __init__(self, channel: Hook) -> None:
        self._channel = channel
        self._address = channel.address
        self._place = urlsplit(self._address).hostname or "the web hook"

    def send(self, message: Message) -> None:
        """Deliver; raises NotSentError or UncertainError."""
        shape = _SHAPES[self._channel.kind]
        try:
            # The status says it all: a body that has no end, or no bottom, is not waited for.
            with requests.post(
                self._address,
                json=shape(self._channel, message),
                headers=self._headers(message),
                timeout=self._channel.timeout,
                allow_redirects=False,
                stream=True,
            ) as answer:
                status, wait = answer.status_code, asked_to_wait(answer.headers)
        except (requests.ConnectTimeout, requests.exceptions.SSLError):
            raise NotSentError(f"{self._place}: no connection", for_now=True) from None
        except requests.ConnectionError as error:
            if "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
                raise NotSentError(f"{self._place}: no connection", for_now=True) from None
            raise UncertainError(f"{self._place}: the connection broke off") from None
        except requests.ReadTimeout:
            said = f"no answer within {self._channel.timeout:g} s"
            raise UncertainError(f"{self._place}: {said}") from None
        except requests.RequestException as error:
            raise UncertainError(f"{self._place}: {type(error).__name__}") from None
        self._judge(status, wait)

    def _judge(self, status: int, wait: float | None) -> None:
        if 200 <= status < 300:
            return
        said = f"{self._place} answered {status}"
        if status < 500 or status in _NOT_TAKEN:
            raise NotSentError(said, for_now=status in _FOR_NOW, retry_after=wait)
        raise UncertainError(said, retry_after=wait)

    def _headers(self, message: Message) -> dict[str, str]:
        headers = {"User-Agent": f"slaplugin/{__version__}", "Idempotency-Key": message.id}
        if self._channel.token is not None:
            headers["Authorization"] = f"Bearer {self._channel.token.get_secret_value()}"
        return headers


def _slack(channel: Hook, message: Message) -> dict[str, Any]:
    """Incoming web hook: ``text`` in mrkdwn, where ``&``, ``<`` and ``>`` are escaped."""
    lines = [_escaped(plain(said)) for said in message.lines]
    lines += [_linked(channel, item) for item in message.items[:_SHOWN]]
    return {
        "text": "\n".join(
            [f"*{_escaped(subject(channel.subject, message))}*", *lines, *_more(message)]
        )
    }


def _linked(channel: Hook, item: Item) -> str:
    text = _escaped(line(channel.line, item))
    return f"• {text}" + (f" <{item.url}|open>" if item.url else "")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(channel: Hook, message: Message) -> dict[str, Any]:
    """A workflow's web hook: an adaptive card of plain text blocks."""
    head = {
        "type": "TextBlock",
        "text": _without_markdown(subject(channel.subject, message)),
        "weight": "Bolder",
        "wrap": True,
    }
    blocks: list[dict[str, Any]] = [head]
    said = (_without_markdown(plain(said)) for said in message.lines)
    blocks += [{"type": "TextBlock", "text": text, "wrap": True} for text in said]
    for item in message.items[:_SHOWN]:
        text = _without_markdown(line(channel.line, item))
        text += f" [open]({item.url})" if item.url else ""
        blocks.append({"type": "TextBlock", "text": text, "wrap": True})
    blocks += [{"type": "TextBlock", "text": text, "wrap": True} for text in _more(message)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [content]}


def _without_markdown(text: str) -> str:
    """Cards read a little Markdown: what a title has of it stays text."""
    for character in "\\*_[]()~`>#":
        text = text.replace(character, f"\\{character}")
    return text


def _json(channel: Hook, message: Message) -> dict[str, Any]:
    """Everything, by name; instants as ISO 8601 in UTC."""
    return {
        "id": message.id,
        "channel": message.channel,
        "at": f"{datetime.fromtimestamp(message.at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "subject": subject(channel.subject, message),
        "lines": [plain(said) for said in message.lines],
        "tickets": [
            {
                "id": item.ticket,
                "number": item.number,
                "title": item.title,
                "url": item.url,
                "group": item.group,
                "owner": item.owner,
                "reasons": list(item.reasons),
            }
            for item in message.items
        ],
    }


def _more(message: Message) -> list[str]:
    more = len(message.items) - _SHOWN
    return [f"… and {more} more"] if more > 0 else []


_SHAPES: Mapping[str, Callable[[Hook, Message], dict[str, Any]]] = {
    "slack": _slack,
    "teams": _teams,
    "json": _json,
}
