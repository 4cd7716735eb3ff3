"""When is a memory the same as it was when it last came, or went?"""

from __future__ import annotations

import hashlib
import json

from neural_memory.model import Memory

_COMPACT = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def state(memory: Memory) -> str:
    """A short digest of what a memory says; two that share it are the same, apart from where they came from."""
    content, m = "\n".join(memory.content.strip().splitlines()), memory
    parts = [content, m.timestamp, m.importance, m.tags, m.kind, m.project, m.replaced_by, m.valid_until, m.pinned]
    data = _COMPACT.encode(parts).encode()
    return hashlib.blake2b(data, digest_size=8).hexdigest()
