"""Recall by meaning: what shares no word with the question is found, and the vectors keep in step with the memories."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neural_memory import Brain
from neural_memory.recall import meaning
from neural_memory.store import vectors

Said = Callable[..., list[str]]
Plain = Callable[[str], list[tuple[Any, ...]]]
Start = Callable[..., "subprocess.Popen[str]"]
Opened = Callable[..., Brain]

# Nothing technical: such words have relatives that recall by words knows as well.
MUSIC = "Tom plays the violin and the cello"
TRAVEL = "We fly to Mallorca every July"
FLOOR = "Oak boards lie in the hallway"
DRINK = "Espresso is what Anna likes to drink most"
PETS = "Our neighbour keeps three cats and a dog"
ALL = (MUSIC, TRAVEL, FLOOR, DRINK, PETS)
ASKED = {
    "musical instruments": MUSIC,
    "holiday destinations": TRAVEL,
    "wooden floor": FLOOR,
    "coffee lovers": DRINK,
    "pets at home": PETS,
}
NEVER_STORED = ("What do you know about our Kubernetes cluster?", "zebra husbandry", "when does the train leave?")


def configure(path: Path, embedder: str) -> None:
    """Set the embedder for whoever opens this file next."""
    (path.parent / "config.json").write_text(json.dumps({"embedder": embedder}))


def teach(brain: Brain) -> dict[str, str]:
    """Store ALL; returns content -> id."""
    return {content: brain.remember(content).id for content in ALL}


def ask_elsewhere(python: Start, path: Path, *questions: str) -> list[list[tuple[str, str]]]:
    """(content, reason) of the hits that another process gets for each question."""
    script = (
        "import json, sys\n"
        "from neural_memory import Brain\n"
        "with Brain.open(sys.argv[1]) as brain:\n"
        "    found = [[(h.memory.content, h.reason) for h in brain.recall(q)] for q in sys.argv[2:]]\n"
        "print(json.dumps(found))\n"
    )
    printed, errors = python(script, path, *questions).communicate(timeout=120)
    assert errors == ""
    return [[(content, reason) for content, reason in found] for found in json.loads(printed)]


def assert_in_step(path: Path) -> None:
    """Every memory has exactly the vectors that `embedded` lists, of the model in use; nothing is left over."""
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = {row for (row,) in plain.execute("SELECT seq FROM memories")}
        current = [id for (id,) in plain.execute("SELECT id FROM models WHERE current")]
        listed = plain.execute("SELECT memory, model, vectors FROM embedded").fetchall()
        kept = plain.execute("SELECT id, memory, model FROM vectors").fetchall()
        assert plain.execute("SELECT memory FROM unembedded").fetchall() == []
    assert {memory for memory, _, _ in listed} == rows
    assert all(json.loads(ids) for _, _, ids in listed)
    assert all([model] == current for _, model, _ in listed)
    assert sorted((id, memory, model) for memory, model, ids in listed for id in json.loads(ids)) == sorted(kept)


# -- a model whose meanings a test can choose ----------------------------------------------------------------------

SAME = {"fiddle": "violin", "gardening": "plants", "pets": "cats"}  # word -> the word that means the same
CROSSED = {"violin": "plants", "plants": "violin"}  # what the model "crossed" takes for each other


def vector(model: str, text: str) -> list[float]:
    """The sum of a direction for each word, the same for words that mean the same; "wide" has more numbers."""
    total = np.zeros(200 if model == "wide" else 128)
    for word in text.lower().replace("subject", "topic").split():
        key = SAME.get(word, word)
        if model == "crossed":
            key = CROSSED.get(key, key)
        seed = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())
        total += np.random.default_rng(seed).standard_normal(len(total))
    return [float(number) for number in total]


class Handler(BaseHTTPRequestHandler):
    """OpenAI's embeddings call, answered with `vector`."""

    models: Models

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.models.meanwhile(asked["input"])
        rows = [{"index": i, "embedding": vector(asked["model"], text)} for i, text in enumerate(asked["input"])]
        answer = json.dumps({"data": rows}).encode()
        self.send_response(500 if self.models.broken else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


class Models:
    """A server of models on this machine. broken: fails from now on; meanwhile: runs while texts are embedded."""

    def __init__(self) -> None:
        self.broken = False
        self.meanwhile: Callable[[list[str]], object] = lambda texts: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answering", (Handler,), {"models": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def setting(self, model: str) -> str:
        return f"openai:http://127.0.0.1:{self._server.server_port}/v1#{model}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Models]:
    running = Models()
    yield running
    running.close()


@pytest.fixture
def models(server: Models) -> Models:
    """The server, behaving."""
    server.broken = False
    server.meanwhile = lambda texts: None
    return server


@pytest.fixture
def straight(path: Path, models: Models) -> Models:
    """The server, and this test's file set to its model "straight"."""
    configure(path, models.setting("straight"))
    return models


# -- what is found -------------------------------------------------------------------------------------------------


def test_what_shares_no_word_with_the_question_is_found_by_its_meaning(brain: Brain, said: Said) -> None:
    """Each question brings its memory first, directly, and says that it was the meaning."""
    teach(brain)
    for question, expected in ASKED.items():
        hits = brain.recall(question)
        assert said(hits)[:1] == [expected], question
        assert hits[0].direct
        assert hits[0].reason == "meaning"
        assert hits[0].path == ()


@pytest.mark.parametrize(
    "content",
    ["our API uses Bearer token authentication with 1-hour expiry", "API uses Bearer tokens with 1-hour expiry"],
)
def test_the_example_of_the_documentation_is_found(brain: Brain, said: Said, content: str) -> None:
    """ "how does login work?" finds the Bearer tokens, as `Brain`'s own docstring shows."""
    brain.remember(content)
    brain.remember(PETS)
    assert said(brain.recall("how does login work?")) == [content]


def test_meaning_lasts_over_a_restart_and_into_other_processes(path: Path, python: Start) -> None:
    """A new brain and a new process find the same, also when nobody asked before."""
    with Brain.open(path) as brain:
        teach(brain)
    with Brain.open(path) as brain:
        assert brain.recall("musical instruments")[0].memory.content == MUSIC
        assert brain.stats().embedded == len(ALL)
    for found, expected in zip(ask_elsewhere(python, path, *ASKED), ASKED.values(), strict=True):
        assert found[0] == (expected, "meaning")


def test_a_memory_stored_by_another_process_is_found_at_once(path: Path, opened: Opened, python: Start) -> None:
    """Whoever embeds it: what one process stores, the next question of another finds."""
    brain = opened()
    brain.remember(PETS)
    assert brain.recall("musical instruments") == []
    script = f"import sys; from neural_memory import Brain; Brain.open(sys.argv[1]).remember({MUSIC!r})"
    assert python(script, path).communicate(timeout=120) == ("", "")
    assert brain.recall("musical instruments")[0].memory.content == MUSIC
    opened().remember(TRAVEL)
    assert brain.recall("holiday destinations")[0].memory.content == TRAVEL


def test_what_was_never_stored_is_answered_with_silence(brain: Brain) -> None:
    """The nearest memory is not the answer when it is far away; on an empty file as well."""
    for question in (*NEVER_STORED, *ASKED):
        assert brain.recall(question) == []
    teach(brain)
    for question in NEVER_STORED:
        assert brain.recall(question) == [], question


def test_words_and_meaning_make_one_ranking(path: Path, straight: Models) -> None:
    """Hits by words and hits by meaning come in the order of one score, and the confidence follows it."""
    with Brain.open(path) as brain:
        for content in ("fiddle", "violin", "fiddle one two", "violin three", "violin four five six seven", "plants"):
            brain.remember(content)
        hits = brain.recall("fiddle")
    by_words = [hit.memory.content for hit in hits if hit.reason == "words: fiddle"]
    by_meaning = [hit.memory.content for hit in hits if hit.reason == "meaning"]
    assert set(by_words) == {"fiddle", "fiddle one two"}
    assert {"violin", "violin three"} <= set(by_meaning)
    assert by_words[0] == hits[0].memory.content == "fiddle"
    assert "plants" not in [hit.memory.content for hit in hits]
    contents = [hit.memory.content for hit in hits]
    assert contents.index("violin") < contents.index("violin three")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    levels = [("weak", "good", "strong").index(hit.confidence) for hit in hits]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > levels[-1]
    assert all(0 < hit.score <= 1 for hit in hits)


def test_a_memory_in_exactly_the_words_of_the_question_is_a_strong_hit(brain: Brain) -> None:
    """And one that is only near in meaning is surer than nothing, but not as sure."""
    teach(brain)
    assert brain.recall(MUSIC)[0].confidence == "strong"
    [near] = brain.recall("musical instruments")
    assert near.score < brain.recall(MUSIC)[0].score


def test_the_best_of_cosines_that_say_nothing_outweighs_no_word(brain: Brain, said: Said) -> None:
    """Where all memories are far in meaning, the one that has the word comes first."""
    brain.remember("API uses Bearer tokens", tags=["auth"])
    brain.remember("Quetzalcoatl settings", tags=["gods"])
    assert said(brain.recall("gods"))[0] == "Quetzalcoatl settings"


def test_meaning_keeps_to_what_was_asked_for(brain: Brain, said: Said) -> None:
    """Tags, project, dates and replaced memories narrow hits by meaning as they do hits by words; so does a limit."""
    brain.remember(MUSIC, tags=["music"], project="shop", timestamp="2024-05-01")
    question = "musical instruments"
    assert said(brain.recall(question, tags=["music"])) == [MUSIC]
    assert said(brain.recall(question, project="shop", since="2024-05-01", until="2024-05-01")) == [MUSIC]
    assert brain.recall(question, tags=["food"]) == []
    assert brain.recall(question, project="everywhere") == []
    assert brain.recall(question, since="2024-05-02") == []
    assert brain.recall(question, until="2024-04-30") == []
    new = "Tom plays the violin and the piano"
    brain.remember(new, replaces=brain.recall(question)[0].memory.id)
    brain.remember("Anna plays the piano and the flute")
    assert MUSIC not in said(brain.recall(question))
    assert len(brain.recall(question)) == 2
    assert len(brain.recall(question, limit=1)) == 1


@pytest.mark.parametrize("where", ["beginning", "end"])
def test_a_long_memory_is_found_by_its_first_and_by_its_last_sentence(brain: Brain, plain: Plain, where: str) -> None:
    """A text of many chunks has many vectors, and each of them leads to it."""
    filler = "The meeting went on about budgets and travel plans. "
    before, after = {"beginning": (0, 200), "end": (200, 0)}[where]
    stored = brain.remember(f"{filler * before}{PETS}. {filler * after}".strip())
    brain.remember(MUSIC)
    hits = brain.recall("pets at home")
    assert [hit.memory.id for hit in hits] == [stored.id]
    assert plain("SELECT count(*) FROM vectors WHERE memory = 1")[0][0] > 5
    assert_in_step(brain.path)


# -- without a model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("none", "set to none"),
        ("bert", "'bert' is not known"),
        ("", "is not known"),
        ("fastembed:some/model", r"pip install 'neural-memory[fastembed]'"),
        ("sentence-transformers:some/model", r"pip install 'neural-memory[sentence-transformers]'"),
        ("openai:http://127.0.0.1:9/v1#tiny", "is the server running"),
        ("openai:http://[::1#tiny", "openai:http://[::1#tiny"),
        ("openai:http://localhost:port/v1#tiny", "openai:http://localhost:port/v1#tiny"),
    ],
)
def test_without_a_model_recall_goes_by_words_and_association(
    path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, why: str
) -> None:
    """Whatever is wrong with the embedder: all else works, and the figures say why there is no meaning."""
    for library in ("fastembed", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, library, None)
    configure(path, setting)
    with Brain.open(path) as brain:
        teach(brain)
        brain.remember("Lunches come from the GreenKitchen")
        closed = brain.remember("GreenKitchen is closed in August")
        assert brain.recall("violin cello")[0].memory.content == MUSIC
        assert brain.recall("musical instruments") == []
        direct, related = brain.recall("lunches")
        assert (direct.direct, related.direct, related.memory.id) == (True, False, closed.id)
        assert brain.embed_waiting() == 0
        assert brain.remember_many(["one more", "and another"]) == 2
        brain.settle()
        brain.rest(0)
        stats = brain.stats()
    assert stats.meaning.startswith("none (")
    assert why in stats.meaning
    assert (stats.embedded, stats.unembedded) == (0, 9)


