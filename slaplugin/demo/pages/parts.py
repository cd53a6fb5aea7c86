"""Pieces that both pages are made of: the frame, times, chips, states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slaplugin.demo.pages.markup import Markup, el, join
from slaplugin.demo.pages.views import OVERVIEWS, ZONE
from slaplugin.demo.stamps import instant, iso

if TYPE_CHECKING:
    from slaplugin.demo.desk import Desk

_MINUTE_MS = 60_000


def frame(desk: Desk, title: str, body: Markup, counts: dict[str, int], current: str) -> str:
    """A whole page."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{title} · Demo helpdesk"),
        el("link", rel="stylesheet", href="/demo/style.css"),
        el("script", src="/demo/live.js", defer=True),
    )
    header = el(
        "header",
        el("a", "Demo helpdesk", href="/", class_="brand"),
        el("p", el("span", "Demo time ", class_="quiet"), moment(desk.now()), class_="clock"),
        navigation(counts, current),
        id="top",
    )
    page = el(
        "body",
        el("a", "Skip to the tickets", href="#content", class_="skip"),
        header,
        el("main", body, id="content"),
    )
    return f"<!DOCTYPE html>\n{el('html', head, page, lang='en')}\n"


def navigation(counts: dict[str, int], current: str) -> Markup:
    """The overviews with their counts."""
    links = [
        el(
            "a",
            each.label,
            " ",
            el("b", counts[each.name]),
            href=f"/?view={each.name}",
            class_=each.name,
            aria_current="page" if each.name == current else None,
        )
        for each in OVERVIEWS
    ]
    return el("nav", *links, aria_label="Overviews")


def moment(ms: int | None) -> Markup:
    """An instant in the demo's zone, `Wed 21 Oct 15:00`."""
    if ms is None:
        return el("span", "–", class_="quiet")
    local = instant(ms).astimezone(ZONE)
    return el("time", f"{local:%a} {local.day} {local:%b %H:%M}", datetime=iso(ms))


def due(desk: Desk, ms: int | None) -> Markup:
    """A due instant and how far away it is."""
    if ms is None:
        return moment(None)
    minutes = (ms - desk.now()) // _MINUTE_MS
    words = f"in {span(minutes)}" if minutes >= 0 else f"{span(-minutes)} late"
    style = "late" if minutes < 0 else "soon" if minutes <= 60 else "quiet"
    return join(moment(ms), " ", el("small", words, class_=style))


def span(minutes: int) -> str:
    """`3 d 4 h`, `2 h 10 min`, `45 min`."""
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {left} min" if hours else f"{left} min"


def chips(names: list[str]) -> Markup:
    """Tags as chips; those that tell of a breach or a risk stand out."""
    return (
        el(
            "ul",
            *[el("li", name, class_=tone(name)) for name in names],
            class_="chips",
            aria_label="Tags",
        )
        if names
        else el("span", "–", class_="quiet")
    )


def tone(word: str) -> str | None:
    """The colour class for a tag or an SLA state."""
    lowered = word.lower()
    if "breach" in lowered or "overdue" in lowered:
        return "bad"
    if "risk" in lowered:
        return "warn"
    return "good" if lowered == "ok" else None


def badge(key: str | None, label: str | None) -> Markup:
    """An SLA state as a badge."""
    if not key:
        return el("span", "–", class_="quiet")
    return el("span", label or key, class_=f"badge {tone(key) or ''}".strip())


def person(name: str | None) -> Markup:
    """A person's name; nobody is a dash."""
    return moment(None) if not name or name.strip() == "-" else el("span", name)


def priority(name: str) -> Markup:
    """A priority with a mark for high and low."""
    marks = {"3 high": ("▲ ", "high"), "1 low": ("▽ ", "quiet")}
    mark, style = marks.get(name, ("", None))
    return el("span", mark, name, class_=style)
