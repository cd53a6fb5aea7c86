"""The X-ray's page: what could be promised, where the time goes, and the policy to begin with.

Without names: titles, addresses and agents are gone before the figures are made (app/reporting);
this module shows neither the helpdesk's address nor any list by customer or owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slaplugin.app.reporting.xray import PROMISED, Promise, XRay
from slaplugin.core.causes import PauseAudit
from slaplugin.core.metrics.figures import PartTotal
from slaplugin.report import html
from slaplugin.report.charts import BarLine, bars, figure
from slaplugin.report.charts.style import CHART_STYLE
from slaplugin.report.html import badge, facts, page, table, text
from slaplugin.report.look import Look
from slaplugin.report.service import attained, why, work
from slaplugin.report.service.behind import Lists
from slaplugin.report.service.figures import percent, time
from slaplugin.report.service.page import know_tickets
from slaplugin.report.service.sections import Section, listed, sectioned
from slaplugin.report.service.style import SERVICE_STYLE
from slaplugin.report.service.wording import HOW, clock_title
from slaplugin.report.times import duration, full

TITLE = "What this helpdesk could promise"
_PARTS = 12
_PARKED = 10
_VALUES = 50
"""Groups that the page shows at most."""
_STATES = {
    "new": "new, nobody has begun",
    "open": "open",
    "waiting_customer": "waiting on the customer",
    "waiting_other": "waiting on somebody else",
    "closed": "closed, then reopened",
}


def xray_page(made: XRay, policy: str, look: Look) -> str:
    """The whole document; ``policy`` is the text of the policy that it ends with."""
    return page(TITLE, list(_body(made, policy, look)), CHART_STYLE + SERVICE_STYLE)


def _body(made: XRay, policy: str, look: Look) -> Iterator[str]:
    report, lists = made.report, Lists(look)
    know_tickets(report, lists)
    yield '<p class="eyebrow">slaplugin X-ray</p>'
    yield f"<h1>{text(TITLE)}</h1>"
    yield _about(made, look)
    if not report.provenance.tickets:
        yield f'<p class="held">{text(NO_TICKETS)}</p>'
    yield _cards(made)
    sections: tuple[Section, ...] = (
        ("promise", "What could be promised", _promises(made)),
        ("weeks", "What that would have come to", _course(made, lists)),
        (
            "causes",
            f"Where the time of the slowest went ({_rest(made)})",
            _causes(made, lists, look),
        ),
        ("life", "Where a ticket's life goes", _life(made)),
        ("pauses", "Waits that look like parking", _pauses(report.pauses)),
        ("volumes", "Volumes and backlog", work.volumes(report, lists)),
        ("times", "Times", work.times(report, lists)),
        ("hours", "Hours of the week", work.hours(report, look)),
        ("tickets", "Tickets behind the figures", listed(lists)),
        ("begin", "How to go on", _begin(made, policy)),
    )
    yield from sectioned(sections)
    yield _footer(made)


NO_TICKETS = (
    "No ticket was found in this time. Either the helpdesk is new, or the account of the token "
    "sees none: make it an agent with read access to the groups that are to be looked at."
)


def hours_said(made: XRay) -> str:
    """The opening hours, and what they rest on."""
    hours = made.hours
    if hours.guessed:
        share = 100 * hours.inside // hours.answers
        return f"{hours} (guessed: {share} % of {hours.answers} answers lie in it)"
    given = "given" if made.look.hours else "assumed, there are too few answers to guess"
    return f"{hours} ({given})"


def _about(made: XRay, look: Look) -> str:
    given = made.report.provenance
    return facts(
        (
            ("Helpdesk", given.host),
            ("From", look.short(made.look.since)),
            ("To", full(given.as_of, look.zone)),
            ("Tickets", given.tickets),
            ("Office hours", hours_said(made)),
            ("Time zone", made.look.zone),
        )
    )


def _rest(made: XRay) -> str:
    """``5 %``."""
    return percent(1 - made.look.share)


# ---------------------------------------------------------------------- what could be promised


def _cards(made: XRay) -> str:
    cards = [_card(made, each) for each in made.overall if each.clock in PROMISED]
    return f'<div class="cards">{"".join(cards)}</div>' if cards else ""


def _card(made: XRay, promise: Promise) -> str:
    found = promise.suggestion
    share = percent(made.look.share)
    number = "–" if found is None else duration(found.target)
    what = f"{share} within these office hours" if found else "nothing was finished"
    middle = "" if promise.median is None else f"; half within {time(promise.median)}"
    return (
        f'<div class="card big"><h2>{text(clock_title(promise.clock))}</h2>'
        f'<p class="number">{text(number)}</p><p>{text(what + middle)}</p>{_doubt(promise)}</div>'
    )


def _doubt(promise: Promise) -> str:
    if promise.suggestion is None or promise.sure:
        return ""
    return f"<p>{badge(f'only {promise.suggestion.counted} seen', 'warn')}</p>"


def _promises(made: XRay) -> Iterator[str]:
    if not made.promises:
        yield '<p class="note">No clock ran in this time.</p>'
        return
    yield (
        f"<p>The tightest target that {text(percent(made.look.share))} would have met, in office"
        " hours. What is still open counts as missed once it is older than the target.</p>"
    )
    numbers = ("target", "met", "median", "finished", "not finished")
    yield table("All tickets", ("clock", *numbers), map(_promise, made.overall), figures=numbers)
    for by in ("priority", "group"):
        yield from _promises_by(made, by)


def _promise(each: Promise) -> tuple[str, ...]:
    return (
        text(clock_title(each.clock)),
        _target(each),
        text("–" if each.suggestion is None else percent(each.suggestion.share)),
        text(time(each.median)),
        text(each.ended),
        text(each.unended),
    )


def _target(each: Promise | None) -> str:
    if each is None or each.suggestion is None:
        return "–"
    few = "" if each.sure else f" {badge(f'only {each.suggestion.counted}', 'warn')}"
    return f"<strong>{text(duration(each.suggestion.target))}</strong>{few}"


def _promises_by(made: XRay, by: str) -> Iterator[str]:
    """One line a value, one column a clock."""
    found = {(each.value, each.clock): each for each in made.promises if each.by == by}
    values = sorted({value for value, _ in found}, key=lambda value: (value is None, value or ""))
    if len(values) < 2:
        return
    clocks = [each.clock for each in made.overall]
    titles = [clock_title(clock) for clock in clocks]
    rows = (
        (html.cell(value or "none"), *(_target(found.get((value, clock))) for clock in clocks))
        for value in values[:_VALUES]
    )
    caption = f"The same by {by}"
    yield f"<h3>{text(caption)}</h3>"
    yield table(caption, (by, *titles), rows, figures=titles)


def _course(made: XRay, lists: Lists) -> Iterator[str]:
    clocks = attained.by_clock(made.report.attainment.cells)
    if not clocks:
        return
    said = ", ".join(f"{clock_title(clock)} {duration(at)}" for clock, at in made.targets.items())
    yield f"<p>All of this time under these targets: {text(said)}.</p>"
    yield from attained.course(made.report, [str(cell.values[0]) for cell in clocks], lists)
    yield from attained.whole_tables(made.report, lists)


# ---------------------------------------------------------------------- where the time goes


def _causes(made: XRay, lists: Lists, look: Look) -> Iterator[str]:
    if made.report.causes.misses:
        yield from why.causes(made.report, lists, look)


def _life(made: XRay) -> Iterator[str]:
    parts = made.report.metrics.whole.parts
    states = [part for part in parts if part.of == "state_kind"]
    yield from _shared_out("Time of solved tickets by state", states, _STATES)
    groups = [part for part in parts if part.of == "group"]
    yield from _shared_out("Time of solved tickets by group", groups, {})


def _shared_out(caption: str, parts: Sequence[PartTotal], names: dict[str, str]) -> Iterator[str]:
    whole = sum(part.elapsed.wall for part in parts)
    lines = [
        BarLine(
            names.get(part.name or "", part.name or "nobody"),
            part.elapsed.wall,
            f"{time(part.elapsed.wall)}, {100 * part.elapsed.wall / whole:.1f} %",
        )
        for part in parts[:_PARTS]
        if part.elapsed.wall
    ]
    if lines:
        yield figure(bars(caption, lines), caption)


def _pauses(found: PauseAudit) -> Iterator[str]:
    if not found.found:
        return
    saved = sum(len(item.saved) for item in found.found)
    yield (
        f"<p>{len(found.found)} of {found.waits} waits on the customer have signs of parking:"
        " the ticket waited while it was our turn. Clocks that the wait has saved:"
        f" {saved}. Look at these first:</p>"
    )
    rows = (
        (
            text(item.ticket.number or item.ticket.id),
            text(time(item.unanswered)),
            f'<span class="long">{text(", ".join(HOW[how] for how in item.how))}</span>',
        )
        for item in found.found[:_PARKED]
    )
    head = ("ticket", "without an answer", "signs")
    yield table("Waits with signs of parking", head, rows, stacks=True, figures=head[1:2])


# ---------------------------------------------------------------------- how to go on


def _begin(made: XRay, policy: str) -> Iterator[str]:
    if not made.targets:
        yield ("<p>Nothing could be measured yet, so the targets below are only an example.</p>")
    yield (
        "<p>Save these lines as <code>policies/standard.yaml</code>; they measure and write"
        " nothing to the helpdesk until you change the mode:</p>"
    )
    yield f'<pre tabindex="0" aria-label="policies/standard.yaml">{_lines(policy)}</pre>'
    yield "<ol>" + "".join(f"<li>{step}</li>" for step in _STEPS) + "</ol>"


def _lines(written: str) -> str:
    """Escaped line by line: an end of line is the one control character that stays."""
    return "\n".join(map(text, written.splitlines()))


_STEPS = (
    "<code>slaplugin init</code> writes the settings and a folder for policies; these lines go in.",
    "<code>slaplugin policy check --host</code> compares them with the helpdesk.",
    "<code>slaplugin run</code> watches, <code>slaplugin report</code> tells how it goes.",
)


def _footer(made: XRay) -> str:
    unread = len(made.report.unread)
    left = f" {unread} tickets could not be read and are in no figure." if unread else ""
    return (
        "<footer><p>Names of customers, organizations and agents, and titles of tickets are left"
        " out of this page; numbers of tickets and names of groups are not."
        f"{text(left)} slaplugin {text(made.report.provenance.program)}.</p></footer>"
    )
