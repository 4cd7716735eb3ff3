"""Was stored what the user wanted stored?  If not, the assistant hears of it, once."""

from __future__ import annotations

from typing import Any

from neural_memory.brain import Brain
from neural_memory.hooks import words
from neural_memory.hooks.sessions import Session


def answer(brain: Brain, session: Session, *, already: bool) -> dict[str, Any]:
    """Block the end of the turn if something is owed. already: this turn was blocked before, so it may end now."""
    if session.owes is None:
        return {}
    owed, session.owes = session.owes, None
    session.save()
    if already or brain.changed_since(owed):
        return {}
    return {"decision": "block", "reason": words.NOT_STORED}
