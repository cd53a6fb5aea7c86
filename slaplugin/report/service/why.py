"""The page's second part: where the time of missed clocks went, and the pause audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import dropwhile

from slaplugin.app.reporting.report import Report
from slaplugin.core.causes import BESIDE, COUNTED, Miss, Parker, Parking, Share, lost_by_period
from slaplugin.report.charts import Axis, BarLine, Series, bars, figure, legend, trend, week_map
from slaplugin.report.html import cell, long, table, text
from slaplugin.report.look import Look
from slaplugin.report.service.behind import Lists
from slaplugin.report.service.figures import time
from slaplugin.report.service.wording import HOW, KINDS, cause, policy_clock, retargeted

_RANKED = 12
"""Causes that are drawn."""
_WORST = 25
_TABLED = 40
"""Causes that the page lists; the other forms have them all."""
_TICKETS = 8


def causes(report: Report, lists: Lists, look: Look) -> Iterator[str]:
    """Ranked causes, hours, and the clocks furthest past their due."""
    found, people = report.causes, report.ask.people
    if not found.misses:
        yield '<p class="note">No clock was missed.</p>'
        return
    yield (
        f"<p>{len(found.misses)} missed clocks counted {text(time(found.lost))} together, from"
        " their start to their stop or to now.</p>"
    )
    lines = [
        BarLine(cause(each.cause, people), each.seconds, _part(each, found.lost))
        for each in found.counted[:_RANKED]
    ]
    yield figure(
        bars("Time of missed clocks by cause, the largest first", lines),
        "Where the counted time went",
        tabled=False,
    )
    yield _ranking("Where the counted time went", found.counted, report, lists)
    if found.beside:
        yield "<h3>The clocks stood still, and the customer waited</h3>"
        yield _ranking("Time that no clock counted", found.beside, report, lists)
    yield from _trend(report)
    yield figure(
        week_map("Misses by hour of the week", found.week, lambda number: f"{number} missed"),
        f"When clocks were missed, by hour of the week ({look.zone_name})",
    )
    yield "<h3>Furthest past their due</h3>"
    head = ("ticket", "clock", "missed", "past due", "most of the time")
    rows = (_worst(miss, report, lists, look) for miss in found.misses[:_WORST])
    yield table("The clocks furthest past their due", head, rows, stacks=True, figures=head[3:4])


def _trend(report: Report) -> Iterator[str]:
    """Lost time by kind of cause and period, where there is more than one."""
    ask = report.ask
    periods = lost_by_period(report.causes.misses, ask.first, ask.last, ask.zone)
    periods = tuple(dropwhile(lambda each: not each.misses, periods))
    kinds = [kind for kind in (*COUNTED, *BESIDE) if any(kind in each.seconds for each in periods)]
    if len(periods) < 2:
        return
    series = [
        Series(
            KINDS[kind],
            tuple(each.seconds.get(kind, 0) / 3600 for each in periods),
            tuple(time(each.seconds.get(kind, 0)) for each in periods),
        )
        for kind in kinds
        if kind in COUNTED
    ]
    chart = trend(
        "Time that missed clocks counted, by kind of cause and period, in hours",
        [each.period.label for each in periods],
        series,
        Axis(unit=" h"),
    )
    yield "<h3>Is it getting better?</h3>"
    caption = "Time that missed clocks counted, by the period of the miss"
    yield figure(chart, caption, [legend(each.name for each in series)], tabled=False)
    head = ("period", "missed", *(KINDS[kind] for kind in kinds))
    rows = (
        (
            text(each.period.label),
            text(each.misses),
            *(text(time(each.seconds.get(kind, 0))) for kind in kinds),
        )
        for each in periods
    )
    yield table("Time of missed clocks by period", head, rows, figures=head[1:])


def _part(share: Share, whole: int) -> str:
    part = f"{100 * share.seconds / whole:.1f} %" if whole else "–"
    return f"{time(share.seconds)}, {part}"


def _ranking(caption: str, shares: Sequence[Share], report: Report, lists: Lists) -> str:
    rows = (
        (
            cell(cause(each.cause, report.ask.people)),
            text(time(each.seconds)),
            text(len(each.misses)),
            long_list(each.misses, lists),
        )
        for each in shares[:_TABLED]
    )
    head = ("cause", "time", "clocks", "the most on")
    return table(caption, head, rows, stacks=True, figures=head[1:3])


def long_list(misses: Sequence[Miss], lists: Lists) -> str:
    """The first tickets of a ranking, each once."""
    names = dict.fromkeys((each.ticket.id, each.ticket.number or each.ticket.id) for each in misses)
    links = [lists.ticket(ticket, number) for ticket, number in list(names)[:_TICKETS]]
    more = f" and {len(names) - _TICKETS} more" if len(names) > _TICKETS else ""
    return f'<span class="long">{", ".join(links)}{text(more)}</span>'


def _worst(miss: Miss, report: Report, lists: Lists, look: Look) -> tuple[str, ...]:
    number = lists.ticket(miss.ticket.id, miss.ticket.number or miss.ticket.id)
    counted = [each for each in miss.seconds if each.kind in COUNTED]
    most = max(counted, key=lambda each: miss.seconds[each], default=None)
    still = " (still open)" if miss.open else ""
    return (
        f'<span class="long">{number} <bdi>{text(miss.ticket.title)}</bdi></span>',
        text(policy_clock(miss.clock, miss.instance)),
        long(look.short(miss.at) + retargeted(miss)),
        text(time(miss.over) + still),
        "–" if most is None else long(cause(most, report.ask.people)),
    )


def pauses(report: Report, lists: Lists, look: Look) -> Iterator[str]:
    """The pause audit."""
    found = report.pauses
    saved = sum(len(item.saved) for item in found.found)
    yield (
        f"<p>{found.waits} waits on the customer, {text(time(found.seconds))} together;"
        f" {len(found.found)} look like parking, and {saved} clocks were met only because that"
        " time did not count.</p>"
    )
    if not found.found:
        return
    if found.agents:
        columns = ("agent", "waits", "look like parking", "without an answer", "clocks met by it")
        lines = (_parker(line, report) for line in found.agents)
        yield table(
            "Waits that look like parking, by who set them", columns, lines, figures=columns[1:]
        )
    yield "<h3>The longest</h3>"
    head = ("ticket", "waited", "why it is listed", "without an answer", "by")
    rows = (_parking(item, report, lists, look) for item in found.found[:_WORST])
    caption = "The longest waits without an answer"
    yield table(caption, head, rows, stacks=True, figures=("without an answer",))


def _parker(line: Parker, report: Report) -> tuple[str, ...]:
    agent = report.ask.people.shown(line.agent) or "nobody named"
    said = (agent, line.waits, line.parked, time(line.unanswered), line.saved)
    return tuple(map(cell, said))


def _parking(item: Parking, report: Report, lists: Lists, look: Look) -> tuple[str, ...]:
    number = lists.ticket(item.ticket.id, item.ticket.number or item.ticket.id)
    why = ", ".join(HOW[how] for how in item.how)
    return (
        f'<span class="long">{number} <bdi>{text(item.ticket.title)}</bdi></span>',
        text(look.interval(item.start, item.end)),
        long(why),
        text(time(item.unanswered)),
        cell(report.ask.people.shown(item.agent) or "nobody named"),
    )
