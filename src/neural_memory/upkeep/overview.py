"""What is stored, in numbers?  The overview on one screen."""

from __future__ import annotations

import itertools

from neural_memory.model import Overview
from neural_memory.remember import days_ago
from neural_memory.store.selection import TAGS
from neural_memory.store.sqlite import Connection

AGES = (("last 7 days", 7), ("8 to 30 days", 30), ("31 to 60 days", 60), ("61 to 365 days", 365))


def overview(connection: Connection) -> Overview:
    """Everything counted."""

    def counted(sql: str) -> dict[str, int]:
        return dict(connection.execute(sql).fetchall())

    def number(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    oldest, newest = connection.execute("SELECT min(timestamp), max(timestamp) FROM memories").fetchone()
    return Overview(
        memories=number("SELECT count(*) FROM memories"),
        replaced=number("SELECT count(*) FROM memories WHERE replaced_by IS NOT NULL"),
        kinds=counted("SELECT kind, count(*) c FROM memories GROUP BY kind ORDER BY c DESC, kind"),
        projects=counted(
            "SELECT coalesce(project, ''), count(*) c FROM memories GROUP BY project ORDER BY c DESC, project"
        ),
        tags=counted(
            f"SELECT t.value, count(*) c FROM memories m, json_each({TAGS}) t WHERE t.type = 'text' "  # noqa: S608
            "GROUP BY lower(t.value) ORDER BY c DESC, t.value"
        ),
        ages=_ages(connection),
        untagged=number(f"SELECT count(*) FROM memories m WHERE json_array_length({TAGS}) = 0"),  # noqa: S608
        never_recalled=number("SELECT count(*) FROM memories WHERE seq NOT IN (SELECT memory FROM usage)"),
        oldest=oldest,
        newest=newest,
    )


def _ages(connection: Connection) -> dict[str, int]:
    """How many memories are how old."""
    counted: dict[str, int] = {}
    older = _older(connection, AGES[0][1])
    counted[AGES[0][0]] = int(connection.execute("SELECT count(*) FROM memories").fetchone()[0]) - older
    for (_, days), (name, further) in itertools.pairwise(AGES):
        counted[name] = _older(connection, days) - _older(connection, further)
    counted["older than a year"] = _older(connection, AGES[-1][1])
    return {name: count for name, count in counted.items() if count}


def _older(connection: Connection, days: int) -> int:
    return int(connection.execute("SELECT count(*) FROM memories WHERE timestamp < ?", (days_ago(days),)).fetchone()[0])
