"""Memories that speak of code: anchored when they are stored in a work tree, and suspect when that code has changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from neural_memory import Brain, answers
from neural_memory.code.anchors import Code
from neural_memory.code.tree import find
from neural_memory.text.code import named

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
    # Fixed, so that the commits are: a short hash of digits alone is taken for a number.
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
}  # fmt: skip
Git = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A work tree with two files and one commit."""
    root = tmp_path / "shop"
    (root / "src" / "auth").mkdir(parents=True)
    (root / "src" / "auth" / "login.py").write_text("def check_token(token):\n    return token\n")
    (root / "src" / "money.py").write_text("def parse_amount(text):\n    return round(float(text), 2)\n")
    run = git_in(root)
    run("init", "-q", "-b", "main")
    run("add", ".")
    run("commit", "-q", "-m", "First")
    return root


def git_in(root: Path) -> Git:
    def run(*arguments: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *arguments], cwd=root, env={**kept, **IDENTITY}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def git(repository: Path) -> Git:
    """Runs git in the work tree."""
    return git_in(repository)


@pytest.fixture
def brain(tmp_path: Path, repository: Path) -> Iterator[Brain]:
    """A brain that works in the work tree."""
    with Brain.open(tmp_path / "memory.db", code=repository / "src") as opened:
        yield opened


def change(git: Git, root: Path, path: str, text: str) -> None:
    (root / path).write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", f"Change {path}")


def suspicion(brain: Brain, question: str) -> tuple[str, ...]:
    return brain.recall(question)[0].suspect


def test_a_text_names_files_symbols_commits_and_branches() -> None:
    """By their form; words, versions, hosts in URLs and numbers are none of it."""
    said = named(
        "`parse_amount()` in src/money.py:12 and LoginHandler (see ./docs/auth.md#L3) since 3fa9c01 on branch "
        "fix/cents. Version 2.0 of https://example.com/a/b.html, i.e. 1234567, and/or none."
    )
    assert said.files[:2] == ("src/money.py", "docs/auth.md")
    assert said.symbols == ("parse_amount", "LoginHandler")
    assert said.commits == ("3fa9c01",)
    assert said.branches == ("fix/cents",)


def test_a_memory_is_anchored_to_what_it_names_and_is_there(brain: Brain, git: Git) -> None:
    """Paths from the top or the working directory, bare names of tracked files, symbols in them, commits, branches."""
    git("branch", "fix/cents")
    head = git("rev-parse", "HEAD")
    stored = brain.remember(
        f"check_token in login.py and parse_amount in src/money.py were written in {head[:8]}; see branch fix/cents "
        "and src/nowhere.py"
    )
    found = {(anchor.kind, anchor.name): anchor for anchor in stored.anchors}
    assert found.keys() == {
        ("file", "src/auth/login.py"), ("file", "src/money.py"), ("symbol", "src/auth/login.py:check_token"),
        ("symbol", "src/money.py:parse_amount"), ("commit", head), ("branch", "fix/cents"),
    }  # fmt: skip
    assert found["file", "src/money.py"].digest == git("hash-object", "src/money.py")
    assert {anchor.commit for anchor in stored.anchors} == {head}
    assert brain.get(stored.id).anchors == stored.anchors


def test_recall_says_in_how_many_commits_a_file_has_changed(brain: Brain, git: Git, repository: Path) -> None:
    """Also when it changed without a commit, and not when it is as it was."""
    brain.remember("Login checks the token in src/auth/login.py")
    assert suspicion(brain, "login") == ()
    for number in range(3):
        change(git, repository, "src/auth/login.py", f"def check_token(token):\n    return {number}\n")
    change(git, repository, "src/money.py", "def parse_amount(text): ...\n")
    assert suspicion(brain, "login") == ("src/auth/login.py changed in 3 commits since",)
    assert "src/auth/login.py changed in 3 commits since" in answers.recalled("login", brain.recall("login"))
    git("checkout", "-q", "HEAD~4", "--", "src/auth/login.py")
    assert suspicion(brain, "login") == ()
    (repository / "src" / "auth" / "login.py").write_text("something else")
    assert "changed" in suspicion(brain, "login")[0]


def test_recall_says_what_is_gone(brain: Brain, git: Git, repository: Path) -> None:
    """A file, a symbol of a file, a branch."""
    git("branch", "fix/cents")
    brain.remember("Amounts are read by parse_amount in src/money.py")
    brain.remember("The token check lives in src/auth/login.py")
    brain.remember("Rounding is worked on in branch fix/cents")
    change(git, repository, "src/money.py", "def read_money(text): ...\n")
    git("rm", "-q", "src/auth/login.py")
    git("commit", "-q", "-m", "Remove")
    git("branch", "-D", "fix/cents")
    assert set(suspicion(brain, "amounts")) == {
        "src/money.py changed in 1 commit since", "parse_amount is gone from src/money.py",
    }  # fmt: skip
    assert suspicion(brain, "token check") == ("src/auth/login.py is gone",)
    assert suspicion(brain, "rounding") == ("branch fix/cents is gone (merged or deleted)",)


