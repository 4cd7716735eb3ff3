"""What does a reader hear after something was stored?"""

from __future__ import annotations

from neural_memory.answers.pieces import ASSISTANT, count, fitted, identity, line, names, numbered, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.answers.pieces import Ways
    from neural_memory.changes import Merged, Twins
    from neural_memory.model import Conflict, Memory, Remembered, Revised


LINKED = 6  # concepts that are named: the most telling come first, and the last say little


def taken_out(what: Sequence[str]) -> str:
    """What was not stored along."""
    more = f" and {len(what) - 5:,} more" if len(what) > 5 else ""
    return f"Taken out before it was stored: {', '.join(what[:5])}{more}."


def remembered(result: Remembered, ways: Ways = ASSISTANT) -> str:
    """After `remember`: the id first, then what the network made of it. ways: how the reader does what it proposes."""

    def draw(cut: int) -> list[str]:
        if result.created:
            lines = [f"Stored {line(result, min(cut, 250))}"]
        else:
            lines = [f"Already stored {line(result, min(cut, 250))}; it was strengthened, not stored twice."]
        if result.spread:
            lines.append(f"A preference: it holds in every project. {ways.to('here', result.id)}")
        if result.preface:
            where = " and says that it holds in every project" if result.everywhere else ""
            lines.append(f"Left out, since it only asks to store{where}: {quoted(result.preface, 80)}.")
        if result.redacted:
            lines.append(taken_out(result.redacted))
        if result.linked:
            lines.append(f"Linked to: {names(result.linked, LINKED)}.")
        if result.replaced:
            lines.append(f"It takes the place of {line(result.replaced, cut)}.")
        for conflict in result.contradicts:
            lines += contradicted(result, conflict, cut, ways)
        told = {memory.id for conflict in result.contradicts for memory in (conflict.older, conflict.newer)}
        if twins := [memory for memory in result.duplicates if memory.id not in told]:
            how = ways.to("merge", twins[0].id, result.id)
            lines.append(
                f"The same is stored already in other words; {how} makes one of them and keeps every sentence:"
            )
            lines += numbered(twins, cut)
            told |= {memory.id for memory in twins}
        if similar := [memory for memory in result.similar if memory.id not in told]:
            lines.append(f"Nearly the same is stored already; if one of them no longer holds, {ways.correct}:")
            lines += numbered(similar, cut)
        if result.suggested_until:
            words, moment = result.suggested_until
            lines.append(f"It says {quoted(words, 80)}: {ways.to('end', result.id, day=moment[:10])}.")
        if result.guessed:
            lines.append(guess(result, ways))
        if result.suggested_tags:
            lines.append(f"Tags that would fit: {names(result.suggested_tags, 8)}.")
        return lines

    return fitted(draw)


def guess(result: Remembered | Revised, ways: Ways = ASSISTANT) -> str:
    """That the end of a sprint is none that anybody told."""
    why = "is a guess: nobody told when a sprint ends, so one is counted as two weeks from today."
    if result.valid_until:
        other = ways.to("end", result.id, day="YYYY-MM-DD")
        return f"{result.valid_until[:10]} {why} If it ends on another day, {other}."
    return f"That day {why}"


def contradicted(result: Memory, conflict: Conflict, cut: int, ways: Ways = ASSISTANT) -> list[str]:
    """What the stored memory is at odds with, and how to settle it."""
    other = conflict.older if conflict.newer.id == result.id else conflict.newer
    older = other is conflict.older
    between = f": {quoted(conflict.was, 80)} → {quoted(conflict.now, 80)}" if conflict.was and conflict.now else ""
    lines = [f"It contradicts {'an older' if older else 'a newer'} memory{between}. {line(other, cut)}"]
    if older:
        lines.append(
            f"If the older no longer holds: {ways.to('replace', other.id)}. If both hold: "
            f"{ways.to('both', other.id, result.id)}."
        )
    return lines


def held(memories: Sequence[Memory]) -> str:
    """After `both_hold`."""

    def draw(cut: int) -> list[str]:
        return ["These all hold, and are not told of as contradictions or repetitions again:", *numbered(memories, cut)]

    return fitted(draw)


def merged(result: Merged) -> str:
    """After `merge`: the whole, and which ids lead to it now."""

    def draw(cut: int) -> list[str]:
        others = ", ".join(identity(part.id) for part in result.parts[1:])
        return [
            f"Merged {count(len(result.parts), 'memory')} into {line(result, cut)}",
            f"It answers to {others} as well.",
        ]

    return fitted(draw)


def duplicates(groups: Sequence[Twins], ways: Ways = ASSISTANT) -> str:
    """All groups of memories that say the same. ways: how the reader makes one of them."""
    if not groups:
        return "No two memories say the same."

    def draw(cut: int) -> list[str]:
        number = sum(len(group.memories) for group in groups)
        lines = [
            f"{count(len(groups), 'group')} of memories that say the same, {count(number, 'memory')} in all "
            f"(if not: {ways.to('both', 'ID', 'ID')}):"
        ]
        for group in groups:
            how = ways.to("merge", *(memory.id for memory in group.memories))
            lines.append(f"Alike by {group.likeness:.0%}; {how} makes one of them:")
            lines += numbered(group.memories, cut)
        return lines

    return fitted(draw)
