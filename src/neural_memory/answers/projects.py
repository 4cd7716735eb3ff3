"""What does a reader hear about projects, and after something was moved between them?"""

from __future__ import annotations

from neural_memory.answers.pieces import count, escaped, fitted, name, numbered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neural_memory.model import Memory, Project


def projects(found: Sequence[Project]) -> str:
    """Every project: its memories, and what it is known by."""
    if not found:
        return "No memory belongs to a project yet."
    return "\n".join(_project(one) for one in found)


def _project(one: Project) -> str:
    facts = [count(one.memories, "memory")]
    if one.newest:
        facts.append(f"the newest of {name(one.newest[:10])}")
    places = [escaped(place) for place in one.places if not place.startswith(("made:", "name:", "first:"))]
    facts += places[:3]
    return f"{name(one.name)}{' (this one)' if one.present else ''}: {', '.join(facts)}"


def moved(memories: Sequence[Memory], to: str | None) -> str:
    """After `move`: what belongs elsewhere now. to: the project, None for everywhere."""
    where = f"to project {name(to)}" if to else "to everywhere"

    def draw(cut: int) -> list[str]:
        return [f"Moved {count(len(memories), 'memory')} {where}:", *numbered(memories, cut)]

    return fitted(draw)


def renamed(old: str, new: str, memories: int) -> str:
    """After `rename_project`."""
    return f"Project {name(old)} is called {name(new)} now, with {count(memories, 'memory')}."
