"""What a restored backup takes over from the file that it replaces: who was forgotten since."""

from __future__ import annotations

from slaplugin.app.forgotten import PSEUDONYM_KEY, again_flag
from slaplugin.store.sqlite import SqliteStore

_STONES = "SELECT host, token, alias, at FROM forgotten"


def carry_forgotten(current: SqliteStore, prepared: SqliteStore) -> None:
    """Take over tombstones, and have the next writing run take those people out once more.

    The secret comes with them: a tombstone fits under the one that it was made with alone.
    """
    stones = current.rows(_STONES)
    if not stones:
        return
    with prepared.tx() as tx:
        tx.set_flag(PSEUDONYM_KEY, current.flag(PSEUDONYM_KEY))
        for host, token, alias, at in stones:
            tx.remember_forgotten(host, [token], alias, at)
            tx.set_flag(again_flag(host), "1")
