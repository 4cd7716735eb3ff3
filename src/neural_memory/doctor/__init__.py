"""What is not well, and what is to be done about it?  A list of small checks; each looks at one thing.

`examine` runs them in the order in which a person should read of them. A check is a function of a `Patient` that
returns diagnoses; to add one, write it in the file it belongs to and name it in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from neural_memory import settings
from neural_memory.doctor import file, machine, rows, surroundings
from neural_memory.doctor.patient import Patient
from neural_memory.outcomes import Diagnosis

__all__ = ["CHECKS", "Patient", "examine"]

CHECKS: tuple[Callable[[Patient], Iterable[Diagnosis]], ...] = (
    file.integrity,
    file.index,
    rows.rows,
    file.schema,
    file.meaning,
    file.leftovers,
    file.backups,
    surroundings.place,
    surroundings.modes,
    surroundings.writing,
    surroundings.file_system,
    surroundings.cloud,
    surroundings.room,
    machine.users,
    machine.model,
    machine.configuration,
    machine.command,
    machine.sqlite,
)


def examine(home: Path | None = None) -> list[Diagnosis]:
    """Run every check on a home, by default the user's; nothing is changed, and nothing is made."""
    folder = settings.home() if home is None else home
    patient = Patient(folder, settings.load(folder))
    return [diagnosis for check in CHECKS for diagnosis in check(patient)]
