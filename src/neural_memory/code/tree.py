"""What does a git work tree hold?  Files, references and objects, read from the disk without starting git.

A repository is somebody else's data: only regular files are opened, none of them through a link out of the tree, of
each no more than is needed, and nothing in it can make us wait or start anything.
"""

from __future__ import annotations

import os
import re
import stat
from hashlib import sha1
from pathlib import Path

from neural_memory import bounded
from neural_memory.code import packs

LARGEST = 4_000_000
"""Bytes of the largest file whose content is looked at."""
LARGEST_INDEX = 100_000_000
_START = re.compile(r"[0-9a-f]{4,64}")
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class WorkTree:
    """One checked-out repository. root: its top; git: where this work tree keeps HEAD and its index; common: where all
    of its work trees keep references and objects.
    """

    def __init__(self, root: str, git: str, common: str) -> None:
        self.root, self.git, self.common = root, git, common
        self._digests: dict[tuple[str, int, int], str] = {}  # of files as they were: path, time and size

    # -- references

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        said = bounded.line(os.path.join(self.git, "HEAD"))
        return self.reference(said[5:].strip()) if said.startswith("ref:") else _hash(said)

    def reference(self, name: str) -> str | None:
        """The commit that a full name such as refs/heads/main stands for."""
        if ".." in name or not name.startswith("refs/"):
            return None
        for folder in (self.git, self.common):
            if found := _hash(bounded.line(os.path.join(folder, *name.split("/")))):
                return found
        for line in bounded.text(os.path.join(self.common, "packed-refs"), LARGEST).splitlines():
            commit, _, packed = line.partition(" ")
            if packed == name:
                return _hash(commit)
        return None

    def branch(self, name: str) -> str | None:
        """The commit at the tip of a branch, here or on its remote."""
        for prefix in ("refs/heads/", "refs/remotes/origin/"):
            if found := self.reference(prefix + name):
                return found
        return None

    # -- objects

    def commit(self, start: str) -> str | None:
        """The one object whose hash begins so; None when there is none, or several."""
        if not _START.fullmatch(start):
            return None
        found = {*self._loose(start), *packs.beginning(os.path.join(self.common, "objects", "pack"), start)}
        return found.pop() if len(found) == 1 else None

    def _loose(self, start: str) -> list[str]:
        folder = os.path.join(self.common, "objects", start[:2])
        try:
            names = os.listdir(folder)
        except OSError:
            return []
        return [start[:2] + name for name in names if name.startswith(start[2:]) and _hash(start[:2] + name)]

    # -- files

    def digest(self, path: str) -> str | None:
        """The hash git gives to a file's content; None when there is no such file, "" when it is too large."""
        full = self._inside(path)
        if full is None:
            return None
        try:
            status = os.stat(full)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > LARGEST:
            return ""
        key = full, status.st_mtime_ns, status.st_size
        if key not in self._digests:
            content = bounded.beginning(full, LARGEST)
            self._digests[key] = sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        return self._digests[key]

    def text(self, path: str) -> str:
        """What a file says; empty when it cannot be read."""
        full = self._inside(path)
        return bounded.text(full, LARGEST) if full else ""

    def resolve(self, name: str, folder: str) -> str | None:
        """The path within the tree of a file that a text names, as seen from `folder` or from the top.

        A bare file name is looked for among the tracked files, and taken when it is there once.
        """
        for start in (folder, self.root):
            full = self._inside(os.path.join(start, name))
            if full and os.path.isfile(full):
                return os.path.relpath(full, self.root).replace(os.sep, "/")
        return self._tracked_once(name)

    def _inside(self, path: str) -> str | None:
        """The real path of something in the tree; None when it leads out of it or into .git."""
        if "\0" in path:  # no name of a file at all
            return None
        full = os.path.realpath(os.path.join(self.root, path))
        inside = full.startswith(self.root + os.sep)
        return full if inside and ".git" not in full[len(self.root) :].split(os.sep) else None

    def _tracked_once(self, name: str) -> str | None:
        """The only tracked path that ends with this name. The index holds all paths, each closed by a zero byte."""
        path = os.path.join(self.git, "index")
        if bounded.beginning(path, 8) not in (b"DIRC\0\0\0\2", b"DIRC\0\0\0\3"):  # version 4 shortens its paths
            return None
        index = bounded.beginning(path, LARGEST_INDEX)
        ending = b"/" + name.encode("utf-8", "replace") + b"\0"
        at = index.find(ending)
        if at < 0 or index.find(ending, at + 1) >= 0:
            return None
        start = at
        while start > 0 and at - start < 4096 and index[start - 1] >= 0x20:
            start -= 1
        for begin in range(start, at):  # the bytes before a path may look like letters: its length is among them
            tracked = index[begin : at + len(ending) - 1]
            if begin >= 2 and int.from_bytes(index[begin - 2 : begin]) & 0xFFF == len(tracked):
                return tracked.decode("utf-8", "replace")
        return None


def find(folder: str | Path) -> WorkTree | None:
    """The work tree that a folder lies in, if any."""
    here = os.path.realpath(folder)
    while True:
        link = os.path.join(here, ".git")
        if os.path.isdir(link):
            return _tree(here, link)
        if os.path.isfile(link):  # a linked work tree, or a submodule
            said = bounded.line(link)
            target = os.path.join(here, said[8:].strip()) if said.startswith("gitdir: ") else ""
            return _tree(here, os.path.realpath(target)) if target and os.path.isdir(target) else None
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def _tree(root: str, git: str) -> WorkTree | None:
    shared = bounded.line(os.path.join(git, "commondir"))
    common = os.path.realpath(os.path.join(git, shared)) if shared else git
    return WorkTree(root, git, common) if os.path.isfile(os.path.join(git, "HEAD")) else None


def _hash(text: str) -> str | None:
    """A full hash, of 40 or 64 digits."""
    return text if _HASH.fullmatch(text) else None
