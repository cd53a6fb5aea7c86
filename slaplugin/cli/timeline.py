"""``slaplugin timeline``: the normalized events of a ticket."""

from __future__ import annotations

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of


@click.command(epilog="Example: slaplugin timeline 31001 --json")
@click.argument("ticket")
@click.option("--live", is_flag=True, help="Ask the helpdesk even if the store has the ticket.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def timeline(invocation: Invocation, ticket: str, live: bool, as_json: bool) -> None:
    """List the events of TICKET (number or id) in their common names, with the host's ids."""
    from slaplugin.app.ports import StoredTicket
    from slaplugin.cli.subject import subject_of
    from slaplugin.report.timeline import timeline_json, timeline_text
    from slaplugin.wiring import Runtime

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        subject = subject_of(runtime, ticket, live=live)
    found = subject.reading()
    past = found if isinstance(found, StoredTicket) else found.timeline
    told, events = past.ticket, list(past.events)
    if subject.stored is not None:
        events += [*subject.stored.observed, *subject.stored.amendments]
    events.sort(key=lambda event: event.order)
    if as_json:
        emit(timeline_json(told, events))
    else:
        click.echo(timeline_text(told, events, look_of(invocation.settings)), nl=False)
