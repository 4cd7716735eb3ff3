"""Is what looks worth keeping suggested, and nothing stored without somebody's word?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.errors import InputError, NotFoundError
from neural_memory.hooks.answering import answer_with
from neural_memory.text.worth import Turn, worth_keeping
from neural_memory.upkeep.suggest import Noticed

PNPM = "We use pnpm in this repository, not npm."


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Writes a client's record of a session: (role, text or blocks) a turn."""

    def write(*turns: tuple[str, Any], name: str = "session") -> Path:
        file = tmp_path / f"{name}.jsonl"
        lines = [
            {"type": role, "timestamp": "2026-11-01T10:00:00.000Z", "message": {"role": role, "content": content}}
            for role, content in turns
        ]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return file

    return write


def end(brain: Brain, record: Path, session: str = "s1", event: str = "session-end") -> None:
    answer_with(brain, event, {"session_id": session, "transcript_path": str(record)})


def contents(brain: Brain) -> list[str]:
    return [one.content for one in brain.suggestions()]


def test_what_the_user_corrected_is_suggested_and_not_stored(brain: Brain, record: Callable[..., Path]) -> None:
    """With the sentence it came from, the reason, its date; recall knows nothing of it."""
    end(
        brain,
        record(("user", "Add zod."), ("assistant", "I ran npm install."), ("user", f"No, {PNPM[0].lower()}{PNPM[1:]}")),
    )
    (one,) = brain.suggestions()
    assert (one.content, one.kind, one.at) == (PNPM, "fact", "2026-11-01T10:00:00Z")
    assert one.sentence.startswith("No, we use pnpm")
    assert "corrected" in one.reason
    assert brain.stats().memories == 0
    assert not brain.recall("which package manager?")
    assert not brain.audit().total


def test_an_accepted_suggestion_is_a_memory_like_any_other(brain: Brain, record: Callable[..., Path]) -> None:
    """As it is or in other words; it cannot be accepted twice, and does not come again."""
    file = record(("user", f"No, {PNPM}"))
    end(brain, file)
    (one,) = brain.suggestions()
    stored = brain.accept(one.id, content="This repository uses pnpm", tags=["build"])
    assert (stored.content, stored.trust, stored.tags) == ("This repository uses pnpm", "stored", ("build",))
    assert brain.recall("pnpm")
    with pytest.raises(InputError, match="accepted already"):
        brain.accept(one.id)
    with pytest.raises(NotFoundError):
        brain.accept("sug_nobody")
    end(brain, file, session="s2")
    assert brain.suggestions() == []


def test_a_dismissed_suggestion_does_not_come_again(brain: Brain, record: Callable[..., Path]) -> None:
    """Nor does the same in slightly other words; an unknown id dismisses nothing."""
    end(brain, record(("user", f"No, {PNPM}")))
    (one,) = brain.suggestions()
    with pytest.raises(NotFoundError):
        brain.dismiss([one.id, "sug_nobody"])
    assert brain.suggestions()
    assert brain.dismiss([one.id])[0].content == PNPM
    end(
        brain,
        record(("user", "Actually, we use pnpm here in this repository and not npm."), name="other"),
        session="s2",
    )
    assert brain.suggestions() == []


def test_no_word_stays_of_what_was_decided_on(brain: Brain, path: Path, plain: Callable[[str], list[Any]]) -> None:
    """Dismissed or accepted: the words go at once, and with the memory that one became they are out of the file."""
    said = [
        Noticed(f"The {word} is {word} again.", f"Yes, {word}!", "said", tags=(word,)) for word in ("Quuxly", "Zork")
    ]
    first, second = brain.suggest(said)
    brain.forget([brain.accept(first.id).id], for_good=True)
    assert brain.dismiss([second.id]) == [second]
    assert brain.dismiss([second.id]) == []
    assert b"quuxly" not in path.read_bytes().lower()
    assert b"zork" not in path.read_bytes().lower()
    assert plain("SELECT content, sentence, tags FROM suggestions") == [("", "", "[]")]
    assert brain.suggest(said[1:]) == []
    assert next((step.action, step.undoable) for step in brain.log()) == ("dismiss", False)


