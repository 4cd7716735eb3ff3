"""How do the results of peers.py become a section of docs/benchmarks.md?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Figures = dict[str, Any]
Table = Callable[[Sequence[str], Iterable[Sequence[str]]], str]

HEAD = """
## Beside other memory servers

Other servers that remember over MCP, installed by name from PyPI and npm: the notes and questions of
`benchmarks/cases`, through their own tools, with their default settings, one at a time and without any network. Only
texts are stored: no tags and no dates. What a server would download is not there, unless a remark says so. These sets
were written for this project, and its constants were chosen with a view to most of them, so expect them to flatter it;
`fresh` was used for silence alone.

    python benchmarks/peers.py --install     # prints the commands that install the servers
    python benchmarks/peers.py --all
"""

FOUND = """
Questions with at least one of the answering notes among the first five (hit@5), in percent. What a server brings up is
ranked as it stands in its reply; one that answers with fewer than five notes has fewer chances. The last column is of
the questions that two or three notes answer together: the share of them among the first five.
"""

SILENT = """
Questions answered with nothing, in percent: right for those that no note answers (`far`: about another subject, `near`:
one of the same vocabulary), wrong for those that one does. A server that only looks for words is silent easily, and one
that ranks everything never is.
"""

COSTS = """
CPU from the start of the process to the replies to `initialize` and `tools/list`, beside doing nothing in the same
language; CPU for storing a note, with what is done for it in the background, and for answering a question; memory held
(MB) once the tools are listed, and at most once all questions of a set are asked; the tools that are listed, which an
assistant has in its context, in KB; and what is installed, in MB, with everything it depends on.
"""

KEPT = """
{writers} servers on one home, as the windows of an editor are, store {each} notes each at the same time: how many were
acknowledged, and how many of those are there afterwards (asked for, or anywhere in the files). Not acknowledging is
honest: the assistant is told. Then a note is deleted with the server's own tool: is it still brought up by another
server, and do the files of the home still hold its words?
"""

HIT, SHARE, SILENCE = "hit@5", "R@5", "silent"
COLUMNS = (
    ("developer: direct", "developer", "direct", HIT),
    ("identifier", "developer", "identifier", HIT),
    ("association", "developer", "association", HIT),
    ("other-language", "developer", "other-language", HIT),
    ("paraphrase", "developer", "paraphrase", HIT),
    ("paraphrases", "paraphrases", "all", HIT),
    ("fresh: everyday", "fresh", "everyday", HIT),
    ("paraphrase", "fresh", "paraphrase", HIT),
    ("silence: answerable", "silence", "answerable", HIT),
    ("associations: direct-only", "associations", "direct-only", HIT),
    ("association", "associations", "association", HIT),
    ("... share found", "associations", "association", SHARE),
)
SILENCES = (
    ("right: silence, far", "silence", "off-topic, far", SILENCE),
    ("right: silence, near", "silence", "off-topic, near", SILENCE),
    ("right: fresh, near", "fresh", "off-topic, near", SILENCE),
    ("wrong: silence", "silence", "answerable", SILENCE),
    ("wrong: fresh", "fresh", "all", SILENCE),
    ("wrong: paraphrases", "paraphrases", "all", SILENCE),
)
Columns = Sequence[tuple[str, str, str, str]]


def section(figures: Figures, table: Table) -> Iterable[str]:
    """The parts of the section; table: a Markdown table of a head and rows."""
    servers = [each for each in figures["servers"].values() if "unmeasured" not in each]
    yield HEAD
    yield _remarks(figures["servers"].values())
    yield FOUND
    yield table(["", *_heads(servers[0], COLUMNS)], [_cells(each, COLUMNS) for each in servers])
    yield SILENT
    yield table(["", *_heads(servers[0], SILENCES)], [_cells(each, SILENCES) for each in servers])
    yield COSTS
    heads = ["", "start, CPU ms", "beside nothing", "store, ms", "recall, ms", "listed, MB", "at most, MB", "tools, KB"]
    yield table([*heads, "installed, MB"], [_costs(each) for each in servers])
    first = servers[0]["together"]
    yield KEPT.format(writers=first["writers"], each=first["offered"] // first["writers"])
    yield table(
        ["", "acknowledged", "there afterwards", "deleted: still recalled", "still in the files"],
        [_kept(each) for each in servers],
    )


def _remarks(servers: Iterable[Figures]) -> str:
    return "\n".join(f"- **{each['name']}**{_version(each)}: {_remark(each)}" for each in servers)


def _version(server: Figures) -> str:
    if not server.get("version"):
        return ""
    origin = {"pypi": "PyPI"}.get(server["registry"], server["registry"])
    return f" {server['version']} ({origin}, {server['date']})"


def _remark(server: Figures) -> str:
    unmeasured = f"not measured: {server['unmeasured']}." if "unmeasured" in server else ""
    refused = f"It refused {server['refused']} of the notes." if server.get("refused") else ""
    failed = f"It could not take {server['failed']} of the questions." if server.get("failed") else ""
    said = server.get("together", {}).get("refusal")
    together = f"What it said when several stored at the same time: “{_short(said)}”" if said else ""
    return " ".join(part for part in (unmeasured, server.get("remark"), refused, failed, together) if part)


def _short(reason: str) -> str:
    return reason if len(reason) <= 120 else f"{reason[:120]}…"


def _heads(server: Figures, columns: Columns) -> list[str]:
    """Each with the number of its questions."""
    return [f"{head} ({server['datasets'][dataset][category]['questions']})" for head, dataset, category, _ in columns]


def _cells(server: Figures, columns: Columns) -> list[str]:
    found = [server["datasets"][dataset][category][measure] for _, dataset, category, measure in columns]
    return [server["name"], *(f"{value:.0f}" for value in found)]


def _costs(server: Figures) -> list[str]:
    start = server["start"]
    return [
        server["name"],
        f"{start['cpu_ms']:.0f}",
        f"{start['ratio']:.1f} ×",
        f"{server['store_ms']:.1f}",
        f"{server['recall_ms']:.1f}",
        f"{start['held_mb']:.0f}",
        f"{server['held_mb']:.0f}",
        f"{start['tools_bytes'] / 1000:.1f}",
        f"{server['size_mb']:.0f}",
    ]


def _kept(server: Figures) -> list[str]:
    together, deleted = server["together"], server["deleted"]
    counts = [f"{together['acknowledged']} of {together['offered']}", f"{together['found']}"]
    if not deleted["tool"]:
        return [server["name"], *counts, "cannot delete", ""]
    brought_up = "yes" if deleted["recalled"] else "no" if deleted["recalled_before"] else "no, nor before"
    return [server["name"], *counts, brought_up, _held(deleted["files"])]


def _held(files: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in files) if files else "no"
