"""Test that a letter to the council is quoted by nothing that leaves the desk.

Each composer writes about one letter and, where it quotes at all, about one public post: the first is never in it, the second is.
"""

from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.city import load_city
from core.config.profile.open311 import Open311
from core.config.settings import Settings
from core.records.outbox import OutboxKind, OutboxRow
from core.records.post import PRIVATE_SOURCES
from core.records.read_models import CaseRecord, PostRecord
from ledger import read, warnings as stored_warnings
from ledger.database import Ledger
from ledger.read import SavedView
from pipeline.assistant.material import as_data, may_leave
from pipeline.casework import mails
from pipeline.context import Context
from pipeline.saved_views import sending as view_mails
from pipeline.warnings import sending as warning_mails
from portal.api.rows import PostRow, case_values
from portal.open311.requests import request_row
from reports.build.examples import Choice
from reports.build.headline import shown_title
from tests.support.escalate_rig import text
from tests.support.ledger_facts import NOW, SALT, arrive, decide, into_case, post, read_all

pytest_plugins = ("tests.support.ledger_fixtures",)
CITY = Path(__file__).resolve().parents[3] / "cities" / "madrid.toml"
LETTER, PUBLIC = "Mi hijo tiene asma y el humo nos ahoga", "Hay un bache enorme junto al metro"
TO = "prensa@example.org"


@pytest.fixture(params=sorted(PRIVATE_SOURCES))
def context(request: pytest.FixtureRequest, ledger: Ledger, tmp_path: Path) -> Context:
    """Return a context with a case of a letter and a case of a public post."""
    for n, (source, said) in enumerate([(request.param, LETTER), ("mastodon", PUBLIC)], start=1):
        one = post(n, source, text=said, author=f"{n:032x}")
        arrive(ledger, [one], source)
        read_all(ledger)
        assert decide(ledger, into_case(one)) == 1
    city = load_city(CITY).model_copy(update={"open311": Open311(texts=True)})
    settings = Settings(home=tmp_path, smtp_url=SecretStr("smtp://127.0.0.1:1"))
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=CITY)


def posts_of(context: Context) -> list[PostRecord]:
    return sorted(read.post_records(context.ledger), key=lambda one: one.post_id)


def cases_of(context: Context) -> list[CaseRecord]:
    return sorted(read.case_records(context.ledger), key=lambda one: one.case_key)


def warning_mail(context: Context) -> str:
    ids = tuple(one.post_id for one in posts_of(context))
    row = stored_warnings.WarningRow(
        kind="topic",
        subject="roads_pavements",
        started_at=NOW,
        detected_at=NOW,
        last_at=NOW,
        ended_at=None,
        people=5,
        counted=5,
        expected=0.1,
        window_s=3600,
        score=9.0,
        also=(),
        shown=ids,
        example=False,
    )
    city = context.city.model_copy(update={"warnings": context.city.warnings.model_copy(update={"to": (TO,)})})
    assert stored_warnings.start(context.ledger, row, ids, ["started"], [(TO, "mail")], NOW)
    [waiting] = read.outbox(context.ledger, kind="warning")
    made = warning_mails.compose(replace(context, city=city), waiting)
    assert isinstance(made, EmailMessage)
    return text(made)


def row_of(kind: OutboxKind, receiver: str, items: tuple[tuple[str, str], ...] = ()) -> OutboxRow:
    return OutboxRow(
        id=1,
        kind=kind,
        subject="1",
        receiver=receiver,
        channel="mail",
        thread="",
        state="sending",
        attempt=1,
        not_before=None,
        reason="",
        message_id="m",
        data={},
        made_at=NOW,
        changed_at=NOW,
        items=items,
    )


def view_mail(context: Context, page: str, items: list[str]) -> str:
    view = SavedView(id="v1", owner="ana", page=page, name="Vista", query="period=7d", shared=False)
    return text(view_mails.mail_of(context, row_of("alert", "ana"), view, TO, items, len(items)))


def mail_of_a_view_of_posts(context: Context) -> str:
    return view_mail(context, "posts", [one.post_id for one in posts_of(context)])


def mail_of_a_view_of_cases(context: Context) -> str:
    return view_mail(context, "cases", [one.case_key for one in cases_of(context)])


def mail_to_a_team(context: Context) -> str:
    items = tuple((one.case_key, "80") for one in cases_of(context))
    return text(mails.mail_of(context, row_of("staff", "team Vías públicas", items), TO))


def quotes_of_a_report(context: Context) -> str:
    choice = Choice()
    for one in posts_of(context):
        choice.consider(one)
    return repr(choice.examples())


def headline_of_a_report(context: Context) -> str:
    return repr([shown_title(one) for one in cases_of(context)])


def material_of_the_assistant(context: Context) -> str:
    chosen = [one for one in posts_of(context) if may_leave(one)]
    return as_data(context, chosen, 10_000)[0] + as_data(context, posts_of(context), 10_000)[0]


def rows_of_the_interface(context: Context) -> str:
    cases = [case_values(one, shows_title=True, overdue=False) for one in cases_of(context)]
    return repr([PostRow.of(one) for one in posts_of(context)]) + repr(cases)


def open311(context: Context) -> str:
    return repr([request_row(context.city, one) for one in read.published_cases(context.ledger, limit=9)])


COMPOSERS: list[Callable[[Context], str]] = [
    warning_mail,
    mail_of_a_view_of_posts,
    mail_of_a_view_of_cases,
    mail_to_a_team,
    quotes_of_a_report,
    headline_of_a_report,
    material_of_the_assistant,
    rows_of_the_interface,
    open311,
]


@pytest.mark.parametrize("compose", COMPOSERS)
def test_a_letter_never_leaves_and_a_public_post_does(context: Context, compose: Callable[[Context], str]) -> None:
    said = " ".join(compose(context).split())
    assert "hijo" not in said
    assert "asma" not in said
    assert compose is quotes_of_a_report or "bache enorme" in said
