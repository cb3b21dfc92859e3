"""Makes the two files that read: the tokenizer with its trimmed vocabulary, and the encoder in eight bits."""

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
from nlp.training.data.example import Example, read_lines
from nlp.training.export.onnx_encoder import Given, draw
from nlp.training.export.quantise import Scale, Seen, choose_scale
from nlp.training.export.vocabulary import keep_pieces, make_tokenizer
from nlp.training.train.base_model import Carrier
from nlp.training.train.network import POOLED, STATES

GIVEN = Given(pooled=POOLED, states=STATES)
CALIBRATION_TEXTS = 800
EVERY = 9
"""Of the tokens that flow through, one in so many is kept to choose the scales on."""


def build_encoder(carrier: Carrier, rows: list[int], examples: Sequence[Example], folder: Path) -> None:
    """Write `tokenizer.json` with these rows of the vocabulary, and `encoder.onnx`."""
    tokenizer = make_tokenizer([carrier.pieces[row] for row in rows], carrier.scores[rows])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    rng = random.Random(0)  # noqa: S311 - a sample, not a secret
    guided = [example.text for example in examples if example.places is not None]
    others = [example.text for example in examples if example.origin.startswith("umsab")]
    texts = rng.sample(guided, CALIBRATION_TEXTS * 3 // 4) + rng.sample(others, CALIBRATION_TEXTS // 4)
    scales = find_scales(carrier, rows, tokenizer, texts)
    onnx.save(draw(carrier, rows, scales, GIVEN), folder / "encoder.onnx")


def build_reference(carrier: Carrier, model: Path, folder: Path) -> None:
    """Write the encoder of this model in plain 32-bit numbers, with its tokenizer: the yardstick, never shipped."""
    shutil.copy(model / "tokenizer.json", folder)
    onnx.save(draw(carrier, known_rows(carrier, model), None, GIVEN), folder / "encoder.onnx")


def known_rows(carrier: Carrier, folder: Path) -> list[int]:
    """The rows of the carrier's vocabulary that a model's tokenizer has kept."""
    index = {piece: row for row, piece in enumerate(carrier.pieces)}
    vocabulary = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    return [index[piece] for piece, _ in sorted(vocabulary.items(), key=lambda item: item[1])]


def trimmed_rows(carrier: Carrier, data: Path, words: Path) -> list[int]:
    """The rows that our languages use, found anew."""
    return keep_pieces(carrier, read_texts(data), words)


def read_texts(data: Path) -> list[str]:
    """What people write in our languages: every text that may train, labelled or not; never a dev or test split."""
    files = [path for path in sorted(data.glob("*/*.jsonl")) if path.stem.split("_")[-1] not in ("dev", "val", "test")]
    rows = [row for path in files if path.parent.name != "mumbai_en" for row in read_lines(path)]
    return [f"{row.get('title') or ''} {row['text']}" for row in rows]


def find_scales(carrier: Carrier, rows: list[int], tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, Scale]:
    """The eight-bit scale of every matrix product, chosen on what flows through the plain encoder."""
    graph = draw(carrier, rows, None, GIVEN, taps=True)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    taps = [output.name for output in session.get_outputs()][2:]
    flows: dict[str, list[Seen]] = {tap: [] for tap in taps}
    for feed in feeds(tokenizer, texts):
        for tap, values in zip(taps, session.run(taps, feed), strict=True):
            real = values[feed["mask"] > 0]
            flows[tap].append(Seen(real[::EVERY].copy(), real.min(axis=0), real.max(axis=0)))
    scales = {}
    for tap, (key, names) in zip(taps, products(carrier), strict=True):
        weights = np.concatenate([carrier.matrices[f"{name}.w"] for name in names]).T
        scales[key] = choose_scale(join(flows[tap]), weights)
    return scales


def products(carrier: Carrier) -> Iterator[tuple[str, list[str]]]:
    """Key and matrices of every matrix product, in the order in which the graph draws them."""
    for layer in range(carrier.layers):
        at = f"l{layer}."
        yield at + "q", [at + "q", at + "k", at + "v"]
        for name in ("ao", "fi", "fo"):
            yield at + name, [at + name]


def join(parts: Sequence[Seen]) -> Seen:
    """What was seen in several batches, as one."""
    return Seen(
        rows=np.concatenate([part.rows for part in parts]),
        low=np.min([part.low for part in parts], axis=0),
        high=np.max([part.high for part in parts], axis=0),
    )


def feeds(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
    """The texts as inputs of the graph."""
    tokenizer.enable_truncation(MAX_TOKENS)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    for rows, length in group_by_length([len(row) for row in ids]):
        padded = np.ones((len(rows), length), np.int64)
        mask = np.zeros((len(rows), length), np.int32)
        for at, row in enumerate(rows):
            padded[at, : len(ids[row])] = ids[row]
            mask[at, : len(ids[row])] = 1
        yield {"ids": padded, "mask": mask}
