"""Benchmarks that are run by hand work with the product as it is today."""

import os
import subprocess
import sys

import pytest

from core.config.plugins import ROOT
from workshop.bench.desk import PAGES


def printed(program: str, *options: str) -> list[str]:
    """Run a benchmark at a size that says nothing, and return its lines."""
    embedded = {**os.environ, "ESCUCHA_TEST_POSTGRES": "", "ESCUCHA_BENCH_ENGINE": ""}
    done = subprocess.run(
        [sys.executable, "-m", f"workshop.bench.{program}", *options],
        cwd=ROOT,
        env=embedded,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.mark.slow
def test_the_benchmark_of_the_desk_opens_every_page() -> None:
    lines = printed("desk", "--posts", "3000", "--rounds", "1")
    measured = [line.split(":")[0].strip() for line in lines if "wall p50" in line]
    assert measured == [name for name, _ in PAGES]


@pytest.mark.slow
def test_the_benchmark_of_the_search_engine_asks_every_query() -> None:
    lines = printed("search", "--posts", "100", "--rounds", "1")
    assert sum(" ms, p95 " in line for line in lines) >= 10, lines
