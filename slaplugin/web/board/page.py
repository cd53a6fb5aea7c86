"""The wallboard as a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from slaplugin.app.board import Line, Today
from slaplugin.report.html import text
from slaplugin.web.board.chosen import Chosen
from slaplugin.web.board.frame import Frame, document, hidden, icon, views
from slaplugin.web.board.lines import listing, number, ticket_address
from slaplugin.web.board.notices import notices
from slaplugin.web.board.query import FIRST_SHOWN, Query
from slaplugin.web.board.source import BoardHealth
from slaplugin.web.board.words import age, countdown, moment, percent, shown_title

_FACETS = (("group", "Groups"), ("policy", "Policies"), ("clock", "Clocks"))
_HELD_SHOWN = 20
_ROWS = 5
"""Lines of a column in big type, as static/board.css has it."""
_FIGURES = (
    ("breached", "Breached"),
    ("at_risk", "At risk"),
    ("running", "Running in time"),
    ("paused", "Paused"),
)


def wallboard(chosen: Chosen, health: BoardHealth, now: int, zone: str) -> str:
    """The whole page; ``zone`` is that of the clock in its head."""
    query = chosen.query
    counts = chosen.counts
    title = f"{counts.get('breached', 0)} breached, {counts.get('at_risk', 0)} at risk · SLA"
    frame = Frame(title, "", query, ("board.css",), "board")
    body = [
        _openings(chosen, now),
        *notices(chosen.board, health, now, zone),
        *_lists(chosen, now),
        '<div id="side">',
        *_today(chosen),
        *_facets(chosen),
        *_held(chosen, now, zone),
        "</div>",
        _foot(),
    ]
    return document(frame, _header(chosen, health, now, zone), body)


def _header(chosen: Chosen, health: BoardHealth, now: int, zone: str) -> Iterator[str]:
    yield '<header id="top">'
    yield '<div class="bar"><h1>SLA clocks</h1>'
    yield f'<p class="now"><time id="clock" data-now="{now}" data-zone="{text(zone)}">'
    yield f"{text(moment(now, zone, now).removeprefix('today '))}</time> {_cycle(health, now)}</p>"
    yield views(chosen.query, wall=True)
    yield "</div>"
    yield _figures(chosen)
    yield _filters(chosen)
    yield '<p id="news" class="unseen" role="status" aria-live="polite"></p></header>'


def _cycle(health: BoardHealth, now: int) -> str:
    if health.last_cycle is None:
        return '<span class="cycle">no cycle yet</span>'
    ago = age(max(0, now - health.last_cycle))
    return (
        f'<span class="cycle">last look at the helpdesk <b id="cycle" '
        f'data-at="{health.last_cycle}" data-patience="{health.patience}">{ago}</b> ago</span>'
    )


def _figures(chosen: Chosen) -> str:
    items = []
    for name, said in _FIGURES:
        count = chosen.counts.get(name, 0)
        figure = f'{icon(name)}<b data-figure="{name}">{count}</b><span>{said}</span>'
        none = "" if count else " none"
        if name in ("breached", "at_risk"):
            only = chosen.query.only == name
            link = chosen.query.but(only="" if only else name, show=FIRST_SHOWN).address() or "./"
            current = ' aria-current="true"' if only else ""
            figure = f'<a href="{text(link)}"{current}>{figure}</a>'
        else:
            figure = f"<div>{figure}</div>"
        items.append(f'<li class="{name}{none}">{figure}</li>')
    return f'<ul class="figures" aria-label="Open clocks">{"".join(items)}</ul>'


# --------------------------------------------------------------------------- filters


def _filters(chosen: Chosen) -> str:
    query = chosen.query
    kept = "".join(
        f'<input type="hidden" name="{key}" value="{text(value)}">'
        for key in ("view", "theme")
        if (value := getattr(query, key))
    )
    selects = "".join(_select(name, label, chosen) for name, label in _FACETS)
    clear = Query(view=query.view, theme=query.theme).address() or "./"
    reset = f'<a class="button" href="{text(clear)}">Show everything</a>' if query.filtered else ""
    return (
        f'<form id="filters" method="get" action="./" aria-label="Filters">{kept}{selects}'
        f"{_only(query)}<button>Apply</button>{reset}</form>"
    )


def _select(name: str, label: str, chosen: Chosen) -> str:
    wanted = getattr(chosen.query, name)
    options = "".join(
        f'<option value="{text(value)}"{" selected" if value in wanted else ""}>'
        f"{text(shown_title(value))}{_pressing(counts)}</option>"
        for value, counts in chosen.facet(name).items()
    )
    return (
        f'<label>{label}<select name="{name}"><option value="">all</option>{options}'
        "</select></label>"
    )


def _pressing(counts: Counter[str]) -> str:
    urgent = counts["breached"] + counts["at_risk"]
    return f" ({urgent})" if urgent else ""


def _only(query: Query) -> str:
    options = "".join(
        f'<option value="{value}"{" selected" if query.only == value else ""}>{label}</option>'
        for value, label in (("", "both"), ("breached", "breached"), ("at_risk", "at risk"))
    )
    return f'<label>Show<select name="only">{options}</select></label>'


# --------------------------------------------------------------------------- the lists


def _lists(chosen: Chosen, now: int) -> Iterator[str]:
    yield f'<div id="lists" class="{_columns(chosen)}">'
    if not chosen.breached and not chosen.at_risk:
        yield _all_well(chosen, now)
    for name, said, lines in (
        ("breached", "Breached", chosen.breached),
        ("at_risk", "At risk", chosen.at_risk),
    ):
        if lines:
            yield _list(name, said, lines, chosen, now)
    yield "</div>"


def _columns(chosen: Chosen) -> str:
    """How the lists are laid out in big type: beside each other, or one in one or two columns."""
    if chosen.breached and chosen.at_risk:
        return "both"
    return "single" if len(chosen.breached) + len(chosen.at_risk) > _ROWS else "single short"


def _list(name: str, said: str, lines: Sequence[Line], chosen: Chosen, now: int) -> str:
    order = "due longest ago first" if name == "breached" else "next due first"
    return (
        f'<section class="list" data-key="{name}" aria-labelledby="h-{name}">'
        f'<h2 id="h-{name}">{icon(name)}{said} <b>{len(lines)}</b> <small>{order}</small>'
        f"{_jump(name, chosen)}</h2>"
        f"{listing(lines, chosen.query, now)}</section>"
    )


def _jump(name: str, chosen: Chosen) -> str:
    """Past a long list, where the lists stand below each other."""
    if name != "breached" or not chosen.at_risk:
        return ""
    return f'<a class="jump" href="#h-at_risk">{len(chosen.at_risk)} at risk below</a>'


def _all_well(chosen: Chosen, now: int) -> str:
    upcoming = chosen.board.upcoming
    head = "No clock here is at risk or breached" if chosen.query.filtered else "All is well"
    told = "No clock is running." if upcoming is None else _next(upcoming, chosen.query, now)
    return f'<section class="well" data-key="well">{icon("good")}<h2>{head}</h2>{told}</section>'


def _next(line: Line, query: Query, now: int) -> str:
    instance, row = line.urgent.instance, line.urgent.row
    due = "" if instance.due_at is None else moment(instance.due_at, line.zone, now)
    left = (
        ""
        if line.left is None
        else (
            f', <b class="time" data-left="{line.left}" data-calendar="{text(line.calendar)}">'
            f"{countdown(line.left)}</b> of open time away"
        )
    )
    return (
        f'<p>The next due is <b>{text(due)}</b>{left}: <a class="ticket" '
        f'href="{text(ticket_address(line, query))}"><span class="number">'
        f'{text(number(row))}</span> <bdi class="title">{text(shown_title(row.title))}'
        f"</bdi></a> ({text(instance.clock.replace('_', ' '))}).</p>"
    )


# --------------------------------------------------------------------------- beside them


def _today(chosen: Chosen) -> Iterator[str]:
    yield '<section class="panel" data-key="today"><h2>Kept today</h2>'
    if chosen.today:
        yield '<ul class="shares">'
        yield from (_share(policy, day, chosen) for policy, day in chosen.today.items())
        yield "</ul>"
    else:
        yield "<p>No clock has been decided or is open today.</p>"
    yield "</section>"


def _share(policy: str, day: Today, chosen: Chosen) -> str:
    share = day.share
    counted = day.hits + day.misses
    told = "nothing decided yet" if share is None else f"{day.hits} of {counted} in time"
    waiting = f", {day.not_due} not due yet" if day.not_due else ""
    figure = "–" if share is None else percent(share)
    bar = "" if share is None else _bar(share)
    zones = chosen.board.zones
    own = f"<small>day of {text(zones.get(policy))}</small>" if len(set(zones.values())) > 1 else ""
    return (
        f'<li data-key="{text(policy)}"><span class="name"><bdi>{text(shown_title(policy))}</bdi>'
        f'</span><b class="figure">{figure}</b>{bar}'
        f"<small>{told}{waiting}</small>{own}</li>"
    )


def _bar(share: Fraction) -> str:
    """What was kept and, where anything was missed, a bit of it however little that is."""
    width = min(float(share) * 100, 99.0) if share < 1 else 100.0
    return (
        '<svg class="kept" aria-hidden="true" focusable="false"><rect class="missed" width="100%" '
        f'height="100%"/><rect class="met" width="{width:.2f}%" height="100%"/></svg>'
    )


def _facets(chosen: Chosen) -> Iterator[str]:
    for name, label in _FACETS:
        found = chosen.facet(name)
        if found:
            yield f'<section class="panel" data-key="{name}"><h2>{label}</h2>'
            yield _facet_table(name, found, chosen.query)
            yield "</section>"


def _facet_table(name: str, found: Mapping[str, Counter[str]], query: Query) -> str:
    rows = "".join(_facet_row(name, value, counts, query) for value, counts in found.items())
    return (
        f'<table><thead><tr><th scope="col">{hidden(name)}</th>'
        f'<th scope="col" class="breached">{icon("breached")}{hidden("breached")}</th>'
        f'<th scope="col" class="at_risk">{icon("at_risk")}{hidden("at risk")}</th>'
        f'<th scope="col" class="open">open</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _facet_row(name: str, value: str, counts: Counter[str], query: Query) -> str:
    chosen = value in getattr(query, name)
    wanted = () if chosen else (value,)
    link = query.but(**{name: wanted}, show=FIRST_SHOWN).address() or "./"
    current = ' aria-current="true"' if chosen else ""
    label = shown_title(value)
    return (
        f'<tr data-key="{text(value)}"><th scope="row"><a href="{text(link)}"{current}>'
        f"<bdi>{text(label)}</bdi></a></th>"
        f'<td class="breached">{counts["breached"] or "·"}</td>'
        f'<td class="at_risk">{counts["at_risk"] or "·"}</td>'
        f'<td class="open">{counts.total()}</td></tr>'
    )


def _held(chosen: Chosen, now: int, zone: str) -> Iterator[str]:
    held = chosen.board.held
    if not held:
        return
    said = "1 ticket is held" if len(held) == 1 else f"{len(held)} tickets are held"
    yield f'<section class="panel" data-key="held"><details id="held"><summary>{said}</summary>'
    yield "<p>Nothing is written on them meanwhile.</p><ul>"
    for row in held[:_HELD_SHOWN]:
        until = f", tried again {moment(row.held_until, zone, now)}" if row.held_until else ""
        told = text(shown_title(row.held or ""))
        yield f"<li><b>{text(number(row))}</b> {told}{text(until)}</li>"
    if len(held) > _HELD_SHOWN:
        yield f"<li>and {len(held) - _HELD_SHOWN} more: slaplugin status --json lists all</li>"
    yield "</ul></details></section>"


def _openings(chosen: Chosen, now: int) -> str:
    """What countdowns are counted with: open time by calendar, and the instant they are as of."""
    told = json.dumps(chosen.board.openings, separators=(",", ":"))
    return (
        f'<div id="openings" hidden data-as-of="{chosen.board.as_of}" '
        f'data-openings="{text(told)}"></div>'
    )


def _foot() -> str:
    return (
        "<footer><p>Time left and over is open time of the contract; due times are told in its "
        "zone. Customers' own clocks are left out. "
        '<a href="board.json">The same as data</a></p></footer>'
    )
