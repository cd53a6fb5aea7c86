"""Files that a command writes: whole or not at all."""

from __future__ import annotations

from slaplugin.wiring.files import whole_file

__all__ = ["whole_file"]
