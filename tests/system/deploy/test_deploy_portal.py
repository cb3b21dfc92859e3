"""Test the nginx file of the citizens' pages before a real portal."""

import ssl
import subprocess
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from ledger.database import open_ledger
from portal.app import create_app
from tests.support.deployment import ROOT
from tests.support.ledger_facts import SALT
from tests.support.portal_facts import portal_context
from tests.support.running import free_ports
from tests.system.deploy.test_deploy_nginx import NGINX, configuration, listening, make_certificate

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs Debian's nginx-light (apt-get install nginx-light)")
NAME = "avisos.example.org"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("home")
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    context = portal_context(home, ledger, portal_url=f"https://{NAME}", trusted_proxies="127.0.0.1")
    server = uvicorn.Server(uvicorn.Config(create_app(context), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)
    ledger.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, portal: int) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    https, http = (int(port) for port in free_ports(2))
    desk = configuration(folder, https, http, 9)
    chain, private = make_certificate(folder, NAME)
    text = (ROOT / "deploy" / "nginx" / "portal.conf").read_text()
    for old, new in (
        ("    listen [::]:80;\n", ""), ("    listen [::]:443 ssl;\n", ""), ("listen 443", f"listen 127.0.0.1:{https}"),
        ("listen 80", f"listen 127.0.0.1:{http}"), ("/etc/ssl/escucha/fullchain.pem", str(chain)),
        ("/etc/ssl/escucha/privkey.pem", str(private)),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    whole = desk.replace("127.0.0.1:8803", f"127.0.0.1:{portal}").rstrip().removesuffix("}") + text + "}\n"
    (folder / "nginx.conf").write_text(whole)
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    nginx = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while not listening(https):
        assert nginx.poll() is None, (folder / "error.log").read_text()
        assert time.monotonic() < until
        time.sleep(0.1)
    trust = ssl.create_default_context(cafile=str(chain))
    with httpx.Client(
        base_url=f"https://127.0.0.1:{https}", headers={"Host": NAME}, verify=trust, trust_env=False
    ) as one:
        yield one
    nginx.terminate()
    nginx.wait(20)


def get(client: httpx.Client, path: str) -> httpx.Response:
    return client.get(path, extensions={"sni_hostname": NAME})


@pytest.mark.parametrize(
    "path", ["/", "/report", "/open", "/times", "/data/response-times.csv", "/open311/discovery.json"]
)
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
