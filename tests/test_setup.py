"""Does one command plug in every client, change nothing else, and take itself out again?  Driven as a command."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural_memory.cli.main import run
from neural_memory.clients import check, entry, files, hook_files, instructions, jsonc, plan, words
from neural_memory.clients.table import CLIENTS, Machine

Said = Callable[..., tuple[int, str, str]]
SNIPPET = '{ "mcpServers": { "neural-memory":'
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and terminals are POSIX")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home without any client, and a PATH without any."""
    folder = tmp_path / "home"
    empty = tmp_path / "bin"
    for made in (folder, empty):
        made.mkdir()
    for name in ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "NEURAL_MEMORY_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("HOME", folder), ("USERPROFILE", folder), ("APPDATA", folder / "AppData"), ("PATH", empty)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Exit code, stdout and stderr of one command line."""

    def ask(*arguments: str) -> tuple[int, str, str]:
        code = run(["setup", *arguments])
        output = capsys.readouterr()
        return code, output.out, output.err

    return ask


def machine(home: Path, system: Any = "linux", **env: str) -> Machine:
    return Machine(system, home, {"PATH": os.environ["PATH"], **env})


def file_of(key: str, home: Path) -> Path:
    """Where this machine has this client's configuration."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
    return CLIENTS[key].file(machine(home, system, APPDATA=str(home / "AppData")))


def install(home: Path, **configurations: str) -> dict[str, Path]:
    """Leave these clients' configuration files in the home."""
    made = {}
    for name, text in configurations.items():
        key = name.replace("_", "-")
        made[key] = file_of(key, home)
        made[key].parent.mkdir(parents=True, exist_ok=True)
        made[key].write_bytes(text.encode())
    return made


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


EXISTING = {
    "claude_code": '{\n  "numStartups": 3,\n  "mcpServers": {\n    "x": {"type": "stdio", "command": "x"}\n  }\n}',
    "claude_desktop": '{"mcpServers":{"x":{"command":"x"}}}',
    "cursor": '{\r\n\t"mcpServers": {\r\n\t}\r\n}\r\n',
    "vscode": '{\n    // a\n    "inputs": [],\n    "servers": {\n        "x": { "command": "x" }, // mine\n    },\n}\n',
    "codex": '# mine\nmodel = "x"  # why\n\n[mcp_servers.x]\ncommand = "x"',
    "gemini": "",
    "windsurf": "\ufeff{}",
    "zed": '// Zed settings\n{\n  "theme": "One", // dark\n  "context_servers": {}\n}\n',
}


# ---- in, again, and out


def test_every_client_gets_the_command_in_its_own_form(home: Path, said: Said) -> None:
    """Absolute path, --mcp, the right table; what was there before is there still."""
    made = install(home, **EXISTING)
    code, out, _ = said("--yes")
    assert code == 0
    for client in CLIENTS.values():
        assert client.title in out
        text = made[client.key].read_bytes().decode("utf-8-sig")
        where = plan.place(client, machine(home), "user", home)
        assert where
        found = where.get(text)
        assert Path(found["command"]).is_absolute()
        assert os.access(found["command"], os.X_OK)
        assert found["args"] == ["--mcp"] or found["args"][-1] == "--mcp"
        assert found.get("type") == ("stdio" if client.key in ("claude-code", "vscode") else None)
        assert "env" not in found
    assert "// mine" in made["vscode"].read_text()
    assert tomllib.loads(made["codex"].read_text())["mcp_servers"]["x"] == {"command": "x"}
    assert made["windsurf"].read_bytes().startswith(files.BOM)
    assert b"\n" not in made["cursor"].read_bytes().replace(b"\r\n", b"")


def test_a_second_run_changes_nothing(home: Path, said: Said) -> None:
    """It says so, needs no --yes, and touches no file."""
    install(home, **EXISTING)
    said("--yes")
    before = everything(home)
    code, out, err = said()
    assert (code, err) == (0, "")
    assert "There is nothing to change." in out
    assert everything(home) == before


def test_taking_it_out_leaves_everything_as_it_was(home: Path, said: Said) -> None:
    """To the byte, copies included, also where a file was made; a client without it is not mentioned."""
    install(home, **EXISTING)
    before = everything(home)
    said("--yes")
    assert everything(home) != before
    code, out, _ = said("--remove", "--yes")
    assert code == 0
    assert everything(home) == before
    assert "taken out" in out
    code, out, _ = said("--remove")
    assert (code, out) == (0, "There is nothing to take out.\n")


def test_a_file_that_was_made_goes_again(home: Path, said: Said) -> None:
    """A client that had no configuration file has none afterwards."""
    (home / ".cursor").mkdir()
    said("--yes")
    assert json.loads((home / ".cursor/mcp.json").read_text())["mcpServers"]["neural-memory"]["args"] == ["--mcp"]
    assert "the file goes" in said("--remove", "--yes")[1]
    assert everything(home) == {}


def test_what_was_changed_since_stays(home: Path, said: Said) -> None:
    """Only our entry goes; another server that was added after it stays, and a copy is kept."""
    made = install(home, cursor=EXISTING["cursor"])["cursor"]
    said("--yes")
    document = json.loads(made.read_text())
    document["mcpServers"]["new"] = {"command": "new"}
    made.write_text(json.dumps(document))
    said("--remove", "--yes")
    assert json.loads(made.read_text()) == {"mcpServers": {"new": {"command": "new"}}}
    assert json.loads(files.backups(made)[0].read_text()) == document


