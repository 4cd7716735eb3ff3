"""Is the file in a good place?  Who owns it and who can read it, what kind of disk it is on, and how full that is."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from neural_memory import place as places
from neural_memory.doctor.patient import Patient
from neural_memory.outcomes import Diagnosis

NETWORK = {
    "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "afpfs", "ncpfs", "9p", "drvfs", "ceph",
    "glusterfs", "lustre", "gpfs", "beegfs", "davfs", "webdav", "vboxsf", "prl_fs", "vmhgfs", "fuse.sshfs",
    "fuse.rclone", "fuse.vmhgfs-fuse", "fuse.glusterfs", "fuse.davfs2", "fuse.s3fs", "macfuse", "osxfuse",
}  # fmt: skip
"""File systems whose locks two machines (or a machine and its guest) do not keep reliably."""
_CLOUD = re.compile(
    r"dropbox|onedrive.*|google ?drive|my drive|icloud.*|mobile documents|com~apple~clouddocs|cloudstorage|nextcloud|"
    r"owncloud|pcloud ?drive|mega|megasync|box|box sync|syncthing|sync|yandex\.disk|seafile",
    re.IGNORECASE,
)
_CLOUD_MARKS = (".stfolder", ".dropbox", ".dropbox.cache", ".owncloudsync.log", ".nextcloudsync.log", ".seafile-data")
LITTLE, TOO_LITTLE = 200_000_000, 10_000_000
"""Bytes of free space."""


def place(patient: Patient) -> Iterator[Diagnosis]:
    """Owner, links, and who may write: what would be refused."""
    if trouble := places.trouble_with_home(patient.home):
        finding, _, advice = trouble.partition("; nothing was changed: ")
        yield Diagnosis("place", "bad", finding, advice)
    elif patient.home.exists():
        yield Diagnosis("place", "ok", f"{patient.home.resolve()} is yours, and nobody else can write there")


def modes(patient: Patient) -> Iterator[Diagnosis]:
    """Can others read what is kept?"""
    if not places.POSIX or not patient.home.is_dir():
        return
    open_to_others = [path for path in _ours(patient.home) if _mode(path) & 0o077]
    if not open_to_others:
        yield Diagnosis("permissions", "ok", "directories 0700, files 0600")
        return
    shown = ", ".join(f"{path.name} {_mode(path):04o}" for path in open_to_others[:5])
    more = f" and {len(open_to_others) - 5} more" if len(open_to_others) > 5 else ""
    advice = "doctor --repair makes them private"
    yield Diagnosis("permissions", "warn", f"others may look: {shown}{more}", advice, lambda: _close(open_to_others))


def writing(patient: Patient) -> Iterator[Diagnosis]:
    """Can anything be stored?  SQLite keeps its journal beside the file while it writes."""
    locked = [path for path in (patient.home, patient.path) if path.exists() and not os.access(path, os.W_OK)]
    if locked:
        finding = f"{locked[0]} cannot be written: questions are answered, and nothing can be stored or put right"
        yield Diagnosis("writing", "warn", finding, "check its permissions, and that its disk is not read-only")


def _ours(home: Path) -> list[Path]:
    """The home, and what we made in it, as far as it is ours to change."""
    paths = [home, home / "config.json", home / "backups", *home.glob("memory*"), *home.glob("backups/memory-*")]
    me = os.geteuid()
    return [path for path in paths if path.exists() and not path.is_symlink() and path.stat().st_uid == me]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _close(paths: list[Path]) -> str:
    for path in paths:
        path.chmod(_mode(path) & 0o700)
    return f"took away what others may do with {len(paths)} of them"


def file_system(patient: Patient) -> Iterator[Diagnosis]:
    """Locks over a network are not to be relied on, and without them two writers ruin a file."""
    where = _nearest(patient.home)
    kind = _file_system(where)
    if kind is None:
        return
    if kind in NETWORK:
        yield Diagnosis(
            "disk",
            "warn",
            f"{where} is on a network file system ({kind}), whose locks may not hold",
            "keep the memory on a local disk (NEURAL_MEMORY_HOME), and back up to this one",
        )
    else:
        yield Diagnosis("disk", "ok", f"a local file system ({kind})")


def _file_system(path: Path) -> str | None:
    """The kind of file system a directory is on; None when that cannot be told here."""
    real = str(path.resolve())
    if os.name == "nt":
        return "smb" if real.startswith("\\\\") else None
    best, kind = "", None
    for mount, type in _mounts():
        inside = real == mount or real.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, type
    return kind


def _mounts() -> Iterator[tuple[str, str]]:
    """(where, kind) of what is mounted."""
    try:
        for line in Path("/proc/mounts").read_text("utf-8", "replace").splitlines():
            parts = line.split(" ")
            yield re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), parts[1]), parts[2]
    except OSError:
        if sys.platform != "darwin":
            return
        listed = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=10, check=False).stdout
        for mounted in re.finditer(r"^.* on (.*) \((\w+)", listed, re.MULTILINE):
            yield mounted[1], mounted[2]


def cloud(patient: Patient) -> Iterator[Diagnosis]:
    """A folder that is synchronised copies the file in the middle of changes, and puts older ones back."""
    real = patient.home.resolve()
    for folder in (real, *real.parents):
        name = folder.name if _CLOUD.fullmatch(folder.name) else None
        mark = next((mark for mark in _CLOUD_MARKS if (folder / mark).exists()), None)
        # A client keeps its marks in the home directory, too; that does not make all of it synchronised.
        if name or (mark and folder != _user_home()):
            yield Diagnosis(
                "cloud",
                "warn",
                f"{folder} looks synchronised ({name or mark}): its copies may overlap with changes",
                "keep the memory outside (NEURAL_MEMORY_HOME), and let `neural-memory backup` write into that folder",
            )
            return


def _user_home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return None


def room(patient: Patient) -> Iterator[Diagnosis]:
    """Free space on the disk."""
    free = shutil.disk_usage(_nearest(patient.home)).free
    size = patient.path.stat().st_size if patient.is_there else 0
    state = "bad" if free < TOO_LITTLE else "warn" if free < max(LITTLE, size) else "ok"
    advice = "" if state == "ok" else "make room: a change needs some, a backup or a repair as much as the file has"
    yield Diagnosis("room", state, f"{free / 1e9:.1f} GB free; the file has {size / 1e6:.1f} MB", advice)


def _nearest(path: Path) -> Path:
    """The path, or what of it exists."""
    return next(each for each in (path, *path.absolute().parents) if each.exists())
