"""How is one entry of a JSON file changed, and every other byte of it left as it is?

JSON is also read with comments and trailing commas (editors call it JSONC). The text is read into values that know
where they stand; a change cuts or inserts at those places and writes nothing anew. What was inserted as the last
member of an object that had members before comes out again to the byte.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from neural_memory.clients import files
from neural_memory.clients.errors import BrokenFileError, UnfitFileError

Path = tuple[str, ...]

_NUMBER_OR_WORD = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(slots=True)
class Member:
    """One `"key": value` of an object."""

    key: str
    start: int  # of the key's first quote
    value: Value
    comma: int | None = None  # where its comma stands


@dataclass(slots=True)
class Value:
    """A value and where it stands: text[start:end]."""

    start: int
    end: int
    plain: Any  # as json.loads would give it
    members: list[Member] | None = None  # of an object

    def member(self, key: str) -> Member | None:
        """The member of this name; the last one counts, as in every reader of JSON."""
        return next((member for member in reversed(self.members or []) if member.key == key), None)


@dataclass(slots=True)
class _Reader:
    """Reads one text from its beginning to its end."""

    text: str
    comments: bool
    at: int = 0
    depth: int = field(default=0)

    def document(self) -> Value | None:
        self.skip()
        if self.at == len(self.text):
            return None
        value = self.value()
        self.skip()
        if self.at < len(self.text):
            self.fail("something follows the end of the document")
        return value

    def fail(self, reason: str) -> None:
        if self.at == len(self.text):
            reason = "it ends in the middle"
        raise BrokenFileError(reason, *place(self.text, self.at))

    def skip(self) -> None:
        """Go past blanks, and past comments where they may stand."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            if not self.text.startswith(("//", "/*"), self.at):
                return
            if not self.comments:
                self.fail("there is a comment, which this client does not read")
            self.at = self._comment_end()

    def _comment_end(self) -> int:
        if self.text.startswith("//", self.at):
            end = re.compile(r"[^\r\n]*").match(self.text, self.at)
            return end.end() if end else self.at
        end_at = self.text.find("*/", self.at + 2)
        if end_at < 0:
            self.fail("a comment is not closed")
        return end_at + 2

    def value(self) -> Value:
        here = self.text[self.at : self.at + 1]
        if here == "{":
            return self.object()
        if here == "[":
            return self.array()
        start = self.at
        if here == '"':
            plain = self.string()
            return Value(start, self.at, plain)
        word = _NUMBER_OR_WORD.match(self.text, self.at)
        if not word:
            self.fail(f"a value should be here, not {here!r}")
        else:
            self.at = word.end()
        return Value(start, self.at, json.loads(self.text[start : self.at]))

    def string(self) -> str:
        try:
            text, self.at = scanstring(self.text, self.at + 1, True)
        except json.JSONDecodeError as error:
            self.at = error.pos
            self.fail(error.msg.lower())
        return str(text)

    def object(self) -> Value:
        start, members = self.at, list[Member]()
        self.at += 1
        while not self._closed("}", bool(members) and members[-1].comma is not None):
            if members and members[-1].comma is None:
                self.fail("a comma is missing")
            if self.text[self.at : self.at + 1] != '"':
                self.fail("a name in double quotes should be here")
            key_start = self.at
            key = self.string()
            self.skip()
            if self.text[self.at : self.at + 1] != ":":
                self.fail("a colon should be here")
            self.at += 1
            self.skip()
            members.append(Member(key, key_start, self.value()))
            members[-1].comma = self._comma()
        return Value(start, self.at, {member.key: member.value.plain for member in members}, members)

    def array(self) -> Value:
        start, items = self.at, list[Any]()
        comma: int | None = None
        self.at += 1
        while not self._closed("]", bool(items) and comma is not None):
            if items and comma is None:
                self.fail("a comma is missing")
            items.append(self.value().plain)
            comma = self._comma()
        return Value(start, self.at, items)

    def _closed(self, bracket: str, after_comma: bool) -> bool:
        self.skip()
        if not self.text.startswith(bracket, self.at):
            return False
        if after_comma and not self.comments:
            self.fail("a comma stands before the closing bracket, which this client does not read")
        self.at += 1
        return True

    def _comma(self) -> int | None:
        self.skip()
        if not self.text.startswith(",", self.at):
            return None
        self.at += 1
        return self.at - 1


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def read(text: str, *, comments: bool = True) -> Value | None:
    """The document; None when there is nothing but blanks and comments. BrokenFileError when it is no JSON."""
    try:
        return _Reader(text, comments).document()
    except RecursionError:
        raise BrokenFileError("it is nested too deeply", 1, 1) from None


