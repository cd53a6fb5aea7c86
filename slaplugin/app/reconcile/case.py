"""One number of the helpdesk with all that is needed to count it again."""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin.app.reconcile.bench import Bench, World
from slaplugin.app.reconcile.figures import counterpart, instance_of
from slaplugin.app.reconcile.values import Figures, NativeClock, NativeTicket, Reason
from slaplugin.core.model import ClockInstance, Evaluation


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way of counting, and what still differs under it."""

    reasons: tuple[Reason, ...]
    world: World
    ours: Figures
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One number of one ticket, with what is needed to count it again."""

    bench: Bench
    ticket: NativeTicket
    native: NativeClock
    world: World
    judged: Evaluation
    """As our store has it: finished outcomes under the set they were finished with."""

    @property
    def names(self) -> tuple[str, ...]:
        """Our clocks that the number is compared with."""
        return counterpart(self.bench.policy_set, self.native)

    @property
    def item(self) -> ClockInstance | None:
        """Our instance that the number is about."""
        return instance_of(self.judged, self.native, self.names)

    def instance_in(self, world: World) -> ClockInstance | None:
        """Our instance in another world."""
        return instance_of(self.bench.evaluate(world), self.native, self.names)
