"""Is this a place where a person's memories are safe from others?  And how is something made there, for them alone?

Only what others could use is refused, and before anything is made or changed:

- the home, ``memory.db`` or ``config.json`` belongs to another user, or the home can be written by others;
- one of them is a link that leads out of the user's own tree (links within it are how dotfiles are kept), or that
  somebody else made;
- a directory above the home is a link that somebody else made, or one in the user's own tree that leads out of it, to
  where others could put something else. What the system links (`/home`, `/tmp` on macOS) and a disk of one's own are
  fine.

Root in a container often meets a home that belongs to another number on the host. It is accepted where only root
could have put it, that is, in a directory that belongs to root; what root makes there belongs to the home's owner.
On Windows, profiles are private already and files have no such modes: nothing is checked there.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from neural_memory.errors import UnsafePlaceError

POSIX = os.name == "posix"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def check_home(folder: Path) -> None:
    """Raise `UnsafePlaceError` if memories should not be kept in this home, which may not exist yet."""
    if reason := trouble_with_home(folder):
        raise UnsafePlaceError(reason)


def trouble_with_home(folder: Path) -> str | None:
    """Why this home is not safe, and what to do about it; None when it is, or is not there yet."""
    if not POSIX:
        return None
    owners = _owners(folder)
    return (
        _made_for_another(folder)
        or _trouble_above(folder)
        or _trouble(folder, owners)
        or _writable_by_others(folder)
        or _trouble(folder / "memory.db", owners)
    )


def trouble_with_file(path: Path) -> str | None:
    """The same for one file of a home."""
    return _trouble(path, _owners(path.parent)) if POSIX else None


def make_folder(folder: Path) -> None:
    """Make a directory, and those above it that are missing, for their owner only, whatever the umask."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    if missing:
        _own(folder, PRIVATE_FOLDER)


def create(path: Path) -> int:
    """Make a file that must not be there yet, for its owner only, whatever the umask; an open handle comes back.

    Raises FileExistsError where anything is, a link that leads nowhere included.
    """
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    if POSIX:
        _own(path, PRIVATE_FILE)
    return handle


def narrow(path: Path) -> None:
    """Take away what others may do with a file of ours; one that is not ours is left alone."""
    if not POSIX:
        return
    try:
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o077:
            path.chmod(stat.S_IMODE(found.st_mode) & ~0o077)
    except OSError:  # read-only disks and the like: it works on as it is, and `doctor` says so
        return


# -- reasons -------------------------------------------------------------------------------------------------------


def _made_for_another(folder: Path) -> str | None:
    """With sudo, a home that is made now would lock its user out."""
    if os.geteuid() != 0 or folder.exists() or "SUDO_UID" not in os.environ:
        return None
    above = next(each for each in folder.parents if each.exists())
    if above.stat().st_uid == 0:
        return None
    return f"{folder} would belong to root and lock out {_name(above.stat().st_uid)}; run it without sudo"


def _owners(folder: Path) -> set[int]:
    """Whom the things of this home may belong to: us, and, if we are root, whom root gave it to."""
    me = os.geteuid()
    try:
        above, found = folder.absolute().parent.stat(), folder.stat()
    except OSError:
        return {me}
    only_root_put_it_there = above.st_uid == 0 and not above.st_mode & 0o022
    return {me, found.st_uid} if me == 0 and "SUDO_UID" not in os.environ and only_root_put_it_there else {me}


def _trouble(path: Path, owners: set[int]) -> str | None:
    """Is it somebody else's, or a link to where it should not be?"""
    try:
        itself = path.lstat()
        if stat.S_ISLNK(itself.st_mode) and (reason := _trouble_with_link(path, itself)):
            return reason
        found = path.stat()
    except OSError:  # it is not there, or cannot even be looked at: opening it will say why
        return None
    if found.st_uid in owners:
        return None
    me = _name(os.geteuid())
    if str(found.st_uid) == os.environ.get("SUDO_UID"):
        advice = "run it without sudo"
    else:
        advice = f"set NEURAL_MEMORY_HOME to a directory of {me}'s, or give it to {me} with chown"
    return f"{path} belongs to {_name(found.st_uid)}, not to {me}; nothing was changed: {advice}"


