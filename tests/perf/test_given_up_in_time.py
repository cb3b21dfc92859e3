"""When servers that misbehave are given up: soon after their limit. `make perf` runs it, on a quiet machine."""

import contextlib
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from pydantic import SecretStr

from core import smtp
from core.config.settings import Settings
from core.errors import EscuchaError, SourceError, UnavailableError
from ledger.database import open_ledger, postgres
from search.connection.engine import connect
from tests.component.collectors import test_collectors_limits as limits
from tests.component.collectors.test_collectors_limits import dripping  # noqa: F401  a fixture
from tests.component.contact_centre.test_toxic_servers import NONE_YET, letter, opened
from tests.support.mail_server import mail_server
from tests.support.toxic import POISONS, toxic

pytestmark = [pytest.mark.perf, pytest.mark.timeout(60)]


@pytest.fixture(autouse=True)
def _alone(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("ESCUCHA_RT_TOKEN", "1-34-canary")


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes longer."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize("read", [limits.by_requests, limits.by_a_service, limits.by_atproto])
@pytest.mark.parametrize("where", ["/headers", "/body"])
def test_a_network_that_drips(
    read: Callable[[str], None],
    where: str,
    dripping: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", 0.3)
    with within(5), pytest.raises((SourceError, requests.ConnectionError)):
        read(f"{dripping}{where}")


@pytest.mark.parametrize("poison", POISONS)
def test_a_ledger_server(monkeypatch: pytest.MonkeyPatch, poison: str) -> None:
    monkeypatch.setattr(postgres.Connection, "limit_s", 1.0)
    with within(4), toxic(poison) as server, pytest.raises(UnavailableError):
        open_ledger(f"postgresql://escucha:hush@127.0.0.1:{server.port}/escucha", b"salt" * 8)


@pytest.mark.parametrize("poison", POISONS)
def test_a_search_engine(poison: str) -> None:
    with within(4), toxic(poison) as server, pytest.raises(EscuchaError):
        connect(Settings(elasticsearch_url=f"http://127.0.0.1:{server.port}"), timeout_s=1.0)


@pytest.mark.parametrize("hello", [b"", b"220 ready\r\n"], ids=["at once", "after its greeting"])
@pytest.mark.parametrize("poison", POISONS)
def test_a_mail_server(monkeypatch: pytest.MonkeyPatch, poison: str, hello: bytes) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_S", 1.0)
    with within(4), toxic(poison, hello=hello) as server, pytest.raises(UnavailableError):
        smtp.send(SecretStr(f"smtp://127.0.0.1:{server.port}"), letter())


def test_a_mail_server_with_the_mail_in_its_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "HAND_OVER_S", 1.0)
    monkeypatch.setattr(smtp, "GOODBYE_S", 0.3)
    with mail_server() as real, toxic("well", upstream=real.port) as between:
        settings = Settings(smtp_url=SecretStr(f"smtp://127.0.0.1:{between.port}"))
        with within(4), smtp.open_connection(settings.smtp_url) as server:
            between.poison = "freeze"
            with pytest.raises(UnavailableError):
                smtp.hand_over(server, letter())


@pytest.mark.parametrize("poison", POISONS)
def test_a_contact_centre(poison: str) -> None:
    with within(4), toxic(poison) as server, pytest.raises(EscuchaError):
        opened(server.port, timeout_s=1.0)


@pytest.mark.parametrize("poison", [one for one in POISONS if one != "refuse"])
def test_a_contact_centre_after_its_first_answer(poison: str) -> None:
    with within(4), toxic(poison) as server:
        server.firsts.append(NONE_YET)
        with pytest.raises(EscuchaError):
            opened(server.port, timeout_s=1.0)
