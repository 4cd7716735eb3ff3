"""What does a client's message mean, and what is the reply?  Pure: no bytes, no threads, no memory file.

Two eras of the protocol are alive, and each request tells its own: a *modern* one carries the protocol's
version in `params._meta`; a *legacy* client said `initialize` once and sends bare requests. The differences
are all in this file.

A method is answered at once (AT_ONCE) or needs the memory (ERRANDS: it becomes an `Errand` for the thread
that owns the memory). Each of `tools`, `prompts`, `resources` and `completions` brings its methods in three
tables, merged below.
"""

from __future__ import annotations

from neural_memory import __version__
from neural_memory.mcp import completions, prompts, resources, tools, words
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
    from typing import Any

    from neural_memory.brain import Brain

    Json = dict[str, Any]
    Work = Callable[[Callable[[], Brain]], Json]  # given a way to get at the memory, the result

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN = ("2026-07-28",)
UNSUPPORTED_VERSION = -32022

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
CLIENT = "io.modelcontextprotocol/clientInfo"
SERVER = "io.modelcontextprotocol/serverInfo"
SERVER_INFO = {"name": "neural-memory", "title": "Neural Memory", "version": __version__}

ABILITIES: Json = {}
AT_ONCE: dict[str, Callable[[Json], Json]] = {}
ERRANDS: dict[str, Callable[[Json], Work]] = {}
for _part in (tools, prompts, resources, completions):
    ABILITIES |= _part.ABILITIES
    AT_ONCE |= _part.AT_ONCE
    ERRANDS |= _part.ERRANDS

LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
# The lists hold nothing of the user's and do not change while the server runs; what is stored is and does.
CACHING: dict[str, Json] = {
    **{method: {"ttlMs": 3_600_000, "cacheScope": "public"} for method in ("server/discover", *LISTS)},
    "resources/read": {"ttlMs": 0, "cacheScope": "private"},
}


class Errand:
    """A request that needs the memory: done later, in the thread that owns it."""

    def __init__(self, id: str | int | float, method: str, work: Work, client: str, modern: bool) -> None:
        self.id = id
        self.method = method
        self.work = work
        self.client = client
        self.modern = modern
        self.cancelled = False

    def reply(self, memory: Callable[[], Brain]) -> Json:
        """Do it."""
        try:
            return _reply(self.id, self.method, self.work(memory), self.modern)
        except Refusal as refusal:
            if refusal.code == RESOURCE_NOT_FOUND and self.modern:
                refusal.code = INVALID_PARAMS
            return refusal.reply(self.id)
        except Exception as error:  # noqa: BLE001 - a door: whatever fails is an answer, and the server stays up
            return Refusal(INTERNAL_ERROR, f"Internal error: {_reason(error)}").reply(self.id)


class Conversation:
    """One client's side of the talk: its name, and what it still waits for."""

    def __init__(self) -> None:
        self.client = "mcp"  # until it gives its name
        self._waiting: dict[str | int | float, Errand] = {}

    def hear(self, message: object) -> Json | Errand | None:
        """The reply, an errand to be done, or None when the message wants no reply."""
        id: str | int | float | None = None
        try:
            if not isinstance(message, dict):
                raise Refusal(INVALID_REQUEST, "Invalid request: send one JSON object a line (no batches)")
            if "method" not in message and ("result" in message or "error" in message):
                return None  # an answer, but we never ask
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

    def _notice(self, method: str, params: object) -> None:
        if method == "notifications/cancelled" and isinstance(params, dict):
            id = params.get("requestId")
            errand = self._waiting.get(id) if isinstance(id, str | int | float) else None
            if errand:
                errand.cancelled = True

    def _request(self, id: str | int | float, method: str, params: Json) -> Json | Errand:
        meta = params.get("_meta")
        modern = isinstance(meta, dict) and VERSION in meta
        if modern:
            _check_modern(params["_meta"])
            self._meet(params["_meta"].get(CLIENT))
        if method in ERRANDS:
            errand = Errand(id, method, ERRANDS[method](params), self.client, modern)
            self._waiting[id] = errand
            return errand
        return _reply(id, method, self._at_once(method, params, modern), modern)

    def _at_once(self, method: str, params: Json, modern: bool) -> Json:
        if method in LISTS and params.get("cursor") not in (None, ""):
            raise Refusal(INVALID_PARAMS, "Invalid params: cursor is not one we gave; the whole list is one page")
        if method in AT_ONCE:
            return AT_ONCE[method](params)
        if method == "server/discover":
            if not modern:
                raise Refusal(INVALID_PARAMS, f"server/discover needs params._meta with {VERSION}")
            return _discover()
        if method == "initialize" and not modern:
            self._meet(params.get("clientInfo"))
            return _initialize(params)
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


def _initialize(params: Json) -> Json:
    version = params.get("protocolVersion")
    return {
        "protocolVersion": version if version in LEGACY else LEGACY[-1],
        "capabilities": ABILITIES,
        "serverInfo": SERVER_INFO,
        "instructions": words.INSTRUCTIONS,
    }


def _discover() -> Json:
    return {
        "supportedVersions": list(MODERN),
        "capabilities": ABILITIES,
        "instructions": words.INSTRUCTIONS,
    }


def _reply(id: str | int | float, method: str, result: Json, modern: bool) -> Json:
    if modern:
        result = {"resultType": "complete", **result, "_meta": {SERVER: SERVER_INFO}}
        result |= CACHING.get(method, {})
    return {"jsonrpc": "2.0", "id": id, "result": result}
