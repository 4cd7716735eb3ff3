"""What does each tool do with the memory?  Arguments are held against the definitions, then the Brain acts.

Whatever goes wrong in a call is a result with `isError` and a text that says how to do it right: an
assistant can act on that, while a protocol error never reaches it. Nothing of the memory is imported before
the first call.
"""

from __future__ import annotations

import json
import sys

from neural_memory.mcp import confirming, hooked, words
from neural_memory.mcp.asking import Questions
from neural_memory.mcp.jsonrpc import INVALID_PARAMS, Refusal, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from neural_memory.brain import Brain
    from neural_memory.mcp.asking import Call

    Json = dict[str, Any]
    Work = Callable[[Call], Json]

AUDIT_PAGE = 50

_SCHEMAS: dict[str, Json] = {tool["name"]: tool["inputSchema"] for tool in words.TOOLS}


class WrongArguments(Exception):  # noqa: N818 - its message is an answer
    """The call does not fit the tool's definition."""


def _list(_params: Json) -> Json:
    return {"tools": words.TOOLS}


def _call(params: Json) -> Work:
    name, arguments = params.get("name"), params.get("arguments")
    if name == hooked.NAME:
        return lambda call: _result(hooked.answer(arguments if isinstance(arguments, dict) else {}, call))
    if not isinstance(name, str) or name not in _SCHEMAS:
        raise Refusal(INVALID_PARAMS, f"Unknown tool: {shown(name)}. The tools are {', '.join(_SCHEMAS)}")
    if arguments is not None and not isinstance(arguments, dict):
        raise Refusal(INVALID_PARAMS, "Invalid params: arguments must be an object")
    return lambda call: _do(name, arguments or {}, call)


def _do(name: str, arguments: Json, call: Call) -> Json:
    from neural_memory.errors import NeuralMemoryError

    try:
        fitting = checked(name, arguments)
        if name in _FIRST:
            fitting = _FIRST[name](call, fitting)
        brain = call.memory()
        return _result(_noted(_DEEDS[name](brain, **fitting), brain))
    except Questions:
        raise
    except confirming.Declined as answer:
        return _result(str(answer))
    except (WrongArguments, NeuralMemoryError) as error:
        return _result(str(error), wrong=True)
    except Exception as error:  # noqa: BLE001 - a door: the assistant hears of it and the server stays up
        _report(error)
        return _result(f"Internal error: {type(error).__name__}", wrong=True)


def _noted(text: str, brain: Brain) -> str:
    """The answer, and what happened to the file that the user should hear of."""
    if not (notices := brain.notices()):
        return text
    from neural_memory import answers

    return answers.noted(text, notices)


def _result(text: str, wrong: bool = False) -> Json:
    # Text alone: clients that are given structuredContent as well show the model only that.
    return {"content": [{"type": "text", "text": text}], "isError": wrong}


