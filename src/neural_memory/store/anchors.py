"""How are anchors kept, and which lists are some?  Rows are edited by hand, and imports come from anywhere."""

from __future__ import annotations

from neural_memory.model import Anchor, Memory
from neural_memory.text.lazily import later

_ANCHORS = ("file", "symbol", "commit", "branch")
_MOST = 50
_LONGEST_NAME = 1_000
_HASH = later(r"(?:[0-9a-f]{40}|[0-9a-f]{64})?")  # a file that is too large has an empty one


def anchors(kept: object) -> tuple[Anchor, ...]:
    """Anchors as they are kept: lists of kind, name, commit and digest, without what is missing at the end.

    What cannot be one (of another kind, with a name that no file has, with a commit that is no hash) is left out.
    """
    every = kept[:_MOST] if isinstance(kept, list) else []
    return tuple(Anchor(*one[:4]) for one in every if isinstance(one, list) and _is_anchor(*one[:4]))


def _is_anchor(kind: object = None, name: object = None, commit: object = None, digest: object = None) -> bool:
    if kind not in _ANCHORS or not isinstance(name, str) or not name.isprintable():
        return False
    hashes = (commit, digest, name if kind == "commit" else None)
    is_hash = all(part is None or (isinstance(part, str) and _HASH.fullmatch(part)) for part in hashes)
    return 0 < len(name) <= _LONGEST_NAME and is_hash


def kept_anchors(memory: Memory) -> list[list[str | None]]:
    """The other way round."""
    return [[a.kind, a.name, a.commit, a.digest] for a in memory.anchors]
