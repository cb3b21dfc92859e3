"""What citizens replied to "was it solved?" is in the report with its number, from five replies on."""

from datetime import timedelta
from pathlib import Path

import pytest

from ledger import read
from ledger.answers import votes
from reports.build.aggregate import count
from reports.build.period import last_closed
from reports.document.summary import figures
from tests.support.report_facts import CITY, NOW, small_ledger

WEEK = last_closed("0 7 * * MON", CITY.zone, NOW)


@pytest.mark.parametrize(("replies", "shown"), [(5, "80% (4/5)"), (4, None)])
def test_the_share_solved_with_its_number(tmp_path: Path, replies: int, shown: str | None) -> None:
    ledger = small_ledger(tmp_path)
    keys = sorted(case.case_key for case in read.case_records(ledger) if case.state != "merged")[:replies]
    for n, key in enumerate(keys):
        for late in (False, True):  # one in the week, one after its end that the report does not count
            at = WEEK.end + timedelta(hours=1 if late else -1)
            reply = votes.Reply(post_id=f"{key}-{late}", answer_key=f"A-{key}-{late}", case_key=key, at=at, in_case=False)
            assert votes.store_vote(ledger, reply, n > 0, NOW, timedelta(0))
    numbers = count(ledger, CITY.zone, WEEK)
    ledger.close()
    assert (numbers.replies, numbers.solved) == (replies, replies - 1)
    found = {one.label: one.value for one in figures(numbers, "en")}
    assert found.get("Solved, say citizens") == shown
