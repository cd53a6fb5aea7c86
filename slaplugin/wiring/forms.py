"""A report in each of its forms, as text that is ready to be written."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slaplugin.app.reporting.report import Report
    from slaplugin.report import Look
    from slaplugin.report.service.statements import Letter


def written(report: Report, form: str, look: Look) -> str:
    """``form`` is one of ``md``, ``html``, ``csv``, ``tickets`` (CSV, too) and ``json``."""
    return _FORMS[form](report, look)


def written_letter(letter: Letter, form: str, look: Look) -> str:
    """One party's statement; ``form`` is one of ``md``, ``html``, ``text`` and ``json``."""
    return _LETTERS[form](letter, look)


def _as_json(made: Report, _: Look) -> str:
    from slaplugin.report.service.document import document

    return _json(document(made))


def _as_markdown(made: Report, look: Look) -> str:
    from slaplugin.report.service.markdown import markdown

    return markdown(made, look)


def _as_page(made: Report, look: Look) -> str:
    from slaplugin.report.service.page import service_page

    return service_page(made, look)


def _as_rows(made: Report, _: Look) -> str:
    from slaplugin.report.service.rows import FIELDS, rows

    return _csv(FIELDS, rows(made))


def _as_tickets(made: Report, _: Look) -> str:
    from slaplugin.report.service.rows import TICKET_FIELDS, ticket_rows

    return _csv(TICKET_FIELDS, ticket_rows(made))


def _letter_json(letter: Letter, _: Look) -> str:
    from slaplugin.report.service.statements import letter_document

    return _json(letter_document(letter))


def _letter_markdown(letter: Letter, _: Look) -> str:
    from slaplugin.report.service.statements import letter_markdown

    return letter_markdown(letter)


def _letter_page(letter: Letter, _: Look) -> str:
    from slaplugin.report.service.statements import letter_page

    return letter_page(letter)


def _letter_text(letter: Letter, look: Look) -> str:
    from slaplugin.report.service.statements import letter_text

    return letter_text(letter, look)


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _csv(names: Iterable[str], found: Iterable[tuple[object, ...]]) -> str:
    from slaplugin.exports import Field, write_csv

    out = io.StringIO()
    write_csv(out, [Field(name) for name in names], found)
    return out.getvalue()


_FORMS: Mapping[str, Callable[[Report, Look], str]] = {
    "md": _as_markdown,
    "html": _as_page,
    "csv": _as_rows,
    "tickets": _as_tickets,
    "json": _as_json,
}
_LETTERS: Mapping[str, Callable[[Letter, Look], str]] = {
    "md": _letter_markdown,
    "html": _letter_page,
    "text": _letter_text,
    "json": _letter_json,
}