def test_only_the_named_clients_are_touched(home: Path, said: Said) -> None:
    """By their names, titles or commands; an unknown one is refused."""
    made = install(home, cursor="{}", vscode="{}", claude_code="{}")
    assert said("VS Code", "claude", "--yes")[0] == 0
    assert made["cursor"].read_text() == "{}"
    assert "neural-memory" in made["vscode"].read_text()
    assert "neural-memory" in made["claude-code"].read_text()
    code, _, err = said("emacs")
    assert code == 2
    assert "'cursor'" in err


# ---- asking


def test_nothing_is_written_without_an_answer(home: Path, said: Said) -> None:
    """In a pipe it shows what would change and wants --yes; --print is only that."""
    made = install(home, codex=EXISTING["codex"])["codex"]
    code, out, err = said()
    assert code == 2
    assert "+ [mcp_servers.neural-memory]" in out
    assert "--yes" in err
    assert said("--print")[0] == 0
    assert made.read_text() == EXISTING["codex"]
    assert files.backups(made) == []


@POSIX
@pytest.mark.parametrize(("answer", "written"), [("y", True), ("", True), ("n", False)])
def test_on_a_terminal_it_asks(home: Path, answer: str, written: bool) -> None:
    """The diff, one question, and what was done."""
    made = install(home, cursor="{}")["cursor"]
    seen = on_a_terminal(f"{answer}\n", "setup")
    assert "Change the file of Cursor? [Y/n]" in seen
    assert ("neural-memory" in made.read_text()) is written


@POSIX
def test_another_server_of_our_name_is_replaced_only_after_asking(home: Path) -> None:
    """It is shown; the default is to leave it; the other clients are still done."""
    other = {"mcpServers": {"neural-memory": {"command": "npx", "args": ["-y", "neural-thing"]}}}
    made = install(home, cursor=json.dumps(other), windsurf="{}")
    seen = on_a_terminal("\ny\n", "setup")
    assert "another server" in seen
    assert "npx" in seen
    assert json.loads(made["cursor"].read_text()) == other
    assert "neural-memory" in made["windsurf"].read_text()
    on_a_terminal("y\n", "setup", "cursor")
    assert json.loads(made["cursor"].read_text())["mcpServers"]["neural-memory"]["args"] == ["--mcp"]


def test_yes_is_no_word_about_another_server_of_our_name(home: Path, said: Said) -> None:
    """It stays, and the way to replace it is told; taking out leaves it, too."""
    other = {"mcpServers": {"neural-memory": {"command": "npx", "args": ["-y", "neural-thing"]}}}
    made = install(home, cursor=json.dumps(other), windsurf="{}")
    code, out, _ = said("--yes")
    assert code == 1
    assert "left as it is: another server has the name neural-memory there; --replace puts ours in its place" in out
    assert json.loads(made["cursor"].read_text()) == other
    assert "neural-memory" in made["windsurf"].read_text()
    code, out, _ = said("cursor", "--remove", "--yes")
    assert code == 1
    assert "another server" in out
    assert json.loads(made["cursor"].read_text()) == other
    assert said("cursor", "--yes", "--replace")[0] == 0
    assert json.loads(made["cursor"].read_text())["mcpServers"]["neural-memory"]["args"] == ["--mcp"]
    assert said("cursor", "--remove", "--yes")[0] == 0


def on_a_terminal(typed: str, *arguments: str) -> str:
    """What a person sees who types this."""
    import pty

    primary, secondary = pty.openpty()
    command = [sys.executable, "-m", "neural_memory", *arguments]
    with subprocess.Popen(command, stdin=secondary, stdout=secondary, stderr=secondary) as process:
        os.close(secondary)
        os.write(primary, typed.encode())
        seen = b""
        while True:
            try:
                piece = os.read(primary, 4096)
            except OSError:  # Linux says so when the other side is closed
                break
            if not piece:
                break
            seen += piece
        process.wait(60)
    os.close(primary)
    return seen.decode()


def test_an_older_path_of_ours_is_updated_and_the_rest_of_the_entry_stays(home: Path, said: Said) -> None:
    """What the user added to the entry, comments included, is not lost."""
    text = (
        '{ "mcpServers": { "neural-memory": {\n  "command": "/old/bin/neural-memory", // moved\n  "args": ["--mcp"],\n'
        '  "trust": true,\n  "env": {"A": "b"}\n} } }'
    )
    made = install(home, gemini=text)["gemini"]
    command = entry.installed_command()[0]
    assert '-   "command": "/old/bin/neural-memory"' in said("--yes")[1]
    assert made.read_text() == text.replace("/old/bin/neural-memory", command)


