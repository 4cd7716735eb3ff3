"""How is each kind of result drawn on a terminal?  Values in, rich renderables out; nothing is printed here.

Every text goes through `Text`, which knows no markup, and through `visible`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from neural_memory.answers import CUTS, copies, count, sections, standing
from neural_memory.answers.exchanging import BECAME, SHOWN
from neural_memory.answers.pieces import until
from neural_memory.answers.storing import guess
from neural_memory.changes import Forgotten, Merged, Twins
from neural_memory.cli.look import COMMANDS, SHOW, visible
from neural_memory.model import (
    Audit,
    Conflict,
    Connections,
    Contradictions,
    Memory,
    Project,
    Recollection,
    Remembered,
    Revised,
    Stats,
)
from neural_memory.outcomes import Imported

_WIDE = 100
"""From this many columns on tags get a column of their own; below it they stand under the text."""


def _is_wide() -> bool:
    return shutil.get_terminal_size().columns >= _WIDE


def said(text: str, style: str = "") -> Text:
    return Text(visible(text), style=style)


_MOST_LINES = 12


def _beginning(content: str) -> str:
    """What is shown of a text among others."""
    lines = content[: CUTS[0]].splitlines(keepends=True)
    return "".join(lines[:_MOST_LINES]).rstrip()


def _shown(memory: Memory, style: str = "") -> Text:
    """What a memory says, of a long one the beginning."""
    text = _beginning(memory.content)
    return said(text if text == memory.content.rstrip() else f"{text} …", style)


def _rest(memory: Memory) -> str:
    """Where a memory was cut: how long it is, and what shows all of it."""
    if _beginning(memory.content) == memory.content.rstrip():
        return ""
    return f"{count(len(memory.content), 'character')}: {SHOW.format(memory.id)}"


def _tags(memory: Memory) -> str:
    return " ".join(f"#{tag}" for tag in memory.tags)


def _unconfirmed(memory: Memory) -> str:
    return "" if memory.trust == "stored" else f"{memory.trust} by {memory.source}: not confirmed"


def grid() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def _stacked(first: Text, *below: str) -> RenderableType:
    """A text, and dim lines under it where there is something to say."""
    return Group(first, *(said(line, "dim") for line in below if line))


def memories(rows: Iterable[Memory], doubts: Mapping[str, Sequence[str]] | None = None) -> Table:
    """id, text, date, importance, tags; the project where the rows are of several."""
    rows = list(rows)
    wide, several = _is_wide(), len({memory.project for memory in rows}) > 1
    table = grid()
    table.add_column("id", style="cyan", no_wrap=True)
    table.add_column("memory", ratio=1, overflow="fold")
    table.add_column("date", style="dim", no_wrap=True)
    table.add_column("imp.", justify="right", style="dim", no_wrap=True)
    if wide:
        table.add_column("tags", style="green", max_width=24, overflow="fold")
    for memory in rows:
        text = _shown(memory, "strike dim" if memory.replaced_by else "")
        cells: list[RenderableType] = [
            said(memory.id),
            _stacked(
                text,
                _rest(memory),
                f"project {memory.project}" if several and memory.project else "",
                "" if wide else _tags(memory),
                _unconfirmed(memory),
                until(str(memory.valid_until)) if memory.valid_until else "",
                "; ".join((doubts or {}).get(memory.id, ())),
            ),
            said(memory.timestamp[:10]),
            said(f"{memory.importance:.1f}"),
        ]
        if wide:
            cells.append(said(_tags(memory)))
        table.add_row(*cells)
    return table


def hits(rows: Iterable[Recollection], doubt: str = "") -> RenderableType:
    """Rank, text with the reason it is here, date, id. doubt: a line before them."""
    table = grid()
    table.add_column("", justify="right", style="bold", no_wrap=True)
    table.add_column("memory", ratio=1, overflow="fold")
    table.add_column("date", style="dim", no_wrap=True)
    table.add_column("id", style="cyan", no_wrap=True)
    rows = list(rows)
    several = len({hit.memory.project for hit in rows}) > 1
    for place, hit in enumerate(rows, 1):
        text = Text("Related: " if not hit.direct else "Perhaps: " if hit.confidence == "weak" else "", "magenta")
        text.append_text(_shown(hit.memory, "default"))
        table.add_row(
            f"{place}.",
            _stacked(
                text,
                _rest(hit.memory),
                hit.reason,
                f"project {hit.memory.project}" if several and hit.memory.project else "",
                _tags(hit.memory),
                _unconfirmed(hit.memory),
                _standing(hit),
            ),
            said(hit.memory.timestamp[:10]),
            said(hit.memory.id),
        )
    return Group(said(doubt, "yellow"), table) if doubt else table


def _standing(hit: Recollection) -> str:
    """What is known against a hit, and the end of its time."""
    ends = until(hit.memory.valid_until) if hit.memory.valid_until else ""
    faded = f"faded by {hit.faded:.0%}: old and not used" if hit.faded >= 0.01 else ""
    return "; ".join(part for part in (ends, standing(hit, 100).removeprefix(" — "), faded) if part)


def contradictory(found: Contradictions) -> RenderableType:
    parts: list[RenderableType] = [Text(f"{count(found.total, 'pair')} at odds with each other", "bold")]
    for conflict in found.conflicts:
        parts += [Text(), memories((conflict.older, conflict.newer))]
    parts += [
        Text(),
        Text("The older stands first. To settle one:", "dim"),
        Text(COMMANDS.settle, "cyan"),
    ]
    if found.unexamined:
        parts.append(Text(f"{count(found.unexamined, 'memory')} still to be looked at: run it again.", "yellow"))
    return Group(*parts)


def facts(rows: Mapping[str, object], title: str = "") -> Table:
    """Name and value, one a line."""
    table = Table.grid(padding=(0, 2, 0, 0))
    if title:
        table.title, table.title_justify, table.title_style = title, "left", "bold"
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, said(str(value)))
    return table


def memory(one: Memory, standing: str = "", *, whole: bool = False) -> RenderableType:
    rows = {
        "id": one.id,
        "date": one.timestamp,
        "importance": f"{one.importance:.2f}".rstrip("0").rstrip("."),
        "kind": one.kind,
        "tags": ", ".join(one.tags) or "none",
        "project": one.project or "every project",
        "from": one.source + (f", session {one.session}" if one.session else ""),
    }
    if one.trust != "stored":
        rows["trust"] = f"{one.trust}, not confirmed (revise {one.id} confirms it)"
    if one.replaced_by:
        rows["replaced by"] = one.replaced_by
    if one.valid_until:
        rows["time"] = until(one.valid_until)
    if one.pinned:
        rows["pinned"] = "it does not fade"
    if standing:
        rows["standing"] = standing.removeprefix(" — ")
    text = said(one.content, "bold") if whole else _stacked(_shown(one, "bold"), _rest(one))
    return Group(text, Text(), facts(rows))


def _suggested_end(result: Remembered) -> str:
    """The way to an end that the text itself names."""
    if result.suggested_until is None:
        return ""
    words, moment = result.suggested_until
    return f"{words}: {COMMANDS.to('end', result.id, day=moment[:10])}"


def _contradicted(result: Memory, conflicts: Iterable[Conflict]) -> list[RenderableType]:
    """What it is at odds with, and how the older of the two is put aside."""
    parts: list[RenderableType] = []
    for conflict in conflicts:
        if conflict.newer.id == result.id:
            how = COMMANDS.to("replace", conflict.older.id)
            parts += [Text("It contradicts an older memory:", "yellow"), memories([conflict.older])]
            parts.append(Text.assemble(("if that no longer holds: ", "dim"), (how, "cyan")))
        else:
            parts += [Text("It contradicts a newer memory:", "yellow"), memories([conflict.newer])]
    return parts


def revised(result: Revised) -> RenderableType:
    parts = [memory(result), *_guessed(result), *_contradicted(result, result.contradicts)]
    if result.once:
        how = COMMANDS.to("redact", result.id)
        parts.append(Text(f"Its history still holds {', '.join(map(visible, result.once[:5]))}. {how}", "yellow"))
    return Group(*parts)


def _guessed(result: Remembered | Revised) -> list[RenderableType]:
    return [Text(guess(result, COMMANDS), "yellow")] if result.guessed else []


def remembered(result: Remembered) -> RenderableType:
    head = Text("Stored " if result.created else "Known already, strengthened: ", "green")
    head.append(visible(result.id), "cyan")
    rows = {
        "kind": result.kind,
        "project": f"every one; {COMMANDS.to('here', result.id)}".rstrip(".")
        if result.spread
        else result.project or "",
        "tags": ", ".join(result.tags),
        "linked to": ", ".join(result.linked),
        "time": until(result.valid_until) if result.valid_until else "",
        "pinned": "it does not fade" if result.pinned else "",
        "anchored to": ", ".join(anchor.name for anchor in result.anchors),
        "suggested end": _suggested_end(result),
        "suggested tags": ", ".join(result.suggested_tags),
        "taken out": ", ".join(result.redacted),
        "took the place of": f"{result.replaced.id}  {_shown(result.replaced).plain}" if result.replaced else "",
    }
    parts: list[RenderableType] = [
        head,
        _stacked(_shown(result), _rest(result)),
        facts({name: value for name, value in rows.items() if value}),
    ]
    parts += _guessed(result)
    parts += _contradicted(result, result.contradicts)
    told = {memory.id for conflict in result.contradicts for memory in (conflict.older, conflict.newer)}
    if twins := [memory for memory in result.duplicates if memory.id not in told]:
        how = COMMANDS.to("merge", twins[0].id, result.id)
        parts += [Text.assemble(("The same is stored in: ", "yellow"), (how, "cyan"), (" makes one of them", "dim"))]
        parts.append(memories(twins))
        told |= {memory.id for memory in twins}
    if similar := [memory for memory in result.similar if memory.id not in told]:
        parts += [Text("Nearly the same is stored in:", "yellow"), memories(similar)]
    return Group(*parts)


def merged(result: Merged) -> RenderableType:
    others = ", ".join(part.id for part in result.parts[1:])
    head = Text.assemble((f"Merged {count(len(result.parts), 'memory')} into ", "green"), (visible(result.id), "cyan"))
    verb = "goes" if len(result.parts) == 2 else "go"
    told = said(f"{others} {verb} on answering with it; neural-memory undo takes it apart.", "dim")
    return Group(head, told, Text(), memory(result))


def duplicates(groups: Iterable[Twins]) -> RenderableType:
    """Each group with the command that makes one of it."""
    parts: list[RenderableType] = []
    for group in groups:
        how = COMMANDS.to("merge", *(memory.id for memory in group.memories))
        head = Text.assemble((f"{group.likeness:.0%} alike  ", "yellow"), (how, "cyan"))
        parts += [head, memories(group.memories), Text()]
    return Group(*parts)


def audit(page: Audit) -> RenderableType:
    number = count(page.total, "memory")
    shown = len(page.memories)
    head = number if shown == page.total else f"{page.start:,} to {page.start + shown - 1:,} of {number}"
    head += f" and {page.perhaps:,} perhaps" if page.perhaps else ""
    parts: list[RenderableType] = [Text(head, "bold")]
    for heading, _, found in sections(page):
        parts += [Text(heading, "magenta")] if heading else []
        parts.append(memories(found, page.suspect))
    if page.cursor:
        parts.append(Text("There are more: --all shows every one.", "dim"))
    return Group(*parts)


def moved(found: Sequence[Memory]) -> RenderableType:
    where = f"project {found[0].project}" if found[0].project else "every project"
    return Group(said(f"Moved {count(len(found), 'memory')} to {where}", "green"), memories(found))


def projects(found: Iterable[Project]) -> RenderableType:
    """name, memories, newest, what it is known by; the present one is bold."""
    table = grid()
    for title in ("project", "memories", "newest", "known by"):
        table.add_column(title, justify="right" if title == "memories" else "left", overflow="fold")
    for one in found:
        known = [place for place in one.places if not place.startswith(("made:", "name:", "first:"))]
        name = said(one.name + (" (this one)" if one.present else ""), "bold" if one.present else "")
        table.add_row(name, f"{one.memories:,}", said((one.newest or "")[:10]), said("\n".join(known), "dim"))
    return table


_LONGEST_BAR = 12
_MOST_ROWS = 6


def counted(name: str, counts: Mapping[str, int]) -> RenderableType:
    """Counts with bars, the first six."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.title, table.title_justify, table.title_style = name, "left", "bold"
    table.add_column(overflow="fold", max_width=24)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="cyan", no_wrap=True)
    most = max(counts.values()) or 1
    for label, number in list(counts.items())[:_MOST_ROWS]:
        bar = "━" * (round(number / most * _LONGEST_BAR) or (1 if number else 0))
        table.add_row(said(label or "every project"), f"{number:,}", bar)
    if len(counts) > _MOST_ROWS:
        table.add_row(Text(f"and {len(counts) - _MOST_ROWS:,} more", "dim"), "", "")
    return table


