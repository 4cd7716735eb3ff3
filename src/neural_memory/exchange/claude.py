"""What does Claude Code remember by itself?  Its instruction files, rules and memory files, and on request its records.

    ~/.claude/CLAUDE.md, ~/.claude/rules/*.md             for everywhere
    CLAUDE.md, CLAUDE.local.md, .claude/CLAUDE.md,        for their project, @imports included
    .claude/rules/*.md
    ~/.claude/projects/*/memory/*.md                      one fact a file, for its project; the user's for everywhere
    ~/.claude/projects/*/*.jsonl                          what was said in sessions (`transcripts`)

It is only read: all of it stays where it is and in force. What comes out is meant to be reviewed, not stored.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from neural_memory import bounded, spelling
from neural_memory.exchange import front_matter, json_list, notes, utf16
from neural_memory.exchange.items import NOT_UTF8
from neural_memory.exchange.transcript import turns
from neural_memory.project import EVERYWHERE, detect
from neural_memory.text.kinds import kind_of
from neural_memory.text.tags import split_trailing_tags
from neural_memory.text.worth import worth_keeping
from neural_memory.upkeep.suggest import Noticed, from_worth

MAX_FILE = 1_000_000  # bytes of an instruction file that are read
DEPTH = 5  # how far imports are followed, as the client does
A_SESSION = 5  # things that one session may come to
SHORTEST = 12  # characters of a note that is looked at
_OURS = "<!-- neural-memory:begin ", "<!-- neural-memory:end -->"
_COMMENT = "<!--", "-->"
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_IMPORT = re.compile(r"(?<![\w@.])@((?:~/|\.{0,2}/)?[\w./-]*[\w/-])")
_LINK = re.compile(r"\[\[([^\[\]\n]+)\]\]")
_INDEX = "MEMORY.md"
Unread = dict[str, str]
"""Files that cannot be read, by their paths as a person writes them, and why."""


def config_folder() -> Path:
    """Where Claude Code keeps its things."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or "~/.claude").expanduser()


def noticed(
    folder: Path,
    *,
    transcripts: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
    unread: Unread | None = None,
) -> Iterator[Noticed]:
    """Everything that may be worth keeping. folder: the project that is worked in; transcripts: sessions as well;
    unread: gets the files that cannot be read, and why.
    """
    unread = {} if unread is None else unread
    config = config_folder()
    seen: set[Path] = set()
    for file in (config / "CLAUDE.md", *sorted((config / "rules").rglob("*.md"))):
        yield from _instructions(file, EVERYWHERE, seen, unread)
    top = _top(folder)
    named = ("CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md")
    for file in (*(top / name for name in named), *sorted((top / ".claude" / "rules").rglob("*.md"))):
        yield from _instructions(file, _project(top), seen, unread)
    projects = sorted(path for path in (config / "projects").glob("*") if path.is_dir())
    for done, place in enumerate(projects, 1):
        yield from _of_project(place, transcripts, unread)
        if progress is not None:
            progress(done, len(projects))


def _top(folder: Path) -> Path:
    """The folder whose instruction files hold: the nearest one upwards with a .git, or this one."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def _project(folder: Path | None) -> str:
    """The project's name; of a folder that is gone, what it was called."""
    if folder is None:
        return EVERYWHERE
    found = detect(str(folder), {}) if folder.is_dir() else None
    return found.names[0] if found else folder.name or EVERYWHERE


# ---- instruction files


def _instructions(file: Path, project: str, seen: set[Path], unread: Unread, depth: int = 0) -> Iterator[Noticed]:
    """The notes of a file, then those of the files it imports."""
    text = _text(file, unread)
    if text is None or file.resolve() in seen:
        return
    seen.add(file.resolve())
    body = _without(_without(text, *_OURS), *_COMMENT)
    yield from _notes(file, front_matter.split(body)[1], project)
    if depth >= DEPTH:
        return
    for name in _IMPORT.findall(_CODE.sub("", body)):
        path = Path(name.strip()).expanduser()
        path = path if path.is_absolute() else file.parent / path
        yield from _instructions(path, project, seen, unread, depth + 1)


