"""The door for people at a terminal, driven as people drive it: as a command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from neural_memory import Brain
from neural_memory.cli.main import GROUPS, cli, run
from terminal import on_a_terminal

ROOT = Path(__file__).parent.parent
BEARER = "API uses Bearer tokens with 1-hour expiry"
POSTGRES = "we decided to use PostgreSQL for the main database"
HOSTILE = "red \x1b[31malert\x1b[0m \x9b2J bell \x07 [bold]no markup[/bold] \u202eturned"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own."""
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path / "home"


def command(*arguments: str, given: bytes = b"", **more: Any) -> subprocess.CompletedProcess[bytes]:
    """The real thing, in a process of its own, on pipes."""
    started = [sys.executable, "-m", "neural_memory", *arguments]
    return subprocess.run(started, input=given, capture_output=True, timeout=60, **more)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line, run in this process as `__main__` runs it."""
    code = run(list(arguments))
    output = capsys.readouterr()
    return code, output.out, output.err


def stored(*texts: str, **more: Any) -> list[str]:
    with Brain.open() as brain:
        return [brain.remember(text, **more).id for text in texts]


# ---- a person's day, as processes


def test_what_one_process_stores_another_one_recalls() -> None:
    """Words need no quotes, and the memory is there for the next process."""
    first = command("remember", *BEARER.split(), "-t", "auth,api")
    assert (first.returncode, first.stderr) == (0, b"")
    second = command("recall", "bearer", "tokens")
    assert second.returncode == 0
    assert BEARER in second.stdout.decode()
    assert "tags: auth, api" in second.stdout.decode()


def test_piped_text_is_stored_to_the_letter() -> None:
    """Standard input is one memory; only the newline at its end is not part of it."""
    text = "Größe prüfen:\n  two lines"
    assert command("remember", given=text.encode() + b"\n").returncode == 0
    assert json.loads(command("list", "--json").stdout)["memories"][0]["content"] == text


def test_a_reader_that_goes_away_ends_the_command_silently() -> None:
    """`neural-memory list | head` shows no traceback."""
    with Brain.open() as brain:
        brain.remember_many(f"note number {number} about the weather station {'x' * 500}" for number in range(400))
    started = subprocess.Popen(
        [sys.executable, "-m", "neural_memory", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert started.stdout is not None and started.stderr is not None
    started.stdout.readline()
    started.stdout.close()
    assert started.stderr.read() == b""
    assert started.wait(60) == 0
    started.stderr.close()


def test_text_that_is_not_utf8_is_refused_by_name() -> None:
    """The byte and its place are named, nothing is stored."""
    result = command("remember", "-", given=b"caf\xe9")
    assert result.returncode == 2
    assert result.stderr.decode().startswith("Error: standard input is not UTF-8 text (byte 0xe9 at position 3)")


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX")
def test_what_a_memory_says_never_steers_the_terminal() -> None:
    """On a terminal control characters are spelled out and markup is just text."""
    (id,) = stored(HOSTILE)
    for arguments in (["list"], ["show", id], ["recall", "bell"], ["list", "--json"], ["connections", id]):
        seen = on_a_terminal(*arguments)
        assert "[bold]" in seen or arguments[0] == "connections"
        assert not re.search("\x1b\\[31m|\x9b|\x07|\u202e", seen), arguments


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX")
def test_no_color_leaves_no_escape_codes_even_on_a_terminal() -> None:
    """NO_COLOR is honoured; without it the table is styled."""
    stored(BEARER)
    assert "\x1b[" in on_a_terminal("list")
    assert "\x1b[" not in on_a_terminal("list", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(NO_COLOR="1")


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX")
def test_a_bare_start_on_a_terminal_explains_itself() -> None:
    """It says how to plug it in and where the memories live."""
    seen = on_a_terminal()
    assert "neural-memory setup" in seen
    assert '"args": ["--mcp"]' in seen
    assert "memory.db" in seen


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX")
def test_on_a_terminal_forget_asks_first() -> None:
    """What would go is shown; "n" keeps it, "y" deletes it."""
    stored(BEARER, POSTGRES)
    seen = on_a_terminal("forget", "--mentions", "bearer", typed="n\n")
    assert "Bearer" in seen and "Nothing was forgotten" in seen
    seen = on_a_terminal("forget", "--mentions", "bearer", typed="y\n")
    assert "Forgot 1 memory" in seen
    with Brain.open() as brain:
        assert [memory.content for memory in brain.audit().memories] == [POSTGRES]


@pytest.mark.skipif(sys.platform == "win32", reason="bash is not at home there")
def test_the_shell_completes_commands_even_with_no_stdin() -> None:
    """Shells complete with stdin at /dev/null; that must not start a server instead."""
    script = command("completion", "bash").stdout.decode()
    started = re.search(r"env (.*)\)$", script, re.MULTILINE)
    assert started is not None and started.group(1).endswith("$1 --help")
    words = {"COMP_WORDS": "neural-memory rec", "COMP_CWORD": "1", "_NEURAL_MEMORY_COMPLETE": "bash_complete"}
    result = command("--help", env={**os.environ, **words})
    assert result.stdout.decode().split() == ["plain,recall"]


# ---- exit codes and errors


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        *(
            (command, 1, "there is no memory in")
            for command in (["recall", "xyzzy"], ["audit"], ["list"], ["connections", "xyzzy"], ["undo"], ["stats"])
        ),
        (["forget", "--mentions", "xyzzy", "--yes"], 1, ""),
        (["forget", "--mentions", "xyzzy", "--dry-run"], 1, ""),
        (["forget", "--mentions", "xyzzy"], 1, ""),
        (["redo"], 1, ""),
        (["show", "mem_0000000000"], 1, "there is no memory in"),
        (["remember", "x", "--importance", "1.4"], 2, "importance is 1.4; it must be between 0"),
        (["remember", "x", "--tagg", "y"], 2, "--tag"),
        (["remember", "x", "--kind", "joke"], 2, "'joke' is not one of"),
        (["remember", "x", "--lines", "--replaces", "mem_0000000000"], 2, "use one of the two"),
        (["remember", "--lines", "/no/such/file"], 2, "/no/such/file cannot be read"),
        (["recall"], 2, "Missing argument"),
        (["recal", "x"], 2, "did you mean recall?"),
        (["help", "recal"], 2, "did you mean recall?"),
        (["help", "me", "with", "login"], 2, 'neural-memory recall "help me with login"'),
        (["forget", "--foo"], 2, "No such option '--foo'. See: "),
        (["recall", "x", "--limt", "3"], 2, "'--limit'"),
        (["how", "does", "login", "work"], 2, 'neural-memory recall "how does login work"'),
        (["audit", "--all", "--limit", "3"], 2, "contradict"),
        (["undo", "many"], 2, "'many' is not a valid integer"),
    ],
)
def test_exit_codes_and_errors(
    arguments: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind of failure has its exit code, and one line on stderr that says what to do."""
    got, _, error = said(capsys, *arguments)
    assert got == code
    assert complaint in error
    if complaint:
        assert error.startswith("Error: ") and error.count("\n") == 1


