"""What should the evidence for an answer weigh?

    cd benchmarks/cases
    python ../evidence.py silence.json paraphrases.json fresh.json developer.json conversation.json teams.json

Fits the weights of `neural_memory.recall.silence` by a logistic regression over the doubtful questions of the files of
cases (see retrieval.py): those that are not plainly answered. Answerable ones are those
with gold. Unanswerable ones are those without, and, counting `GONE` as much, every answerable one once more with the
memories that answer it taken out of its store: the same words, asked in vain. Every set weighs as the square root of
its size. The sum starts from where `SILENT` of the questions without gold are met with silence.

Those are the files that the weights in `recall/silence.py` are of, to two digits. With --unlearned it is done as for a
model that has not learned where the answers to a question lie. With --keep DIR the brains are kept and used again.

Printed are the weights, and for every set how many of its questions are met with silence, which is wrong for the
answerable ones only: with these weights, with those that recall has, and with weights that were fitted without the set.
Nothing is written: the weights go into `recall/silence.py` by hand, rounded, when they are better.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neural_memory import Brain
from neural_memory.recall import answer, fuse, silence, timing, words
from neural_memory.recall.silence import Signs
from neural_memory.store import memories
from neural_memory.store.sqlite import Connection
from neural_memory.text.analyse import ask, leads_on, names_kind
from neural_memory.text.times import when
from retrieval import fill, gold, load, opened

GONE = 0.3
"""What a question whose answers were taken out counts, beside one that nobody wrote an answer to."""
SILENT = 0.8
"""The part of the off-topic questions that the start of the sum silences."""
RIDGE = 1 / 3
"""The penalty on standardised weights."""
NAMES = ("nearest", "said", "akin", "unknown_name", "lacking")
LEAST = 0.001
"""How far below nothing the last question that is met with silence lies."""
SCALE = 0.1
"""The regression's weights are shown times this, so that evidence is of the size of a score."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question that was looked at. kind: answerable, off-topic, or gone (its answers were taken out)."""

    dataset: str
    kind: str
    signs: Signs

    @property
    def doubtful(self) -> bool:
        return not silence.plain(self.signs)

    @property
    def values(self) -> list[float]:
        return [float(getattr(self.signs, name)) for name in NAMES]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases")
    parser.add_argument("--keep", type=Path, help="keep the brains here and use them again")
    parser.add_argument("--unlearned", action="store_true", help="as for a model that only knows where questions lie")
    options = parser.parse_args()
    learned = not options.unlearned
    cases = [case for path in options.cases for case in gathered(path, options.keep, learned)]
    if not any(case.kind == "off-topic" for case in cases):
        parser.error("the start of the sum needs questions without gold")
    present = silence.LEARNED if learned else silence.UNLEARNED
    weights, start = fitted(cases)
    print("weights " + ", ".join(f"{name} {weight:.2f}" for name, weight in zip(NAMES, weights, strict=True)), end="")
    print(f", start {start:.3f}; doubtful are {sum(case.doubtful for case in cases)} of {len(cases)}")
    show("fitted on all", cases, with_weights(weights, start))
    show("what recall has", cases, lambda case: silence.answers(case.signs, present))
    names = sorted({case.dataset for case in cases})
    print("\nfitted without the set it is asked")
    for name in names:
        others = [case for case in cases if case.dataset != name]
        show("", [case for case in cases if case.dataset == name], with_weights(*fitted(others)))
    return 0


def gathered(path: Path, keep: Path | None, learned: bool) -> Iterator[Case]:
    """Every question of a file, the answerable ones twice."""
    cases = load(path)
    for store in cases["stores"]:
        with opened(keep, cases["dataset"], store["name"]) as brain:
            answers = fill(brain, store["docs"])
            for query in store["queries"]:
                wanted = gold(query)
                yield Case(
                    cases["dataset"], "answerable" if wanted else "off-topic", seen(brain, query, frozenset(), learned)
                )
                if wanted:
                    texts = frozenset(text for text, docs in answers.items() if wanted & set(docs))
                    yield Case(cases["dataset"], "gone", seen(brain, query, texts, learned))


