"""Forty people ask at once of a fresh portal: its answers are indexed once, not forty times (28 s and 801 MB before)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nlp.known_answers.search import AnswerSearch
from pipeline.casework.answering.search import AnswerFinder
from tests.support.seeded import open_seeded


def test_first_questions_that_come_at_once_index_the_answers_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = open_seeded(tmp_path, 1, datetime.now(UTC) - timedelta(minutes=5))
    made: list[Any] = []

    def counted(*given: Any) -> Any:
        made.append(given)
        return AnswerSearch(*given)

    monkeypatch.setattr("pipeline.casework.answering.search.AnswerSearch", counted)
    finder = AnswerFinder(context)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(finder.offered, ["¿Cuándo abre el punto limpio?"] * 8))
    assert len(made) == 1
    assert len(set(map(str, found))) == 1
    context.ledger.close()
