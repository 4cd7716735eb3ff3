"""Which code is a memory anchored to, and what has become of it since?

When a memory is stored in a work tree, what it names and what is there becomes an anchor: a file with the hash of its
content, a symbol in one of these files (or somewhere), a commit, a branch, each with the commit that was checked out.
Later an anchor is compared with what is there now. One that comes from another repository says nothing here: its commit
is unknown.

Looking is cheap enough for every recall: files are compared by time, size and hash, references are read. Git is asked
once at most, for the number of commits; an audit asks it more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from neural_memory.code import git
from neural_memory.code.tree import WorkTree, find
from neural_memory.model import Anchor
from neural_memory.text import kin
from neural_memory.text.code import Named, named
from neural_memory.text.terms import stem

FILE, SYMBOL, COMMIT, BRANCH = "file", "symbol", "commit", "branch"
MOST = 12
"""Anchors of one memory."""
MOST_ASKED = 40
"""Times that git is asked for one audit."""


class Code:
    """The code that is being worked on. folder: the working directory; the tree is looked up when it is needed."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = str(folder)
        self._tree: WorkTree | None = None
        self._counted: dict[tuple[str, str, str], int] = {}  # (HEAD, commit, path) -> commits since
        self._gone: dict[tuple[str, str, str], bool] = {}  # (HEAD, commit, symbol) -> is it nowhere any more?

    def tree(self) -> WorkTree | None:
        """The work tree, if the folder lies in one (it may become one, or stop to be one)."""
        if self._tree is None or self._tree.head() is None:
            self._tree = find(self.folder)
        return self._tree

    def anchors(self, content: str) -> tuple[Anchor, ...]:
        """What a text that is stored now is anchored to."""
        said = named(content)
        if said == Named() or (tree := self.tree()) is None or (head := tree.head()) is None:
            return ()
        files = [path for name in said.files if (path := tree.resolve(name, self.folder))]
        found = [Anchor(FILE, path, head, tree.digest(path)) for path in files]
        could = (*said.branches, *said.files)
        found += [Anchor(BRANCH, name, head, tip) for name in could if (tip := tree.branch(name))]
        found += [Anchor(COMMIT, whole, head) for start in said.commits if (whole := tree.commit(start))]
        for symbol in said.symbols:
            at = next((path for path in files if _stands(symbol, tree.text(path))), None)
            if at is None and kin.is_name(stem(symbol.lower())):
                continue  # PostgreSQL is written like a class, and is none
            found.append(Anchor(SYMBOL, f"{at}:{symbol}" if at else symbol, head))
        return tuple(dict.fromkeys(found))[:MOST]

    def suspect(self, every: Mapping[int, Sequence[Anchor]], *, thoroughly: bool = False) -> dict[int, tuple[str, ...]]:
        """row -> what became of the code its memory is anchored to; what still stands is left out.

        thoroughly: git is asked for each commit and symbol, not once.
        """
        every = {row: anchors for row, anchors in every.items() if anchors}
        if not every or (tree := self.tree()) is None or (head := tree.head()) is None:
            return {}
        known = {commit: tree.commit(commit) is not None for commit in _commits(every)}
        changed: dict[tuple[str, str], None] = {}
        said: dict[int, list[tuple[Anchor, str]]] = defaultdict(list)
        for row, anchors in every.items():
            for anchor in anchors:
                if anchor.commit and known.get(anchor.commit):
                    told = _told(tree, anchor)
                    if told == _CHANGED:
                        changed.setdefault((anchor.commit, anchor.name))
                    if told:
                        said[row].append((anchor, told))
        self._count(tree, head, list(changed), MOST_ASKED if thoroughly else 1)
        if thoroughly:
            self._miss(tree, head, every, known, said)
        return {row: tuple(self._spelled(head, anchor, told) for anchor, told in each) for row, each in said.items()}

    def _count(self, tree: WorkTree, head: str, changed: Sequence[tuple[str, str]], most: int) -> None:
        """Have git count the commits that changed these paths, one call for each commit they are counted from."""
        paths: dict[str, list[str]] = defaultdict(list)
        for commit, path in changed:
            if (head, commit, path) not in self._counted and commit != head:
                paths[commit].append(path)
        for commit in sorted(paths, key=lambda commit: -len(paths[commit]))[:most]:
            counts = git.commits_since(tree, commit, paths[commit])
            self._counted |= {(head, commit, path): counts.get(path, 0) for path in paths[commit]}

    def _miss(
        self,
        tree: WorkTree,
        head: str,
        every: Mapping[int, Sequence[Anchor]],
        known: Mapping[str, bool],
        said: dict[int, list[tuple[Anchor, str]]],
    ) -> None:
        """Have git look for the symbols whose place is not known."""
        loose = [(row, a) for row, anchors in every.items() for a in anchors if a.kind == SYMBOL and ":" not in a.name]
        symbols: dict[str, set[str]] = defaultdict(set)
        for _, anchor in loose:
            if anchor.commit and known.get(anchor.commit):
                symbols[anchor.commit].add(anchor.name)
        for commit, names in list(symbols.items())[:MOST_ASKED]:
            gone = git.absent(tree, commit, sorted(names))
            for row, anchor in loose:
                if anchor.commit == commit and anchor.name in gone:
                    said[row].append((anchor, f"{anchor.name} is gone from the code"))

    def _spelled(self, head: str, anchor: Anchor, told: str) -> str:
        if told != _CHANGED:
            return told
        count = self._counted.get((head, anchor.commit or "", anchor.name), 0)
        since = f" in {count:,} commit{'' if count == 1 else 's'}" if count else ""
        return f"{anchor.name} changed{since} since"


_CHANGED = "changed"


def _commits(every: Mapping[int, Sequence[Anchor]]) -> Iterable[str]:
    return {anchor.commit for anchors in every.values() for anchor in anchors if anchor.commit}


def _told(tree: WorkTree, anchor: Anchor) -> str:
    """What can be said against an anchor without asking git; empty when it stands."""
    if anchor.kind == FILE:
        now = tree.digest(anchor.name)
        return f"{anchor.name} is gone" if now is None else "" if now == anchor.digest or not now else _CHANGED
    if anchor.kind == BRANCH:
        return "" if tree.branch(anchor.name) else f"branch {anchor.name} is gone (merged or deleted)"
    if anchor.kind == COMMIT:
        return "" if tree.commit(anchor.name) else f"commit {anchor.name[:10]} is gone"
    path, _, symbol = anchor.name.rpartition(":")
    if not path or tree.digest(path) is None or _stands(symbol, tree.text(path)):
        return ""  # a file that is gone says so itself
    return f"{symbol} is gone from {path}"


def _stands(symbol: str, text: str) -> bool:
    """Is a symbol, or the last part of a dotted one, in a text as a whole word?"""
    last = re.split(r"\.|::", symbol)[-1]
    return last in text and re.search(rf"(?<!\w){re.escape(last)}(?!\w)", text) is not None
