"""How a contact centre is asked: each way to fail has its own word, certificates and proxies are the council's, secrets stay secret."""

import logging
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contact_centre import OutcomeUnknownError, http
from core.errors import ConfigurationError, RefusedError, UnavailableError
from tests.support.stubs.request_tracker import Tracker, page
from tests.support.stubs.server import Reply

CANARY = "token 1-34-canary"


@pytest.fixture(autouse=True)
def _no_proxy_no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def asked(url: str, method: str) -> httpx.Response:
    with http.connect(f"{url}/REST/2.0", 5, {"Authorization": CANARY}) as client:
        return http.ask(client, method, "ticket")


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (Reply({"message": "Unauthorized"}, 401), ConfigurationError, "401 Unauthorized"),
        (Reply({"message": "No permission to create tickets in the queue 'X'"}, 403), ConfigurationError, "No permission"),
        (Reply({"message": "Not Found"}, 404), ConfigurationError, "404 Not Found"),
        (Reply(b"", 302, {"Location": "https://login.ayto.test/"}), ConfigurationError, "redirect to https://login.ayto.test/"),
        (Reply({"message": "Status 'x'\nisn't valid"}, 400), RefusedError, "400 Status 'x' isn't valid"),
        (Reply(b"too big", 413), RefusedError, "413"),
        (Reply({"message": "slow down"}, 429), UnavailableError, "wait"),
        (Reply({"message": "oops"}, 500), OutcomeUnknownError, "500 oops"),
        (Reply(b"<html>Bad gateway</html>", 502, {"Content-Type": "text/html"}), OutcomeUnknownError, r"502 \(no message\)"),
        (Reply(b"<html>Welcome</html>", 200, {"Content-Type": "text/html"}), OutcomeUnknownError, "something else than JSON"),
        (Reply(cut=True), OutcomeUnknownError, "no answer to POST ticket"),
    ],
)
def test_each_way_in_which_a_change_fails_has_its_own_word(reply: Reply, kind: type[Exception], says: str) -> None:
    with Tracker(("POST ticket", reply)) as tracker, pytest.raises(kind, match=says) as raised:
        asked(tracker.url, "POST")
    assert raised.type is kind
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"message": "oops"}, 500), UnavailableError),
        (Reply(cut=True), UnavailableError),
        (Reply(b"<html>Login</html>", 200, {"Content-Type": "text/html"}), ConfigurationError),
    ],
)
def test_a_question_that_fails_has_changed_nothing(reply: Reply, kind: type[Exception]) -> None:
    with Tracker(("GET ticket", reply)) as tracker, pytest.raises(kind) as raised:
        asked(tracker.url, "GET")
    assert raised.type is kind


def test_a_server_that_is_not_there_is_unavailable_and_the_outcome_is_known() -> None:
    with Tracker() as tracker:
        url = tracker.url
    with pytest.raises(UnavailableError, match="cannot be reached") as raised:
        asked(url, "POST")
    assert raised.type is UnavailableError


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with http.connect(url, 0.2, {}) as client, pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
            http.ask(client, "POST", "ticket")


def test_the_login_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "httpx")  # the command quiets it
    with Tracker(("GET ticket", page())) as tracker:
        asked(tracker.url, "GET")
        assert tracker.requests[0].headers["Authorization"] == CANARY
    assert "/REST/2.0/ticket" in caplog.text
    assert "canary" not in caplog.text


@pytest.fixture(scope="module")
def council_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that only its owner trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ayto.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("ca") / "council.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_a_private_ca_is_refused_until_the_environment_names_it(council_ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(council_ca)
    with Tracker(("GET ticket", page()), ("GET ticket", page()), tls=tls) as tracker:
        with pytest.raises(UnavailableError, match="for a private CA set SSL_CERT_FILE"):
            asked(tracker.url, "GET")
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            with monkeypatch.context() as environment:
                environment.setenv(name, str(council_ca))
                assert asked(tracker.url, "GET").status_code == 200


def test_a_bundle_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with pytest.raises(ConfigurationError, match=r"cannot read /no/such/file\.pem"):
        asked("https://127.0.0.1:9", "GET")


def test_the_councils_proxy_is_used_except_where_it_says_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with Tracker(("GET ticket", page())) as proxy, Tracker(("GET ticket", page())) as near:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert asked("http://rt.ayto.test", "GET").status_code == 200
        assert asked(near.url, "GET").status_code == 200
        assert (len(proxy.requests), len(near.requests)) == (1, 1)
