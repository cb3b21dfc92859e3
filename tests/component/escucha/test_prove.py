"""Test the page of proof: counted from the ledger, the same when made again."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from escucha.commands.prove import Minutes, Work, lower_bound, prove, work
from ledger.cases.history import entries as history
from ledger.database import Ledger, open_ledger
from pipeline.context import Context, now
from tests.support.ledger_facts import SALT, arrive, decide, no_case, post, read_all
from tests.support.portal_facts import open_cases, portal_context

GOLD = [
    {
        "text": "La farola de la calle Embajadores 12 lleva un mes fundida",
        "actionable": True,
        "topic": "street_lighting",
    },
    {
        "text": "Llevan tres días sin recoger la basura en mi calle, da asco",
        "actionable": True,
        "topic": "waste_cleaning",
    },
    {"text": "Qué tarde tan bonita hace hoy", "actionable": False},
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


@pytest.fixture
def context(tmp_path: Path, ledger: Ledger) -> Context:
    return portal_context(tmp_path, ledger)


def test_the_work_is_counted_until_the_moment(context: Context, ledger: Ledger) -> None:
    open_cases(ledger, [9, 5])
    doubtful = post(1, created_at=now() - timedelta(hours=3), received_at=now() - timedelta(hours=3))
    arrive(ledger, [doubtful])
    read_all(ledger)
    decide(ledger, [no_case(doubtful, "in_review")])
    assert work(context, now()) == Work(posts=3, reviewed=1, in_cases=2, cases=2, drafts=0)
    assert work(context, now() - timedelta(hours=7)) == Work(posts=1, reviewed=0, in_cases=1, cases=1, drafts=0)


def test_hours_are_what_is_saved_less_what_is_looked_at() -> None:
    done = Work(posts=1000, reviewed=100, in_cases=150, cases=50, drafts=10)
    takes = Minutes(read=10, merge=60, draft=120, review=20)
    assert done.seconds_saved(takes) == 900 * 10 + 100 * 60 + 10 * 120 - 100 * 20


@pytest.mark.parametrize(
    ("successes", "trials", "bound"),
    [
        (10, 10, 0.741),
        (59, 59, 0.950),
        (95, 100, 0.898),
        (190, 200, 0.917),
        (0, 5, 0.0),
    ],  # R: binom.test(..., "greater")
)
def test_the_bound_is_the_exact_one(successes: int, trials: int, bound: float) -> None:
    assert lower_bound(successes, trials) == pytest.approx(bound, abs=0.0015)


def test_the_page_is_the_same_byte_for_byte(context: Context, ledger: Ledger, tmp_path: Path) -> None:
    (key,) = open_cases(ledger, [9])
    with ledger.write() as connection:
        history.add_step(connection, key, "answered", now() - timedelta(hours=1), "ana", "")
    gold, until = tmp_path / "gold.jsonl", now()
    gold.write_text("".join(json.dumps(row) + "\n" for row in GOLD))
    pages = ["\n".join(prove(context, gold, until, Minutes(), language="en")) for _ in range(2)]
    assert pages[0] == pages[1]
    assert "2 of 2 actionable posts get to a case or a person (100.0 %)." in pages[0]
    assert "at least 22.4 % of such posts do" in pages[0]
    assert "Cases: 1; answered: 1." in pages[0]
    open_cases(ledger, [0])  # what arrives later changes nothing
    assert "\n".join(prove(context, gold, until, Minutes(), language="en")) == pages[0]
    spanish = "\n".join(prove(context, gold, until, Minutes()))
    assert "2 de 2 mensajes que requieren actuación llegan a un caso o a una persona (100,0 %)." in spanish
    assert re.search(r"^\| Se puede actuar \| 3 \| exactitud \| \d,\d{3} \(\d,\d\d–", spanish, re.MULTILINE)


def test_posts_at_the_border_count_on_neither_side_and_are_named(context: Context, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    doubtful = {"text": "Nunca riegan estos árboles, una pena", "actionable": "border"}
    gold.write_text("".join(json.dumps(row) + "\n" for row in (*GOLD, doubtful)))
    page = "\n".join(prove(context, gold, now(), Minutes(), language="en"))
    assert "2 of 2 actionable posts get to a case or a person (100.0 %)." in page
    assert "Posts of the file at the border, which count on neither side: 1." in page
    assert re.search(
        r"^\| Can be acted on \| 4 \| accuracy, with 1 at the border wrong–right \| \d\.\d{3}–\d\.\d{3} \|$",
        page,
        re.MULTILINE,
    )
    assert "en el límite, que no cuentan en ningún sentido: 1." in "\n".join(prove(context, gold, now(), Minutes()))