def test_what_was_stored_without_a_model_gets_its_meaning_once_there_is_one(path: Path) -> None:
    """Switching the embedder on later brings the old memories along."""
    configure(path, "none")
    with Brain.open(path) as brain:
        teach(brain)
        assert brain.recall("musical instruments") == []
    configure(path, "built-in")
    with Brain.open(path) as brain:
        assert brain.recall("musical instruments")[0].memory.content == MUSIC
        assert brain.stats().unembedded == 0
    assert_in_step(path)


def test_a_model_that_breaks_later_spoils_nothing(path: Path, straight: Models, said: Said) -> None:
    """Storing, in bulk too, and asking go on while the model's server is down, and catch up when it is back."""
    with Brain.open(path) as brain:
        brain.remember("violin")
        assert said(brain.recall("fiddle")) == ["violin"]
        straight.broken = True
        brain.remember("plants")
        assert said(brain.recall("violin")) == ["violin"]
        assert said(brain.recall("plants")) == ["plants"]
        straight.broken = False
        assert said(brain.recall("gardening")) == ["plants"]
    assert_in_step(path)


def test_a_model_that_could_not_be_loaded_is_tried_again(
    path: Path, straight: Models, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was down at the first question and is up later brings meaning into the same process."""
    straight.broken = True
    with Brain.open(path) as brain:
        brain.remember("violin")
        assert brain.recall("fiddle") == []
        assert brain.stats().meaning.startswith("none (")
        straight.broken = False
        assert brain.recall("fiddle") == []  # too soon to ask again
        monkeypatch.setattr(meaning, "RETRY", 0.0)
        assert said(brain.recall("fiddle")) == ["violin"]
        assert brain.stats().meaning == straight.setting("straight")
        assert brain.stats().unembedded == 0


def test_the_packs_of_a_model_that_is_no_longer_used_go_away(
    path: Path, straight: Models, said: Said, plain: Plain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last memory has its vector of the new model, no row of the old one's codes remains."""
    monkeypatch.setattr(vectors, "PER_PACK", 2)
    with Brain.open(path) as brain:
        for content in ("violin", "cats", "plants", "trains", "boats"):
            brain.remember(content)
        assert said(brain.recall("fiddle")) == ["violin"]
    assert plain("SELECT count(*) FROM packs")[0][0] > 0
    configure(path, straight.setting("crossed"))
    with Brain.open(path) as brain:
        brain.embed_waiting()
        assert plain("SELECT DISTINCT model FROM packs") == plain("SELECT id FROM models WHERE current")
        assert said(brain.recall("fiddle")) == ["violin"]


def test_bytes_that_are_no_text_do_not_wait_for_ever(brain: Brain, plain: Plain) -> None:
    """A row whose content is a BLOB is counted, and read as the text that it is as far as it goes."""
    brain.remember(PETS)
    plain("INSERT INTO memories (content) VALUES (x'00ff10')")
    brain.recall("pets at home")
    brain.settle()
    brain.embed_waiting()
    assert brain.stats().memories == 2
    assert (brain.stats().embedded, brain.stats().unembedded) == (2, 0)


def test_a_bulk_store_survives_a_model_that_breaks(path: Path, straight: Models, said: Said) -> None:
    """What was stored is told, not the model's trouble; it is embedded later."""
    with Brain.open(path) as brain:
        brain.remember("violin")
        brain.recall("fiddle")
        straight.broken = True
        assert brain.remember_many(["plants", "cats"], chunk=1) == 2
        straight.broken = False
        assert said(brain.recall("gardening")) == ["plants"]
    assert_in_step(path)


def test_impatient_questions_are_answered_by_words_until_the_model_is_there(path: Path, python: Start) -> None:
    """With patience 0 a fresh process answers by words at once; once the model is there, by meaning."""
    with Brain.open(path) as brain:
        teach(brain)
    script = (
        "import sys\n"
        "from neural_memory import Brain\n"
        "with Brain.open(sys.argv[1]) as brain:\n"
        "    brain.patience = 0\n"
        "    print([h.reason for h in brain.recall('violin cello')], brain.stats().unembedded)\n"
        "    brain.patience = None\n"
        "    print(brain.embed_waiting())\n"
        "    brain.patience = 0\n"
        "    print([(h.memory.content, h.reason) for h in brain.recall('musical instruments')])\n"
    )
    printed, errors = python(script, path).communicate(timeout=120)
    assert errors == ""
    assert printed.splitlines() == ["['words: violin, cello'] 5", "5", f"[({MUSIC!r}, 'meaning')]"]


def test_the_model_is_given_back_and_comes_back(brain: Brain) -> None:
    """After a rest the next question is answered as before."""
    teach(brain)
    before = brain.recall("musical instruments")
    brain.rest(0)
    assert brain.recall("musical instruments") == before


# -- another model -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["crossed", "wide"])
def test_another_model_embeds_all_memories_anew(path: Path, straight: Models, said: Said, other: str) -> None:
    """After `embed_waiting` every vector is of the new model, none of the old one is left, and meaning goes on."""
    with Brain.open(path) as brain:
        brain.remember_many(["violin", "plants", "cats"])
        assert said(brain.recall("pets")) == ["cats"]
    configure(path, straight.setting(other))
    with Brain.open(path) as brain:
        assert brain.embed_waiting() == 3
        assert brain.stats().meaning == straight.setting(other)
        assert brain.stats().embedded == 3
        assert said(brain.recall("pets")) == ["cats"]
        assert brain.embed_waiting() == 0
    assert_in_step(path)


def test_the_first_question_to_another_model_is_answered_by_it(path: Path, straight: Models, said: Said) -> None:
    """Nobody has to call `embed_waiting` for a few memories: they are embedded before the answer."""
    with Brain.open(path) as brain:
        brain.remember_many(["violin", "plants", "cats"])
    configure(path, straight.setting("wide"))
    with Brain.open(path) as brain:
        assert said(brain.recall("pets")) == ["cats"]
    assert_in_step(path)


def test_vectors_of_different_models_are_never_compared(path: Path, straight: Models, said: Said) -> None:
    """While a few are of the new model, the others are found by their words, and not by the old model's vectors.

    For "crossed", a fiddle is what plants were for "straight".
    """
    with Brain.open(path) as brain:
        brain.remember_many(["violin", "plants"])
        assert said(brain.recall("fiddle")) == ["violin"]
        assert said(brain.recall("gardening")) == ["plants"]
    configure(path, straight.setting("crossed"))
    with Brain.open(path) as brain:
        brain.remember("cats")
        assert brain.embed_waiting(1) == 1
        straight.broken = True  # nothing more is embedded, but the questions' vectors are there
        assert said(brain.recall("violin")) == ["violin"]
        straight.broken = False
        assert said(brain.recall("pets")) == ["cats"]
        assert said(brain.recall("fiddle")) == ["violin"]
        assert said(brain.recall("gardening")) == ["plants"]
    assert_in_step(path)


def test_a_model_switch_in_the_middle_mixes_nothing(
    path: Path, straight: Models, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most memories still have the old model's vectors: they answer by words, and meaning answers from the new ones."""
    monkeypatch.setattr("neural_memory.brain.finding.AT_ONCE", 1)
    with Brain.open(path) as brain:
        brain.remember_many(["plants", *(f"violin {i}" for i in range(20))])
    configure(path, straight.setting("crossed"))
    with Brain.open(path) as brain:
        brain.remember("cats")
        assert said(brain.recall("pets")) == ["cats"]
        # For the old vectors, "crossed" means plants by a fiddle. They must not be looked at.
        assert "plants" not in said(brain.recall("fiddle"))
        assert said(brain.recall("plants")) == ["plants"]
        assert brain.embed_waiting() > 0
        assert said(brain.recall("gardening")) == ["plants"]
    assert_in_step(path)


def test_switching_back_and_forth_ends_in_order(path: Path, straight: Models, said: Said) -> None:
    """Each switch embeds all, also back to a model that was used before."""
    with Brain.open(path) as brain:
        brain.remember_many(["violin", "plants"])
    for model in ("crossed", "straight", "wide", "straight"):
        configure(path, straight.setting(model))
        with Brain.open(path) as brain:
            brain.remember(f"cats for {model}")
            brain.embed_waiting()
            assert said(brain.recall("fiddle")) == ["violin"]
        assert_in_step(path)


# -- changes -------------------------------------------------------------------------------------------------------


def test_a_revised_memory_is_found_by_its_new_meaning_only(brain: Brain, said: Said) -> None:
    """The old meaning leads nowhere any more, the new one does; undo turns it round."""
    id = teach(brain)[MUSIC]
    brain.recall("musical instruments")
    brain.revise(id, content="It rains a lot in Bergen in autumn")
    assert brain.recall("musical instruments") == []
    assert said(brain.recall("what is the weather like?"))[:1] == ["It rains a lot in Bergen in autumn"]
    brain.undo()
    assert said(brain.recall("musical instruments")) == [MUSIC]
    assert "It rains a lot in Bergen in autumn" not in said(brain.recall("what is the weather like?"))
    assert_in_step(brain.path)


def test_a_change_beside_the_text_keeps_the_vector(brain: Brain, plain: Plain) -> None:
    """New tags, importance, kind or project: the same row in `vectors`."""
    id = teach(brain)[MUSIC]
    brain.embed_waiting()
    before = plain("SELECT * FROM vectors ORDER BY id")
    brain.revise(id, tags=["music", "new"])
    brain.revise(id, importance=0.9, kind="decision", project="shop")
    brain.remember(MUSIC, tags=["more"], project="shop")
    brain.undo()
    assert brain.embed_waiting() == 0
    assert plain("SELECT * FROM vectors ORDER BY id") == before
    assert_in_step(brain.path)


def test_a_forgotten_memory_loses_its_vectors_and_undo_brings_them_back(
    brain: Brain, plain: Plain, opened: Opened, said: Said
) -> None:
    """Neither this brain nor another that knew its code finds it; after undo it is found again."""
    other = opened()
    id = teach(brain)[MUSIC]
    question = "musical instruments"
    assert said(other.recall(question)) == said(brain.recall(question)) == [MUSIC]
    brain.forget([id])
    assert plain("SELECT count(*) FROM vectors")[0][0] == plain("SELECT count(*) FROM embedded")[0][0] == len(ALL) - 1
    assert brain.recall(question) == other.recall(question) == []
    assert_in_step(brain.path)
    brain.undo()
    assert brain.stats().unembedded == 1
    assert brain.embed_waiting() == 1
    assert said(other.recall(question)) == said(brain.recall(question)) == [MUSIC]
    assert_in_step(brain.path)


def test_undoing_a_store_leaves_no_vector(brain: Brain, plain: Plain) -> None:
    """Also of a bulk store."""
    brain.remember_many(ALL)
    brain.undo()
    assert plain("SELECT count(*) FROM vectors") == [(0,)]
    assert brain.recall("musical instruments") == []
    assert_in_step(brain.path)


def test_rows_written_by_plain_sqlite_get_their_meaning(brain: Brain, plain: Plain, said: Said) -> None:
    """Added, changed and deleted by hand: the next question knows."""
    teach(brain)
    assert brain.embed_waiting() == len(ALL)
    plain("INSERT INTO memories (content) VALUES ('It rains a lot in Bergen in autumn')")
    assert said(brain.recall("what is the weather like?"))[:1] == ["It rains a lot in Bergen in autumn"]
    plain(f"UPDATE memories SET content = 'Grandma bakes bread and apple pie on Sundays' WHERE content = '{MUSIC}'")
    assert brain.recall("musical instruments") == []
    question = "homemade cakes"
    assert said(brain.recall(question))[0] == "Grandma bakes bread and apple pie on Sundays"
    plain("DELETE FROM memories WHERE content LIKE 'Grandma%'")
    assert "Grandma bakes bread and apple pie on Sundays" not in said(brain.recall(question))
    brain.embed_waiting()
    assert_in_step(brain.path)


def test_rows_of_an_odd_type_stop_nobody_from_being_embedded(brain: Brain, plain: Plain, said: Said) -> None:
    """Bytes, numbers and broken text in `content`: the others get their meaning, and embedding comes to an end."""
    for value in ("x'00ff10'", "CAST(x'ff41fe' AS TEXT)", "12345", "'a' || char(0) || 'b'"):
        plain(f"INSERT INTO memories (content) VALUES ({value})")
    brain.remember(MUSIC)
    brain.embed_waiting()
    assert said(brain.recall("musical instruments"))[0] == MUSIC
    assert brain.embed_waiting() == 0


@pytest.mark.parametrize("by", ["revise", "sqlite", "forget", "forget and undo"])
def test_a_memory_that_changes_while_it_is_being_embedded(
    path: Path, straight: Models, said: Said, plain: Plain, by: str
) -> None:
    """The model is slow, and meanwhile another process changes the text: its new meaning is found, not the old one."""

    def change(texts: list[str]) -> None:
        if texts != ["violin"]:
            return
        straight.meanwhile = lambda texts: None
        if by == "sqlite":
            plain("UPDATE memories SET content = 'plants' WHERE content = 'violin'")
            return
        with Brain.open(path) as other:
            if by == "revise":
                other.revise(id, content="plants")
            else:
                other.forget([id])
            if by == "forget and undo":
                other.undo()

    with Brain.open(path) as brain:
        id = brain.remember("violin").id
        straight.meanwhile = change
        brain.embed_waiting()
        straight.meanwhile = lambda texts: None
        brain.embed_waiting()
        assert said(brain.recall("gardening")) == (["plants"] if by in ("revise", "sqlite") else [])
        assert said(brain.recall("fiddle")) == (["violin"] if by == "forget and undo" else [])
    assert_in_step(path)


def test_while_another_process_writes_questions_are_answered_by_meaning(path: Path, said: Said) -> None:
    """What waits cannot be kept now; what has its vector is found all the same."""
    with Brain.open(path) as brain:
        brain.remember(MUSIC)
        brain.recall("musical instruments")
        brain.remember(PETS)
        brain.audit()  # links it
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert said(brain.recall("musical instruments")) == [MUSIC]
            assert said(brain.recall("cats")) == [PETS]
            writer.execute("ROLLBACK")
        assert said(brain.recall("pets at home")) == [PETS]


def test_a_bulk_store_survives_another_writer(path: Path, straight: Models, said: Said) -> None:
    """Another process writes just when the vectors shall be kept: what was stored is told, and embedded later."""
    with (
        Brain.open(path) as brain,
        closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as writer,
    ):
        straight.meanwhile = lambda texts: writer.execute("BEGIN IMMEDIATE") if texts == ["plants"] else None
        assert brain.remember_many(["plants"]) == 1
        straight.meanwhile = lambda texts: None
        writer.execute("ROLLBACK")
        assert said(brain.recall("gardening")) == ["plants"]
    assert_in_step(path)


def test_many_forgotten_neighbours_do_not_hide_what_is_left(path: Path, straight: Models, opened: Opened) -> None:
    """Three hundred nearer memories were forgotten: the one that stays is found, by all who knew them."""
    brain, other = opened(), opened()
    ids = [brain.remember("violin one two three four").id]
    brain.remember_many([f"violin n{i}" for i in range(300)])
    for asked in (brain, other):
        assert len(asked.recall("fiddle", limit=100)) == 100
    brain.forget([m.id for m in brain.audit(limit=None).memories if m.id not in ids])
    with Brain.open(path) as fresh:
        assert [hit.memory.id for hit in fresh.recall("fiddle")] == ids
    assert [hit.memory.id for hit in brain.recall("fiddle")] == ids
    assert [hit.memory.id for hit in other.recall("fiddle")] == ids


def test_another_file_in_the_place_of_this_one_is_searched_anew(
    path: Path, straight: Models, tmp_path: Path, said: Said
) -> None:
    """A backup put back under a running server: its meanings are found, whatever the numbers of its vectors."""
    elsewhere = tmp_path / "elsewhere" / "memory.db"
    elsewhere.parent.mkdir()
    configure(elsewhere, straight.setting("straight"))
    with Brain.open(elsewhere) as brain:
        brain.remember("plants")
        brain.embed_waiting()
    with Brain.open(path) as brain:
        brain.remember_many(["violin", "cats"])
        assert said(brain.recall("fiddle")) == ["violin"]
        elsewhere.replace(path)
        assert said(brain.recall("gardening")) == ["plants"]
        assert brain.recall("fiddle") == []


@pytest.mark.usefixtures("straight")
def test_a_backup_copied_over_the_file_is_searched_anew(path: Path, tmp_path: Path, said: Said) -> None:
    """The same file with other bytes under an open brain: what the copy and later stores hold is found by meaning."""
    copy = tmp_path / "copy.db"
    with Brain.open(path) as brain:
        brain.remember("violin")
        assert said(brain.recall("fiddle")) == ["violin"]
        shutil.copyfile(path, copy)
        brain.remember_many(["plants", "rivers"])
        assert said(brain.recall("gardening")) == ["plants"]
        shutil.copyfile(copy, path)
        assert brain.recall("gardening") == []
        assert said(brain.recall("fiddle")) == ["violin"]
        brain.remember("cats")
        assert said(brain.recall("pets")) == ["cats"]
        brain.remember_many(["entry", "plants"])
        assert said(brain.recall("gardening")) == ["plants"]
    assert_in_step(path)


@pytest.mark.usefixtures("straight")
def test_stores_after_a_backup_was_copied_over_the_file_are_found(path: Path, tmp_path: Path, said: Said) -> None:
    """Also when nobody asked between the copying and the storing, so that the numbers of vectors are the same again."""
    copy = tmp_path / "copy.db"
    with Brain.open(path) as brain:
        brain.remember("violin")
        assert said(brain.recall("fiddle")) == ["violin"]
        shutil.copyfile(path, copy)
        brain.remember("plants")
        assert said(brain.recall("gardening")) == ["plants"]
        shutil.copyfile(copy, path)
        brain.remember("cats")
        assert said(brain.recall("pets")) == ["cats"]
        assert brain.recall("gardening") == []
        assert said(brain.recall("fiddle")) == ["violin"]
    assert_in_step(path)


@pytest.mark.usefixtures("straight")
def test_what_a_backup_copied_over_the_file_brings_back_is_found(path: Path, tmp_path: Path, said: Said) -> None:
    """Something was forgotten for good by mistake, and the copy still has it, with the same newest vector."""
    copy = tmp_path / "copy.db"
    with Brain.open(path) as brain:
        stored = brain.remember("violin")
        brain.remember("plants")
        assert said(brain.recall("fiddle")) == ["violin"]
        shutil.copyfile(path, copy)
        brain.forget([stored.id], for_good=True)
        assert brain.recall("fiddle") == []
        shutil.copyfile(copy, path)
        assert said(brain.recall("fiddle")) == ["violin"]
    assert_in_step(path)


def test_two_brains_with_different_models_come_to_rest(path: Path, straight: Models, said: Said) -> None:
    """They do not embed everything anew in turns: after a few rounds neither has anything to do."""
    with Brain.open(path) as one:
        one.remember_many(["violin", "plants"])
        assert said(one.recall("fiddle")) == ["violin"]
        configure(path, straight.setting("wide"))
        with Brain.open(path) as other:
            other.remember("cats")
            assert said(other.recall("pets")) == ["cats"]
            for _ in range(10):
                busy = [brain.settle() for brain in (one, other)]
            assert busy == [False, False]
            for brain in (one, other):
                assert said(brain.recall("violin")) == ["violin"]
            assert [brain.settle() for _ in range(5) for brain in (one, other)][-2:] == [False, False]
            one.remember("fiddle lesson")
            other.remember("pets welcome")
            assert [brain.settle() for _ in range(5) for brain in (one, other)][-2:] == [False, False]
    assert_in_step(path)


def test_what_is_stored_beside_a_loaded_model_gets_its_vector_as_it_is_linked(path: Path, straight: Models) -> None:
    """It was embedded once, to look for what says the same: one transaction stores it, one links it, vector and all."""
    asked: list[str] = []
    straight.meanwhile = asked.extend
    with Brain.open(path) as brain:
        brain.remember("violin")
        brain.recall("fiddle")
        brain.settle()
        asked.clear()
        before = changes(path)
        brain.remember("cats")
        while brain.settle():
            pass
        assert changes(path) - before == 2
        assert asked == ["cats"]
    assert_in_step(path)


def changes(path: Path) -> int:
    """How many transactions changed the file: the counter at byte 24, see https://sqlite.org/fileformat.html."""
    return int.from_bytes(path.read_bytes()[24:28])


# -- packs of codes ------------------------------------------------------------------------------------------------


def many(count: int, first: int = 0) -> list[str]:
    """Texts on fifty topics."""
    return [f"entry{i} topic{i % 50}" for i in range(first, first + count)]


def answers(brain: Brain, *topics: int) -> list[list[tuple[str, float, str]]]:
    """What is found by meaning about these topics, in other words than they have."""
    found = [brain.recall(f"subject{topic}", limit=100) for topic in topics]
    return [[(hit.memory.content, hit.score, hit.reason) for hit in hits] for hits in found]


@pytest.mark.slow
def test_packed_codes_find_the_same_as_codes_that_are_not(path: Path, straight: Models, tmp_path: Path) -> None:
    """With 2,100 memories codes are packed: a fresh brain, the one that packed and one without packs agree."""
    with Brain.open(path) as brain:
        brain.remember_many(many(2_100), chunk=1_000)
        with closing(sqlite3.connect(path)) as plain:
            assert plain.execute("SELECT first, last, entries FROM packs").fetchall() == [(1, 2_048, 2_048)]
        topics = (0, 7, 49)
        found = answers(brain, *topics)
    for topic, hits in zip(topics, found, strict=True):
        assert len(hits) >= 30
        assert {(content.split()[1], reason) for content, _, reason in hits} == {(f"topic{topic}", "meaning")}
    with Brain.open(path) as fresh:
        assert answers(fresh, *topics) == found
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in ("memory.db", "config.json"):
        shutil.copy(path.with_name(file), copy / file)
    with closing(sqlite3.connect(copy / "memory.db")) as plain, plain:
        plain.execute("DELETE FROM packs")
    with Brain.open(copy / "memory.db") as without:
        assert answers(without, *topics) == found
    assert_in_step(path)


@pytest.fixture
def small_packs(monkeypatch: pytest.MonkeyPatch) -> int:
    """Packs of 64 codes, so that a few memories fill some."""
    monkeypatch.setattr(vectors, "PER_PACK", 64)
    return 64


@pytest.mark.usefixtures("straight", "small_packs")
def test_a_forgotten_memory_in_a_pack_is_not_found(path: Path, plain: Plain, opened: Opened) -> None:
    """Neither by who knew it nor by who opens the file later; its place in the pack is blank; undo finds it again."""
    with Brain.open(path) as brain:
        brain.remember_many([*many(100), "violin", *many(100, 100)])
        assert len(plain("SELECT * FROM packs")) == 3
        other = opened()
        [hit] = other.recall("fiddle")
        brain.forget([hit.memory.id])
        for asked in (brain, other, opened()):
            assert asked.recall("fiddle") == []
        heads = [pack[i : i + 24] for (pack,) in plain("SELECT packed FROM packs") for i in range(0, len(pack), 24)]
        assert [entry[4:] for entry in heads if entry[4:8] == bytes(4)] == [bytes(20)]
        brain.undo()
        for asked in (brain, other, opened()):
            assert [h.memory.id for h in asked.recall("fiddle")] == [hit.memory.id]
    assert_in_step(path)


@pytest.mark.usefixtures("straight", "small_packs")
@pytest.mark.parametrize("known", [0, 40, 64, 100, 128])
@pytest.mark.parametrize("more", [1, 30, 90, 200])
def test_a_second_brain_sees_what_came_since_whatever_was_packed_meanwhile(
    path: Path, opened: Opened, known: int, more: int
) -> None:
    """It has read `known` vectors; the other one stores more, and packs are made across the seam."""
    brain, other = opened(), opened()
    brain.remember_many(["plants", *many(known)])
    assert [hit.memory.content for hit in other.recall("gardening")][:1] == ["plants"]
    new = ["violin", *many(more, known), "cats"]
    brain.remember_many(new)
    assert [hit.memory.content for hit in other.recall("fiddle")][:1] == ["violin"]
    assert [hit.memory.content for hit in other.recall("pets")][:1] == ["cats"]
    topics = range(0, 50, 7)
    with Brain.open(path) as fresh:
        assert answers(other, *topics) == answers(fresh, *topics) == answers(brain, *topics)


@pytest.mark.usefixtures("straight", "small_packs")
def test_another_model_makes_its_own_packs(path: Path, straight: Models, said: Said) -> None:
    """Packed or not, after the switch everything is found by the new model, and no code of the old one is left."""
    with Brain.open(path) as brain:
        brain.remember_many(["violin", *many(150)])
    configure(path, straight.setting("wide"))
    with Brain.open(path) as brain:
        brain.remember("cats")
        assert brain.embed_waiting() == 152
        assert said(brain.recall("fiddle")) == ["violin"]
        assert len(answers(brain, 3)[0]) == 3
    with Brain.open(path) as brain:
        assert said(brain.recall("fiddle")) == ["violin"]
    with closing(sqlite3.connect(path)) as plain:
        old = plain.execute("SELECT packed FROM packs WHERE model = 1").fetchall()
    assert all(pack[i + 4 : i + 24] == bytes(20) for (pack,) in old for i in range(0, len(pack), 24))
    assert_in_step(path)


@pytest.mark.usefixtures("small_packs")
@pytest.mark.parametrize("how", ["at once", "forgotten before", "revised before"])
def test_what_is_forgotten_for_good_leaves_neither_vector_nor_code(
    path: Path, straight: Models, plain: Plain, how: str
) -> None:
    """The bytes of its vector and of its code are in no file of the home."""
    with Brain.open(path) as brain:
        brain.remember_many([*many(30), "violin token secret", *many(60, 30)])
        [stored] = brain.audit(mentions="secret").memories
        [(id, packed_vector)] = plain(
            "SELECT v.id, v.vector FROM vectors v JOIN memories m ON m.seq = v.memory WHERE m.id = '" + stored.id + "'"
        )
        [(pack,)] = plain(f"SELECT packed FROM packs WHERE first <= {id} AND last >= {id}")
        [code] = [
            pack[i + 8 : i + 24] for i in range(0, len(pack), 24) if int.from_bytes(pack[i : i + 4], "little") == id
        ]
        # A vector may stand across two pages of the file, so look for parts of it.
        parts = [packed_vector[i : i + 24] for i in range(4, len(packed_vector) - 24, 24)]
        content = path.read_bytes()
        assert any(part in content for part in parts)
        assert code in content
        if how == "forgotten before":
            brain.forget([stored.id])
        if how == "revised before":
            brain.revise(stored.id, content="something else")
            brain.embed_waiting()
        brain.forget([stored.id], for_good=True)
        for file in path.parent.iterdir():
            content = file.read_bytes()
            assert code not in content
            assert not any(part in content for part in parts)
    assert_in_step(path)


# -- several processes ---------------------------------------------------------------------------------------------

EMBED = """
import sys
from neural_memory import Brain
with Brain.open(sys.argv[1]) as brain:
    brain.recall("nothing of the kind")
    print("ready", flush=True)
    sys.stdin.readline()
    print(brain.embed_waiting(progress=lambda done: print(done, flush=True)))
"""


def sentences(count: int) -> list[str]:
    return [f"Sentence {i} tells what service {i * 7} does on port {i + 1000}" for i in range(count)]


def test_processes_that_embed_at_once_double_nothing(path: Path, python: Start, plain: Plain) -> None:
    """Three processes embed the same memories: each has its vectors once, and nobody fails."""
    configure(path, "none")
    with Brain.open(path) as brain:
        brain.remember_many([*sentences(250), MUSIC])
    configure(path, "built-in")
    started = [python(EMBED, path) for _ in range(3)]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert errors == ""
        assert process.returncode == 0
    assert plain("SELECT count(*) FROM vectors") == [(251,)]
    assert_in_step(path)
    with Brain.open(path) as brain:
        assert brain.recall("musical instruments")[0].memory.content == MUSIC


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize("portions", [1, 2, 3])
def test_a_process_killed_while_embedding_leaves_a_file_that_catches_up(
    path: Path, python: Start, plain: Plain, portions: int
) -> None:
    """After kill -9 the file is sound, what was embedded is kept, and the rest follows."""
    configure(path, "none")
    with Brain.open(path) as brain:
        brain.remember_many([MUSIC, *sentences(250)])
    configure(path, "built-in")
    process = python(EMBED, path)
    assert process.stdout
    assert process.stdin
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    process.stdin.write("\n")
    process.stdin.flush()
    for _ in range(portions):
        process.stdout.readline()
    process.kill()
    process.communicate()
    with Brain.open(path) as brain:
        waiting = brain.stats().unembedded
        assert 0 < waiting < 251
        assert brain.embed_waiting() == waiting
        assert brain.recall("musical instruments")[0].memory.content == MUSIC
    assert plain("SELECT count(*) FROM vectors") == [(251,)]
    assert_in_step(path)


# -- any sequence --------------------------------------------------------------------------------------------------

TEXTS = ("violin", "plants", "cats", "violin plants", "plants cats " * 200)
STEPS = st.one_of(
    st.tuples(st.just("remember"), st.sampled_from(TEXTS)),
    st.tuples(st.just("revise"), st.sampled_from(TEXTS)),
    st.tuples(
        st.sampled_from(("tag", "forget", "for good", "undo", "embed one", "embed", "recall", "by hand", "switch"))
    ),
)


def take(brain: Brain, path: Path, step: tuple[str, ...]) -> None:
    """One step, on the newest memory where it is about one."""
    what, text = step[0], step[-1]
    newest = brain.audit(limit=1).memories
    if what == "remember":
        brain.remember(text)
    elif what == "undo":
        brain.undo()
    elif what in ("embed", "embed one"):
        brain.embed_waiting(1 if what == "embed one" else None)
    elif what == "recall":
        brain.recall("fiddle")
    elif newest and what == "revise":
        brain.revise(newest[0].id, content=text)
    elif newest and what == "tag":
        brain.revise(newest[0].id, tags=["tagged"])
    elif newest and what in ("forget", "for good"):
        brain.forget([newest[0].id], for_good=what == "for good")
    elif newest and what == "by hand":
        with closing(sqlite3.connect(path)) as plain, plain:
            plain.execute("UPDATE memories SET content = content || ' by hand' WHERE id = ?", (newest[0].id,))


@settings(max_examples=40)
@given(steps=st.lists(STEPS, min_size=1, max_size=10))
@example(steps=[("remember", "violin"), ("embed",), ("switch",), ("tag",), ("forget",), ("undo",)])
@example(steps=[("remember", "violin"), ("embed",), ("revise", "cats"), ("undo",), ("undo",), ("remember", "cats")])
def test_after_any_changes_every_memory_has_exactly_its_vectors(server: Models, steps: list[tuple[str, ...]]) -> None:
    """Whatever was stored, changed, forgotten, taken back and embedded, also by another model, in whatever order."""
    server.broken = False
    server.meanwhile = lambda texts: None
    with TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        model = "straight"
        configure(path, server.setting(model))
        brain = Brain.open(path)
        for step in steps:
            if step == ("switch",):
                brain.close()
                model = "wide" if model == "straight" else "straight"
                configure(path, server.setting(model))
                brain = Brain.open(path)
            take(brain, path, step)
        brain.remember("cats are last")  # so that the model in use is known to the file
        brain.embed_waiting()
        assert brain.embed_waiting() == 0
        hits = brain.recall("pets")
        brain.close()
        assert "cats are last" in [hit.memory.content for hit in hits]
        assert_in_step(path)
