"""What does a reader hear after something was corrected, deleted or brought back?"""

from __future__ import annotations

from neural_memory.answers.pieces import ASSISTANT, CUTS, count, escaped, fitted, line, name, numbered
from neural_memory.answers.storing import contradicted, taken_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.answers.pieces import Ways
    from neural_memory.changes import Forgotten, Undone
    from neural_memory.model import Revised


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


def revised(memory: Revised, ways: Ways = ASSISTANT) -> str:
    """After `revise`: the memory as it is now. ways: how the reader settles a contradiction."""
    lines = [f"{'Confirmed' if memory.confirmed else 'Revised'} {line(memory)}"]
    for conflict in memory.contradicts:
        lines += contradicted(memory, conflict, CUTS[0], ways)
    return "\n".join([*lines, taken_out(memory.redacted)] if memory.redacted else lines)


_TAKEN_BACK = {
    "remember": "no longer stored",
    "import": "as before the import",
    "forget": "stored again",
    "revise": "as it was before",
    "merge": "apart again",
    "retag": "tagged as before",
}


def undone(steps: Sequence[Undone]) -> str:
    """After `undo` or `redo`: what was taken back (or done again), and who had done it when."""
    if not steps:
        return "There is nothing to undo."

    def draw(cut: int) -> list[str]:
        again = steps[0].again
        lines = [f"{'Did' if again else 'Took back'} {count(len(steps), 'step')}{' again' if again else ''}:"]
        for step in steps:
            state = "done again" if again else f"now {_TAKEN_BACK.get(step.action, 'as before')}"
            when = escaped(step.at[:16].replace("T", " "))
            number = count(len(step.memories), "memory")
            lines.append(f"{name(step.action)} of {number} by {name(step.source)} on {when} UTC; {state}:")
            lines += numbered(step.memories, cut)
        return lines

    return fitted(draw)
