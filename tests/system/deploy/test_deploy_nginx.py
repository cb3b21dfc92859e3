"""The nginx file of deploy/ before a real desk: a stranger gets the pages for citizens and nothing else, whatever he claims to be."""

import datetime as dt
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.deployment import ROOT, escucha
from tests.support.running import free_ports
from tests.support.served import Served, serve

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs Debian's nginx-light (apt-get install nginx-light)")
NAME = "escucha.example.org"
STAFF, STRANGER = "127.0.0.9", "127.0.0.7"
PASSWORD = "una clave bien larga 27"  # noqa: S105
TOKEN = "a-token-for-tests-of-nginx"  # noqa: S105
CITIZENS = ["/public", "/public/data.csv", "/public/data.json", "/notice", "/static/desk.css"]
DESK = ["/", "/posts", "/cases", "/review", "/sources", "/reports", "/login", "/setup", "/alive", "/dashboards/now", "/progress"]
FORGED = {"X-Forwarded-For": "127.0.0.9", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1", "Via": "1.1 x"}


@dataclass
class Site:
    """nginx with the file of deploy/, and the desk behind it."""

    desk: Served
    https: int
    http: int
    certificate: Path
    log: Path

    def client(self, source: str) -> httpx.Client:
        """A browser at this address; the name is resolved by hand."""
        trust = ssl.create_default_context(cafile=str(self.certificate))
        transport = httpx.HTTPTransport(local_address=source, verify=trust)
        return httpx.Client(
            transport=transport, base_url=f"https://127.0.0.1:{self.https}", headers={"Host": NAME}, timeout=60, trust_env=False
        )

    def get(self, source: str, path: str, **headers: str) -> httpx.Response:
        with self.client(source) as client:
            return client.get(path, headers=headers, extensions={"sni_hostname": NAME})


def make_certificate(folder: Path, of: str = NAME) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, of)]), dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(of)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{of}.pem", folder / f"{of}.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return chain, private


def configuration(folder: Path, https: int, http: int, desk: int) -> str:
    """The file as it is, with only addresses, paths and the staff's network changed."""
    chain, private = make_certificate(folder)
    text = (ROOT / "deploy" / "nginx" / "escucha.conf").read_text()
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    for old, new in (
        ("listen 443", f"listen 127.0.0.1:{https}"),
        ("listen 80", f"listen 127.0.0.1:{http}"),
        ("127.0.0.1:8800", f"127.0.0.1:{desk}"),
        ("10.0.0.0/8 1", f"{STAFF}/32 1"),
        ("/etc/ssl/escucha/fullchain.pem", str(chain)),
        ("/etc/ssl/escucha/privkey.pem", str(private)),
        ("/var/log/nginx/escucha.log", str(folder / "access.log")),
    ):
        assert old in text, old
        text = text.replace(old, new)
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    head = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;"
    logs = f"access_log {folder}/default.log;"  # as Debian's nginx.conf has it: of servers that name none of their own
    return f"{head}\nevents {{ worker_connections 512; }}\nhttp {{\n{logs}\n{temporary}\n{text}\n}}\n"