def test_the_home_of_the_memory_goes_along(home: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients hand on few variables, so NEURAL_MEMORY_HOME is written down; other variables stay."""
    made = install(home, codex='[mcp_servers.neural-memory]\ncommand = "neural-memory"\nenv = { A = "b" } # mine\n')
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(home / "elsewhere"))
    said("--yes")
    text = made["codex"].read_text()
    found = tomllib.loads(text)["mcp_servers"]["neural-memory"]
    assert found["env"] == {"A": "b", "NEURAL_MEMORY_HOME": str(home / "elsewhere")}
    assert "# mine" in text


# ---- harm that must not happen


@pytest.mark.parametrize(
    ("key", "text", "place"),
    [
        ("cursor", '{\n  "mcpServers": {\n    "x": {}\n    "y": {}\n  }\n}', "line 4, column 5"),
        ("claude_code", '{"a": 1} // c', "line 1, column 10"),
        ("codex", "[a]\nb = \n", "line 2, column 5"),
        ("zed", '{"context_servers": []}', "line 1"),
        ("gemini", '["x"]', "line 1"),
    ],
)
def test_a_broken_file_is_reported_and_left(home: Path, said: Said, key: str, text: str, place: str) -> None:
    """With the place of the mistake, exit code 1, and the other clients are still done."""
    made = install(home, **{key: text, "windsurf": "{}"})
    code, out, _ = said("--yes")
    assert code == 1
    assert place in out
    assert made[key.replace("_", "-")].read_text() == text
    assert "neural-memory" in made["windsurf"].read_text()


def test_what_is_no_text_is_left(home: Path, said: Said) -> None:
    """Neither UTF-16 nor a folder is rewritten."""
    made = install(home, cursor="", windsurf="")
    made["cursor"].write_bytes("{}".encode("utf-16"))
    made["windsurf"].unlink()
    made["windsurf"].mkdir()
    code, out, _ = said("--yes")
    assert code == 1
    assert "not UTF-8" in out
    assert "it is a folder" in out


@POSIX
def test_links_and_modes_are_kept(home: Path, said: Said) -> None:
    """A link into the dotfiles stays a link, the file behind it keeps its mode, and so does the copy beside."""
    dotfiles = home / "dotfiles"
    dotfiles.mkdir()
    real = dotfiles / "codex.toml"
    real.write_text('model = "x"\n')
    real.chmod(0o640)
    link = file_of("codex", home)
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    said("--yes")
    assert link.is_symlink()
    assert "neural-memory" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    [kept] = files.backups(link)
    assert kept.read_text() == 'model = "x"\n'
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert list(dotfiles.iterdir()) == [real]
    said("--yes", "cursor")
    assert stat.S_IMODE(file_of("cursor", home).stat().st_mode) == 0o600


@POSIX
def test_two_names_of_one_file_are_one(home: Path, said: Said) -> None:
    """Many a project has its CLAUDE.md as a link to AGENTS.md, and one list of servers for two clients."""
    (home / "AGENTS.md").write_text("rules\n")
    (home / "CLAUDE.md").symlink_to("AGENTS.md")
    (home / ".cursor").mkdir()
    (home / ".cursor/mcp.json").symlink_to("../.mcp.json")
    both = ("claude-code", "codex")
    code, out, _ = said(*both, "--instructions", "--project", "--yes")
    assert code == 0
    assert "Claude Code, Codex CLI: set up" in out
    assert (home / "AGENTS.md").read_text().count(words.END) == 1
    assert said("claude-code", "cursor", "--project", "--yes")[0] == 0
    assert json.loads((home / ".mcp.json").read_text())["mcpServers"]["neural-memory"]["command"] == "neural-memory"
    assert said("claude-code", "cursor", "--project", "--remove", "--yes")[0] == 0
    assert said(*both, "--instructions", "--project", "--remove", "--yes")[0] == 0
    assert everything(home) == {"AGENTS.md": b"rules\n", "CLAUDE.md": b"rules\n"}


def test_a_file_that_changes_meanwhile_is_not_overwritten(home: Path) -> None:
    """What a running client wrote after the question is in the file afterwards, as well as our entry."""
    made = install(home, claude_code='{"a": 1}')["claude-code"]
    where = plan.place(CLIENTS["claude-code"], machine(home), "user", home)
    assert where
    planned = plan.add(where, {"command": "c", "args": ["--mcp"]})
    made.write_text('{"a": 2}')
    done = plan.apply(planned)
    assert done.problem is None
    assert json.loads(made.read_text()) == {
        "a": 2,
        "mcpServers": {"neural-memory": {"command": "c", "args": ["--mcp"]}},
    }
    planned = plan.remove(where)
    made.write_text('{"mcpServers": {"neural-memory": {"command": "other"}}}')
    assert "has changed" in (plan.apply(planned).problem or "")
    assert "other" in made.read_text()


def test_the_lock_of_claude_code_is_honoured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it writes, we wait, then give up; a lock that was left behind does not stop us; ours is gone after."""
    monkeypatch.setattr(files, "LOCK_WAIT", 0.05)
    made = install(home, claude_code="{}")["claude-code"]
    lock = made.with_name(".claude.json.lock")
    lock.mkdir()
    where = plan.place(CLIENTS["claude-code"], machine(home), "user", home)
    assert where
    planned = plan.add(where, {"command": "c"})
    assert "another program is writing it" in (plan.apply(planned).problem or "")
    assert made.read_text() == "{}"
    os.utime(lock, (0, 0))
    assert plan.apply(planned).problem is None
    assert not lock.exists()


def test_secrets_of_other_servers_are_not_shown(home: Path, said: Said) -> None:
    """What stands beside a change may be a key."""
    text = '{"mcpServers": {\n  "x": {"env": {"GITHUB_TOKEN": "ghp_1234567890"}}\n}}'
    install(home, cursor=text, windsurf=text.replace("\n", ""))
    _, out, _ = said("--print")
    assert "GITHUB_TOKEN" in out
    assert "ghp_" not in out
    assert "ghp_" not in said("--print", "--json")[1]


# ---- which command


def test_the_command_is_the_script_itself_and_no_shim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the PATH says: a shim of a version manager starts much slower."""
    assert entry.is_shim("/home/u/.pyenv/shims/neural-memory")
    assert entry.is_shim("C:\\Users\\u\\.pyenv\\pyenv-win\\shims\\neural-memory.bat")
    assert entry.is_shim("/home/u/.asdf/shims/neural-memory")
    assert not entry.is_shim("/home/u/.pyenv/versions/3.12.1/bin/neural-memory")
    assert not entry.is_shim("/home/u/.local/share/uv/tools/neural-memory/bin/neural-memory")
    monkeypatch.setattr(sys, "argv", ["/home/u/.pyenv/shims/neural-memory"])
    command = entry.installed_command()
    assert not entry.is_shim(command[0])
    started = subprocess.run([command[0], *command[1:-1], "--version"], capture_output=True, text=True, timeout=60)
    assert "neural-memory" in started.stdout


@pytest.mark.parametrize("folder", [".cache/uv/archive-v0/abc", ".cache/pipx/1234", ".local/pipx/.cache/1234"])
def test_an_environment_that_will_be_thrown_away_is_refused(
    monkeypatch: pytest.MonkeyPatch, said: Said, folder: str
) -> None:
    """uvx and pipx run make one for a single run; a configuration that names it would soon be dead."""
    monkeypatch.setattr(entry, "script", lambda: Path("/home/u") / folder / "bin/neural-memory")
    code, _, err = said("cursor", "--yes")
    assert code == 2
    assert "uv tool install neural-memory" in err


# ---- where


def test_each_system_has_its_own_places(home: Path) -> None:
    """Linux, macOS and Windows; variables that move a client are honoured."""
    mac, win = machine(home, "macos"), machine(home, "windows", APPDATA=r"/c/Roaming")
    linux = machine(
        home, "linux", XDG_CONFIG_HOME="/x", CODEX_HOME="/cx", CLAUDE_CONFIG_DIR="/cl", GEMINI_CLI_HOME="/g"
    )
    files_on = {system: {key: client.file(on).as_posix() for key, client in CLIENTS.items()} for system, on in
                (("mac", mac), ("win", win), ("linux", linux))}  # fmt: skip
    support = f"{home.as_posix()}/Library/Application Support"
    assert files_on["mac"]["claude-desktop"] == f"{support}/Claude/claude_desktop_config.json"
    assert files_on["mac"]["vscode"] == f"{support}/Code/User/mcp.json"
    assert files_on["mac"]["zed"] == f"{home.as_posix()}/.config/zed/settings.json"
    assert files_on["win"]["claude-desktop"] == "/c/Roaming/Claude/claude_desktop_config.json"
    packaged = home / "AppData/Local/Packages/Claude_abc/LocalCache/Roaming/Claude"
    packaged.mkdir(parents=True)
    assert CLIENTS["claude-desktop"].file(win) == packaged / "claude_desktop_config.json"
    assert files_on["win"]["vscode"] == "/c/Roaming/Code/User/mcp.json"
    assert files_on["win"]["zed"] == "/c/Roaming/Zed/settings.json"
    assert files_on["linux"]["zed"] == "/x/zed/settings.json"
    assert files_on["linux"]["codex"] == "/cx/config.toml"
    assert files_on["linux"]["claude-code"] == "/cl/.claude.json"
    assert files_on["linux"]["gemini"] == "/g/.gemini/settings.json"


def test_every_client_is_in_the_documents() -> None:
    """Its name, its title, its table of servers and its project file."""
    page = (Path(__file__).parent.parent / "docs" / "clients.md").read_text("utf-8")
    rows = {row.split("|")[1].strip(" `"): row for row in page.splitlines() if row.startswith("| `")}
    for client in CLIENTS.values():
        row = rows[client.key]
        for said in (client.title, client.key_path[0], client.project or ""):
            assert said in row


def test_no_client_prints_what_to_paste(said: Said) -> None:
    """The snippet of the README, and the whole path in case a client cannot find the command."""
    code, out, _ = said()
    assert code == 1
    assert SNIPPET in out
    assert entry.installed_command()[0] in out
    assert json.loads(said("--json")[1]) == {"changes": []}


def test_a_project_shares_the_bare_command(home: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """No path and no home of one person's machine goes into a shared file."""
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(home / "mine"))
    project = home / "project"
    project.mkdir()
    assert said("claude", "cursor", "vscode", "--project", str(project), "--yes")[0] == 0
    plain = {"command": "neural-memory", "args": ["--mcp"]}
    names = (".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json")
    shared = {name: json.loads((project / name).read_text()) for name in names}
    assert shared[".mcp.json"] == {"mcpServers": {"neural-memory": {"type": "stdio", **plain}}}
    assert shared[".cursor/mcp.json"] == {"mcpServers": {"neural-memory": plain}}
    assert shared[".vscode/mcp.json"] == {"servers": {"neural-memory": {"type": "stdio", **plain}}}
    assert set(everything(home)) == {f"project/{name}" for name in names}
    assert said("--remove", "--project", str(project), "--yes")[0] == 0
    assert everything(home) == {}
    code, _, err = said("windsurf", "--project", str(project))
    assert code == 2
    assert "no configuration of the scope project" in err
    assert "name clients first" in said("--project", "cursor")[2]


