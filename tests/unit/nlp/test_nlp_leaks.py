"""What is asked in an examination was never taught, not even nearly the same words."""

import pytest

from nlp.training.data.dataset import WRITTEN, held_out, read_asked, read_training, read_written
from nlp.training.data.decontaminate import leaks, without_leaks
from tests.support.shared import SHARED, needs_shared

DATA = SHARED / "data"


def test_the_same_words_with_other_masks_case_and_an_end_of_their_own_are_a_near_copy() -> None:
    taught = [
        "RT @user: Llevan tres semanas sin recoger la basura en la calle Mayor http",
        "Otra cosa distinta del todo",
    ]
    asked = "llevan TRES semanas sin recoger la basura en la calle Mayor!! qué vergüenza"
    assert leaks(taught, [asked]) == [(asked, taught[0])]
    assert without_leaks(taught, [asked]) == [False, True]


def test_a_text_about_the_same_thing_in_other_words_may_be_taught() -> None:
    assert (
        leaks(["En la calle Mayor nadie recoge la basura desde hace tres semanas"], ["Tres semanas con basura"]) == []
    )


def test_short_texts_are_copies_only_when_equal() -> None:
    assert without_leaks(["Gracias!", "Muchas gracias"], ["@user gracias"]) == [False, True]


def test_the_posts_we_wrote_as_a_test_are_not_among_those_we_wrote_to_teach() -> None:
    taught = [example.text for example in read_written(WRITTEN)]
    asked = [example.text for example in read_written(WRITTEN, "test")]
    assert len(taught) > 1500
    assert len(asked) > 150
    assert leaks(taught, asked) == []


@needs_shared
@pytest.mark.slow
def test_no_text_of_dev_val_or_test_is_taught() -> None:
    examples = read_training(DATA)
    taught = [example.text for example, held in zip(examples, held_out(examples), strict=True) if not held]
    asked = read_asked(DATA)
    assert len(asked) > 9000
    assert leaks(taught, asked) == []
