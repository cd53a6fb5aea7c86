"""The lines of ``doctor``: what was looked at, whether it is right, and what to do if not."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.report.look import Look


@dataclass(frozen=True, slots=True)
class Check:
    """One line. ``ok`` None: it could not or need not be looked at."""

    name: str
    ok: bool | None
    said: str
    remedy: str = ""
    """What to do; every failure has one."""
    steps: tuple[str, ...] = ()
    """The remedy in single steps for somebody elsewhere; more lines of one are text to copy."""


def checks_json(checks: Sequence[Check]) -> dict[str, Any]:
    """``{ok, checks: [{name, ok, said, remedy, steps}]}``; no steps: an empty list."""
    listed = [
        {
            "name": item.name,
            "ok": item.ok,
            "said": item.said,
            "remedy": item.remedy or None,
            "steps": list(item.steps),
        }
        for item in checks
    ]
    return {"ok": all(item.ok is not False for item in checks), "checks": listed}


def check_text(check: Check, look: Look) -> str:
    """One line, and below it the remedy of a failure."""
    word, role = {True: ("ok", "good"), False: ("FAIL", "bad"), None: ("-", "dim")}[check.ok]
    lead = f"{look.paint(f'{word:<4}', role)} {check.name:<14} "
    indent = " " * 20
    told = textwrap.wrap(look.clean(look.plain(check.said)), max(30, look.width - 20))
    lines = [lead + (told[0] if told else ""), *(indent + line for line in told[1:])]
    if check.remedy and check.ok is not True:
        lines += textwrap.wrap(
            look.clean(look.plain(f"-> {check.remedy}")),
            look.width,
            initial_indent=indent,
            subsequent_indent=indent + "   ",
            break_long_words=False,
        )
    for place, step in enumerate(check.steps, start=1):
        first, *more = (look.clean(look.plain(line)) for line in step.splitlines())
        lines += [f"{indent}{place}. {first}", *(f"{indent}   {line}" for line in more)]
    return "\n".join(lines)
