"""A report in each of its forms, as text that is ready to be written.

Brings every form with it: import it where a report is made.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping

from slaplugin.app.reporting.report import Report
from slaplugin.exports import Field, write_csv
from slaplugin.report import Look
from slaplugin.report.service.document import document
from slaplugin.report.service.markdown import markdown
from slaplugin.report.service.page import service_page
from slaplugin.report.service.rows import FIELDS, TICKET_FIELDS, rows, ticket_rows
from slaplugin.report.service.statements import (
    Letter,
    letter_document,
    letter_markdown,
    letter_page,
    letter_text,
)


def written(report: Report, form: str, look: Look) -> str:
    """``form`` is one of ``md``, ``html``, ``csv``, ``tickets`` (CSV, too) and ``json``."""
    return _FORMS[form](report, look)


def written_letter(letter: Letter, form: str, look: Look) -> str:
    """One party's statement; ``form`` is one of ``md``, ``html``, ``text`` and ``json``."""
    return _LETTERS[form](letter, look)


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _csv(names: Iterable[str], found: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO()
    write_csv(out, [Field(name) for name in names], found)
    return out.getvalue()


_FORMS: Mapping[str, Callable[[Report, Look], str]] = {
    "md": markdown,
    "html": service_page,
    "csv": lambda report, _: _csv(FIELDS, rows(report)),
    "tickets": lambda report, _: _csv(TICKET_FIELDS, ticket_rows(report)),
    "json": lambda report, _: _json(document(report)),
}
_LETTERS: Mapping[str, Callable[[Letter, Look], str]] = {
    "md": lambda letter, _: letter_markdown(letter),
    "html": lambda letter, _: letter_page(letter),
    "text": letter_text,
    "json": lambda letter, _: _json(letter_document(letter)),
}
