"""The page of a case says *Answered* of an answer, and *Closed* of a case that was closed without one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import read
from pipeline import casework
from pipeline.context import Context
from tests.support.desk_client import browser
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, datetime.now(UTC) - timedelta(minutes=5))
    yield context
    context.ledger.close()


def words(context: Context, key: str, language: str) -> list[tuple[str, str]]:
    page = browser(context, language).get(f"/cases/{key}").text
    labels = "Answered|Closed|Respondido|Cerrado|Respost|Tancat"
    return re.findall(rf"<dt>({labels})</dt><dd>[^<·]*(?: · ([^<]*))?</dd>", page)


@pytest.mark.parametrize("close", [casework.resolve, casework.reject])
def test_a_case_closed_without_an_answer_is_called_closed(context: Context, close: object) -> None:
    """It is not said to be in time: nobody was answered."""
    assert callable(close)
    key = next(read.case_records(context.ledger)).case_key
    close(context, key, "ana", "no procede")
    assert words(context, key, "es") == [("Cerrado", "")]
    assert words(context, key, "en") == [("Closed", "")]
    assert words(context, key, "ca") == [("Tancat", "")]


def test_a_case_that_a_person_answered_is_called_answered_also_when_it_is_closed(context: Context) -> None:
    key = next(read.case_records(context.ledger)).case_key
    casework.answer(context, key, "ana", "Se repara mañana", "por teléfono")
    casework.resolve(context, key, "ana", "")
    assert words(context, key, "es") == [("Respondido", "en plazo")]