def test_the_local_scope_is_the_repository_as_claude_code_names_it(home: Path, said: Said) -> None:
    """Worktrees and folders inside belong to the main checkout."""
    made = install(home, claude_code="{}", cursor="{}")
    repository = home / "repository"
    (repository / "sub").mkdir(parents=True)
    (repository / ".git" / "worktrees" / "w").mkdir(parents=True)
    worktree = home / "worktree"
    worktree.mkdir()
    (worktree / ".git").write_text(f"gitdir: {repository}/.git/worktrees/w\n")
    for folder in (repository / "sub", worktree):
        os.chdir(folder)
        assert said("--scope", "local", "--yes")[0] == 0
    projects = json.loads(made["claude-code"].read_text())["projects"]
    assert list(projects) == [str(repository.resolve())]
    assert "neural-memory" in projects[str(repository.resolve())]["mcpServers"]
    assert made["cursor"].read_text() == "{}"


ENABLED = '{"enabledPlugins": {"neural-memory@neural-memory": true, "other@x": true}}'


@POSIX
def test_the_plugin_of_claude_code_needs_no_entry_beside_it(home: Path, said: Said) -> None:
    """It brings the server: `setup` leaves it alone, and the check starts what the plugin starts."""
    made = install(home, claude_code="{}")["claude-code"]
    settings = home / ".claude" / "settings.json"
    settings.parent.mkdir()
    for broken in ("{", "[]", '{"enabledPlugins": []}', '{"enabledPlugins": {"neural-memory@x": false}}'):
        settings.write_text(broken)
        assert "+" in said("claude-code", "--print")[1]
    settings.write_text(ENABLED)
    code, out, _ = said("claude-code")
    assert code == 0
    assert "the plugin neural-memory is switched on" in out
    assert made.read_text() == "{}"
    code, out, _ = said("--check", "claude-code")
    assert code == 1
    assert "there is no command neural-memory (by the plugin)\n  install it where the PATH leads" in out
    on_the_path(home)
    code, out, _ = said("--check", "claude-code")
    assert code == 0
    assert re.fullmatch(r"Claude Code: answers in \d+ ms with 7 tools \(by the plugin\)\n", out)


