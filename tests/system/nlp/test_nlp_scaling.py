"""Several readers on one ledger: every post is read by one of them, and gets the labels that one reader alone would give it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile

POSTS, READERS = 160, 3
READER = """
import json, os, sys
from pathlib import Path
from core.config.settings import load_settings
from pipeline.steps import classify
from pipeline.context import open_context
classify.BATCH = 16
with open_context(Path(os.environ["ESCUCHA_CITY"]), load_settings()) as context:
    context.annotator
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(classify.classify(context)))
"""
LABELS = """
import json, os
from pathlib import Path
from core.config.settings import load_settings
from ledger.read.posts.queries import post_records
from pipeline.context import open_context
with open_context(Path(os.environ["ESCUCHA_CITY"]), load_settings()) as context:
    found = post_records(context.ledger, limit=1000)
    print(json.dumps({one.post_id: one.model_dump(mode="json", exclude={"received_at", "delay_hours"}) for one in found}))
"""


def read_at_once(env: dict[str, str], readers: int) -> list[int]:
    """How many posts each of these processes read, all of them let go at the same moment."""
    command = [sys.executable, "-c", READER]
    started = [
        subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(readers)
    ]
    try:
        for one in started:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in started:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        return [json.loads(one.communicate(timeout=300)[0])["classified"] for one in started]
    finally:
        for one in started:
            one.kill()
            one.wait()


def labels(env: dict[str, str]) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", LABELS], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_three_readers_share_the_posts_and_give_the_labels_of_one(tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    write_posts(posts, POSTS)
    profile = write_profile(tmp_path, posts)
    read = {}
    for name, readers in (("alone", 1), ("shared", READERS)):
        env = environment(tmp_path / name, profile, ESCUCHA_SALT="0123456789abcdef", ESCUCHA_THREADS="1")
        escucha("collect", env=env)
        counts = read_at_once(env, readers)
        assert sum(counts) == POSTS
        assert min(counts) > 0
        read[name] = labels(env)
    assert len(read["alone"]) == POSTS
    assert read["shared"] == read["alone"]
