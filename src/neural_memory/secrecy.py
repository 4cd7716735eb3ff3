"""May a memory with a secret in it be stored?  Not unasked: it is held back, or stored without it, or as it is.

The setting `secrets` says which, and each call may say otherwise. Nothing is altered or dropped silently: what is held
back is an error that says what was found and where, and what was taken out is told in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from neural_memory.errors import InputError, SecretError
from neural_memory.model import Memory, SecretFound
from neural_memory.text.secrets import Secret, find, hint, redacted
from neural_memory.values import replace

ASK, REDACT, KEEP = POLICIES = ("ask", "redact", "keep")
_SHOWN = 5
_ADVICE = (
    "A memory is read again and again: it is better to store where a secret is kept. If the user wants this stored, "
    'call again with secrets="redact" (a note takes its place) or, on the user\'s explicit word, secrets="keep".'
)


def policy(given: object, setting: str) -> str:
    """What holds for this call: what was given with it, or the setting."""
    if given is None:
        return setting
    if given not in POLICIES:
        raise InputError(f"secrets is {ascii(given)[:60]}; it must be one of {', '.join(POLICIES)}")
    return str(given)


def settled(memory: Memory, policy: str) -> tuple[Memory, tuple[str, ...]]:
    """The memory as it may be stored, and what was taken out of it; `SecretError` when it may not."""
    if policy == KEEP or not (what := found(memory)):
        return memory, ()
    if policy == ASK:
        raise held_back(what)
    return without(memory), what


def held_back(what: tuple[str, ...]) -> SecretError:
    """The refusal, in words for whoever called."""
    return SecretError(f"Not stored: there is {listed(what)}. {_ADVICE}", listed(what))


class Sieve:
    """What of many memories may be stored; it tells of the others."""

    def __init__(self, policy: str, tell: Callable[[SecretFound], None] | None = None) -> None:
        self._policy = policy
        self._tell = tell
        self._held: list[SecretFound] = []

    def passed(self, memories: Iterable[Memory], before: int = 0) -> list[Memory]:
        """Those that may be stored, as they may be stored. before: how many were given earlier."""
        passing = []
        for position, memory in enumerate(memories, before + 1):
            if self._policy == KEEP or not (what := found(memory)):
                passing.append(memory)
                continue
            if self._policy == REDACT:
                passing.append(without(memory))
            self._note(SecretFound(position, what, stored=self._policy == REDACT))
        return passing

    def _note(self, one: SecretFound) -> None:
        if self._tell is not None:
            self._tell(one)
        elif not one.stored:
            self._held.append(one)

    def report(self) -> None:
        """`SecretError` for what was held back, unless that was told already."""
        if self._held:
            named = "; ".join(f"item {one.position}: {listed(one.what)}" for one in self._held[:_SHOWN])
            more = f"; and {len(self._held) - _SHOWN} more" if len(self._held) > _SHOWN else ""
            raise SecretError(
                f"{len(self._held)} of the items were not stored, all others were. {named}{more}. {_ADVICE}", named
            )


def found(memory: Memory) -> tuple[str, ...]:
    """Each secret in it in words, `a GitHub token (ghp_…, at character 12 of the content)`: never the secret itself."""
    return tuple(
        f"{_article(secret.kind)} ({_shown(text, secret)}, at character {secret.start + 1} of {where})"
        for where, text in _texts(memory)
        for secret in find(text)
    )


def found_ever(memory: Memory, befores: Iterable[Memory]) -> tuple[str, ...]:
    """Each secret in it or, where it said so before, in what it was."""
    now = found(memory)
    once = dict.fromkeys(what for before in befores for what in found(before) if what not in now)
    return (*now, *(f"{what}, before it was revised" for what in once))


def without(memory: Memory) -> Memory:
    """The memory with `[redacted: …]` in the place of each secret."""
    return replace(
        memory,
        content=redacted(memory.content, find(memory.content)),
        tags=tuple(redacted(tag, find(tag)) for tag in memory.tags),
        project=None if memory.project is None else redacted(memory.project, find(memory.project)),
    )


def listed(what: tuple[str, ...]) -> str:
    """The findings in one phrase."""
    more = f" and {len(what) - _SHOWN} more" if len(what) > _SHOWN else ""
    return ", ".join(what[:_SHOWN]) + more


def _texts(memory: Memory) -> Iterator[tuple[str, str]]:
    """Every text of a memory that its writer chose."""
    yield "the content", memory.content
    for number, tag in enumerate(memory.tags, 1):
        yield f"tag {number}", tag
    if memory.project is not None:
        yield "the project", memory.project


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIaeo1' else 'a'} {kind}"


def _shown(text: str, secret: Secret) -> str:
    return ascii(hint(text, secret).removesuffix("…"))[1:-1] + "…"