@POSIX
@pytest.mark.parametrize(
    ("command", "problem", "leads_to"),
    [
        ("neural-memory", "takes the place of the plugin's server", "hooks call a server that is not started"),
        ("/opt/bin/neural-memory", "the plugin brings a server, too", "every tool is there twice"),
    ],
)
def test_an_entry_beside_the_plugin_is_one_too_many(
    home: Path, said: Said, command: str, problem: str, leads_to: str
) -> None:
    """The check says what comes of it and how to take it out, in each scope; afterwards all is well."""
    on_the_path(home)
    made = install(home, claude_code="{}")["claude-code"]
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text(ENABLED)
    project = home / "project"
    project.mkdir()
    os.chdir(project)
    servers = json.dumps({"mcpServers": {"neural-memory": {"command": command, "args": ["--mcp"]}}})
    for file, options in ((made, ()), (project / ".mcp.json", ("--project",))):
        file.write_text(servers)
        code, out, _ = said("--check", "claude-code")
        assert code == 1
        assert problem in out
        assert leads_to in out
        assert " ".join(("neural-memory setup claude-code", *options, "--remove")) in out
        assert said("claude-code", *options, "--remove", "--yes")[0] == 0
        assert said("--check", "claude-code")[0] == 0


@POSIX
def test_the_plugin_may_be_there_for_one_project(home: Path, said: Said) -> None:
    """Switched on in the project's settings and installed; a file that only wishes for it is not enough."""
    on_the_path(home)
    install(home, claude_code="{}")
    project = home / "project"
    (project / ".claude").mkdir(parents=True)
    (home / ".claude" / "plugins").mkdir(parents=True)
    os.chdir(project)
    (project / ".claude" / "settings.json").write_text(ENABLED)
    assert "not set up" in said("--check", "claude-code")[1]
    installed = [{"scope": "project", "projectPath": str(project)}]
    known = home / ".claude" / "plugins" / "installed_plugins.json"
    known.write_text(json.dumps({"plugins": {"neural-memory@neural-memory": installed}}))
    assert "(by the plugin)" in said("--check", "claude-code")[1]
    (project / ".claude" / "settings.local.json").write_text(ENABLED.replace("true", "false"))
    assert "not set up" in said("--check", "claude-code")[1]


def on_the_path(home: Path) -> None:
    """Leave the bare command where the PATH leads."""
    script = home.parent / "bin" / "neural-memory"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m neural_memory "$@"\n')
    script.chmod(0o755)


# ---- hooks


@pytest.mark.parametrize("key", ["codex", "gemini"])
def test_hooks_are_those_of_the_integrations(key: str) -> None:
    """What `setup` writes and what can be copied by hand are the same, but for the path of the command."""
    place = {"codex": "codex/hooks.json", "gemini": "gemini/hooks/hooks.json"}[key]
    by_hand = json.loads((Path(__file__).parent.parent / "integrations" / place).read_text())["hooks"]
    assert {event: [{"hooks": [hook]}] for event, hook in hook_files.handlers(key).items()} == by_hand


OWN_HOOKS = """{
  // mine
  "hooks": {
    "Stop": [ // when it is done
      { "hooks": [ { "type": "command", "command": "say done" } ] }
    ],
    "SessionEnd": [] // nothing yet
  },
}
"""


