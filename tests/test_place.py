"""A home that others could use is refused before anything is made there, and what is made is its owner's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neural_memory import Brain
from neural_memory.errors import NoFileError, UnsafePlaceError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="files have no such modes there")
root_only = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs files of other users")
NOBODY = 65_534
ANOTHER = 12_345


@pytest.fixture
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of a user's own, without a memory in it."""
    folder = tmp_path / "user"
    folder.mkdir(mode=0o755)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("NEURAL_MEMORY_HOME", raising=False)
    monkeypatch.delenv("SUDO_UID", raising=False)
    return folder


@pytest.fixture
def odd_umask() -> Iterator[Callable[[int], int]]:
    """Sets the umask for this test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@contextmanager
def another_user() -> Iterator[None]:
    """Do something with the rights of somebody else."""
    os.setegid(ANOTHER)
    os.seteuid(ANOTHER)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def refused() -> str:
    """Why the memory of this user is refused."""
    with pytest.raises(UnsafePlaceError) as told, Brain.open() as brain:
        brain.remember("anything")
    return str(told.value)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277, 0o777], ids=oct)
def test_everything_is_private_whatever_the_umask(user_home: Path, odd_umask: Callable[[int], int], mask: int) -> None:
    """Directories 0700, files 0600: the database, its journal while a change runs, the configuration, backups."""
    odd_umask(mask)
    with Brain.open() as brain:
        brain.remember("Deploys happen on Fridays")
        brain.backup()
        with brain._file.database.write() as connection:
            connection.execute("DELETE FROM usage")
            connection.execute("INSERT INTO usage (memory) VALUES (999)")
            home = user_home / ".neural-memory"
            assert (home / "memory.db-journal").exists()
            found = modes(home)
    folders = {".neural-memory", "backups"}
    assert len(found) >= 6
    assert {name: mode for name, mode in found.items() if mode != (0o700 if name in folders else 0o600)} == {}


@pytest.mark.parametrize("mode", [0o777, 0o722, 0o702, 0o1777], ids=oct)
def test_a_home_that_anybody_can_write_is_refused(user_home: Path, mode: int) -> None:
    """With the command that mends it; nothing is made there, and its mode stays."""
    home = user_home / ".neural-memory"
    home.mkdir()
    home.chmod(mode)
    message = refused()
    assert f"chmod 700 {home}" in message
    assert list(home.iterdir()) == []
    assert stat.S_IMODE(home.stat().st_mode) == mode
    home.chmod(0o700)
    with Brain.open() as brain:
        assert brain.remember("anything").created


@root_only
def test_a_home_that_a_group_can_write_is_refused(user_home: Path) -> None:
    """Unless the group is the user's own and has nobody else in it, as many systems set it up."""
    home = user_home / ".neural-memory"
    home.mkdir()
    os.chown(home, -1, ANOTHER)
    home.chmod(0o770)
    assert f"the group {ANOTHER}" in refused()
    os.chown(home, -1, os.getegid())
    with Brain.open() as brain:
        assert brain.remember("anything").created


def test_a_home_that_others_can_only_read_is_used(user_home: Path) -> None:
    """What `mkdir` makes is good enough: the files in it are private all the same."""
    home = user_home / ".neural-memory"
    home.mkdir(mode=0o755)
    with Brain.open() as brain:
        assert brain.remember("anything").created
    assert stat.S_IMODE((home / "memory.db").stat().st_mode) == 0o600


def test_a_file_that_was_copied_here_becomes_private(user_home: Path) -> None:
    """A backup that `cp` brought back under an ordinary umask is closed to others at the next use."""
    with Brain.open() as brain:
        brain.path.chmod(0o644)
    with Brain.open() as brain:
        assert stat.S_IMODE(brain.path.stat().st_mode) == 0o600


# -- links -------------------------------------------------------------------------------------------------------------


