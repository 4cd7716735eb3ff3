"""The house keeps its order: imports go down only, one package knows SQLite, files can be read in one sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import neural_memory
from neural_memory import errors

SOURCE = Path(neural_memory.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

LEVELS = (
    ("model", "outcomes", "results", "changes", "errors", "deferred", "bounded", "values"),
    ("text", "place", "settings", "check", "spelling", "project", "secrecy"),
    ("store", "embed", "code"),
    ("remember", "remember_many", "handmade", "forget", "linked_file", "recall", "upkeep"),
    ("exchange",),
    ("brain", "answers", "clients", "doctor", "hooks"),
    ("mcp", "cli", "web"),
    ("__main__",),
)
LEVEL = {part: number for number, parts in enumerate(LEVELS) for part in parts}
OF_VALUES = ("model.py", "results.py", "changes.py", "outcomes.py", "errors.py")
NETWORK = {
    "socket", "socketserver", "ssl", "urllib", "http", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc",
    "asyncio", "requests", "httpx", "aiohttp", "anyio", "urllib3", "websockets",
}  # fmt: skip


def name(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def part(file: Path) -> str:
    """The first-level module or package a file belongs to."""
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(file: Path) -> Iterator[str]:
    """Everything a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(file)} imports relatively"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_parts(file: Path) -> set[str]:
    """The parts of this package that a file imports."""
    dotted = [target.split(".") for target in imported(file) if target.startswith("neural_memory.")]
    return {names[1] for names in dotted if names[1] in LEVEL or (SOURCE / names[1]).exists()}


@pytest.mark.parametrize("file", [f for f in FILES if f.parent != SOURCE or f.stem != "__init__"], ids=name)
def test_imports_go_down_only(file: Path) -> None:
    """doors > brain > remember, recall, upkeep > store, embed > text, settings, check > model, errors."""
    here = part(file)
    assert here in LEVEL, f"{here} has no level yet: give it one in LEVELS"
    for target in own_parts(file):
        assert LEVEL[target] <= LEVEL[here], f"{name(file)} imports {target}, which is above it"


def test_doors_know_nothing_of_each_other() -> None:
    """What two doors share is below both."""
    doors = set(LEVELS[-2])
    for file in FILES:
        if part(file) in doors:
            assert own_parts(file) & doors <= {part(file)}, name(file)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_only_the_store_knows_sqlite(file: Path) -> None:
    """Nobody else imports sqlite3; the demonstration does, where it plays the user's own look into the file."""
    if part(file) != "store" and name(file) != "cli/demo.py":
        assert "sqlite3" not in set(imported(file)), f"{name(file)} imports sqlite3"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_nothing_can_reach_a_network(file: Path) -> None:
    """No module outside embed imports anything that opens a socket (urllib.parse only takes texts apart)."""
    if part(file) != "embed":
        harmless = {"urllib.parse", "urllib.parse.unquote", "urllib.parse.quote"}
        assert not {target.split(".")[0] for target in set(imported(file)) - harmless} & NETWORK


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_file_can_be_read_in_one_sitting(file: Path) -> None:
    """At most 450 lines, none longer than 120 characters, and the docstring says which question it answers."""
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) <= 450
    assert ast.get_docstring(ast.parse("\n".join(lines)))


def undocumented(file: Path) -> list[str]:
    """Public functions and classes without a docstring that others use: those of the package's public values."""
    tree = ast.parse(file.read_text("utf-8"))
    missing = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            missing.append(node.name)
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            missing.append(node.name)
    return missing


@pytest.mark.parametrize("file", [*SOURCE.glob("brain/*.py"), *map(SOURCE.joinpath, OF_VALUES)], ids=name)
def test_everything_public_says_what_it_does(file: Path) -> None:
    """Each public class, function and method of the front door has a docstring."""
    assert undocumented(file) == []


@pytest.mark.parametrize("file", FILES, ids=name)
def test_functions_are_short(file: Path) -> None:
    """About ten lines each, never more than sixty (tables and docstrings aside)."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = sum(statement.end_lineno - statement.lineno + 1 for statement in body if statement.end_lineno)
            assert length <= 60, f"{name(file)}: {node.name} has {length} lines"


def test_every_exception_is_ours_and_says_so() -> None:
    """All errors stem from NeuralMemoryError, and the tree at the top of the file names each of them."""
    tree = ast.parse((SOURCE / "errors.py").read_text("utf-8"))
    drawn = ast.get_docstring(tree) or ""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            assert node.name in drawn
            assert issubclass(getattr(errors, node.name), neural_memory.NeuralMemoryError)


def test_the_public_api_is_small_and_there() -> None:
    """At most ten names, each of which exists."""
    assert len(neural_memory.__all__) <= 10
    for public in neural_memory.__all__:
        assert getattr(neural_memory, public)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = neural_memory.nonsense