def get(text: str, path: Path, *, comments: bool = True) -> Any:
    """What stands under `path`; None when nothing does."""
    value = _at(text, path, comments)
    return value.plain if value else None


def put(text: str, path: Path, new: Any, *, comments: bool = True) -> str:
    """The text with `new` under `path`, objects on the way added where there are none."""
    line_end = files.line_end(text)
    root = read(text, comments=comments)
    if root is None:
        document = _spelled(_nested(path, new), "", "  ", line_end) + line_end
        return document if not text.strip() else text.rstrip() + line_end + document
    value, rest = root, path
    while rest:
        if value.members is None:
            raise UnfitFileError(f"line {place(text, value.start)[0]} should hold an object in braces")
        member = value.member(rest[0])
        if member is None:
            return _insert(text, value, rest[0], _nested(rest[1:], new), line_end)
        value, rest = member.value, rest[1:]
    margin = _margin(text, value.start)
    return text[: value.start] + _spelled(new, margin, _step(text, root), line_end) + text[value.end :]


def drop(text: str, path: Path, *, comments: bool = True) -> str:
    """The text without what stands under `path`."""
    while True:
        value = read(text, comments=comments)
        owner: Value | None = None
        for key in path:
            owner = value
            member = value.member(key) if value else None
            if member is None:
                return text
            value = member.value
        if owner is None:
            return text
        text = _cut(text, owner, path[-1])


def begin_list(text: str, path: Path, item: Any, *, comments: bool = True) -> str:
    """The text with `item` as the first of the list under `path`, which is made where there is none."""
    value = _at(text, path, comments)
    if value is None:
        return put(text, path, [item], comments=comments)
    if not isinstance(value.plain, list):
        raise UnfitFileError(f"line {place(text, value.start)[0]} should hold a list in brackets")
    at = value.start + 1
    return text[:at] + _in_line(item) + (", " if value.plain else "") + text[at:]


def drop_item(text: str, path: Path, item: Any, *, comments: bool = True) -> str:
    """The text without this item of the list under `path`: cut out where it stands as we spell it, else the list is
    spelled anew; an empty list goes."""
    value = _at(text, path, comments)
    if value is None or not isinstance(value.plain, list) or item not in value.plain:
        return text
    left = [one for one in value.plain if one != item]
    if not left:
        return drop(text, path, comments=comments)
    found = re.compile(re.escape(_in_line(item)) + r",\s?").search(text, value.start, value.end)
    cut = text[: found.start()] + text[found.end() :] if found else ""
    again = _at(cut, path, comments) if cut else None
    return cut if again and again.plain == left else put(text, path, left, comments=comments)


def _at(text: str, path: Path, comments: bool) -> Value | None:
    value = read(text, comments=comments)
    for key in path:
        member = value.member(key) if value else None
        value = member.value if member else None
    return value


def _nested(path: Path, new: Any) -> Any:
    for key in reversed(path):
        new = {key: new}
    return new


