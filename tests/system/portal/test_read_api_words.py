"""Test the words of the read API with the embedded search engine."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger import read
from pipeline import all_steps as steps
from search.connection.engine import stop_embedded
from tests.support.portal_facts import bearer, client_of
from tests.support.seeded import open_seeded

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_words_are_found_whatever_their_ending_within_the_filters(tmp_path: Path) -> None:
    context = open_seeded(tmp_path, 60, NOW, replay=True)
    try:
        steps.index(context)
        client, token = client_of(context), bearer(context.ledger, "posts")

        def found(status: int = 200, **query: str) -> list[dict[str, str]]:
            answer = client.get("/api/v1/posts", params={"period": "all", "of": "all", **query}, headers=token)
            assert answer.status_code == status, answer.text
            return list(answer.json().get("data", []))

        posts = list(read.post_records(context.ledger))
        lamps = {one.post_id for one in posts if "Farola fundida" in one.text}
        assert len(lamps) == 10
        assert {row["post_id"] for row in found(q="faroles fundidas")} == lamps
        topic = next(one.topic for one in posts if one.post_id in lamps)
        within = {one.post_id for one in posts if one.post_id in lamps and one.topic == topic}
        assert {row["post_id"] for row in found(q="farola fundida", topic=str(topic))} == within
        assert {row["post_id"] for row in found(q=f"farola fundida topic:{topic}")} == within
        found(400, q="farola", first="2001-01-01", last="2001-01-02")
    finally:
        context.ledger.close()
        stop_embedded(context.settings)
