"""Is what Claude Code remembers by itself read into suggestions, again and again, and left alone?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neural_memory import Brain
from neural_memory.store.suggestions import Suggestion


@pytest.fixture
def claude(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    """A user's folder with all that Claude Code reads and writes; the project is `shop` in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.delenv("NEURAL_MEMORY_PROJECT")
    record = json.dumps({"type": "user", "cwd": str(tmp_path / "shop"), "message": {
        "role": "user", "content": "We decided to keep feature flags in LaunchDarkly."}})  # fmt: skip
    files = {
        ".claude/CLAUDE.md": "# Style\n\n- Prefer early returns over nested conditions\n- Always use pnpm, never npm\n",
        ".claude/rules/testing.md": "---\npaths: tests/**\n---\nWrite one behaviour for each test function.\n",
        "shop/.git/HEAD": "ref: refs/heads/main\n",
        "shop/.git/config": '[remote "origin"]\n\turl = git@github.com:acme/shop.git\n',
        "shop/CLAUDE.md": "Orders live in PostgreSQL, sessions in Redis.\n\nSee @docs/deploy.md and `@docs/no.md`.\n"
        "<!-- neural-memory:begin (x) -->\n- A block of neural-memory itself\n<!-- neural-memory:end -->\n",
        "shop/docs/deploy.md": "## Deploying\n\n- Production is deployed with Argo CD\n\n@../CLAUDE.md\n",
        "shop/docs/no.md": "- This one was only mentioned as code\n",
        "shop/.claude/rules/api.md": "Endpoints return problem details as in RFC 9457.\n",
        ".claude/projects/-x-shop/s1.jsonl": record + "\n",
        ".claude/projects/-x-shop/memory/MEMORY.md": "- [Ledger](ledger.md): where money is\n",
        ".claude/projects/-x-shop/memory/ledger.md": "---\nname: ledger\ndescription: where money is\nmetadata:\n"
        "  type: project\n---\n\nThe ledger service owns all balances, see [[payments]].\n",
        ".claude/projects/-x-shop/memory/terse.md": "---\nname: terse\nmetadata:\n  type: feedback\n---\n"
        "Answers should be terse, without summaries.\n",
        ".claude/projects/-x-shop/memory/key.md": "The key is AKIAIOSFODNN7EXAMPLQ, the password is hunter2-Zeb!\n",
    }  # fmt: skip
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def run(claude: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "neural_memory", "import", "claude", *arguments]
    return subprocess.run(
        command, cwd=claude / "shop", capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


def suggested() -> dict[str, Suggestion]:
    with Brain.open() as brain:
        return {one.content: one for one in brain.suggestions()}


def test_all_of_it_becomes_suggestions(claude: Path) -> None:
    """Notes of files, rules, imports and memory files, each for its project or for everywhere; nothing is stored."""
    told = run(claude)
    assert told.returncode == 0, told.stderr
    found = suggested()
    projects = {content: one.project for content, one in found.items()}
    assert projects == {
        "Style: Prefer early returns over nested conditions": None,
        "Style: Always use pnpm, never npm": None,
        "Write one behaviour for each test function.": None,
        "Orders live in PostgreSQL, sessions in Redis.": "shop",
        "Deploying: Production is deployed with Argo CD": "shop",
        "Endpoints return problem details as in RFC 9457.": "shop",
        "The ledger service owns all balances, see payments.": "shop",
        "Answers should be terse, without summaries.": None,
    }
    assert "~/.claude/CLAUDE.md" in found["Style: Always use pnpm, never npm"].reason
    assert found["Answers should be terse, without summaries."].kind == "preference"
    with Brain.open() as brain:
        assert brain.stats().memories == 0


def test_again_and_again_without_doubles(claude: Path) -> None:
    """A second time there is nothing new; what changed comes; what was dismissed or accepted does not."""
    run(claude)
    with Brain.open() as brain:
        first = brain.suggestions()
        stored = brain.accept(first[0].id)
        brain.dismiss([first[1].id])
    assert stored.source == "import:claude-code"
    assert "0 new suggestions" in run(claude).stdout
    with (claude / "shop" / "CLAUDE.md").open("a") as file:
        file.write("\nThe staging gateway listens on port 9443.\n")
    again = json.loads(run(claude, "--json").stdout)
    assert (again["new"], again["waiting"]) == (1, len(first) - 1)


def test_sessions_only_on_request(claude: Path) -> None:
    """With --transcripts what was decided in old sessions is suggested, too; --dry-run suggests nothing."""
    flags = "We decided to keep feature flags in LaunchDarkly."
    told = run(claude, "--transcripts", "--dry-run").stdout
    assert "Found 10 notes of Claude Code; 9 new suggestions would be made of it, and nothing was kept yet." in told
    assert not suggested()
    run(claude)
    assert flags not in suggested()
    run(claude, "--transcripts")
    assert suggested()[flags].project == "shop"


def test_it_is_only_read(claude: Path) -> None:
    """Not a byte and not a time of Claude's files changes, and no secret of them gets into ours."""
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in claude.rglob("*") if path.is_file()}
    run(claude, "--transcripts")
    assert all((path.read_bytes(), path.stat().st_mtime_ns) == was for path, was in before.items())
    assert b"hunter2" not in Path(os.environ["NEURAL_MEMORY_HOME"], "memory.db").read_bytes()


