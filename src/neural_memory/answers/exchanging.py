"""What does a reader hear after memories came in, or went out?"""

from __future__ import annotations

from neural_memory.answers.pieces import count, escaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neural_memory.outcomes import Exported, Imported

SHOWN = 10
"""Most lines of each kind that are shown."""


def exported(result: Exported) -> str:
    """After `export`: how many, and where they are."""
    lines = [f"Exported {count(result.memories, 'memory')} to {escaped(result.path)}"]
    if result.kept:
        lines.append(f"Changed there and not imported yet, so left alone: {count(len(result.kept), 'file')}.")
        lines += _some(list(result.kept))
    if result.held:
        lines.append(f"Left out because of a secret in it: {count(len(result.held), 'memory')}.")
        lines += _some([f"{id}: {kinds}" for id, kinds in result.held])
    if result.removed:
        lines.append(f"Forgotten here, so their files were removed: {count(len(result.removed), 'file')}.")
        lines += _some(list(result.removed))
    if result.odd:
        lines.append(
            "Written by hand, and put right on the way out, as the memory file cannot be changed now: "
            f"{count(len(result.odd), 'memory')}."
        )
        lines += _some([f"{id}: {what}{' (a guess)' if guess else ''}" for id, what, guess in result.odd])
    if result.unnoted:
        lines.append(
            "The memory file cannot be changed now, so it does not know of these files: an import of them cannot tell "
            "on which side a memory was changed."
        )
    return "\n".join(lines)


def imported(result: Imported) -> str:
    """After `import`: what became of everything that was in the source."""
    number = count(result.new, "memory")
    head = f"Would store {number}" if result.dry_run else f"Stored {number}"
    lines = [f"{head} from {escaped(result.path)} ({result.format}, {result.read:,} read)."]
    for name, text in BECAME.items():
        if number := getattr(result, name):
            lines.append(f"{number:,} {text}")
            lines += _some([f"{where}: {why}" for where, why in result.named.get(name, ())], number)
    lines.append("Nothing was changed." if result.dry_run else _next(result))
    return "\n".join(lines)


BECAME = {
    "known": "known already.",
    "revised": "revised: changed over there, and not here.",
    "older": "changed here since, and not over there: kept as they are here.",
    "conflicts": "changed on both sides: kept as they are here (--take ID takes over one of the others, --theirs all):",
    "forgotten": "forgotten here, so not stored again (--take ID brings one back, --theirs all):",
    "near": "of the new ones nearly the same as one that was there:",
    "held": "not stored because of a secret in it (--secrets redact stores it without):",
    "redacted": "stored without the secret that was in it:",
    "missing": "no longer in the folder; kept here. Forget them by their ids if they should go:",
    "undated": "got the time of the import, for their date could not be understood:",
    "unread": "left where they are, for nothing in them is taken for a memory:",
    "refused": "could not be used:",
    "left_out": "lines of the export not taken over (history, usage and the like; --restore takes them).",
}


def _next(result: Imported) -> str:
    if not (result.new or result.revised):
        return "Nothing was changed."
    return "Undo with `neural-memory undo`. Meaning follows by itself, a little with every question."


def _some(lines: list[str], number: int | None = None) -> list[str]:
    shown = [f"  {escaped(line)[:300]}" for line in lines[:SHOWN]]
    rest = (len(lines) if number is None else number) - len(shown)
    return shown + ([f"  and {rest:,} more"] if rest > 0 and shown else [])
