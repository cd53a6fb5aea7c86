"""``demo --keep``: the daemon and its pages go on until Ctrl-C, beside other commands."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cli.conftest import Program


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demo once it watches, and everything it has said until then."""
    program = Program(tmp_path)
    process = subprocess.Popen(
        program.command("demo", "--keep", "--days", "1", "--dir", str(tmp_path / "demo")),
        cwd=tmp_path,
        env=program.clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # A demo that never gets that far must not keep the tests waiting for good.
    guard = threading.Timer(120, process.kill)
    guard.start()
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if "pages and web hooks on" in line:
            break
    yield process, "".join(said)
    guard.cancel()
    process.kill()
    process.communicate()


@pytest.mark.long
def test_the_daemon_goes_on_with_its_pages(
    kept: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, said = kept
    address = re.findall(r"pages and web hooks on (http://\S+)", said)
    assert len(address) == 1, said
    assert requests.get(address[0], timeout=60).status_code == 200
    assert (tmp_path / "demo" / "report.html").stat().st_size > 10_000
    beside = Program(tmp_path, ["--config", str(tmp_path / "demo" / "slaplugin.toml")])
    assert beside.quick("status").code == 0
    process.send_signal(signal.SIGINT)
    last, _ = process.communicate(timeout=120)
    assert (process.returncode, "The demo has ended." in last) == (0, True), last
    assert "Traceback" not in said + last