def test_what_is_left_out_is_named_with_the_reason(claude: Path) -> None:
    """Counted; what somebody would have to store by hand with its place and its beginning, the secrets taken out."""
    with (claude / "shop" / "CLAUDE.md").open("a") as file:
        file.write("\n" + "The orders service writes an outbox table, and a worker reads it. " * 80 + "\n")
    with Brain.open() as brain:
        brain.remember("Write one behaviour for each test function.")
    told = run(claude).stdout
    reasons = ("1 with a secret in it", "1 longer than 4,000 characters", "1 already stored")
    assert all(reason in told for reason in reasons)
    assert "in Claude's memory, key: \"The key is [redacted: AWS access key], the password is" in told
    assert 'in ~/shop/CLAUDE.md: "The orders service writes an outbox' in told
    assert "hunter2" not in told
    found = json.loads(run(claude, "--json").stdout)["left_out"]
    held = next(one for one in found if one["secrets"])
    assert held["secrets"] == ["AWS access key", "password"]
    assert "AKIA" not in held["sentence"]
    assert {one["why"] for one in found} == {
        "with a secret in it", "longer than 4,000 characters", "already stored", "already waiting for review"
    }  # fmt: skip


def test_nothing_to_read_is_said(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Claude Code there is nothing, and that is no error."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "shop").mkdir()
    told = run(tmp_path)
    assert (told.returncode, told.stdout[:17]) == (0, "Nothing was found")


@pytest.mark.parametrize(
    "part", ["<!--", "<!-- neural-memory:begin ", "<!--- ", "[[", "`", "```", "@./", "- ", "#", "* a\n"]
)
def test_no_instruction_file_takes_longer_than_its_length_says(claude: Path, part: str) -> None:
    """Comments that are never closed, brackets, fences: four times the size takes about four times as long."""
    from neural_memory.exchange.claude import noticed

    def cost(size: int) -> float:
        (claude / "shop" / "CLAUDE.md").write_text(part * (size // len(part)))
        started = time.thread_time()
        list(noticed(claude / "shop"))
        return time.thread_time() - started

    cost(1_000)
    assert cost(160_000) < 0.05 + 10 * cost(40_000)


@pytest.mark.skipif(os.name != "posix", reason="pipes as files are POSIX")
@pytest.mark.parametrize(
    "name", ["CLAUDE.md", "rules/x.md", "projects/-x-shop/s2.jsonl", "projects/-x-shop/memory/x.md"]
)
def test_a_pipe_among_its_files_keeps_nobody_waiting(claude: Path, name: str) -> None:
    """What is no plain file says nothing; the rest is read as ever."""
    (claude / ".claude" / name).unlink(missing_ok=True)
    os.mkfifo(claude / ".claude" / name)
    assert run(claude, "--transcripts").returncode == 0
    assert suggested()


def test_a_file_in_another_encoding_is_read_or_named(home: Path, tmp_path: Path) -> None:
    """UTF-8 with its mark and UTF-16 are read; of any other nothing is guessed, and exit code 1 says so."""
    rules = tmp_path / ".claude" / "rules"
    rules.mkdir(parents=True)
    (rules / "bom.md").write_bytes(b"\xef\xbb\xbf# Style\r\n\r\n- Prefer immutable data structures\r\n")
    (rules / "wide.md").write_bytes("- We decided to use PostgreSQL for the café\n".encode("utf-16"))
    (rules / "old.md").write_bytes("- Always greet the café team\n".encode("latin-1"))
    environment = {**os.environ, "CLAUDE_CONFIG_DIR": str(tmp_path / ".claude"), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "neural_memory", "import", "claude", "--json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert (done.returncode, told["new"]) == (1, 2)
    assert list(told["unread"].values()) == ["it is not UTF-8 (Latin-1?): save it as UTF-8"]
    assert next(iter(told["unread"])).endswith("rules/old.md")
    with Brain.open() as brain:
        found = {one.content for one in brain.suggestions()}
    assert found == {"Style: Prefer immutable data structures", "We decided to use PostgreSQL for the café"}