def test_a_home_that_is_a_link_out_of_the_users_tree_is_refused(user_home: Path, tmp_path: Path) -> None:
    """The message names the place and the setting that says it openly; nothing is made there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (user_home / ".neural-memory").symlink_to(elsewhere)
    message = refused()
    assert f"NEURAL_MEMORY_HOME={elsewhere}" in message
    assert list(elsewhere.iterdir()) == []


def test_the_place_a_link_leads_to_can_be_named_instead(
    user_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the message says."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(elsewhere))
    with Brain.open() as brain:
        assert brain.remember("anything").created


def test_a_link_within_the_users_tree_is_followed(user_home: Path) -> None:
    """So do those who keep their dotfiles in one directory; backups and repairs go where the file really is."""
    kept = user_home / "dotfiles" / "neural-memory"
    kept.mkdir(mode=0o700, parents=True)
    (user_home / ".neural-memory").symlink_to(kept)
    with Brain.open() as brain:
        brain.remember("anything")
        assert brain.backup().resolve().parent == kept / "backups"
    assert (kept / "memory.db").exists()


@pytest.mark.parametrize("mode", [0o777, 0o1777], ids=oct)
@pytest.mark.parametrize("there", [True, False])
def test_a_link_on_the_way_to_where_others_can_write_is_refused(
    user_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, there: bool
) -> None:
    """Whether the home exists at its end or not: the message names the place that can be said openly."""
    common = tmp_path / "common"
    common.mkdir()
    common.chmod(mode)
    if there:
        (common / "notes").mkdir(mode=0o700)
    (user_home / "link").symlink_to(common)
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(user_home / "link" / "notes"))
    message = refused()
    assert f"anybody can write in {common}" in message
    assert f"NEURAL_MEMORY_HOME={common / 'notes'}" in message
    assert [path.name for path in common.rglob("*")] == (["notes"] if there else [])
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(common / "notes"))
    with Brain.open() as brain:
        assert brain.remember("anything").created


def test_what_lies_above_the_end_of_a_link_on_the_way_counts_too(
    user_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who can put another directory in the place of ours can read it; where each one's own is kept, nobody can."""
    own = tmp_path / "common" / "own"
    own.mkdir(parents=True)
    (user_home / "link").symlink_to(own)
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(user_home / "link" / "deep" / "notes"))
    own.parent.chmod(0o777)
    assert f"anybody can write in {own.parent}" in refused()
    own.parent.chmod(0o1777)
    with Brain.open() as brain:
        assert brain.remember("anything").created
    assert (own / "deep" / "notes" / "memory.db").exists()


def test_a_link_on_the_way_to_a_disk_of_ones_own_is_followed(
    user_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so is a home directory that is itself below a link, as the system may set it up."""
    disk = tmp_path / "disk"
    disk.mkdir(mode=0o755)
    (user_home / "data").symlink_to(disk)
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(user_home / "data" / "notes"))
    with Brain.open() as brain:
        assert brain.remember("anything").created
    (tmp_path / "homes").symlink_to(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "homes" / user_home.name))
    monkeypatch.delenv("NEURAL_MEMORY_HOME")
    with Brain.open() as brain:
        assert brain.remember("anything").created
    assert (user_home / ".neural-memory" / "memory.db").exists()


def test_a_link_on_the_way_that_leads_nowhere_is_told(user_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made at its end."""
    (user_home / "link").symlink_to(user_home / "gone")
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(user_home / "link" / "notes"))
    assert "leads nowhere" in refused()
    assert not (user_home / "gone").exists()


