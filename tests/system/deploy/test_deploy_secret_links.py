"""Test the nginx files with the links of real mails: open to strangers, and in no log."""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from core.web.connection import server_config
from desk.app import create_app as create_desk
from ledger import read
from ledger.cases import workflow
from ledger.database import open_ledger
from pipeline.context import now
from pipeline.portal import citizens
from pipeline.steps.notify import notify
from pipeline.subscriptions.sending import send_subscriptions
from portal.app import create_app as create_portal
from tests.support.citizen_reports import ANA, open_its_case, text
from tests.support.ledger_facts import SALT
from tests.support.mail_server import mail_server
from tests.support.portal_facts import bearer, portal_context
from tests.support.running import free_ports
from tests.support.served_pages import served_by
from tests.support.subscription_rig import by, subscribed, with_people
from tests.system.deploy.test_deploy_nginx import NAME as DESK, NGINX, nginx_of
from tests.system.deploy.test_deploy_portal import NAME as PORTAL, with_portal

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs Debian's nginx-light (apt-get install nginx-light)")


@dataclass
class Town:
    """nginx with both files of deploy/, portal and desk behind it, and the links of the mails that they sent."""

    folder: Path
    https: int
    http: int
    receipt: str
    mails: str
    unsubscribe: str
    token: dict[str, str]

    def client(self, name: str, source: str) -> httpx.Client:
        """A browser of a stranger at this address."""
        transport = httpx.HTTPTransport(local_address=source, verify=ssl.create_default_context(cafile=str(self.folder / f"{name}.pem")))
        return httpx.Client(
            transport=transport, base_url=f"https://127.0.0.1:{self.https}", headers={"Host": name}, timeout=60, trust_env=False
        )

    def statuses(self, link: str, times: int, source: str, method: str = "GET", **more: object) -> list[int]:
        """Ask for a link so often; return the statuses."""
        return [answer.status_code for answer in self.answers(link, times, source, method, **more)]

    def refused_here(self, link: str, source: str) -> bool:
        """Ask until nginx itself says that it is too often."""
        return any(one.status_code == 429 and "nginx" in one.text for one in self.answers(link, 200, source))

    def answers(self, link: str, times: int, source: str, method: str = "GET", **more: object) -> list[httpx.Response]:
        """Ask for a link so often."""
        parts = urlsplit(link)
        assert parts.hostname is not None
        sni = {"sni_hostname": parts.hostname}
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        with self.client(parts.hostname, source) as client:
            return [client.request(method, path, extensions=sni, **more) for _ in range(times)]  # type: ignore[arg-type]

    def logged(self) -> str:
        """Return all that nginx wrote."""
        return "".join(one.read_text() for one in self.folder.glob("*.log"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home, folder, files, office = (tmp_path_factory.mktemp(name) for name in ("portal", "nginx", "files", "desk"))
    folder.chmod(0o755)
    https, http = (int(port) for port in free_ports(2))
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    found = portal_context(home, ledger, portal_url=f"https://{PORTAL}", trusted_proxies="127.0.0.1")
    with mail_server() as server, with_people(office) as desk:
        mailed = found.settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{server.port}")})
        context = replace(found, settings=mailed)
        number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": "La farola no se enciende"})
        assert number is not None
        citizens.store_contact(context, number, ANA, "es")
        notify(context)
        contact = read.contact(ledger, number=number)
        assert contact is not None
        citizens.confirm_contact(context, contact)
        workflow.change(ledger, open_its_case(ledger), "assigned", "ana", "", now())
        notify(context)
        news = text(server.taken[-1][1])
        subscribed(desk)
        send_subscriptions(by(desk, server.port, desk_url=f"https://{DESK}", trusted_proxies="127.0.0.1"))
        ends = re.search(r"<(\S+)>", str(server.taken[-1][1]["List-Unsubscribe"]))
        links = re.findall(rf"https://{PORTAL}/(?:case|mails)/\S+", news)
        assert ends is not None
        assert len(links) == 2
        with (
            served_by(server_config(create_portal(context), "127.0.0.1", 0)) as portal,
            served_by(server_config(create_desk(desk), "127.0.0.1", 0)) as at,
        ):
            ports = [int(address.rsplit(":", 1)[1]) for address in (portal, at)]
            whole = with_portal(folder, https, http, ports[0], files, ports[1])
            with nginx_of(folder, whole, https):
                yield Town(folder, https, http, links[0], links[1], ends[1], bearer(ledger, "cases"))
    ledger.close()


def secret(link: str) -> str:
    return urlsplit(link).path.rsplit("/", 1)[1]


@pytest.mark.parametrize("name", ["receipt", "mails", "unsubscribe"])
def test_a_link_of_a_mail_opens_for_a_stranger_and_is_never_logged(town: Town, name: str) -> None:
    """At both ports, beyond every rate, with a body that is too large, and under other names."""
    link = getattr(town, name)
    assert town.statuses(link, 1, "127.0.0.21") == [200]
    assert town.refused_here(link, "127.0.0.22")
    assert 413 in town.statuses(link, 2, "127.0.0.23", "POST", content=b"x" * 200_000)
    parts = urlsplit(link)
    for host in (parts.hostname, "evil.example"):
        with httpx.Client(base_url=f"http://127.0.0.1:{town.http}", headers={"Host": str(host)}, timeout=60, trust_env=False) as plain:
            try:
                assert plain.get(parts.path).status_code == 301
            except httpx.RemoteProtocolError:
                assert host == "evil.example"
    for name_here, source in ((PORTAL, "127.0.0.33"), (DESK, "127.0.0.34")):
        town.statuses(f"https://{name_here}{parts.path}", 100, source)
    with town.client(str(parts.hostname), "127.0.0.24") as client:
        client.get(parts.path, headers={"Host": "evil.example"}, extensions={"sni_hostname": parts.hostname})
    assert secret(link) not in town.logged()


def test_a_key_that_is_typed_into_the_form_is_never_logged(town: Town) -> None:
    _, _, number, key = urlsplit(town.receipt).path.split("/")
    typed = f"https://{PORTAL}/case?number={number}&secret={key}"
    assert town.statuses(typed, 1, "127.0.0.25") == [303]
    assert town.refused_here(typed, "127.0.0.26")
    assert key not in town.logged()


def test_a_link_is_not_logged_while_portal_and_desk_are_down(tmp_path: Path) -> None:
    https, http, port, desk = (int(one) for one in free_ports(4))
    tmp_path.chmod(0o755)
    with nginx_of(tmp_path, with_portal(tmp_path, https, http, port, tmp_path, desk), https):
        town = Town(tmp_path, https, http, "", "", "", {})
        for link in (f"https://{PORTAL}/case/7K3D9F012Q/0123456789abcdef0123", f"https://{DESK}/unsubscribe/1/0123456789abcdef0123"):
            assert town.statuses(link, 1, "127.0.0.27") == [502]
        assert "0123456789abcdef0123" not in town.logged()
        assert town.statuses(f"https://{DESK}/notice", 1, "127.0.0.27") == [502]
        assert "/notice" in town.logged()


def test_ending_a_subscription_takes_one_press_of_a_mail_programs_button(town: Town) -> None:
    """Last of all: the page says so afterwards."""
    asked = town.statuses(town.unsubscribe, 1, "127.0.0.28", "POST", data={"List-Unsubscribe": "One-Click"})
    assert asked == [200]


def test_programs_get_the_requests_a_minute_that_the_documents_promise(town: Town) -> None:
    """300 of an assistant with its token, 600 readings of Open311 and 60 new requests: portal and nginx count the same."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert set(town.statuses(f"https://{PORTAL}/mcp", 300, "127.0.0.29", "POST", json=call, headers=town.token)) == {200}
    reading = town.statuses(f"https://{PORTAL}/open311/discovery.json", 600, "127.0.0.31")
    assert set(reading) == {200}
    address = f"https://{PORTAL}/open311/v2/requests.json"
    created = town.statuses(address, 60, "127.0.0.31", "POST", data={"api_key": ""})
    assert set(created) == {403}  # this portal has no keys: it says so itself
