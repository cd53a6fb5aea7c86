"""Words of the service report that all its forms share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from slaplugin.app.reporting.report import Report
from slaplugin.core.attainment import Counts
from slaplugin.core.attainment.contracts import Commitment
from slaplugin.core.causes import Cause, Miss
from slaplugin.core.causes.values import CauseKind, ParkedHow
from slaplugin.core.pseudonyms import HIDDEN, People
from slaplugin.report.service.figures import percent
from slaplugin.report.times import duration

HOW: Mapping[ParkedHow, str] = {
    "unanswered": "a message had no answer",
    "near_due": "begun just before the due",
    "again": "renewed again and again",
}
"""Why a wait looks like parking."""

KINDS: Mapping[CauseKind, str] = {
    "late": "before the ticket was here",
    "unassigned": "unassigned",
    "agent": "with an agent",
    "after_hours": "after hours",
    "parked": "paused without an answer",
    "waiting": "waiting on the customer",
}
"""Kinds of causes, whatever the group and the agent."""


def heading(report: Report) -> str:
    """``Service report 2026-01 to 2026-03, zammad``, and whose tickets it is about."""
    ask = report.ask
    when = ask.first.label
    if ask.last != ask.first:
        when += f" to {ask.last.label}"
    named = ask.parties.organization or ask.parties.customer
    return f"Service report {when}, {named or report.provenance.host}"


def promised(commitment: Commitment) -> str:
    """``90 % of first_response within 6h per month``."""
    objective = commitment.objective
    share = percent(objective.share, 4)
    if objective.availability is not None:
        said = f"{share} without {clock_title(objective.availability)}"
    else:
        said = f"{share} of {clock_title(objective.clock or '')}"
    if objective.within is not None:
        said += f" within {duration(objective.within)}"
    if objective.during is not None:
        said += f", started in {objective.during}"
    if not commitment.is_ours:
        said += " (the customer's)"
    return said + (f" per {objective.per}" if objective.per else "")


def cause(given: Cause, people: People) -> str:
    """``unassigned in Support``, ``with anna in Second Line`` …"""
    where = f" in {given.group}" if given.group else ""
    said = {
        "late": "before the ticket was here (split or merged in)",
        "unassigned": f"unassigned{where}",
        "agent": f"with {people.shown(given.agent) or HIDDEN}{where}",
        "after_hours": f"after hours{where}",
        "parked": f"paused while a message had no answer{where}",
        "waiting": f"waiting on the customer{where}",
    }
    return said[given.kind]


def clock_title(clock: str) -> str:
    """``First response`` for ``first_response``: a clock's name as people read it."""
    return clock.replace("_", " ").strip().capitalize() or clock


def policy_clock(clock: str, instance: int) -> str:
    """``Next response #2``; the first of its kind needs no number."""
    title = clock_title(clock)
    return title if instance == 1 else f"{title} #{instance}"


def retargeted(miss: Miss) -> str:
    """`` (target changed: priority changed)`` of a clock that a change broke, else nothing."""
    if miss.reason != "retarget":
        return ""
    by = ", ".join(kind.replace("_", " ") for kind in miss.changed_by)
    return f" (target changed: {by})" if by else " (target changed)"


def doubtful(report: Report) -> str:
    """The facts that policies ask about and the helpdesk tells only as they are today."""
    known = [fact for fact in report.doubts if fact]
    return ", ".join(known) or "a fact that a policy asks about"


def mostly_doubtful(report: Report) -> str | None:
    """A warning where more clocks of a kind are in doubt than counted; None: no need of one."""
    kinds: defaultdict[str | None, Counts] = defaultdict(Counts)
    for cell in report.attainment.cells:
        kinds[cell.values[0]] += cell.counts
    found = [
        f"{clock_title(str(clock))} {counts.low_confidence} against {counts.counted}"
        for clock, counts in kinds.items()
        if counts.low_confidence > counts.counted
    ]
    if not found:
        return None
    return (
        f"More clocks are left out than counted ({'; '.join(found)}): policies ask about"
        f" {doubtful(report)}, of which the helpdesk keeps no history, and these tickets were older"
        " than that knowledge when they were first read. Tickets that came since are counted: every"
        " change is noted as it happens, so --since the day on which slaplugin began to watch gives"
        f" whole figures. To count the older ones, too, {_LASTING}"
    )


_LASTING = (
    "let the policy ask for what lasts: organization.name with the names of these organizations,"
    " customer.email, or what tickets themselves have a history of, such as a group or a tag."
)
"""Of R14 and decisions 51 and 165: what does not lower confidence."""
