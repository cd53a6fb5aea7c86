"""Where the starter policies and the example drop-ins are, in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from slaplugin.app.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled(name: Literal["policies", "hooks"]) -> Path:
    """The directory with the shipped starter ``policies`` or example ``hooks``.

    A wheel carries them as ``slaplugin/data/<name>``, a source checkout has them beside the
    package. They are data to copy from, never imported from there.
    """
    candidates = (_PACKAGE / "data" / name, _PACKAGE.parent / name)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise ConfigurationError(
        f"the shipped {name} are missing from this installation (looked in "
        f"{' and '.join(map(str, candidates))}); install slaplugin again"
    )
