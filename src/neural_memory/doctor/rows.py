"""Can every row be used?  What was written by hand and had to be put right, or will be, and what nobody can guess."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from neural_memory import handmade, remember
from neural_memory.doctor.patient import Patient
from neural_memory.model import MAX_CONTENT
from neural_memory.outcomes import Diagnosis
from neural_memory.store import memories
from neural_memory.store.examine import NEWEST_SCHEMA

_SHOWN = 5
_UPDATE = 'sqlite3 memory.db "UPDATE memories SET {} WHERE {}"'
_LATELY = 30.0
"""Days for which a guess is told."""
_REVISABLE = {"tags": "-t TAG", "kind": "--kind KIND", "project": "--project NAME", "valid_until": "--until WHEN"}


def rows(patient: Patient) -> Iterator[Diagnosis]:
    """Rows of `memories` that another program wrote."""
    if not patient.readable or patient.examined.schema != NEWEST_SCHEMA:
        return
    yield from _unfit(patient)
    yield from _waiting(patient)
    yield from _mended(patient)


def _unfit(patient: Patient) -> Iterator[Diagnosis]:
    """Texts that are none, or that are longer than any other door takes."""
    for id, length in patient.examined.unfit[:_SHOWN]:
        if length:
            finding = f"{id} has {length:,} characters; the limit is {MAX_CONTENT:,}"
            yield Diagnosis("rows", "warn", finding, "split it into several memories, and forget it")
        else:
            advice = f'neural-memory revise {shlex.quote(id)} --content "…", or forget it'
            yield Diagnosis("rows", "warn", f"{id} holds nothing but blanks", advice)
    yield from _more(len(patient.examined.unfit))


def _waiting(patient: Patient) -> Iterator[Diagnosis]:
    """What will be put right before the next question."""
    at, found = remember.now(), []
    for row, values in patient.examined.unlinked.items():
        odd = handmade.understood(memories.named(values), at)[1]
        if odd:
            found.append((row, odd))
    for row, odd in found[:_SHOWN]:
        guess = any(one.guessed for one in odd)
        advice = _UPDATE.format("…", f"seq = {row}") if guess else ""
        finding = f"row {row}, written by hand, becomes with the next question: {handmade.told(odd)}"
        yield Diagnosis("rows", "warn" if guess else "ok", finding, advice)
    yield from _more(len(found))


def _mended(patient: Patient) -> Iterator[Diagnosis]:
    """What was put right: guesses by name, until the memory is changed or nobody did for a while."""
    guesses, sure = [], set()
    for entry, row in patient.examined.mended:
        guessed = [one for one in handmade.mended(entry) if one.guessed and handmade.stands(one, row)]
        if guessed and entry.at >= remember.days_ago(_LATELY):
            guesses.append((entry.memory, guessed))
        else:
            sure.add(entry.memory)
    for id, odd in guesses[:_SHOWN]:
        finding = f"{id} was written by hand, and what could not be used replaced: {handmade.told(odd)}"
        yield Diagnosis("rows", "warn", finding, _correct(id, odd[0].field))
    yield from _more(len(guesses))
    if sure:
        many = "1 memory" if len(sure) == 1 else f"{len(sure):,} memories"
        finding = f"{many} written by hand, with values that were only spelled anew"
        yield Diagnosis("rows", "ok", finding, f"neural-memory history {min(sure)} shows which")


def _correct(id: str, field: str) -> str:
    """How a person gives a memory the value that was meant."""
    if field == "content":
        return f'neural-memory revise {id} --content "…"'
    if field in _REVISABLE:
        return f"neural-memory revise {id} {_REVISABLE[field]}"
    example = "'2026-03-25T10:30:00Z'" if field == "timestamp" else "'…'"
    return "if it is wrong: " + _UPDATE.format(f"{field} = {example}", f"id = '{id}'")


def _more(number: int) -> Iterator[Diagnosis]:
    if number > _SHOWN:
        yield Diagnosis("rows", "warn", f"and {number - _SHOWN:,} more", "correct these first")
