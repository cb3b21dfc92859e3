"""The Mastodon collector on snac, a real server of the fediverse that bends the protocol (Debian package snac2)."""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from mastodon import Mastodon
from mastodon.errors import MastodonError, MastodonNetworkError

from collectors import mastodon
from core.config.city import load_city
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget
from tests.support import collector_runs
from tests.support.json_path import dig

ROOT = Path(__file__).resolve().parents[3]
CITY = load_city(ROOT / "cities" / "madrid.toml")
OPEN = mastodon.Secrets()
SIGN_INS = 6

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("snac") is None, reason="snac is not installed: apt-get install snac2")]


@dataclass
class Snac:
    url: str
    folder: Path
    token: str

    def say(self, *texts: str, reply_to: str | None = None) -> list[dict[str, Any]]:
        """Posts through the client API; returns the statuses."""
        found = []
        for text in texts:
            data = {"status": text, "visibility": "public"} | ({"in_reply_to_id": reply_to} if reply_to else {})
            headers = {"Authorization": f"Bearer {self.token}", "Connection": "close"}
            answer = requests.post(f"{self.url}/api/v1/statuses", data=data, headers=headers, timeout=60)
            answer.raise_for_status()
            found.append(answer.json())
        return found

    def delete(self, status: dict[str, Any]) -> None:
        """The client API knows no deletion here: the files of the message go, and its line in the hashtag's index."""
        for file in self.folder.rglob(f"*{_md5(status['uri'])}*"):
            file.unlink()
        for index in (self.folder / "tag").rglob("*.idx"):
            lines = [line for line in index.read_text().splitlines() if line != _md5(status["uri"])]
            index.write_text("".join(f"{line}\n" for line in lines))

    def read(self, cursor: Json | None, pages: int = 50) -> collector_runs.Run:
        options = mastodon.Options(servers=(self.url,), hashtags=("madrid",))
        done, now = collector_runs.Run(cursor=cursor), datetime.now(UTC)
        try:
            for page in mastodon.collect(CITY, options, OPEN, cursor, Budget(now=now, until=now, pages=pages)):
                done.took(page)
        except SourceError as error:
            done.error = error
        return done


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.fixture
def snac(tmp_path: Path) -> Iterator[Snac]:
    folder = tmp_path / "snac"
    answer = subprocess.run([ROOT / ".ci" / "snac", folder], check=True, capture_output=True, text=True)
    url, user, password, pid = answer.stdout.split()
    try:
        yield Snac(url, folder, _patiently_signed_in(url, user, password))
    finally:
        os.kill(int(pid), signal.SIGTERM)


def _patiently_signed_in(url: str, user: str, password: str) -> str:
    """A token; snac resets about one line in ten of Mastodon.py, and a sign-in has four."""
    for _ in range(10):
        with contextlib.suppress(MastodonNetworkError, requests.ConnectionError):
            return _token(url, user, password)
    pytest.fail("snac reset the line at each of ten attempts to sign in")


def _token(url: str, user: str, password: str) -> str:
    """Signs in, anew from the beginning when snac cuts the line in the middle of it (it cuts about one in five)."""
    for _ in range(SIGN_INS):
        with contextlib.suppress(requests.ConnectionError, MastodonError):
            return _sign_in(url, user, password)
    return _sign_in(url, user, password)


def _sign_in(url: str, user: str, password: str) -> str:
    """Signs in as a browser would."""
    with requests.Session() as session:
        session.headers["Connection"] = "close"  # snac cuts lines that are used again, and a sign-in is not to be repeated
        scopes = ["read", "write"]
        client_id, secret = Mastodon.create_app("test", api_base_url=url, scopes=scopes, to_file=None, session=session)
        client = Mastodon(client_id=client_id, client_secret=secret, api_base_url=url, session=session)
        page = session.get(client.auth_request_url(scopes=scopes), timeout=60).text
        form = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
        form = form or {name: value for value, name in re.findall(r'value="([^"]*)"[^>]*name="(\w+)"', page)}
        target = re.search(r'action="([^"]+)"', page)
        assert target is not None
        sent = form | {"login": user, "passwd": password}
        answer = session.post(target[1], data=sent, allow_redirects=False, timeout=60)
        code = re.search(r'code=([^&"]+)', answer.headers.get("Location", "")) or re.search(r"([0-9a-f]{32,})", answer.text)
        assert code is not None
        return client.log_in(code=code[1], scopes=scopes)


def test_everything_said_is_read_once_over_several_runs_and_caps(snac: Snac) -> None:
    first_said = snac.say(*[f"Bache {n} #madrid" for n in range(50)])
    first = snac.read(None)
    assert first.error is None
    assert set(first.ids) == {status["uri"] for status in first_said}
    more = snac.say(*[f"Farola {n} #madrid" for n in range(120)])
    capped = snac.read(first.cursor, pages=2)
    assert [gap.reason for gap in capped.gaps] == ["page_cap"]
    later = snac.read(capped.cursor)
    assert later.error is None
    read = set(capped.ids) | set(later.ids)
    assert {status["uri"] for status in more} <= read
    assert snac.read(later.cursor).gaps == []


def test_a_known_message_that_was_deleted_does_not_blind_the_reader(snac: Snac) -> None:
    said = snac.say(*[f"Bache {n} #madrid" for n in range(20)])
    first = snac.read(None)
    assert first.cursor is not None
    # the state's oldest known id is what the next read begins at
    (state,) = dig(first.cursor, "streams").values()
    begin = next(status for status in said if status["id"] == state["known"][0])
    snac.delete(begin)
    shown = requests.get(f"{snac.url}/api/v1/timelines/tag/madrid", params={"min_id": begin["id"]}, timeout=60).json()
    assert shown == []  # the server says: nothing new
    more = snac.say(*[f"Farola {n} #madrid" for n in range(5)])
    second = snac.read(first.cursor)
    assert {status["uri"] for status in more} <= set(second.ids)


def test_text_author_thread_and_deletion_as_snac_tells_them(snac: Snac) -> None:
    (root,) = snac.say("¿Otra vez? 3 < 4 en la calle Mayor #madrid")
    (answer,) = snac.say("Aquí también #madrid", reply_to=root["id"])
    now = datetime.now(UTC)
    options = mastodon.Options(servers=(snac.url,), hashtags=("madrid",))
    pages = list(mastodon.collect(CITY, options, OPEN, None, Budget(now=now, until=now)))
    raws = {raw.native_id: raw for page in pages for raw in page.raws}
    assert raws[root["uri"]].text == "¿Otra vez? 3 < 4 en la calle Mayor #madrid"
    assert raws[root["uri"]].author_id == f"{snac.url}/ana"
    assert abs(raws[root["uri"]].created_at - now) < timedelta(minutes=1)
    assert [raws[status["uri"]].kind for status in (root, answer)] == ["post", "reply"]
    snac.delete(answer)
    found = mastodon.find_deleted(CITY, options, OPEN, list(raws), Budget(now=now, until=now))
    assert found == {root["uri"]: False, answer["uri"]: True}


def test_check_works_on_a_server_that_lies_about_its_version(snac: Snac) -> None:
    snac.say("Bache #madrid")
    words = mastodon.check(CITY, mastodon.Options(servers=(snac.url,)), OPEN)
    assert words.startswith(f"{snac.url} shows messages with #madrid, the newest is of 20")
