"""Files that are written: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from slaplugin.app.errors import ConfigurationError


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A file beside ``target`` that takes its place when the block has gone well.

    An interrupted or failed block leaves what was there. ConfigurationError where the folder cannot
    be written. The file is readable by its owner alone, as the store is.
    """
    target = target.expanduser().absolute()
    try:
        handle, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise _refused(target, error) from error
    os.close(handle)
    made = Path(name)
    try:
        yield made
        _settle(made)
        made.replace(target)
    except OSError as error:
        raise _refused(target, error) from error
    finally:
        made.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> Path:
    """The whole text in the file, UTF-8 and its line ends as they are, or what was there before.

    As :func:`whole_file`; the file's absolute path.
    """
    with whole_file(target) as made:
        made.write_text(text, encoding="utf-8", newline="")
    return target.expanduser().absolute()


def _refused(target: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{target} cannot be written ({error.strerror}): check that its folder exists and that this"
        " user may write there, or name another file"
    )


def _settle(file: Path) -> None:
    """Have it on the disk before its name is: a power cut leaves the old one or the new one."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
