"""The story, told live: every line of it must be true."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from neural_memory.cli.main import run


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `neural-memory demo` prints in a pipe, from a real process."""
    started = [sys.executable, "-m", "neural_memory", "demo"]
    result = subprocess.run(started, capture_output=True, timeout=60, check=True)
    assert result.stderr == b""
    return result.stdout.decode()


def part(told: str, question: str) -> str:
    """The answer under a question."""
    after = told.split(f"> {question}", 1)[1]
    return re.split(r"\n  > |\n\n", after, maxsplit=1)[0]


def test_it_is_plain_and_short_in_a_pipe(told: str) -> None:
    """No escape codes, and about a hundred lines."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", told)
    assert 70 <= len(told.splitlines()) <= 110


def test_a_new_session_knows_what_was_stored(told: str) -> None:
    """The three questions of the next day are answered by what was said the day before."""
    assert "Bearer token" in part(told, "What do you know about our authentication?")
    assert "PostgreSQL" in part(told, "Which database do we use?")
    assert "functional programming" in part(told, "What are my coding preferences?")


def test_payments_bring_up_all_four_and_what_belongs_to_them(told: str) -> None:
    """What came by association says by which path."""
    answer = part(told, "What do you know about payments?")
    for fact in ("api.payments.example.com", "PAYMENT_API_KEY", "100 requests", "2 decimal places"):
        assert fact in answer
    assert "related, via " in answer


def test_what_was_never_stored_is_not_made_up(told: str) -> None:
    """It says that nothing is stored."""
    assert "Nothing is stored" in part(told, "What is our vacation policy?")


def test_tags_in_the_text_become_tags(told: str) -> None:
    """The content ends before "Tags:"."""
    assert "tagged authentication, admin, security" in told
    assert "1. The admin panel uses a separate auth flow.\n" in told


def test_what_is_forgotten_is_not_recalled_and_leaves_the_file(told: str) -> None:
    """Forgotten, brought back, then wiped: not even its bytes are left."""
    assert "1. " not in part(told, "What about the admin panel?")
    assert "1 memory back" in part(told, "Undo that")
    assert "No, nowhere in its bytes." in part(told, "Is 'admin panel' still in the file?")


def test_the_throw_away_home_is_thrown_away(told: str) -> None:
    """It says where it was, and it is gone."""
    home = re.search(r"The throw-away home is (.*); it is removed now\.", told)
    assert home is not None
    assert not Path(home.group(1)).exists()


def test_keep_keeps_the_home_and_leaves_the_users_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--keep names the home; the user's own memory is never opened."""
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(tmp_path / "mine"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(["demo", "--keep", "--json"]) == 0
    story = json.loads(capsys.readouterr().out)
    assert (Path(story["home"]) / "memory.db").exists()
    assert [scene["title"] for scene in story["scenes"]][:2] == ["The problem", "Storing"]
    assert not (tmp_path / "mine").exists()
