"""Kill Escucha with SIGKILL at every step boundary and at seeded times: after a restart nothing is lost and nothing doubled.

`make fault` runs this; ESCUCHA_FAULT_SEEDS sets how many random times (default 20; CI takes fewer).
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config.settings import Settings
from search.connection.engine import stop_embedded
from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile

pytestmark = pytest.mark.slow

POSTS = 600
POINTS = (
    "collect.read",
    "collect.stored",
    "classify.claimed",
    "classify.read",
    "classify.stored",
    "triage.decided",
    "triage.stored",
    "index.claimed",
    "index.written",
    "index.stored",
)
GENERATION_POINTS = ("index.generation.begun", "index.generation.equal", "index.generation.switched", "index.generation.listed")
SEEDS = int(os.environ.get("ESCUCHA_FAULT_SEEDS", "20"))


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    posts = tmp_path / "posts.jsonl"
    write_posts(posts, POSTS)
    home = tmp_path / "home"
    made = environment(home, write_profile(tmp_path, posts))
    yield made
    stop_embedded(Settings(home=home))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the ledger holds after a pass that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    write_posts(folder / "posts.jsonl", POSTS)
    env = environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))
    escucha("run", env=env)
    whole = outcome(env)
    stop_embedded(Settings(home=folder / "home"))
    return whole


def outcome(env: dict[str, str]) -> dict[str, Any]:
    """Counts that do not depend on the salt: how many posts, what was decided, how the cases are made up."""
    posts = [json.loads(line) for line in escucha("export", "posts", env=env).stdout.splitlines()]
    cases = [json.loads(line) for line in escucha("export", "cases", env=env).stdout.splitlines()]
    return {
        "posts": sorted((p["text"], p["topic"], p["actionable"]) for p in posts),
        "cases": sorted((c["topic"], len(c["posts"])) for c in cases),
    }


def finish(env: dict[str, str]) -> None:
    escucha("run", env=env)
    verified = escucha("verify", "--json", env=env, check=False)
    lines = json.loads(verified.stdout)
    assert [line for line in lines["lines"] if line["ok"] is False] == []
    assert verified.returncode == 0


def finish_and_compare(env: dict[str, str], undisturbed: dict[str, object]) -> None:
    finish(env)
    assert outcome(env) == undisturbed


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_step_boundary_loses_and_doubles_nothing(
    point: str, nth: int, env: dict[str, str], undisturbed: dict[str, object]
) -> None:
    killed = escucha("run", env=env | {"ESCUCHA_FAULT_AT": f"{point}:{nth}"}, check=False)
    if nth == 1:
        assert killed.returncode == -signal.SIGKILL, f"the pass never came to {point}"
    finish_and_compare(env, undisturbed)


def test_a_killed_rebuild_is_finished_by_two_workers_and_never_doubled(env: dict[str, str]) -> None:
    """One home: each point kills one rebuild, and the next two runs finish it."""
    finish(env)
    for number, point in enumerate(GENERATION_POINTS, start=2):
        killed = escucha("index", "--rebuild", env=env | {"ESCUCHA_FAULT_AT": f"{point}:1"}, check=False)
        assert killed.returncode == -signal.SIGKILL, f"the rebuild never came to {point}"
        command = [sys.executable, "-m", "escucha.cli", "index"]
        both = [subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.DEVNULL) for _ in range(2)]
        assert [one.wait() for one in both] == [0, 0]
        verified = json.loads(escucha("verify", "--json", env=env).stdout)["lines"]
        assert [line for line in verified if line["ok"] is False] == []
        (name,) = [line["name"] for line in verified if line["name"].startswith("index generation")]
        assert name.startswith(f"index generation g{number}-"), "exactly one new generation a rebuild"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_kill_at_any_time_loses_and_doubles_nothing(seed: int, env: dict[str, str], undisturbed: dict[str, object]) -> None:
    command = [sys.executable, "-m", "escucha.cli", "run"]
    running = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.Random(seed).uniform(0.2, 12.0))  # noqa: S311
    running.kill()
    running.wait()
    finish_and_compare(env, undisturbed)


def test_two_workers_at_once_do_nothing_twice(env: dict[str, str], undisturbed: dict[str, object]) -> None:
    """Which post is the first of its incident, and so gives the case its topic, depends on who reads faster; nothing else does."""
    command = [sys.executable, "-m", "escucha.cli", "run"]
    both = [subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert all(one.wait() in (0, 1) for one in both)
    finish(env)
    whole = outcome(env)
    assert whole["posts"] == undisturbed["posts"]
    assert sizes(whole) == sizes(undisturbed)


def sizes(whole: dict[str, Any]) -> list[int]:
    """How many posts each case has."""
    return sorted(posts for _, posts in whole["cases"])
