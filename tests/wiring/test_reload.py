"""Changed files: taken up whole or not at all, told once, and forgotten once they are mended."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from slaplugin.app.errors import StoreError
from slaplugin.cli.invocation import Invocation
from slaplugin.wiring import Runtime
from slaplugin.wiring.process import Sleeper
from slaplugin.wiring.service import FileDesks
from tests.cli.conftest import POLICY

SETTINGS = """\
url = "https://desk.example.com"
token_file = "bot.token"
poll_interval = "30s"
"""
HOOK = "from slaplugin.hookspecs import hookimpl\n"


@dataclass
class Installed:
    """Settings, policies and hooks in a folder, and the daemon's view of them."""

    folder: Path
    sleeper: Sleeper = field(default_factory=Sleeper)
    told: list[str | None] = field(default_factory=list)
    debounce: float = 0
    now: float = 0
    """Seconds that this machine has been up."""
    desks: FileDesks = field(init=False)

    def __post_init__(self) -> None:
        self.write("slaplugin.toml", SETTINGS)
        self.write("bot.token", "first-token")
        self.write("policies/standard.yaml", POLICY)
        self.write("hooks/ours.py", HOOK)
        self.desks = FileDesks(self.make, self.sleeper, self, self.debounce, lambda: self.now)
        self.desks.current()

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")

    def make(self) -> Runtime:
        invocation = Invocation(str(self.folder / "slaplugin.toml"), {})
        return Runtime(invocation.settings, lambda: invocation.registry)

    def reloaded(self, problem: Exception | None) -> None:
        self.told.append(None if problem is None else str(problem))

    @property
    def token(self) -> str:
        runtime = self.desks.runtime
        secret = runtime.settings.token if runtime else None
        return secret.get_secret_value() if secret else ""


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    root, level = logging.getLogger(), logging.getLogger("slaplugin").level
    handlers = root.handlers[:]
    made = Installed(tmp_path)
    yield made
    made.desks.close()
    root.handlers[:] = handlers
    logging.getLogger("slaplugin").setLevel(level)


