"""How does what the user has begun to type go on?  For the arguments of prompts and the variables of templates.

Offered are tags, names of projects and ids, the most used or newest first. What is offered ends up in the
user's hands as it is, so a name that would have to be quoted (a tag that reads like a sentence, a name with
letters nobody sees) is left out.
"""

from __future__ import annotations

from neural_memory.mcp import prompts, resources
from neural_memory.mcp.jsonrpc import INVALID_PARAMS, Refusal, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from neural_memory.brain import Brain
    from neural_memory.mcp.asking import Call

    Json = dict[str, Any]
    Work = Callable[[Call], Json]
    Offer = Callable[[Brain, str], tuple[list[str], int]]  # what goes on from here, and how many there are in all

MOST = 100  # the protocol's limit for one reply


def _complete(params: Json) -> Work:
    argument = params.get("argument")
    if not isinstance(argument, dict) or not isinstance(argument.get("value"), str):
        raise Refusal(INVALID_PARAMS, "Invalid params: argument must be an object with name and value, both texts")
    offer, begun = _offer(params.get("ref"), argument.get("name")), argument["value"]
    return lambda call: _completion(*offer(call.memory(), begun))


def _completion(values: list[str], total: int) -> Json:
    return {"completion": {"values": values[:MOST], "total": total, "hasMore": total > MOST}}


def _offer(ref: object, argument: object) -> Offer:
    """Where completions for this argument come from; a Refusal when there is no such argument."""
    kind = ref.get("type") if isinstance(ref, dict) else None
    if isinstance(ref, dict) and kind == "ref/prompt":
        offers = {prompts.named(ref.get("name")).argument}
    elif isinstance(ref, dict) and kind == "ref/resource":
        offers = _variables(ref.get("uri"))
    else:
        raise Refusal(INVALID_PARAMS, 'Invalid params: ref must be of type "ref/prompt" or "ref/resource"')
    if not isinstance(argument, str) or argument not in offers:
        raise Refusal(INVALID_PARAMS, f"Unknown argument: {shown(argument)}. There is {', '.join(offers) or 'none'}")
    return _OFFERS[argument]


def _variables(uri: object) -> set[str]:
    if uri == resources.MEMORY_TEMPLATE:
        return {"id"}
    if uri == resources.PROJECT_TEMPLATE:
        return {"name"}
    if uri in (resources.OVERVIEW, resources.STATS):
        return set()
    raise Refusal(INVALID_PARAMS, f"Unknown resource template: {shown(uri)}")


def _topics(brain: Brain, begun: str) -> tuple[list[str], int]:
    """Tags of one word: some clients take no more than a word."""
    return _plain((tag for tag in brain.overview().tags if " " not in tag), begun)


def _projects(brain: Brain, begun: str) -> tuple[list[str], int]:
    return _plain(brain.overview().projects, begun)


def _plain(names: Iterable[str], begun: str) -> tuple[list[str], int]:
    from neural_memory import answers

    found = [name for name in names if name.casefold().startswith(begun.casefold()) and answers.name(name) == name]
    return found, len(found)


def _ids(brain: Brain, begun: str) -> tuple[list[str], int]:
    if "mem_".startswith(begun.casefold()):  # so does every id: the newest ones will do
        page = brain.audit(limit=MOST)
        ids, total = [memory.id for memory in page.memories], page.total
    else:
        ids, total = brain.ids(begun, limit=MOST)
        if not total:
            ids, total = brain.ids(begun.casefold(), limit=MOST)
    found = _plain(ids, begun)[0]
    return found, total - len(ids) + len(found)


_OFFERS: dict[str, Offer] = {"topic": _topics, "project": _projects, "name": _projects, "id": _ids}


# ---- what the protocol needs to know of this file

ABILITIES: Json = {"completions": {}}
AT_ONCE: dict[str, Callable[[Json], Json]] = {}
ERRANDS: dict[str, Callable[[Json], Work]] = {"completion/complete": _complete}
