"""What lives to the end of the process is not walked by the search for cycles."""

import gc
from collections.abc import Iterator

import pytest

import gazetteer
from core.config.word_lists import city_folder
from core.runtime.garbage_collection import keeping
from tests.support.nlp_facts import madrid


@pytest.fixture(autouse=True)
def searched_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def is_searched(value: object) -> bool:
    return any(one is value for one in gc.get_objects())


def test_what_a_block_makes_is_not_searched() -> None:
    before: list[object] = [[]]
    with keeping():
        made: list[object] = [[]]
        assert is_searched(before)
    assert not is_searched(made)
    assert gc.isenabled()


def test_the_places_of_a_city_are_not_searched() -> None:
    folder = city_folder(madrid())
    assert folder is not None
    found = gazetteer._load.__wrapped__(folder, "Madrid")
    assert not is_searched(found.tree.following)