def seen(brain: Brain, query: dict[str, Any], gone: frozenset[str], learned: bool) -> Signs:
    """The signs of a question, as recall sees them when these memories are not there."""
    meaning = brain._meaning
    meaning.wait(None)
    with brain._file.read() as connection:
        rows = [row for (row,) in connection.execute("SELECT seq FROM memories ORDER BY seq")]
        contents = memories.by_seqs(connection, rows)
        lost = [row for row in rows if contents[row].content in gone]
        left = [row for row in rows if contents[row].content not in gone]
        sense = answer.sense(meaning, query["text"])
        meaning.search(connection, sense.vector, None)
        time = when(query["text"], query.get("timestamp") or "2026-01-01T00:00:00Z")
        rest = time.rest if time and timing.period(connection, time) else query["text"]
        asked = without(connection, words.weigh(connection, ask(rest), rest), lost)
        found = words.scores(connection, asked, left, {})
        cosines, topic, answering = (
            meaning.cosines(connection, vector, left) for vector in (sense.vector, sense.topic, sense.answers)
        )
    scores = fuse.direct(found.scores, cosines, fuse.balance(found.scores, cosines))
    best = max(scores, key=lambda row: (scores[row], row), default=None)
    return silence.signs(asked, found, max((answering if learned else topic).values(), default=0.0), topic, best)


def without(connection: Connection, asked: words.Asked, lost: Sequence[int]) -> words.Asked:
    """A question, weighed as if these memories had never been stored."""
    if not lost:
        return asked
    texts = [f" {text} " for text in memories.term_texts(connection, lost).values()]
    counts = {term: n - sum(f" {term} " in text for text in texts) for term, n in asked.frequencies.items()}
    known = {term: n for term, n in counts.items() if n > 0}
    total = memories.tallies(connection)[0] - len(lost) + words.BACKGROUND

    def weight(term: str) -> float:
        plain = 1.0 if leads_on(term) or names_kind(term) else words.PLAINLY
        return words._idf(known.get(term, 0), total) * plain

    return replace(asked, frequencies=known, weights={term: weight(term) for term in asked.words})


def fitted(cases: Sequence[Case]) -> tuple[list[float], float]:
    """The weights that the doubtful questions want, and the start of the sum."""
    doubtful = [case for case in cases if case.doubtful]
    values = np.array([case.values for case in doubtful])
    right = np.array([case.kind == "answerable" for case in doubtful], float)
    sizes = Counter((case.dataset, case.kind) for case in doubtful)
    counts = np.array(
        [(GONE if case.kind == "gone" else 1.0) / sizes[case.dataset, case.kind] ** 0.5 for case in doubtful]
    )
    for side in (0.0, 1.0):
        counts[right == side] /= counts[right == side].sum()
    mean, spread = values.mean(0), values.std(0) + 1e-9
    weights = logistic((values - mean) / spread, right, counts * len(doubtful)) / spread * SCALE
    off_topic = [case for case in cases if case.kind == "off-topic"]
    sums = sorted(
        np.inf if silence.plain(case.signs) else weights @ case.values if case.doubtful else -np.inf
        for case in off_topic
    )
    last = int(np.ceil(SILENT * len(sums))) - 1
    return [float(weight) for weight in weights], -float(sums[last]) - LEAST


def logistic(values: Any, right: Any, counts: Any) -> Any:
    """The weights of a logistic regression with a ridge penalty, by Newton's method; the intercept is left out."""
    table = np.hstack([values, np.ones((len(values), 1))])
    penalty = np.diag([RIDGE] * values.shape[1] + [0.0])
    weights = np.zeros(table.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (counts * (likely - right)) + penalty @ weights
        bend = (table * (counts * likely * (1 - likely))[:, None]).T @ table + penalty
        weights -= np.linalg.solve(bend, slope)
    return weights[:-1]


def with_weights(weights: Sequence[float], start: float) -> Callable[[Case], bool]:
    """Is a question answered, with these weights?"""

    def answered(case: Case) -> bool:
        return silence.plain(case.signs) or (case.doubtful and start + float(np.dot(weights, case.values)) >= 0)

    return answered


def show(what: str, cases: Sequence[Case], answered: Callable[[Case], bool]) -> None:
    """A line for each set: how it fares."""
    if what:
        print(f"\n{what}")
    for name in sorted({case.dataset for case in cases}):
        rates = {
            kind: [not answered(case) for case in cases if (case.dataset, case.kind) == (name, kind)]
            for kind in ("answerable", "off-topic", "gone")
        }
        told = "  ".join(f"{kind} {sum(met)}/{len(met)}" for kind, met in rates.items() if met)
        print(f"    {name:16} silent: {told}")


if __name__ == "__main__":
    sys.exit(main())
