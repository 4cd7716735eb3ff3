"""How does a line become a message, and a message a line?  JSON-RPC 2.0, strict in what it accepts."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
RESOURCE_NOT_FOUND = -32002  # the protocol's own; the modern era says INVALID_PARAMS instead


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """A message that is answered with an error."""

    def __init__(self, code: int, reason: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.data = data

    def reply(self, id: str | int | float | None) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": str(self)}
        if self.data is not None:
            error["data"] = self.data
        return {"jsonrpc": "2.0", "id": id, "error": error}


def shown(value: object) -> str:
    """What a client sent, as it goes into an error: short, and safe to print."""
    try:
        text = json.dumps(value)
    except RecursionError:  # read at a lower depth of calls than this one
        return "something nested too deeply"
    return text if len(text) <= 60 else text[:60] + "…"


def parse(line: bytes) -> object:
    """The JSON value on this line; a Refusal when there is none."""
    try:
        return _DECODER.decode(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except RecursionError:
        raise Refusal(PARSE_ERROR, "Parse error: nested too deeply") from None
    except ValueError:  # no JSON, no UTF-8, NaN, or a number of thousands of digits
        raise Refusal(PARSE_ERROR, "Parse error: not one JSON message in UTF-8 on one line") from None


def line(message: dict[str, Any]) -> bytes:
    """The message as one line, readable by every client whatever the texts in it hold."""
    try:
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: it came as an escape and goes as one
        text = json.dumps(message, separators=(",", ":")).encode("ascii")
    return text + b"\n"


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_not_json)