def connections(found: Connections) -> RenderableType:
    table = grid()
    table.add_column("neuron", style="cyan", overflow="fold")
    table.add_column("leads to", overflow="fold")
    table.add_column("weight", justify="right", no_wrap=True)
    table.add_column("how", style="dim", overflow="fold")
    for synapse in found.synapses:
        table.add_row(
            said(synapse.source.name),
            said(synapse.target.name),
            f"{synapse.weight:.2f}",
            said(synapse.type),
        )
    neurons = ", ".join(f"{neuron.name} ({count(neuron.memories, 'memory')})" for neuron in found.neurons)
    parts: list[RenderableType] = [said(neurons, "bold"), Text(), table]
    if found.memories:
        parts += [Text(), memories(found.memories)]
    return Group(*parts)


def stats(figures: Stats) -> RenderableType:
    rows = facts(
        {
            "file": figures.path,
            "size": _size(figures.file_bytes),
            "memories": f"{figures.memories:,}" + (f" and {figures.replaced:,} replaced" if figures.replaced else ""),
            "neurons": f"{figures.neurons:,}",
            "synapses": f"{figures.synapses:,}",
            "fibers": f"{figures.fibers:,}",
            "meaning": figures.meaning,
            "embedded": f"{figures.embedded:,}, and {figures.unembedded:,} waiting",
            "oldest": figures.oldest or "none",
            "newest": figures.newest or "none",
            "undoable steps": f"{figures.undoable:,}",
            "schema": figures.schema,
            "SQLite": figures.sqlite,
        }
    )
    return Group(rows, *(said(f"warning: {warning}", "yellow") for warning in figures.warnings))


