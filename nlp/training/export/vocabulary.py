"""Which pieces of words the reader knows: those that the languages of our cities use, and every single character.

The carrier knows 250,000 pieces of a hundred languages. Kept are the pieces that occur in the training texts or in the
word lists and spelling dictionaries of Debian for es, ca, gl, eu, pt, en, fr, it, de, and all single characters, emoji
among them, so that no text becomes unreadable. Cut by use, not by rank: rank follows the size of languages on the web.
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

from nlp.training.train.base_model import Carrier

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
NEVER = -100.0
"""Score of the special pieces: a `</s>` that somebody typed is read as four characters, never as the end of the text."""
WORD_LISTS = (
    *("american-english", "british-english", "spanish", "portuguese", "italian", "french", "ngerman", "catalan"),
    "galician-minimos",
)
DICTIONARIES = ("es_ES", "ca", "gl_ES", "eu", "it_IT", "de_DE", "pt_PT", "pt_BR", "en_US")
PACKAGES = (
    "wamerican wbritish wspanish wportuguese witalian wfrench wngerman wcatalan wgalician-minimos hunspell-es "
    "hunspell-ca hunspell-gl hunspell-eu hunspell-it hunspell-de-de hunspell-pt-pt hunspell-pt-br hunspell-en-us"
)


def keep_pieces(carrier: Carrier, texts: Iterable[str], words: Path) -> list[int]:
    """The rows of the vocabulary that stay, in the carrier's order.

    Args:
        carrier: the full vocabulary.
        texts: what people write.
        words: a folder with `dict/` and `hunspell/`, such as /usr/share.
    """
    tokenizer = make_tokenizer(carrier.pieces, carrier.scores)
    used = set(range(len(SPECIAL)))
    for lines in (texts, *read_word_lists(words)):
        for encoding in tokenizer.encode_batch(list(lines)):
            used.update(encoding.ids)
    used.update(row for row, piece in enumerate(carrier.pieces) if len(piece.removeprefix("▁")) <= 1)
    return sorted(used)


def read_word_lists(folder: Path) -> Iterable[list[str]]:
    """The words of each list and dictionary; a missing one stops the training, or the vocabulary would shrink unseen."""
    for path in [folder / "dict" / name for name in WORD_LISTS]:
        yield read_lines(path)
    for path in [folder / "hunspell" / f"{name}.dic" for name in DICTIONARIES]:
        yield [line.split("/")[0].split("\t")[0].strip() for line in read_lines(path)[1:]]


def read_lines(path: Path) -> list[str]:
    """The lines of a word list, in UTF-8 or, as older dictionaries are, Latin-1."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: needed for the vocabulary; apt-get install {PACKAGES}")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return raw.decode("latin-1").splitlines()


def make_tokenizer(pieces: list[str], scores: NDArray[np.float32]) -> Tokenizer:
    """A tokenizer of the XLM-R kind over these pieces; the first four are the special ones."""
    whitespace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    special = [
        {"id": row, "content": piece, "single_word": False, "lstrip": False, "rstrip": False}
        | {"normalized": False, "special": True}
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
                        {"type": "Precompiled", "precompiled_charsmap": charsmap()},
                        {"type": "Replace", "pattern": {"String": "\u200d"}, "content": " "},
                        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
                    ],
                },
                "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, whitespace]},
                "post_processor": {
                    "type": "TemplateProcessing",
                    "single": [*template, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                    "pair": [*template, {"Sequence": {"id": "B", "type_id": 1}}],
                    "special_tokens": {
                        name: {"id": name, "ids": [row], "tokens": [name]} for name, row in (("<s>", 0), ("</s>", 2))
                    },
                },
                "decoder": whitespace,
                "model": {
                    "type": "Unigram",
                    "unk_id": SPECIAL.index("<unk>"),
                    "vocab": [
                        [piece, float(score) if row >= len(SPECIAL) else NEVER]
                        for row, (piece, score) in enumerate(zip(pieces, scores, strict=True))
                    ],
                    "byte_fallback": False,
                },
            }
        )
    )


def charsmap() -> str:
    """SentencePiece's table of the normalisation nmt_nfkc, taken from a toy model: every model carries the same one."""
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
