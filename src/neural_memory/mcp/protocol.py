"""What does a client's message mean, and what is the reply?  Pure: no bytes, no threads, no memory file.

Two eras of the protocol are alive, and each request tells its own: a *modern* one carries the protocol's
version in `params._meta`; a *legacy* client said `initialize` once and sends bare requests. The differences
are all in this file.

A method is answered at once (AT_ONCE) or needs the memory (ERRANDS: it becomes an `Errand` for the thread
that owns the memory). Each of `tools`, `prompts`, `resources` and `completions` brings its methods in three
tables; an `Offer` merges them.
"""

from __future__ import annotations

from neural_memory import __version__
from neural_memory.mcp import asking, completions, prompts, resources, tools, words
from neural_memory.mcp.asking import Call, Questions
from neural_memory.mcp.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    RESOURCE_NOT_FOUND,
    Refusal,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from neural_memory.brain import Brain

    Json = dict[str, Any]
    Work = Callable[[Call], Json]  # given what the call may use, the result

    class Part(Protocol):
        """What brings methods: a module of this package, or a table of a test."""

        ABILITIES: Json
        AT_ONCE: dict[str, Callable[[Json], Json]]
        ERRANDS: dict[str, Callable[[Json], Work]]


LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = ("2026-07-28",)
UNSUPPORTED_VERSION = -32022

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
CLIENT = "io.modelcontextprotocol/clientInfo"
SERVER = "io.modelcontextprotocol/serverInfo"
SERVER_INFO = {"name": "neural-memory", "title": "Neural Memory", "version": __version__}

LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
# The lists hold nothing of the user's and do not change while the server runs; what is stored is and does.
CACHING: dict[str, Json] = {
    **{method: {"ttlMs": 3_600_000, "cacheScope": "public"} for method in ("server/discover", *LISTS)},
    "resources/read": {"ttlMs": 0, "cacheScope": "private"},
}


class Offer:
    """What a server can do: the methods of its parts, and what it says of itself."""

    def __init__(self, *parts: Part, instructions: str = words.INSTRUCTIONS) -> None:
        self.abilities: Json = {}
        self.at_once: dict[str, Callable[[Json], Json]] = {}
        self.errands: dict[str, Callable[[Json], Work]] = {}
        self.instructions = instructions
        for part in parts:
            self.abilities |= part.ABILITIES
            self.at_once |= part.AT_ONCE
            self.errands |= part.ERRANDS


OURS = Offer(tools, prompts, resources, completions)


class Errand:
    """A request that needs the memory: done later, in the thread that owns it."""

    def __init__(self, id: str | int | float, method: str, params: Json, work: Work, client: str) -> None:
        self.id = id
        self.method = method
        self.params = params
        self.work = work
        self.client = client
        self.modern = False
        self.abilities: Json = {}  # of the client
        self.answers: Json = {}  # to questions that were asked before
        self.state: object = None  # what was kept when they were asked
        self.cancelled = False

    def reply(self, memory: Callable[[], Brain]) -> Json | Questions:
        """Do it; the reply, or what has to be asked first."""
        try:
            return _reply(
                self.id, self.method, self.work(Call(memory, self.abilities, self.answers, self.state)), self.modern
            )
        except Questions as questions:
            return self._asked(questions)
        except Refusal as refusal:
            if refusal.code == RESOURCE_NOT_FOUND and self.modern:
                refusal.code = INVALID_PARAMS
            return refusal.reply(self.id)
        except Exception as error:  # noqa: BLE001 - a door: whatever fails is an answer, and the server stays up
            return Refusal(INTERNAL_ERROR, f"Internal error: {_reason(error)}").reply(self.id)

    def _asked(self, questions: Questions) -> Json | Questions:
        """A modern client gets the questions as its result; for a legacy one they are asked."""
        try:
            asking.refuse_undeclared(questions, self.abilities)
        except Refusal as refusal:
            return refusal.reply(self.id)
        self.state = questions.state
        if not self.modern:
            return questions
        result: Json = {"resultType": "input_required", "inputRequests": questions.requests}
        if questions.state is not None:
            result["requestState"] = asking.sealed(questions.state, self.method, self.params)
        return _reply(self.id, self.method, result, modern=True)


