"""Test the page of proof: counted from the ledger, the same when made again."""

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pytest

from core.errors import ConfigurationError
from core.records.annotation import Label
from escucha.cli import main
from escucha.commands.prove import proof as proving
from ledger import read
from ledger.cases.history import entries as history
from ledger.database import Ledger, open_ledger
from ledger.database.writing import writing
from nlp.evaluation.gold_set import load_gold
from nlp.evaluation.score import annotate_all
from pipeline.context import Context, now
from pipeline.proof import labels, sampling
from pipeline.proof.measures import Seconds, Work, lower_bound, reach, work
from tests.support.ledger_facts import SALT, arrive, decide, no_case, post, read_all
from tests.support.portal_facts import open_cases, portal_context

GOLD = [
    {"text": "La farola de la calle Embajadores 12 lleva un mes fundida", "actionable": True, "topic": "street_lighting"},
    {"text": "Llevan tres días sin recoger la basura en mi calle, da asco", "actionable": True, "topic": "waste_cleaning"},
    {"text": "Qué tarde tan bonita hace hoy", "actionable": False},
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


@pytest.fixture
def context(tmp_path: Path, ledger: Ledger) -> Context:
    return portal_context(tmp_path, ledger, model=True)


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
    takes = Seconds(read=10, merge=60, draft=120, review=20)
    assert done.seconds_saved(takes) == 900 * 10 + 100 * 60 + 10 * 120 - 100 * 20


@pytest.mark.parametrize(
    ("successes", "trials", "bound"),
    [(10, 10, 0.741), (59, 59, 0.950), (95, 100, 0.898), (190, 200, 0.917), (0, 5, 0.0)],  # R: binom.test(..., "greater")
)
def test_the_bound_is_the_exact_one(successes: int, trials: int, bound: float) -> None:
    assert lower_bound(successes, trials) == pytest.approx(bound, abs=0.0015)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in GOLD))
    return path


def text_of(context: Context, gold: Path, until: datetime, language: str | None = None) -> str:
    return proving.FORMATS["md"](proving.prove(context, gold, until, Seconds(), language=language)).decode()


def test_the_page_is_the_same_byte_for_byte(context: Context, ledger: Ledger, gold: Path) -> None:
    (key,) = open_cases(ledger, [9])
    with writing(ledger) as connection:
        history.add_step(connection, key, "answered", now() - timedelta(hours=1), "ana", "")
    until = now()
    page = text_of(context, gold, until, "en")
    assert "2 of 2 actionable posts get to a case or a person (100.0 %)." in page
    assert "at least 22.4 % of such posts do" in page
    assert "Cases: 1; answered: 1." in page
    assert f"escucha prove --gold gold.jsonl --until {until.isoformat()}" in page
    open_cases(ledger, [0])  # what arrives later changes nothing
    assert text_of(context, gold, until, "en") == page
    spanish = text_of(context, gold, until)
    assert "2 de 2 mensajes que requieren actuación llegan a un caso o a una persona (100,0 %)." in spanish
    assert re.search(r"^\| Se puede actuar \| exactitud \| 3 \| \d,\d{3} \(\d,\d\d–", spanish, re.MULTILINE)


def test_posts_at_the_border_count_on_neither_side_and_are_named(context: Context, gold: Path) -> None:
    doubtful = {"text": "Nunca riegan estos árboles, una pena", "actionable": "border"}
    gold.write_text("".join(json.dumps(row) + "\n" for row in (*GOLD, doubtful)))
    page = text_of(context, gold, now(), "en")
    assert "2 of 2 actionable posts get to a case or a person (100.0 %)." in page
    assert "Posts of the file at the border, which count on neither side: 1." in page
    row = r"^\| Can be acted on \| accuracy, with 1 at the border wrong–right \| 4 \| \d\.\d{3}–\d\.\d{3} \|$"
    assert re.search(row, page, re.MULTILINE)
    assert "en el límite, que no cuentan en ningún sentido: 1." in text_of(context, gold, now())


def test_each_format_is_the_same_byte_for_byte_and_the_pdf_has_one_page(context: Context, gold: Path) -> None:
    until = now() - timedelta(hours=1)
    first, again = (proving.prove(context, gold, until, Seconds(read=12)) for _ in range(2))
    files = {form: write(first) for form, write in proving.FORMATS.items()}
    assert {form: write(again) for form, write in proving.FORMATS.items()} == files
    paper = pikepdf.open(io.BytesIO(files["pdf"]))
    assert (len(paper.pages), str(paper.Root.Lang)) == (1, "es")
    assert "--read-seconds 12" in files["md"].decode()
    assert "No hay mensajes que citar" not in files["html"].decode()


