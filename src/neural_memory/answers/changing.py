"""What does a reader hear after something was corrected, deleted or brought back?"""

from __future__ import annotations

from neural_memory.answers.pieces import ASSISTANT, CUTS, count, escaped, fitted, line, moment, name, numbered
from neural_memory.answers.storing import contradicted, guess, taken_out

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
        return copies(result) or "No memory matches; nothing was forgotten."

    def draw(cut: int) -> list[str]:
        head = f"{'Would forget' if result.dry_run else 'Forgot'} {number}:"
        return [head, *numbered(result.memories, cut)]

    if result.dry_run:
        end = f"Nothing was changed. {copies(result)}".rstrip()
    elif result.for_good:
        end = f"Gone from the file for good; this cannot be undone. {copies(result)}".rstrip()
    else:
        end = f"Undo with {undo}."
    return f"{fitted(draw)}\n{end}"


def copies(result: Forgotten) -> str:
    """Which copies still hold what is gone for good, or went with it."""
    if not result.copies:
        return ""
    if result.copies_deleted:
        paths = ", ".join(map(escaped, result.copies))
        return f"Deleted {count(len(result.copies), 'copy')} of the file that held what is gone for good: {paths}."
    them = "that copy" if len(result.copies) == 1 else "those copies"
    return (
        f"{_still_held(result.copies)} `neural-memory forget --copies` deletes {them} as a whole; what was copied "
        "elsewhere is not known here."
    )


def _still_held(copies: Sequence[str]) -> str:
    holds = "holds" if len(copies) == 1 else "hold"
    return (
        f"{count(len(copies), 'copy')} of the file, made before, {holds} it still: {', '.join(map(escaped, copies))}."
    )


def revised(memory: Revised, ways: Ways = ASSISTANT) -> str:
    """After `revise`: the memory as it is now. ways: how the reader settles a contradiction."""
    lines = [f"{'Confirmed' if memory.confirmed else 'Revised'} {line(memory)}"]
    if memory.guessed:
        lines.append(guess(memory, ways))
    for conflict in memory.contradicts:
        lines += contradicted(memory, conflict, CUTS[0], ways)
    if memory.redacted:
        lines.append(taken_out(memory.redacted))
    if memory.copies:
        lines.append(f"{_still_held(memory.copies)} Delete what is not needed.")
    if memory.once:
        lines.append(f"Its history still holds {', '.join(memory.once[:5])}. {ways.to('redact', memory.id)}")
    return "\n".join(lines)


_TAKEN_BACK = {
    "remember": "no longer stored",
    "import": "as before the import",
    "forget": "stored again",
    "revise": "as it was before",
    "merge": "apart again",
    "both hold": "to be compared again",
    "retag": "tagged as before",
    "rename": "as it was called before",
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
            number = count(len(step.memories), "memory")
            called = ""
            if step.renamed is not None:
                old, new = step.renamed if step.again else step.renamed[::-1]
                called = f", project {name(old)} is called {name(new)}"
            done = f"{name(step.action)} of {number} by {name(step.source)} on {moment(step.at)} UTC"
            lines.append(f"{done}; {state}{called}:")
            lines += numbered(step.memories, cut)
            if step.back:
                lines.append(put_aside(step))
                lines += numbered(step.back, cut)
            if step.left:
                lines.append(left_alone(step))
        return lines

    return fitted(draw)


def left_alone(step: Undone) -> str:
    """What a step had changed as well, and of which is not known any more what it was before."""
    shown = ", ".join(escaped(id) for id in step.left[:_NAMED]) + (", …" if len(step.left) > _NAMED else "")
    stays = "stays as it is" if len(step.left) == 1 else "stay as they are"
    return f"{shown} {stays}: what was there before was erased since."


_NAMED = 10


def put_aside(step: Undone) -> str:
    """What became of what a step had replaced (forgetting what replaces something puts nothing aside)."""
    held = [memory.replaced_by is None for memory in step.back]
    return "What had been replaced holds again:" if all(held) else "Replaced again:"
