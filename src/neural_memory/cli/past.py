"""How is what became of memories drawn on a terminal?  Every change with its words; the log; what was undone."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from neural_memory.answers import changing as wording_of_changes
from neural_memory.answers import past as wording
from neural_memory.changes import Change, History, Step, Undone
from neural_memory.cli.look import visible
from neural_memory.cli.tables import grid, memories, said


def history(past: History) -> RenderableType:
    """Every change with the words that went (red, struck) and came (green)."""
    parts: list[RenderableType] = []
    for change in past.changes:
        parts.append(said(visible(wording.head(change)), "bold" if not change.undone else "dim"))
        parts += [Padding(part, (0, 0, 0, 2)) for part in _changed(change)]
    if past.memory is None:
        parts.append(Text("Not stored now.", "yellow"))
    return Group(*parts)


_STYLES = {wording.SAME: "", wording.GONE: "red strike", wording.NEW: "green"}


def _changed(change: Change) -> Iterable[RenderableType]:
    before, after = change.before, change.after
    if after is not None and (before is None or not change.kept):
        yield said(after.content)
    elif before is not None and after is not None:
        if before.content != after.content:
            runs = wording.shortened(wording.words_changed(before.content, after.content))
            yield Text.assemble(*((visible(text), _STYLES[kind]) for kind, text in runs))
        for what, was, now in (*wording.facts_changed(before, after), *wording.mended(change)):
            yield Text.assemble((f"{what} ", "dim"), (visible(was), "red"), " → ", (visible(now), "green"))
    if told := wording.outcome(change):
        yield said(told, "dim")


def log(steps: Iterable[Step]) -> Table:
    """Step, time, author, action, how many memories, the first of them."""
    table = grid()
    for name in ("step", "when", "by", "what"):
        table.add_column(name, no_wrap=True, style="cyan" if name == "step" else "")
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("memory", ratio=1, overflow="fold")
    for step in steps:
        style = "dim" if step.undone or not step.undoable else ""
        what = f"{step.action} (taken back)" if step.undone else step.action
        cells = (str(step.step), step.at[:16].replace("T", " "), step.source, what, f"{step.memories:,}")
        table.add_row(
            *(said(cell) for cell in cells),
            said(_subject(step)),
            style=style,
        )
    return table


def _subject(step: Step) -> str:
    """What a step was about: the first of its memories, or the names of a project."""
    if step.renamed is not None:
        return " → ".join(step.renamed)
    return " ".join(step.first.content[:100].split()) if step.first else ""


def undone(steps: Iterable[Undone]) -> RenderableType:
    parts: list[RenderableType] = []
    for step in steps:
        what = "Did again" if step.again else "Took back"
        called = f" ({' → '.join(step.renamed)})" if step.renamed else ""
        parts.append(said(f"{what}: {step.action}{called} of {step.at} by {step.source}", "green"))
        parts.append(memories(step.memories[:_MOST_UNDONE]))
        if len(step.memories) > _MOST_UNDONE:
            parts.append(Text(f"and {len(step.memories) - _MOST_UNDONE:,} more", "dim"))
        if step.back:
            parts += [Text(wording_of_changes.put_aside(step), "green"), memories(step.back[:_MOST_UNDONE])]
        if step.left:
            parts.append(Text(wording_of_changes.left_alone(step), "yellow"))
    return Group(*parts)


_MOST_UNDONE = 50
"""Most memories of a step that are shown: an import may have brought thousands."""
