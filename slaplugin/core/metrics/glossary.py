"""Every figure with its formula, and what others call it: for the report and docs/metrics.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["seconds", "count", "share", "score"]
Moment = Literal["creation", "event", "end", "solve", "day", "score"]
"""Whose period a figure belongs to: that of the creation, of the event itself, of the end of the
time measured, of the last close, each day's end, or of the customer's answer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One figure."""

    key: str
    """Stable: the name in CSV, JSON and code."""
    name: str
    formula: str
    """One sentence."""
    unit: Unit
    """``seconds`` are told twice: on the wall, and within the hours of the ticket's calendar."""
    belongs_to: Moment
    also_called: tuple[str, ...] = ()
    """In other products and in the trade."""
    source: str = ""
    """The rule that decides."""


GLOSSARY: tuple[Entry, ...] = (
    # ---------------------------------------------------------------- waiting for an answer
    Entry(
        "first_response",
        "First response",
        "From the customer's first message to the first public message of a person on the staff;"
        " a call that was taken is answered at once.",
        "seconds",
        "end",
        (
            "first reply time (Zendesk)",
            "first response time (Freshdesk, Zammad)",
            "time to first response (Jira)",
            "response time (ITIL)",
        ),
        "R3, R12; details 19",
    ),
    Entry(
        "next_response",
        "Next response",
        "From the oldest unanswered message of the customer after the first response to the next"
        " public message of a person on the staff; not counted where the ticket is closed first.",
        "seconds",
        "end",
        ("next reply time (Zendesk)", "average response time (Freshdesk)"),
        "R4; details 16, 17",
    ),
    Entry(
        "answered",
        "Answered",
        "Tickets that got a first response, over those that got one or were closed without.",
        "share",
        "end",
        ("response rate",),
        "R5; details 15",
    ),
    Entry(
        "first_assignment",
        "Wait until assigned",
        "From the creation of a ticket without an owner to its first owner; not counted where it"
        " had an owner from the start, or was closed before it had one.",
        "seconds",
        "end",
        (
            "first assignment time (Zendesk)",
            "first assign time (Freshdesk)",
            "mean time to acknowledge, MTTA (its mean)",
        ),
        "details 20",
    ),
    # ---------------------------------------------------------------- until it is done
    Entry(
        "first_resolution",
        "First resolution",
        "From the creation to the first close, waiting included.",
        "seconds",
        "end",
        ("first resolution time (Zendesk)", "first solution (Zammad)"),
        "R12; details 15",
    ),
    Entry(
        "full_resolution",
        "Full resolution",
        "From the creation to the last close of a ticket that is closed, waiting and the time"
        " closed in between included.",
        "seconds",
        "solve",
        (
            "full resolution time (Zendesk)",
            "resolution time (Freshdesk)",
            "time to resolution (Jira, without its pauses)",
            "mean time to resolve, MTTR (its mean)",
        ),
        "R12; details 15",
    ),
    Entry(
        "requester_wait",
        "Requester wait",
        "All time in which the ticket was neither closed nor waiting on the customer, that of"
        " absorbed tickets before its creation included.",
        "seconds",
        "solve",
        ("requester wait time (Zendesk)", "customer wait time"),
        "R6, R7, R12",
    ),
    Entry(
        "agent_wait",
        "Agent wait",
        "All time in which the ticket waited on the customer.",
        "seconds",
        "solve",
        ("agent wait time (Zendesk)", "pending time", "customer wait (our clock)"),
        "R7; details 20, 21",
    ),
    Entry(
        "on_hold",
        "On hold",
        "All time in a state that waits on somebody other than the customer; part of the"
        " requester's wait.",
        "seconds",
        "solve",
        ("on-hold time (Zendesk)", "vendor time"),
        "details 21",
    ),
    Entry(
        "handle_time",
        "Handle time",
        "All time in which the ticket had an owner and a state of kind open (not new) and did not"
        " wait on the customer.",
        "seconds",
        "solve",
        ("agent work time (Zendesk, which adds new)", "time in progress"),
        "details 20",
    ),
    Entry(
        "unassigned",
        "Unassigned",
        "All time in which the ticket was not closed and had no owner.",
        "seconds",
        "solve",
        ("queue time", "unassigned time"),
        "details 20",
    ),
    Entry(
        "age",
        "Life",
        "From the ticket's own creation to its last close; the times in its states add up to it.",
        "seconds",
        "solve",
        ("time in status (its sum)",),
    ),
    Entry(
        "in_hand",
        "In hand",
        "All time in which the ticket was not closed; the times with its groups, and those with"
        " its owners, add up to it.",
        "seconds",
        "solve",
        ("ownership time", "time in group, time with assignee (its sum)"),
        "details 20",
    ),
    # ---------------------------------------------------------------- effort
    Entry(
        "replies",
        "Replies",
        "Public messages of persons on the staff and calls taken, on a ticket that is solved.",
        "count",
        "solve",
        ("agent replies (Zendesk)", "outbound messages"),
        "policy-language 6",
    ),
    Entry(
        "messages",
        "Customer messages",
        "Messages of the customer on a ticket that is solved, the one that opened it included.",
        "count",
        "solve",
        ("end-user comments (Zendesk)", "customer responses (Freshdesk)"),
        "policy-language 6",
    ),
    Entry(
        "hops",
        "Hops",
        "Moves from one group to another; those made while closed count from the reopening.",
        "count",
        "solve",
        (
            "group stations less one (Zendesk)",
            "group reassigns (Freshdesk)",
            "reassignment count (ServiceNow)",
            "ticket bouncing",
        ),
        "details 20",
    ),
    Entry(
        "handovers",
        "Handovers",
        "Changes from one owner to another; those made while closed count from the reopening.",
        "count",
        "solve",
        ("assignee stations less one (Zendesk)", "agent reassigns (Freshdesk)"),
        "details 20",
    ),
    # ---------------------------------------------------------------- quality
    Entry(
        "one_touch",
        "One-touch resolution",
        "Solved tickets that somebody had asked for with exactly one reply before the last close"
        " and no reopening, over all solved tickets that somebody had asked for.",
        "share",
        "solve",
        ("one-touch tickets (Zendesk)", "first contact resolution (Freshdesk, Zoho)"),
        "0146",
    ),
    Entry(
        "first_contact",
        "First-contact resolution",
        "Solved tickets with an answer, a single message of the customer, no move to another group"
        " and no reopening, over all solved tickets that somebody had asked for.",
        "share",
        "solve",
        ("FCR (HDI)", "first call resolution", "first-line resolution (ITIL)"),
        "0146",
    ),
    Entry(
        "reopen_rate",
        "Reopen rate",
        "Solved tickets that had been reopened at least once, over all solved tickets.",
        "share",
        "solve",
        ("reopens (Zendesk, Freshdesk)", "reopen count (ServiceNow)", "rework"),
        "R6",
    ),
    Entry(
        "escalation_rate",
        "Escalation rate",
        "Solved tickets that had been escalated at least once, in any way, over all solved"
        " tickets.",
        "share",
        "solve",
        ("escalation rate (HDI)", "tickets passed to second line (ITIL)"),
        "0147",
    ),
    # ---------------------------------------------------------------- escalations
    Entry(
        "escalations.functional",
        "Functional escalations",
        "Moves by a person to a group that the ticket did not come up through, or to one of the"
        " groups named for escalations.",
        "count",
        "event",
        ("functional escalation (ITIL)", "technical escalation", "tier 2 hand-off"),
        "0147",
    ),
    Entry(
        "escalations.hierarchical",
        "Hierarchical escalations",
        "Hand-overs by a person to somebody named as a manager.",
        "count",
        "event",
        ("hierarchical escalation (ITIL)", "management escalation"),
        "0147",
    ),
    Entry(
        "escalations.automatic",
        "Automatic escalations",
        "Moves to another group or owner made by one of our steps; giving a ticket without owner"
        " to somebody is one only after a target was missed.",
        "count",
        "event",
        ("escalation by breach", "SLA escalation", "escalation rule"),
        "R15; 0147",
    ),
    Entry(
        "escalation_time",
        "Duration of escalations",
        "Time not closed in the hands of an escalation that has ended, from its move to the return,"
        " the next escalation or the last close.",
        "seconds",
        "end",
        ("time in tier 2",),
        "0147",
    ),
    # ---------------------------------------------------------------- volumes
    Entry(
        "created",
        "Created",
        "Tickets created.",
        "count",
        "creation",
        ("tickets created", "incoming", "received tickets (Freshdesk)", "arrivals"),
    ),
    Entry(
        "closed",
        "Closed",
        "Closes, each one counted: created and reopened less closed is the change of the backlog.",
        "count",
        "event",
        ("resolved tickets (Freshdesk)", "throughput"),
    ),
    Entry(
        "solved",
        "Solved",
        "Tickets that are closed, at their last close.",
        "count",
        "solve",
        ("solved tickets (Zendesk)",),
    ),
    Entry(
        "reopened",
        "Reopened",
        "Reopenings, each one counted.",
        "count",
        "event",
        ("reopens (Zendesk, Freshdesk)",),
        "R6",
    ),
    Entry(
        "backlog",
        "Backlog",
        "Tickets not closed at the end of each local day, and as of now, by the real time since"
        " their creation.",
        "count",
        "day",
        ("unsolved tickets (Zendesk)", "open tickets", "backlog ageing"),
    ),
    Entry(
        "arrivals",
        "Arrivals by hour of the week",
        "Messages of customers, those that opened tickets included, by local weekday and hour.",
        "count",
        "event",
        ("contact volume", "inbound by hour"),
    ),
    Entry(
        "answers",
        "Replies by hour of the week",
        "Public messages of persons on the staff and calls taken, by local weekday and hour.",
        "count",
        "event",
        ("outbound by hour",),
    ),
    Entry(
        "channel",
        "Channel mix",
        "Tickets created by the means they came in by, over all tickets created.",
        "share",
        "creation",
        ("channel distribution", "ticket source (Freshdesk)", "via channel (Zendesk)"),
    ),
    Entry(
        "self_service",
        "Self-service share",
        "Tickets that came in by a form or portal and were not entered by the staff, over all"
        " tickets created whose channel is known.",
        "share",
        "creation",
        ("self-service rate", "portal adoption"),
    ),
    # ---------------------------------------------------------------- satisfaction
    Entry(
        "csat",
        "Customer satisfaction",
        "Answers at or above the satisfied score, over all answers.",
        "share",
        "score",
        ("CSAT", "satisfaction score (Zendesk)", "% satisfied"),
        "0148",
    ),
    Entry(
        "csat_score",
        "Mean score",
        "The mean of all answers, on the scale in which they were given.",
        "score",
        "score",
        ("average rating",),
        "0148",
    ),
    Entry(
        "csat_response",
        "Answers to the survey",
        "Solved tickets with an answer, over all solved tickets.",
        "share",
        "solve",
        ("survey response rate", "rated tickets"),
        "0148",
    ),
)
