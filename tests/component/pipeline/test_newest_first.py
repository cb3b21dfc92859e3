"""A first pass reads the newest posts; the older ones are read behind it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.privacy.pseudonymise import pseudonymise
from ledger import read
from ledger.ingest import cursors, store
from ledger.processing import annotations
from pipeline.run import classify_and_triage
from tests.support.seeded import SALT, open_seeded, raws

NOW = datetime.now(UTC)
DAYS_OLD = 12
"""Of the oldest of the posts, which are six hours apart."""


def test_older_posts_wait_and_the_next_run_reads_them(tmp_path: Path) -> None:
    context = open_seeded(tmp_path, 0, NOW)
    ledger, posts = context.ledger, raws(4 * DAYS_OLD, NOW)
    run = cursors.begin_run(ledger, "archive", NOW)
    cursors.read_cursor(ledger, "archive")
    store.store_page(ledger, run, "archive", [pseudonymise(one, context.city, SALT) for one in posts], [], {"at": 1}, None, NOW)
    cursors.end_run(ledger, run, NOW, "done")
    since = NOW - timedelta(days=5)
    newest = sum(one.created_at >= since for one in posts)

    assert classify_and_triage(context, since)["classified"] == newest
    assert annotations.count_pending(ledger) == len(posts) - newest
    assert {one.created_at >= since for one in read.post_records(ledger, state="classified")} == {True}
    assert classify_and_triage(context)["classified"] == len(posts) - newest
    assert annotations.count_pending(ledger) == 0
    assert all(one.decision != "untriaged" for one in read.post_records(ledger))
    ledger.close()