BAD: dict[str, tuple[str, str, str]] = {
    "policy": ("policies/standard.yaml", POLICY.replace("4h", "4x"), "standard.yaml"),
    "no yaml": ("policies/standard.yaml", "policies: [", "standard.yaml"),
    "another file": ("policies/more.yaml", "policies: 3", "more.yaml"),
    "hook that is no Python": ("hooks/ours.py", "def broken(:\n", "ours.py"),
    "hook that raises": ("hooks/ours.py", "raise KeyError('no such thing')\n", "ours.py"),
    "hook that ends the process": ("hooks/ours.py", "import sys\nsys.exit(3)\n", "ours.py"),
    "hook that needs what is not there": ("hooks/ours.py", "import no_such_module\n", "ours.py"),
    "no toml": ("slaplugin.toml", SETTINGS + "poll_interval", "slaplugin.toml"),
    "no such setting": ("slaplugin.toml", SETTINGS + "colour = 1\n", "colour"),
    "no url": ("slaplugin.toml", SETTINGS.replace("url", "# url"), "url"),
    "no such channel": ("slaplugin.toml", SETTINGS + '[notify.x]\nkind = "y"\n', "notify.x"),
    "empty token": ("bot.token", "", "token"),
    "token of two words": ("bot.token", "two words", "token"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_once_and_the_old_stays(
    name: str, installed: Installed, caplog: pytest.LogCaptureFixture
) -> None:
    file, text, words = BAD[name]
    before = installed.desks.current()
    good = (
        (installed.folder / file).read_text("utf-8") if (installed.folder / file).exists() else ""
    )
    installed.write(file, text)
    assert installed.desks.renew() is False
    assert installed.desks.current() is before
    assert [words in (told or "") for told in installed.told] == [True]
    assert caplog.text.count("the changed files are not used, the old ones stay in force") == 1
    assert installed.desks.renew() is False
    assert len(installed.told) == 1
    installed.sleeper.reload = True
    assert installed.desks.renew() is False
    assert len(installed.told) == 2
    if good:
        installed.write(file, good)
    else:
        (installed.folder / file).unlink()
    assert installed.desks.renew() is True
    assert installed.desks.current() is not before
    assert installed.told[-1] is None


@pytest.mark.parametrize("gone", ["slaplugin.toml", "policies", "bot.token"])
def test_what_is_suddenly_not_there_changes_nothing(gone: str, installed: Installed) -> None:
    before = installed.desks.current()
    aside = installed.folder.with_name("aside")
    shutil.move(installed.folder / gone, aside)
    assert installed.desks.renew() is False
    assert installed.desks.current() is before
    shutil.move(aside, installed.folder / gone)
    assert installed.desks.renew() is True


def test_policies_that_are_mislaid_are_no_policy_set(installed: Installed) -> None:
    """Clocks without a target would lose their marks on the helpdesk."""
    desk = installed.desks.current()
    with desk.store.tx() as tx:
        tx.save_policy_set(desk.policies.current(), 1_773_057_600)
    installed.write("policies/tests.yaml", "policies: .\ncases: []\n")
    assert installed.desks.renew() is True
    in_force = installed.desks.current()
    (installed.folder / "policies/standard.yaml").rename(installed.folder / "aside.yaml")
    assert installed.desks.renew() is False
    assert installed.desks.current() is in_force
    assert "holds no policy any more, and 2 are in force" in str(installed.told[-1])
    assert "slaplugin pause" in str(installed.told[-1])
    (installed.folder / "aside.yaml").rename(installed.folder / "policies/standard.yaml")
    assert installed.desks.renew() is True


def test_files_that_are_put_there_one_by_one_are_taken_up_together(tmp_path: Path) -> None:
    installed = Installed(tmp_path, debounce=2)
    beside = "policies: [{name: desk, when: {group: VIP Desk}, targets: {resolution: 8h}}]\n"
    parts = {"standard.yaml": POLICY + "\n", "second.yaml": beside}
    for installed.now, (name, text) in enumerate(parts.items(), start=10):
        installed.write(f"policies/{name}", text)
        assert not installed.desks.renew()
    installed.now = 12
    assert not installed.desks.renew()
    installed.now = 13
    assert installed.desks.renew()
    assert (installed.desks.renew(), installed.told) == (False, [None])
    installed.write("policies/second.yaml", beside + "\n")
    installed.sleeper.reload = True
    assert installed.desks.renew()
    installed.desks.close()


def test_a_new_token_is_taken_up_when_its_file_changes(installed: Installed) -> None:
    assert installed.token == "first-token"
    assert installed.desks.renew() is False
    installed.write("bot.token", "another-token")
    assert installed.desks.renew() is True
    assert installed.token == "another-token"


def test_where_it_listens_is_told_to_need_a_new_start(
    installed: Installed, caplog: pytest.LogCaptureFixture
) -> None:
    installed.write("slaplugin.toml", SETTINGS + 'listen = "127.0.0.1:8711"\n')
    assert installed.desks.renew() is True
    assert "listen takes effect when slaplugin is started anew" in caplog.text


def test_what_only_hangs_on_the_disk_is_tried_again(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make: Callable[[], Runtime] = installed.make
    before = installed.desks.current()

    def locked() -> Runtime:
        raise StoreError("the store is locked")

    monkeypatch.setattr(installed.desks, "_make", locked)
    installed.write("policies/standard.yaml", POLICY.replace("4h", "2h"))
    assert [installed.desks.renew() for _ in range(3)] == [False] * 3
    assert caplog.text.count("the store is locked") == 1
    assert installed.desks.current() is before
    monkeypatch.setattr(installed.desks, "_make", make)
    assert installed.desks.renew() is True
    assert installed.desks.current() is not before


def test_a_store_that_was_replaced_is_opened_anew(installed: Installed, tmp_path: Path) -> None:
    store = tmp_path / "slaplugin.db"
    installed.desks.renew()
    shutil.copy(store, tmp_path / "copy.db")
    assert installed.desks.renew() is False
    (tmp_path / "copy.db").replace(store)
    assert installed.desks.renew() is True


def test_a_store_that_was_deleted_is_not_made_anew(installed: Installed, tmp_path: Path) -> None:
    store = tmp_path / "slaplugin.db"
    whole = store.read_bytes()
    store.unlink()
    assert installed.desks.renew() is False
    installed.sleeper.reload = True
    assert installed.desks.renew() is False
    assert "not there any more" in str(installed.told[-1])
    assert not store.exists()
    store.write_bytes(whole)
    assert installed.desks.renew() is True
    assert installed.told[-1] is None
