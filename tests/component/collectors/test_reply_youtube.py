"""Send answers on YouTube: refusals, login, threads, quota."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from core.errors import EscuchaError, OutcomeUnknownError, RefusedError, SourceError, UnavailableError
from core.records.answer import ReplyTarget
from tests.support.stubs.server import Reply
from tests.support.stubs.youtube import VIDEO, YoutubeStub, comment, refusal
from tests.support.writers import Writer, youtube_writer

PARENT = "Ugx000001AaABAg"


@pytest.fixture
def stub() -> Iterator[YoutubeStub]:
    with YoutubeStub() as running:
        yield running


@pytest.fixture
def writer(stub: YoutubeStub) -> Writer:
    return youtube_writer(stub)


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (404, "parentCommentNotFound", RefusedError),
        (403, "commentsDisabled", RefusedError),
        (400, "commentTextTooLong", RefusedError),
        (400, "operationNotSupported", RefusedError),
        (403, "quotaExceeded", UnavailableError),
        (403, "rateLimitExceeded", UnavailableError),
        (403, "insufficientPermissions", SourceError),
        (403, "accessNotConfigured", SourceError),
        (401, "authError", SourceError),
        (400, "processingFailure", OutcomeUnknownError),
        (500, "backendError", OutcomeUnknownError),
    ],
)
def test_a_refusal_names_the_reason_of_youtube(writer: Writer, status: int, reason: str, kind: type[EscuchaError]) -> None:
    writer.writing.refusal = refusal(status, reason)
    with pytest.raises(kind, match=reason):
        writer.reply("Gracias.")
    assert writer.writing.asked == 1


@pytest.mark.parametrize("body", [7, ["x"], {"error": "x"}, {"error": {"errors": 7, "details": {"a": 1}}}])
def test_a_refusal_of_another_form_is_still_a_refusal(writer: Writer, body: Any) -> None:
    writer.writing.refusal = Reply(body, 403)
    with pytest.raises(RefusedError, match="403"):
        writer.reply("Gracias.")


def test_a_revoked_login_names_what_to_set(writer: Writer) -> None:
    writer.secrets = writer.secrets.model_copy(update={"youtube_refresh_token": SecretStr("revoked")})
    with pytest.raises(SourceError, match=r"invalid_grant.*ESCUCHA_YOUTUBE_REFRESH_TOKEN"):
        writer.reply("Gracias.")
    assert writer.writing.asked == 0


@pytest.mark.parametrize("login", [Reply(b"<html>"), Reply({}, 503), Reply(cut=True), Reply({}, 200), Reply([], 429)])
def test_a_login_that_fails_means_that_nothing_was_sent(stub: YoutubeStub, writer: Writer, login: Reply) -> None:
    stub.login = login
    with pytest.raises(UnavailableError):
        writer.reply("Gracias.")
    assert writer.writing.asked == 0


def test_an_answer_to_a_reply_goes_to_its_thread_and_has_an_address(writer: Writer) -> None:
    target = ReplyTarget(native_id=f"{PARENT}.9abc", url=f"https://www.youtube.com/watch?v={VIDEO}&lc={PARENT}.9abc", text="Ruido")
    url = writer.reply("Gracias.", target)
    assert writer.held() == [(PARENT, "Gracias.")]
    assert url == writer.find("Gracias.", target) == f"https://www.youtube.com/watch?v={VIDEO}&lc={PARENT}.own1"


def test_the_same_text_of_another_channel_is_not_ours(stub: YoutubeStub, writer: Writer) -> None:
    stub.replies[PARENT] = [comment(f"{PARENT}.1", "2026-11-24T12:00:00Z", "Gracias.", parentId=PARENT)]
    assert writer.is_absent("Gracias.")


def test_an_answer_among_250_replies_is_found(stub: YoutubeStub, writer: Writer) -> None:
    others = [comment(f"{PARENT}.{n}", "2026-11-24T12:00:00Z", "Gracias.", parentId=PARENT) for n in range(250)]
    stub.replies[PARENT] = others
    assert writer.is_absent("Gracias.")
    url = writer.reply("Gracias.")
    assert writer.find("Gracias.") == url


def test_under_a_deleted_comment_there_is_no_answer(stub: YoutubeStub, writer: Writer) -> None:
    stub.closed[PARENT] = refusal(404, "commentNotFound")
    assert writer.find("Gracias.") is None


@pytest.mark.parametrize("reply", [refusal(403, "forbidden"), refusal(500, "backendError"), Reply({"items": [7]})])
def test_a_list_that_cannot_be_read_is_not_called_empty(stub: YoutubeStub, writer: Writer, reply: Reply) -> None:
    stub.closed[PARENT] = reply
    with pytest.raises(UnavailableError):
        writer.find("Gracias.")


def test_an_answer_costs_50_units_of_the_quota(writer: Writer) -> None:
    units: list[int] = []
    writer.budget._spend = lambda requests, _usd: units.append(requests)
    writer.reply("Gracias.")
    writer.find("Gracias.")
    assert units == [50, 1, 1]


def test_an_answer_held_for_moderation_is_not_sent_a_second_time(stub: YoutubeStub, writer: Writer) -> None:
    writer.reply("Vea https://villa.example/avisos")
    stub.replies.clear()  # held as likely spam: in no list
    with pytest.raises(RefusedError, match="held for moderation"):
        writer.find("Vea https://villa.example/avisos")
