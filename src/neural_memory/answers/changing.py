"""What does a reader hear after something was corrected, deleted or brought back?"""

from __future__ import annotations

from neural_memory.answers.pieces import count, fitted, line, name, numbered
from neural_memory.answers.storing import taken_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.model import Forgotten, Revised, Undone


def forgotten(result: Forgotten, undo: str = "undo()") -> str:
    """After `forget`: what is gone (or would be), and the way back. `undo`: how the reader calls it."""
    number = count(len(result.memories), "memory")
    if not result.memories:
        return "No memory matches; nothing was forgotten."

    def draw(cut: int) -> list[str]:
        head = f"{'Would forget' if result.dry_run else 'Forgot'} {number}:"
        return [head, *numbered(result.memories, cut)]

    if result.dry_run:
        end = "Nothing was changed."
    elif result.for_good:
        end = "Gone from the file for good; this cannot be undone."
    else:
        end = f"Undo with {undo}."
    return f"{fitted(draw)}\n{end}"


def revised(memory: Revised) -> str:
    """After `revise`: the memory as it is now."""
    lines = [f"{'Confirmed' if memory.confirmed else 'Revised'} {line(memory)}"]
    return "\n".join([*lines, taken_out(memory.redacted)] if memory.redacted else lines)


_TAKEN_BACK = {
    "remember": "no longer stored",
    "forget": "stored again",
    "revise": "as it was before",
    "import": "as before it",
}


def undone(steps: Sequence[Undone]) -> str:
    """After `undo`: what was taken back, and who had done it when."""
    if not steps:
        return "There is nothing to undo."

    def draw(cut: int) -> list[str]:
        lines = [f"Took back {count(len(steps), 'step')}:"]
        for step in steps:
            state = _TAKEN_BACK.get(step.action, "as before")
            when = step.at[:16].replace("T", " ")
            number = count(len(step.memories), "memory")
            lines.append(f"{step.action} of {number} by {name(step.source)} on {when} UTC; now {state}:")
            lines += numbered(step.memories, cut)
        return lines

    return fitted(draw)
