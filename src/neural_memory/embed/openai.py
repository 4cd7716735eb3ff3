"""An embedder behind a URL: Ollama, llama.cpp, LM Studio, vLLM or anything else that speaks OpenAI's embeddings call.

Off unless a setting names it. Memories then leave this process, so it asks nobody but the server in the setting: no
proxy, no redirect, no default but this machine.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from neural_memory.embed.others import unit_length
from neural_memory.errors import InputError, ModelError

if TYPE_CHECKING:
    from http.client import HTTPResponse

    import numpy as np
    from numpy.typing import NDArray

OLLAMA = "http://127.0.0.1:11434/v1"
KEY = "NEURAL_MEMORY_EMBEDDER_KEY"  # environment variable; not OPENAI_API_KEY, which is not ours to send anywhere
AT_ONCE = 32  # texts in one request
PATIENCE = 60  # seconds: a local server may have to load its model first
LONGEST_ANSWER = 64 << 20  # bytes: 32 vectors of 4,096 numbers are 3 MB


class OpenAICompatible:
    """`<url>#<model>`, where the URL ends before /embeddings; `#<model>` alone is Ollama on this machine."""

    def __init__(self, address: str) -> None:
        url, mark, model = address.rpartition("#")
        self.url = (url or OLLAMA).rstrip("/")
        self.model = model
        parts = urlsplit(self.url)
        if not (mark and model) or parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise InputError(
                f"the embedder openai:{address} must look like openai:<url>#<model>, "
                f"for example openai:{OLLAMA}#nomic-embed-text"
            )
        self.name = f"openai:{self.url}#{model}"

    @functools.cached_property
    def dimension(self) -> int:
        """Asked of the server, with one word."""
        return int(self.vectors(["dimension"]).shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector of unit length for each text, [texts, dimension]."""
        import numpy as np

        parts = [self.vectors(texts[first : first + AT_ONCE]) for first in range(0, len(texts), AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty((0, self.dimension), np.float32)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The answer to one request. A text without a letter is sent as a full stop: servers refuse empty ones."""
        body: dict[str, object] = {"model": self.model, "input": [text if text.strip() else "." for text in texts]}
        try:
            rows = sorted(self.ask(body)["data"], key=lambda row: int(row["index"]))
            if [row["index"] for row in rows] != list(range(len(texts))):
                raise ValueError(f"{len(rows)} vectors for {len(texts)} texts")
            return unit_length([row["embedding"] for row in rows])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise ModelError(
                f"the embedder {self.name} gave no vectors ({type(problem).__name__}: {problem}); "
                "is the server running, and has it that model?"
            ) from problem

    def ask(self, body: dict[str, object]) -> Any:
        """POST to /embeddings and read the JSON answer."""
        from urllib.request import ProxyHandler, Request, build_opener

        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {key}"
        # Only http and https get here: the constructor looked.
        request = Request(f"{self.url}/embeddings", json.dumps(body).encode(), headers)  # noqa: S310
        opener = build_opener(ProxyHandler({}), no_redirect())
        answer: HTTPResponse
        with opener.open(request, timeout=PATIENCE) as answer:
            content = answer.read(LONGEST_ANSWER + 1)
        if len(content) > LONGEST_ANSWER:
            raise ValueError(f"the answer is longer than {LONGEST_ANSWER >> 20} MB")
        return json.loads(content)

    def close(self) -> None:
        """Nothing is kept open between requests."""


def no_redirect() -> Any:
    """What urllib does with a redirect here: report it as the error it is."""
    from urllib.request import HTTPRedirectHandler

    class Refuse(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    return Refuse
