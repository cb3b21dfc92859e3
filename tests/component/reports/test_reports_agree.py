"""The tables of a report agree: what one counts the others count, and where two numbers differ the report says why."""

from collections.abc import Iterator

import pytest

from ledger.cases import workflow
from ledger.database import Ledger
from reports.build.aggregate import count
from reports.build.period import last_closed
from reports.build.statistics import Numbers
from reports.document.document import Document, Table
from reports.document.sections import build_document
from reports.document.summary import figures
from tests.support.ledger_facts import arrive, decide, into_case, read_all
from tests.support.report_facts import CITY, NOW, at, post, small_ledger

WEEK = last_closed("0 7 * * MON", CITY.zone, NOW)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Provide the ledger counted by hand, with two cases of the example month: one closed unanswered, one answered and closed."""
    ledger = small_ledger(tmp_path_factory.mktemp("ledger"))
    examples = [post(100 + n, at(18), "example-x", replayed_from=at(1), text=f"Farola apagada {n}") for n in range(2)]
    arrive(ledger, examples, "example-x", NOW)
    read_all(ledger, NOW)
    decide(ledger, [decision for one in examples for decision in into_case(one, replay=True)], NOW)
    keys = sorted(f"C-{one.post_id[-12:]}" for one in examples)
    workflow.change(ledger, keys[0], "rejected", "ana", "", at(19))
    workflow.change(ledger, keys[1], "answered", "ana", "", at(19))
    workflow.change(ledger, keys[1], "resolved", "ana", "", at(20))
    workflow.change(ledger, "C-E", "resolved", "ana", "", at(21))
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def numbers(ledger: Ledger) -> Numbers:
    return count(ledger, CITY.zone, WEEK)


@pytest.fixture(scope="module")
def document(numbers: Numbers) -> Document:
    return build_document(CITY, "weekly", numbers, "en")


def table(document: Document, title: str) -> Table:
    return next(one for section in document.sections for one in section.tables if one.title == title)


def total(document: Document, title: str, column: str = "Now") -> int:
    """Return the sum of a column."""
    found = table(document, title)
    at_ = found.headers.index(column)
    rows = found.values[:-1] if found.has_total else found.values
    return sum(int(row[at_] or 0) for row in rows)


def test_every_table_of_posts_has_the_posts_of_the_report(document: Document, numbers: Numbers) -> None:
    assert (numbers.posts.now, numbers.complaints.now) == (8, 5)  # six and two examples, without the one of the archive
    for title in ("By sentiment", "Posts by source"):
        assert total(document, title) == numbers.posts.now, title
    assert sum(sum(one.counts.values()) for one in numbers.days) == numbers.posts.now
    assert total(document, "By intent") == numbers.posts.now - 1  # one is not labelled yet
    assert total(document, "Complaints by topic") == numbers.complaints.now
    assert total(document, "By district") == numbers.complaints.now


def test_every_number_of_cases_is_the_sum_of_the_departments(document: Document, numbers: Numbers) -> None:
    all_ = numbers.all_departments
    found = {name: total(document, "Cases by department", name) for name in ("Received", "Answered", "Closed", "Overdue")}
    assert found == {"Received": numbers.cases.now, "Answered": all_.answered, "Closed": numbers.closed, "Overdue": all_.overdue}
    assert found == {"Received": 6, "Answered": 4, "Closed": 4, "Overdue": 1}
    assert sum(one.open for one in numbers.departments) == numbers.open_at_end == 3
    assert sum(one.in_time for one in numbers.departments) == all_.in_time


def test_more_closed_than_answered_is_explained(numbers: Numbers) -> None:
    # Closed: A and E and an example after an answer of the week, and an example without an answer.
    all_ = numbers.all_departments
    assert (all_.closed, all_.closed_unanswered, all_.closed_later) == (4, 1, 0)
    assert all_.closed - all_.closed_unanswered - all_.closed_later <= all_.answered
    more = {one.label: one.more for one in figures(numbers, "en")}
    assert more["Cases received"] == "before: 2 · closed: 4 (without an answer: 1)"


def test_a_case_closed_long_after_its_answer_is_named(ledger: Ledger) -> None:
    found = count(ledger, CITY.zone, WEEK.model_copy(update={"previous": WEEK.start, "start": at(20)}))
    # From the 20th on E (answered on the 17th) and the example (answered on the 19th) were closed, and nothing was answered.
    assert (found.all_departments.answered, found.closed, found.all_departments.closed_later) == (0, 2, 2)
    said = build_document(CITY, "weekly", found, "es").story[2].sentences[0].text
    assert said == "Casos recibidos: 2; respondidos: 0; cerrados: 2 (respondidos antes de estos días: 2); abiertos al final: 3."


def test_the_page_says_what_answered_and_closed_mean(document: Document) -> None:
    section = next(one for one in document.sections if one.title == "How the city answers")
    assert section.note == (
        "Answered: the first answer came in these days. Closed: solved or rejected in these days, whenever it was answered, if at all."
    )


def test_what_is_no_number_of_the_report_is_listed_with_its_reason(document: Document) -> None:
    assert ("Archive", "replayed from an archive", "1") in document.unread.rows
    assert document.caveat.startswith("Example (posts: 2 of 8; cases received: 2 of 6)")
