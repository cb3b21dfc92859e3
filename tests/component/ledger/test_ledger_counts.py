"""Posts, people and channels of a case are counted in one way, whoever changed it; copies are no people."""

from collections.abc import Sequence

from core.records.decision import COPY, Decision
from core.records.post import Post
from ledger import read, schema
from ledger.cases import corrections, counts
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.retention import forget
from tests.support.ledger_facts import NOW, arrive, decide, into_case, opened_case, post, read_all, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)


def copied(posts: Sequence[Post]) -> list[Decision]:
    """Decisions for one case in which all posts but the first copy it."""
    first, *more = into_case(*posts)
    return [first, *(one.model_copy(update={"reason": f"{one.reason}; {COPY}"}) for one in more)]


def counted(ledger: Ledger, key: str) -> tuple[int, int, tuple[str, ...]]:
    found = read.case_record(ledger, key)
    assert found is not None
    return found.posts, found.authors, found.sources


def recounted(ledger: Ledger, key: str) -> tuple[int, int, tuple[str, ...]]:
    with writing(ledger) as connection:
        counts.recount(connection, [key], {})
    return counted(ledger, key)


def test_copies_are_posts_but_no_people(ledger: Ledger) -> None:
    posts = [post(n, author=f"{n:032x}") for n in (9, 8, 7, 6)]
    elsewhere = post(5, author=f"{8:032x}")
    arrive(ledger, [*posts, elsewhere])
    read_all(ledger)
    decide(ledger, copied(posts))
    key = into_case(posts[0])[0].case
    assert key is not None
    assert counted(ledger, key.key) == (4, 1, ("archive",))
    found = read.copies(ledger, key.key)
    assert (found.posts, found.accounts, found.only_here) == (3, 3, 2)
    assert unbalanced(ledger) == []


def test_counting_again_gives_what_triage_stored_also_after_posts_were_forgotten(ledger: Ledger) -> None:
    key = opened_case(ledger, post(3), post(2), post(1), post(4))
    before = counted(ledger, key)
    assert recounted(ledger, key) == before == (4, 3, ("archive",))
    forget.erase_post(ledger, post(1).post_id, "upstream", NOW)
    after = counted(ledger, key)
    assert recounted(ledger, key) == after
    assert after[0] == 4
    assert unbalanced(ledger) == []


def test_a_case_whose_original_was_erased_still_counts_a_person(ledger: Ledger) -> None:
    posts = [post(n, author=f"{n:032x}") for n in (9, 8)]
    arrive(ledger, posts)
    read_all(ledger)
    decide(ledger, copied(posts))
    found = into_case(posts[0])[0].case
    assert found is not None
    with writing(ledger) as connection:
        connection.execute(schema.case_posts.delete().where(schema.case_posts.c.post_id == posts[0].post_id))
    assert recounted(ledger, found.key)[:2] == (1, 1)


def test_a_correction_that_changes_no_field_of_a_case_keeps_the_version_of_its_document(ledger: Ledger) -> None:
    key = opened_case(ledger, post(3), post(2))
    before = read.case_record(ledger, key)
    assert before is not None
    corrections.correct(ledger, post(2).post_id, "sentiment", "neutral", "ana", "", NOW)
    after = read.case_record(ledger, key)
    assert after is not None
    assert after.version == before.version
    assert read.cases_to_vote(ledger, 10) == [key]
