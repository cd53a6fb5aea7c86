"""``slaplugin``: global options, commands imported when invoked, errors to exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from slaplugin import __version__
from slaplugin.app.errors import ConfigurationError, SlapluginError
from slaplugin.cli.exits import DONE, INTERRUPTED, code_of
from slaplugin.cli.invocation import Invocation, nested
from slaplugin.cli.table import COMMANDS

EPILOG = """Example: slaplugin --config /etc/slaplugin.toml plan

Exit codes: 0 done, 1 found something wrong, 2 wrong use or configuration, 3 the helpdesk refused
or could not be reached, 4 stopped by a safety limit, 5 the store cannot be used, 130 interrupted.
Plugins may add commands; `slaplugin plugins` lists them."""


class LazyGroup(click.Group):
    """Knows its commands by the table; a module is imported when its command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the table whose module is there, in the table's order."""
        return [name for name, entry in COMMANDS.items() if find_spec(_module(entry.module))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of the table, else a plugin's."""
        if cmd_name in self.list_commands(ctx):
            entry = COMMANDS[cmd_name]
            command = getattr(import_module(_module(entry.module)), entry.attribute)
            return command if isinstance(command, click.Command) else None
        return _plugin_commands(ctx).get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, written from the table alone."""
        rows = [(name, COMMANDS[name].help) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _module(name: str) -> str:
    return f"slaplugin.cli.{name}"


def _plugin_commands(ctx: click.Context) -> dict[str, click.Command]:
    commands = _invocation(ctx).registry.commands()
    if taken := sorted(commands.keys() & COMMANDS.keys()):
        raise ConfigurationError(
            f"plugins may not replace the commands {', '.join(taken)}: "
            "have them add theirs under other names"
        )
    return commands


def _invocation(ctx: click.Context) -> Invocation:
    """The call's one Invocation; click looks a command up before it runs the group."""
    if ctx.obj is None:
        options = {key: value for key, value in ctx.params.items() if value is not None}
        config = options.pop("config", None)
        ctx.obj = Invocation(config, nested(options.pop("assignments", ())) | options)
    invocation: Invocation = ctx.obj
    return invocation


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    metavar="FILE",
    envvar="SLAPLUGIN_CONFIG",
    help="Settings file; slaplugin.toml if there is one.",
)
@click.option("--now", metavar="INSTANT", help="Let time begin here (tests and demonstrations).")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
@click.option("--log-format", type=click.Choice(["text", "json"]))
@click.option(
    "--set",
    "assignments",
    metavar="NAME=VALUE",
    multiple=True,
    help="Any setting, for example --set limits.retry=5s; may be repeated.",
)
@click.version_option(__version__, prog_name="slaplugin")
@click.pass_context
def slaplugin(ctx: click.Context, /, **_: Any) -> None:
    """SLA clocks for your helpdesk: due times, marks and reassignments by the right rule."""
    _invocation(ctx)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; messages go to stderr.

    A command finds something wrong by returning or exiting with a code of its own.
    """
    try:
        result = slaplugin.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="slaplugin",
            standalone_mode=False,
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SlapluginError as error:
        from slaplugin.cli.output import note

        note(f"slaplugin: {error}")
        return code_of(error)
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing may be flushed into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (click.Abort, KeyboardInterrupt):
        click.echo("slaplugin: interrupted; it is safe to run the command again", err=True)
        return INTERRUPTED
    return result if isinstance(result, int) else DONE


def main() -> None:
    """The console script."""
    sys.exit(run())