def test_an_audit_lists_what_is_suspect(brain: Brain, git: Git, repository: Path) -> None:
    """With what became of it, together with other conditions; symbols without a file are looked for everywhere."""
    whole = brain.remember("The shop opens at nine; src/auth/login.py stays as it is")
    changed = brain.remember("Amounts are rounded in src/money.py", tags=["money"])
    lost = brain.remember("parse_amount rounds half-even")
    change(git, repository, "src/money.py", "def read_money(text): ...\n")
    page = brain.audit(suspect=True)
    assert {memory.id for memory in page.memories} == {changed.id, lost.id}
    assert page.suspect == {
        changed.id: ("src/money.py changed in 1 commit since",),
        lost.id: ("parse_amount is gone from the code",),
    }
    assert "changed in 1 commit since" in answers.audited(page, answers.conditions(suspect=True))
    assert [memory.id for memory in brain.audit(suspect=True, tags=["money"]).memories] == [changed.id]
    brain.remember("Amounts are rounded in src/money.py")  # said again: it holds for the code as it is now
    assert {memory.id for memory in brain.audit(suspect=True).memories} == {lost.id}
    assert whole.id not in brain.audit(suspect=True).suspect


def test_another_repository_says_nothing_about_it(brain: Brain, git: Git, repository: Path, tmp_path: Path) -> None:
    """What is anchored elsewhere is not called gone here; a clone and a linked work tree are the same repository."""
    stored = brain.remember("Amounts are rounded in src/money.py")
    other = tmp_path / "other"
    other.mkdir()
    run = git_in(other)
    run("init", "-q")
    (other / "a").write_text("a")
    run("add", ".")
    run("commit", "-q", "-m", "Other")
    git("worktree", "add", "-q", str(tmp_path / "linked"))
    git("gc", "-q")
    git_in(tmp_path)("clone", "-q", str(repository), "clone")
    for folder, told in (
        (other, ()),
        (tmp_path / "linked", ("src/money.py is gone",)),
        (tmp_path / "clone", ("src/money.py is gone",)),
    ):
        (folder / "src" / "money.py").unlink(missing_ok=True)
        with Brain.open(brain.path, code=folder) as elsewhere:
            [hit] = elsewhere.recall(stored.id)
            assert hit.suspect == told