class Conversation:
    """One client's side of the talk: its name, what it can do, what it still waits for, what it was asked."""

    def __init__(self, offer: Offer = OURS) -> None:
        self.client = "mcp"  # until it gives its name
        self._offer = offer
        self._abilities: Json = {}  # that a legacy client declared
        self._waiting: dict[str | int | float, Errand] = {}
        self._asked: dict[str, tuple[Errand, str]] = {}  # our request's id: whose question it is, and its key
        self._questions = 0

    def hear(self, message: object) -> Json | Errand | None:
        """The reply, an errand to be done, or None when the message wants no reply."""
        id: str | int | float | None = None
        try:
            if not isinstance(message, dict):
                raise Refusal(INVALID_REQUEST, "Invalid request: send one JSON object a line (no batches)")
            if "method" not in message and ("result" in message or "error" in message):
                return self._answered(message)
            id = _id(message)
            method = _method(message)
            if id is None:
                self._notice(method, message.get("params"))
                return None
            return self._request(id, method, _params(message))
        except Refusal as refusal:
            return refusal.reply(id)

    def begin(self, errand: Errand) -> bool:
        """Whether it is still wanted; from here on it cannot be cancelled."""
        self._waiting.pop(errand.id, None)
        return not errand.cancelled

    def do(self, errand: Errand, memory: Callable[[], Brain]) -> list[Json]:
        """Do it; what to send: the reply, or the questions that have to be answered before it is done again."""
        reply = errand.reply(memory)
        if not isinstance(reply, Questions):
            return [reply]
        self._waiting[errand.id] = errand
        errand.answers = {}
        requests = []
        for key, request in reply.requests.items():
            self._questions += 1
            id = f"neural-memory-{self._questions}"
            self._asked[id] = errand, key
            requests.append({"jsonrpc": "2.0", "id": id, **request})
        return requests

    def _answered(self, message: Json) -> Errand | None:
        """A client's answer to a question of ours; the errand when it was the last one it waited for."""
        id = message.get("id")
        errand, key = self._asked.pop(id, (None, "")) if isinstance(id, str) else (None, "")
        if errand is None:
            return None  # not ours, or nobody waits for it any more
        result = message.get("result")
        errand.answers[key] = result if isinstance(result, dict) else {"action": "cancel"}
        return None if any(other is errand for other, _ in list(self._asked.values())) else errand

    def _notice(self, method: str, params: object) -> None:
        if method == "notifications/cancelled" and isinstance(params, dict):
            id = params.get("requestId")
            errand = self._waiting.get(id) if isinstance(id, str | int | float) else None
            if errand:
                errand.cancelled = True
                for asked in [key for key, (other, _) in list(self._asked.items()) if other is errand]:
                    self._asked.pop(asked, None)

    def _request(self, id: str | int | float, method: str, params: Json) -> Json | Errand:
        meta = params.get("_meta")
        modern = isinstance(meta, dict) and VERSION in meta
        if modern:
            _check_modern(params["_meta"])
            self._meet(params["_meta"].get(CLIENT))
        if method in self._offer.errands:
            errand = Errand(id, method, params, self._offer.errands[method](params), self.client)
            errand.abilities = self._abilities
            if modern:
                errand.modern, errand.abilities = True, params["_meta"][CAPABILITIES]
                if method in asking.MAY_ASK:
                    errand.answers = asking.answers(params)
                    errand.state = asking.opened(params.get("requestState"), method, params)
            self._waiting[id] = errand
            return errand
        return _reply(id, method, self._at_once(method, params, modern), modern)

    def _at_once(self, method: str, params: Json, modern: bool) -> Json:
        if method in LISTS and params.get("cursor") not in (None, ""):
            raise Refusal(INVALID_PARAMS, "Invalid params: cursor is not one we gave; the whole list is one page")
        if method in self._offer.at_once:
            return self._offer.at_once[method](params)
        if method == "server/discover":
            if not modern:
                raise Refusal(INVALID_PARAMS, f"server/discover needs params._meta with {VERSION}")
            return _discover(self._offer)
        if method == "initialize" and not modern:
            self._meet(params.get("clientInfo"))
            abilities = params.get("capabilities")
            self._abilities = abilities if isinstance(abilities, dict) else {}
            return _initialize(params, self._offer)
        if method == "ping" and not modern:
            return {}
        raise Refusal(METHOD_NOT_FOUND, f"Method not found: {method[:100]}")

    def _meet(self, info: object) -> None:
        name = info.get("name") if isinstance(info, dict) else None
        if isinstance(name, str):
            kept = "".join(letter for letter in name[:100] if letter.isprintable()).strip()
            self.client = kept or self.client


def _reason(error: Exception) -> str:
    """What is wrong with the memory file, said in full; of anything unforeseen only its name: its message may
    hold what a memory says."""
    from neural_memory.errors import NeuralMemoryError

    return str(error) if isinstance(error, NeuralMemoryError) else type(error).__name__


def _id(message: Json) -> str | int | float | None:
    """The request's id; None for a notification."""
    if "id" not in message:
        return None
    id = message["id"]
    if isinstance(id, bool) or not isinstance(id, str | int | float) or id in (float("inf"), float("-inf")):
        raise Refusal(INVALID_REQUEST, "Invalid request: id must be a string or a number")
    return id


def _method(message: Json) -> str:
    method = message.get("method")
    if message.get("jsonrpc") != "2.0":
        raise Refusal(INVALID_REQUEST, 'Invalid request: "jsonrpc" must be "2.0"')
    if not isinstance(method, str):
        raise Refusal(INVALID_REQUEST, 'Invalid request: "method" must be a string')
    return method


def _params(message: Json) -> Json:
    params = message.get("params")
    if params is None:
        return {}
    if not isinstance(params, dict):
        raise Refusal(INVALID_PARAMS, "Invalid params: must be an object")
    return params


def _check_modern(meta: Json) -> None:
    version = meta[VERSION]
    if not isinstance(version, str):
        raise Refusal(INVALID_PARAMS, f"Invalid params: {VERSION} must be a string")
    if version not in MODERN:
        data = {"supported": list(MODERN), "requested": version}
        raise Refusal(UNSUPPORTED_VERSION, "Unsupported protocol version", data)
    if not isinstance(meta.get(CAPABILITIES), dict):
        raise Refusal(INVALID_PARAMS, f"Invalid params: _meta must hold {CAPABILITIES}, an object")


def _initialize(params: Json, offer: Offer) -> Json:
    version = params.get("protocolVersion")
    return {
        "protocolVersion": version if version in LEGACY else LEGACY[-1],
        "capabilities": offer.abilities,
        "serverInfo": SERVER_INFO,
        "instructions": offer.instructions,
    }


def _discover(offer: Offer) -> Json:
    return {
        "supportedVersions": list(MODERN),
        "capabilities": offer.abilities,
        "instructions": offer.instructions,
    }


def _reply(id: str | int | float, method: str, result: Json, modern: bool) -> Json:
    if modern:
        result = {"resultType": "complete", **result, "_meta": {SERVER: SERVER_INFO}}
        result |= CACHING.get(method, {})
    return {"jsonrpc": "2.0", "id": id, "result": result}
