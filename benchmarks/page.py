"""How do results become docs/benchmarks.md?  Each number on that page is read from a file in benchmarks/results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peers_page
from measuring import RESULTS
from startup import BARE, MODULE, SDK

Figures = dict[str, Any]

MODEL, AT_ONCE = "with the model", "at once"
COLUMNS = 5

PAGE = RESULTS.parent.parent / "docs" / "benchmarks.md"

HEAD = """
# Benchmarks

This page is made by `python benchmarks/run.py` from the results in `benchmarks/results`; change those, not this.

Times are CPU times (user and system), which hardly depend on what else the machine is doing; waiting for the disk is
not in them. On another machine expect other times but similar ratios. To measure on yours:

    pip install . 'mcp>=2.3,<3'          # mcp only for the server to compare with; not editable: that slows each start
    python benchmarks/run.py             # everything, and this page anew
    python benchmarks/run.py --quick     # a look in a minute; nothing is written
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
in very many of them, of names that are in few, and of words that are in none. Milliseconds of CPU, p50 / p95; a recall
includes the embedding of the question.

    python benchmarks/scale.py
    python benchmarks/scale.py --million
"""

FRESH = """
"Remember one" is until the answer; the new memory is linked and embedded right after it, while nobody waits. "Fresh
process" is starting Python, opening the file and answering one question: with the model, or at once, by words and
association (then the model is loaded after the answer, in a quiet moment). What came in bulk is held against the rest
for contradictions when nobody waits. A page of an audit holds 100 memories; the topics are two common words, so a large
part of all memories concerns them.

"Vectors by the model" are what the model says of each memory. For the larger files that would take long; they have
generated vectors, those of a few hundred memories, each time with other noise, stored as the model's own would be. All
else in them is real.
"""

BULK = """
Many at once, with their vectors, and the memory (MB) that a process holds at most after 200 memories of 200 characters
and a question, and once it has given the model back:
"""

RETRIEVAL = """
## Do questions find what answers them?