@contextmanager
def nginx_of(folder: Path, text: str, port: int) -> Iterator[None]:
    """Run nginx with this configuration until the end of the block.

    The workers of a root's nginx are another account, which cannot enter pytest's folders.
    """
    (folder / "nginx.conf").write_text(f"user root;\n{text}" if os.getuid() == 0 else text)
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with (folder / "said").open("wb") as said:
        nginx = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        until = time.monotonic() + 120
        while not listening(port):
            assert nginx.poll() is None, (folder / "said").read_text() + (folder / "error.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        yield
    finally:
        nginx.terminate()
        nginx.wait(60)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, home = tmp_path_factory.mktemp("nginx"), tmp_path_factory.mktemp("desk")
    folder.chmod(0o755)
    https, http = (int(port) for port in free_ports(2))
    with (
        serve(home, ESCUCHA_DESK_URL=f"https://{NAME}", ESCUCHA_TRUSTED_PROXIES="127.0.0.1") as desk,
        nginx_of(folder, configuration(folder, https, http, desk.port), https),
    ):
        yield Site(desk, https, http, folder / f"{NAME}.pem", folder / "access.log")


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_before_there_are_users_staff_are_told_about_the_link_and_strangers_nothing(site: Site) -> None:
    assert site.get(STRANGER, "/").status_code == 403
    answer = site.get(STAFF, "/cases")
    assert (answer.status_code, "escucha user NAME --role admin" in answer.text) == (403, True)
    link = re.search(r"first user: open https://[^/]+(/setup\?once=\S+)", site.desk.said())
    assert link is not None
    assert site.get(STRANGER, link[1]).status_code == 403
    assert site.get(STAFF, link[1]).status_code == 200
    assert "once=" not in site.log.read_text()


@pytest.fixture(scope="module")
def staffed(site: Site) -> Site:
    """The site once somebody works there."""
    escucha("user", "rosa", "--role", "admin", env=site.desk.env, stdin=PASSWORD.encode() + b"\n")
    return site


@pytest.mark.parametrize("headers", [{}, FORGED], ids=["plain", "forged"])
def test_a_stranger_gets_the_pages_for_citizens_and_nothing_else(staffed: Site, headers: dict[str, str]) -> None:
    assert {path: staffed.get(STRANGER, path, **headers).status_code for path in CITIZENS} == {
        path: 307 if path.startswith("/public") else 200 for path in CITIZENS
    }
    found = {path: staffed.get(STRANGER, path, **headers) for path in DESK}
    assert {path: answer.status_code for path, answer in found.items()} == dict.fromkeys(DESK, 403)
    assert not [path for path, answer in found.items() if "Escucha" in answer.text]
    for path in ("/public/../cases", "/static/../cases", "/public/%2e%2e/cases", "//cases", "/public/data.csv/../../cases"):
        answer = raw(staffed, STRANGER, f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        assert answer.split(b" ")[1] in (b"403", b"400", b"404"), path


def test_staff_log_in_and_get_safe_cookies(staffed: Site) -> None:
    assert log_in(staffed, PASSWORD) == 303
    answer = staffed.get(STAFF, "/login")
    assert answer.headers.get_list("strict-transport-security") == ["max-age=31536000"]
    assert "secure" in answer.headers["set-cookie"].lower()
    assert staffed.get(STRANGER, "/cases").headers["strict-transport-security"] == "max-age=31536000"


def log_in(site: Site, password: str, **headers: str) -> int:
    with site.client(STAFF) as client:
        sni = {"sni_hostname": NAME}
        page = client.get("/login", extensions=sni)
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token is not None
        cookie = "; ".join(one.partition(";")[0] for one in page.headers.get_list("set-cookie"))
        form = {"csrf": token[1], "name": "rosa", "password": password}
        return client.post("/login", data=form, headers={"Cookie": cookie} | headers, extensions=sni).status_code


def test_a_made_up_address_does_not_buy_more_tries(staffed: Site) -> None:
    tries = [log_in(staffed, "wrong", **{"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(7)]
    assert tries == [401] * 5 + [429] * 2


def test_the_inbox_is_open_and_asks_for_its_token(staffed: Site) -> None:
    with staffed.client(STRANGER) as client:
        answer = client.post("/inbox", json={"id": 1, "text": "x"}, extensions={"sni_hostname": NAME})
    assert answer.status_code == 404  # this profile has no inbox: the desk itself says so
    assert "inbox" in answer.json()["error"]


@pytest.mark.parametrize(("path", "size", "status"), [("/login", 200_000, 413), ("/inbox", 2_000_000, 413)])
def test_large_bodies_end_at_nginx(staffed: Site, path: str, size: int, status: int) -> None:
    with staffed.client(STAFF) as client:
        answer = client.post(path, content=b"x" * size, extensions={"sni_hostname": NAME})
    assert (answer.status_code, "nginx" in answer.text) == (status, True)


def test_large_headers_end_at_nginx(staffed: Site) -> None:
    assert staffed.get(STAFF, "/login", **{f"X-{n}": "y" * 3000 for n in range(8)}).status_code == 400


def test_old_tls_and_foreign_names_get_no_answer(staffed: Site) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    new = ssl.create_default_context(cafile=str(staffed.certificate))
    for context, name in ((old, NAME), (new, "evil.example")):
        with socket.create_connection(("127.0.0.1", staffed.https), 10) as plain, pytest.raises(OSError, match=r"(?i)ssl"):
            context.wrap_socket(plain, server_hostname=name)
    with connection(staffed, STAFF) as line:
        assert line.version() in ("TLSv1.2", "TLSv1.3")


def connection(site: Site, source: str) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(site.certificate))
    return context.wrap_socket(socket.create_connection(("127.0.0.1", site.https), 30, (source, 0)), server_hostname=NAME)


def raw(site: Site, source: str, request: bytes) -> bytes:
    with connection(site, source) as line:
        line.sendall(request)
        return line.recv(65536)


def test_two_hosts_are_refused_and_a_foreign_host_gets_nothing(staffed: Site) -> None:
    for hosts in (f"Host: {NAME}\r\nHost: evil.example\r\n", "Host: evil.example\r\n", "Host: 127.0.0.1\r\n"):
        answer = raw(staffed, STAFF, f"GET /notice HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        assert not answer.startswith(b"HTTP/1.1 200"), hosts


def test_plain_http_only_moves_to_https(staffed: Site) -> None:
    answer = httpx.get(f"http://127.0.0.1:{staffed.http}/cases", headers={"Host": NAME}, timeout=60, trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{NAME}/cases")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"http://127.0.0.1:{staffed.http}/cases", headers={"Host": "evil.example"}, timeout=60, trust_env=False)


def test_many_requests_of_one_address_are_told_to_wait_and_others_are_served(staffed: Site) -> None:
    with staffed.client("127.0.0.6") as client:
        statuses = [client.get("/notice", extensions={"sni_hostname": NAME}).status_code for _ in range(150)]
    assert statuses[0] == 200
    assert 429 in statuses
    assert staffed.get("127.0.0.5", "/notice").status_code == 200


@pytest.mark.slow
def test_a_request_that_does_not_arrive_is_ended(staffed: Site) -> None:
    assert "client_header_timeout 10s;" in (ROOT / "deploy" / "nginx" / "escucha.conf").read_text()
    with connection(staffed, "127.0.0.4") as line:
        line.settimeout(60)
        line.sendall(b"GET /notice HTTP/1.1\r\nHost: x")
        assert line.recv(100) == b""
