"""A frozen embedded engine is put out of its misery and replaced by the supervisor; nothing else ends with it."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.settings import Settings
from escucha.supervisor import services, state
from escucha.supervisor.processes import Programs
from escucha.supervisor.state import Supervisor
from search.connection.engine import embedded_running, stop_embedded


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Supervisor]:
    settings = Settings(home=tmp_path, search_port=0)
    made = Supervisor(Path("city.toml"), settings, ("archive",), Programs(tmp_path, dict(os.environ)), [])
    yield made
    made.programs.stop()
    stop_embedded(settings)


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
@pytest.mark.parametrize("filled", [0, 1], ids=["filled", "filling fails"])
@pytest.mark.slow
def test_an_engine_that_freezes_or_dies_is_replaced_and_the_rest_goes_on(
    running: Supervisor, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: int, filled: int
) -> None:
    monkeypatch.setattr(services, "CHECK_S", 0.2)
    asked: list[str] = []

    async def finish(self: Supervisor, name: str, command: object, more: object, *, show: bool = False) -> int:
        asked.append(name)
        return filled

    monkeypatch.setattr(state.Supervisor, "run_program", finish)

    async def watch() -> tuple[int, int]:
        looking = asyncio.create_task(services.search_engine(running))
        await running.engine_known.wait()
        first = embedded_running(running.settings)
        assert first is not None
        os.kill(first.engine_pid, number)
        until = time.monotonic() + 120
        while not asked:
            assert time.monotonic() < until
            assert not looking.done()
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        assert not looking.done()
        looking.cancel()
        second = embedded_running(running.settings)
        assert second is not None
        return first.pid, second.pid

    first, second = asyncio.run(watch())
    assert first != second
    assert asked == ["index"]
    said = capfd.readouterr().err
    assert "does not answer: restarting it and rebuilding its index" in said
    assert ("indexing stopped (exit code 1)" in said) is bool(filled)
