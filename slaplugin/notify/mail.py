"""Mail by SMTP: plain text, one message for all recipients of a channel, a Message-ID of its own.

Until the server has taken the text nothing was sent; a connection that breaks after that leaves
open whether it was (RFC 5321, section 4.2.5, and RFC 1047).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from slaplugin.app.messages import Message, NotSentError, UncertainError
from slaplugin.notify.config import Mail
from slaplugin.notify.wording import line, plain, subject

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_SHOWN = 100
"""Tickets listed in one mail; the rest is counted."""


class MailSender:
    """Sends a channel's messages."""

    def __init__(self, channel: Mail) -> None:
        self._channel = channel

    def send(self, message: Message) -> None:
        """Deliver; raises NotSentError or UncertainError."""
        mail = self._composed(message)
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSentError(
                f"{self._place}: {_words(error)}", for_now=_is_for_now(error)
            ) from None
        try:
            self._hand_over(server, mail)
        finally:
            # How the server takes its leave changes nothing about what it took.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    @property
    def _place(self) -> str:
        return f"mail server {self._channel.server}:{self._port}"

    @property
    def _port(self) -> int:
        return self._channel.port or _PORTS[self._channel.tls]

    def _connected(self) -> smtplib.SMTP:
        channel = self._channel
        where = (channel.server, self._port)
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if channel.tls == "tls":
            server = smtplib.SMTP_SSL(*where, timeout=channel.timeout, context=context)
        else:
            server = smtplib.SMTP(*where, timeout=channel.timeout)
        with ExitStack() as unless_ready:
            unless_ready.callback(server.close)
            if channel.tls == "starttls":
                server.starttls(context=context)
            if channel.user is not None:
                server.login(channel.user, channel.secret or "")
            unless_ready.pop_all()
        return server

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage) -> None:
        try:
            refused = server.send_message(mail)
        except (
            smtplib.SMTPRecipientsRefused,
            smtplib.SMTPSenderRefused,
            smtplib.SMTPDataError,
            smtplib.SMTPHeloError,
            smtplib.SMTPNotSupportedError,
        ) as error:
            said = f"{self._place} refused it: {_words(error)}"
            raise NotSentError(said, for_now=_is_for_now(error)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise UncertainError(f"{self._place}: {_words(error)}") from None
        if refused:
            raise UncertainError(f"{self._place} took it, but not for {', '.join(sorted(refused))}")

    def _composed(self, message: Message) -> EmailMessage:
        channel = self._channel
        mail = EmailMessage()
        mail["Subject"] = plain(subject(channel.subject, message))
        mail["From"] = channel.sender
        mail["To"] = ", ".join(channel.to)
        mail["Date"] = format_datetime(datetime.fromtimestamp(message.at, UTC))
        mail["Message-ID"] = f"<{message.id}@{channel.sender.rpartition('@')[2].rstrip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self._text(message))
        return mail

    def _text(self, message: Message) -> str:
        lines = [plain(said) for said in message.lines]
        for item in message.items[:_SHOWN]:
            lines.append(line(self._channel.line, item))
            lines += [f"  {item.url}"] if item.url else []
        more = len(message.items) - _SHOWN
        lines += [f"… and {more} more: slaplugin status"] if more > 0 else []
        return "\n".join(lines) + "\n"


def _is_for_now(error: Exception) -> bool:
    """No connection at all, or a 4yz answer: the same may do later (RFC 5321, section 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return not isinstance(error, smtplib.SMTPNotSupportedError)


def _words(error: Exception) -> str:
    """The server's words, without what we sent it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{who}: {code} {said.decode('utf-8', 'replace')}"
            for who, (code, said) in error.recipients.items()
        )
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text}"
    return str(error) or type(error).__name__
