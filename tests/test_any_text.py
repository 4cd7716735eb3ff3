"""Is any text a search, never an error, never slow?  The oddest texts through every way of looking."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neural_memory import Brain
from neural_memory.errors import InputError

SIZE = 10_000
LONGEST = 1.0
"""Seconds of CPU that one look may take."""

_FIRST = "pay log mail cash tax grid rate".split()
_SECOND = "service table queue cache worker token index schema limit report client".split()
_WORDS = [first + second for first in _FIRST for second in _SECOND]

TEXTS = {
    "one letter": "a" * 50_000,
    "two letters": "aB" * 25_000,
    "many words": " ".join(f"word{number}" for number in range(20_000)),
    "many known words": " ".join(random.Random(2).choices(_WORDS, k=20_000)),  # noqa: S311
    "FTS5 syntax": 'NEAR("a" "b", 5) OR (terms:x* AND NOT y) ^z + {a b}: -c',
    "SQL": "'; DROP TABLE memories; -- %_",
    "brackets": "(" * 5_000 + ")" * 5_000,
    "control characters": "".join(map(chr, range(1, 32))) * 1_000 + "x",
    "quotes": '"' * 50_000,
    "stars": "*" * 50_000,
    "underscores": "_" * 50_000,
    "dots": "a." * 25_000,
    "slashes": "a/" * 25_000,
    "humps": "aBcD" * 12_500,
    "digits": "1" * 50_000,
    "zeros": "\0" * 1_000 + "x",
    "emoji": "👍" * 20_000,
    "unspaced script": "支付令牌" * 12_500,
    "marks": "z" + "\u0300" * 50_000,
    "dashes": "a-b-" * 12_500,
    "one address": "http://" + "a" * 50_000,
    "addresses": "http://a.b/c " * 4_000,
    "times": "last week in May before the 2.0 release " * 1_000,
    "dates": "2026-03-25 january 2020 " * 2_000,
    "wildcards": "%_" * 25_000,
    "blanks": " " * 50_000 + "x",
    "lines": "x\n" * 25_000,
    "relations": "X was replaced by Y because of Z " * 3_000,
    "a megabyte": "word " * 200_000,
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brain]:
    """Ten thousand memories of twenty words."""
    folder: Path = tmp_path_factory.mktemp("large")
    (folder / "config.json").write_text(json.dumps({"embedder": "none"}))
    draw = random.Random(1)  # noqa: S311
    with Brain.open(folder / "memory.db") as brain:
        brain.remember_many(
            ({"content": " ".join(draw.choices(_WORDS, k=20)) + f" {number}"} for number in range(SIZE)), chunk=2_000
        )
        yield brain


@pytest.mark.parametrize("shape", TEXTS)
def test_any_text_is_a_quick_search(large: Brain, shape: str) -> None:
    """Recall, audits, connections and a dry run of forget: no error, and less than a second of CPU each."""
    text = TEXTS[shape]
    looks: dict[str, Callable[[], object]] = {
        "recall": lambda: large.recall(text),
        "recall with a tag": lambda: large.recall(
            "payservice", tags=["".join(filter(str.isprintable, text[:60])) or "x"]
        ),
        "audit about": lambda: large.audit(about=text),
        "audit mentions": lambda: large.audit(mentions=text),
        "connections": lambda: large.connections(text),
        "forget": lambda: large.forget(mentions=text, dry_run=True),
    }
    for name, look in looks.items():
        started = time.thread_time()
        look()
        assert time.thread_time() - started < LONGEST, name


@pytest.mark.parametrize("shape", TEXTS)
def test_any_text_is_a_quick_memory(large: Brain, shape: str) -> None:
    """What is as long as a memory may be is stored and linked in a few seconds of CPU, whatever it is."""
    text = f"{shape}: {TEXTS[shape]}"[:100_000]
    started = time.thread_time()
    stored = large.remember(text, secrets="keep")
    large.settle()
    assert time.thread_time() - started < 4 * LONGEST
    assert large.get(stored.id).content.startswith(shape)
    large.forget([stored.id])


def test_a_blank_question_is_the_only_wrong_one(brain: Brain) -> None:
    """Nothing to look for is said; everything else is looked for."""
    for blank in ("", " \n\t"):
        with pytest.raises(InputError, match="blank"):
            brain.recall(blank)
    assert brain.recall("?") == []