def test_what_triage_leaves_out_is_not_reached(context: Context, gold: Path) -> None:
    """Label advertising as actionable: triage opens no case for it and asks no person."""
    pairs = annotate_all(context.annotator, load_gold(gold))
    assert reach(context.city, pairs).reached == 2
    spam = Label(question="spam", value=True, score=0.99, model="rules@1")
    with_spam = [(row, one.model_copy(update={"labels": {**one.labels, "spam": spam}}) if row.line == 1 else one) for row, one in pairs]
    assert reach(context.city, with_spam).reached == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--until", "2999-01-01"), "--until 2999-01-01T00:00:00+00:00 is in the future"),
        (("--out", "page.docx"), "--out page.docx: end the name with one of .md, .html, .pdf, .xlsx"),
        (("--gold", "missing.jsonl"), "missing.jsonl: cannot be read (No such file or directory)"),
    ],
)
def test_what_gives_no_page_is_refused_in_words(
    context: Context, gold: Path, options: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ESCUCHA_HOME", str(context.settings.home))
    monkeypatch.setenv("ESCUCHA_SALT", SALT.decode())
    monkeypatch.chdir(context.settings.home)
    assert main(["prove", "--city", str(context.city.path), "--gold", str(gold), *options]) == 2
    assert words in caplog.text
    assert not list(context.settings.home.glob("page*"))


@pytest.mark.parametrize("typed", ["nan", "-1", "inf", "ten"])
def test_seconds_that_are_none_are_refused(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["prove", "--gold", "gold.jsonl", "--read-seconds", typed])
    assert end.value.code == 2
    assert f"'{typed}' is no number of seconds from 0 to 86,400" in capsys.readouterr().err


def labelled_on_the_desk(context: Context, ledger: Ledger, number: int) -> datetime:
    """Label so many live posts on the desk; return the moment after."""
    for n in range(number):
        one = post(n, "x", text=f"Hay un bache en la calle de Alcalá {n}", created_at=now() - timedelta(hours=n + 1))
        arrive(ledger, [one], source="x")
    read_all(ledger)
    sampling.draw(context, number, "ana", seed="abcd")
    sample = read.gold_sample(ledger)
    assert sample is not None
    for n, post_id in enumerate(sample.post_ids):
        given = {"actionable": str(n % 2 == 0).lower(), "topic": "roads_pavements", "intent": "complaint"}
        answers = sampling.checked("", given | {"sentiment": "negative"}, None)
        sampling.answer(context, sample.number, post_id, "ana", answers)
    return now()


def test_without_a_file_the_labels_of_the_desk_are_read_the_same_byte_for_byte(context: Context, ledger: Ledger, tmp_path: Path) -> None:
    until = labelled_on_the_desk(context, ledger, 4)
    page = proving.FORMATS["md"](proving.prove(context, None, until, Seconds(), language="en")).decode()
    assert "4 posts labelled by people" in page
    assert " of 2 actionable posts get to a case or a person" in page
    assert f"byte for byte: escucha prove --until {until.isoformat()}" in page
    later = post(9, "x", created_at=now(), received_at=now())
    arrive(ledger, [later], source="x")
    read_all(ledger)
    sampling.draw(context, 5, "eva")  # a later sample changes nothing
    assert proving.FORMATS["md"](proving.prove(context, None, until, Seconds(), language="en")).decode() == page
    exported = tmp_path / "gold.jsonl"
    exported.write_bytes(labels.file(ledger, until))
    from_file = proving.prove(context, exported, until, Seconds(), redacted=True, language="en")
    quality, of_file = (re.findall(r"^\| .*\|$", text, re.MULTILINE) for text in (page, proving.FORMATS["md"](from_file).decode()))
    assert quality == of_file


def test_without_labels_it_says_where_to_make_them(context: Context, ledger: Ledger) -> None:
    with pytest.raises(ConfigurationError, match="label some under Analysis, Own check, or give a file with --gold FILE"):
        proving.prove(context, None, now(), Seconds())


def test_gold_is_exported_for_prove(
    context: Context, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled_on_the_desk(context, ledger, 2)
    monkeypatch.setenv("ESCUCHA_HOME", str(context.settings.home))
    monkeypatch.setenv("ESCUCHA_LEDGER_URL", f"sqlite:///{context.settings.home / 'ledger.sqlite'}")
    monkeypatch.setenv("ESCUCHA_SALT", SALT.decode())
    assert main(["export", "gold", "--city", str(context.city.path)]) == 0
    assert capsys.readouterr().out.encode() == labels.file(ledger)
    assert main(["export", "gold", "--format", "csv", "--city", str(context.city.path)]) == 0
    header, first, *_ = capsys.readouterr().out.splitlines()
    assert len(header.split(",")) == len(first.split(",")) == 8
