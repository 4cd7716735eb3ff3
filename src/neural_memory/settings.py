"""Where does everything live, and what can be set?

The home is ``~/.neural-memory`` (``NEURAL_MEMORY_HOME`` moves it). It holds ``memory.db`` and ``config.json``; the
latter may set what `SETTINGS` names. A configuration that cannot be read or understood never stops the product: the
defaults hold, the file is left as it is, and `Settings.warnings` says what was ignored.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from neural_memory import bounded, place
from neural_memory.errors import ReadOnlyError
from neural_memory.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """help: what it is for; least, most: bounds of a number; choices: the texts it may be, if only some."""

    default: int | str | bool
    help: str
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()


SETTINGS = {
    "anchors": Setting(True, "whether a memory that names code is anchored to it, and says when that has changed"),
    "busy_timeout_seconds": Setting(30, "how long a write waits for another process that holds the file", 1, 300),
    "embedder": Setting("built-in", "where meaning comes from: built-in, none or an extra's (see docs/embedders.md)"),
    "projects": Setting(True, "whether a memory belongs to the project it is stored in, if there is one"),
    "prompt_memories": Setting(3, "how many memories may be shown along with a prompt; 0: none", 0, 10),
    "recall_limit": Setting(10, "how many memories a recall answers with when not told", 1, 100),
    "secrets": Setting(
        "ask", "what to do with a password or key: ask, redact or keep", choices=("ask", "redact", "keep")
    ),
    "session_tokens": Setting(1000, "about how many tokens a session is told at its start; 0: nothing", 0, 2500),
    "suggestions": Setting(True, "whether what looks worth keeping in a session is suggested for review"),
    "undo_days": Setting(30, "how long a forgotten memory can be brought back", 1, 3650),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force, and one line for everything in config.json that was ignored."""

    anchors: bool = True
    busy_timeout_seconds: int = 30
    embedder: str = "built-in"
    projects: bool = True
    prompt_memories: int = 3
    recall_limit: int = 10
    secrets: str = "ask"
    session_tokens: int = 1000
    suggestions: bool = True
    undo_days: int = 30
    warnings: tuple[str, ...] = field(default=())


LARGEST = 100_000
"""Most bytes of a config.json."""
_TOLD = 10
"""Most entries that are named when they are ignored."""


def home() -> Path:
    """The directory everything lives in (it may not exist yet)."""
    if override := os.environ.get("NEURAL_MEMORY_HOME"):
        return Path(override).expanduser().absolute()
    try:
        return Path.home() / ".neural-memory"
    except RuntimeError:  # no HOME, and the user has no entry of their own
        raise ReadOnlyError("there is no home directory (HOME is not set); set NEURAL_MEMORY_HOME to one") from None


def load(folder: Path) -> Settings:
    """The settings of the home `folder`."""
    path = folder / "config.json"
    if reason := place.trouble_with_file(path):
        return Settings(warnings=(f"{path} is ignored: {reason}",))
    try:
        given = json.loads(bounded.whole(path, LARGEST).decode()) if path.exists() else {}
    except (OSError, ValueError, RecursionError) as problem:
        return Settings(warnings=(f"{path} is ignored: {getattr(problem, 'strerror', None) or problem}",))
    if not isinstance(given, dict):
        return Settings(warnings=(f"{path} is ignored: it must hold one JSON object",))
    good: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in given.items():
        if reason := _reason(name, value):
            ignored.append(f"{path}: {reason}")
        else:
            good[name] = value
    if len(ignored) > _TOLD:
        ignored[_TOLD:] = [f"{path}: and {len(ignored) - _TOLD:,} more entries are ignored"]
    return Settings(**good, warnings=tuple(ignored))


def _reason(name: str, value: object) -> str | None:
    """Why this entry of config.json cannot be used."""
    if name not in SETTINGS:
        return f"{ascii(name)[:60]} is unknown; the settings are {', '.join(SETTINGS)}"
    setting = SETTINGS[name]
    default = setting.default
    if setting.choices and value not in setting.choices:
        return f"{name} must be one of {', '.join(setting.choices)}; {default!r} is used"
    if isinstance(default, bool):
        return None if isinstance(value, bool) else f"{name} must be true or false; {json.dumps(default)} is used"
    if isinstance(default, str):
        return None if isinstance(value, str) else f"{name} must be a text; {default!r} is used"
    if isinstance(value, bool) or not isinstance(value, int) or not setting.least <= value <= setting.most:
        return f"{name} must be a whole number from {setting.least} to {setting.most}; {default} is used"
    return None


def make_home(folder: Path) -> None:
    """Create the home, readable by its owner only, with a config.json that shows what can be set."""
    place.make_folder(folder)
    try:
        handle = place.create(folder / "config.json")
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps({name: setting.default for name, setting in SETTINGS.items()}, indent=2) + "\n")
