"""What of this session looks worth keeping?  Looked for before its context is compacted, and when it ends.

Nothing is stored: it becomes a suggestion that the user accepts or not. The same session may end several times, and
be resumed in between; what was suggested once is not suggested again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neural_memory.brain import Brain
from neural_memory.exchange.transcript import turns
from neural_memory.hooks.sessions import Session
from neural_memory.text.worth import worth_keeping
from neural_memory.upkeep.suggest import from_worth

MOST = 5  # suggestions a session


def answer(brain: Brain, session: Session, transcript: str) -> dict[str, Any]:
    """Suggest what is worth keeping; the answer to the hook is always empty."""
    path = Path(transcript).expanduser()
    if not brain.settings.suggestions or not transcript or not path.is_file():
        return {}
    size = path.stat().st_size
    if size == session.read:
        return {}
    noticed = [from_worth(one) for one in worth_keeping(turns(path))]
    if noticed:
        brain.suggest(noticed, most=MOST)
    session.read = size
    session.save()
    return {}
