"""What belongs to this prompt?  A few memories that surely fit, and a word when something is to be stored."""

from __future__ import annotations

from typing import Any

from neural_memory.answers import escaped, standing
from neural_memory.answers.pieces import identity, name, quoted, until
from neural_memory.brain import Brain
from neural_memory.hooks import words
from neural_memory.hooks.sessions import Session
from neural_memory.model import Recollection
from neural_memory.text.wishes import is_synthetic, topic, typed, wants_storing

MOST = 3  # memories at a prompt
LOOKED_AT = 8
CUT = 300
CERTAIN = 0.55  # the score from which on a single word in common is enough


def answer(brain: Brain, session: Session, prompt: str) -> dict[str, Any]:
    """The context for a prompt; an empty answer when there is nothing to say, which is most of the time."""
    prompt = typed(prompt)
    if is_synthetic(prompt):
        return {}
    parts = []
    if wants_storing(prompt):
        session.owes = brain.last_change()
        parts.append(words.STORE)
    fitting = [] if session.owes is not None and parts else _fitting(brain, session, prompt)
    if fitting:
        session.shown += [hit.memory.id for hit in fitting]
        here = brain.project
        parts.append("\n".join([words.AT_PROMPT, *(f"- {_line(hit, here)}" for hit in fitting)]))
    if not parts:
        return {}
    session.save()
    return {
        "hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "additionalContext": "\n".join(parts)},
        "suppressOutput": True,
    }


def _fitting(brain: Brain, session: Session, prompt: str) -> list[Recollection]:
    """Memories that surely fit, that this session was not told of yet."""
    most = brain.settings.prompt_memories
    if not most or not (question := topic(prompt)):
        return []
    hits = brain.recall(question, limit=LOOKED_AT)
    return [hit for hit in hits if _is_sure(hit) and hit.memory.id not in session.shown][:most]


def _is_sure(hit: Recollection) -> bool:
    """Strong, found by itself, and not by one word that happens to be there."""
    words_in_common = hit.reason.count(",") + 1 if hit.reason.startswith("words:") else 0
    return hit.direct and hit.confidence == "strong" and (words_in_common >= 2 or hit.score >= CERTAIN)


def _line(hit: Recollection, here: str | None) -> str:
    """A memory in few words; here: the present project, which goes without saying."""
    memory = hit.memory
    facts = [name(memory.timestamp[:10])]
    if memory.project and memory.project != here:
        facts.append(f"project {name(memory.project)}")
    if ":" in memory.source:
        facts.append(f"from {name(memory.source)}")
    if memory.trust != "stored":
        facts.append(escaped(memory.trust))
    if memory.valid_until:
        facts.append(until(str(memory.valid_until)))
    return f"[{identity(memory.id)}] {quoted(memory.content, CUT)} ({', '.join(facts)}){standing(hit, 100)}"