@pytest.mark.parametrize("without", ["no git", "no repository", "no commit", "switched off"])
def test_without_a_repository_or_git_there_is_silence(
    tmp_path: Path, repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    """Storing and recalling work all the same."""
    folder = repository
    if without == "no repository":
        folder = tmp_path
    elif without == "no commit":
        folder = tmp_path / "empty"
        folder.mkdir()
        git_in(folder)("init", "-q")
    elif without == "switched off":
        (tmp_path / "config.json").write_text('{"anchors": false}')
    with Brain.open(tmp_path / "memory.db", code=folder) as brain:
        stored = brain.remember("Amounts are rounded in src/money.py by parse_amount")
        assert bool(stored.anchors) == (without == "no git")
        change(git, repository, "src/money.py", "def read_money(text): ...\n")
        if without == "no git":
            monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
        found = suspicion(brain, "amounts")
        assert found == (("src/money.py changed since", "parse_amount is gone from src/money.py") if found else ())
        assert brain.audit(suspect=True).total == bool(found)


def test_git_is_started_once_at_most_for_a_recall_and_not_again_for_the_same(
    brain: Brain, git: Git, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many hits there are, and from however many commits; what was counted is kept as long as HEAD stays."""
    for number in range(5):
        brain.remember(f"Login step {number} lives in src/auth/login.py")
        change(git, repository, "src/auth/login.py", f"step {number}\n")
    log = tmp_path / "calls"
    counting = tmp_path / "bin" / "git"
    counting.parent.mkdir()
    counting.write_text(f'#!/bin/sh\necho . >> {log}\nexec {shutil.which("git")} "$@"\n')
    counting.chmod(0o755)
    monkeypatch.setenv("PATH", f"{counting.parent}{os.pathsep}{os.environ['PATH']}")
    hits = brain.recall("login")
    assert len(hits) == 5
    assert all(hit.suspect for hit in hits)
    assert log.read_text().count(".") == 1


def test_a_hostile_repository_starts_nothing_and_leads_nowhere(tmp_path: Path, repository: Path, git: Git) -> None:
    """Its configuration names programs, its files are links and pipes: nothing of that is run or waited for."""
    marker = tmp_path / "started"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    with Brain.open(tmp_path / "memory.db", code=repository) as brain:
        brain.remember("Amounts are rounded in src/money.py by parse_amount; see evil_symbol")
        change(git, repository, "src/money.py", "changed\n")
        for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.sshCommand", "core.gitProxy"):
            git("config", key, str(script))
        git("config", "core.hooksPath", str(tmp_path))
        git("config", "log.showSignature", "true")
        git("config", "diff.evil.textconv", str(script))
        git("config", "filter.evil.clean", str(script))
        (repository / ".gitattributes").write_text("*.py diff=evil filter=evil\n")
        (repository / "passwd.txt").symlink_to("/etc/passwd")
        os.mkfifo(repository / "pipe.txt")
        assert brain.recall("amounts")[0].suspect
        assert brain.audit(suspect=True).total == 1
        stored = brain.remember("See passwd.txt, pipe.txt, ../memory.db, /etc/passwd and .git/config")
        assert stored.anchors == ()
    assert not marker.exists()


def test_the_hash_and_the_references_are_those_of_git(repository: Path, git: Git) -> None:
    """Loose and packed, detached and on a branch, from any folder inside."""
    tree = find(repository / "src")
    assert tree is not None
    head = git("rev-parse", "HEAD")
    for _ in range(2):
        assert tree.head() == head
        assert tree.branch("main") == head
        assert tree.commit(head[:9]) == head
        assert tree.commit("0" * 9) is None
        git("gc", "-q")
        tree = find(repository)
        assert tree is not None
    git("checkout", "-q", "--detach")
    assert tree.head() == head
    assert tree.digest("src/money.py") == git("hash-object", "src/money.py")
    assert Code(repository).anchors("nothing of code here") == ()


@pytest.mark.parametrize(
    "anchor",
    [
        ["file", "src/money.py", "zz11", "x"],
        ["file", "src/money.py", "z", None],
        ["file", "src/mo\0ney.py", "HEAD", None],
        ["commit", "--output=/tmp/x", "HEAD"],
        ["symbol", {"a": 1}, "HEAD"],
        [["file"], "x" * 5_000, "HEAD"],
    ],
)
def test_an_odd_anchor_of_an_import_or_a_hand_fails_nothing(
    brain: Brain, git: Git, tmp_path: Path, anchor: list[object]
) -> None:
    """What cannot be an anchor is none: recall and audit go on, and say nothing of it."""
    git("gc", "-q")
    anchor = [git("rev-parse", "HEAD") if part == "HEAD" else part for part in anchor]
    made = {"format": "neural-memory", "version": 1, "memories": 1, "whole": False}
    line = {"type": "memory", "content": "The payment tokens expire in an hour", "anchors": [anchor]}
    file = tmp_path / "odd.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in (made, line, {"type": "end", "lines": 2})))
    assert brain.import_from(file).new == 1
    with closing(sqlite3.connect(brain.path)) as connection, connection:
        connection.execute("UPDATE memories SET anchors = ?", (json.dumps([anchor]),))
    assert suspicion(brain, "when do payment tokens expire?") == ()
    assert brain.audit(suspect=True).memories == ()


def packed(name: str) -> bytes:
    """The index of a pack with one object."""
    counts = b"".join(int(byte >= int(name[:2], 16)).to_bytes(4) for byte in range(256))
    return b"\xfftOc\0\0\0\2" + counts + bytes.fromhex(name)


def test_commits_are_found_in_packs_by_how_they_begin(brain: Brain, repository: Path, git: Git) -> None:
    """After git has packed everything, as before; one that begins like another is none of them."""
    for number in range(40):
        git("commit", "-q", "--allow-empty", "-m", str(number))
    commits = git("rev-list", "HEAD").split()
    git("gc", "-q")
    tree = find(repository)
    assert tree
    assert [tree.commit(commit[:12]) for commit in commits] == commits
    assert tree.commit("0" * 12) is None
    (repository / ".git/objects/pack/pack-2.idx").write_bytes(packed(commits[0][:14] + "f" * 26))
    assert tree.commit(commits[0][:12]) is None
    assert tree.commit(commits[0]) == commits[0]


@pytest.mark.parametrize("what", ["zeros", "counts", "cut", "pipe"])
def test_no_pack_is_read_into_memory(brain: Brain, repository: Path, what: str) -> None:
    """An index that is huge, lies about its numbers, is cut off, or is no file costs a few reads."""
    resource = pytest.importorskip("resource")
    folder = repository / ".git" / "objects" / "pack"
    folder.mkdir(exist_ok=True)
    for number in range(8):
        index = folder / f"pack-{number:040d}.idx"
        if what == "pipe":
            os.mkfifo(index)
            continue
        index.write_bytes(
            {"counts": b"\xfftOc\0\0\0\2" + b"\xff" * 1_024, "cut": packed("ab" * 20)[:-5]}.get(what, b"")
        )
        if what != "cut":
            os.truncate(index, 100_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert brain.remember("The bug in src/money.py came with commit abc1234def").anchors
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KB