@root_only
def test_a_link_on_the_way_that_another_user_made_is_refused(
    user_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where everybody may put one; who made it could lead it elsewhere tomorrow."""
    common, own = tmp_path / "common", tmp_path / "own"
    common.mkdir()
    common.chmod(0o1777)
    own.mkdir(mode=0o700)
    (common / "link").symlink_to(own)
    os.chown(common / "link", ANOTHER, -1, follow_symlinks=False)
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(common / "link" / "notes"))
    assert f"is a link that the user {ANOTHER} made" in refused()
    assert list(own.iterdir()) == []


def test_a_link_that_leads_nowhere_is_told(user_home: Path) -> None:
    """Nothing is made at its end."""
    (user_home / ".neural-memory").symlink_to(user_home / "gone")
    assert "leads nowhere" in refused()
    assert not (user_home / "gone").exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_database_that_is_a_link_out_of_the_tree_is_refused(user_home: Path, tmp_path: Path, there: bool) -> None:
    """Whether there is something at its end or not: it is neither read nor made."""
    home = user_home / ".neural-memory"
    home.mkdir(mode=0o700)
    victim = tmp_path / "victim.db"
    if there:
        with Brain.open(victim) as brain:
            brain.remember("somebody else's")
    before = victim.read_bytes() if there else None
    (home / "memory.db").symlink_to(victim)
    assert "is a link" in refused()
    assert victim.exists() == there
    assert (victim.read_bytes() if there else None) == before
    assert [path.name for path in home.iterdir()] == ["memory.db"]


def test_a_configuration_out_of_the_tree_is_not_read(user_home: Path, tmp_path: Path) -> None:
    """It is ignored with a warning, as all of a configuration that cannot be used."""
    home = user_home / ".neural-memory"
    home.mkdir(mode=0o700)
    (tmp_path / "theirs.json").write_text('{"recall_limit": 3}')
    (home / "config.json").symlink_to(tmp_path / "theirs.json")
    with Brain.open() as brain:
        assert brain.settings.recall_limit == 10
        [warning] = brain.settings.warnings
    assert "is a link" in warning


# -- other owners ------------------------------------------------------------------------------------------------------


@root_only
@pytest.mark.parametrize("what", ["", "memory.db", "config.json"])
def test_what_belongs_to_another_user_is_not_used(user_home: Path, tmp_path: Path, what: str) -> None:
    """The home and the database are refused with advice, the configuration is ignored; nothing is made or changed."""
    with Brain.open(tmp_path / "warm.db") as brain:  # what is imported late is not readable for everybody everywhere
        brain.remember("anything")
        brain.recall("anything")
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
    home = user_home / ".neural-memory"
    home.mkdir(mode=0o755)
    os.chown(user_home, ANOTHER, ANOTHER)
    os.chown(home, ANOTHER if what else NOBODY, -1)
    if what:
        (home / what).write_bytes(b"")
        (home / what).chmod(0o666)
        os.chown(home / what, NOBODY, -1)
    with another_user():
        if what == "config.json":
            with Brain.open() as brain:
                assert "belongs to" in brain.settings.warnings[0]
                assert brain.remember("anything").created
            return
        message = refused()
    assert f"belongs to nobody, not to the user {ANOTHER}" in message
    assert "NEURAL_MEMORY_HOME" in message
    assert [path.name for path in home.iterdir()] == ([what] if what else [])
    assert not any(path.stat().st_size for path in home.iterdir())


@root_only
def test_with_sudo_nobody_is_locked_out_of_their_memory(user_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root neither makes a home in a user's directory nor uses one: the message says to leave sudo out."""
    os.chown(user_home, ANOTHER, -1)
    monkeypatch.setenv("SUDO_UID", str(ANOTHER))
    assert "without sudo" in refused()
    assert list(user_home.iterdir()) == []
    home = user_home / ".neural-memory"
    home.mkdir(mode=0o700)
    os.chown(home, ANOTHER, -1)
    assert "without sudo" in refused()
    assert list(home.iterdir()) == []


@root_only
def test_root_in_a_container_uses_a_home_of_the_host(
    user_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mount that belongs to another number is used where only root can have put it, and what root makes there
    belongs to its owner; in a directory of that other user it is refused.
    """
    mount = user_home / ".neural-memory"
    mount.mkdir(mode=0o700)
    os.chown(mount, ANOTHER, ANOTHER)
    with Brain.open() as brain:
        brain.remember("anything")
        brain.backup()
    assert {path.stat().st_uid for path in mount.rglob("*")} == {ANOTHER}
    os.chown(user_home, ANOTHER, ANOTHER)
    assert f"belongs to the user {ANOTHER}" in refused()


def test_a_read_makes_nothing(user_home: Path) -> None:
    """Who only wants to look is told that there is nothing, and no directory appears."""
    with pytest.raises(NoFileError, match="none was made"):
        Brain.open(create=False)
    assert list(user_home.iterdir()) == []
