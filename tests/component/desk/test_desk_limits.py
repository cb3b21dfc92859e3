"""Limits on the desk: by account and by address, from the address that a named proxy saw, and never all of them forgotten at once."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.web import rate_limits
from core.web.client_address import caller, client_address
from core.web.rate_limits import BackOff, LoginLimits, RateLimit, browser_mark, known_browser
from desk.app import create_app
from desk.auth.users import set_user
from pipeline.context import Context
from tests.component.desk.test_desk_admission import site
from tests.support.desk_client import csrf
from tests.support.seeded import NOW, SALT, open_seeded

PASSWORD = "una clave bien larga 27"  # noqa: S105
PROXY = Settings(trusted_proxies="127.0.0.1, 10.1.0.0/16").trusted_networks


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 3, NOW)
    for name in ("rosa", "eva"):
        set_user(context.ledger, name, PASSWORD, "agent")
    yield context
    context.ledger.close()


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", ["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", ["6.6.6.6", "192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", ["6.6.6.6, 192.0.2.1, 10.1.2.3"], "192.0.2.1"),
        ("127.0.0.1", ["127.0.0.1, 192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", ["192.0.2.1, nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("127.0.0.1", ["192.0.2.1:5555"], "192.0.2.1"),
        ("10.1.9.9", ["10.1.2.3"], "10.1.2.3"),
        ("unix", ["192.0.2.1"], "unix"),
    ],
)
def test_the_rightmost_address_that_is_no_named_proxy_counts(peer: str, forwarded: list[str], found: str) -> None:
    assert client_address(peer, forwarded, PROXY) == found


def test_without_a_named_proxy_nobody_is_believed() -> None:
    assert Settings().trusted_networks == ()
    assert client_address("127.0.0.1", ["192.0.2.1"], ()) == "127.0.0.1"


@pytest.mark.parametrize("wrong", ["0.0.0.0/0", "::/0", "proxy.example.org", "*", "127.0.0.1;10.0.0.1"])
def test_a_proxy_that_would_be_everybody_or_nobody_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="ESCUCHA_TRUSTED_PROXIES"):
        _ = Settings(trusted_proxies=wrong).trusted_networks


def test_one_ipv6_client_is_its_network() -> None:
    assert caller("2001:db8:1:2:aaaa::1") == caller("2001:db8:1:2:bbbb::2") != caller("2001:db8:1:3::1")
    assert caller("::ffff:192.0.2.1") == caller("192.0.2.1") == "192.0.2.1"


def test_a_flood_of_callers_forgets_the_oldest_and_never_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MAX_CALLERS", 100)
    limit, back_off = RateLimit(2, 60), BackOff()
    for n in range(1000):
        limit.admits(f"flood {n}")
        back_off.admits(f"flood {n}")
        if n % 50 == 0:
            limit.admits("guesser")
    assert not limit.admits("guesser")
    assert len(limit._tries) <= 100
    assert len(back_off._tries) <= 100


def test_wrong_passwords_of_one_account_wait_longer_and_longer_and_the_right_one_ends_it() -> None:
    moment = 0.0
    back_off = BackOff(clock=lambda: moment)
    assert all(back_off.admits("rosa") for _ in range(rate_limits.FREE_TRIES))
    waits = []
    for _ in range(14):
        began = moment
        while not back_off.admits("rosa"):
            moment += 0.5
        waits.append(moment - began)
    assert waits == sorted(waits)
    assert waits[:3] == [1, 2, 4]
    assert waits[-1] == rate_limits.MAX_WAIT_S
    back_off.forgive("rosa")
    assert back_off.admits("rosa")


def test_ten_wrong_tries_behind_one_address_lock_no_colleague_out() -> None:
    login = LoginLimits()
    assert [login.admits("rosa", "gateway", None) for _ in range(10)] == [True] * 5 + [False] * 5
    assert all(login.admits(f"colleague-{n}", "gateway", None) for n in range(40))


def test_one_address_tries_no_more_than_sixty_accounts() -> None:
    login = LoginLimits()
    assert sum(login.admits(f"account-{n}", "stranger", None) for n in range(1000)) == 60
    assert login.admits("rosa", "elsewhere", None)


def test_a_browser_known_to_the_account_gets_in_whatever_others_try() -> None:
    login = LoginLimits()
    for n in range(500):
        login.admits("rosa", f"bot-{n % 100}", None)
        login.admits(f"account-{n}", "gateway", None)
    assert not login.admits("rosa", "gateway", None)
    mark = browser_mark(SALT, "rosa", "nonce")
    browser = known_browser(SALT, "rosa", mark)
    assert [login.admits("rosa", "gateway", browser) for _ in range(12)] == [True] * 10 + [False] * 2


@pytest.mark.parametrize("mark", ["", ".", "nonce", "nonce.", "nonce.0", "other.{0}", "é.{0}"])
def test_a_made_up_mark_of_a_browser_is_none(mark: str) -> None:
    good = browser_mark(SALT, "rosa", "nonce")
    assert known_browser(SALT, "rosa", mark.format(good.partition(".")[2])) is None
    assert known_browser(SALT, "eva", good) is None


def log_in(client: TestClient, name: str, password: str, **headers: str) -> int:
    token = csrf(client.get("/login", headers=headers).text)
    data = {"csrf": token, "name": name, "password": password}
    return client.post("/login", data=data, headers=headers, follow_redirects=False).status_code


def browser(context: Context, peer: str) -> TestClient:
    return TestClient(create_app(context), base_url="http://127.0.0.1", client=(peer, 50000))


def test_a_made_up_address_before_a_desk_without_named_proxies_changes_nothing(context: Context) -> None:
    client = browser(context, "127.0.0.1")
    tries = [log_in(client, "rosa", "wrong", **{"x-forwarded-for": f"192.0.2.{n}"}) for n in range(7)]
    assert tries == [401] * 5 + [429] * 2
    assert log_in(client, "eva", PASSWORD) == 303


def test_a_proxy_that_is_not_named_is_told_once(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    client = browser(context, "172.18.0.1")
    for _ in range(3):
        client.get("/notice", headers={"x-forwarded-for": "192.0.2.1"})
    assert [line for line in caplog.messages if "ESCUCHA_TRUSTED_PROXIES" in line and "172.18.0.1" in line] == caplog.messages[:1]


def test_a_made_up_address_before_the_proxys_own_changes_nothing(context: Context) -> None:
    client = browser(site(context, trusted_proxies="127.0.0.1"), "127.0.0.1")
    tries = [log_in(client, "rosa", "wrong", **{"x-forwarded-for": f"192.0.2.{n}, 203.0.113.9"}) for n in range(7)]
    assert tries == [401] * 5 + [429] * 2
    assert log_in(client, "rosa", PASSWORD, **{"x-forwarded-for": "203.0.113.10"}) == 303


def test_who_logged_in_here_before_is_not_locked_out_by_others(context: Context) -> None:
    app = create_app(context)
    mine = TestClient(app, base_url="http://127.0.0.1", client=("172.18.0.1", 50000))
    assert log_in(mine, "rosa", PASSWORD) == 303
    attacker = TestClient(app, base_url="http://127.0.0.1", client=("172.18.0.1", 50001))
    assert [log_in(attacker, "rosa", "wrong") for _ in range(10)] == [401] * 5 + [429] * 5
    assert log_in(mine, "rosa", PASSWORD) == 303
    assert log_in(TestClient(app, base_url="http://127.0.0.1", client=("172.18.0.1", 50002)), "eva", PASSWORD) == 303


def test_changes_are_limited_by_account_and_the_neighbour_works_on(context: Context) -> None:
    app = create_app(context)
    app.state.desk.limit.accounts.allowed = 3
    statuses = {}
    for name in ("rosa", "eva"):
        client = TestClient(app, base_url="http://127.0.0.1", client=("172.18.0.1", 50000))
        assert log_in(client, name, PASSWORD) == 303
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
        assert token is not None
        notes = [client.post("/cases/C-0/note", data={"csrf": token[1], "why": "x"}).status_code for _ in range(4)]
        statuses[name] = [status == 429 for status in notes]
    assert statuses == {"rosa": [False] * 3 + [True], "eva": [False] * 3 + [True]}


@pytest.mark.parametrize("hosts", [[], ["127.0.0.1", "127.0.0.1"], ["127.0.0.1", "evil.example"]])
def test_a_request_with_no_host_or_two_is_refused(context: Context, hosts: list[str]) -> None:
    app = create_app(context)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/notice",
        "raw_path": b"/notice",
        "query_string": b"",
        "root_path": "",
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": [(b"host", host.encode()) for host in hosts],
    }
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400
