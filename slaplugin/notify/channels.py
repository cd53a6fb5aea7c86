"""The port ``Notifier`` over the channels of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slaplugin.app.messages import Message, NotSentError
from slaplugin.notify.config import Hook, Mail, read
from slaplugin.notify.hook import HookSender
from slaplugin.notify.mail import MailSender


class Channels:
    """Every channel of an installation."""

    def __init__(self, channels: Mapping[str, Mail | Hook]) -> None:
        self._channels = channels
        self._senders = {
            name: HookSender(channel) if isinstance(channel, Hook) else MailSender(channel)
            for name, channel in channels.items()
        }

    def channels(self) -> frozenset[str]:
        """Names that ``notify`` steps may use."""
        return frozenset(self._channels)

    def window(self, channel: str) -> int:
        """Seconds after a message within which nothing more is sent to the channel."""
        return self._channels[channel].window

    def send(self, message: Message) -> None:
        """Deliver; raises NotSentError or UncertainError."""
        sender = self._senders.get(message.channel)
        if sender is None:
            raise NotSentError(f"there is no channel {message.channel}")
        sender.send(message)


def channels_of(tables: Mapping[str, Mapping[str, Any]], directory: Path) -> Channels:
    """The channels of ``notify.*``; ConfigurationError with every problem."""
    return Channels(read(tables, directory))
