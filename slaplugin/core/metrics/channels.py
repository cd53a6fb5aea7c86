"""Means by which tickets come in, under few names that hold for every host."""

from __future__ import annotations

from collections.abc import Mapping

SELF_SERVICE = "self_service"
UNKNOWN = "unknown"
_NAMES: Mapping[str, tuple[str, ...]] = {
    SELF_SERVICE: ("web", "portal", "form", "webform", "customer portal", "self service"),
    "email": ("email", "e-mail", "mail", "email-in"),
    "phone": ("phone", "telephone", "call", "voice", "fax"),
    "chat": ("chat", "sms", "whatsapp message", "telegram personal-message", "messaging"),
    "social": (
        "twitter status",
        "twitter direct-message",
        "facebook feed post",
        "facebook feed comment",
        "facebook direct-message",
    ),
}
_BY_NAME = {name: channel for channel, names in _NAMES.items() for name in names}
KNOWN = (*_NAMES, "other")
CHANNELS = (*KNOWN, UNKNOWN)
"""In the order in which reports list them; not every helpdesk tells the channel."""


def channel_of(fact: object, created_by: object) -> str:
    """The channel of a ticket by its fact ``channel`` and who created it.

    What an agent types into the web interface is nobody's self-service: it is ``other``.
    """
    if fact is None or fact == "":
        return UNKNOWN
    channel = _BY_NAME.get(str(fact).casefold().replace("_", " "), "other")
    return "other" if channel == SELF_SERVICE and created_by == "agent" else channel
