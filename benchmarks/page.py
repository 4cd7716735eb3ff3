"""How do results become docs/benchmarks.md?  Each number on that page is read from a file in benchmarks/results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import RESULTS
from startup import BARE, MODULE, SDK

Figures = dict[str, Any]

PAGE = RESULTS.parent.parent / "docs" / "benchmarks.md"

HEAD = """
# Benchmarks

This page is made by `python benchmarks/run.py` from the results in `benchmarks/results`; change those, not this.

Times are CPU times (user and system), which hardly depend on what else the machine is doing; waiting for the disk is
not in them. On another machine expect other times but similar ratios. To measure on yours:

    pip install . 'mcp>=2.3,<3'          # mcp only for the server to compare with; not editable: that slows each start
    python benchmarks/run.py             # everything, and this page anew
    python benchmarks/run.py --quick     # a look in half a minute; nothing is written
"""

STARTUP = """
## Until an assistant hears from the server

Every open window of an editor starts a server of its own. The CPU from the start of the process to its first reply, to
`initialize` (older clients) and `server/discover` (newer ones), beside bare Python and a server with a single tool made
with the official SDK.

    python benchmarks/startup.py
"""

MEMORY = """
The most memory held (MB) after the handshake and the list of tools, then after one stored memory, then after one
recall:
"""

SCALE = """
## As the memory grows

Memories of about {characters} characters, stored with a client's name and session; questions made of words that are
in very many of them, of names that are in few, and of words that are in none. Milliseconds of CPU, p50 / p95.

    python benchmarks/scale.py
"""

FRESH = """
"Remember one" is until the answer; the new memory is linked right after it, while nobody waits. "Fresh process" is
starting Python, opening the file and answering one question. A page of an audit holds 100 memories; the topics are two
common words, so a large part of all memories concerns them.
"""

RETRIEVAL = """
## Do questions find what answers them?

Public cases of questions and the documents that answer them, not part of this repository. In percent, with the 95%
bootstrap interval: recall@5 and @10 (the share of the answering documents among the first 5 and 10), hit@5 (at least
one), all@5 (every one), MRR and nDCG@10.

    python benchmarks/retrieval.py CASES.json.gz
"""

EMBED = """
## What meaning costs

The built-in embedding model, {model}: a file of {megabytes} MB; beside the float model its vectors have a cosine of
{lowest} at least and {mean} on average ({sentences} sentences). CPU on one thread, medians of {rounds} fresh processes.
"First vector" is everything from the start of Python on.

    python benchmarks/embed.py
"""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure may be at most."""

    text: str
    figure: Callable[[Figures], float | None]
    most: float
    unit: str = ""


def page() -> str:
    """The whole text of docs/benchmarks.md."""
    parts = [HEAD.strip()]
    for name, section in (("startup", _startup), ("scale", _scale), ("retrieval", _retrieval), ("embed", _embed)):
        if figures := _load(name):
            parts += [*section(figures), _measured_on(figures)]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def up_to_date() -> bool:
    return PAGE.exists() and PAGE.read_text() == page()


def write() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())


# -- the sections -----------------------------------------------------------------------------------------------------


def _startup(figures: Figures) -> Iterable[str]:
    yield STARTUP
    yield _goals(figures, STARTUP_GOALS)
    bare = _cpu(figures, BARE) or 1.0
    rows = []
    for row in figures["first_reply"]:
        cpu = row["cpu_ms"]
        sdk = _cpu(figures, SDK, row["request"]) if row["request"] else None
        share = f"{100 * cpu / sdk:.1f}%" if sdk else ""
        rows.append([_command(row["command"]), row["request"], f"{cpu:.1f}", f"{cpu / bare:.1f} ×", share])
    yield _table(["", "first request", "CPU ms", f"of `{BARE}`", "of the SDK's server"], rows)
    yield f"Medians of {figures['rounds']} interleaved rounds."
    yield MEMORY
    moments = ("listed", "remembered", "recalled")
    held = figures["memory_mb"].items()
    rows = [[_command(name), *(_number(peaks.get(moment)) for moment in moments)] for name, peaks in held]
    yield _table(["", *moments], rows)


def _scale(figures: Figures) -> Iterable[str]:
    sizes = figures["sizes"]
    yield SCALE.format(characters=round(sizes[0]["bulk"]["characters_per_memory"], -1))
    yield _goals(figures, SCALE_GOALS)

    def row(name: str, cell: Callable[[Figures], str]) -> list[str]:
        return [name, *(cell(size) for size in sizes)]

    rows = [
        row("remember one", lambda size: _spread(size["remember_ms"])),
        row("remember one, and link it", lambda size: _spread(size["settled_ms"])),
        row("remember many, each", lambda size: f"{size['bulk']['ms_per_memory']:.2f}"),
        row("memories a second of CPU", lambda size: f"{size['bulk']['memories_per_cpu_second']:,}"),
    ]
    rows += [
        row(f"recall: {kind}", lambda size, kind=kind: _spread(size["recall_ms"][kind]))
        for kind in sizes[0]["recall_ms"]
    ]
    rows += [
        row("audit: overview", lambda size: _spread(size["overview_ms"])),
        row("audit about a topic", lambda size: _spread(size["audit_about_ms"])),
        row("memories that concern it", lambda size: f"{size['audit_about_ms']['found_p50']:,}"),
        row("forget one for good", lambda size: _spread(size["forget_for_good_ms"])),
        row("fresh process: open and recall", lambda size: _spread(size["fresh_process"]["cpu_ms"])),
        row("its memory at most, MB", lambda size: _number(size["fresh_process"]["peak_mb"])),
        row("bytes of file for each memory", lambda size: f"{size['bulk']['file_bytes_per_memory']:,}"),
    ]
    yield _table(["", *(f"{size['memories']:,}" for size in sizes)], rows)
    yield FRESH


