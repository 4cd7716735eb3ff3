"""What can be wrong with a client's own file?

Exception
└── FileProblem             reported for this file; the other clients are still done
    ├── BrokenFileError     it cannot be read as what it should be: line, column
    ├── UnfitFileError      it is sound, but our entry does not fit into it
    └── BusyFileError       somebody else is changing it
"""

from __future__ import annotations


class FileProblem(Exception):  # noqa: N818 - a problem of the file, said to the user
    """This file is left as it is; the text says why and what to do."""


class BrokenFileError(FileProblem):
    """Not readable as JSON, TOML or UTF-8. line and column count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


class UnfitFileError(FileProblem):
    """Sound, but where our entry belongs stands something else."""


class BusyFileError(FileProblem):
    """Changed by somebody else between our look and our change, or locked by the client."""
