"""The product's own server core, with the tools, prompts and resources that the official conformance suite asks for.

Not part of the package. `@modelcontextprotocol/conformance` tests a server by things of fixed names (test_simple_text,
…); here they stand beside our own, in the same tables, so that its scenarios exercise the very core that assistants
talk to. Start it like the server: `python tests/conformance_server.py`, with the suite behind a bridge from HTTP to
stdio.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from neural_memory.mcp import completions, prompts, resources, tools
from neural_memory.mcp.asking import Call, Questions
from neural_memory.mcp.jsonrpc import INVALID_PARAMS, METHOD_NOT_FOUND, Refusal
from neural_memory.mcp.protocol import VERSION, Conversation, Offer
from neural_memory.mcp.stdio import Server, take_stdout

Json = dict[str, Any]
Work = Callable[[Call], Json]
Tell = Callable[[str, Json], None]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="
STEP = 0.05  # seconds between two notifications, as the suite asks
PARTS = (tools, prompts, resources, completions)


def text(words: str, **more: object) -> Json:
    return {"content": [{"type": "text", "text": words}], **more}


def form(message: str, properties: Json, required: list[str] | None = None) -> Json:
    schema: Json = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return {"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}}


def sample(words: str, tokens: int = 100) -> Json:
    message = {"role": "user", "content": {"type": "text", "text": words}}
    return {"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": tokens}}


ROOTS: Json = {"method": "roots/list", "params": {}}
STRING: Json = {"type": "string"}


def answered(call: Call, requests: dict[str, Json], state: object = None) -> list[Json]:
    """The answers to all of these, in their order; asks for what is missing."""
    if not all(key in call.answers for key in requests):
        raise Questions(requests, state)
    return [call.answers[key] for key in requests]


def embedded(uri: str, kind: str, words: str) -> Json:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": words}}


# ---- the tools


def elicited(call: Call, request: Json, words: str) -> Json:
    [answer] = answered(call, {"input": request})
    return text(words.format(action=answer.get("action"), content=answer.get("content")))


def _name(call: Call, _arguments: Json) -> Json:
    request = form("What is your name?", {"name": STRING}, ["name"])
    [answer] = answered(call, {"user_name": request})
    content = answer.get("content")
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise Questions({"user_name": request})
    return text(f"Hello, {content['name']}!")


def _sampling(call: Call, arguments: Json) -> Json:
    [answer] = answered(call, {"reply": sample(str(arguments.get("prompt")))})
    return text(f"LLM response: {answer.get('content', {}).get('text')}")


def _capital(call: Call, _arguments: Json) -> Json:
    [answer] = answered(call, {"capital_question": sample("What is the capital of France?")})
    return text(str(answer.get("content", {}).get("text")))


def _roots(call: Call, _arguments: Json) -> Json:
    [answer] = answered(call, {"client_roots": ROOTS})
    return text(f"roots: {[root.get('uri') for root in answer.get('roots', [])]}")


def _state(call: Call, _arguments: Json) -> Json:
    answered(call, {"confirm": form("Please confirm", {"ok": {"type": "boolean"}}, ["ok"])}, "kept")
    if call.state != "kept":
        raise Refusal(INVALID_PARAMS, "Invalid params: requestState is missing")
    return text("state-ok")


def _several(call: Call, _arguments: Json) -> Json:
    requests = {
        "user_name": form("What is your name?", {"name": STRING}, ["name"]),
        "greeting": sample("Generate a greeting", 50),
        "client_roots": ROOTS,
    }
    return text(str(answered(call, requests, "several")))


def _rounds(call: Call, _arguments: Json) -> Json:
    if not isinstance(call.state, dict):
        [first] = answered(call, {"step1": form("Step 1: What is your name?", {"name": STRING}, ["name"])}, "first")
        call.state = {"name": first.get("content", {}).get("name")}
        call.answers = {}
    request = form("Step 2: What is your favorite color?", {"color": STRING}, ["color"])
    [second] = answered(call, {"step2": request}, call.state)
    return text(f"{call.state['name']} likes {second.get('content', {}).get('color')}")


def _what_it_can(call: Call, _arguments: Json) -> Json:
    requests = {"elicitation": form("Name?", {"name": STRING}), "sampling": sample("Hello"), "roots": ROOTS}
    fitting = {f"ask_{key}": request for key, request in requests.items() if key in call.abilities}
    return text(str(answered(call, fitting) if fitting else "nothing to ask"))


DEFAULTS = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
TITLED = [{"const": f"value{number}", "title": f"{word} Option"} for number, word in enumerate(("First", "Second"), 1)]
ENUMS = {
    "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
    "titledSingle": {"type": "string", "oneOf": TITLED},
    "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2"]}},
    "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
}
USER = {
    "username": {"type": "string", "description": "User's response"},
    "email": {"type": "string", "description": "User's email address"},
}
COMPLETED = "Elicitation completed: action={action}, content={content}"
IMAGE = {"type": "image", "data": PNG, "mimeType": "image/png"}
MIXED = [
    {"type": "text", "text": "Multiple content types test:"},
    IMAGE,
    embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
]
EMBEDDED = embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")

Deed = Callable[[Call, Json], Json]
DEEDS: dict[str, Deed] = {
    "test_simple_text": lambda _call, _given: text("This is a simple text response for testing."),
    "test_image_content": lambda _call, _given: {"content": [IMAGE]},
    "test_audio_content": lambda _call, _given: {"content": [{"type": "audio", "data": WAV, "mimeType": "audio/wav"}]},
    "test_embedded_resource": lambda _call, _given: {"content": [EMBEDDED]},
    "test_multiple_content_types": lambda _call, _given: {"content": MIXED},
    "test_error_handling": lambda _call, _given: text(
        "This tool intentionally returns an error for testing", isError=True
    ),
    "test_sampling": _sampling,
    "test_elicitation": lambda call, given: elicited(
        call,
        form(str(given.get("message")), USER, list(USER)),
        "User response: action={action}, content={content}",
    ),
    "test_elicitation_sep1034_defaults": lambda call, _given: elicited(call, form("Defaults", DEFAULTS), COMPLETED),
    "test_elicitation_sep1330_enums": lambda call, _given: elicited(call, form("Enums", ENUMS), COMPLETED),
    "test_missing_capability": _sampling,
    "test_streaming_elicitation": _name,
    "test_input_required_result_elicitation": _name,
    "test_input_required_result_sampling": _capital,
    "test_input_required_result_list_roots": _roots,
    "test_input_required_result_request_state": _state,
    "test_input_required_result_tampered_state": _state,
    "test_input_required_result_multiple_inputs": _several,
    "test_input_required_result_multi_round": _rounds,
    "test_input_required_result_capabilities": _what_it_can,
    "json_schema_2020_12_tool": lambda _call, _given: text("fits"),
}
ARGUMENTS = {"test_sampling": "prompt", "test_elicitation": "message"}
SCHEMA_2020: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": STRING, "city": STRING}}},
    "properties": {
        "name": STRING,
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": STRING,
        "email": STRING,
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


class Fixtures:
    """A part beside our own: its methods stand in front of theirs, and fall back on them."""

    def __init__(self, ours: Offer, tell: Tell) -> None:
        self._ours = ours
        self._tell = tell
        self.ABILITIES: Json = {"logging": {}}
        self.AT_ONCE: dict[str, Callable[[Json], Json]] = {
            "tools/list": self._tools,
            "prompts/list": self._prompts,
            "resources/list": self._resources,
            "resources/templates/list": self._templates,
            "logging/setLevel": _legacy_only,
            "resources/subscribe": _legacy_only,
            "resources/unsubscribe": _legacy_only,
        }
        self.ERRANDS: dict[str, Callable[[Json], Work]] = {
            "tools/call": self._call,
            "prompts/get": self._prompt,
            "resources/read": self._read,
            "completion/complete": self._complete,
        }

    def _tools(self, params: Json) -> Json:
        more = [
            _listed(name) for name in (*DEEDS, "test_tool_with_logging", "test_tool_with_progress", "test_logging_tool")
        ]
        return {"tools": [*self._ours.at_once["tools/list"](params)["tools"], *more]}

    def _call(self, params: Json) -> Work:
        name, arguments = params.get("name"), params.get("arguments") or {}
        if name in DEEDS:
            return lambda call: DEEDS[name](call, arguments)
        if name in ("test_tool_with_logging", "test_tool_with_progress"):
            return lambda _call: self._stepwise(name.rpartition("_")[2], params)
        if name == "test_logging_tool":  # says nothing, as nobody asked for a level
            return lambda _call: text("done")
        return self._ours.errands["tools/call"](params)

    def _stepwise(self, kind: str, params: Json) -> Json:
        token = (params.get("_meta") or {}).get("progressToken")
        for number, words in enumerate(("Tool execution started", "Tool processing data", "Tool execution completed")):
            if kind == "logging":
                self._tell("notifications/message", {"level": "info", "data": words})
            elif token is not None:
                progress = {"progressToken": token, "progress": number * 50, "total": 100}
                self._tell("notifications/progress", progress)
            time.sleep(STEP)
        return text(f"{kind} done")

    def _prompts(self, params: Json) -> Json:
        return {"prompts": [*self._ours.at_once["prompts/list"](params)["prompts"], *PROMPTS]}

    def _prompt(self, params: Json) -> Work:
        name, arguments = params.get("name"), params.get("arguments") or {}
        if name in SAYS:
            return lambda call: SAYS[name](call, arguments)
        return lambda _call: self._ours.at_once["prompts/get"](params)

    def _resources(self, params: Json) -> Json:
        return {"resources": [*self._ours.at_once["resources/list"](params)["resources"], *RESOURCES]}

    def _templates(self, params: Json) -> Json:
        listed = self._ours.at_once["resources/templates/list"](params)["resourceTemplates"]
        return {"resourceTemplates": [*listed, TEMPLATE]}

    def _read(self, params: Json) -> Work:
        uri = str(params.get("uri"))
        data = {"uri": uri, "mimeType": "application/json"}
        if uri == "test://static-binary":
            data |= {"mimeType": "image/png", "blob": PNG}
        elif uri in ("test://static-text", "test://watched-resource"):
            data |= {"mimeType": "text/plain", "text": "This is the content of the static text resource."}
        elif uri.startswith("test://template/") and uri.endswith("/data"):
            id = uri.split("/")[3]
            data["text"] = f'{{"id":"{id}","templateTest":true,"data":"Data for ID: {id}"}}'
        else:
            return self._ours.errands["resources/read"](params)
        return lambda _call: {"contents": [data]}

    def _complete(self, params: Json) -> Work:
        ref = params.get("ref")
        if isinstance(ref, dict) and str(ref.get("name")).startswith("test_"):
            return lambda _call: {"completion": {"values": [], "total": 0, "hasMore": False}}
        return self._ours.errands["completion/complete"](params)


def _legacy_only(params: Json) -> Json:
    if VERSION in (params.get("_meta") or {}):
        raise Refusal(METHOD_NOT_FOUND, "Method not found")
    return {}


def _listed(name: str) -> Json:
    schema: Json = {"type": "object", "properties": {}}
    if argument := ARGUMENTS.get(name):
        schema = {"type": "object", "properties": {argument: STRING}, "required": [argument]}
    if name == "json_schema_2020_12_tool":
        schema = SCHEMA_2020
    return {"name": name, "description": "For the conformance suite", "inputSchema": schema}


def _described(name: str, *arguments: str) -> Json:
    listed = [{"name": argument, "description": argument, "required": True} for argument in arguments]
    return {"name": name, "description": "For the conformance suite", "arguments": listed}


PROMPTS = [
    _described("test_simple_prompt"),
    _described("test_prompt_with_arguments", "arg1", "arg2"),
    _described("test_prompt_with_embedded_resource", "resourceUri"),
    _described("test_prompt_with_image"),
    _described("test_input_required_result_prompt"),
]


def _said(*contents: Json | str) -> Json:
    blocks = [{"type": "text", "text": one} if isinstance(one, str) else one for one in contents]
    return {"messages": [{"role": "user", "content": block} for block in blocks]}


def _with_context(call: Call, _arguments: Json) -> Json:
    request = form("What context should the prompt use?", {"context": STRING}, ["context"])
    [answer] = answered(call, {"user_context": request})
    return _said(f"Use this: {answer.get('content', {}).get('context')}")


SAYS: dict[str, Deed] = {
    "test_simple_prompt": lambda _call, _given: _said("This is a simple prompt for testing."),
    "test_prompt_with_arguments": lambda _call, given: _said(
        f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"
    ),
    "test_prompt_with_embedded_resource": lambda _call, given: _said(
        embedded(str(given.get("resourceUri")), "text/plain", "Embedded resource content for testing."),
        "Please process the embedded resource above.",
    ),
    "test_prompt_with_image": lambda _call, _given: _said(IMAGE, "Please analyze the image above."),
    "test_input_required_result_prompt": _with_context,
}


def _resource(where: str, uri: str, name: str) -> Json:
    return {where: uri, "name": name, "description": "For the conformance suite", "mimeType": "text/plain"}


RESOURCES = [
    _resource("uri", "test://static-text", "static-text"),
    _resource("uri", "test://static-binary", "static-binary"),
    _resource("uri", "test://watched-resource", "watched-resource"),
]
TEMPLATE = _resource("uriTemplate", "test://template/{id}/data", "template")


def main() -> None:
    servers: list[Server] = []

    def tell(method: str, params: Json) -> None:
        servers[0].write({"jsonrpc": "2.0", "method": method, "params": params})

    offer = Offer(*PARTS, Fixtures(Offer(*PARTS), tell))
    servers.append(Server(0, take_stdout(), Conversation(offer)))
    servers[0].run()


if __name__ == "__main__":
    main()
