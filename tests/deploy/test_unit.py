"""The examples under deploy/ are such that their tools take them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
SYSTEMD = shutil.which("systemd-analyze")
LARGEST_EXPOSURE = 2.0


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists here: verify looks whether it does."""
    text = (DEPLOY / "slaplugin.service").read_text(encoding="utf-8")
    file = tmp_path / "slaplugin.service"
    file.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    return file


@pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze on this machine")
def test_the_unit_is_valid(unit: Path) -> None:
    done = subprocess.run(
        [str(SYSTEMD), "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "slaplugin.service:" not in done.stderr


@pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze on this machine")
def test_the_unit_is_locked_up(unit: Path) -> None:
    done = subprocess.run(
        [str(SYSTEMD), "security", "--offline=true", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for slaplugin.service: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= LARGEST_EXPOSURE


def test_the_service_runs_the_daemon_and_reloads_it() -> None:
    text = (DEPLOY / "slaplugin.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStart=\S+/slaplugin --config \S+ run$", text, re.MULTILINE)
    assert "ExecReload=/bin/kill -HUP $MAINPID" in text


def test_the_container_example_drops_what_it_does_not_need() -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    service = composed["services"]["slaplugin"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    built = (DEPLOY / service["build"]["dockerfile"].removeprefix("deploy/")).read_text()
    assert re.search(r"^USER \d+$", built, re.MULTILINE)
    assert "--require-hashes" in built
