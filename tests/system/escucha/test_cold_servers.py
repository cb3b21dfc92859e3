"""A server that was just started, and forty visitors at once: each thing is loaded once, not once for each of them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.component.deploy.test_deploy import ceilings
from tests.support.served import Served, serve

VISITORS = 40
"""As many as a server's threads."""
MORE = 1.2
"""Memory that forty visitors may take, over that of one: their threads, and what their answers need for a moment."""

ROOM = 2
"""The ceiling of its unit (deploy/systemd) is at least so many times that."""


def visit(served: Served, path: str, visitors: int) -> set[int]:
    """Ask for a page that often at once; return the statuses."""

    def ask(_: int) -> int:
        return httpx.get(f"{served.address}{path}", timeout=300, trust_env=False).status_code

    with ThreadPoolExecutor(visitors) as pool:
        return set(pool.map(ask, range(visitors)))


@pytest.mark.parametrize(
    ("command", "path"), [("portal", "/report"), ("portal", "/ask?q=farola"), ("desk", "/map"), ("desk", "/search?q=farola")]
)
def test_forty_visitors_of_a_cold_server_take_the_memory_of_one(tmp_path: Path, command: str, path: str) -> None:
    memory = {}
    for visitors in (1, VISITORS):
        folder = tmp_path / str(visitors)
        folder.mkdir()
        with serve(folder, command) as served:
            assert visit(served, path, visitors) == {200}, served.said()
            memory[visitors] = served.memory_mb()
    assert memory[VISITORS] < MORE * memory[1], f"MB by visitors at once: {memory}"
    assert memory[VISITORS] < int(ceilings()[command].removesuffix("G")) * 1000 / ROOM
