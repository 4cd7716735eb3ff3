"""How do other memory servers do beside this one?

    python benchmarks/peers.py --all --installed DIR        every adapter in peers/ whose server is installed below DIR;
                                                            writes results/peers.json and docs/benchmarks.md
    python benchmarks/peers.py --only mempalace ...         these again, the other figures stay
    python benchmarks/peers.py --install --installed DIR    prints the commands that install them, and runs none
    python benchmarks/peers.py peers/neural-memory.json CASES.json [MORE ...] [--questions N] [--stores N]
                                                            one server and any files of cases; nothing is written

Puts any memory server that speaks MCP over stdio beside this one: the documents of files of cases (retrieval.py)
are stored and the questions asked through the server's own tools, with its default settings, and the measures are the
same. An adapter says what those tools are called (peer_server.py); what a server costs, and whether it keeps and loses
what it should, is measured too (peer_costs.py).

Each store of cases gets a server of its own with an empty home. A tenth of the documents and a question that does not
count come first, so that whatever is loaded late is loaded; then the CPU of everything the server does for the rest
(also in the background, until it is idle) is that of storing, and the CPU from the first to the last question that of
recall. Only texts are stored: no tags, no dates, as not every server has them.

One server runs at a time, where Linux allows it (`unshare`) without any network but the loopback. Nothing is downloaded
or installed: a server that would download a model shows what it does without one, unless its adapter names a model that
is already there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import peer_costs
import retrieval
from measuring import RESULTS, machine, say
from peer_costs import a_home
from peer_server import HERE, Json, Reader, RefusalError, Server, adapter
from retrieval import DEPTH, Measures

ADAPTERS = HERE / "peers"
OURS = "neural-memory"
CASES = [HERE / "cases" / f"{name}.json" for name in ("developer", "paraphrases", "silence", "fresh", "associations")]
INSIDE = "PEERS_WITHOUT_NETWORK"
MEASURES = ("questions", "R@5", "hit@5", "MRR", "silent")
WARMING = 10
"""One document in so many comes before the measuring."""
FILLING = frozenset(
    "a about after again all an and any are as at be been before but by can could did do does for from get had has "
    "have how i if in into is it its me my new no not now of off on one or our out over own remind should so some tell "
    "than that the their them then there these they this those to too up us use used was we were what when where which "
    "who why will with would you your".split()
)
"""Words that nobody would look for."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter", type=Path, nargs="?", help="how to speak to one server")
    parser.add_argument("cases", nargs="*", type=Path, help="files of cases")
    parser.add_argument("--all", action="store_true", help="every server that is installed")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these, by the names of their adapters")
    parser.add_argument("--install", action="store_true", help="print how they are installed")
    parser.add_argument("--installed", type=Path, default=HERE.parent / "build" / "peers", metavar="DIR")
    parser.add_argument("--questions", type=int, help="at most so many questions a dataset")
    parser.add_argument("--stores", type=int, help="at most so many stores a dataset")
    options = parser.parse_args()
    options.installed = options.installed.resolve()
    if options.install:
        return _say_how_to_install(options.installed)
    if options.all or options.only:
        _without_network()
        return _compare(options.only or names(), options.installed)
    if not options.adapter or not options.cases:
        parser.error("an adapter and files of cases are needed, or --all")
    _without_network()
    found = answers(adapter(options.adapter, options.installed), options.cases, options.questions, options.stores)
    say(f"{found['store_ms']} ms of CPU for each store, {found['held_mb']} MB held at most")
    return 0


def names() -> list[str]:
    """The adapters, this project's first."""
    return sorted((path.stem for path in ADAPTERS.glob("*.json")), key=lambda name: (name != OURS, name))


def _say_how_to_install(installed: Path) -> int:
    adapters = [adapter(ADAPTERS / f"{name}.json", installed) for name in names()]
    commands = dict.fromkeys(command for peer in adapters for command in peer.get("install", ()))
    print("\n".join(commands))  # each once: some share the model
    return 0


# -- everything -------------------------------------------------------------------------------------------------------


def _compare(chosen: list[str], installed: Path) -> int:
    for name in chosen:
        peer = adapter(ADAPTERS / f"{name}.json", installed)
        if "unmeasured" not in peer and peer_costs.root(peer) is None:
            say(f"{peer['name']} is not installed below {installed}: left out")
            continue
        say(f"\n{peer['name']}")
        figures = measure(peer)
        _save(name, figures)
    import page

    page.write()
    say("wrote docs/benchmarks.md")
    return 0


def measure(peer: Json) -> Json:
    """Every figure of one server."""
    about = {part: peer[part] for part in ("name", "registry", "package", "remark", "unmeasured") if part in peer}
    if peer["folder"] is None:
        about["registry"] = "this repository"
    if "unmeasured" in peer:
        return about
    notes = [doc["text"] for doc in json.loads(CASES[0].read_text())["stores"][0]["docs"]]
    figures = {
        **about,
        "date": machine()["date"],
        "version": peer_costs.version(peer),
        "network": "none" if INSIDE in os.environ else "open",
        "size_mb": peer_costs.size_mb(peer),
        "start": peer_costs.start(peer),
        "together": peer_costs.together(peer, notes),
        "deleted": peer_costs.deleted(peer, notes[:5]),
    }
    say(json.dumps(figures, indent=1))
    return {**figures, **answers(peer, CASES)}


def _save(name: str, figures: Json) -> None:
    path = RESULTS / "peers.json"
    before = json.loads(path.read_text())["servers"] if path.exists() else {}
    servers = {**before, name: figures}
    order = [each for each in names() if each in servers]
    result = {"machine": _machine(), "servers": {each: servers[each] for each in order}}
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    say(f"wrote {path.relative_to(HERE.parent)}")


