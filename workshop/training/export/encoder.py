"""Export tokenizer (trimmed vocabulary) and encoder (eight bits) of a trained model."""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from tokenizers import Tokenizer

from nlp.inference.encoder import group_by_length
from nlp.inference.tokenizer import MAX_TOKENS
from workshop.training.data.decide_madrid import ORIGIN, load_texts
from workshop.training.data.example import Example
from workshop.training.data.sources import PUBLIC, load_rows
from workshop.training.export.onnx_encoder import OutputLayers, build_graph
from workshop.training.export.quantise import Activations, Scale, choose_scale
from workshop.training.export.vocabulary import choose_pieces, make_tokenizer
from workshop.training.train.base_model import BaseModel
from workshop.training.train.network import POOLED, STATES

OUTPUT_LAYERS = OutputLayers(pooled=POOLED, states=STATES)
CALIBRATION_TEXTS = 800
SAMPLE_EVERY = 9
"""One token in nine is sampled to choose the scales."""


def build_encoder(base: BaseModel, rows: list[int], examples: Sequence[Example], folder: Path) -> None:
    """Write `tokenizer.json` with these rows of the vocabulary, and `encoder.onnx`."""
    tokenizer = make_tokenizer([base.pieces[row] for row in rows], base.scores[rows])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    rng = random.Random(0)  # noqa: S311 - a sample, not a secret
    guided = [example.text for example in examples if example.places is not None]
    tweets = [example.text for example in examples if example.origin.startswith("umsab")]
    others = tweets or [example.text for example in examples if not example.guided and "sentiment" in example.answers]
    texts = rng.sample(guided, CALIBRATION_TEXTS * 3 // 4) + rng.sample(others, CALIBRATION_TEXTS // 4)
    scales = find_scales(base, rows, tokenizer, texts)
    onnx.save(build_graph(base, rows, scales, OUTPUT_LAYERS), folder / "encoder.onnx")


def build_reference(base: BaseModel, model: Path, folder: Path) -> None:
    """Write the encoder in 32-bit floats as the reference; never shipped."""
    shutil.copy(model / "tokenizer.json", folder)
    onnx.save(build_graph(base, shipped_rows(base, model), None, OUTPUT_LAYERS), folder / "encoder.onnx")


def shipped_rows(base: BaseModel, folder: Path) -> list[int]:
    """Return the base vocabulary's rows that a model's tokenizer has kept."""
    index = {piece: row for row, piece in enumerate(base.pieces)}
    vocabulary = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    return [index[piece] for piece, _ in sorted(vocabulary.items(), key=lambda item: item[1])]


def choose_rows(base: BaseModel, data: Path, word_lists: Path) -> list[int]:
    """Choose the rows of the vocabulary that the product's languages use."""
    return choose_pieces(base, load_vocabulary_texts(data), word_lists)


def load_vocabulary_texts(data: Path) -> list[str]:
    """Load all training texts, labelled or not; no evaluation split."""
    found = {path.relative_to(folder).as_posix().removesuffix(".gz") for folder in (data, PUBLIC) for path in folder.glob("*/*.jsonl*")}
    names = [name for name in sorted(found) if not name.startswith("mumbai_en/")]
    train = [name for name in names if name.removesuffix(".jsonl").split("/")[1].split("_")[-1] not in ("dev", "val", "test")]
    rows = [row for name in train for row in load_rows(data, name) if "text" in row]
    sample = [] if (data / ORIGIN).is_dir() else [*load_texts(data).values()]
    return [*(f"{row.get('title') or ''} {row['text']}" for row in rows), *sample]


def find_scales(base: BaseModel, rows: list[int], tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, Scale]:
    """Choose the eight-bit scale of every matrix product from real activations."""
    graph = build_graph(base, rows, None, OUTPUT_LAYERS, taps=True)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    taps = [output.name for output in session.get_outputs()][2:]
    flows: dict[str, list[Activations]] = {tap: [] for tap in taps}
    for feed in encode_batches(tokenizer, texts):
        for tap, values in zip(taps, session.run(taps, feed), strict=True):
            real = values[feed["mask"] > 0]
            flows[tap].append(Activations(real[::SAMPLE_EVERY].copy(), real.min(axis=0), real.max(axis=0)))
    scales = {}
    for tap, (key, names) in zip(taps, matrix_products(base), strict=True):
        weights = np.concatenate([base.matrices[f"{name}.w"] for name in names]).T
        scales[key] = choose_scale(concatenate(flows[tap]), weights)
    return scales


def matrix_products(base: BaseModel) -> Iterator[tuple[str, list[str]]]:
    """List key and matrices of every matrix product, in graph order."""
    for layer in range(base.layers):
        at = f"l{layer}."
        yield at + "q", [at + "q", at + "k", at + "v"]
        for name in ("ao", "fi", "fo"):
            yield at + name, [at + name]


def concatenate(parts: Sequence[Activations]) -> Activations:
    """Concatenate the activation samples of several batches."""
    return Activations(
        rows=np.concatenate([part.rows for part in parts]),
        low=np.min([part.low for part in parts], axis=0),
        high=np.max([part.high for part in parts], axis=0),
    )


def encode_batches(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
    """Encode the texts as batches of graph inputs."""
    tokenizer.enable_truncation(MAX_TOKENS)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    for rows, length in group_by_length([len(row) for row in ids]):
        padded = np.ones((len(rows), length), np.int64)
        mask = np.zeros((len(rows), length), np.int32)
        for at, row in enumerate(rows):
            padded[at, : len(ids[row])] = ids[row]
            mask[at, : len(ids[row])] = 1
        yield {"ids": padded, "mask": mask}
