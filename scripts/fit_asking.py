"""Fit the matrix that turns a question's vector to where its answers lie.

    pip install -e .
    python scripts/fit_asking.py           # writes embed/model/asking.npy and its hash in model.json, in a minute
    python scripts/fit_asking.py --try     # writes nothing: fits on nine projects in ten and asks the others

The embedding model was trained to bring together texts that mean the same. A question and the note that answers it do
not mean the same, and a question that shares all its subject with a note may ask for something else. So a matrix is
learned for questions alone; what is stored keeps its vector: asked = unit(q + q W).

What it learns from is `asking/notes.jsonl`, written by hand for this: notes of a good sixty projects as developers
store them, each with two questions in other words, an everyday one, and two of the same neighbourhood that nothing in
the project answers. The loss of a project's questions is, for those with an answer, the cross entropy of the answering
note among all notes of the project, and for all of them the logistic loss of the nearest note's cosine (of the
answering note's, where there is one): is there an answer? Questions of other projects are asked in vain, too. Each step
sees all projects; numbers of the question are dropped at random, so that no few of them decide. Adam with decoupled
weight decay (Loshchilov and Hutter, 2019), from zero.

The same machine makes the same bytes; another one may round differently in the last digit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neural_memory.embed.asking import ASKING
from neural_memory.embed.minilm import FOLDER, MiniLM

NOTES = Path(__file__).parent / "asking" / "notes.jsonl"
STEPS, RATE, DECAY, DROPPED = 200, 1e-3, 0.1, 0.3
SHARP = 20.0
"""What a cosine is multiplied by in the cross entropy."""
STRANGERS = 12
"""Questions of other projects that each project is asked in a step."""

Array = Any  # float32 array


@dataclass
class Project:
    """notes, questions: their vectors; answers: the note that answers each question, -1 for none."""

    notes: Array
    questions: Array
    answers: Array


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--try", action="store_true", dest="only_try", help="write nothing, ask projects left out")
    options = parser.parse_args()
    projects = list(embedded(NOTES))
    if options.only_try:
        left_out = projects[::10]
        matrix = fit([project for at, project in enumerate(projects) if at % 10])
        for name, turn in (("as it is", np.zeros_like(matrix)), ("turned", matrix)):
            told = measure(left_out, turn)
            print(f"{name:10}", "  ".join(f"{what} {value:.3f}" for what, value in told.items()))
        return
    matrix = fit(projects)
    np.save(FOLDER / ASKING, matrix.astype(np.float16))
    content, record = (FOLDER / ASKING).read_bytes(), json.loads((FOLDER / "model.json").read_text("ascii"))
    record["files"][ASKING] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (FOLDER / "model.json").write_text(json.dumps(record, indent=2) + "\n", encoding="ascii")
    print(json.dumps(record["files"][ASKING]))


def embedded(path: Path) -> Iterator[Project]:
    """The projects of a file of notes, in vectors."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        rows.setdefault(row["project"], []).append(row)
    model = MiniLM()
    for notes in rows.values():
        asked = [
            (text, at if kind != "unanswered" else -1)
            for at, row in enumerate(notes)
            for kind in ("otherwise", "everyday", "unanswered")
            for text in row[kind]
        ]
        yield Project(
            model.embed([row["memory"] for row in notes]),
            model.embed([text for text, _ in asked]),
            np.array([at for _, at in asked]),
        )


def fit(projects: Sequence[Project], steps: int = STEPS, seed: int = 0) -> Array:
    """The matrix, [384, 384]."""
    random = np.random.default_rng(seed)
    width = projects[0].notes.shape[1]
    matrix, (scale, border) = np.zeros((width, width), np.float32), np.array([12.0, -0.35])
    adam, adam_few = Adam(RATE, DECAY), Adam(10 * RATE, 0.0)
    for _ in range(steps):
        slope, slope_few = np.zeros_like(matrix), np.zeros(2)
        for at, project in enumerate(projects):
            other = projects[(at + 1 + random.integers(len(projects) - 1)) % len(projects)]
            strangers = other.questions[random.choice(len(other.questions), STRANGERS, replace=False)]
            questions = np.vstack([project.questions, strangers])
            answers = np.concatenate([project.answers, np.full(STRANGERS, -1)])
            kept = random.random(questions.shape, np.float32) >= DROPPED
            one, few = slopes(matrix, scale, border, questions * kept / (1 - DROPPED), project.notes, answers)
            share = len(answers) ** 0.5 / len(projects)
            slope += share * one
            slope_few += share * few
        matrix = adam.step(matrix, slope)
        scale, border = adam_few.step(np.array([scale, border]), slope_few)
    return matrix


def slopes(
    matrix: Array, scale: float, border: float, questions: Array, notes: Array, answers: Array
) -> tuple[Array, Array]:
    """The derivatives of a project's loss by the matrix, and by (scale, border) of the logistic part."""
    turned = questions + questions @ matrix
    lengths = np.linalg.norm(turned, axis=1, keepdims=True)
    unit = turned / lengths
    cosines = unit @ notes.T
    rows = np.arange(len(answers))
    has = answers >= 0
    by_cosine = np.zeros_like(cosines)
    likely = np.exp(SHARP * (cosines[has] - cosines[has].max(1, keepdims=True)))
    likely /= likely.sum(1, keepdims=True)
    likely[np.arange(has.sum()), answers[has]] -= 1
    by_cosine[has] = SHARP * likely / has.sum()
    nearest = np.where(has, answers, cosines.argmax(1))
    cosine = cosines[rows, nearest]
    wrong = (1 / (1 + np.exp(-scale * (cosine + border))) - has) / len(answers)
    by_cosine[rows, nearest] += scale * wrong
    by_unit = by_cosine @ notes
    by_turned = (by_unit - unit * (unit * by_unit).sum(1, keepdims=True)) / lengths
    return questions.T @ by_turned, np.array([(wrong * (cosine + border)).sum(), (wrong * scale).sum()])


class Adam:
    """Adam with decoupled weight decay."""

    def __init__(self, rate: float, decay: float) -> None:
        self.rate, self.decay, self.count = rate, decay, 0
        self.mean: Array = 0.0
        self.square: Array = 0.0

    def step(self, values: Array, slope: Array) -> Array:
        self.count += 1
        self.mean = 0.9 * self.mean + 0.1 * slope
        self.square = 0.999 * self.square + 0.001 * slope**2
        mean, square = self.mean / (1 - 0.9**self.count), self.square / (1 - 0.999**self.count)
        moved = values * (1 - self.rate * self.decay) - self.rate * mean / (np.sqrt(square) + 1e-8)
        return moved.astype(np.asarray(values).dtype)


def measure(projects: Sequence[Project], matrix: Array) -> dict[str, float]:
    """first, first_five: how often the answering note is among the first; area: how often a question with an answer
    has a nearer note than one without (the area under the curve)."""
    places, with_answer, without = [], [], []
    for project in projects:
        turned = project.questions + project.questions @ matrix
        cosines = turned / np.linalg.norm(turned, axis=1, keepdims=True) @ project.notes.T
        has = project.answers >= 0
        own = cosines[has, project.answers[has]]
        places += (cosines[has] > own[:, None]).sum(1).tolist()
        with_answer += cosines[has].max(1).tolist()
        without += cosines[~has].max(1).tolist()
    apart = np.subtract.outer(with_answer, without)
    return {
        "first": float(np.mean(np.array(places) < 1)),
        "first_five": float(np.mean(np.array(places) < 5)),
        "area": float(np.mean((apart > 0) + 0.5 * (apart == 0))),
    }


if __name__ == "__main__":
    main()
