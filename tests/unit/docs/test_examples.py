"""Run every example (`>>>`) in the docstrings of the code."""

import doctest
from importlib import import_module

import pytest

from core.config.plugins import ROOT
from tests.unit.docs.test_prose import ROOMS, files

MODULES = sorted(
    str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
    for room in ROOMS
    for path in files(room)
    if ">>> " in path.read_text(encoding="utf-8")
)
FEWEST = 60
"""Public functions with an example, at least: the first that a contributor calls."""


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name: str) -> None:
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"needs {error.name}: `make torch`")
    failed, tried = doctest.testmod(module)
    assert failed == 0
    assert tried > 0


def test_there_are_examples_in_every_room_that_is_called_from_outside() -> None:
    assert len(MODULES) >= FEWEST
