"""What is each part of recall worth?

    python benchmarks/ablation.py CASES.json.gz [MORE ...] [--keep DIR] [--only VARIANT ...] [--questions N] [--save]

Every question of every file of cases (see retrieval.py) is asked with all parts, and again with one part switched off.
Parts are switched off in this process by setting the constants that weigh them, plain attributes of the modules
`recall.fuse`, `recall.silence`, `recall.spread` and `text.kin`; meaning is switched off by a model that never comes, so
that recall answers as it does on a machine without one, and where answers lie by taking the question for it. `VARIANTS`
says which constants; those that recall does not have are left out, and so is, with a word about it, a variant of which
none is left. The brains are filled once for all
variants, and kept with --keep. No set says how important its memories are: what importance is worth is not seen here.

For each set the one measure that suits it (`MEASURE`), and for off-topic questions how many were answered with silence
(and how many answerable ones, wrongly), in percent with 95% bootstrap intervals; "difference" is to all parts, on the
same questions.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import retrieval
from measuring import save, say
from neural_memory.recall import silence
from neural_memory.recall.meaning import Meaning
from retrieval import Measures

FULL = "all parts"
MODULES = {name: f"neural_memory.recall.{name}" for name in ("answer", "fuse", "silence", "spread", "words")} | {
    "kin": "neural_memory.text.kin"
}
NO_MEANING = {"meaning": False}
NO_TURN = {"turn": False}
NO_WORDS = {
    "fuse.WORDS": 0.0,
    "silence.LEARNED": replace(silence.LEARNED, said=0.0, akin=0.0, lacking=0.0, unknown_name=0.0),
    "silence.PLAINLY_SAID": 9.0,
}
NO_KIN = {"kin.SAME": 0.0, "kin.EXAMPLE": 0.0, "kin.SUBJECT": 0.0, "kin.COMPANY": 0.0}
NO_ASSOCIATION = {"fuse.ASSOCIATION": 0.0, "spread.SEEDS": 0}
NO_COMPANY = {"fuse.COMPANY": 0.0}
VARIANTS: dict[str, dict[str, Any]] = {
    FULL: {},
    "without meaning": NO_MEANING,
    "without where answers lie": NO_TURN,
    "without words": NO_WORDS,
    "without the words of the trade": NO_KIN,
    "without association": NO_ASSOCIATION,
    "without company": NO_COMPANY,
    "words alone": NO_MEANING | NO_ASSOCIATION | NO_COMPANY,
    "meaning alone": NO_WORDS | NO_ASSOCIATION | NO_COMPANY,
    "one step of association": {"spread.DECAY": 1e-9},
    "words always count in full": {"fuse.COVERED": 1e-9, "fuse.CLEAR": 1e-9},
    "what is lacking tells nothing": {"silence.LEARNED": replace(silence.LEARNED, unknown_name=0.0, lacking=0.0)},
    "all hits, weak ones too": {"fuse.FITS": 0.0, "fuse.FITS_BY_WORDS": 0.0, "fuse.BESIDE": 0.0},
    "never silent": {"silence.ANSWERS": -9.0, "silence.ANSWERS_BY_WORDS": 0.0},
}
MEASURE = {
    "locomo": "R@10",
    "musique": "R@10",
    "hotpot": "R@10",
    "so": "R@5",
    "longmemeval": "all@5",
    "paraphrases": "hit@5",
    "associations": "R@5",
    "conversation": "hit@5",
    "developer": "hit@5",
    "silence": "hit@5",
    "fresh": "hit@5",
}
ALSO = {"longmemeval": ("hit@5",)}
"""Further measures of a set."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases")
    parser.add_argument("--keep", type=Path, help="keep the brains here and use them again")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, metavar="VARIANT", help=", ".join(VARIANTS))
    parser.add_argument("--questions", type=int, help="at most so many questions a dataset (for a quick look)")
    parser.add_argument("--save", action="store_true", help="write results/ablation.json")
    options = parser.parse_args()
    figures = measure(options.cases, options.questions, options.keep, options.only or list(VARIANTS))
    if options.save:
        save("ablation", figures)
    return 0


def measure(
    cases: Sequence[Path], most: int | None, keep: Path | None, variants: Sequence[str] = tuple(VARIANTS)
) -> dict[str, Any]:
    """Every set with every variant; all parts come first."""
    chosen = [FULL]
    for name in variants:
        if VARIANTS[name] and not _known(name):
            say(f"left out: {name}, for recall has no {' or '.join(VARIANTS[name])}")
        elif name != FULL:
            chosen.append(name)
    sets = {}
    for path in cases:
        name, found = _ask_all(path, most, keep, chosen)
        sets[name] = {"measures": measures_of(name, found), "variants": _compare(name, found)}
        _show(name, sets[name])
    variants = {name: _written(_known(name)) for name in chosen}
    return {"constants": _written(_constants()), "variants": variants, "sets": sets}