@pytest.mark.parametrize("asked", [(), ("recall",), ("tags", "rename")])
def test_help_is_a_word_too(asked: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Before a command it shows what --help after it does."""
    assert said(capsys, "help", *asked) == said(capsys, *asked, "--help")
    assert "Usage:" in said(capsys, "help", *asked)[1]


def test_a_mistyped_id_is_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    """With a letter wrong, missing or too many, or two of them exchanged; another id altogether is none."""
    stored(BEARER, POSTGRES)
    with Brain.open() as brain:
        id = brain.audit().memories[0].id
    wrong = "z" if id[8] != "z" else "y"
    slips = [id[:8] + wrong + id[9:], id[:6] + id[7:], f"{id}{wrong}", id[:4] + id[4:].upper()]
    if id[9] != id[10]:
        slips.append(id[:9] + id[10] + id[9] + id[11:])
    for slip in slips:
        for arguments in (["show", slip], ["history", slip], ["forget", slip, "--yes"]):
            code, _, error = said(capsys, *arguments)
            assert code == 1
            assert f"id you mean {id}?" in error
    assert "did you mean" not in said(capsys, "show", "mem_0000000000")[2]


def test_a_question_may_come_from_standard_input() -> None:
    """As a text to store may."""
    assert command("remember", "-", given=BEARER.encode()).returncode == 0
    assert b"Bearer" in command("recall", "-", given=b"How do tokens expire?\n").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["recall", "xyzzy"], 1, ""),
        (["audit", "--about", "xyzzy"], 1, ""),
        (["audit"], 0, ""),
        (["list"], 0, ""),
        (["connections", "xyzzy"], 1, ""),
        (["show", "mem_0000000000"], 1, "there is no memory mem_0000000000"),
        (["revise", "mem_0000000000"], 1, "no memory"),
        (["forget"], 2, "give either ids, or a filter"),
        (["recall", "x", "--limit", "0"], 2, "limit is 0"),
    ],
)
def test_finding_nothing_has_its_exit_code(
    arguments: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A question that nothing answers is 1, a list of everything 0, and what cannot be asked so is 2."""
    stored(BEARER)
    got, _, error = said(capsys, *arguments)
    assert got == code
    assert complaint in error


def test_a_configuration_that_is_ignored_is_told_by_every_command(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A note beside the answer; `stats` has it among its lines, once."""
    stored(BEARER)
    (home / "config.json").write_text("{ broken")
    for arguments in (["list"], ["recall", "tokens"], ["remember", POSTGRES]):
        code, out, error = said(capsys, *arguments)
        assert code == 0
        assert "config.json is ignored" in error and "config.json" not in out
    _, out, error = said(capsys, "stats")
    assert "config.json is ignored" in out and not error


def test_reading_makes_no_home(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped --home is told, and no directory is made for it."""
    for command in ("list", "stats", "audit", "recall x", "show mem_x", "forget mem_x", "undo", "backup", "doctor"):
        said(capsys, *command.split())
        assert not home.exists(), command


def test_a_file_that_is_no_memory_is_refused_and_left_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, no traceback, not a byte changed."""
    home.mkdir()
    (home / "memory.db").write_bytes(b"these are somebody's holiday notes\n" * 200)
    code, out, error = said(capsys, "stats")
    assert (code, out) == (3, "")
    assert error.startswith("Error: ") and error.count("\n") == 1
    assert (home / "memory.db").read_bytes().startswith(b"these are")


def test_home_moves_the_memory_for_one_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--home is NEURAL_MEMORY_HOME for this call only."""
    before = os.environ["NEURAL_MEMORY_HOME"]
    assert said(capsys, "--home", str(tmp_path / "other"), "remember", BEARER)[0] == 0
    assert (tmp_path / "other" / "memory.db").exists()
    assert os.environ["NEURAL_MEMORY_HOME"] == before
    assert said(capsys, "recall", "bearer")[0] == 1


# ---- each command


def test_lines_stores_every_line_and_counts_the_new_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Empty lines are skipped and known ones are not stored twice."""
    notes = tmp_path / "notes.txt"
    notes.write_text(f"{BEARER}\n\n{POSTGRES}\n{BEARER}\n", encoding="utf-8")
    code, out, _ = said(capsys, "remember", "--lines", str(notes), "-t", "notes")
    assert (code, out) == (0, "Stored 2 memories; 1 line known already.\n")
    with Brain.open() as brain:
        assert all(memory.tags == ("notes",) for memory in brain.audit().memories)


def test_list_in_a_pipe_is_complete_and_not_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    """Every memory on one line, to its last word: `grep` must find it."""
    stored(*(f"note {number} {'long ' * 300}last{number}word" for number in range(120)))
    _, out, _ = said(capsys, "list")
    assert len(out.splitlines()) == 121
    assert all(f"last{number}word" in out for number in range(120))


def test_an_audit_says_when_there_is_more(capsys: pytest.CaptureFixture[str]) -> None:
    """A page says so, --all shows everything."""
    stored(*(f"rule number {number}" for number in range(5)))
    _, page, _ = said(capsys, "audit", "--mentions", "rule", "--limit", "2")
    assert "5 in all, 1 to 2 shown" in page and "--all" in page
    _, whole, _ = said(capsys, "audit", "--mentions", "rule", "--all")
    assert "5 in all, 1 to 5 shown" in whole


def test_a_filter_delete_in_a_pipe_needs_yes(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can be asked there, so nothing goes without --yes; the message says how to go on."""
    (id,) = stored(BEARER)
    for dangerous in (["--mentions", "bearer"], [id, "--for-good"], ["--mentions", "bearer", "--json"]):
        code, _, error = said(capsys, "forget", *dangerous)
        assert code == 2 and "--yes" in error
    assert said(capsys, "forget", "--mentions", "bearer", "--dry-run")[1].startswith("Would forget 1 memory")
    assert said(capsys, "show", id)[0] == 0
    code, out, _ = said(capsys, "forget", "--mentions", "bearer", "--yes")
    assert code == 0 and out.startswith("Forgot 1 memory") and BEARER in out
    assert said(capsys, "show", id)[0] == 1
    assert said(capsys, "undo")[1].startswith("Took back 1 step")
    assert said(capsys, "show", id)[0] == 0


def test_revise_changes_what_is_given_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """The id stays; an empty tag leaves none."""
    (id,) = stored(BEARER, tags=["auth"], importance=0.7)
    code, out, _ = said(capsys, "revise", id, "--content", "Bearer tokens expire after 30 minutes", "--json")
    assert code == 0
    revised = json.loads(out)
    assert (revised["id"], revised["tags"], revised["importance"]) == (id, ["auth"], 0.7)
    assert json.loads(said(capsys, "revise", id, "-t", "", "--json")[1])["tags"] == []


def test_backup_prints_the_path_of_a_memory_file_that_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The copy is a complete memory."""
    stored(BEARER)
    code, out, _ = said(capsys, "backup", str(tmp_path / "safe"))
    assert code == 0
    with Brain.open(out.strip()) as copy:
        assert copy.recall("bearer")[0].memory.content == BEARER


def test_json_is_one_document_on_every_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json parses, keeps the text to the letter and holds no character a terminal acts on."""
    ids = stored(HOSTILE, BEARER)
    lines = tmp_path / "lines.txt"
    lines.write_text("one more thing\n", encoding="utf-8")
    for arguments in (
        *(["remember", POSTGRES], ["remember", "--lines", str(lines)], ["recall", "bell"], ["recall", "xyzzy"]),
        *(["audit"], ["audit", "--about", "bell"], ["list"], ["show", ids[0]], ["connections", "bell"]),
        *(["revise", ids[1], "--importance", "0.9"], ["forget", ids[1]], ["undo"], ["stats"], ["backup"]),
        *(["completion"], ["completion", "zsh"]),
    ):
        _, out, error = said(capsys, *arguments, "--json")
        json.loads(out)
        assert error == ""
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out), arguments
    assert json.loads(said(capsys, "show", ids[0], "--json")[1])["content"] == HOSTILE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
@pytest.mark.parametrize("asked", ["list", "stats", "recall bearer", "audit", "log"])
def test_output_that_cannot_be_written_is_one_line(asked: str) -> None:
    """A full disk behind `>`: said in a line with exit code 1, and no traceback."""
    stored(BEARER)
    with Path("/dev/full").open("wb") as full:
        started = [sys.executable, "-m", "neural_memory", *asked.split()]
        done = subprocess.run(started, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == ["Error: the output could not be written: No space left on device"]


def test_piped_output_has_no_escape_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain text in a pipe: no colours of ours, no control characters of a memory's."""
    (id,) = stored(HOSTILE, tags=["x"])
    for arguments in (["list"], ["recall", "bell"], ["show", id], ["audit"], ["connections", id], ["stats"]):
        _, out, _ = said(capsys, *arguments)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out), arguments


# ---- help


def all_commands() -> list[tuple[str, click.Command]]:
    return [("neural-memory", cli), *cli.commands.items()]


@pytest.mark.parametrize(("name", "described"), all_commands())
def test_every_command_and_every_option_is_explained(name: str, described: click.Command) -> None:
    """A summary that fits the list of commands, an example, and help for each option."""
    assert described.help is not None
    summary = described.help.strip().splitlines()[0]
    assert described.get_short_help_str(200).rstrip(".") + "." == summary.split(". ")[0].rstrip(".") + "."
    assert re.search(r"\n\s*Examples:\n\s+neural-memory ", described.help), name
    for parameter in described.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


def test_help_names_the_server_and_every_command() -> None:
    """--mcp is handled before the command line, but people look for it here."""
    result: Result = CliRunner().invoke(cli, ["--help"])
    assert "--mcp" in result.output
    for name in cli.commands:
        assert re.search(rf"^  {name} ", result.output, re.MULTILINE)
    assert "..." not in result.output.split("Begin:")[1]


def test_help_puts_every_command_under_a_heading() -> None:
    """In the order a newcomer needs them: how to begin, then how to store and ask."""
    listed = CliRunner().invoke(cli, ["--help"]).output.split("Show this message and exit.")[1]
    assert re.findall(r"^(\S.*):$", listed, re.MULTILINE) == list(GROUPS)
    assert sorted(re.findall(r"^  (\S+) ", listed, re.MULTILINE)) == sorted(cli.commands)


def test_an_answer_names_command_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """What a person is advised to do can be typed; the arguments of tools are for assistants."""
    (older,) = stored("payments is owned by Priya")
    newer = said(capsys, "remember", "payments is now owned by Omar, not Priya, until Friday")[1]
    assert f'neural-memory remember "the same text again" --replaces {older}' in newer
    assert re.search(r"neural-memory revise mem_\w+ --until \d{4}-\d\d-\d\d", newer)
    pairs = said(capsys, "audit", "--contradictory")[1]
    assert "neural-memory forget ID" in pairs
    nothing = [said(capsys, *asked)[1] for asked in (("recall", "zebra"), ("audit", "--about", "zebra"))]
    assert all("neural-memory audit shows what there is" in text for text in nothing)
    assert not re.search("replaces=|valid_until|revise\\(", "".join((newer, pairs, *nothing)))


def test_a_filterless_deletion_is_told_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    """By the names that can be typed."""
    stored(BEARER)
    code, _, complaint = said(capsys, "forget")
    assert code == 2
    assert "--mentions, --tag, --project, --older-than or --expired" in complaint


def test_a_missing_backup_is_told_before_a_missing_yes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody adds --yes only to hear that there is no such file."""
    stored(BEARER)
    assert "no-such.db cannot be read" in said(capsys, "restore", str(tmp_path / "no-such.db"))[2]
    (tmp_path / "other.db").touch()
    assert "restore needs --yes" in said(capsys, "restore", str(tmp_path / "other.db"))[2]


def test_help_imports_neither_the_brain_nor_rich() -> None:
    """What --help does not need is not loaded."""
    loaded = "import sys; from neural_memory.cli.main import run; run(['--help']); print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, timeout=60).stdout
    assert "'click'" in modules
    assert "'rich'" not in modules and "'sqlite3'" not in modules and "'neural_memory.brain'" not in modules


def test_the_reference_is_what_help_says() -> None:
    """docs/cli.md is generated; this fails when somebody changed the help without running it."""
    script = ROOT / "docs" / "make_cli_reference.py"
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
