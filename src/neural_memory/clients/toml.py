"""How is one table of a TOML file changed, and every other byte of it left as it is?

The text is cut into statements: a header, a `key = value` however many lines it takes, a comment or a blank line. Each
of them is a TOML document in itself, so Python's own reader says where one ends and which names it sets. A change
replaces, drops or adds statements; the result is read again and compared with what was wanted before it is given back.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from neural_memory.clients import files
from neural_memory.clients.errors import BrokenFileError, UnfitFileError
from neural_memory.clients.jsonc import Path
from neural_memory.values import dataclass

_WHERE = re.compile(r"\(at line (\d+), column (\d+)\)$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One header, one `key = value`, or lines that say nothing."""

    text: str
    path: Path  # which table it opens, or which value it sets; () for a comment or a blank line
    opens: bool


def read(text: str) -> dict[str, Any]:
    """The document; BrokenFileError when it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = _WHERE.search(str(error))
        line, column = (int(where[1]), int(where[2])) if where else (text.count("\n") + 1, 1)
        raise BrokenFileError(_WHERE.sub("", str(error)).strip().lower(), line, column) from None
    except RecursionError:
        raise BrokenFileError("it is nested too deeply", 1, 1) from None


def get(text: str, path: Path) -> Any:
    """What stands under `path`; None when nothing does."""
    found: Any = read(text)
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def put(text: str, path: Path, new: dict[str, Any]) -> str:
    """The text with the table `new` under `path`: changed where it stands, or else added at the end."""
    wanted = read(text)
    owner = _owner(wanted, path)
    old = owner.get(path[-1])
    owner[path[-1]] = new
    end = files.line_end(text)
    statements = _statements(text)
    if isinstance(old, dict) and any(statement.opens and statement.path == path for statement in statements):
        result = _changed(statements, path, old, new, end)
    else:
        result = _added(_without(statements, path), path, new, end)
    return _proven(result, wanted)


def drop(text: str, path: Path) -> str:
    """The text without the table under `path`."""
    wanted = read(text)
    owner = _owner(wanted, path)
    if path[-1] not in owner:
        return text
    del owner[path[-1]]
    return _proven(_without(_statements(text), path), wanted, spare=path[:-1])


def _owner(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """The table that holds ours."""
    for key in path[:-1]:
        document = document.setdefault(key, {})
        if not isinstance(document, dict):
            raise UnfitFileError(f"{'.'.join(path[:-1])} should be a table")
    return document


def _proven(result: str, wanted: dict[str, Any], spare: Path = ()) -> str:
    """The result, if it says exactly what was wanted. spare: a table that may be gone when it is empty."""
    try:
        says = tomllib.loads(result)
    except tomllib.TOMLDecodeError:
        says = {}
    for document in (says, wanted):
        if spare and document.get(spare[0]) == {}:
            del document[spare[0]]
    if says != wanted:
        raise UnfitFileError("it is written in a way that cannot be changed safely; change it by hand")
    return result


# ---- statements


def _statements(text: str) -> list[Statement]:
    statements: list[Statement] = []
    table: Path = ()
    begun = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        begun += line
        try:
            alone = tomllib.loads(begun)
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        if begun.lstrip(" \t").startswith("["):
            table = _ways(alone)
            statements.append(Statement(begun, table, True))
        else:
            statements.append(Statement(begun, table + _key(begun) if alone else (), False))
        begun = ""
    return statements


def _ways(nested: dict[str, Any]) -> Path:
    """{"a": {"b": ...}} leads to ("a", "b")."""
    path: list[str] = []
    at: Any = nested
    while isinstance(at, dict) and at:
        [(key, at)] = at.items()
        path.append(key)
    return tuple(path)


def _key(statement: str) -> Path:
    """The name before the equals sign; a quoted name may hold one itself."""
    for equals in re.finditer("=", statement):
        try:
            return _ways(tomllib.loads(statement[: equals.start()] + "= 0"))
        except tomllib.TOMLDecodeError:
            continue
    return ()


def _covers(path: Path, statement: Statement) -> bool:
    """Whether the statement belongs to the table under `path`."""
    return bool(statement.path) and statement.path[: len(path)] == path


def _without(statements: list[Statement], path: Path) -> str:
    """The text of all statements but those of the table, and but the blank line that set it apart."""
    kept: list[str] = []
    inside = False
    for number, statement in enumerate(statements):
        if statement.path:
            was_inside, inside = inside, _covers(path, statement)
            if inside and not was_inside and statement.opens and kept and not kept[-1].strip():
                kept.pop()
        if not inside or not (statement.path or _goes_on(statements, number, path)):
            kept.append(statement.text)
    text = "".join(kept)
    was_last = bool(statements) and _covers(path, statements[-1])
    return text.rstrip("\r\n") if was_last and not statements[-1].text.endswith("\n") else text


def _goes_on(statements: list[Statement], number: int, path: Path) -> bool:
    """Whether the table has more after this comment or blank line, before another table begins."""
    for statement in statements[number + 1 :]:
        if statement.path:
            return _covers(path, statement)
    return False


def _added(text: str, path: Path, new: dict[str, Any], end: str) -> str:
    """The text with the table at its end, a blank line before it; without a last line end if it had none."""
    table = end.join(_spelled(path, new))
    if not text:
        return table + end
    return f"{text}{end}{table}{end}" if text.endswith("\n") else f"{text}{end}{end}{table}"


def _changed(statements: list[Statement], path: Path, old: dict[str, Any], new: dict[str, Any], end: str) -> str:
    """The table with those of its values replaced that differ; the others keep their place and their comments."""
    lines: list[str] = []
    differ = {key: value for key, value in new.items() if old.get(key) != value}
    gone = {key for key in old if key not in new} | set(differ)
    first = 0  # where values go that had no line so far
    for statement in statements:
        name = statement.path[len(path)] if _covers(path, statement) and statement.path != path else None
        if name in differ and statement.path == (*path, name) and not statement.opens:
            lines.append(f"{_name(name)} = {_value(differ.pop(name))}{_ending(statement.text)}")
        elif name not in gone:
            lines.append(statement.text)
        if statement.opens and statement.path == path:
            first = len(lines)
    lines[first:first] = [f"{_name(key)} = {_value(value)}{end}" for key, value in differ.items()]
    return "".join(lines)


def _ending(text: str) -> str:
    """What follows the value on its last line: a comment, and the line's end."""
    body = text.rstrip("\r\n")
    tail = text[len(body) :]
    for comment in re.finditer(r"[ \t]*#", body):
        if "\n" not in body[comment.start() :] and _complete(body[: comment.start()]):
            return body[comment.start() :] + tail
    return tail


def _complete(text: str) -> bool:
    try:
        return bool(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return False


def _spelled(path: Path, table: dict[str, Any]) -> list[str]:
    header = "[" + ".".join(_name(key) for key in path) + "]"
    return [header, *(f"{_name(key)} = {_value(value)}" for key, value in table.items())]


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_name(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    # Texts, numbers and truth are spelled alike in both, but for the one letter that TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
