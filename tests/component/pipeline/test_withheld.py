"""A text about health, a minor or violence is in no title, export or assistant's material until a person decides."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.privacy.pseudonymise import pseudonymise
from core.records.post import Raw
from core.records.read_models import PostRecord
from ledger import leases, read, schema
from ledger.database.writing import writing
from pipeline import casework
from pipeline.assistant.material import may_leave
from pipeline.casework import fields
from pipeline.context import Context
from pipeline.export import lines
from portal.api.rows import PostRow
from reports.build.examples import Choice
from tests.support.desk_client import browser, hidden
from tests.support.seeded import SALT, open_seeded, store_and_decide

NOW = datetime.now(UTC) - timedelta(hours=1)
SAID = "Mi hija Lucía, de 6 años con esquizofrenia, tropieza con los contenedores de la calle de Alcalá (0)"
ILLNESS = "esquizofrenia"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    made = open_seeded(tmp_path, 0, NOW)
    raw = Raw(source="x", native_id="1", text=SAID, created_at=NOW, received_at=NOW, author_id="a", handle="@a")
    store_and_decide(made.ledger, made.city, [pseudonymise(raw, made.city, SALT)], NOW, "x")
    yield made
    made.ledger.close()


def record(context: Context) -> PostRecord:
    (found,) = read.post_records(context.ledger)
    return found


def title(context: Context) -> str:
    (found,) = read.case_records(context.ledger)
    return found.title


def exported(context: Context) -> str:
    return "".join("".join(lines(context.ledger, what, form)) for what in ("posts", "cases") for form in ("csv", "jsonl"))


def shown(context: Context) -> set[str]:
    """Where the text is published."""
    post = record(context)
    examples = Choice()
    examples.consider(post)
    places = {
        "title": ILLNESS in title(context),
        "export": ILLNESS in exported(context),
        "assistant": may_leave(post),
        "interface": ILLNESS in (PostRow.of(post).text or ""),
        "report": any(ILLNESS in one.text for one in examples.examples()),
    }
    return {name for name, is_shown in places.items() if is_shown}


def test_nothing_shows_the_text_until_a_person_releases_it(context: Context) -> None:
    post_id = record(context).post_id
    assert shown(context) == set()
    assert title(context) == "Calle de Alcalá: texto reservado"
    (row,) = (json.loads(line) for line in lines(context.ledger, "posts", "jsonl"))
    assert row["text"] is None

    casework.correct(context, post_id, "sensitive", False, "ana", "it is her own story")
    assert shown(context) == {"title", "export", "assistant", "interface", "report"}
    assert ILLNESS in title(context)

    casework.correct(context, post_id, "sensitive", True, "eva", "")
    assert shown(context) == set()
    assert title(context) == "Calle de Alcalá: texto reservado"


def test_the_desk_shows_a_marker_and_one_button_for_each_decision(context: Context) -> None:
    client = browser(context, "es")
    page = f"/posts/{record(context).post_id}"
    before = client.get(page).text
    assert "Puede tratar de la salud de una persona, de un menor o de violencia." in before
    assert ">Publicable</button>" in before
    assert ">No publicable</button>" in before

    address = f"{page}/correct"
    form = {**hidden(before, address, question="sensitive"), "value": "False"}
    answered = client.post(address, data=form, follow_redirects=True)
    assert answered.status_code == 200
    assert "Se decidió que este texto se puede publicar." in answered.text
    assert not record(context).withheld
    assert record(context).corrected == ("sensitive",)


def test_an_older_ledger_gets_new_titles_with_the_next_triage(context: Context) -> None:
    """The migration to 0.3 marks cases whose stored title tells it; triage votes on them again."""
    with writing(context.ledger) as connection:
        connection.execute(schema.cases.update().values(title=f"Calle de Alcalá: {SAID[:60]}…", vote_due=True))
    assert leases.hold(context.ledger, "triage", "test", NOW, timedelta(hours=2))
    fields.vote_due(context, "test")
    assert title(context) == "Calle de Alcalá: texto reservado"
