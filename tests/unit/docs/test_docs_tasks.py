"""The documented clicks and keys of everyday tasks are within the limits that their tests hold."""

import re
from pathlib import Path

from tests.support.desk_tasks import TASKS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "posts.md"


def test_the_table_names_every_task_with_numbers_within_its_limits() -> None:
    rows = re.findall(r"^\| (.+) \| (\d+) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {task for task, _, _ in rows} == set(TASKS)
    for task, clicks, keys in rows:
        assert int(clicks) <= TASKS[task].clicks, task
        assert int(keys) <= TASKS[task].keys, task
