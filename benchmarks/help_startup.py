"""How long ``slaplugin --help`` takes, as a multiple of ``python -c "import click"``.

Both are cold processes; the best of many runs is compared, since the slower ones only say what
else the machine was doing. They alternate, so that a slow phase of the machine meets both.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

RUNS = 20
AIM = 2.5

LAUNCHER = str(Path(__file__).resolve().parent.parent / "cli.py")
HELP = [sys.executable, LAUNCHER, "--help"]
CLICK = [sys.executable, "-c", "import click"]


def seconds(command: list[str]) -> float:
    """Wall time of one cold run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print both times and their ratio."""
    pairs = [(seconds(CLICK), seconds(HELP)) for _ in range(RUNS)]
    click, help_ = (min(times) for times in zip(*pairs, strict=True))
    print(f"python -c 'import click'  {click * 1000:6.1f} ms")
    print(f"slaplugin --help          {help_ * 1000:6.1f} ms")
    print(f"ratio {help_ / click:.2f} (aim: at most {AIM})")


if __name__ == "__main__":
    main()
