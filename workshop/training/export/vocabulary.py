"""Trim the vocabulary to the languages of the product.

The base model has 250,000 pieces of a hundred languages. Kept are the pieces that occur in the training texts or in Debian's word lists
and spelling dictionaries for es, ca, gl, eu, pt, en, fr, it, de, and all single characters, emoji included, so that no text becomes
unreadable. Pieces are chosen by use, not by rank: rank follows the size of languages on the web.
"""

import base64
import io
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import sentencepiece  # type: ignore[import-not-found, unused-ignore]
from numpy.typing import NDArray
from sentencepiece import sentencepiece_model_pb2  # type: ignore[import-not-found, unused-ignore]
from tokenizers import Tokenizer

from workshop.training.train.base_model import BaseModel

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
SPECIAL_SCORE = -100.0
"""Score of the special pieces: a typed `</s>` is split into four characters, never taken as the end of the text."""
WORD_LISTS = (
    *("american-english", "british-english", "spanish", "portuguese", "italian", "french", "ngerman", "catalan"),
    "galician-minimos",
)
DICTIONARIES = ("es_ES", "ca", "gl_ES", "eu", "it_IT", "de_DE", "pt_PT", "pt_BR", "en_US")
PACKAGES = (
    "wamerican wbritish wspanish wportuguese witalian wfrench wngerman wcatalan wgalician-minimos hunspell-es "
    "hunspell-ca hunspell-gl hunspell-eu hunspell-it hunspell-de-de hunspell-pt-pt hunspell-pt-br hunspell-en-us"
)


def choose_pieces(base: BaseModel, texts: Iterable[str], word_lists: Path) -> list[int]:
    """Return the rows of the vocabulary that stay, in base-model order.

    Args:
        base: the full vocabulary.
        texts: training texts.
        word_lists: a folder with `dict/` and `hunspell/`, such as /usr/share.

    Raises:
        FileNotFoundError: a word list is missing; without it the vocabulary would shrink unnoticed.
    """
    tokenizer = make_tokenizer(base.pieces, base.scores)
    used = set(range(len(SPECIAL)))
    for lines in (texts, *load_word_lists(word_lists)):
        for encoding in tokenizer.encode_batch(list(lines)):
            used.update(encoding.ids)
    used.update(row for row, piece in enumerate(base.pieces) if len(piece.removeprefix("▁")) <= 1)
    return sorted(used)


def load_word_lists(folder: Path) -> Iterable[list[str]]:
    """Load the words of each list and dictionary.

    A missing file stops the training.
    """
    for path in [folder / "dict" / name for name in WORD_LISTS]:
        yield load_word_list(path)
    for path in [folder / "hunspell" / f"{name}.dic" for name in DICTIONARIES]:
        yield [line.split("/")[0].split("\t")[0].strip() for line in load_word_list(path)[1:]]


def load_word_list(path: Path) -> list[str]:
    """Load a word list in UTF-8 or, for older dictionaries, Latin-1."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: needed for the vocabulary; apt-get install {PACKAGES}")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return raw.decode("latin-1").splitlines()


def make_tokenizer(pieces: list[str], scores: NDArray[np.float32]) -> Tokenizer:
    """Build an XLM-R tokenizer from these pieces, the four special ones first."""
    whitespace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    special = [
        {"id": row, "content": piece, "single_word": False, "lstrip": False, "rstrip": False} | {"normalized": False, "special": True}
        for row, piece in enumerate(SPECIAL)
    ]
    template = [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    return Tokenizer.from_str(
        json.dumps(
            {
                "version": "1.0",
                "truncation": None,
                "padding": None,
                "added_tokens": special,
                "normalizer": {
                    "type": "Sequence",
                    "normalizers": [
                        {"type": "Precompiled", "precompiled_charsmap": normalisation_table()},
                        {"type": "Replace", "pattern": {"String": "\u200d"}, "content": " "},
                        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
                    ],
                },
                "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, whitespace]},
                "post_processor": {
                    "type": "TemplateProcessing",
                    "single": [*template, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                    "pair": [*template, {"Sequence": {"id": "B", "type_id": 1}}],
                    "special_tokens": {name: {"id": name, "ids": [row], "tokens": [name]} for name, row in (("<s>", 0), ("</s>", 2))},
                },
                "decoder": whitespace,
                "model": {
                    "type": "Unigram",
                    "unk_id": SPECIAL.index("<unk>"),
                    "vocab": [
                        [piece, float(score) if row >= len(SPECIAL) else SPECIAL_SCORE]
                        for row, (piece, score) in enumerate(zip(pieces, scores, strict=True))
                    ],
                    "byte_fallback": False,
                },
            }
        )
    )


def normalisation_table() -> str:
    """Return SentencePiece's nmt_nfkc table from a toy model.

    Every model contains the same table.
    """
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 50),
        model_writer=model,
        vocab_size=12,
        normalization_rule_name="nmt_nfkc",
        hard_vocab_limit=False,
        minloglevel=2,
    )
    proto = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined, unused-ignore]
    proto.ParseFromString(model.getvalue())
    return base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()