def _size(number: int) -> str:
    size = float(number)
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def imported(result: Imported) -> RenderableType:
    head = Text(f"{'Would store' if result.dry_run else 'Stored'} {count(result.new, 'memory')}", "bold green")
    head.append_text(said(f" from {result.path}: {result.format}, {result.read:,} read", "dim"))
    table = grid()
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in BECAME.items():
        if number := getattr(result, name):
            table.add_row(f"{number:,}", Text(text.rstrip(".:"), "yellow" if name in _TROUBLE else ""))
            for where, why in result.named.get(name, ())[:SHOWN]:
                table.add_row("", said(f"{where}: {why}", "dim"))
    changed = not result.dry_run and (result.new or result.revised)
    end = "neural-memory undo takes it back." if changed else "Nothing was changed."
    return Group(head, table, Text(end, "dim"))


_TROUBLE = ("conflicts", "held", "undated", "refused", "missing")


def forgotten(result: Forgotten) -> RenderableType:
    number = count(len(result.memories), "memory")
    if result.dry_run:
        head = Text(f"Would forget {number} (nothing was changed):", "yellow")
    else:
        head = Text(f"Forgot {number}" + (" for good:" if result.for_good else ":"), "green")
    parts: list[RenderableType] = [head, memories(result.memories)]
    if not (result.dry_run or result.for_good):
        parts.append(Text("neural-memory undo brings it back.", "dim"))
    if result.copies:
        parts.append(said(copies(result), "yellow"))
    return Group(*parts)
