"""What became of the file: a backup that came back, a damaged file that was mended."""

from __future__ import annotations

from neural_memory.answers.pieces import count, escaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.outcomes import Restored


def restoring(plan: Restored) -> str:
    """What `restore` would do."""
    newest = f", the newest of {plan.newest[:10]}" if plan.newest else ""
    lines = [f"{escaped(plan.source)} holds {count(plan.memories, 'memory')}{newest}."]
    if plan.mended:
        lines.append(f"It is damaged: {escaped(plan.mended)}.")
    if plan.replaced is not None:
        lines.append(f"It would take the place of {escaped(plan.path)}, which holds {count(plan.replaced, 'memory')}.")
    return "\n".join(lines)


def restored(result: Restored) -> str:
    """After `restore`: what is there now, and where the former file is."""
    lines = [f"Restored {count(result.memories, 'memory')} from {escaped(result.source)}."]
    if result.mended:
        lines.append(f"It was damaged: {escaped(result.mended)}.")
    if result.kept:
        lines.append(f"What was there is kept: {escaped(result.kept)}")
    return "\n".join(lines)


def noted(text: str, notices: Sequence[str]) -> str:
    """An answer, and under it what happened to the file that its user should hear of."""
    return "\n".join((text, *(f"Tell the user: {escaped(notice)}." for notice in notices)))
