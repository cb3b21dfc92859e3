"""Test the nginx file of the citizens' pages before a real portal."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ledger.database import open_ledger
from portal.app import HEADERS, create_app
from portal.pages.open_data import FILES
from portal.static_files import PAGES, write_files
from tests.support.deployment import ROOT
from tests.support.ledger_facts import SALT
from tests.support.portal_facts import portal_context
from tests.support.running import free_ports
from tests.support.served_pages import served_at
from tests.system.deploy.test_deploy_nginx import NGINX, configuration, make_certificate, nginx_of

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs Debian's nginx-light (apt-get install nginx-light)")
NAME = "avisos.example.org"


@dataclass
class Portal:
    """Hold a running portal: its port, and the folder of its files."""

    port: int
    files: Path


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    home, files = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("files")
    files.chmod(0o755)
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    context = portal_context(home, ledger, portal_url=f"https://{NAME}", trusted_proxies="127.0.0.1", portal_files=str(files))
    app = create_app(context)
    assert write_files(app, context.settings) > 20
    with served_at(app) as address:
        yield Portal(int(address.rsplit(":", 1)[1]), files)
    ledger.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, portal: Portal) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    https, http = (int(port) for port in free_ports(2))
    text = with_portal(folder, https, http, portal.port, portal.files).replace("rate=20r/s", "rate=1000r/s")
    trust = ssl.create_default_context(cafile=str(folder / f"{NAME}.pem"))
    with (
        nginx_of(folder, text, https),
        httpx.Client(base_url=f"https://127.0.0.1:{https}", headers={"Host": NAME}, verify=trust, timeout=60, trust_env=False) as one,
    ):
        yield one


def with_portal(folder: Path, https: int, http: int, port: int, files: Path, desk: int = 9) -> str:
    """Return both files of nginx as they are, with only addresses and paths changed."""
    whole = configuration(folder, https, http, desk)
    chain, private = make_certificate(folder, NAME)
    text = (ROOT / "deploy" / "nginx" / "portal.conf").read_text()
    for old, new in (
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl;\n", ""),
        ("listen 443", f"listen 127.0.0.1:{https}"),
        ("listen 80", f"listen 127.0.0.1:{http}"),
        ("/etc/ssl/escucha/fullchain.pem", str(chain)),
        ("/etc/ssl/escucha/privkey.pem", str(private)),
        ("/etc/nginx/escucha-portal-headers.conf", str(ROOT / "deploy" / "nginx" / "escucha-portal-headers.conf")),
        ("/var/cache/escucha-portal", str(files)),
    ):
        assert old in text, old
        text = text.replace(old, new)
    return whole.replace("127.0.0.1:8803", f"127.0.0.1:{port}").rstrip().removesuffix("}") + text + "}\n"


def get(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    client.cookies.clear()
    return client.get(path, headers=headers, extensions={"sni_hostname": NAME})


def direct(portal: Portal, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask the portal itself, as nginx does."""
    given = {"Host": NAME, "X-Forwarded-Proto": "https", **(headers or {})}
    return httpx.get(f"http://127.0.0.1:{portal.port}{path}", headers=given, timeout=60, trust_env=False)


@pytest.mark.parametrize("path", ["/", "/report", "/open", "/times", "/data/response-times.csv", "/open311/discovery.json"])
def test_everybody_gets_the_citizens_pages(client: httpx.Client, path: str) -> None:
    answer = get(client, path)
    assert answer.status_code == 200
    assert answer.headers.get_list("strict-transport-security") == ["max-age=31536000"]


@pytest.mark.parametrize("path", ["/login", "/posts", "/cases", "/inbox"])
def test_nothing_of_the_desk_is_reachable_here(client: httpx.Client, path: str) -> None:
    assert get(client, path).status_code == 404


def test_a_large_form_ends_at_nginx(client: httpx.Client) -> None:
    answer = client.post("/report", content=b"a" * 200_000, extensions={"sni_hostname": NAME})
    assert answer.status_code == 413


def test_cookies_are_secure(client: httpx.Client) -> None:
    answer = get(client, "/language/en?next=/open")
    assert "Secure" in answer.headers["set-cookie"]


PUBLISHED = [*PAGES, *(f"/data/{name}" for name in FILES), "/static/portal.css", "/static/portal.svg"]
SAME = ("content-type", "link", "vary", "access-control-allow-origin")


@pytest.mark.parametrize("path", PUBLISHED)
def test_a_file_is_served_as_the_portal_would_answer(client: httpx.Client, portal: Portal, path: str) -> None:
    served, answered = get(client, path), direct(portal, path)
    assert (served.status_code, served.content) == (200, answered.content)
    same = SAME if not path.startswith("/static/") else ("content-type",)
    if path in ("/ask", "/case"):  # which the portal itself makes for each request
        same = ("content-type",)
    expected = {name: answered.headers.get(name, "") for name in same}
    assert {name: served.headers.get(name, "") for name in same} == expected
    for name, value in HEADERS.items():
        assert served.headers.get_list(name) == [value]
    assert served.headers.get_list("strict-transport-security") == ["max-age=31536000"]
    again = get(client, path, {"If-None-Match": served.headers["etag"]})
    assert again.status_code == 304


WISHES = ["", "es", "en", "en-GB,es;q=0.5", "fr, en;q=0.8", "fr", "de-DE,de;q=0.9,es-MX;q=0.8,en;q=0.7", "EN", "pt , es"]


@pytest.mark.parametrize("cookie", ["", "es", "en", "xx", "../etc"])
@pytest.mark.parametrize("wish", WISHES)
def test_the_language_is_the_one_that_the_portal_chooses(client: httpx.Client, portal: Portal, cookie: str, wish: str) -> None:
    headers = {"Accept-Language": wish} | ({"Cookie": f"language={cookie}"} if cookie else {})
    assert get(client, "/notice", headers).content == direct(portal, "/notice", headers).content


def test_the_files_are_what_nginx_serves_and_the_rest_is_passed_on(client: httpx.Client, portal: Portal) -> None:
    page = portal.files / "pages" / "es" / "times.html"
    before = page.read_bytes()
    page.write_bytes(b"from the file")
    try:
        assert get(client, "/times", {"Accept-Language": "es"}).content == b"from the file"
        assert get(client, "/times?x=1", {"Accept-Language": "es"}).content == before
    finally:
        page.write_bytes(before)
    assert get(client, "/api/v1/posts").json()["type"] == "urn:escucha:problem:token"
    assert get(client, "/api/v1/openapi.json").status_code == 200
    assert get(client, "/mcp").status_code == 405
    for path in ("/pages/es/times.html", "/data/../pages/es/times.html", "/data/versions/2026-01-01/x.csv", "/passed-on"):
        assert get(client, path).status_code == 404
