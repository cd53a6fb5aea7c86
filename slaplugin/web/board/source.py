"""What the pages ask of whoever runs them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol

from slaplugin.app.board import Board, Line
from slaplugin.report import Explanation


@dataclass(frozen=True, slots=True)
class BoardHealth:
    """How the daemon does, as far as a reader of the board must know it."""

    mode: Literal["starting", "working", "standby"] = "working"
    last_cycle: int | None = None
    """When the last good cycle looked at the helpdesk, UTC epoch seconds; None: never yet."""
    patience: int = 120
    """Seconds after which a cycle is too old to be believed."""
    trouble: str | None = None
    """Why the last try did not work; None where it did."""
    standby: str | None = None
    """Who does the work, while this process stands by."""
    reload_problem: str | None = None
    """Why changed files are not used; None while those in force are those on disk."""
    dry_run: bool = False


class BoardSource(Protocol):
    """What the pages are built from. Asked on several threads at once; after a reload it answers
    with what is in force then. May raise StoreError or ConfigurationError, which a page tells."""

    @property
    def host(self) -> str:
        """The configured host's name."""

    @property
    def zone(self) -> str:
        """IANA name of the zone in which instants are told (the setting ``timezone``)."""

    def now(self) -> int:
        """The helpdesk's present, UTC epoch seconds."""

    def board(self) -> Board:
        """The board of about now. Asked for each page: since it is a pass over all open clocks,
        the source keeps it for as long as its cost demands."""

    def explained(self, ticket: str) -> Explanation | None:
        """Everything about the ticket of this id or number; None: nobody knows it."""

    def health(self) -> BoardHealth: ...


@dataclass(frozen=True, slots=True)
class StampedBoard:
    """A board with what tells it from another that says something else."""

    board: Board
    stamp: str


class StampedSource:
    """The board of this moment; its stamp is worked out once for each board."""

    def __init__(self, source: BoardSource) -> None:
        self.source = source
        self._kept: StampedBoard | None = None

    def board(self) -> StampedBoard:
        """What the source gives, as often as it likes to give another one."""
        board, kept = self.source.board(), self._kept
        if kept is None or kept.board is not board:
            kept = self._kept = StampedBoard(board, stamp(board))
        return kept


def stamp(board: Board) -> str:
    """Changes with what the board says, and not with the time that passes on its clocks."""
    said = (
        [_said(line) for line in board.lines],
        board.upcoming and _said(board.upcoming),
        sorted(map(repr, board.counts.items())),
        sorted(map(repr, board.today.items())),
        [(row.id, row.held, row.held_until) for row in board.held],
        board.paused_since,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _said(line: Line) -> tuple[object, ...]:
    row, instance = line.urgent.row, line.urgent.instance
    return (
        (row.id, row.number, row.title, row.url, row.seen.group, row.seen.owner, row.held),
        (instance.clock, instance.instance, instance.policy, instance.status, instance.due_at),
        (line.urgent.mark, line.urgent.overdue, line.calendar, line.zone),
        line.left if instance.status == "paused" else None,
    )
