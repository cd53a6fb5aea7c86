"""The tickets behind the figures: lists that the figures of the page lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from slaplugin.app.reporting.report import SHOWN
from slaplugin.core.attainment import Behind
from slaplugin.core.objectives import Verdict
from slaplugin.report.html import text
from slaplugin.report.look import Look
from slaplugin.report.service.figures import time
from slaplugin.report.service.wording import policy_clock

FEW = 10
"""So many each list names however long the page is already."""
ALL = 4000
"""Tickets that all lists together name before further ones are cut to :data:`FEW`."""
ON_PAPER = 20
"""Tickets of one list that are printed: nobody reads eighty sheets of them."""
NAMES = 4
"""Figures that the heading of one list names."""
VERDICTS: dict[Verdict, str] = {
    "hits": "met",
    "misses": "missed",
    "waived": "waived",
    "void": "void",
    "unanswered": "closed unanswered",
    "low_confidence": "low confidence",
    "not_due": "not due yet",
}


@dataclass(slots=True)
class Lists:
    """The lists of one page, in the order in which figures asked for them."""

    look: Look
    numbers: dict[str, str] = field(default_factory=dict)
    """Host's id of a ticket -> its number, as far as the report knows."""
    urls: dict[str, str] = field(default_factory=dict)
    """Host's id of a ticket -> where agents see it, as far as the report knows."""
    _found: dict[tuple[Behind, ...], list[str]] = field(default_factory=dict)
    """Instances -> names of the figures that they are behind: the same ones are listed once."""
    _places: dict[tuple[Behind, ...], int] = field(default_factory=dict)
    _drawn: dict[tuple[Behind, ...], int] = field(default_factory=dict)
    """Instances that were drawn -> of how many."""

    def figure(self, number: int, name: str, behind: Sequence[Behind]) -> str:
        """A number as markup: a link to the tickets behind it, if there are any."""
        if not behind:
            return text(number)
        found = tuple(behind)
        place = self._places.setdefault(found, len(self._places) + 1)
        names = self._found.setdefault(found, [])
        if name not in names:
            names.append(name)
        if number > len(found):
            self._drawn[found] = number
        label = text(f"{number}: the tickets of {name}")
        link = f'<a href="#b{place}" data-list="{place}" aria-label="{label}">'
        return f"{link}{text(number)}</a>"

    def markup(self) -> Iterator[str]:
        """All lists that were asked for; the longer the page, the shorter the later ones."""
        room = ALL
        for place, (behind, names) in enumerate(self._found.items(), start=1):
            shown = min(SHOWN, max(room, FEW))
            room -= min(shown, len(behind)) if len(behind) > FEW else 0
            title = f"{place}: {'; '.join(names[:NAMES])}"
            yield f'<section class="behind" id="b{place}"><h3>{text(title)}</h3><ul>'
            yield from (self._line(each) for each in behind[:shown])
            yield "</ul>"
            if behind in self._drawn:
                yield f'<p class="note">{text(_sample(behind, self._drawn[behind]))}</p>'
            if len(behind) > shown:
                yield f'<p class="note">{text(_rest(behind, shown))}</p>'
            if min(len(behind), shown) > ON_PAPER:
                cut = f"On paper {ON_PAPER} of {len(behind)} are listed; the file has more."
                yield f'<p class="note onpaper">{text(cut)}</p>'
            yield "</section>"

    def know(self, ticket: str, number: str, url: str | None) -> None:
        """Remember a ticket that any figure names."""
        if number:
            self.numbers[ticket] = number
        if url:
            self.urls[ticket] = url

    def named(self, ticket: str) -> str:
        """A ticket of which only the host's id is known here, as markup."""
        return self.ticket(ticket, self.numbers.get(ticket, ticket))

    def ticket(self, ticket: str, said: str) -> str:
        """A ticket's name as markup, as a link where its address is known."""
        url = self.urls.get(ticket)
        # Only web addresses become links: what the helpdesk says is not to be run.
        if url is None or not url.startswith(("http://", "https://")):
            return text(said)
        return f'<a href="{text(url)}" rel="noreferrer">{text(said)}</a>'

    def _line(self, each: Behind) -> str:
        name = self.ticket(each.ticket, f"{each.number or each.ticket}")
        title = f"<bdi>{text(each.title)}</bdi> · " if each.title else ""
        what = (
            f"{policy_clock(each.clock, each.instance)}"
            f" {VERDICTS[each.verdict]} {self.look.short(each.decided_at)}"
            f" after {time(each.elapsed)}"
        )
        return f"<li>{name} {title}{text(what)}</li>"


def _sample(behind: Sequence[Behind], number: int) -> str:
    return (
        f"{len(behind)} of {number}, drawn evenly: `slaplugin report --format csv --tickets` lists"
        " them all"
    )


def _rest(behind: Sequence[Behind], shown: int) -> str:
    verdicts = Counter(VERDICTS[each.verdict] for each in behind[shown:])
    listed = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    return (
        f"… and {len(behind) - shown} more ({listed}): `slaplugin report --format csv --tickets`"
        " lists them all"
    )
