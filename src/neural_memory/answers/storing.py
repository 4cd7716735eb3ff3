"""What does a reader hear after something was stored?"""

from __future__ import annotations

from neural_memory.answers.pieces import fitted, line, names, numbered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.model import Remembered


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
        if result.similar:
            lines.append("Nearly the same is stored already; if one of them no longer holds, revise or forget it:")
            lines += numbered(result.similar, cut)
        if result.suggested_tags:
            lines.append(f"Tags that would fit: {names(result.suggested_tags, 8)}.")
        return lines

    return fitted(draw)
