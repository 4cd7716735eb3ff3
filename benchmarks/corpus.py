"""Memories to measure with: as many as wanted, of about 200 characters, the same ones for the same seed.

Words follow Zipf's law over a vocabulary that grows like a developer's notes do: common English words, a few
hundred words of the trade, and a long tail of names (services, files, people) made of syllables. Nothing is
downloaded.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

COMMON = """
service request server client data user table index cache queue config deploy build test code branch commit release
version error timeout retry limit rate token session login passport key endpoint api database schema query column row
migration backup restore cluster node region memory disk network latency load traffic balance proxy gateway route
header body payload json field value type list map string number date time zone format parse encode decode hash sign
verify encrypt secret env variable file path folder script job task worker thread process lock event message topic
stream batch window metric log trace alert dashboard report team owner review policy rule flag feature toggle default
option setting value state store update delete insert select join merge sort filter page cursor offset frontend backend
component button form modal style layout theme color render hook effect props context reducer action payment invoice
order cart customer price discount tax refund currency account profile permission role admin audit history search
""".split()
GLUE = """
the of to and in for with on when because after before from by uses needs fails keeps sends reads writes
""".split()
SYLLABLES = """
ba be bi bo da de di do fa fe fi ga ge go ka ke ki ko la le li lo ma me mi mo na ne no pa pe po ra re ri ro sa se
si so ta te ti to va ve vi vo za ze
""".split()


class Corpus:
    """A generator of texts and of natural questions about them."""

    def __init__(self, seed: int = 1, names: int = 40_000) -> None:
        self.random = random.Random(seed)
        self.names = ["".join(self.random.choices(SYLLABLES, k=self.random.choice((2, 3, 3, 4)))) for _ in range(names)]
        self._name_weights = list(accumulate(1 / (rank + 5) for rank in range(names)))
        self._common_weights = list(accumulate(1 / (rank + 3) for rank in range(len(COMMON))))

    def _name(self) -> str:
        return self.random.choices(self.names, cum_weights=self._name_weights)[0]

    def _common(self) -> str:
        return self.random.choices(COMMON, cum_weights=self._common_weights)[0]

    def _words(self, count: int) -> list[str]:
        words = []
        for _ in range(count):
            roll = self.random.random()
            words.append(self.random.choice(GLUE) if roll < 0.35 else self._common() if roll < 0.8 else self._name())
        return words

    def memory(self) -> str:
        """One text of about 200 characters."""
        name = self._name()
        detail = self.random.choice(
            (f"{name.upper()}_{self._common().upper()}", f"src/{name}/{self._common()}.py", f"{self._name().title()}",
             f"port {self.random.randrange(1024, 65535)}", f"v{self.random.randrange(9)}.{self.random.randrange(30)}")
        )  # fmt: skip
        return f"The {name} {' '.join(self._words(14))}: {detail}. We {' '.join(self._words(13))} {self._name()}."

    def short(self) -> str:
        """One text of 60 to 100 characters."""
        while True:
            text = f"The {self._name()} {' '.join(self._words(8))} {self._common()}."
            if 60 <= len(text) <= 100:
                return text

    def memories(self, count: int) -> Iterator[str]:
        return (self.memory() for _ in range(count))

    def question(self, common: int = 8, names: int = 0) -> str:
        """A natural question of so many common words and so many names."""
        words = [self._common() for _ in range(common)] + [self._name() for _ in range(names)]
        self.random.shuffle(words)
        return "why does the " + " ".join(words) + "?"
