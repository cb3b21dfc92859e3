"""When a task stays red: somebody is told, once an hour, in the city's language, and no secret or post is quoted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.city import City, load_city
from core.config.settings import Settings
from core.errors import SourceError, UnavailableError
from pipeline.health.alerts import alert, describe_failure
from tests.support.stubs.server import Reply, Request, Stub
from tests.support.stubs.smtp import mail_sink

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TASK, WHY, RUN = "escucha_collect_x.collect", "x: the token was refused", "scheduled__2026-11-24T12:00:00+00:00"


class Hook(Stub):
    """A web hook that gives these statuses, one a request."""

    def __init__(self, *statuses: int) -> None:
        super().__init__()
        self.statuses = iter(statuses)

    def answer(self, request: Request) -> Reply:
        return Reply({}, status=next(self.statuses))


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities" / "madrid.toml")


def test_a_mail_tells_which_task_failed_why_and_what_to_do(tmp_path: Path, city: City) -> None:
    with mail_sink() as sink:
        settings = Settings(home=tmp_path, smtp_url=SecretStr(sink.address), alert_to="guardia@example.org")
        assert alert(settings, city, TASK, WHY, RUN, NOW) is True
    (mail,) = sink.mails
    assert mail["To"] == "guardia@example.org"
    assert mail["Subject"] == "Escucha Madrid: ha fallado escucha_collect_x.collect"
    text = mail.get_content()
    assert WHY in text
    assert RUN in text
    assert "No se pierde nada" in text


def test_a_web_hook_gets_one_json_object(tmp_path: Path, city: City) -> None:
    with Hook(200) as stub:
        settings = Settings(home=tmp_path, alert_webhook=SecretStr(f"{stub.url}/hooks/secret-part"))
        assert alert(settings, city, TASK, WHY, RUN, NOW) is True
    (request,) = stub.requests
    assert (request.method, request.path) == ("POST", "/hooks/secret-part")
    assert b'"task":"escucha_collect_x.collect"' in request.body.replace(b": ", b":")
    assert WHY.encode() in request.body


def test_the_same_fault_is_told_once_an_hour_and_another_at_once(tmp_path: Path, city: City) -> None:
    with mail_sink() as sink:
        settings = Settings(home=tmp_path, smtp_url=SecretStr(sink.address), alert_to="guardia@example.org")
        told = [
            alert(settings, city, TASK, WHY, RUN, NOW + timedelta(minutes=minutes)) for minutes in (0, 5, 59, 61, 66)
        ]
        other = alert(settings, city, TASK, "x: away", RUN, NOW + timedelta(minutes=5))
    assert told == [True, False, False, True, False]
    assert other is True
    assert len(sink.mails) == 3


def test_nothing_is_told_when_the_environment_names_nobody(tmp_path: Path, city: City) -> None:
    assert alert(Settings(home=tmp_path), city, TASK, WHY, RUN, NOW) is False
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_told_is_told_with_the_next_failure_and_the_address_of_the_hook_stays_secret(
    tmp_path: Path, city: City
) -> None:
    with Hook(503, 200) as stub:
        settings = Settings(home=tmp_path, alert_webhook=SecretStr(f"{stub.url}/hooks/secret-part"))
        with pytest.raises(UnavailableError) as failure:
            alert(settings, city, TASK, WHY, RUN, NOW)
        assert "secret-part" not in str(failure.value)
        assert alert(settings, city, TASK, WHY, RUN, NOW + timedelta(minutes=5)) is True


def test_a_hook_that_is_away_does_not_keep_the_mail_back(tmp_path: Path, city: City) -> None:
    with mail_sink() as sink:
        settings = Settings(
            home=tmp_path,
            smtp_url=SecretStr(sink.address),
            alert_to="guardia@example.org",
            alert_webhook=SecretStr("http://127.0.0.1:9/"),
        )
        with pytest.raises(UnavailableError, match="ESCUCHA_ALERT_WEBHOOK"):
            alert(settings, city, TASK, WHY, RUN, NOW)
    assert len(sink.mails) == 1


@pytest.mark.parametrize(
    ("exception", "said"),
    [
        (SourceError("x: slow down"), "x: slow down"),
        (ValueError("the post says: llamadme al 600 123 456"), "ValueError"),
        (None, "unknown"),
    ],
)
def test_only_our_own_words_are_passed_on(exception: Exception | None, said: str) -> None:
    assert describe_failure(exception) == said
