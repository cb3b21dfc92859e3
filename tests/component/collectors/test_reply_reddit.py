"""Send answers on Reddit: refusals with status 200, login, listing."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from core.errors import EscuchaError, RefusedError, SourceError, UnavailableError
from core.records.answer import ReplyTarget
from tests.support.stubs.reddit import RedditStub
from tests.support.stubs.server import Reply
from tests.support.writers import Writer, reddit_writer

pytestmark = pytest.mark.usefixtures("nobody_sleeps")


@pytest.fixture
def stub() -> Iterator[RedditStub]:
    with RedditStub() as running:
        yield running


@pytest.fixture
def writer(stub: RedditStub) -> Writer:
    return reddit_writer(stub)


def errors(code: str, words: str) -> Reply:
    return Reply({"json": {"errors": [[code, words, "parent"]]}})


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (errors("DELETED_COMMENT", "that comment has been deleted"), RefusedError, "has been deleted"),
        (errors("THREAD_LOCKED", "Comments are locked."), RefusedError, "are locked"),
        (errors("TOO_LONG", "this is too long (max: 10000)"), RefusedError, "too long"),
        (errors("RATELIMIT", "try again in 9 minutes."), UnavailableError, "9 minutes"),
        (errors("RATELIMIT", "try again in 2 milliseconds."), UnavailableError, "milliseconds"),
        (Reply({"message": "Forbidden", "error": 403}, 403), RefusedError, "Forbidden"),
        (Reply({"message": "Unauthorized", "error": 401}, 401), SourceError, "401"),
    ],
)
def test_a_refusal_is_in_the_words_of_reddit_and_tried_once(writer: Writer, refusal: Reply, kind: type[EscuchaError], words: str) -> None:
    writer.writing.refusal = refusal
    with pytest.raises(kind, match=words):
        writer.reply("Gracias.")
    assert (writer.writing.asked, writer.held()) == (1, [])


def test_a_rejected_login_names_what_to_set(writer: Writer) -> None:
    writer.secrets = writer.secrets.model_copy(update={"reddit_password": SecretStr("wrong-password")})
    with pytest.raises(SourceError, match="ESCUCHA_REDDIT_PASSWORD"):
        writer.reply("Gracias.")
    assert writer.writing.asked == 0


@pytest.mark.parametrize("login", [Reply(b"<html>", 200), Reply({}, 503), Reply(cut=True), Reply({"error": "x"}, 429)])
def test_a_login_that_fails_means_that_nothing_was_sent(stub: RedditStub, writer: Writer, login: Reply) -> None:
    stub.login = login
    with pytest.raises(UnavailableError):
        writer.reply("Gracias.")
    assert writer.writing.asked == 0


def test_a_submission_is_answered_too(stub: RedditStub, writer: Writer) -> None:
    target = ReplyTarget(native_id="t3_abc", url=None, text="Bache")
    url = writer.reply("Gracias.", target)
    assert writer.held() == [("t3_abc", "Gracias.")]
    assert url == writer.find("Gracias.", target) == f"https://www.reddit.com{stub.own[0]['data']['permalink']}"


def test_an_answer_below_250_newer_comments_is_found(writer: Writer) -> None:
    url = writer.reply("Gracias por avisar.")
    for number in range(250):
        writer.reply(f"Aviso {number}.")
    assert writer.find("Gracias por avisar.") == url
    assert writer.find("No enviado.") is None


@pytest.mark.parametrize("listing", [Reply({}, 503), Reply(b"<html>"), Reply({"data": {"children": [7]}})])
def test_a_listing_that_cannot_be_read_is_not_called_empty(
    stub: RedditStub, writer: Writer, monkeypatch: pytest.MonkeyPatch, listing: Reply
) -> None:
    writer.reply("Gracias.")
    monkeypatch.setattr(stub, "paged", lambda *_: listing)
    with pytest.raises(UnavailableError):
        writer.find("Gracias.")