def _retrieval(figures: Figures) -> Iterable[str]:
    yield RETRIEVAL
    for name, found in figures["datasets"].items():
        yield f"**{name}**, {found['cpu_ms_per_question']} ms of CPU for each question:"
        measures = [measure for measure in found["categories"]["all"] if measure != "questions"]
        rows = [
            [category, str(row["questions"]), *(_interval(row[measure]) for measure in measures)]
            for category, row in found["categories"].items()
        ]
        yield _table(["", "questions", *measures], rows)


def _embed(figures: Figures) -> Iterable[str]:
    accuracy = figures["accuracy"]
    yield EMBED.format(
        model=figures["model"].partition("@")[0],
        megabytes=f"{figures['file_bytes'] / 1e6:.0f}",
        lowest=accuracy["cosine_min"],
        mean=accuracy["cosine_mean"],
        sentences=f"{accuracy['sentences']:,}",
        rounds=figures["rounds"],
    )
    yield _table(["", "CPU ms"], [[name, _number(milliseconds)] for name, milliseconds in figures["cpu_ms"].items()])
    yield _table(["memory held", "MB"], [[name, _number(megabytes)] for name, megabytes in figures["mb"].items()])


# -- goals ------------------------------------------------------------------------------------------------------------


def _goals(figures: Figures, goals: Iterable[Goal]) -> str:
    rows = [
        [goal.text, _plain(figure) + goal.unit, "met" if figure <= goal.most else "**missed**"]
        for goal in goals
        if (figure := goal.figure(figures)) is not None
    ]
    return _table(["Goal", "measured", ""], rows)


def _cpu(figures: Figures, command: str, request: str = "") -> float | None:
    rows = [r for r in figures["first_reply"] if r["command"] == command and (not request or r["request"] == request)]
    return max((row["cpu_ms"] for row in rows), default=None)


def _ratio(command: str) -> Callable[[Figures], float | None]:
    def figure(figures: Figures) -> float | None:
        ours, theirs = _cpu(figures, MODULE), _cpu(figures, command)
        return None if ours is None or theirs is None else ours / theirs

    return figure


def _worst_recall(size: int) -> Callable[[Figures], float | None]:
    def figure(figures: Figures) -> float | None:
        found = [s["recall_ms"].values() for s in figures["sizes"] if s["memories"] == size]
        return max((spread["p50"] for spreads in found for spread in spreads), default=None)

    return figure


STARTUP_GOALS = (
    Goal("first reply: at most 4 times the CPU of `python -c pass`", _ratio(BARE), 4, " ×"),
    Goal(
        "first reply: under a tenth of the CPU of the official SDK's server",
        lambda figures: None if (ratio := _ratio(SDK)(figures)) is None else 100 * ratio,
        10,
        "%",
    ),
    Goal(
        "memory after the first stored memory: under 30 MB",
        lambda figures: figures["memory_mb"][MODULE]["remembered"],
        30,
        " MB",
    ),
)

SCALE_GOALS = (
    Goal(
        "remember one: at most 5 ms at any size (the worst p95)",
        lambda figures: max(size["remember_ms"]["p95"] for size in figures["sizes"]),
        5,
        " ms",
    ),
    Goal(
        "remember one, and link it: at most 5 ms at any size (the worst p50)",
        lambda figures: max(size["settled_ms"]["p50"] for size in figures["sizes"]),
        5,
        " ms",
    ),
    Goal("recall: p50 of at most 15 ms at 10,000 (the worst kind of question)", _worst_recall(10_000), 15, " ms"),
    Goal("recall: p50 of at most 30 ms at 100,000 (the worst kind of question)", _worst_recall(100_000), 30, " ms"),
    Goal(
        "at most 2,000 bytes of file for each memory (the worst size)",
        lambda figures: max(size["bulk"]["file_bytes_per_memory"] for size in figures["sizes"]),
        2_000,
    ),
)


# -- Markdown ---------------------------------------------------------------------------------------------------------


def _measured_on(figures: Figures) -> str:
    machine = figures.get("machine")
    if not machine:
        return ""
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"*Measured on {machine['date']}: {machine['cpu']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}, SQLite {machine['sqlite']}, {packages}.*"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; every column but the first to the right."""
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _command(name: str) -> str:
    return name if name == SDK else f"`{name}`"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _spread(figures: Figures) -> str:
    return f"{figures['p50']:.1f} / {figures['p95']:.1f}"


def _interval(figures: Sequence[float]) -> str:
    middle, low, high = figures
    return f"{middle:.1f} ({low:.0f}-{high:.0f})"


def _load(name: str) -> Figures | None:
    path = Path(RESULTS / f"{name}.json")
    return json.loads(path.read_text()) if path.exists() else None
