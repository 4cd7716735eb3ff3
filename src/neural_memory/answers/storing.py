"""What does a reader hear after something was stored?"""

from __future__ import annotations

from neural_memory.answers.pieces import fitted, line, names, numbered, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.model import Conflict, Remembered


def taken_out(what: Sequence[str]) -> str:
    """What was not stored along."""
    more = f" and {len(what) - 5:,} more" if len(what) > 5 else ""
    return f"Taken out before it was stored: {', '.join(what[:5])}{more}."


def remembered(result: Remembered) -> str:
    """After `remember`: the id first, then what the network made of it."""

    def draw(cut: int) -> list[str]:
        if result.created:
            lines = [f"Stored {line(result, min(cut, 250))}"]
        else:
            lines = [f"Already stored {line(result, min(cut, 250))}; it was strengthened, not stored twice."]
        if result.redacted:
            lines.append(taken_out(result.redacted))
        if result.linked:
            lines.append(f"Linked to: {names(result.linked, 12)}.")
        if result.replaced:
            lines.append(f"It takes the place of {line(result.replaced, cut)}.")
        for conflict in result.contradicts:
            lines += contradicted(result, conflict, cut)
        told = {memory.id for conflict in result.contradicts for memory in (conflict.older, conflict.newer)}
        if similar := [memory for memory in result.similar if memory.id not in told]:
            lines.append("Nearly the same is stored already; if one of them no longer holds, revise or forget it:")
            lines += numbered(similar, cut)
        if result.suggested_until:
            words, moment = result.suggested_until
            lines.append(f'It says {quoted(words, 80)}: revise it with valid_until="{moment[:10]}" to let it end then.')
        if result.suggested_tags:
            lines.append(f"Tags that would fit: {names(result.suggested_tags, 8)}.")
        return lines

    return fitted(draw)


def contradicted(result: Remembered, conflict: Conflict, cut: int) -> list[str]:
    """What the stored memory is at odds with, and how to settle it."""
    other = conflict.older if conflict.newer.id == result.id else conflict.newer
    older = other is conflict.older
    between = f": {quoted(conflict.was, 80)} → {quoted(conflict.now, 80)}" if conflict.was and conflict.now else ""
    lines = [f"It contradicts {'an older' if older else 'a newer'} memory{between}. {line(other, cut)}"]
    if older:
        lines.append(f'If the older no longer holds: remember the same content with replaces="{other.id}".')
    return lines