Public cases of questions and the documents that answer them, not part of this repository, and the hand-written ones of
`benchmarks/cases`. In percent, with the 95% bootstrap interval: recall@5 and @10 (the share of the answering documents
among the first 5 and 10), hit@5 (at least one), all@5 (every one), MRR and nDCG@10; and how many questions were
answered with silence, which is right when they are off topic and wrong otherwise.

    python benchmarks/retrieval.py CASES.json.gz benchmarks/cases/*.json
"""

ABLATION = """
## What each part is worth

The same questions with one part of recall switched off: the measure that suits each set, in percent, with the 95%
bootstrap interval. In bold what differs from all parts by more than chance explains (95%, on the same questions).

    python benchmarks/ablation.py CASES.json.gz benchmarks/cases/*.json
"""

EMBED = """
## What meaning costs

The built-in embedding model, {model}: a file of {megabytes} MB; beside the float model its vectors have a cosine of
{lowest} at least and {mean} on average ({sentences} sentences). CPU on one thread, medians of {rounds} fresh processes.
"First vector" is everything from the start of Python on.

    python benchmarks/embed.py
"""

CREDENTIALS = """
## Recognising secrets

Developers' sentences with and without a password, key or token in them, whose values are drawn anew {draws} times in
the formats that issuers document (`tests/fixtures/secrets`). The half that was held out was written before the
detector and never tuned on. Looking at one takes {median} µs of CPU (median; p95 {p95} µs), at a memory of 100,000
characters {long} ms.

    python benchmarks/credentials.py
"""

EXCHANGE = """
## In and out

{memories} memories of about 200 characters, without vectors; those the model makes later, in the background. What an
import has stored is linked in the same transaction, so words and association find it at once. Memories a second of CPU,
and a second by the clock, which counts the disk and whatever else the machine was doing; and the most memory held (MB).
A memory takes {bytes_each} bytes of JSON Lines.

    python benchmarks/exchange.py
"""

COPIES = """
## Plain copies under writers

Servers store over MCP, one of them is asked questions in between, which links what was stored, and all the while the
file is copied as `cp` does it. Unsound: `integrity_check` finds something. Incomplete: a memory is missing that was
acknowledged before the copying began. Lost: still missing after the product opened such a copy, and mended it.

    python benchmarks/copies.py
"""

HOOKS = """
## What hooks cost and bring

The start of a session: CPU of `neural-memory hook session-start` beside `python -c pass`, run in turn ({rounds} rounds;
the ratio is the median of the pairs), and the tokens that the session is told (characters / 3.3).

    python benchmarks/hooks.py
"""

PROMPTS = """
Prompts, asked of a running server that has the model loaded, over a file of {memories} hand-written memories: the
questions of `benchmarks/cases/developer.json`, each of which one memory answers, and prompts that people type to an
assistant all day (`benchmarks/cases/prompts.txt`), which none answers (the two that bring something up speak of pull
requests and of merging, and get the stored rule about just that). Milliseconds by the clock until the answer, all
prompts together: p50 {p50:.0f}, p95 {p95:.0f}, the slowest {slowest:.0f}. The very first prompt of a server, sent in
the moment of its handshake, when it has yet to import what it needs and to open the file ({starts} servers): p50
{first:.0f}, the slowest {first_slowest:.0f}. That one is answered by words: a prompt never waits for the model, which
is loaded in the quiet afterwards.
"""

SUGGESTIONS = """
Sessions written by hand, with sentences worth keeping and traps that look like them
(`benchmarks/cases/transcripts.txt`): what is suggested at their end. The rules were tuned on one half of the sessions;
both halves and the rules were written by the same hand, so expect less of other people's sessions.

    python benchmarks/suggestions.py
"""

UPKEEP = """
## Keeping a large memory true

A file of {memories} memories; a few hundred say on which port a service listens. Milliseconds of CPU, p50 / p95 where
there are two. Stored are a hundred of each kind: noticed is the share that was told of as a contradiction or as saying
the same (as far as it was so). Anchors to code: in a git work tree of {files} files memories are stored that name one,
and asked for, beside the same without a work tree; then {changed} files change, and all memories that speak of one are
listed.

    python benchmarks/upkeep.py
"""

CONTRADICTIONS = """
## Recognising contradictions

Pairs of memories, an older and a newer one, half of them traps: another attribute, service, environment or date, lists
that grow, refinements (`benchmarks/cases/pairs`). The older texts are stored among each other, then the newer ones. A
false alarm is a trap that is called a contradiction. The rules were written with the development half in view; the
other half was asked once, when they were done. Both were written by the same hand, so expect a little less of other
people's notes.

    python benchmarks/contradictions.py
"""

NOTES = """
Among the hand-written notes of `benchmarks/cases`, {memories} of them, each compared with every other of its store
({pairs} pairs): {alarms} called so. Taking a note apart costs {cost} ms of CPU.
"""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure may be at most (or has to be at least)."""

    text: str
    figure: Callable[[Figures], float | None]
    bound: float
    unit: str = ""
    at_least: bool = False

    def met(self, figure: float) -> bool:
        return figure >= self.bound if self.at_least else figure <= self.bound


def page() -> str:
    """The whole text of docs/benchmarks.md."""
    parts = [HEAD.strip()]
    for name, section in SECTIONS.items():
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
    million = _load("million")
    sizes = figures["sizes"] + (million["sizes"] if million else [])
    yield SCALE.format(characters=round(sizes[0]["bulk"]["characters_per_memory"], -1))
    yield _goals({**figures, "sizes": sizes}, SCALE_GOALS)

    def row(name: str, cell: Callable[[Figures], str]) -> list[str]:
        return [name, *(cell(size) for size in sizes)]

    def fresh(name: str, how: str, figure: str) -> list[str]:
        return row(name, lambda size: _spread(size["fresh_process"][how][figure]))

    rows = [
        row("remember one", lambda size: _spread(size["remember_ms"])),
        row("remember one, and link it", lambda size: _spread(size["settled_ms"])),
        row("remember one, link and embed it", lambda size: _spread(size["embedded_ms"])),
        row("remember many without meaning, each", lambda size: f"{size['bulk']['ms_per_memory']:.2f}"),
        row("... and looking for contradictions of one of them", lambda size: _number(size.get("examined_ms"))),
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
        fresh("fresh process, with the model: CPU", MODEL, "cpu_ms"),
        fresh("... of the recall alone", MODEL, "recall_process_ms"),
        fresh("fresh process, at once: CPU", AT_ONCE, "cpu_ms"),
        fresh("... of the recall alone", AT_ONCE, "recall_process_ms"),
        row("memory at most, with the model, MB", lambda size: _number(size["fresh_process"][MODEL]["peak_mb"])),
        row("bytes of file for each memory", lambda size: f"{size['bulk']['file_bytes_per_memory']:,}"),
        row("... without vectors", lambda size: f"{size['bulk']['file_bytes_without_vectors']:,}"),
        row("vectors by", lambda size: size["vectors"]["by"]),
    ]
    yield _table(["", *(f"{size['memories']:,}" for size in sizes)], rows)
    yield FRESH
    if meaning := figures.get("meaning"):
        yield BULK
        rows = [
            [f"{bulk['characters_per_memory']}", f"{bulk['ms_per_memory']:.1f}", f"{bulk['memories_per_cpu_second']:,}"]
            for bulk in meaning["bulk"].values()
        ]
        yield _table(["characters each, on average", "ms each", "a second of CPU"], rows)
        held = [["at most", _number(meaning["peak_mb"])], ["at rest", _number(meaning["rested_mb"])]]
        yield _table(["memory held", "MB"], held)
    if million:
        yield _measured_on(million, "A million measured")


def _retrieval(figures: Figures) -> Iterable[str]:
    yield RETRIEVAL
    for name, found in figures["datasets"].items():
        yield f"**{name}**, {found['cpu_ms_per_question']} ms of CPU for each question:"
        measures = [measure for measure in found["categories"]["all"] if measure != "questions"]
        rows = [
            [category, str(row["questions"]), *(_interval(row.get(measure)) for measure in measures)]
            for category, row in found["categories"].items()
        ]
        yield _table(["", "questions", *measures], rows)


def _ablation(figures: Figures) -> Iterable[str]:
    yield ABLATION
    columns = [(name, measure) for name, found in figures["sets"].items() for measure in found["measures"]]

    def cell(variant: str, name: str, measure: str) -> str:
        found = figures["sets"][name]["variants"][variant][measure]
        _, low, high = found.get("difference", (0, 0, 0))
        text = _interval(found["value"])
        return f"**{text}**" if low > 0 or high < 0 else text

    # One table for a few columns each: all of them side by side would not fit a screen.
    for start in range(0, len(columns), COLUMNS):
        part = columns[start : start + COLUMNS]
        head = ["", *(f"{name}: {measure}" for name, measure in part)]
        yield _table(head, [[v, *(cell(v, *column) for column in part)] for v in figures["variants"]])


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


def _credentials(figures: Figures) -> Iterable[str]:
    cost = figures["cpu_us"]
    yield CREDENTIALS.format(
        draws=figures["draws"],
        median=f"{cost['median']:.0f}",
        p95=f"{cost['p95']:.0f}",
        long=f"{cost['long'] / 1e3:.0f}",
    )
    yield _table(
        ["half", "texts with a secret", "found", "texts without", "taken for one"],
        [
            [name, str(half["secrets"]), f"{half['found']:.1%}", str(half["ordinary"]), f"{half['false']:.2%}"]
            for name, half in figures["halves"].items()
        ],
    )


def _contradictions(figures: Figures) -> Iterable[str]:
    yield CONTRADICTIONS
    yield _table(
        ["half", "contradictions", "traps", "false alarms", "precision", "recall"],
        [
            [
                name,
                str(half["contradictions"]),
                str(half["traps"]),
                str(half["false_alarms"]),
                f"{half['precision']}%",
                f"{half['recall']}%",
            ]
            for name, half in figures["halves"].items()
        ],
    )
    notes = figures["notes"]
    yield NOTES.format(
        memories=notes["memories"], pairs=f"{notes['pairs']:,}", alarms=notes["alarms"], cost=notes["ms_to_read_one"]
    )


def _hooks(figures: Figures) -> Iterable[str]:
    yield HOOKS.format(rounds=figures["rounds"])
    yield _table(
        ["memories", "ms", "bare Python, ms", "ratio", "tokens"],
        [
            [
                f"{row['memories']:,}",
                f"{row['cpu_ms']:.1f}",
                f"{row['bare_ms']:.1f}",
                f"{row['ratio']} ×",
                str(row["tokens"]),
            ]
            for row in figures["start"]
        ],
    )
    yield _goals(figures, HOOKS_GOALS)
    prompt = figures["prompt"]
    times, firsts = prompt["ms"], prompt["first_ms"]
    yield PROMPTS.format(
        memories=prompt["memories"],
        p50=times["p50"],
        p95=times["p95"],
        slowest=times["max"],
        starts=firsts["n"],
        first=firsts["p50"],
        first_slowest=firsts["max"],
    )
    yield _table(
        ["prompts", "how many", "bring something up", "with the memory that answers", "tokens then (median)"],
        [
            [name, str(row["prompts"]), str(row["spoke"]), str(row["right"]), str(row["tokens"])]
            for name, row in (("questions that a memory answers", prompt["fitting"]), ("all day's", prompt["work"]))
        ],
    )
    yield SUGGESTIONS
    yield _table(
        [
            "half",
            "sessions",
            "worth keeping",
            "traps",
            "other sentences",
            "suggested rightly",
            "wrongly",
            "precision",
            "recall",
        ],
        [
            [
                name,
                *(str(half[key]) for key in ("sessions", "worth", "traps", "others", "found", "wrong")),
                f"{half['precision']:.0%}",
                f"{half['recall']:.0%}",
            ]
            for name, half in figures["suggestions"].items()
        ],
    )


def _exchange(figures: Figures) -> Iterable[str]:
    yield EXCHANGE.format(memories=f"{figures['memories']:,}", bytes_each=f"{figures['bytes_each']:,}")
    yield _table(
        ["", "a second of CPU", "a second", "MB"],
        [
            [name, f"{step['per_cpu_second']:,}", f"{step['per_second']:,}", f"{step['mb']:.0f}"]
            for name, step in figures["steps"].items()
        ],
    )


def _upkeep(figures: Figures) -> Iterable[str]:
    anchors = figures.get("anchors")
    yield UPKEEP.format(
        memories=f"{figures['memories']:,}",
        files=f"{anchors['files']:,}" if anchors else "no",
        changed=anchors["suspect"]["changed"] if anchors else "no",
    )
    yield _goals(figures, UPKEEP_GOALS)
    rows = [
        [f"remember: {kind}", _spread(each["ms"]), f"{100 * each['noticed']:.0f}%" if each["noticed"] else ""]
        for kind, each in figures["remember"].items()
    ]
    lists = {"contradictions": "all contradictions", "duplicates": "all duplicates"}
    rows += [["audit: overview", _spread(figures["overview_ms"]), ""]]
    rows += [[f"audit: {text}", f"{figures[n]['ms']:,}", f"{figures[n]['found']:,}"] for n, text in lists.items()]
    gone = figures["forget"]
    rows += [[f"forget {gone['memories']:,} as one step", f"{gone['ms']:,}", ""]]
    rows += [["... and erase them for good, a month later", f"{gone['erased_later_ms']:,}", ""]]
    if anchors:
        rows += [
            [f"{deed}, {where} a work tree", _spread(anchors[f"{deed}_ms"][where]), ""]
            for deed in ("remember", "recall")
            for where in ("outside", "inside")
        ]
        rows += [["audit: overview in a work tree", _spread(anchors["overview_ms"]), ""]]
        rows += [["audit: all whose code changed", _number(anchors["suspect"]["ms"]), f"{anchors['suspect']['found']}"]]
    yield _table(["", "ms", "found"], rows)


def _copies(figures: Figures) -> Iterable[str]:
    yield COPIES
    yield _table(
        ["", "stores a second", "copies", "unsound", "incomplete", "memories lost"],
        [
            [
                load,
                f"{each['stores_per_second']}",
                f"{each['copies']:,}",
                f"{each['unsound']:,}",
                f"{each['incomplete']:,}",
                f"{each['lost_after_mending']:,}",
            ]
            for load, each in figures["loads"].items()
        ],
    )


SECTIONS: dict[str, Callable[[Figures], Iterable[str]]] = {
    "startup": _startup,
    "scale": _scale,
    "retrieval": _retrieval,
    "peers": lambda figures: peers_page.section(figures, _table),
    "ablation": _ablation,
    "embed": _embed,
    "credentials": _credentials,
    "contradictions": _contradictions,
    "exchange": _exchange,
    "upkeep": _upkeep,
    "copies": _copies,
    "hooks": _hooks,
}


# -- goals ------------------------------------------------------------------------------------------------------------


def _goals(figures: Figures, goals: Iterable[Goal]) -> str:
    rows = [
        [goal.text, _plain(figure) + goal.unit, "met" if goal.met(figure) else "**missed**"]
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


def _embedded(size: int) -> Callable[[Figures], float | None]:
    """The median of storing one memory, until it is linked and embedded."""
    return lambda figures: next((s["embedded_ms"]["p50"] for s in figures["sizes"] if s["memories"] == size), None)


def _fresh(how: str, figure: str) -> Callable[[Figures], float | None]:
    """The median of a first recall among 10,000 memories."""

    def found(figures: Figures) -> float | None:
        spreads = [s["fresh_process"][how][figure] for s in figures["sizes"] if s["memories"] == 10_000]
        return spreads[0]["p50"] if spreads else None

    return found


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

HOOKS_GOALS = (
    Goal(
        "the start of a session: under 3 times the CPU of bare Python (the worse of the two)",
        lambda figures: max(row["ratio"] for row in figures["start"]),
        3,
        " ×",
    ),
    Goal("a prompt: p95 under 150 ms", lambda figures: figures["prompt"]["ms"]["p95"], 150, " ms"),
    Goal("the first one of a server: under 150 ms", lambda figures: figures["prompt"]["first_ms"]["max"], 150, " ms"),
)

SCALE_GOALS = (
    Goal(
        "remember one, duplicates and contradictions looked for: at most 25 ms at any size (the worst p95)",
        lambda figures: max(size["remember_ms"]["p95"] for size in figures["sizes"]),
        25,
        " ms",
    ),
    *(
        Goal(f"remember one, link and embed it: p50 of at most 20 ms at {size:,}", _embedded(size), 20, " ms")
        for size in (10_000, 100_000, 1_000_000)
    ),
    Goal("recall: p50 of at most 15 ms at 10,000 (the worst kind of question)", _worst_recall(10_000), 15, " ms"),
    Goal("recall: p50 of at most 30 ms at 100,000 (the worst kind of question)", _worst_recall(100_000), 30, " ms"),
    Goal("recall: p50 of at most 60 ms at 1,000,000 (the worst kind of question)", _worst_recall(1_000_000), 60, " ms"),
    Goal(
        "first recall in a fresh process at 10,000, with the model: under 600 ms of CPU",
        _fresh(MODEL, "cpu_ms"),
        600,
        " ms",
    ),
    Goal(
        "first recall in a fresh process at 10,000, at once: under 60 ms of CPU, the start of Python included",
        _fresh(AT_ONCE, "cpu_ms"),
        60,
        " ms",
    ),
    Goal("... of the recall alone", _fresh(AT_ONCE, "recall_process_ms"), 60, " ms"),
    Goal(
        "remember many with their vectors: at least 150 short memories a second of CPU",
        lambda figures: figures["meaning"]["bulk"]["short"]["memories_per_cpu_second"],
        150,
        at_least=True,
    ),
    Goal(
        "at most 2,200 bytes of file for each memory, vectors included (the worst size)",
        lambda figures: max(size["bulk"]["file_bytes_per_memory"] for size in figures["sizes"]),
        2_200,
    ),
    Goal(
        "memory with the model, after 200 memories: under 150 MB",
        lambda figures: figures["meaning"]["peak_mb"],
        150,
        " MB",
    ),
)


UPKEEP_GOALS = (
    Goal("audit: overview: under a second (p95)", lambda figures: figures["overview_ms"]["p95"], 1_000, " ms"),
    Goal(
        "remember, duplicates and contradictions looked for: under 25 ms (the worst p95)",
        lambda figures: max(each["ms"]["p95"] for each in figures["remember"].values()),
        25,
        " ms",
    ),
)


# -- Markdown ---------------------------------------------------------------------------------------------------------


def _measured_on(figures: Figures, what: str = "Measured") -> str:
    machine = figures.get("machine")
    if not machine:
        return ""
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    load = machine.get("load") or 0.0
    if load > 1.5 * machine["cores"]:
        packages += f"; with so much other work (load {load}) that times are higher than on an idle machine"
    return (
        f"*{what} on {machine['date']}: {machine['cpu']}, {machine['cores']} cores, {machine['system']}, "
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


def _interval(figures: Sequence[float] | None) -> str:
    if figures is None:
        return ""
    middle, low, high = figures
    return f"{middle:.1f} ({low:.0f}-{high:.0f})"


def _load(name: str) -> Figures | None:
    path = Path(RESULTS / f"{name}.json")
    return json.loads(path.read_text()) if path.exists() else None
