"""``report --statements``: documents for customers, one file each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.output import Answer, note

if TYPE_CHECKING:
    from slaplugin.app.reporting.report import Report
    from slaplugin.report import Look
    from slaplugin.report.service.statements import Letter

_ENDINGS = {"html": "html", "md": "md", "text": "txt", "json": "json"}
_LONGEST_NAME = 80


def write_letters(report: Report, given: Mapping[str, Any], look: Look) -> None:
    """One document on stdout or into a file, several into a folder."""
    from slaplugin.report.service.statements import letters
    from slaplugin.wiring.forms import written_letter

    form = "json" if given["as_json"] else given["form"]
    found, target = letters(report), given["output"]
    if not found:
        note(_nobody(report))
    elif target is None:
        if len(found) > 1:
            raise click.UsageError(
                f"{len(found)} parties have a statement: name a folder with --output, or one party"
                " with --customer or --organization"
            )
        Answer(is_json=form == "json").write(written_letter(found[0], form, look))
    else:
        texts = ((name, written_letter(each, form, look)) for name, each in _named(found))
        _write(target, texts, _ENDINGS[form], alone=len(found) == 1)


def _nobody(report: Report) -> str:
    if not report.commitments:
        return "no statement: no policy has objectives, and so nothing was promised"
    return "no statement: in this time nothing was decided that an objective is about"


def _write(target: Path, texts: Iterable[tuple[str, str]], ending: str, *, alone: bool) -> None:
    from slaplugin.wiring.files import write_text

    if alone and not target.is_dir() and target.suffix:
        for _, text in texts:
            write_text(target, text)
        note(f"wrote {target}")
        return
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{target} is no folder to write into: {error}") from error
    for name, text in texts:
        write_text(target / f"{name}.{ending}", text)
        note(f"wrote {target / name}.{ending}")


def _named(found: Iterable[Letter]) -> Iterator[tuple[str, Letter]]:
    """A file's name for each: the party's, without what file systems or shells mind."""
    taken: set[str] = set()
    for each in found:
        plain = re.sub(r"[^\w.@-]+", "-", f"{each.party} {each.when}").strip("-.")
        name, number = plain[-_LONGEST_NAME:].lstrip("-."), 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain[-_LONGEST_NAME:]}-{number}"
        taken.add(name.casefold())
        yield name, each
