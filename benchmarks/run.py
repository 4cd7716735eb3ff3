"""Run all benchmarks, keep the results, and write docs/benchmarks.md from them.

    python benchmarks/run.py                        everything (about ten minutes; the million of scale.py apart)
    python benchmarks/run.py --quick                small and short; shown, nothing is written
    python benchmarks/run.py --only scale           one of them; the other results stay as they are
    python benchmarks/run.py --cases FILES ...      also over files of cases: retrieval (retrieval.py), and with each
                                                    part of recall switched off (ablation.py)
    python benchmarks/run.py --cases FILES --keep DIR --only retrieval ablation
                                                    both over the same brains, kept in DIR
    python benchmarks/run.py --docs                 only write the page from the results that are there
    python benchmarks/run.py --check                only say whether the page is what the results give (exit code 1: no)

Nothing is downloaded, and nothing but benchmarks/results and docs/benchmarks.md is written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import page
from measuring import save

NAMES = (
    *("startup", "scale", "embed", "credentials", "contradictions", "exchange", "upkeep", "copies", "hooks"),
    *("retrieval", "ablation"),
)
OF_CASES = {"retrieval", "ablation"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=NAMES, nargs="+")
    parser.add_argument("--cases", nargs="+", type=Path, default=[], metavar="FILE")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the brains of the cases here and use them again")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        return _check()
    if not options.docs:
        if options.only and OF_CASES.issuperset(options.only) and not options.cases:
            parser.error(f"{' and '.join(options.only)} need --cases FILES")
        _measure(options.only or NAMES, options.cases, options.keep, quick=options.quick)
    if not options.quick:
        page.write()
        print("wrote docs/benchmarks.md")
    return 0


def _measure(names: Sequence[str], cases: list[Path], keep: Path | None, *, quick: bool) -> None:
    # Imported here: the page can be made and checked where neural_memory is not installed.
    import contradictions
    import copies
    import credentials
    import embed
    import exchange
    import hooks
    import scale
    import startup
    import upkeep

    benchmarks: dict[str, Callable[[], dict[str, Any]]] = {
        "startup": lambda: startup.measure(3 if quick else 21),
        "scale": lambda: scale.measure((1_000,) if quick else scale.SIZES),
        "contradictions": contradictions.measure,
        "exchange": lambda: exchange.measure(2_000 if quick else exchange.SIZE),
        "upkeep": lambda: upkeep.measure(2_000 if quick else upkeep.SIZE),
        "copies": lambda: copies.measure(20 if quick else copies.COPIES),
        "hooks": lambda: hooks.measure(3 if quick else 21),
        "credentials": lambda: credentials.measure(2 if quick else 20),
    }
    if all(map(find_spec, ("numpy", "onnxruntime"))):
        benchmarks["embed"] = lambda: embed.measure(2 if quick else 9)
    elif "embed" in names:
        print("skipped: the embedding model (pip install numpy onnxruntime)")
    if cases:
        import ablation

        benchmarks["retrieval"] = lambda: _retrieval(cases, 50 if quick else None, keep)
        benchmarks["ablation"] = lambda: ablation.measure(cases, 20 if quick else None, keep)
    for name in names:
        if name in benchmarks:
            figures = benchmarks[name]()
            if not quick:
                save(name, figures)


def _retrieval(cases: list[Path], questions: int | None, keep: Path | None) -> dict[str, Any]:
    import retrieval

    datasets: dict[str, Any] = {}
    for path in cases:
        name, found, each = retrieval.run(path, questions, keep)
        categories = {category: retrieval.summary(measures) for category, measures in found.items()}
        retrieval.show(name, categories, each)
        datasets[name] = {"cpu_ms_per_question": round(each, 1), "categories": categories}
    return {"datasets": datasets}


def _check() -> int:
    if page.up_to_date():
        print("docs/benchmarks.md is what the results give")
        return 0
    print("docs/benchmarks.md is not what the results give; run: python benchmarks/run.py --docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
