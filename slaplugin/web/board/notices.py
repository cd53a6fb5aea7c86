"""What a reader must know before believing the figures."""

from __future__ import annotations

from collections.abc import Iterator

from slaplugin.app.board import Board
from slaplugin.report.html import text
from slaplugin.web.board.source import BoardHealth
from slaplugin.web.board.words import age, moment

_AGED = 60
"""Seconds after which a reader has to know that the board itself is not of this moment."""


def is_aged(board: Board, now: int) -> bool:
    """Whether the board is old, however fresh the store may be."""
    return now - board.as_of > _AGED


def notices(board: Board, health: BoardHealth, now: int, zone: str) -> Iterator[str]:
    """The notices as markup, always in one place; the two about time are kept by the script."""
    yield '<div id="notices" role="status" aria-live="polite">'
    yield from (_notice(name, head, told) for name, head, told in _said(board, health, now, zone))
    yield _stale(health, now)
    yield (
        '<p class="notice lost" id="lost" hidden><b>Connection lost.</b> <span></span> '
        "Countdowns go on; tickets may have changed.</p></div>"
    )


def _said(board: Board, health: BoardHealth, now: int, zone: str) -> Iterator[tuple[str, str, str]]:
    if health.mode == "standby":
        told = health.standby or "another process does the work."
        yield "standby", "Standing by.", f"{told} The figures are what it last recorded."
    elif health.mode == "starting":
        yield "starting", "Starting.", "No cycle has ended yet: figures are the last recorded ones."
    if health.trouble:
        yield "trouble", "The last cycle failed.", health.trouble
    if health.reload_problem:
        told = f"The old ones stay in force: {health.reload_problem}"
        yield "reload", "Changed files are not used.", told
    if is_aged(board, now):
        told = "With so many open clocks they are worked out anew only now and then."
        yield "aged", f"Figures of {moment(board.as_of, zone, now)}.", told
    if board.paused_since is not None:
        since = moment(board.paused_since, zone, now)
        yield "paused", "All writes are held", f"since {since}; slaplugin resume lets them go on."
    if health.dry_run:
        yield "dry", "Dry run.", "Nothing is written to the helpdesk."


def _notice(name: str, head: str, told: str) -> str:
    return f'<p class="notice {name}" data-key="{name}"><b>{text(head)}</b> {text(told)}</p>'


def _stale(health: BoardHealth, now: int) -> str:
    old = 0 if health.last_cycle is None else now - health.last_cycle
    hidden = "" if health.mode == "working" and old > health.patience else " hidden"
    kept = " data-kept" if health.mode == "working" and health.last_cycle is not None else ""
    return (
        f'<p class="notice stale" id="stale"{kept}{hidden}><b>Old figures.</b> The last '
        f"look at the helpdesk was <span>{age(max(0, old))}</span> ago.</p>"
    )
