"""How does a result become text for a reader, be it a model or a person?  One function per kind of result."""

from __future__ import annotations

from neural_memory.answers.changing import copies, forgotten, revised, undone
from neural_memory.answers.exchanging import exported, imported
from neural_memory.answers.finding import (
    audited,
    concern,
    conditions,
    connections,
    contradictory,
    doubt,
    doubted,
    overview,
    recalled,
    secrets_found,
    sections,
    standing,
    stats,
)
from neural_memory.answers.keeping import noted, restored, restoring
from neural_memory.answers.past import history, log, told
from neural_memory.answers.pieces import (
    ASSISTANT,
    BUDGET,
    CUTS,
    LONG,
    WHOLE,
    Ways,
    count,
    escaped,
    line,
    name,
    quoted,
    unlimited,
)
from neural_memory.answers.projects import moved, projects, renamed
from neural_memory.answers.storing import duplicates, held, merged, remembered
from neural_memory.answers.suggesting import dismissed, suggestion, suggestions

__all__ = [
    "ASSISTANT",
    "BUDGET",
    "CUTS",
    "LONG",
    "WHOLE",
    "Ways",
    "audited",
    "concern",
    "conditions",
    "connections",
    "contradictory",
    "copies",
    "count",
    "dismissed",
    "doubt",
    "doubted",
    "duplicates",
    "escaped",
    "exported",
    "forgotten",
    "held",
    "history",
    "imported",
    "line",
    "log",
    "merged",
    "moved",
    "name",
    "noted",
    "overview",
    "projects",
    "quoted",
    "recalled",
    "remembered",
    "renamed",
    "restored",
    "restoring",
    "revised",
    "secrets_found",
    "sections",
    "standing",
    "stats",
    "suggestion",
    "suggestions",
    "told",
    "undone",
    "unlimited",
]
