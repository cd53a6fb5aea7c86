"""The table of commands: a name, where its code is, and one line about it.

The lines stand here and not in the commands' modules, so that ``slaplugin --help`` imports none of
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Entry:
    """A command's module (below ``slaplugin.cli``), the click command in it, and its line."""

    module: str
    attribute: str
    help: str


COMMANDS: Mapping[str, Entry] = MappingProxyType(
    {
        "demo": Entry("demo", "demo", "Show it all on a bundled demo helpdesk."),
        "init": Entry("init", "init", "Write settings and a first policy for your helpdesk."),
        "doctor": Entry("doctor", "doctor", "Check settings, access, policies and store."),
        "policy": Entry("policy", "policy", "Check, test, show and compare policy sets."),
        "plan": Entry("plan", "plan", "Show what would be written now, and why."),
        "sync": Entry("sync", "sync", "Run one cycle for real."),
        "run": Entry("run", "run", "Watch the helpdesk and act at the instant (daemon)."),
        "pause": Entry("pause", "pause", "Hold all writes; evaluation goes on."),
        "resume": Entry("pause", "resume", "Let writes go on."),
        "undo": Entry("undo", "undo", "Take back what was written."),
        "status": Entry("status", "status", "List clocks at risk and breached."),
        "timeline": Entry("timeline", "timeline", "List the events of a ticket."),
        "explain": Entry("explain", "explain", "Explain every clock of a ticket."),
        "backfill": Entry("backfill", "backfill", "Load and evaluate past tickets."),
        "xray": Entry("xray", "xray", "Show what your helpdesk could promise, without a policy."),
        "recalc": Entry("recalc", "recalc", "Revise finished outcomes under today's policies."),
        "reconcile": Entry(
            "reconcile", "reconcile", "Compare with the helpdesk's own SLA numbers."
        ),
        "forget": Entry("forget", "forget", "Erase a customer's data from the store."),
        "audit": Entry("audit", "audit", "Read and verify the append-only history."),
        "report": Entry("report", "report", "Attainment, objectives, causes, volumes and times."),
        "export": Entry("export", "export", "Write the store's rows for your own tools."),
        "whatif": Entry("whatif", "whatif", "Judge the past by a draft policy set."),
        "store": Entry("store", "store", "Back up, restore and describe the local store."),
        "plugins": Entry("plugins", "plugins", "List hosts, hooks and plugins found."),
    }
)
