"""Which sentences does a text have, and how do several texts become one without losing or repeating any?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from neural_memory.text.lazily import later

_END = later(r"(?<=[.!?。！？])\s+")
_BULLET = later(r"\A\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_FENCE = later(r"\s*(```|~~~)")
_CAPITAL = later(r"[^\W\d_][^\W\d_]*[a-z]\b")
"""A word of several letters as it may stand at the beginning of a sentence."""
_ENDS = ".!。！ "


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line of a list is one, and so is a block of code."""
    return [sentence for block in _blocks(text) for sentence in _of_block(block)]


def gist(sentence: str) -> str:
    """What sentences have in common that say the same in the same words: no bullet, first capital or end.

    Case and signs within count ("-t" is not "-T", "[]" not "()"), and a block of code is what it is.

    >>> gist("- The API uses Bearer tokens."), gist("the API  uses Bearer tokens")
    ('the API uses Bearer tokens', 'the API uses Bearer tokens')
    """
    if "\n" in sentence:
        return sentence
    return plainly(_BULLET.sub("", sentence).rstrip(_ENDS))


def plainly(line: str) -> str:
    """A line without its first capital and what more than one blank is.

    >>> plainly("Redis  is the cache"), plainly("API first")
    ('redis is the cache', 'API first')
    """
    words = " ".join(line.split())
    return words[:1].lower() + words[1:] if _CAPITAL.match(words) else words


def joined(texts: Sequence[str]) -> str:
    """The texts as one: the first as it is, then of each other one what was not said yet, in its order.

    >>> joined(["Port is 80. Host is local.", "The host is far. Port is 80."])
    'Port is 80. Host is local. The host is far.'
    """
    whole = texts[0].rstrip()
    said = {gist(sentence) for sentence in sentences(whole)}
    for text in texts[1:]:
        more = "\n".join(_unsaid(text, said)).strip("\n")
        if more:
            flowing = whole.endswith(tuple(".!?。！？")) and "\n" not in whole + more and not _BULLET.match(more)
            whole += (" " if flowing else "\n") + (more.lstrip() if flowing else more)
    return whole


def _unsaid(text: str, said: set[str]) -> Iterator[str]:
    """The lines of a text without what is in `said`, to which the rest is added."""
    for block in _blocks(text):
        new = []
        for sentence in _of_block(block):
            if gist(sentence) not in said:
                said.add(gist(sentence))
                new.append(sentence)
        if new:
            yield block if new == _of_block(block) else " ".join(new)


def _blocks(text: str) -> Iterable[str]:
    """The lines of a text that are not blank; what stands between fences is one."""
    block: list[str] = []
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if block:
            block.append(line)
            if mark and mark[1] == fence:
                yield "\n".join(block)
                block = []
        elif mark:
            block, fence = [line], mark[1]
        elif line.strip():
            yield line.rstrip()
    if block:
        yield "\n".join(block)


def _of_block(block: str) -> list[str]:
    if "\n" in block:
        return [block]
    return [part for part in _END.split(block) if part.strip()]
