"""The mail server and the contact centre misbehaving in every way: each ends in its own error, in time."""

import json
from email.message import EmailMessage

import pytest
from pydantic import SecretStr

from contact_centre import OutcomeUnknownError, request_tracker
from core import smtp
from core.config.settings import Settings
from core.errors import EscuchaError, UnavailableError
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post
from tests.support.mail_server import mail_server
from tests.support.toxic import POISONS, limit_for, toxic

pytestmark = pytest.mark.timeout(600)
"""Servers that never answer: a test that goes on has shown that they are given up; tests/perf/test_given_up_in_time.py measures when."""


@pytest.fixture(autouse=True)
def _alone(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("ESCUCHA_RT_TOKEN", "1-34-canary")


# ---- mail


def letter() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "escucha@example.org", "ana@example.org", "Informe"
    made.set_content("Hola")
    return made


@pytest.mark.parametrize("hello", [b"", b"220 ready\r\n"], ids=["at once", "after its greeting"])
@pytest.mark.parametrize("poison", POISONS)
def test_a_mail_server_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch, poison: str, hello: bytes) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_S", 1.0)
    with toxic(poison, hello=hello) as server:
        settings = Settings(smtp_url=SecretStr(f"smtp://ana:secret@127.0.0.1:{server.port}"))
        with pytest.raises(UnavailableError, match=r"ESCUCHA_SMTP_URL: 127\.0\.0\.1 does not answer as a mail server"):
            smtp.send(settings.smtp_url, letter())
        assert b"secret" not in b"".join(server.heard)


def test_a_mail_server_that_freezes_with_the_mail_in_its_hand_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was taken is not known: it is sent again with the same Message-ID (reporting.py), never lost."""
    monkeypatch.setattr(smtp, "HAND_OVER_S", 1.0)
    monkeypatch.setattr(smtp, "GOODBYE_S", 0.3)
    with mail_server() as real, toxic("well", upstream=real.port) as between:
        settings = Settings(smtp_url=SecretStr(f"smtp://127.0.0.1:{between.port}"))
        with smtp.open_connection(settings.smtp_url) as server:
            between.poison = "freeze"
            with pytest.raises(UnavailableError, match=r"mail to ana@example\.org"):
                smtp.hand_over(server, letter())


# ---- contact centre

EMPTY = json.dumps({"items": [], "pages": 1, "page": 1, "total": 0, "count": 0}).encode()
NONE_YET = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(EMPTY), EMPTY)


def opened(port: int, timeout_s: float) -> str:
    options = request_tracker.Options(url=f"http://127.0.0.1:{port}", queue="Redes", requestor="buzon@ayto.test", timeout_s=timeout_s)
    return request_tracker.open_case(a_city(), options, request_tracker.Secrets(), a_case("c:1"), [a_post()], DESK)


@pytest.mark.parametrize("poison", POISONS)
def test_a_contact_centre_that_cannot_be_asked_is_given_up_in_time_and_nothing_was_sent(poison: str) -> None:
    with toxic(poison) as server:
        with pytest.raises(EscuchaError, match=r"127\.0\.0\.1"):
            opened(server.port, limit_for(poison, 2.0))
        assert not any(b"POST" in one for one in server.heard)


@pytest.mark.parametrize("poison", [one for one in POISONS if one != "refuse"])
def test_once_the_case_was_posted_the_outcome_is_unknown(poison: str) -> None:
    """So it is looked up before the next try, and no case gets two tickets."""
    with toxic(poison) as server:
        server.firsts.append(NONE_YET)
        with pytest.raises(OutcomeUnknownError):
            opened(server.port, limit_for(poison, 2.0))
        posts = [one for one in server.heard if one.startswith(b"POST")]
        assert len(posts) == (0 if poison == "closed" else 1)
