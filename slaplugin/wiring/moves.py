"""What another policy set would change, counted over the store before anything is written."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slaplugin.core.policies import PolicySet
    from slaplugin.policyfiles.moves import Moves
    from slaplugin.wiring import Runtime


def moves_of(runtime: Runtime, policy_set: PolicySet, at_most: int | None = None) -> Moves | None:
    """Open clocks that the set would move; None where no set was ever in force.

    ``at_most`` open tickets are looked at, in the order of their ids.
    """
    from slaplugin.app.explaining import what_if
    from slaplugin.app.known import from_store
    from slaplugin.core.rulebook import RuleBook
    from slaplugin.policyfiles.moves import Moves

    adoptions = runtime.view.adoptions() if runtime.has_store else ()
    in_force = runtime.policies.by_hash(adoptions[-1].hash) if adoptions else None
    if in_force is None:
        return None
    books = [RuleBook.compile(each, only_targeted=True) for each in (in_force, policy_set)]
    host, now = runtime.settings.host_key, runtime.present().at
    moves = Moves()
    for name in islice(runtime.view.ids(host, open_only=True), at_most):
        stored = runtime.view.ticket(host, name)
        if stored is not None:
            known = from_store(stored, ())
            before, after = (what_if(known, book, now).instances for book in books)
            moves.add(before, after)
    return moves
