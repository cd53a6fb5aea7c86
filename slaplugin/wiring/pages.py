"""What the pages for people are built from, in a running daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from slaplugin.web.board import BoardHealth

if TYPE_CHECKING:
    from slaplugin.app.board import Board
    from slaplugin.report import Explanation
    from slaplugin.settings import Settings
    from slaplugin.web import Health
    from slaplugin.wiring.reading import StoreReading


class DaemonBoard:
    """The port :class:`slaplugin.web.board.BoardSource`; ``current``: the settings in force."""

    def __init__(
        self, reading: StoreReading, health: Health, current: Callable[[], Settings]
    ) -> None:
        self._reading = reading
        self._health = health
        self._current = current

    @property
    def host(self) -> str:
        """The configured host's name."""
        return self._current().host_key

    @property
    def zone(self) -> str:
        """The setting ``timezone``."""
        return self._current().timezone

    def now(self) -> int:
        """The helpdesk's present, UTC epoch seconds."""
        return self._health.now()

    def board(self) -> Board:
        """The present board; StoreError where the store cannot be read."""
        return self._reading.board()

    def explained(self, ticket: str) -> Explanation | None:
        """Everything that the store can say about a ticket: of this id, else of this number."""
        return self._reading.explained_by_id(ticket) or self._reading.explained(ticket)

    def health(self) -> BoardHealth:
        """How the daemon does."""
        state = self._health.state
        failure = state.failure.message if state.failure else None
        return BoardHealth(
            mode=state.mode,
            last_cycle=state.polled_at,
            patience=int(self._health.patience),
            trouble=state.host_trouble or failure,
            standby=state.why,
            reload_problem=state.reload_problem,
            dry_run=self._current().dry_run,
        )
