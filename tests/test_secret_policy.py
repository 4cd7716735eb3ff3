"""What happens to a memory with a secret in it?  Held back, redacted or kept: said each time, never silently."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from neural_memory import Brain, answers
from neural_memory.errors import InputError, SecretError
from neural_memory.model import SecretFound
from secret_samples import Values

TOKEN = Values(7).make("github")
PASSWORD = Values(7).strong()
CONTENT = f"Clone the private repositories with {TOKEN} from CI"


@pytest.fixture
def files_with(path: Path) -> Callable[[str], list[str]]:
    """Names of the files in the home that hold this text."""
    return lambda text: [
        file.name for file in path.parent.rglob("*") if file.is_file() and text.encode() in file.read_bytes()
    ]


def configured(path: Path, policy: str) -> Brain:
    (path.parent / "config.json").write_text(json.dumps({"secrets": policy}))
    return Brain.open(path)


def test_a_secret_is_not_stored_unasked(brain: Brain, files_with: Callable[[str], list[str]]) -> None:
    """By default nothing is stored; the error names what was found and where, and what can be done, not the secret."""
    with pytest.raises(SecretError) as refused:
        brain.remember(CONTENT)
    text = str(refused.value)
    assert "a GitHub token (ghp_…, at character 37 of the content)" in text
    assert 'secrets="redact"' in text
    assert 'secrets="keep"' in text
    assert TOKEN[4:] not in text
    assert brain.audit().total == 0
    assert files_with(TOKEN) == []


def test_a_redacted_secret_is_not_in_the_file(brain: Brain, files_with: Callable[[str], list[str]]) -> None:
    """With redact a note takes its place, the answer says so, and no file ever held it."""
    stored = brain.remember(CONTENT, secrets="redact")
    assert stored.content == "Clone the private repositories with [redacted: GitHub token] from CI"
    assert stored.redacted == ("a GitHub token (ghp_…, at character 37 of the content)",)
    assert brain.recall("how do we clone private repositories?")[0].memory.content == stored.content
    assert files_with(TOKEN) == []


def test_a_secret_is_kept_on_the_users_word(brain: Brain) -> None:
    """With keep it is stored to the letter."""
    assert brain.remember(CONTENT, secrets="keep").content == CONTENT


@pytest.mark.parametrize(
    "given",
    [
        {"content": "a note", "tags": ["ci", TOKEN]},
        {"content": "a note", "project": TOKEN},
        {"content": f"a note. Tags: {TOKEN}"},
    ],
    ids=["tag", "project", "closing tags"],
)
def test_tags_and_projects_are_looked_at_too(
    brain: Brain, given: dict[str, Any], files_with: Callable[[str], list[str]]
) -> None:
    """A secret hides in a tag or a project name no better than in the content."""
    with pytest.raises(SecretError, match=r"GitHub token \(ghp_…"):
        brain.remember(**given)
    assert brain.remember(**given, secrets="redact").redacted
    assert files_with(TOKEN) == []


def test_revising_is_held_to_the_same(brain: Brain) -> None:
    """What is given to revise is looked at; what was there and is not given, is not asked about again."""
    kept = brain.remember(CONTENT, secrets="keep")
    other = brain.remember("The demo login is on the wiki page")
    with pytest.raises(SecretError):
        brain.revise(other.id, content=f"The demo password is {PASSWORD}")
    assert brain.get(other.id).content == "The demo login is on the wiki page"
    assert brain.revise(other.id, content=f"The demo password is {PASSWORD}", secrets="redact").redacted
    assert brain.get(other.id).content == "The demo password is [redacted: password]"
    assert brain.revise(kept.id, importance=0.9).content == CONTENT


@pytest.mark.parametrize("policy", ["ask", "redact", "keep"])
def test_the_setting_holds_when_nothing_is_said(path: Path, policy: str) -> None:
    """`secrets` in config.json is what happens without the argument; the argument goes before it."""
    with configured(path, policy) as brain:
        if policy == "ask":
            with pytest.raises(SecretError):
                brain.remember(CONTENT)
        else:
            assert (TOKEN in brain.remember(CONTENT).content) == (policy == "keep")
        with pytest.raises(SecretError):
            brain.remember(CONTENT + " and elsewhere", secrets="ask")


def test_an_unknown_policy_is_an_error_and_an_unknown_setting_a_warning(path: Path) -> None:
    """In a call it is refused; in config.json it is ignored, and "ask" holds."""
    with configured(path, "whatever") as brain:
        assert brain.settings.secrets == "ask"
        assert any("must be one of ask, redact, keep" in warning for warning in brain.settings.warnings)
        with pytest.raises(InputError, match="must be one of"):
            brain.remember("a note", secrets="maybe")


def test_of_many_only_those_with_a_secret_are_held_back(brain: Brain) -> None:
    """All others are stored, and who is told hears which ones were not."""
    told: list[SecretFound] = []
    items = ["one", CONTENT, "three", f"The password is {PASSWORD}"]
    assert brain.remember_many(items, on_secret=told.append, chunk=3) == 2
    assert [(one.position, one.stored) for one in told] == [(2, False), (4, False)]
    assert {memory.content for memory in brain.audit().memories} == {"one", "three"}


def test_of_many_nothing_is_held_back_silently(brain: Brain) -> None:
    """Without somebody to tell, the call ends in an error that says how many and which; the others are stored."""
    with pytest.raises(
        SecretError, match=r"1 of the items were not stored, all others were. item 2: a GitHub token"
    ) as raised:
        brain.remember_many(["one", CONTENT, "three"])
    assert TOKEN not in str(raised.value)
    assert brain.audit().total == 2


def test_of_many_all_are_stored_when_redacted(brain: Brain) -> None:
    """With redact nothing is held back, and who is told hears what was taken out."""
    told: list[SecretFound] = []
    assert brain.remember_many(["one", CONTENT], secrets="redact", on_secret=told.append) == 2
    assert [(one.position, one.stored) for one in told] == [(2, True)]
    assert not brain.find_secrets()


def test_what_is_stored_already_can_be_looked_through(brain: Brain) -> None:
    """The scan finds the memories with a secret in content or tags, shown without it, and counts all it looked at."""
    brain.remember("nothing in here")
    first = brain.remember(CONTENT, secrets="keep")
    second = brain.remember("tagged", tags=[TOKEN], secrets="keep")
    seen: list[tuple[int, int]] = []
    found = brain.find_secrets(progress=lambda done, total: seen.append((done, total)))
    assert {one.memory.id for one in found if one.memory} == {first.id, second.id}
    assert TOKEN not in repr(found)
    assert seen == [(3, 3)]


def test_a_secret_can_be_taken_out_for_good(brain: Brain, files_with: Callable[[str], list[str]]) -> None:
    """After revise with redact alone no file holds it: no row, index, network, journal or free page."""
    stored = brain.remember(CONTENT, secrets="keep")
    brain.recall("private repositories")
    brain.revise(stored.id, importance=0.7)
    assert files_with(TOKEN)
    after = brain.revise(stored.id, secrets="redact")
    assert (after.id, after.importance) == (stored.id, 0.7)
    assert "[redacted: GitHub token]" in after.content
    brain.recall("private repositories")
    assert files_with(TOKEN) == []
    assert files_with(TOKEN.lower()) == []
    assert not brain.find_secrets()
    with pytest.raises(InputError, match="holds no secret"):
        brain.revise(stored.id, secrets="redact")


def test_a_secret_that_was_revised_away_can_be_taken_out_of_the_past(
    brain: Brain, files_with: Callable[[str], list[str]]
) -> None:
    """It is still in the history until then, and is named as such."""
    stored = brain.remember(CONTENT, secrets="keep")
    revised = brain.revise(stored.id, content="Clone the private repositories with the token from the vault")
    assert "Its history still holds a GitHub token" in answers.revised(revised)
    [exposed] = brain.find_secrets()
    present = brain.get(stored.id)
    assert exposed.memory == present
    assert "before it was revised" in exposed.what[0]
    assert TOKEN not in str(exposed)
    after = brain.revise(stored.id, secrets="redact")
    assert (after.content, after.redacted) == (present.content, exposed.what)
    assert files_with(TOKEN) == []
    assert not brain.find_secrets()
    with pytest.raises(InputError, match="holds no secret"):
        brain.revise(stored.id, secrets="redact")


# ---- at a terminal


def command(home: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neural_memory", "--home", str(home), *arguments],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


def test_the_command_asks_for_an_option_on_a_pipe(tmp_path: Path) -> None:
    """Without a terminal it is refused, and the option that settles it is named."""
    refused = command(tmp_path / "home", "remember", "-", given=CONTENT)
    assert refused.returncode == 2
    assert "a GitHub token (ghp_…, at character 37 of the content)" in refused.stderr
    assert "--secrets redact" in refused.stderr
    assert TOKEN not in refused.stderr + refused.stdout
    redacted = command(tmp_path / "home", "remember", "-", "--secrets", "redact", given=CONTENT)
    assert redacted.returncode == 0
    assert "Taken out before it was stored: a GitHub token (ghp_…" in redacted.stdout


def test_of_many_lines_the_command_names_those_it_held_back(tmp_path: Path) -> None:
    """`--lines` stores the others, names the numbers of the lines, and ends with exit code 2."""
    done = command(tmp_path / "home", "remember", "--lines", given=f"one\n\n{CONTENT}\nfour\n")
    assert done.returncode == 2
    assert done.stdout.splitlines()[0] == "Stored 2 memories."
    assert "Line 3 was not stored: there is a GitHub token" in done.stdout
    assert TOKEN not in done.stdout


def test_the_command_lists_what_holds_a_secret_and_takes_it_out(tmp_path: Path) -> None:
    """`audit --secrets` names each with the command that settles it; afterwards there is nothing left to list."""
    home = tmp_path / "home"
    command(home, "remember", "-", "--secrets", "keep", given=CONTENT)
    listed = command(home, "audit", "--secrets")
    assert listed.returncode == 0
    assert TOKEN not in listed.stdout
    settling = listed.stdout[listed.stdout.index("neural-memory revise") :].split()[1:5]
    assert command(home, *settling).returncode == 0
    nothing = command(home, "audit", "--secrets")
    assert (nothing.returncode, nothing.stdout) == (1, "No password, key or token is recognised in what is stored.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX")
@pytest.mark.parametrize(
    ("answer", "kept"), [("redact", True), ("keep", True), ("no", False), ("R", True), ("k", True), ("n", False)]
)
def test_on_a_terminal_the_command_asks(tmp_path: Path, answer: str, kept: bool) -> None:
    """It says what it found and stores it as it is told, or not at all."""
    import pty

    ours, theirs = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "neural_memory", "--home", str(tmp_path), "remember", CONTENT],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    shown = b""
    with suppress(OSError):  # the end of a terminal
        while chunk := os.read(ours, 10_000):
            shown += chunk
    started.wait(60)
    os.close(ours)
    assert "There is a GitHub token (ghp_…" in shown.decode()
    with Brain.open(tmp_path / "memory.db") as brain:
        contents = [memory.content for memory in brain.audit().memories]
    assert bool(contents) == kept
    if kept:
        assert (contents == [CONTENT]) == answer.startswith("k")
