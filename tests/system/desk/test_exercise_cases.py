"""The exercise of 50 cases does the work it counts, on the desk and by hand."""

import re
import shutil

import pytest

from workshop.exercise_cases.__main__ import main

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium (apt-get install chromium)"),
]


def test_a_part_of_the_exercise_is_worked_both_ways_and_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ESCUCHA_MASTODON_REPLY_SERVER", "ESCUCHA_MASTODON_REPLY_TOKEN"):
        monkeypatch.setenv(name, "")  # set by the exercise, and put back here
    assert main(["--cases", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "done on the desk: 4 cases, 1 merged, 3 answered," in lines[-2]
    assert lines[-1] == "done by hand: 4 posts, 2 rows of the table, 4 replies"
    counted = {line.split()[0]: line.split()[1:] for line in lines[2:7]}
    assert [int(counted["read"][n]) for n in (0, 5)] == [4, 4]
    assert [int(counted["merge"][n]) for n in (0, 5)] == [1, 2]
    clicks, keys = (int(counted["all"][n]) for n in (1, 2))
    by_hand_clicks, by_hand_keys = (int(counted["all"][n]) for n in (6, 7))
    assert (clicks < by_hand_clicks, keys < by_hand_keys) == (True, True)


def test_fifty_cases_take_four_keys_at_the_median_and_twenty_looks_take_twenty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--queue"]) == 0
    queue, looks = capsys.readouterr().out.splitlines()
    cases, median = re.fullmatch(r"queue: (\d+) cases, \d+ keys, median ([\d.]+); .*", queue).groups()  # type: ignore[union-attr]
    assert (int(cases), float(median) <= 4) == (50, True)
    assert looks == "review: 20 looks, 20 keys"
