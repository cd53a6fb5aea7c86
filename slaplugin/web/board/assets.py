"""The files beside the pages: styles, script, icon. Served from the package, cached for good."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from slaplugin.report.html_style import PALETTES, STYLE

TYPES = {
    "board.css": "text/css; charset=utf-8",
    "report.css": "text/css; charset=utf-8",
    "board.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def content(name: str) -> bytes:
    """A file of :data:`TYPES`."""
    if name == "report.css":
        return STYLE.encode()
    own = resources.files(__package__).joinpath("static", name).read_bytes()
    return PALETTES.encode() + own if name == "board.css" else own


@cache
def tag(name: str) -> str:
    """Changes with the content."""
    return hashlib.sha256(content(name)).hexdigest()[:16]


def address_of(name: str) -> str:
    """From the root of the pages, with the content's tag: another content, another address."""
    return f"static/{name}?v={tag(name)}"
