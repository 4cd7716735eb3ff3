"""What should a session know from its first moment on?  Preferences and decisions first, within a budget of tokens.

Asked by the client before anything else happens, so it reads the file by itself: no model, no Brain, hardly an import.
"""

from __future__ import annotations

import json
import os
import stat
import time

from neural_memory import bounded
from neural_memory.answers.pieces import identity, name, quoted
from neural_memory.hooks import words
from neural_memory.hooks.sessions import Session, home
from neural_memory.project import detect
from neural_memory.store.glance import Glance, Row, glance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

TOKENS = 1_000  # as in settings.SETTINGS
CHARACTERS = 3.3  # to a token: ids and dates take more tokens than words do
LARGEST_SETTINGS = 100_000  # bytes, as in settings
CUT = 280  # how much of a memory is shown
SHARES = {"preference": 0.4, "decision": 0.4}  # of the room, at most; the rest is for the others
_KEPT_CONTEXT = ("resume", "fork")  # these sessions go on with what an earlier one was told


def session_start(given: Json) -> Json:
    """The answer to a SessionStart hook. given: what the client sent (session_id, source, cwd, transcript_path)."""
    folder = home()
    if not os.path.isdir(folder) or not _is_safe(folder):
        return {}
    settings = _settings(os.path.join(folder, "config.json"))
    session = Session(folder, str(given.get("session_id") or ""))
    source = given.get("source")
    if source in _KEPT_CONTEXT and (session.started or _was_told(given.get("transcript_path"), session)):
        session.started = True
        session.save()
        return {}
    tokens = settings.get("session_tokens", TOKENS)
    room = int(CHARACTERS * tokens) if isinstance(tokens, int) else 0
    found = detect(str(given.get("cwd") or "") or None) if settings.get("projects", True) is True else None
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    seen = glance(os.path.join(folder, "memory.db"), found, now) if room > 0 else None
    text, shown = told(seen, min(room, 9_500)) if seen else ("", [])
    session.started, session.shown = True, shown  # after a compaction what was shown before is gone
    session.save()
    return _context("SessionStart", text) if text else {}


def at_first_prompt(given: Json) -> Json:
    """The same, asked at each prompt: once in a session; nothing for a session without a name."""
    id = given.get("session_id")
    if not isinstance(id, str) or not id or Session(home(), id).started:
        return {}
    return session_start({**given, "source": "startup"})


def _context(event: str, text: str) -> Json:
    return {"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}, "suppressOutput": True}


def told(seen: Glance, room: int) -> tuple[str, list[str]]:
    """The text for the start of a session, at most `room` characters, and the ids in it; "" when it is not worth it."""
    review = _review(seen)
    chosen = _chosen(seen.rows, room - len(review) - 250)
    if not chosen:
        return (f"{words.OPENING}\n{review}" if review else ""), []
    lines = []
    for kind, title in words.GROUPS.items():
        group = [line for row, line in chosen if _group(row) == kind]
        lines += [title, *group] if group else []
    where = f" in project {name(seen.project)}" if seen.project else ""
    rest = words.REST if len(chosen) < seen.total else ""
    head = words.AT_START.format(where=where, shown=len(chosen), total=f"{seen.total:,}", rest=rest)
    return "\n".join([head, *lines, *([review] if review else [])]), [row.id for row, _ in chosen]


def _chosen(rows: list[Row], room: int) -> list[tuple[Row, str]]:
    """As many as fit: preferences and decisions within their shares, then the others, then what is left."""
    left = {kind: share * room for kind, share in SHARES.items()}
    drawn = [(row, f"- {_line(row)}") for row in rows]
    chosen: list[int] = []
    for again in (False, True):
        for kind in words.GROUPS:
            for place, (row, line) in enumerate(drawn):
                if place in chosen or _group(row) != kind or len(line) >= room:
                    continue
                if not again and kind in left and len(line) >= left[kind]:
                    continue
                left[kind] = left.get(kind, 0) - len(line)
                room -= len(line) + 1
                chosen.append(place)
    return [drawn[place] for place in sorted(chosen)]


def _group(row: Row) -> str:
    return row.kind if row.kind in words.GROUPS else ""


def _line(row: Row) -> str:
    """A memory in few words: where it came from only when it was not told by the user."""
    facts = [name(row.timestamp[:10])]
    if ":" in row.source:
        facts.append(f"from {name(row.source)}")
    if row.trust != "stored":
        facts.append(name(row.trust))
    content = quoted(row.content, CUT)
    if row.length > len(row.content) and not content.endswith("…"):
        content += " …"
    return f"[{identity(row.id)}] {content} ({', '.join(facts)})"


def _review(seen: Glance) -> str:
    """One line on what waits for somebody's word; "" for nothing."""
    parts = []
    if seen.suggestions:
        parts.append(
            words.ONE_SUGGESTION if seen.suggestions == 1 else words.SUGGESTIONS.format(count=seen.suggestions)
        )
    if seen.expired:
        parts.append(words.ONE_EXPIRED if seen.expired == 1 else words.EXPIRED.format(count=seen.expired))
    return words.REVIEW.format(what="; ".join(parts)) if parts else ""


def _was_told(transcript: object, session: Session) -> bool:
    """Does a session's record, copied from another one, hold what we said at its start? Then those ids are known."""
    if not isinstance(transcript, str) or not transcript:
        return False
    mark = words.OPENING.encode()
    try:
        with bounded.opened(transcript) as file:
            found = [line for line in file if mark in line]
    except (OSError, ValueError):
        return False
    for line in found:
        session.shown += [part.split("]")[0] for part in line.decode("utf-8", "replace").split("[")[1:]]
    session.shown = sorted({id for id in session.shown if id.startswith("mem_") and len(id) < 70})
    return bool(found)


def _is_safe(folder: str) -> bool:
    """Would this home be used at all? Almost always plain to see; else `place` says, which costs an import."""
    files = [os.path.join(folder, name) for name in ("memory.db", "config.json")]
    plain = os.path.realpath(folder) == os.path.abspath(folder)  # no link on the way
    if os.name != "posix" or (plain and _is_ours(folder) and all(map(_is_ours, filter(os.path.lexists, files)))):
        return True
    from pathlib import Path

    from neural_memory import place

    return not place.trouble_with_home(Path(folder)) and not place.trouble_with_file(Path(files[1]))


def _is_ours(path: str) -> bool:
    """Is it no link, our own, and for nobody else to change?"""
    found = os.lstat(path)
    return not stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _settings(path: str) -> Json:
    try:
        found = json.loads(bounded.whole(path, LARGEST_SETTINGS))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