def _insert(text: str, owner: Value, key: str, new: Any, line_end: str) -> str:
    """`owner` with one more member, the last."""
    root = read(text)
    step = _step(text, root) if root else "  "
    members = owner.members or []
    if not members:
        return _insert_first(text, owner, key, new, step, line_end)
    last = members[-1]
    name = json.dumps(key, ensure_ascii=False)
    many_lines = "\n" in text[owner.start : members[0].start]
    margin = _margin(text, last.start)
    member = f"{name}: {_spelled(new, margin, step, line_end)}" if many_lines else f"{name}: {_in_line(new)}"
    after = last.value.end if last.comma is None else last.comma + 1
    here = _end_of_line(text, after, owner.end - 1) if many_lines else after
    comma = "," if last.comma is None else ""
    gap = line_end + margin if many_lines else " "
    trailing = "," if last.comma is not None else ""
    return text[: last.value.end] + comma + text[last.value.end : here] + gap + member + trailing + text[here:]


def _insert_first(text: str, owner: Value, key: str, new: Any, step: str, line_end: str) -> str:
    outer = _margin(text, owner.start)
    margin = outer + step
    inside = text[owner.start + 1 : owner.end - 1].rstrip()  # comments, if anything
    member = f"{json.dumps(key, ensure_ascii=False)}: {_spelled(new, margin, step, line_end)}"
    middle = f"{inside}{line_end}{margin}{member}{line_end}{outer}"
    return text[: owner.start + 1] + middle + text[owner.end - 1 :]


def _cut(text: str, owner: Value, key: str) -> str:
    """`owner` without the (last) member of this name, its line and the comma that held it."""
    members = owner.members or []
    number = max(index for index, member in enumerate(members) if member.key == key)
    going = members[number]
    start, end = _gap_before(text, going.start), going.value.end
    if going.comma is not None:
        between = text[end : going.comma]
        return text[:start] + (between if between.strip() else "") + text[going.comma + 1 :]
    if (comma := members[number - 1].comma if number else None) is not None:
        return text[:comma] + text[comma + 1 : start] + text[end:]
    inside = text[owner.start + 1 : start] + text[end : owner.end - 1]
    return text[: owner.start + 1] + (inside if inside.strip() else "") + text[owner.end - 1 :]


def _gap_before(text: str, at: int) -> int:
    """Where the blanks begin that set this apart: its own line's end, or all of them inside a line."""
    before = text[:at].rstrip(" \t")
    if before.endswith("\n"):
        return len(before) - (2 if before.endswith("\r\n") else 1)
    return len(before)


def _end_of_line(text: str, at: int, limit: int) -> int:
    """Past what else stands on this line: blanks and comments; never past `limit`."""
    reader = _Reader(text, comments=True, at=at)
    while True:
        gap = re.compile(r"[ \t]*").match(text, reader.at)
        ahead = gap.end() if gap else reader.at
        if ahead >= limit or not text.startswith(("//", "/*"), ahead):
            return reader.at
        reader.at = ahead
        reader.at = reader._comment_end()


def _margin(text: str, at: int) -> str:
    """The blanks at the beginning of the line."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _step(text: str, root: Value) -> str:
    """By how much this file indents."""
    for member in root.members or []:
        margin = _margin(text, member.start)
        if margin and "\n" in text[root.start : member.start]:
            return margin
    return "  "


def _spelled(value: Any, margin: str, step: str, line_end: str) -> str:
    """Objects of objects on lines of their own, what is small in one line."""
    if not isinstance(value, dict) or not value or margin.count(step) > 30:
        return _in_line(value)
    inner = margin + step
    small = ("env", "args")
    members = [
        f"{inner}{json.dumps(key, ensure_ascii=False)}: "
        + (_in_line(item) if key in small else _spelled(item, inner, step, line_end))
        for key, item in value.items()
    ]
    return "{" + line_end + ("," + line_end).join(members) + line_end + margin + "}"


def _in_line(value: Any) -> str:
    if isinstance(value, dict) and value:
        members = (f"{json.dumps(key, ensure_ascii=False)}: {_in_line(item)}" for key, item in value.items())
        return "{ " + ", ".join(members) + " }"
    return json.dumps(value, ensure_ascii=False)
