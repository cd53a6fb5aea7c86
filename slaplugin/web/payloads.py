"""Which ticket a web hook names: the only thing that is looked at of what helpdesks send.

Zammad's default payload is ``{"ticket": {"id": 37, …}}``. The OTRS family's invokers send what
their mapping leaves: ``TicketID`` on top, in newer OTOBO and Znuny with the name of the event as
``Event``, or below ``Ticket`` and ``Event`` (Znuny's Ticket::Generic). Our own examples for scrips
and customized payloads send ``{"ticket": 37}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs

import msgspec

_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
Id = int | str


class _Inner(msgspec.Struct):
    """A ticket, or an event that names one."""

    id: Id | None = None
    ticket_id: Id | None = msgspec.field(default=None, name="TicketID")


class _Outer(msgspec.Struct):
    """The whole payload; what is not named here is skipped without being kept."""

    ticket: _Inner | int | str | None = None
    named: Id | None = msgspec.field(default=None, name="ticket_id")
    otrs_ticket: _Inner | int | str | None = msgspec.field(default=None, name="Ticket")
    otrs_event: _Inner | int | str | None = msgspec.field(default=None, name="Event")
    otrs_id: Id | None = msgspec.field(default=None, name="TicketID")

    def ids(self) -> Iterator[Id | None]:
        ticket = self.ticket
        yield ticket.id if isinstance(ticket, _Inner) else ticket
        yield from (self.named, self.otrs_id)
        for inner in (self.otrs_ticket, self.otrs_event):
            if isinstance(inner, _Inner):
                yield inner.ticket_id


_DECODER = msgspec.json.Decoder(_Outer)
_FORM_KEYS = ("ticket", "ticket_id", "TicketID", "id")


def ticket_of(body: bytes) -> str | None:
    """The id in a JSON payload; None where there is none or it is not JSON."""
    try:
        payload = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return next(filter(None, map(_canonical, payload.ids())), None)


def ticket_of_form(body: bytes) -> str | None:
    """The id in ``ticket=37``, as command line tools send it."""
    try:
        given = parse_qs(body.decode("ascii"), max_num_fields=20)
    except ValueError:
        return None
    named = (value for key in _FORM_KEYS for value in given.get(key, ()))
    return next(filter(None, map(_canonical, named)), None)


def _canonical(given: Id | None) -> str | None:
    """A whole number without sign or leading zeros: all three kinds number their tickets so."""
    text = str(given) if given is not None else ""
    return text if _ID.fullmatch(text) else None