def test_ends_resumes_and_compactions_do_not_double(brain: Brain, record: Callable[..., Path]) -> None:
    """A session that ends twice, was compacted in between and goes on suggests each thing once."""
    turns = [("user", f"No, {PNPM}")]
    end(brain, record(*turns), event="pre-compact")
    end(brain, record(*turns))
    end(brain, record(*turns))
    turns.append(("user", "We decided to use PostgreSQL for the ledger."))
    end(brain, record(*turns))
    assert sorted(contents(brain)) == ["We decided to use PostgreSQL for the ledger.", PNPM]


def test_what_is_stored_is_not_suggested(brain: Brain, record: Callable[..., Path]) -> None:
    """Also when the assistant stored it in its own words."""
    brain.remember("The repository uses pnpm instead of npm")
    end(brain, record(("user", f"No, {PNPM}")))
    assert brain.suggestions() == []


def test_secrets_are_not_kept_as_suggestions(brain: Brain, record: Callable[..., Path], path: Path) -> None:
    """What holds a password or a key is left out altogether, and not a byte of it is in the file."""
    end(brain, record(("user", "We decided the admin password is hunter2-Zebra!, everywhere.")))
    assert brain.suggestions() == []
    assert b"hunter2" not in path.read_bytes()


def test_one_setting_switches_suggestions_off(path: Path, record: Callable[..., Path]) -> None:
    """suggestions false: sessions end and nothing is noticed."""
    (path.parent / "config.json").write_text('{"suggestions": false}')
    with Brain.open(path) as brain:
        end(brain, record(("user", f"No, {PNPM}")))
        assert brain.suggestions() == []


def test_they_stay_few(brain: Brain, record: Callable[..., Path]) -> None:
    """At most five a session, and no more at all while sixty wait."""
    topics = (
        "alpha bravo",
        "charlie delta",
        "echo foxtrot",
        "golf hotel",
        "india juliet",
        "kilo lima",
        "mike november",
    )
    end(brain, record(*(("user", f"We decided to use {topic} services for everything.") for topic in topics)))
    assert len(brain.suggestions()) == 5
    many = [Noticed(f"word{n}a word{n}b word{n}c", "s", "r") for n in range(100)]
    brain.suggest(many, most=100)
    assert len(brain.suggestions()) == 60


def test_a_cause_counts_when_it_took_long_to_find(brain: Brain, record: Callable[..., Path]) -> None:
    """After several tool calls; not in the first answer, and not when the user said that it was not it."""
    cause = "The root cause was that the exporter sorts rows by a timestamp with second precision."
    calls = [("assistant", [{"type": "tool_use", "id": str(n), "name": "Bash", "input": {}}]) for n in range(5)]
    answer = ("assistant", [{"type": "text", "text": cause}])
    end(brain, record(("user", "why?"), answer, name="quick"), session="quick")
    end(brain, record(("user", "why?"), *calls, answer, ("user", "no, it still fails"), name="wrong"), session="wrong")
    assert brain.suggestions() == []
    end(brain, record(("user", "why?"), *calls, answer, ("user", "great, thanks"), name="right"), session="right")
    assert [(one.content, one.kind) for one in brain.suggestions()] == [(cause, "insight")]