def _trouble_above(folder: Path) -> str | None:
    """Does a link on the way to the home lead to where others have a hand?"""
    whole = folder.absolute()
    for path in reversed(whole.parents):
        try:
            itself = path.lstat()
        except OSError:  # from here on nothing is there yet
            return None
        if not stat.S_ISLNK(itself.st_mode):
            continue
        # as the kernel does it for links in /tmp: whoever has the directory may put links there
        target = _target(path, itself, {os.geteuid(), 0, path.parent.stat().st_uid})
        if isinstance(target, str):
            return target
        leads_out = _is_in_home(path.parent.resolve()) and not _is_in_home(target)
        if leads_out and (reason := _open_to_others(whole.parent.resolve())):
            return (
                f"{path} is a link to {target}, outside your home directory, and {reason}; nothing was changed: choose "
                f"another home, or, if it is to be there, set NEURAL_MEMORY_HOME={whole.resolve()}"
            )
    return None


def _open_to_others(folder: Path) -> str | None:
    """Who else could put something into a folder, or in the place of it.  A sticky one above keeps each one's own."""
    there = [each for each in (folder, *folder.parents) if each.exists()]
    for each in there:
        found = each.stat()
        who = _writers(found)
        if who and (each == there[0] or not found.st_mode & stat.S_ISVTX):
            return f"{who} can write in {each}"
    return None


def _trouble_with_link(path: Path, itself: os.stat_result) -> str | None:
    target = _target(path, itself, {os.geteuid(), 0})
    if isinstance(target, str):
        return target
    if _is_in_home(target) or _is_in(target, path.parent.resolve()):
        return None
    home = target if target.is_dir() else target.parent
    return (
        f"{path} is a link to {target}, outside your home directory; nothing was changed: remove the link, and if the "
        f"memory is to be kept there, set NEURAL_MEMORY_HOME={home}"
    )


def _target(path: Path, itself: os.stat_result, makers: set[int]) -> Path | str:
    """Where a link leads in the end, or why it is not followed."""
    if itself.st_uid not in makers:
        return f"{path} is a link that {_name(itself.st_uid)} made; nothing was changed: remove it"
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):
        return f"{path} is a link that leads nowhere ({path.readlink()}); nothing was changed: remove it, or mend it"


def _is_in_home(path: Path) -> bool:
    try:
        return _is_in(path, Path.home().resolve())
    except RuntimeError:  # no home directory at all
        return False


def _is_in(path: Path, root: Path) -> bool:
    return root != Path(root.anchor) and path.is_relative_to(root)


def _writable_by_others(folder: Path) -> str | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    who = _writers(found) if stat.S_ISDIR(found.st_mode) else None
    if who is None:
        return None
    return (
        f"{who} can write in {folder} (mode {stat.S_IMODE(found.st_mode):04o}), and so read and change what is "
        f"remembered; nothing was changed: chmod 700 {folder}"
    )


def _writers(found: os.stat_result) -> str | None:
    """Who can write there beside its owner."""
    if found.st_mode & 0o002:
        return "anybody"
    if found.st_mode & 0o020 and not _group_is_only_me(found.st_gid):
        return f"the group {_group(found.st_gid)}"
    return None


def _group_is_only_me(gid: int) -> bool:
    """The group of one's own that many systems give each user."""
    import grp
    import pwd

    try:
        me = pwd.getpwuid(os.geteuid())
        group = grp.getgrgid(gid)
    except KeyError:
        return False
    return group.gr_gid == me.pw_gid and group.gr_name == me.pw_name and set(group.gr_mem) <= {me.pw_name}


def _own(path: Path, mode: int) -> None:
    """Give what was just made the right mode, and, made by root in somebody's home, that home's owner."""
    if not POSIX:
        return
    path.chmod(mode)
    if os.geteuid() == 0:
        above = path.absolute().parent.stat()
        if above.st_uid != 0 and not above.st_mode & 0o022:
            os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the user {uid}"


def _group(gid: int) -> str:
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