def _report(error: Exception) -> None:
    """Say on stderr where it happened; the error's own message may hold what a memory says."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    print(f"neural-memory: {type(error).__name__} at {where}", file=sys.stderr)


# ---- what the tools do


def _remember(brain: Brain, **arguments: Any) -> str:
    from neural_memory import answers

    if (suggestion := arguments.pop("suggestion", None)) is not None:
        return answers.remembered(brain.accept(suggestion, **arguments))
    return answers.remembered(brain.remember(**arguments))


def _recall(brain: Brain, **arguments: Any) -> str:
    from neural_memory import answers

    # A cut-off emoji leaves half a character. Nothing stored can hold one, so the rest is what to look for.
    arguments["query"] = arguments["query"].encode("utf-8", "ignore").decode("utf-8")
    narrowed = any(key in arguments for key in ("tags", "project", "since", "until"))
    return answers.recalled(arguments["query"], brain.recall(**arguments, expired=True), narrowed=narrowed)


def _audit(brain: Brain, **arguments: Any) -> str:
    from neural_memory import answers

    if arguments.pop("suggestions", False):
        if arguments:
            raise WrongArguments(f"suggestions stands alone; leave out {', '.join(arguments)}.")
        return answers.suggestions(brain.suggestions(), words.ACCEPT, words.DISMISS)
    if arguments.pop("secrets", False):
        if arguments:
            raise WrongArguments(f"secrets stands alone; leave out {', '.join(arguments)}.")
        return answers.secrets_found(brain.find_secrets())
    if (of := arguments.pop("history", None)) is not None:
        if set(arguments) - {"limit"}:
            raise WrongArguments(f"history stands alone; leave out {', '.join(arguments)}.")
        return answers.log(brain.log(arguments.get("limit", AUDIT_PAGE))) if of == "all" else _history(brain, of)
    if arguments.pop("contradictory", False):
        if arguments:
            raise WrongArguments("contradictory=true lists every pair; it goes with no other argument.")
        return answers.contradictory(brain.contradictions())
    if (only := arguments.pop("only", None)) is not None:
        if only == "duplicates":
            if arguments:
                raise WrongArguments(f'only="duplicates" stands alone; leave out {", ".join(arguments)}.')
            return answers.duplicates(brain.duplicates())
        if only not in ("untagged", "never recalled", "oversized"):
            raise WrongArguments(f"only is {shown(only)}; it must be {words.ONLY}.")
        arguments[only.replace(" ", "_")] = True
    return audited(brain, **arguments) if arguments else answers.overview(brain.overview())


def _history(brain: Brain, id: str) -> str:
    from neural_memory import answers

    return answers.history(brain.history(id))


def audited(brain: Brain, **arguments: Any) -> str:
    """One page of an audit: as much of it as fits, and the call for the rest."""
    from neural_memory import answers

    conditions = {key: value for key, value in arguments.items() if key not in ("limit", "cursor")}
    same = {key: value for key, value in arguments.items() if key != "cursor"}
    limit = arguments.pop("limit", AUDIT_PAGE)
    while True:
        page = brain.audit(limit=limit, **arguments)
        again = _spelled("audit", {**same, "cursor": page.cursor})
        text = answers.audited(page, answers.conditions(**conditions), again)
        if len(text) <= answers.BUDGET or len(page.memories) <= 1:
            return text
        # A shorter page, so that its cursor leads on from the last line that is shown.
        limit = min(len(page.memories) - 1, max(1, len(page.memories) * answers.BUDGET // len(text)))


_CONDITIONS = ("mentions", "tags", "project", "older_than_days")


def _agreed(call: Call, arguments: Json) -> Json:
    """What is to be forgotten, once it is clear what, and the user agreed where they had to be asked."""
    conditions = [key for key in _CONDITIONS if arguments.get(key) not in (None, [])]
    if bool(arguments.get("ids")) == bool(conditions):
        excess = f"; leave out {', '.join(conditions)}" if conditions else ": without any, everything would go"
        raise WrongArguments(f"forget takes either ids or conditions ({', '.join(_CONDITIONS)}){excess}.")
    return confirming.forget(call, arguments)


def _forget(brain: Brain, **arguments: Any) -> str:
    from neural_memory import answers

    ids = arguments.get("ids", [])
    if ids and all(id.startswith("sug_") for id in ids):
        return answers.dismissed(brain.dismiss(ids))
    return answers.forgotten(brain.forget(**arguments))


def _revise(brain: Brain, **arguments: Any) -> str:
    from neural_memory import answers

    if (others := arguments.pop("merge", None)) is not None:
        if len(arguments) > 1:
            raise WrongArguments("merge stands alone with id; revise the memory afterwards.")
        return answers.merged(brain.merge([arguments["id"], *others]))
    if (others := arguments.pop("both_hold", None)) is not None:
        if len(arguments) > 1:
            raise WrongArguments("both_hold stands alone with id; revise the memory before.")
        return answers.held(brain.both_hold([arguments["id"], *others]))
    return answers.revised(brain.revise(**arguments))


def _undo(brain: Brain, **arguments: Any) -> str:
    from neural_memory import answers

    if arguments.pop("redo", False):
        return answers.undone(brain.redo(**arguments))
    return answers.undone(brain.undo(**arguments))


def _connections(brain: Brain, **arguments: Any) -> str:
    from neural_memory import answers

    return answers.connections(brain.connections(**arguments))


def _spelled(name: str, arguments: Json) -> str:
    """The call in words: `audit(about="API", cursor="…")`."""
    parts = (f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in arguments.items())
    return f"{name}({', '.join(parts)})"


_DEEDS: dict[str, Callable[..., str]] = {
    "remember": _remember,
    "recall": _recall,
    "audit": _audit,
    "forget": _forget,
    "revise": _revise,
    "undo": _undo,
    "connections": _connections,
}
_FIRST: dict[str, Callable[[Call, Json], Json]] = {"forget": _agreed}


# ---- arguments


def checked(name: str, arguments: Json) -> Json:
    """The arguments as the Brain wants them: null ones left out, 5.0 made 5 where a whole number is due."""
    schema = _SCHEMAS[name]
    known: Json = schema["properties"]
    for key in arguments:
        if key not in known:
            raise WrongArguments(f"{name} has no argument {shown(key)}; it knows {', '.join(known)}.")
    given = {key: value for key, value in arguments.items() if value is not None}
    for key in schema.get("required", ()):
        if key not in given:
            raise WrongArguments(f"{name} needs {key}: {known[key]['description']}.")
    return {key: _fitting(key, value, known[key]["type"]) for key, value in given.items()}


def _fitting(key: str, value: object, type: str) -> object:
    if type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    fits, wanted = _TYPES[type]
    if not fits(value):
        raise WrongArguments(f"{key} is {shown(value)}; it must be {wanted}.")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "string": (lambda value: isinstance(value, str), 'a text, like "payments"'),
    "integer": (
        lambda value: isinstance(value, int) and not isinstance(value, bool),
        "a whole number, like 5",
    ),
    "number": (_is_number, "a number, like 0.5"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "array": (
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
        'a list of texts, like ["api", "security"]',
    ),
}


# ---- what the protocol needs to know of this file

ABILITIES: Json = {"tools": {}}
AT_ONCE: dict[str, Callable[[Json], Json]] = {"tools/list": _list}
ERRANDS: dict[str, Callable[[Json], Work]] = {"tools/call": _call}
