"""``slaplugin plugins``: what is loaded, and where it comes from."""

from __future__ import annotations

from typing import Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit


@click.command(epilog="Example: slaplugin plugins --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def plugins(invocation: Invocation, as_json: bool) -> None:
    """List hosts, hooks and plugins found, and where each comes from."""
    document = describe(invocation)
    if as_json:
        emit(document)
        return
    for plugin in document["plugins"]:
        click.echo(f"{plugin['name']}  ({plugin['source']}: {plugin['origin']})")
        for hook in plugin["hooks"]:
            click.echo(f"    {hook['name']}  [{hook['kind']}]")
    for title in ("hosts", "calendars", "commands"):
        click.echo(f"{title}: {', '.join(document[title]) or 'none'}")


def describe(invocation: Invocation) -> dict[str, Any]:
    """What ``--json`` prints: plugins with their hooks, hosts, calendars and commands."""
    from slaplugin.hookspecs import KINDS

    registry = invocation.registry
    return {
        "plugins": [
            {
                "name": plugin.name,
                "source": plugin.source,
                "origin": plugin.origin,
                "hooks": [{"name": hook, "kind": KINDS[hook]} for hook in plugin.hooks],
            }
            for plugin in registry.plugins
        ],
        "hosts": sorted(registry.hosts()),
        "calendars": sorted(registry.calendars()),
        "commands": sorted(registry.commands()),
    }