def test_what_is_not_the_users_word_is_not_read(brain: Brain, record: Callable[..., Path], tmp_path: Path) -> None:
    """Tool results, side conversations, summaries, notifications and broken lines."""
    decided = "We decided to use MongoDB for the ledger."
    file = record(
        ("user", [{"type": "tool_result", "tool_use_id": "1", "content": decided}]),
        ("user", f"<task-notification>{decided}</task-notification>"),
        ("assistant", decided),
    )
    message = {"role": "user", "content": decided}
    with file.open("a") as more:
        for flag in ("isSidechain", "isMeta", "isCompactSummary"):
            more.write(json.dumps({"type": "user", flag: True, "message": message}) + "\n")
        more.write('{"broken\n[1]\n"x"\n{"type": "user", "message": 7}\n')
    end(brain, file)
    end(brain, tmp_path / "nowhere.jsonl")
    assert brain.suggestions() == []


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=400)), max_size=6))
def test_any_conversation_can_be_looked_through(said: list[tuple[bool, str]]) -> None:
    """Whatever was typed: what comes out was said, and is neither long nor empty."""
    turns = [Turn(by_user, text, None, 9) for by_user, text in said]
    for one in worth_keeping(turns):
        assert 0 < len(one.content) <= 320


# ---- at the doors


def command(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    started = [sys.executable, "-m", "neural_memory", *arguments]
    return subprocess.run(started, input=given, capture_output=True, text=True, timeout=60)


@pytest.fixture
def waiting(home: Path) -> list[str]:
    """Three suggestions in the user's home; their ids."""
    texts = ("We decided to use PostgreSQL", "The staging host is harbor", "Invoices are rounded half up")
    with Brain.open() as brain:
        return [
            one.id for one in brain.suggest([Noticed(text, text, "a decision of yours", "decision") for text in texts])
        ]


def test_review_lists_accepts_and_dismisses(waiting: list[str]) -> None:
    """In a pipe it lists; with ids it acts; with nothing left it says so, with exit code 1."""
    listed = command("review")
    assert listed.returncode == 0
    assert all(id in listed.stdout for id in waiting)
    assert len(json.loads(command("review", "--json").stdout)["suggestions"]) == 3
    done = command("review", "--accept", waiting[0], "--dismiss", waiting[1]).stdout
    assert "Stored [mem_" in done
    assert "Dismissed 1 suggestion" in done
    assert "PostgreSQL" in command("list").stdout
    assert command("review", "--dismiss-all").returncode == 0
    assert (command("review").returncode, command("list").stdout.count("[mem_")) == (1, 1)


def test_the_assistant_lists_accepts_and_dismisses(waiting: list[str], talk: Callable[..., list[str]]) -> None:
    """Through the tools it has: audit, remember, forget."""
    listed, stored, gone, rest = talk(
        {},
        ("audit", {"suggestions": True}),
        ("remember", {"content": "We use PostgreSQL", "suggestion": waiting[0]}),
        ("forget", {"ids": waiting[1:]}),
        ("audit", {"suggestions": True}),
    )
    assert all(id in listed for id in waiting)
    assert "Stored [mem_" in stored
    assert '"We use PostgreSQL"' in stored
    assert "Dismissed 2 suggestions" in gone
    assert "No suggestion" in rest


def test_a_session_starts_with_a_word_about_them(waiting: list[str]) -> None:
    """One line, also when nothing else is worth telling."""
    given = json.dumps({"session_id": "s", "source": "startup"})
    answer = json.loads(command("hook", "session-start", given=given).stdout)
    text = answer["hookSpecificOutput"]["additionalContext"]
    assert "3 suggestions of what to keep wait" in text
    assert "PostgreSQL" not in text


def test_the_end_of_a_session_does_not_keep_the_client(home: Path, record: Callable[..., Path]) -> None:
    """The hook answers at once; a process of its own looks through the session."""
    with Brain.open() as brain:
        assert contents(brain) == []
    file = record(("user", f"No, {PNPM}"))
    given = json.dumps({"session_id": "s", "transcript_path": str(file), "reason": "other"})
    assert json.loads(command("hook", "session-end", given=given).stdout) == {}
    assert json.loads(command("hook", "session-end", "--now", given=given).stdout) == {}  # waits for the other one
    with Brain.open() as brain:
        assert contents(brain) == [PNPM]
