"""The pages for people: the wallboard and a ticket's explanation. They only read.

:func:`routes` answers for ``/``, ``/board.json``, ``/tickets/{id}`` and ``/static/…``; every
address on the pages is relative, so that a reverse proxy may put them anywhere.
"""

from __future__ import annotations

from slaplugin.web.board.routes import routes
from slaplugin.web.board.source import BoardHealth, BoardSource

__all__ = ["BoardHealth", "BoardSource", "routes"]
