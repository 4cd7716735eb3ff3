"""When does a pattern cost its compiling?  At its first use, and not when its module is imported.

Python's `re` needs up to ten milliseconds for a pattern of many alternatives, and most processes use few of them.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Later:
    """Stands for a compiled pattern until one of its methods is asked for."""

    def __init__(self, source: str, flags: int) -> None:
        self._given = source, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)  # `re` keeps what it compiled, should two methods be used
        setattr(self, name, found)
        return found


def later(source: str, flags: int = 0) -> re.Pattern[str]:
    """Like `re.compile`, but compiled at the first use; an error in the pattern shows then."""
    pattern: Any = _Later(source, flags)
    return pattern  # type: ignore[no-any-return]
