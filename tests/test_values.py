"""Values are what the standard dataclasses are, and cost a start less."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_memory import Memory, Recollection
from neural_memory.results import Remembered
from neural_memory.values import dataclass, field, fields, replace


@dataclass(frozen=True, slots=True)
class Ours:
    """A value."""

    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)
    fourth: object = field(default=None)

    def both(self) -> str:
        """Its first two."""
        return f"{self.first} {self.second}"

    @property
    def many(self) -> int:
        """How many there are."""
        return len(self.third)


@dataclass(frozen=True, slots=True)
class Further(Ours):
    """A value that is more than another."""

    fifth: float = 0.5


@dataclasses.dataclass(frozen=True, slots=True)
class _Standard:
    """A value."""

    first: int
    second: str = "two"
    third: list[int] = dataclasses.field(default_factory=list)
    fourth: object = dataclasses.field(default=None)


@dataclasses.dataclass(frozen=True, slots=True)
class _Beyond(_Standard):
    """A value that is more than another."""

    fifth: float = 0.5


PAIRS: tuple[tuple[Any, Any], ...] = ((Ours, _Standard), (Further, _Beyond))
GIVEN = st.fixed_dictionaries(
    {"first": st.integers(0, 2)},
    optional={
        "second": st.sampled_from("ab"),
        "third": st.lists(st.integers(0, 1), max_size=2),
        "fourth": st.none() | st.integers(0, 1),
    },
)


@pytest.mark.parametrize(("ours", "standard"), PAIRS)
@given(one=GIVEN, other=GIVEN)
def test_what_the_standard_ones_say_of_themselves_ours_say_too(
    ours: Any, standard: Any, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Made alike they are equal alike, shown alike, taken apart alike and changed alike."""
    a, b, c, d = ours(**one), ours(**other), standard(**one), standard(**other)
    assert (a == b) == (c == d)
    assert (a != b) == (c != d)
    assert a == ours(*dataclasses.astuple(c))
    assert repr(a).replace("Further", "_Beyond").replace("Ours", "_Standard") == repr(c)
    assert dataclasses.asdict(a) == dataclasses.asdict(c)
    assert dataclasses.asdict(replace(a, **other)) == dataclasses.asdict(dataclasses.replace(c, **other))
    assert dataclasses.replace(a, **other) == replace(a, **other)
    assert copy.deepcopy(a) == copy.copy(a) == pickle.loads(pickle.dumps(a)) == a  # noqa: S301 - our own


@pytest.mark.parametrize(("ours", "standard"), PAIRS)
def test_a_class_of_values_describes_itself_like_a_standard_one(ours: Any, standard: Any) -> None:
    """Its signature, its patterns and its fields are the same, and `dataclasses` takes it for its own."""
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(standard).parameters)
    assert ours.__match_args__ == standard.__match_args__
    assert ours.__doc__ == standard.__doc__
    assert [(f.name, f.type) for f in fields(ours)] == [(f.name, f.type) for f in dataclasses.fields(standard)]
    described = [(f.name, f.type, f.default, f.default_factory) for f in dataclasses.fields(ours)]
    assert described == [(f.name, f.type, f.default, f.default_factory) for f in dataclasses.fields(standard)]
    assert dataclasses.is_dataclass(ours)
    assert dataclasses.is_dataclass(ours(1))


@pytest.mark.parametrize(("ours", "standard"), PAIRS)
@pytest.mark.parametrize("arguments", [{}, {"first": 1, "sixth": 6}])
def test_what_is_missing_or_unknown_is_named(ours: Any, standard: Any, arguments: dict[str, Any]) -> None:
    """A value that cannot be made says the same as a standard one."""
    said = []
    for kind in (ours, standard):
        with pytest.raises(TypeError) as refused:
            kind(**arguments)
        said.append(str(refused.value).replace(kind.__qualname__, "Kind"))
    assert said[0] == said[1]


def test_a_value_cannot_be_changed() -> None:
    """Setting and deleting are refused, also of names that are no fields; two of equal fields are one in a set."""
    value: Any = Ours(1, third=[])
    for change in (lambda: setattr(value, "first", 2), lambda: delattr(value, "first"), lambda: setattr(value, "x", 1)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()
    assert value.both() == "1 two"
    assert value.many == 0
    assert value != Further(1)
    assert value != (1, "two", [], None)
    memory = Memory("mem_a", "text", "2026-01-01T00:00:00Z")
    assert len({memory, replace(memory), replace(memory, pinned=True)}) == 2
    with pytest.raises(TypeError):
        hash(value)  # as a standard one with a list in it


def test_defaults_that_are_made_are_made_for_each() -> None:
    """Two values never share a list; those of a derived class come after those of its base."""
    assert Ours(1).third is not Ours(1).third
    assert issubclass(Remembered, Memory)
    assert [one.name for one in fields(Remembered)][: len(fields(Memory))] == [one.name for one in fields(Memory)]
    assert [one.name for one in dataclasses.fields(Recollection)] == [one.name for one in fields(Recollection)]


def test_the_standard_ones_can_be_made_of_ours() -> None:
    """Somebody else's frozen dataclass may stand on one of our classes."""

    @dataclasses.dataclass(frozen=True)
    class More(Memory):
        seen: bool = False

    assert More("mem_a", "text", "2026-01-01T00:00:00Z", seen=True).seen
    assert dataclasses.asdict(More("mem_a", "text", "now"))["seen"] is False


def test_the_first_question_of_a_process_does_without_what_is_heavy(tmp_path: Any) -> None:
    """A recall that waits for nothing imports neither dataclasses, inspect and typing nor NumPy and onnxruntime, unless
    Python's own modules that it cannot do without bring one along.
    """
    asked = (
        "import contextlib, datetime, functools, importlib.util, json, pathlib, re, sqlite3, sys, threading;"
        "there = set(sys.modules);"
        "from neural_memory import Brain; brain = Brain.open(sys.argv[1]); brain.patience = 0;"
        "brain.recall('how does login work?');"
        "heavy = set('dataclasses inspect typing numpy onnxruntime click rich'.split());"
        "print(*heavy & (set(sys.modules) - there))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {asked}", str(tmp_path / "memory.db")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