@POSIX
def test_hooks_go_in_and_out_again(home: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into each one's file, by the whole path and with the home, once; nothing else in it changes; and out."""
    install(home, codex="", gemini='{"theme": "dark"}', cursor="{}")
    monkeypatch.setenv("NEURAL_MEMORY_HOME", str(home / "my memory"))
    file = home / ".codex" / "hooks.json"
    file.write_text(OWN_HOOKS)
    before = everything(home)
    code, out, _ = said("--hooks", "--yes")
    assert code == 0
    assert "Codex CLI: set up" in out
    assert "type /hooks" in out
    assert "Cursor" not in out
    text = file.read_text()
    assert text.count("// ") == 3
    assert '"say done"' in text
    table = jsonc.get(text, ("hooks",))
    assert [len(table[event]) for event in ("SessionStart", "UserPromptSubmit", "Stop", "SessionEnd")] == [1, 1, 2, 1]
    started = table["SessionStart"][0]["hooks"][0]["command"]
    assert started.startswith(f"NEURAL_MEMORY_HOME='{home}/my memory' /")
    assert started.endswith("neural-memory hook session-start")
    assert "There is nothing to change" in said("--hooks", "--yes")[1]
    file.write_text(text + "\n")  # so that the file from before does not simply come back
    assert said("codex", "--hooks", "--remove", "--yes")[0] == 0
    assert "neural-memory" not in file.read_text()
    assert [file.read_text().count(kept) for kept in ("// ", "say done")] == [3, 1]
    file.write_text(text)
    assert said("--hooks", "--remove", "--yes")[0] == 0
    assert {name: data for name, data in everything(home).items() if name in before} == before


def test_a_file_of_hooks_goes_with_the_last_of_them(home: Path, said: Said) -> None:
    """What was made is taken away, also by `--remove` alone: hooks are no use without the server."""
    install(home, codex="")
    before = everything(home)
    assert said("codex", "--yes")[0] == 0
    assert said("codex", "--hooks", "--yes")[0] == 0
    assert (home / ".codex" / "hooks.json").exists()
    assert said("--remove", "--yes")[0] == 0
    assert everything(home) == before


@pytest.mark.parametrize("text", ['{"theme": "GitHub"}', '{\n  "theme": "GitHub"\n}\n', "", None])
@pytest.mark.parametrize("steps", [("", "--hooks"), ("--hooks", ""), ("--hooks", "", "--hooks", "--instructions")])
def test_the_server_and_its_hooks_leave_no_trace(home: Path, said: Said, text: str | None, steps: Any) -> None:
    """In whichever order they came; until then there is one copy of each file, named each time."""
    for key in ("gemini", "codex"):
        file = file_of(key, home)
        file.parent.mkdir()
        if text is not None:
            file.write_text(text if key == "gemini" or not text else 'model = "x"\n')
    (home / ".codex" / "hooks.json").write_text(OWN_HOOKS)
    before = everything(home)
    for step in steps:
        assert said("gemini", "codex", *[step][: len(step)], "--yes")[0] == 0
    copies = [name for name in everything(home) if name.endswith(".backup")]
    assert len(copies) == len(before)
    code, out, _ = said("gemini", "codex", "--remove", "--yes")
    assert code == 0
    assert out.count("Gemini CLI: taken out") == (2 if "--instructions" in steps else 1)
    assert everything(home) == before


def test_hooks_alone_go_again_and_the_server_stays(home: Path, said: Said) -> None:
    """The file is what it would be without ever having had them, also when they came first."""
    install(home, gemini='{"theme": "GitHub"}')
    file = file_of("gemini", home)
    before = everything(home)
    said("gemini", "--yes")
    server_alone = file.read_bytes()
    said("gemini", "--remove", "--yes")
    said("gemini", "--hooks", "--yes")
    said("gemini", "--yes")
    assert said("gemini", "--hooks", "--remove", "--yes")[0] == 0
    assert file.read_bytes() == server_alone
    assert said("gemini", "--remove", "--yes")[0] == 0
    assert everything(home) == before


def test_an_entry_that_was_brought_up_to_date_leaves_no_trace_either(home: Path, said: Said) -> None:
    """Nor does the block of instructions: no copy with the older one in it comes back."""
    install(home, cursor='{"a": 1}', gemini="{}")
    before = everything(home)
    said("cursor", "gemini", "--yes")
    said("gemini", "--instructions", "--yes")
    for file, new, old in (
        (file_of("cursor", home), f'"{sys.executable}"', '"/old/neural-memory"'),
        (home / ".gemini" / "GEMINI.md", "neural-memory:begin", "neural-memory:begin v0"),
    ):
        text = file.read_text()
        command = json.loads(text)["mcpServers"]["neural-memory"]["command"] if file.suffix == ".json" else ""
        file.write_text(text.replace(f'"{command}"', old) if command else text.replace(new, old))
    assert "brought up to date" in said("cursor", "--yes")[1]
    assert said("gemini", "--instructions", "--yes")[0] == 0
    assert said("cursor", "gemini", "--remove", "--yes")[0] == 0
    assert everything(home) == before


def test_hooks_that_cannot_be_changed_are_reported(home: Path, said: Said) -> None:
    """A table or a list that is something else, and clients that take none from a file."""
    install(home, gemini='{"hooks": {"AfterAgent": {}}}')
    code, out, _ = said("gemini", "--hooks", "--yes")
    assert code == 1
    assert "hooks › AfterAgent should hold a list in brackets" in out
    assert "take no hooks" not in out
    assert "come with the plugin" in said("claude-code", "--hooks")[2]


# ---- instructions


def test_the_instruction_block_goes_into_each_clients_own_file(home: Path, said: Said) -> None:
    """For all projects, or for one; a second run changes nothing; taking it out leaves no trace."""
    install(home, claude_code="{}", codex="", gemini="{}", cursor="{}", windsurf="{}", vscode="{}")
    (home / ".claude").mkdir()
    (home / ".claude/CLAUDE.md").write_text("# Mine\n\n- be brief")
    before = everything(home)
    assert said("--instructions", "--yes")[0] == 0
    written = {name for name, data in everything(home).items() if words.END.encode() in data}
    assert written == {
        ".claude/CLAUDE.md", ".codex/AGENTS.md", ".gemini/GEMINI.md", ".codeium/windsurf/memories/global_rules.md",
        ".copilot/instructions/neural-memory.instructions.md",
    }  # fmt: skip
    assert (home / ".claude/CLAUDE.md").read_text() == f"# Mine\n\n- be brief\n\n{words.BLOCK}"
    assert "There is nothing to change." in said("--instructions")[1]
    assert said("--instructions", "--remove", "--yes")[0] == 0
    assert everything(home) == before


def test_taking_out_the_server_takes_out_its_instructions(home: Path, said: Said) -> None:
    """Nobody is told to call what is not there; a file that another client reads as well stays as it is."""
    install(home, claude_code="{}", codex="", gemini="{}")
    before = everything(home)
    said("--yes")
    said("--instructions", "--yes")
    (home / ".gemini/GEMINI.md").unlink()
    (home / ".gemini/GEMINI.md").symlink_to(home / ".codex/AGENTS.md")
    code, out, _ = said("codex", "--remove", "--yes")
    assert code == 0
    assert words.END in (home / ".codex/AGENTS.md").read_text()
    (home / ".gemini/GEMINI.md").unlink()
    code, out, _ = said("--remove", "--yes")
    assert code == 0
    assert "AGENTS.md" in out
    assert "CLAUDE.md" in out
    assert everything(home) == before


@POSIX
def test_the_question_names_each_client_once(home: Path, said: Said) -> None:
    """Also where several of its files are to change."""
    install(home, codex="")
    said("codex", "--yes")
    said("codex", "--instructions", "--yes")
    assert "Change the files of Codex CLI? [Y/n]" in on_a_terminal("n\n", "setup", "codex", "--remove")


def test_a_projects_instructions_go_along_with_its_server(home: Path, said: Said) -> None:
    """Also where a project is taken out; a rule file of a client that stays is left."""
    project = home / "shop"
    project.mkdir()
    keys = ("claude-code", "cursor", "codex")
    said(*keys, "--project", str(project), "--yes")
    said(*keys, "--instructions", "--project", str(project), "--yes")
    assert said("cursor", "--remove", "--project", str(project), "--yes")[0] == 0
    assert set(everything(project)) == {".mcp.json", ".codex/config.toml", "CLAUDE.md", "AGENTS.md"}
    code, out, _ = said("--remove", "--project", str(project), "--yes")
    assert code == 0
    assert "CLAUDE.md" in out
    assert everything(project) == {}


def test_instructions_stay_where_the_plugin_brings_the_server(home: Path, said: Said) -> None:
    """Only the entry beside it is taken out."""
    made = install(home, claude_code="{}")["claude-code"]
    said("claude-code", "--yes")
    said("claude-code", "--instructions", "--yes")
    (home / ".claude/settings.json").write_text(ENABLED)
    code, out, _ = said("claude-code", "--remove", "--yes")
    assert code == 0
    assert "neural-memory" not in made.read_text()
    assert "CLAUDE.md" not in out
    assert words.END in (home / ".claude/CLAUDE.md").read_text()
    assert said("claude-code", "--instructions", "--remove", "--yes")[0] == 0
    assert not (home / ".claude/CLAUDE.md").exists()


def test_check_tells_of_a_block_without_a_server(home: Path, said: Said) -> None:
    """The instructions speak of a server that the client does not start: both ways out are named."""
    install(home, codex="")
    assert said("codex", "--instructions", "--yes")[0] == 0
    code, out, _ = said("codex", "--check")
    assert code == 1
    assert "AGENTS.md tells it to use a server that is not set up" in out
    assert "neural-memory setup codex, or take them out: neural-memory setup codex --remove" in out


def test_a_projects_rule_files_are_found(home: Path, said: Said) -> None:
    """The file that is there is used; else the newer kind is made, with the header that makes it hold."""
    keys = ["claude-code", "codex", "gemini", "cursor", "windsurf", "vscode", "zed"]
    assert said(*keys, "--instructions", "--project", "--yes")[0] == 0
    assert set(everything(home)) == {
        "CLAUDE.md", "AGENTS.md", "GEMINI.md", ".cursor/rules/neural-memory.mdc", ".windsurf/rules/neural-memory.md",
        ".github/copilot-instructions.md",
    }  # fmt: skip
    assert (home / ".cursor/rules/neural-memory.mdc").read_text().startswith("---\n")
    assert "alwaysApply: true\n" in (home / ".cursor/rules/neural-memory.mdc").read_text()
    assert said(*keys, "--instructions", "--project", "--remove", "--yes")[0] == 0
    assert everything(home) == {}
    for name in (".cursorrules", ".windsurfrules"):
        (home / name).write_text("rules\n")
    said("cursor", "windsurf", "--instructions", "--project", "--yes")
    assert {name for name, data in everything(home).items() if words.END.encode() in data} == {
        ".cursorrules",
        ".windsurfrules",
    }
    assert "reads no instruction file" in said("cursor", "--instructions")[2]


def test_an_older_block_is_changed_in_its_place(home: Path, said: Said) -> None:
    """What stands around it stays to the byte."""
    (home / ".codex").mkdir()
    file = home / ".codex/AGENTS.md"
    old = "<!-- neural-memory:begin -->\nolder words\n<!-- neural-memory:end -->"
    file.write_bytes(f"top\r\n\r\n{old}\n\n\tbottom ".encode())
    assert "- older words" in said("codex", "--instructions", "--yes")[1]
    assert file.read_bytes() == f"top\r\n\r\n{words.BLOCK}\n\n\tbottom ".encode()


def test_the_block_is_short() -> None:
    """It is read in every session."""
    assert len(words.BLOCK) < 1_500
    assert instructions.in_project("claude-desktop", Path()) is None


# ---- does it work?


def test_no_client_at_all_is_told_by_its_exit_code(home: Path, said: Said) -> None:
    """Whether one would plug in, see what would change, or check."""
    for arguments in ((), ("--print",), ("--check",), ("--check", "cursor"), ("--check", "--json")):
        assert said(*arguments)[0] == 1, arguments


def test_check_starts_what_is_configured(home: Path, said: Said) -> None:
    """It answers, with its tools and how fast; nothing is stored by that."""
    install(home, cursor="{}", codex="")
    said("--yes", "cursor")
    code, out, _ = said("--check")
    assert code == 1
    assert "Cursor: answers in" in out
    assert "with 7 tools" in out
    assert "Codex CLI: not set up\n  run: neural-memory setup codex" in out
    assert "Zed: not installed" in out
    assert not (home / ".neural-memory").exists()
    found = {one["client"]: one for one in json.loads(said("--check", "--json", "cursor")[1])["clients"]}
    assert set(found) == {"cursor"}
    assert "recall" in found["cursor"]["answered"]["tools"]
    assert said("--check", "cursor")[0] == 0


@pytest.mark.parametrize(
    ("written", "problem", "advice"),
    [
        ({"command": "/nowhere/neural-memory"}, "there is no command", "setup cursor"),
        ({"args": []}, "names no command", "setup cursor"),
        ({"command": sys.executable, "args": ["-c", "print('hello')"]}, "something else than MCP", "setup cursor"),
        ({"command": sys.executable, "args": ["-c", "raise SystemExit('no such thing')"]}, "no such thing", "setup"),
        ({"command": "x", "disabled": True}, "switched off", "switch it on"),
    ],
)
def test_check_says_what_is_wrong(home: Path, said: Said, written: Any, problem: str, advice: str) -> None:
    """And what to do about it."""
    install(home, cursor=json.dumps({"mcpServers": {"neural-memory": written}}))
    code, out, _ = said("--check", "cursor")
    assert code == 1
    assert problem in out
    assert advice in out


def test_check_reports_a_broken_file(home: Path, said: Said) -> None:
    """With its place, as setup does."""
    install(home, cursor="{")
    assert "line 1, column 2" in said("--check", "cursor")[1]


def test_check_looks_into_the_project_too(home: Path) -> None:
    """A shared file is checked where it is; its bare command is looked for on the PATH."""
    (home / ".cursor").mkdir()
    project = home / "project"
    (project / ".cursor").mkdir(parents=True)
    (project / ".cursor/mcp.json").write_text('{"mcpServers": {"neural-memory": {"command": "neural-memory"}}}')
    found = [one for one in check.check_all(machine(home), project) if one.client == "cursor"]
    assert [(one.scope, one.is_configured) for one in found] == [("project", True)]
    assert found[0].problem == "there is no command neural-memory"


@POSIX
@pytest.mark.parametrize(
    "written",
    [
        {"command": "./neural-memory"},
        {"command": "neural-memory", "args": ["--mcp"]},
        {"command": "{project}/neural-memory", "args": ["--mcp"]},
        {"command": "neural-memory", "args": ["--mcp", "--more"]},
        {"command": "neural-memory", "args": ["--mcp"], "env": {"PATH": "{project}"}},
        {"command": "neural-memory", "args": ["--mcp"], "env": {"PYTHONPATH": "{project}"}},
        {"command": "neural-memory", "args": "--mcp", "env": ["x"]},
    ],
)
def test_check_starts_nothing_of_a_repositorys_own(home: Path, monkeypatch: pytest.MonkeyPatch, written: Any) -> None:
    """A shared file may come from anybody: only the plain command is started, and never one inside the project."""
    project = home / "project"
    (project / ".cursor").mkdir(parents=True)
    program = project / "neural-memory"
    program.write_text(f"#!/bin/sh\n: > {home}/started\n")
    program.chmod(0o755)
    text = json.dumps({"mcpServers": {"neural-memory": written}}).replace("{project}", str(project))
    (project / ".cursor/mcp.json").write_text(text)
    monkeypatch.chdir(project)
    monkeypatch.setenv("PATH", f".{os.pathsep}{project}")
    found = [one for one in check.check_all(machine(home), project) if one.scope == "project"]
    assert [one.answered for one in found] == [None]
    assert found[0].advice
    assert not (home / "started").exists()


@POSIX
def test_links_of_a_repository_are_not_followed_out_of_it(home: Path, said: Said) -> None:
    """Setting a project up writes into the project and nowhere else."""
    project = home / "project"
    project.mkdir()
    (home / "keys").write_text("mine\n")
    (home / "theirs.json").write_text("{}")
    (project / "CLAUDE.md").symlink_to("../keys")
    (project / ".mcp.json").symlink_to("../theirs.json")
    (project / ".cursor").symlink_to("..")
    where = ("claude-code", "cursor", "--project", str(project), "--yes")
    for more in ((), ("--instructions",)):
        code, out, _ = said(*where, *more)
        assert code == 1
        assert "leads out of the project" in out
    assert everything(home) == {"keys": b"mine\n", "theirs.json": b"{}", "project/CLAUDE.md": b"mine\n",
                                "project/.mcp.json": b"{}"}  # fmt: skip
    assert said("--check", "--project", str(project), "claude-code")[1].count("leads out of the project") == 1
