"""``python dying.py MOMENT KIND run``: slaplugin as it is, but for a SIGKILL to itself.

It dies of the first action of this kind at the moment named: ``claimed`` (its claim is in the store
and no request was made), ``lost`` (right before the request that carries it), ``answered`` (its
answer is there, nothing was verified), ``marked`` (the store says that it is done).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from slaplugin.cli.main import main
from slaplugin.hosts.zammad.host import ZammadHost
from slaplugin.notify import Channels
from slaplugin.store import SqliteStore
from slaplugin.store.transaction import SqliteTransaction


def install(moment: str, kind: str) -> None:
    """Put the end of this process at the moment."""

    def reach(where: str, kinds: list[str]) -> None:
        if where == moment and kind in kinds:
            os.kill(os.getpid(), signal.SIGKILL)

    _in_the_store(reach)
    _around(ZammadHost, "write", lambda ticket, changes: [one.kind for one in changes], reach)
    _around(Channels, "send", lambda message: ["notify"], reach)


def _in_the_store(reach: Callable[[str, list[str]], None]) -> None:
    whole, claim, save = SqliteStore.tx, SqliteTransaction.claim, SqliteTransaction.save_action
    claimed: list[str] = []
    done: list[str] = []

    def noted_claim(self: SqliteTransaction, row: Any, lease: Any) -> bool:
        taken = claim(self, row, lease)
        claimed.extend([row.kind] * taken)
        return taken

    def noted_save(self: SqliteTransaction, row: Any) -> None:
        save(self, row)
        done.extend([row.kind] * (row.status == "done"))

    @contextmanager
    def tx(self: SqliteStore) -> Iterator[SqliteTransaction]:
        claimed.clear()
        done.clear()
        with whole(self) as transaction:
            yield transaction
        reach("claimed", claimed)
        reach("marked", done)

    SqliteTransaction.claim, SqliteTransaction.save_action = noted_claim, noted_save
    SqliteStore.tx = tx


def _around(
    owner: Any, name: str, kinds: Callable[..., list[str]], reach: Callable[[str, list[str]], None]
) -> None:
    call = getattr(owner, name)

    def watched(self: Any, *arguments: Any) -> None:
        reach("lost", kinds(*arguments))
        call(self, *arguments)
        reach("answered", kinds(*arguments))

    setattr(owner, name, watched)


if __name__ == "__main__":
    install(sys.argv.pop(1), sys.argv.pop(1))
    main()
