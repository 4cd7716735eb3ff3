"""For how long is each target fuzzed?  NEURAL_MEMORY_FUZZ_SECONDS, 2 by default; CI gives it more.

    NEURAL_MEMORY_FUZZ_SECONDS=600 pytest tests/fuzz -k importers

Each round draws anew from a seed of its own, named when it fails: NEURAL_MEMORY_FUZZ_SEED runs that round again.
What is found becomes an ordinary test beside the others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from neural_memory import Brain

SECONDS = float(os.environ.get("NEURAL_MEMORY_FUZZ_SECONDS", "2"))
SEED = os.environ.get("NEURAL_MEMORY_FUZZ_SEED")
EXAMPLES = 100
"""Examples a round; time is looked at between rounds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def fuzz() -> Callable[[SearchStrategy[Any], Callable[[Any], None]], None]:
    """Draws from a strategy and checks, for as long as it is told."""

    def run(strategy: SearchStrategy[Any], check: Callable[[Any], None]) -> None:
        end = time.monotonic() + SECONDS
        for number in [int(SEED)] if SEED else count(time.time_ns() & 0xFFFF_FFFF):
            quiet = settings(
                max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
            )
            try:
                seed(number)(quiet(given(strategy)(check)))()
            except BaseException as failure:
                failure.add_note(f"NEURAL_MEMORY_FUZZ_SEED={number} runs this round again")
                raise
            if time.monotonic() > end:
                return

    return run


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Brain]:
    """A brain without a model of meaning, with something in it."""
    (tmp_path / "config.json").write_text('{"embedder": "none"}')
    with Brain.open(tmp_path / "memory.db") as brain:
        brain.remember_many(
            f"The payment service number {number} listens on port {8_000 + number}" for number in range(20)
        )
        yield brain
