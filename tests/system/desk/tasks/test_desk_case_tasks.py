"""Everyday tasks on cases, each within its number of clicks and by keyboard alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from core.config.city import AnswerTemplate
from ledger import read, schema
from ledger.database.writing import writing
from pipeline import all_steps as steps
from pipeline.casework import grouping
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.desk_client import people
from tests.support.desk_hands import Hands, as_ben
from tests.support.desk_tasks import done
from tests.support.seeded import open_seeded
from tests.system.desk.test_desk_browser import CHROMIUM, address, chromium, opened

__all__ = ["address", "chromium"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")]
TEXTS = (
    AnswerTemplate(name="Recibido", language="es", text="Hemos recibido su consulta."),
    AnswerTemplate(name="Received", language="en", text="We have received your question."),
)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 90, datetime.now(UTC) - timedelta(minutes=5))
    context.city = context.city.model_copy(update={"templates": TEXTS})
    people(context)
    for _device in ("mouse", "keyboard"):  # a small case for each
        waste = max(read.case_records(context.ledger), key=lambda one: (one.topic == "waste_cleaning", one.posts)).case_key
        posts = [one.post_id for one in read.post_records(context.ledger) if one.case_key == waste]
        if len(posts) > 3:
            grouping.split(context, waste, posts[:3], "ben", "another container")
    steps.index(context)
    steps.report(context, "weekly")
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture(params=["mouse", "keyboard"])
def hands(request: pytest.FixtureRequest, context: Context, chromium: Browser, address: str) -> Hands:
    device: Literal["mouse", "keyboard"] = request.param
    return Hands(as_ben(opened(chromium, "en-GB", 1440), address), device)


def shown(hands: Hands) -> str:
    """Return the key of the case whose page is open."""
    return urlsplit(hands.page.url).path.rpartition("/")[2]


def test_a_case_is_taken_from_the_list(hands: Hands, context: Context) -> None:
    page = hands.page
    page.goto(page.url + "cases?whose=none")
    hands.on(page.locator("tr[data-row] a").first)
    key = shown(hands)
    hands.on(page.get_by_role("button", name="Take it", exact=True))
    done(hands, "Take a case")
    work = read.case_work(context.ledger, key)
    assert work is not None
    assert work.assignee == "ben"


def test_two_cases_are_merged_from_the_list(hands: Hands, context: Context) -> None:
    page = hands.page
    page.goto(page.url + "cases?topic=street_lighting")
    hands.on(page.locator("tr[data-row] a").first)
    key = shown(hands)
    hands.on(page.locator(".near").get_by_role("link", name="Show the cases that are probably the same"))
    hands.on(page.get_by_role("button", name="Merge into this case").first)
    done(hands, "Merge two cases")
    work = read.case_work(context.ledger, key)
    assert work is not None
    assert work.merged_into == shown(hands)


def test_a_post_is_split_off_its_case(hands: Hands, context: Context) -> None:
    page = hands.page
    several = [one for one in read.case_records(context.ledger) if one.posts > 1 and one.state != "merged"]
    key = min(several, key=lambda one: (one.posts, one.case_key)).case_key
    before = read.case_record(context.ledger, key)
    page.goto(f"{page.url}cases/{key}")
    hands.on(page.locator("summary", has_text="Split off or move posts"))
    hands.on(page.locator("#split-1"))
    hands.on(page.get_by_role("button", name="Open a new case with them"))
    done(hands, "Split a post off its case")
    new = read.case_record(context.ledger, shown(hands))
    after = read.case_record(context.ledger, key)
    assert before is not None
    assert after is not None
    assert new is not None
    assert (new.case_key != key, new.posts, after.posts) == (True, 1, before.posts - 1)


def test_a_case_is_put_aside_until_tomorrow(hands: Hands, context: Context) -> None:
    page = hands.page
    aside = read.put_aside(context.ledger, datetime.now(UTC))
    key = next(one.case_key for one in read.case_records(context.ledger, waiting_only=True) if one.case_key not in aside)
    page.goto(f"{page.url}cases/{key}")
    if hands.device == "mouse":
        hands.on(page.locator("details.more > summary"))
    hands.on(page.locator("summary", has_text="Put it aside"))
    hands.on(page.get_by_role("button", name="until tomorrow"))
    done(hands, "Put a case aside until tomorrow")
    assert read.put_aside(context.ledger, datetime.now(UTC)).keys() - aside.keys() == {key}


def test_a_question_is_answered_in_the_citizens_language(hands: Hands, context: Context) -> None:
    page = hands.page
    post = next(
        one.post_id
        for one in read.post_records(context.ledger, topic="culture_sports_events")
        if not read.answers(context.ledger, post_id=one.post_id)
    )
    with writing(context.ledger) as connection:
        table = schema.metadata.tables["labels"]
        connection.execute(table.update().where(table.c.post_id == post).values(language="en"))
    page.goto(f"{page.url}posts/{post}")
    assert page.locator("#answer-language").input_value() == "en"
    offered = page.locator("#template option").all_inner_texts()
    assert offered == ["–", "Received (English)", "Recibido (Spanish)"]  # the citizen's language first
    hands.choose(page.locator("#template"), "Received (English)")
    hands.on(page.get_by_role("button", name="Use it"))
    assert page.locator("#answer-language").input_value() == "en"
    hands.on(page.get_by_role("button", name="Keep as a draft"))
    hands.on(page.get_by_role("button", name="Approve", exact=True))
    hands.on(page.get_by_role("button", name="It is there now"))
    done(hands, "Answer in the citizen's language")
    [answer] = read.answers(context.ledger, post_id=post)
    assert (answer.language, answer.text, answer.approved_by) == ("en", "We have received your question.", "ben")
    assert answer.given_at is not None


def test_the_report_of_last_week_is_opened(hands: Hands) -> None:
    page = hands.page
    hands.on(page.get_by_role("link", name="Reports", exact=True).first)
    hands.on(page.locator(".papers a").first)
    done(hands, "The report of last week")
    assert "/reports/weekly/" in page.url
    assert page.locator("h1").first.inner_text()
