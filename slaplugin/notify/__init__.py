"""Channels that reach people: mail, and web hooks in the shapes of Slack, Teams and plain JSON."""

from __future__ import annotations

from slaplugin.notify.channels import Channels, channels_of

__all__ = ["Channels", "channels_of"]
