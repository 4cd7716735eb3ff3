"""Where does a client read its instructions, and how does our block get into such a file and out of it?

The block stands between two markers. Putting it in, changing it and taking it out leaves every other byte alone; taking
it out right after putting it in gives back the file from before.
"""

from __future__ import annotations

import re
from pathlib import Path

from neural_memory.clients import files, words
from neural_memory.clients.errors import FileProblem, UnfitFileError
from neural_memory.clients.parts import Part
from neural_memory.clients.plan import Act, Change, without
from neural_memory.clients.table import CLIENTS, Machine
from neural_memory.values import replace

_BLOCK = re.compile(r"<!-- neural-memory:begin\b[^\n]*?-->.*?<!-- neural-memory:end -->", re.DOTALL)
_MARKER = re.compile(r"<!-- neural-memory:(?:begin\b|end -->)")

# In all projects, in the client's folder. Cursor keeps such rules in its settings; Claude Desktop has none.
_FOR_USER = {
    "claude-code": "CLAUDE.md",
    "codex": "AGENTS.md",
    "gemini": "GEMINI.md",
    "windsurf": "memories/global_rules.md",
    "zed": "AGENTS.md",
}
# Inside a project: the first of these that exists, else the last.
_IN_PROJECT = {
    "claude-code": ("CLAUDE.md",),
    "cursor": (".cursorrules", ".cursor/rules/neural-memory.mdc"),
    "vscode": (".github/copilot-instructions.md",),
    "codex": ("AGENTS.md",),
    "gemini": ("GEMINI.md",),
    "windsurf": (".windsurfrules", ".windsurf/rules/neural-memory.md"),
    "zed": (
        *(".rules", ".cursorrules", ".windsurfrules", ".clinerules", ".github/copilot-instructions.md"),
        *("AGENT.md", "AGENTS.md"),
    ),
}
# Files of our own need a header.
_HEADERS = {
    "neural-memory.mdc": words.CURSOR_HEADER,
    "neural-memory.md": words.WINDSURF_HEADER,
    "neural-memory.instructions.md": words.COPILOT_HEADER,
}


def for_user(client: str, machine: Machine) -> Path | None:
    """The file that holds in all projects; None when this client has no such file."""
    if client == "vscode":  # where Copilot looks, whatever the profile
        return machine.home / ".copilot" / "instructions" / "neural-memory.instructions.md"
    name = _FOR_USER.get(client)
    return CLIENTS[client].folder(machine) / name if name else None


def in_project(client: str, folder: Path) -> Path | None:
    """The file that holds in this project; None when this client has no such file."""
    names = _IN_PROJECT.get(client, ())
    there = (folder / name for name in names if (folder / name).is_file())
    return next(there, folder / names[-1] if names else None)


def stands_in(file: Path, project: Path | None = None) -> bool:
    """Whether our block is in this file; what cannot be read has none. project: the one the file belongs to."""
    try:
        return _standing(files.text_of(files.read(file, project))) is not None
    except FileProblem:
        return False


def put(text: str, header: str = "", block: str | None = None) -> str:
    """The text with the block: where it stands already, or at the end after a blank line. block: another than ours now,
    with its line ends.
    """
    standing = _standing(text)
    end = files.line_end(standing.group() if standing else text)
    block = block or words.BLOCK.replace("\n", end)
    if standing:
        return text[: standing.start()] + block + text[standing.end() :]
    if not text:
        return header + block + end
    return f"{text}{end}{block}{end}" if text.endswith("\n") else f"{text}{end}{end}{block}"


def drop(text: str) -> str:
    """The text without the block and the blank line before it."""
    standing = _standing(text)
    if not standing:
        return text
    before, after = text[: standing.start()], text[standing.end() :]
    if not after:
        return re.sub(r"(?:\r?\n){1,2}\Z", "", before)
    return re.sub(r"(?<=\n)\r?\n\Z", "", before) + re.sub(r"\A\r?\n", "", after)


def _standing(text: str) -> re.Match[str] | None:
    standing = _BLOCK.search(text)
    if len(_MARKER.findall(text)) != (2 if standing else 0):
        raise UnfitFileError("its neural-memory markers do not make one pair; take them out by hand")
    return standing


def _block(text: str) -> str | None:
    standing = _standing(text)
    return standing.group() if standing else None


def change(clients: tuple[str, ...], file: Path, *, removing: bool = False, project: Path | None = None) -> Change:
    """What would be done to this file that these clients read. project: the one it belongs to."""

    header = _HEADERS.get(file.name, "")
    part = Part(_block, lambda text, block: put(text, header, block), drop)
    begun = Change(clients, file, "nothing", what="instructions", mode=0o644 if project else 0o600, parts=(part,))

    def planned() -> Change:
        try:
            data = files.read(file, project)
            text = files.text_of(data)
            old = _block(text)
            if removing:
                found = replace(begun, before=data, after=data, old=old)
                return without(found, [part]) if old else found
            result = put(text, header)
        except FileProblem as problem:
            return replace(begun, act="problem", problem=str(problem))
        act: Act = "nothing" if result == text else "add" if old is None else "update"
        after = data if act == "nothing" else files.bytes_of(result, data)
        return replace(begun, act=act, before=data, after=after, old=old)

    return replace(planned(), again=planned)