def _machine() -> Json:
    """With the version of Node, in which some of the servers are written."""
    found = machine()
    if node := shutil.which("node"):
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        found["packages"]["node"] = said.strip().lstrip("v")
    return found


# -- questions --------------------------------------------------------------------------------------------------------


def answers(peer: Json, paths: list[Path], questions: int | None = None, stores: int | None = None) -> Json:
    """Every question of some files of cases: the measures by dataset and category, and what they cost."""
    cost: dict[str, float] = defaultdict(float)
    datasets: dict[str, Any] = {}
    for path in paths:
        cases = retrieval.load(path, questions)
        found: dict[str, list[Measures]] = defaultdict(list)
        before = dict(cost)
        for store in cases["stores"][:stores]:
            _ask_all(peer, store, found, cost)
        each = (cost["waited_s"] - before.get("waited_s", 0)) / max(1, cost["asked"] - before.get("asked", 0))
        table = {category: retrieval.summary(measures) for category, measures in found.items()}
        retrieval.show(cases["dataset"], table, 1000 * each, "until the reply to")
        datasets[cases["dataset"]] = {category: _told(row) for category, row in table.items()}
    return {
        "store_ms": round(1000 * cost["store_s"] / max(1, cost["stored"]), 1),
        "recall_ms": round(1000 * cost["recall_s"] / max(1, cost["asked"]), 1),
        "refused": int(cost["refused"]),
        "failed": int(cost["failed"]),
        "held_mb": round(cost["held_mb"], 1),
        "datasets": datasets,
    }


def _told(row: Json) -> Json:
    """The measures that are kept of a server, without their intervals: those are for the same questions elsewhere."""
    return {name: value[0] if isinstance(value, list) else value for name, value in row.items() if name in MEASURES}


def _ask_all(peer: Json, store: Json, found: dict[str, list[Measures]], cost: dict[str, float]) -> None:
    """One store of cases, in a home of its own."""
    docs, reader = store["docs"], Reader(peer["hits"], store["docs"])
    warm = len(docs) // WARMING
    with a_home() as home, Server(peer, home) as server:
        _fill(server, reader.texts[:warm], docs[:warm], cost)
        server.recall(store["queries"][0]["text"])
        server.settle()
        before = server.cpu_seconds()
        _fill(server, reader.texts[warm:], docs[warm:], cost)
        server.settle()
        cost["stored"] += len(docs) - warm
        cost["store_s"] += server.cpu_seconds() - before
        before = server.cpu_seconds()
        for query in store["queries"]:
            start = time.perf_counter()
            queries = words(query["text"]) if peer.get("ask") == "words" else [query["text"]]
            ranked = merged([reader.ranked(_reply(server, each, cost)) for each in queries])[:DEPTH]
            cost["waited_s"] += time.perf_counter() - start
            cost["asked"] += 1
            for category in retrieval.categories(query):
                found[category].append(retrieval.measure(ranked, retrieval.gold(query)))
        cost["recall_s"] += server.cpu_seconds() - before
        cost["held_mb"] = max(cost["held_mb"], server.held_mb())


def words(question: str) -> list[str]:
    """The telling words of a question; all of it where it has none (or is written without spaces)."""
    found = dict.fromkeys(re.findall(r"\w(?:[\w./-]*\w)?", question))
    return [word for word in found if word.casefold() not in FILLING and len(word) > 1] or [question]


def merged(rankings: list[list[str]]) -> list[str]:
    """One ranking of several: each document's shares, 1 of a ranking that it has for itself."""
    if len(rankings) == 1:
        return rankings[0]
    shares: dict[str, float] = defaultdict(float)
    for ranking in rankings:
        for doc in ranking:
            shares[doc] += 1 / len(ranking)
    return sorted(shares, key=lambda doc: -shares[doc])


def _fill(server: Server, texts: list[str], docs: list[Json], cost: dict[str, float]) -> None:
    for text, doc in zip(texts, docs, strict=True):
        try:
            server.store(text, doc)
        except RefusalError as why:
            cost["refused"] += 1
            if cost["refused"] == 1:
                say(f"not stored: {text[:80]}: {why}")


def _reply(server: Server, question: str, cost: dict[str, float]) -> str:
    """The reply to a question; one that the server cannot take is a question without an answer."""
    try:
        return server.recall(question)
    except RefusalError as why:
        cost["failed"] += 1
        if cost["failed"] == 1:
            say(f"not answered: {question[:80]}: {why}")
        return ""


# -- the network ------------------------------------------------------------------------------------------------------


def _without_network() -> None:
    """Start this program anew where there is no network but the loopback, if the system can do that."""
    if INSIDE in os.environ:
        _raise_loopback()
        return
    tool = shutil.which("unshare")
    command = [str(tool), "--net"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [str(tool), "--net", "-r"]
    if tool and subprocess.run([*command, "true"], stderr=subprocess.DEVNULL).returncode == 0:
        os.execve(tool, [*command, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})  # noqa: S606
    say("the servers can reach the network: this system cannot take it away")


def _raise_loopback() -> None:
    """SIOCSIFFLAGS with IFF_UP | IFF_RUNNING: a new network namespace has its loopback down."""
    import fcntl  # Linux has it, like the namespace

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as each:
        fcntl.ioctl(each, 0x8914, struct.pack("16sH14x", b"lo", 0x1 | 0x40))


if __name__ == "__main__":
    sys.exit(main())