def _notes(file: Path, body: str, project: str) -> Iterator[Noticed]:
    """The notes of a text: a bullet or a paragraph each, with its heading said first."""
    for section in notes.sections(body):
        for _, text, _ in section.blocks:
            if _content(text) and (content := _content(json_list.headed(section.heading, text))):
                where = f"in {_shown(file)}"
                yield Noticed(content, _shortened(content), where, kind_of(content), _changed(file), (), project)


def _content(text: str) -> str:
    """A note as a memory would say it; "" when it says nothing of its own."""
    bare = _IMPORT.sub("", _CODE.sub("", text))
    content = split_trailing_tags(_LINK.sub(r"\1", text).strip())[0]
    return content if len(bare.strip(" :-*#.")) >= SHORTEST else ""


# ---- its own memory


def _of_project(place: Path, transcripts: bool, unread: Unread) -> Iterator[Noticed]:
    """What Claude Code keeps of one project: its memory files and, if asked for, its sessions."""
    records = sorted(path for path in place.glob("*.jsonl") if path.is_file())
    project = _project(_folder_of(records))
    facts = [path for path in sorted((place / "memory").glob("*.md")) if path.name != _INDEX]
    for path in facts:
        yield from _fact(path, project, unread)
    if not facts and (text := _text(place / "memory" / _INDEX, unread)):
        yield from _notes(place / "memory" / _INDEX, text, project)
    for record in records if transcripts else ():
        worth = worth_keeping(turns(record))[:A_SESSION]
        yield from (from_worth(one, project) for one in worth)


def _folder_of(records: list[Path]) -> Path | None:
    """The working directory that the newest record speaks of."""
    for record in reversed(records):
        for line in bounded.beginning(record, 500_000).splitlines():
            if b'"cwd"' in line and (cwd := _field(line, "cwd")):
                return Path(cwd)
    return None


def _field(line: bytes, name: str) -> str | None:
    try:
        value = json.loads(line).get(name)
    except (ValueError, AttributeError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _fact(path: Path, project: str, unread: Unread) -> Iterator[Noticed]:
    """One memory file: front matter with name, description and type, then the fact."""
    text = _text(path, unread)
    if text is None:
        return
    values, body = front_matter.split(text)
    type = _type(values, text)
    content = _content(body) or _content(str(values.get("description") or ""))
    if not content:
        return
    kind = {"feedback": "preference", "reference": "reference"}.get(type, kind_of(content))
    where = EVERYWHERE if type in ("user", "feedback") else project
    name = str(values.get("name") or path.stem)
    yield Noticed(content, _shortened(content), f"in Claude's memory, {name[:80]}", kind, _changed(path), (), where)


def _type(values: dict[str, Any], text: str) -> str:
    given = values.get("metadata")
    if isinstance(given, dict) and given.get("type"):
        return str(given["type"])
    found = re.search(r"^\s*type:\s*['\"]?(\w+)", text[:2_000], re.MULTILINE)
    return found[1] if found else ""


# ---- pieces


def _text(file: Path, unread: Unread) -> str | None:
    """What a file says; None where there is none (a pipe is none), or where that cannot be read."""
    if not file.is_file():
        return None
    try:
        data = bounded.whole(file, MAX_FILE)
        text = data.decode("utf-16" if data.startswith(utf16.MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        unread[_shown(file)] = NOT_UTF8
        return None
    except (OSError, ValueError) as problem:
        unread[_shown(file)] = str(getattr(problem, "strerror", None) or problem)
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without(text: str, begin: str, end: str) -> str:
    """The text without what stands between these; what is never closed stays. In one pass, whatever the text is."""
    parts, at = [], 0
    while (start := text.find(begin, at)) >= 0 and (stop := text.find(end, start + len(begin))) >= 0:
        parts.append(text[at:start])
        at = stop + len(end)
    return "".join(parts) + text[at:]


def _changed(file: Path) -> str | None:
    return spelling.moment(file.stat().st_mtime)


def _shown(file: Path) -> str:
    """The path as a person would write it."""
    home = Path.home()
    return f"~/{file.relative_to(home)}" if file.is_relative_to(home) else str(file)


def _shortened(text: str) -> str:
    return text if len(text) <= 300 else text[:299] + "…"
