"""Questions to the person at the terminal, with an answer for every run without one."""

from __future__ import annotations

from collections.abc import Callable

import click

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.cli.output import note


class Dialogue:
    """Asks where somebody can answer, else takes the default or says what is missing."""

    def __init__(self, *, asks: bool) -> None:
        self.asks = asks

    def text(self, question: str, option: str, default: str | None = None) -> str:
        """An answer, or the default; ConfigurationError where there is neither."""
        if self.asks:
            return str(click.prompt(question, default=default, err=True))
        if default is None:
            raise ConfigurationError([Problem(f"{option} is missing", hint=f"give {option}")])
        return default

    def secret(self, question: str, option: str, *, may_be_empty: bool = False) -> str:
        """Like :meth:`text`, without showing what is typed."""
        if self.asks:
            default = "" if may_be_empty else None
            asked = click.prompt(
                question, hide_input=True, err=True, default=default, show_default=False
            )
            return str(asked)
        raise ConfigurationError([Problem(f"{option} is missing", hint=f"give {option}")])

    def agrees(self, question: str, *, default: bool) -> bool:
        """Yes or no; the default where nobody can answer."""
        return click.confirm(question, default=default, err=True) if self.asks else default

    def valid(
        self, question: str, option: str, default: str, check: Callable[[str], object]
    ) -> str:
        """Ask again until ``check`` takes the answer; where nobody answers its error is raised."""
        while True:
            answer = self.text(question, option, default)
            try:
                check(answer)
            except ConfigurationError as error:
                if not self.asks:
                    raise
                note(str(error))
            else:
                return answer
