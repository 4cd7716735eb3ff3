"""How is a text read that is in UTF-16, as Excel and PowerShell write it?  As if it were in UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What such a file begins with."""
_PIECE = 1 << 16
_NO_TEXT = b"\xff"
"""In the place of half a character at the end: whoever reads the line refuses it."""


def as_utf8(file: BinaryIO) -> BinaryIO:
    """The same text; characters that are none stay what no UTF-8 is."""
    return io.BufferedReader(_Recoded(file), _PIECE)


class _Recoded(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-16")("surrogatepass").decode
        self._left, self._ended = b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left and not self._ended:
            self._left = self._next()
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def _next(self) -> bytes:
        piece = self._file.read(_PIECE)
        self._ended = not piece
        try:
            return self._decode(piece, self._ended).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            self._ended = True
            return _NO_TEXT
