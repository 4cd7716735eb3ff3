"""What of other projects is worth showing in this one?  Only what fits clearly, and after what is at home here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from neural_memory.model import Recollection
from neural_memory.recall.fuse import GOOD, confidence
from neural_memory.values import replace

FARTHER = 0.75
"""What a hit of another project keeps of its score."""


def weighed(
    hits: Sequence[tuple[int, Recollection]], here: str | None, question: str
) -> list[tuple[int, Recollection]]:
    """The hits, best first again. here: the present project; None: there is none, and nothing changes.

    A hit of another project stays if it answers the question by itself, and well; its reason says where it comes from.
    Whose name the question says is not another project.
    """
    if here is None:
        return list(hits)
    kept = []
    for row, hit in hits:
        project = hit.memory.project
        if project is None or project == here or _is_named(project, question):
            kept.append((row, hit))
        elif hit.direct and hit.score >= GOOD:
            score = round(hit.score * FARTHER, 4)
            reason = f"{hit.reason}; of project {project}"
            kept.append((row, replace(hit, score=score, reason=reason, confidence=confidence(score))))
    return sorted(kept, key=lambda each: (-each[1].score, -each[0]))


def _is_named(project: str, question: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(project)}(?!\w)", question, re.IGNORECASE))