def _written(constants: dict[str, Any]) -> dict[str, Any]:
    """Constants as JSON has them."""
    return {name: asdict(value) if isinstance(value, silence.Weights) else value for name, value in constants.items()}


def _known(variant: str) -> dict[str, Any]:
    """What a variant sets, as far as recall has it."""
    return {name: value for name, value in VARIANTS[variant].items() if "." not in name or name in _constants()}


def _constants() -> dict[str, Any]:
    """All that recall weighs with: numbers, and the weights of silence."""
    return {
        f"{module}.{name}": value
        for module in MODULES
        for name, value in vars(_module(module)).items()
        if name.isupper() and isinstance(value, int | float | silence.Weights)
    }


def _module(name: str) -> ModuleType:
    return importlib.import_module(MODULES[name])


@contextmanager
def switched(variant: str) -> Iterator[None]:
    """Parts switched off as `VARIANTS` says."""
    with ExitStack() as stack:
        for name, value in _known(variant).items():
            if name == "meaning":
                stack.enter_context(patch.object(Meaning, "wait", lambda *_: False))
            elif name == "turn":
                stack.enter_context(patch.object(Meaning, "toward_answers", lambda _, question: question))
            else:
                module, _, constant = name.partition(".")
                stack.enter_context(patch.object(_module(module), constant, value))
        yield


def _ask_all(
    path: Path, most: int | None, keep: Path | None, variants: Sequence[str]
) -> tuple[str, dict[str, list[Measures]]]:
    """variant -> the measures of each question, in the same order."""
    cases = retrieval.load(path, most)
    found: dict[str, list[Measures]] = defaultdict(list)
    for store in cases["stores"]:
        with retrieval.opened(keep, cases["dataset"], store["name"]) as brain:
            answers = retrieval.fill(brain, store["docs"])
            for variant in variants:
                with switched(variant):
                    for query in store["queries"]:
                        ranked = [doc for hit in retrieval.ask(brain, query) for doc in answers[hit]]
                        found[variant].append(retrieval.measure(ranked[: retrieval.DEPTH], retrieval.gold(query)))
    return cases["dataset"], dict(found)


def measures_of(dataset: str, found: dict[str, list[Measures]]) -> list[str]:
    """What matters in this set, the most important first."""
    kind = dataset.partition("-")[0]
    names = [MEASURE.get(kind, "R@10"), *ALSO.get(kind, ())]
    off_topic = any(len(measures) == 1 for measures in found[FULL])
    return [*names, "silent off-topic", "silent wrongly"] if off_topic else names


def _compare(dataset: str, found: dict[str, list[Measures]]) -> dict[str, Any]:
    """variant -> measure -> value and difference to all parts, each with its interval."""
    result: dict[str, Any] = {}
    for variant in found:
        result[variant] = {}
        for name in measures_of(dataset, found):
            values = _values(found[variant], name)
            row = {"value": _interval(values)}
            if variant != FULL:
                differences = [a - b for a, b in zip(values, _values(found[FULL], name), strict=True)]
                row["difference"] = _interval(differences)
            result[variant][name] = row
    return result


def _values(measured: list[Measures], name: str) -> list[float]:
    if name.startswith("silent"):
        return [m["silent"] for m in measured if (len(m) == 1) == (name == "silent off-topic")]
    return [m[name] for m in measured if name in m]


def _interval(values: list[float]) -> list[float]:
    """Mean in percent and its 95% interval."""
    low, high = retrieval.bootstrap(values, lambda sample: sum(sample) / len(sample), rounds=1000)
    return [round(100 * x, 1) for x in (sum(values) / len(values), low, high)]


def _show(name: str, figures: dict[str, Any]) -> None:
    say(f"\n{name:28}" + "".join(f"{measure:>34}" for measure in figures["measures"]))
    for variant, row in figures["variants"].items():
        cells = []
        for cell in row.values():
            text = "{:.1f} ({:.0f}-{:.0f})".format(*cell["value"])
            if "difference" in cell:
                text += "  {:+.1f} ({:+.0f} {:+.0f})".format(*cell["difference"])
            cells.append(f"{text:>34}")
        say(f"{variant:28}" + "".join(cells))


if __name__ == "__main__":
    sys.exit(main())
