"""Load the model's tokenizer, with or without transformers."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelError

if TYPE_CHECKING:  # half a second to import: only training and the bench need it
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

MAX_TOKENS = 128
"""Of one window. Longer posts are truncated and marked; the sample's posts have 85 tokens on average."""
SPECIAL_TOKENS = 2
"""At both ends of what is encoded."""
FILE = "tokenizer.json"


def open_tokenizer(folder: Path) -> "Tokenizer":
    """Load the tokenizer for inference with the tokenizers library alone.

    It truncates nothing: how much of a text is read depends on where it comes from.

    Raises:
        ModelError: the file cannot be loaded as a tokenizer.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / FILE))
    except Exception as error:  # the library raises bare exceptions only
        raise ModelError(f"{folder / FILE}: cannot be loaded as a tokenizer ({error}); restore nlp/models") from None
    tokenizer.encode_special_tokens = True  # a `</s>` in a post is text, not a control token
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def load_tokenizer(folder: Path) -> "PreTrainedTokenizerFast":
    """Load the same tokenizer wrapped by transformers, for training and the bench."""
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")  # it would advise users to install torch
    from transformers import PreTrainedTokenizerFast

    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(folder / FILE), **special
    )
    tokenizer.split_special_tokens = True
    return tokenizer
