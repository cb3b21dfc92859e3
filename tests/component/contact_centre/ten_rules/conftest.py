"""Give the ten rules each contact-centre system in turn."""

import uuid
from collections.abc import Iterator

import pytest

from tests.support.ticket_rig import Rig
from tests.support.ticket_rigs import HTTP_SYSTEMS, SYSTEMS, enter


@pytest.fixture(params=SYSTEMS)
def rig(request: pytest.FixtureRequest, clean_environment: pytest.MonkeyPatch) -> Iterator[Rig]:
    yield from enter(request, clean_environment)


@pytest.fixture(params=HTTP_SYSTEMS)
def http_rig(request: pytest.FixtureRequest, clean_environment: pytest.MonkeyPatch) -> Iterator[Rig]:
    yield from enter(request, clean_environment)


@pytest.fixture
def key() -> str:
    return f"case:{uuid.uuid4().hex[:12]}"
