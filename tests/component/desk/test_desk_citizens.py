"""The history of a citizen: all that one pseudonym wrote and was answered, for agents and up, and every look is audited."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ledger import read, schema
from ledger.database.writing import writing
from ledger.system import users
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context
from tests.support.desk_client import logged_in, people
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)
AUTHOR = "5" * 64


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    people(opened)
    yield opened
    opened.ledger.close()


@pytest.fixture
def written(context: Context) -> list[str]:
    """Return two posts of one author, newest first: one is in a case."""
    in_case = next(one for one in read.post_records(context.ledger, order="newest") if one.case_key)
    outside = next(one for one in read.post_records(context.ledger, order="newest") if not one.case_key)
    both = [in_case.post_id, outside.post_id]
    with writing(context.ledger) as connection:
        connection.execute(update(schema.posts).where(schema.posts.c.post_id.in_(both)).values(author=AUTHOR))
        posts = schema.posts.c
        found = select(posts.post_id).where(posts.author == AUTHOR).order_by(posts.created_at.desc(), posts.post_id.desc())
        return list(connection.execute(found).scalars())


def looks(context: Context) -> list[tuple[str, str]]:
    return [(one.who, one.subject) for one in read.audit(context.ledger, limit=50) if one.what == "open_citizen"]


def test_the_pseudonym_leads_to_all_that_it_wrote_and_was_answered(context: Context, written: list[str]) -> None:
    ben = logged_in(context, "ben")
    in_case = next(one for one in written if (found := read.post_record(context.ledger, one)) and found.case_key)
    post = read.post_record(context.ledger, in_case)
    assert post is not None
    case = read.case_record(context.ledger, str(post.case_key))
    assert case is not None
    [answer] = case_answers.draft(context, [in_case], "La farola se repara mañana.", "es", "ana")
    [wrong] = case_answers.draft(context, [in_case], "Mañana la arreglan los operarios.", "es", "eva")
    case_answers.reject(context, wrong, "ana", "doble")
    case_answers.approve(context, answer, "ana")
    case_answers.mark_copied(context, answer, "ana")
    for page in (f"/posts/{in_case}", f"/cases/{case.case_key}"):
        assert f'href="/citizens/{AUTHOR}"' in ben.get(page).text
    shown = ben.get(f"/citizens/{AUTHOR}").text
    assert [shown.index(f'href="/posts/{one}"') for one in written] == sorted(shown.index(f'href="/posts/{one}"') for one in written)
    assert f'href="/cases/{case.case_key}"' in shown
    assert "La farola se repara mañana." in shown
    assert "Mañana la arreglan" not in shown  # it was given to no citizen
    assert "2 posts" in shown
    assert "1 with an answer" in shown
    others = [one.post_id for one in read.post_records(context.ledger) if one.author != AUTHOR]
    assert not [one for one in others if f"/posts/{one}" in shown]


def test_each_look_is_audited(context: Context, written: list[str]) -> None:
    assert written
    logged_in(context, "ben").get(f"/citizens/{AUTHOR}")
    assert looks(context) == [("ben", AUTHOR)]
    assert logged_in(context, "ben").get(f"/citizens/{'0' * 64}").status_code == 404
    assert looks(context) == [("ben", AUTHOR)]


def test_readers_have_no_link_and_no_page(context: Context, written: list[str]) -> None:
    users.set_role(context.ledger, "ben", "reader", "ana", NOW)
    ben = logged_in(context, "ben")
    for post_id in written:
        page = ben.get(f"/posts/{post_id}").text
        assert AUTHOR[:8] in page
        assert "/citizens/" not in page
    assert ben.get(f"/citizens/{AUTHOR}").status_code == 403
    assert looks(context) == []
