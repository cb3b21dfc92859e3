"""Character n-grams: which rows of the table a text gets; the result never depends on the other texts of the batch."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from nlp.inference.encoder import Encoder
from nlp.inference.model_files import DEFAULT, MODELS
from nlp.text.ngrams import TABLE, gram_logits, gram_rows, normalised
from tests.support.nlp_facts import TEXTS

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(TABLE, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("¡La FAROLA de  Alcalá,  no\nluce!", " la farola de alcala no luce! "),
        ("¿Podrían recogerlo?", " podrian recogerlo? "),
        ("💡💡", "  "),
        ("", "  "),
    ],
)
def test_letters_are_read_without_accents_capitals_and_signs(text: str, read: str) -> None:
    assert normalised(text) == read


def test_case_accents_and_signs_do_not_change_the_rows() -> None:
    assert gram_rows("FAROLA de la Plaza, rota").tolist() == gram_rows("farola  de la plaza rota").tolist()


def test_the_rows_are_those_for_which_the_table_was_trained() -> None:
    assert gram_rows("luz").tolist() == [2762, 17512, 29190, 43862, 68228, 111522]


def test_a_misspelt_word_shares_rows_with_the_right_one_and_another_word_does_not() -> None:
    right, wrong, other = (set(gram_rows(word).tolist()) for word in ("alcantarilla", "alcantariya", "biblioteca"))
    assert len(right & wrong) >= len(right) / 2
    assert len(right & other) == 0


def test_a_text_without_letters_gives_zeros() -> None:
    assert gram_logits(["💡", ""], WEIGHT).tolist() == [[0.0, 0.0, 0.0]] * 2


def test_a_row_counts_once_and_the_sum_is_divided_by_the_root_of_their_number() -> None:
    [rows] = [gram_rows("bache bache bache")]
    expected = WEIGHT[rows].sum(axis=0, dtype=np.float64) / np.sqrt(len(set(rows.tolist())))
    assert gram_logits(["bache bache bache"], WEIGHT)[0] == pytest.approx(expected)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_the_logits_of_a_text_do_not_depend_on_the_batch(texts: list[str]) -> None:
    together = gram_logits(texts, WEIGHT)
    alone = [gram_logits([text], WEIGHT)[0] for text in texts]
    assert together.tobytes() == np.array(alone).tobytes()


def test_every_row_of_a_text_is_in_the_table() -> None:
    rows = np.concatenate([gram_rows(text) for text in TEXTS])
    assert rows.min() >= 0
    assert rows.max() < TABLE


def test_n_grams_of_a_long_text_end_at_the_last_token() -> None:
    long = "De acuerdo con el comentario anterior. " * 60
    [batch] = Encoder(MODELS / DEFAULT, 1).encode([long])
    assert batch.truncated == [True]
    assert long.startswith(batch.read[0])
    assert len(batch.read[0]) == batch.offsets[0][-2][1] < len(long)
