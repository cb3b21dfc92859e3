"""Reach of posts: stored, refreshed by the next fetch, indexed again, and no change of what people decided."""

import sqlalchemy as sa

from ledger import read, schema
from ledger.cases.corrections import correct
from ledger.database import Ledger
from ledger.database.writing import writing
from tests.support.ledger_facts import NOW, arrive, post, read_all

pytest_plugins = ("tests.support.ledger_fixtures",)


def states(ledger: Ledger) -> dict[str, tuple[str, int]]:
    posts = schema.posts.c
    with ledger.read() as connection:
        rows = connection.execute(sa.select(posts.post_id, posts.index_state, posts.version))
        return {row.post_id: (row.index_state, row.version) for row in rows}


def indexed(ledger: Ledger) -> None:
    with writing(ledger) as connection:
        connection.execute(sa.update(schema.posts).values(index_state="indexed"))


def reach(ledger: Ledger, post_id: str) -> tuple[int | None, ...]:
    found = read.post_record(ledger, post_id)
    assert found is not None
    return found.likes, found.shares, found.replies, found.views


def test_a_post_fetched_again_has_the_new_counts_and_is_indexed_again(ledger: Ledger) -> None:
    first, still = post(1, likes=2, views=10), post(2, likes=1)
    arrive(ledger, [first, still])
    read_all(ledger)
    indexed(ledger)
    before = states(ledger)
    arrive(ledger, [post(1, likes=7, shares=1), still])
    assert reach(ledger, first.post_id) == (7, 1, None, 10)  # the views were not told this time: they keep their value
    after = states(ledger)
    assert after[first.post_id] == ("pending", before[first.post_id][1])
    assert after[still.post_id] == before[still.post_id]


def test_the_band_of_followers_is_stored_refreshed_and_kept_where_the_network_is_silent(ledger: Ledger) -> None:
    arrive(ledger, [post(1, followers_band="100_1k")])
    read_all(ledger)
    for told, expected in (("1k_10k", "1k_10k"), (None, "1k_10k")):
        indexed(ledger)
        arrive(ledger, [post(1, followers_band=told)])
        found = read.post_record(ledger, post(1).post_id)
        assert found is not None
        assert found.followers_band == expected
        assert states(ledger)[found.post_id][0] == ("pending" if told else "indexed")


def test_a_post_without_counts_is_not_touched(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    indexed(ledger)
    arrive(ledger, [post(1)])
    assert reach(ledger, post(1).post_id) == (None, None, None, None)
    assert {state for state, _version in states(ledger).values()} == {"indexed"}


def test_a_label_that_a_person_confirms_is_told_from_one_that_is_changed(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    correct(ledger, post(1).post_id, "sentiment", "negative", "ana", "", NOW)
    correct(ledger, post(1).post_id, "intent", "praise", "ana", "", NOW)
    found = read.post_record(ledger, post(1).post_id)
    assert found is not None
    assert (found.corrected, found.confirmed, found.changed) == (("intent", "sentiment"), ("sentiment",), ("intent",))
    assert round(found.delay_hours * 60) == 5
