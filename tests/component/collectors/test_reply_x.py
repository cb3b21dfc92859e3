"""Send answers on X: refusals, links, both contracts, and costs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.x.own_posts import is_same
from collectors.x.reply import price_of
from core.errors import EscuchaError, OutcomeUnknownError, RefusedError, SourceError, UnavailableError
from pipeline.budget import budget_of
from pipeline.context import Context
from pipeline.steps.answer import BoundReplier, sending_channels
from tests.support.stubs.server import Reply
from tests.support.stubs.x import ACCOUNT, READ_USD, XStub
from tests.support.writers import Writer, x_writer
from tests.support.x_town import Town, spent

LINKED = "Todos los plazos & requisitos: https://sede.madrid.es/obras. También en www.madrid.es/plazos"


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        yield running


@pytest.fixture
def writer(stub: XStub) -> Writer:
    return x_writer(stub)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: XStub) -> Iterator[Town]:
    for name, value in {
        "API_KEY": "key",
        "API_SECRET": "secret",
        "ACCESS_TOKEN": f"{ACCOUNT}-token",
        "ACCESS_TOKEN_SECRET": "token-secret",
    }.items():
        monkeypatch.setenv(f"ESCUCHA_X_{name}", value)
    made = Town(tmp_path, monkeypatch, stub)
    yield made
    made.context.__exit__(None, None, None)


def opened(town: Town, writer: Writer, table: str) -> Context:
    context = town.open(f'query = "Madrid"\n{table}')
    writer.budget = budget_of(context, context.sources["x"])
    return context


NOT_MENTIONED = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged."
DELETED = "You attempted to reply to a Tweet that is deleted or not visible to you."
NO_RIGHTS = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (403, NOT_MENTIONED, RefusedError),
        (403, DELETED, RefusedError),
        (400, "The Tweet text is too long.", RefusedError),
        (403, NO_RIGHTS, SourceError),
        (403, "User is over daily status update limit.", UnavailableError),
        (401, "Unauthorized", SourceError),
        (402, "credits", SourceError),
    ],
)
def test_a_refusal_is_in_the_words_of_x(writer: Writer, status: int, detail: str, kind: type[EscuchaError]) -> None:
    writer.writing.refusal = Reply({"detail": detail, "title": "Forbidden"}, status)
    with pytest.raises(kind, match=detail if status in (400, 403) else str(status) if status == 401 else "credits"):
        writer.reply("Gracias.")


def test_the_same_text_twice_is_refused_as_a_duplicate(writer: Writer) -> None:
    writer.reply("Gracias.")
    with pytest.raises(RefusedError, match="duplicate content"):
        writer.reply("Gracias.")
    assert len(writer.held()) == 1


@pytest.mark.parametrize("mode", ["old", "new", "answers new"])
def test_an_answer_with_links_is_found_in_both_contracts(stub: XStub, writer: Writer, mode: str) -> None:
    stub.mode = mode
    url = writer.reply(LINKED)
    assert "t.co" in stub.own[0]["whole"]["text"]
    assert writer.find(LINKED) == url


def test_without_the_post_answered_the_same_text_is_left_to_a_person(stub: XStub, writer: Writer) -> None:
    writer.reply("Gracias.")
    del stub.own[0]["whole"]["referenced_tweets"]
    with pytest.raises(UnavailableError, match="please look there"):
        writer.find("Gracias.")


def test_an_answer_below_250_newer_posts_is_found(writer: Writer) -> None:
    url = writer.reply("Gracias por avisar.")
    for number in range(250):
        writer.reply(f"Aviso {number}.")
    assert writer.find("Gracias por avisar.") == url
    assert writer.find("No enviado.") is None


def test_only_links_may_differ() -> None:
    assert is_same("@ana @ben Vea https://t.co/a1", "Vea https://www.madrid.es/portal")
    assert is_same("Vea https://t.co/a1 y https://t.co/b2.", "Vea madrid.es/a y madrid.es/b.")
    assert not is_same("Vea https://t.co/a1", "No vea https://www.madrid.es/portal")
    assert not is_same("Mañana", "Mañana no")
    assert [price_of(text) for text in ("Gracias.", "Vea madrid.es", "En la calle S. Juan")] == [0.015, 0.2, 0.015]


def test_an_answer_is_paid_on_the_books_of_its_source(town: Town, stub: XStub, writer: Writer) -> None:
    context = opened(town, writer, "monthly_budget_usd = 10")
    writer.reply("Gracias.")
    assert spent(context).month_usd == pytest.approx(0.015)
    writer.reply(LINKED)
    assert spent(context).month_usd == pytest.approx(0.215) == stub.written_usd


def test_what_x_did_not_take_is_not_lost_and_what_it_may_have_taken_stays_paid(town: Town, stub: XStub, writer: Writer) -> None:
    context = opened(town, writer, "monthly_budget_usd = 10")
    writer.writing.faults = ["busy", "too many", "busy"]
    for _ in range(3):
        with pytest.raises(UnavailableError):
            writer.reply("Gracias.")
    assert spent(context).month_usd == pytest.approx(0.015), "one price in hand, for the next try"
    writer.writing.faults = ["cut after"]
    with pytest.raises(OutcomeUnknownError):
        writer.reply("Gracias.")
    assert writer.find("Gracias.") is not None
    billed = stub.written_usd + sum(stub.bill.values())
    assert billed == pytest.approx(0.015 + READ_USD)
    assert spent(context).month_usd >= billed


def test_a_month_without_money_sends_nothing_and_says_so(town: Town, stub: XStub, writer: Writer) -> None:
    opened(town, writer, "monthly_budget_usd = 0.05")
    for number in range(3):
        writer.reply(f"Gracias {number}.")
    with pytest.raises(EscuchaError, match=r"over monthly_budget_usd = 0\.05"):
        writer.reply("Gracias por todo.")
    assert (writer.writing.asked, len(stub.own)) == (3, 3)


def test_the_pipeline_pays_answers_from_the_budget_of_the_source(town: Town, stub: XStub, writer: Writer) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 10')
    replier, secrets = sending_channels(context)["x"]
    assert isinstance(replier, BoundReplier)
    options = context.sources["x"].options
    what = (context.city, options, secrets, writer.target, "Gracias.", "key")
    assert replier.find_reply(*what) is None
    assert replier.reply(*what) == replier.find_reply(*what)
    assert spent(context).month_usd >= stub.written_usd == 0.015


@pytest.mark.parametrize("token", ["no-number", ""])
def test_a_token_without_the_account_or_none_leaves_the_answers_to_be_copied(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    monkeypatch.setenv("ESCUCHA_X_ACCESS_TOKEN", token)
    with caplog.at_level("INFO"):
        assert sending_channels(town.open('query = "Madrid"')) == {}
    assert "set ESCUCHA_X_ACCESS_TOKEN to send there" in caplog.text
