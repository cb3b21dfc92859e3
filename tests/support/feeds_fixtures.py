"""Provide Madrid's profile and a web server of feeds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.city import City, load_city
from tests.support.feeds_web import Web


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).parents[2] / "cities/madrid.toml")


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server
