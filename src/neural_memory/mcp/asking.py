"""How is the user asked something in the middle of a call?

The work raises `Questions`, and is run again from its beginning once they are answered; so no thread waits for a
person. How the questions travel is the era's: a modern client gets them as the result of its request and repeats that
with the answers; a legacy client gets requests of ours, and its request waits until they are answered (`protocol`).

A modern client keeps the state between the rounds for us, so it comes sealed to that very request: what was changed on
the way, or belongs to another request or another process, is refused.
"""

from __future__ import annotations

import json

from neural_memory.mcp.jsonrpc import INVALID_PARAMS, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from neural_memory.brain import Brain

    Json = dict[str, Any]

MAY_ASK = ("tools/call", "prompts/get", "resources/read")  # where the protocol allows it
MISSING_CAPABILITY = -32021

_KEY: list[bytes] = []  # of this process, made when it is first needed


class Questions(Exception):  # noqa: N818 - it is what the work says instead of a result
    """The work cannot go on before these are answered: {key: {"method": …, "params": …}}.

    state: what the work wants to know again when it is run with the answers; anything JSON can hold.
    """

    def __init__(self, requests: dict[str, Json], state: object = None) -> None:
        super().__init__("questions")
        self.requests = requests
        self.state = state


class Call:
    """What the work for one request may use.

    memory:    opens the memory when it is first needed
    abilities: what the client says it can do (its capabilities)
    answers:   what was answered so far, by the keys of the questions
    state:     what the work kept when it asked
    """

    def __init__(self, memory: Callable[[], Brain], abilities: Json, answers: Json, state: object) -> None:
        self.memory = memory
        self.abilities = abilities
        self.answers = answers
        self.state = state

    def can_ask_the_user(self) -> bool:
        """Whether the client shows a form to the user (an empty declaration means just that)."""
        form = self.abilities.get("elicitation")
        return isinstance(form, dict) and ("form" in form or "url" not in form)


def answers(params: Json) -> Json:
    """What a modern request brings along as answers to questions from before."""
    given = params.get("inputResponses")
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(answer, dict) for answer in given.values()):
        raise Refusal(INVALID_PARAMS, "Invalid params: inputResponses must be an object of objects")
    return given


def refuse_undeclared(questions: Questions, abilities: Json) -> None:
    """A client is asked only for what it declared: elicitation/create wants elicitation."""
    wanted = sorted({str(request["method"]).split("/")[0] for request in questions.requests.values()})
    missing = [ability for ability in wanted if not isinstance(abilities.get(ability), dict)]
    if missing:
        data: Json = {"requiredCapabilities": {ability: {} for ability in missing}}
        raise Refusal(MISSING_CAPABILITY, f"This needs a client that declares {', '.join(missing)}", data)


def sealed(state: object, method: str, params: Json) -> str:
    """The state as a text that only this process can have made, for this request."""
    text = json.dumps(state, separators=(",", ":"))
    return f"{_seal(text, method, params)}.{text}"


def opened(sealed_text: object, method: str, params: Json) -> object:
    """The state again; a Refusal when it is not as it was given."""
    import hmac

    if sealed_text is None:
        return None
    seal, dot, text = sealed_text.partition(".") if isinstance(sealed_text, str) else ("", "", "")
    if not dot or not hmac.compare_digest(seal.encode(), _seal(text, method, params).encode()):
        raise Refusal(INVALID_PARAMS, "Invalid params: requestState is not what was given; make the request anew")
    return json.loads(text)


def _seal(text: str, method: str, params: Json) -> str:
    import hmac
    import os

    if not _KEY:
        _KEY.append(os.urandom(32))
    request = {key: value for key, value in params.items() if key not in ("inputResponses", "requestState", "_meta")}
    bound = json.dumps([method, request, text], sort_keys=True)
    return hmac.new(_KEY[0], bound.encode(), "sha256").hexdigest()
