"""The first page: its note, its card and its script tell the same of what waits."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ledger import schema
from ledger.database.writing import writing
from pipeline import all_steps as steps
from pipeline.context import Context
from search.connection.engine import Engine
from tests.support.desk_client import browser
from tests.support.seeded import open_seeded

pytest_plugins = ("tests.support.engines",)

NOW = datetime.now(UTC) - timedelta(minutes=5)
POSTS = 12


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Twelve posts, processed and not indexed yet."""
    made = open_seeded(tmp_path, POSTS, NOW)
    yield made
    made.ledger.close()


def note(page: str) -> str | None:
    """Return the note above the figures; None: it is hidden."""
    found = re.search(r'<p id="progress"([^>]*)>\s*(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return None if found[1].endswith(" hidden") else found[2]


def card(page: str) -> tuple[str, str]:
    """Return what the card says of posts to be processed, and of posts and cases to be indexed."""
    found = re.search(r'<dd id="processing">(.*?)</dd>.*<dd id="indexing">(.*?)</dd>', page)
    assert found is not None
    return found[1], found[2]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "{n} posts and cases are not in the search engine yet. The figures below are complete; "
            "searches find them once they are indexed.",
        ),
        (
            "es",
            "{n} mensajes y casos aún no están en el buscador. Las cifras de abajo están completas; "
            "las búsquedas los encontrarán cuando se indexen.",
        ),
    ],
)
def test_what_is_not_indexed_yet_is_counted_in_the_figures_and_the_note_says_so(context: Context, language: str, said: str) -> None:
    """Before, the note announced posts to be processed that the card counted as none."""
    client, waiting = browser(context, language), POSTS + len(cases(context))
    page = client.get("/").text
    assert note(page) == said.replace("{n}", str(waiting))
    assert card(page) == ("0", str(waiting))
    assert client.get("/progress").json() == {"processing": 0, "indexing": waiting}


def cases(context: Context) -> list[str]:
    with context.ledger.read() as connection:
        return list(connection.execute(select(schema.cases.c.case_key)).scalars())


def test_while_posts_wait_to_be_processed_the_note_counts_these_alone(context: Context) -> None:
    posts = schema.posts
    one = select(posts.c.post_id).limit(1).scalar_subquery()
    with writing(context.ledger) as connection:
        connection.execute(update(posts).where(posts.c.post_id == one).values(state="pending"))
    client = browser(context)
    page = client.get("/").text
    assert note(page) == "1 post is waiting to be processed. The figures below grow meanwhile."
    assert card(page)[0] == "1"
    assert client.get("/progress").json()["processing"] == 1
    others = {path: client.get(path).text for path in ("/map", "/forecast", "/dashboards/now", "/profiles/service/noise")}
    assert [path for path, text in others.items() if str(note(page)) not in text] == []


def test_without_anything_that_waits_there_is_no_note(context: Context, engine: Engine) -> None:
    context.settings = context.settings.model_copy(update={"elasticsearch_url": engine.url})
    steps.index(context)
    page = browser(context).get("/").text
    assert (note(page), card(page)) == (None, ("0", "0"))


def test_the_change_is_compared_in_whole_words(context: Context) -> None:
    """Before, the Spanish page said “frente a el periodo anterior”."""
    client = browser(context, "es")
    for compare, said in [("previous", "frente al periodo anterior."), ("weeks", "frente a las mismas semanas anteriores.")]:
        assert said in client.get(f"/?compare={compare}").text
