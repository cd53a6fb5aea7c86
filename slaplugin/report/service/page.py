"""The service report as one self-contained page: no network, no script, dark, light, on paper."""

from __future__ import annotations

from collections.abc import Iterator

from slaplugin.app.reporting.further import FurtherSection
from slaplugin.app.reporting.report import Report
from slaplugin.report.charts.style import CHART_STYLE
from slaplugin.report.html import facts, page, table, text
from slaplugin.report.look import Look
from slaplugin.report.service import attained, party, why, work
from slaplugin.report.service.behind import Lists
from slaplugin.report.service.restated import restated
from slaplugin.report.service.satisfaction import satisfaction
from slaplugin.report.service.sections import Section, listed, sectioned
from slaplugin.report.service.style import SERVICE_STYLE
from slaplugin.report.service.wording import heading
from slaplugin.report.times import full


def service_page(report: Report, look: Look) -> str:
    """The whole document."""
    look = look.at(report.provenance.as_of)
    lists = Lists(look)
    body = list(_body(report, lists, look))
    return page(heading(report), body, CHART_STYLE + SERVICE_STYLE)


def _body(report: Report, lists: Lists, look: Look) -> Iterator[str]:
    know_tickets(report, lists)
    yield '<p class="eyebrow">slaplugin service report</p>'
    yield f"<h1>{text(heading(report))}</h1>"
    yield _about(report, look)
    yield from attained.glance(report, lists)
    sections: tuple[Section, ...] = (
        ("attainment", "Attainment", attained.tables(report, lists)),
        ("objectives", "Objectives and credits", attained.objectives(report, lists)),
        *_party(report, lists, look),
        ("causes", "Why clocks were missed", why.causes(report, lists, look)),
        ("pauses", "Pause audit", why.pauses(report, lists, look)),
        ("volumes", "Volumes and backlog", work.volumes(report, lists)),
        ("times", "Times", work.times(report, lists)),
        ("ownership", "Whose hands", work.ownership(report)),
        ("escalations", "Escalations", work.escalations(report, lists)),
        ("satisfaction", "Satisfaction", satisfaction(report, lists, look)),
        ("hours", "Hours of the week", work.hours(report, look)),
        ("closed", "Closed periods", restated(report)),
        *((f"x-{each.name}", each.title, further(each)) for each in report.further),
        ("beside", "In no figure", _beside(report)),
        ("tickets", "Tickets behind the figures", listed(lists)),
        ("glossary", "Glossary", [work.glossary()]),
    )
    yield from sectioned(sections)
    yield _footer(report)


def _party(report: Report, lists: Lists, look: Look) -> Iterator[Section]:
    """What a page about one customer or organization has of its own."""
    if not report.ask.is_whole:
        yield ("open", "Open tickets now", party.open_now(report, lists, look))
        yield ("turns", "Whose turn it was", party.turns(report))
        yield ("outcomes", "Tickets and what became of them", party.outcomes(report, lists, look))


def further(section: FurtherSection) -> Iterator[str]:
    """What a plugin has to say."""
    if section.problem is not None:
        yield f'<p class="held">This section could not be built: {text(section.problem)}</p>'
        return
    rows = (tuple(map(text, row)) for row in section.rows)
    yield table(section.title, section.columns, rows)


def _about(report: Report, look: Look) -> str:
    ask, given = report.ask, report.provenance
    return facts(
        (
            ("From", look.short(ask.since)),
            ("To", look.short(min(ask.until, given.as_of))),
            ("As of", full(given.as_of, look.zone)),
            ("Time zone", ask.zone),
            ("Tickets", given.tickets),
            ("Customer", ask.parties.customer),
            ("Organization", ask.parties.organization),
        )
    )


def _beside(report: Report) -> Iterator[str]:
    said = attained.beside(report)
    if said:
        yield f"<p>{text(said)}</p>"
    left_out = {name: number for name, number in report.metrics.left_out.items() if number}
    if left_out:
        listed = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in left_out.items())
        yield f"<p>Tickets in no volume or time: {text(listed)}.</p>"
    if report.unread:
        rows = (
            f"<li>{text(row.number or row.id)}: {text(row.held or '')}</li>"
            for row in report.unread
        )
        yield f"<p>Held, since they could not be read or judged:</p><ul>{''.join(rows)}</ul>"
    if not (said or left_out or report.unread):
        yield "<p>Nothing was left out.</p>"


def _footer(report: Report) -> str:
    given = report.provenance
    return (
        f"<footer><p>Policy set <code>{text(given.policy_set)}</code>, slaplugin"
        f" {text(given.program)}, head of the audit chain"
        f" <code>{text(given.audit_head or 'none')}</code>: "
        "`slaplugin audit verify --head` with it finds a history that was rewritten since.</p>"
        "</footer>"
    )


def know_tickets(report: Report, lists: Lists) -> None:
    """Numbers and addresses of the tickets, as far as any analysis kept them."""
    for name in (
        *(line.ticket for line in report.lines),
        *(miss.ticket for miss in report.causes.misses),
        *(item.ticket for item in report.pauses.found),
    ):
        lists.know(name.id, name.number, name.url)
    for cell in report.attainment.cells:
        for each in (*cell.behind, *cell.sample):
            lists.know(each.ticket, each.number, None)
    for row in report.rows.values():
        lists.know(row.id, row.number, row.url)
