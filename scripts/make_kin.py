"""Make `text/trade.json`, which recall reads, of `text/trade.txt`, which people read and write.

    python scripts/make_kin.py

Both hold the same; the first has the words' stems, because stemming them takes longer than a question may.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from neural_memory.text.stop import STOP
from neural_memory.text.terms import stem

FOLDER = Path(__file__).resolve().parent.parent / "src" / "neural_memory" / "text"
SOURCE, TABLE = FOLDER / "trade.txt", FOLDER / "trade.json"
LINE = re.compile(r"(?P<names>[^<~]+)(?:<(?P<examples>[^~]*))?(?:~(?P<company>.*))?")


def table(source: str) -> str:
    """JSON: `subjects`, each the stems of its names, examples and company ("names|examples|company", with commas);
    `places`, stem -> 3 times the number of each subject it stands in, plus which of these parts; `words`, stem -> the
    word it stands for. Texts, not lists: they are read at once, and a question takes few of them apart.
    """
    lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    subjects: list[list[list[str]]] = []
    words: dict[str, str] = {}
    for line in lines:
        found = LINE.fullmatch(line)
        if found is None:
            raise SystemExit(f"no subject: {line}")
        parts = [(found[part] or "").split() for part in ("names", "examples", "company")]
        subjects.append(_once([[key(word) for word in part] for part in parts]))
        for word in (word for part in parts for word in part):
            words.setdefault(key(word), word.replace("_", " "))
    named = {stems: word for stems, word in words.items() if stems != word}
    places: dict[str, list[str]] = {}
    for number, stands in enumerate(subjects):
        for part, stems in enumerate(stands):
            for one in stems:
                places.setdefault(one, []).append(str(3 * number + part))
    made = {
        "subjects": ["|".join(",".join(part) for part in stands) for stands in subjects],
        "places": {one: " ".join(numbers) for one, numbers in places.items()},
        "words": named,
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n"


def _once(parts: list[list[str]]) -> list[list[str]]:
    """Each word only where it stands first."""
    seen: set[str] = set()
    kept: list[list[str]] = []
    for part in parts:
        kept.append([word for word in dict.fromkeys(part) if word not in seen])
        seen.update(part)
    return kept


def key(word: str) -> str:
    """The stems of a word or phrase, with blanks between; as a question has them, function words included."""
    return " ".join(part if part in STOP else stem(part) for part in re.split(r"[_-]", word.lower()) if part)


if __name__ == "__main__":
    TABLE.write_text(table(SOURCE.read_text("utf-8")), "utf-8")
