"""What is asked in an examination was never taught, not even nearly the same words."""

import pytest

from tests.support.shared import SHARED, needs_shared
from workshop.training.data.dataset import WRITTEN, held_out, load_evaluation_texts, load_training_set, load_written
from workshop.training.data.decontaminate import find_near_copies, flag_clean

DATA = SHARED / "data"


def test_the_same_words_with_other_masks_case_and_an_end_of_their_own_are_a_near_copy() -> None:
    taught = ["RT @user: Llevan tres semanas sin recoger la basura en la calle Mayor http", "Otra cosa distinta del todo"]
    asked = "llevan TRES semanas sin recoger la basura en la calle Mayor!! qué vergüenza"
    assert find_near_copies(taught, [asked]) == [(asked, taught[0])]
    assert flag_clean(taught, [asked]) == [False, True]


def test_a_text_about_the_same_thing_in_other_words_may_be_taught() -> None:
    assert find_near_copies(["En la calle Mayor nadie recoge la basura desde hace tres semanas"], ["Tres semanas con basura"]) == []


def test_short_texts_are_copies_only_when_equal() -> None:
    assert flag_clean(["Gracias!", "Muchas gracias"], ["@user gracias"]) == [False, True]


def test_the_posts_we_wrote_as_a_test_are_not_among_those_we_wrote_to_teach() -> None:
    taught = [example.text for example in load_written(WRITTEN)]
    asked = [example.text for example in load_written(WRITTEN, "test")]
    assert len(taught) > 1500
    assert len(asked) > 150
    assert find_near_copies(taught, asked) == []


@needs_shared
@pytest.mark.slow
def test_no_text_of_dev_val_or_test_is_taught() -> None:
    examples = load_training_set(DATA)
    taught = [example.text for example, held in zip(examples, held_out(examples), strict=True) if not held]
    asked = load_evaluation_texts(DATA)
    assert len(asked) > 9000
    assert find_near_copies(taught, asked) == []
