"""The inbox over HTTP, down to the ledger: who may hand posts in, what becomes of each, and that no request breaks anything."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from collectors.parsing import envelope
from core.config import plugins
from core.config.city import load_city
from core.config.settings import Settings
from core.privacy.pseudonyms import post_id, pseudonym
from core.records.post import Raw
from desk.app import create_app
from ledger import read, reconciliation
from ledger.database import open_ledger
from ledger.ingest import cursors
from ledger.retention import forget, objections
from pipeline import all_steps as steps
from pipeline.context import Context, now
from pipeline.sources import Source
from pipeline.steps import receive
from tests.support.seeded import MADRID, SALT

TOKEN = "a-token-for-tests-of-the-inbox"  # noqa: S105
LINES = {"content-type": "application/x-ndjson"}


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    monkeypatch.setenv("ESCUCHA_INBOX_TOKEN", TOKEN)
    settings = Settings(home=tmp_path)
    ledger = open_ledger(settings.ledger, SALT)
    yield Context(load_city(MADRID), settings, SALT, ledger, {"inbox": inbox()}, MADRID)
    ledger.close()


def inbox(**table: object) -> Source:
    options = plugins.load_options("collectors", "inbox", table, "test")
    secrets = plugins.load_secrets("collectors", "inbox", "test")
    missing = secrets if isinstance(secrets, list) else []
    module = plugins.load_plugin("collectors", "inbox", "test")
    return Source("inbox", module, options, None if isinstance(secrets, list) else secrets, missing)


def tool(context: Context, token: str = TOKEN) -> TestClient:
    return TestClient(create_app(context), base_url="http://127.0.0.1", headers={"authorization": f"Bearer {token}"})


def post(number: object, text: str = "La papelera de la calle Toledo está rota", **more: object) -> dict[str, object]:
    return {"id": number, "text": text, **more}


def results(answer: object) -> list[str]:
    return [one["result"] for one in answer.json()["posts"]]  # type: ignore[attr-defined]


def test_each_post_gets_its_receipt_and_sent_again_nothing_changes(context: Context) -> None:
    client, sent = tool(context), [post(1), post("2", sender="webform"), {"id": 3}, post(4, ""), 5, post(1)]
    first = client.post("/inbox", json=sent)
    assert first.status_code == 200
    assert first.json() == {
        "stored": 2,
        "rejected": 3,
        "duplicate": 1,
        "posts": [
            {"id": 1, "result": "stored"},
            {"id": "2", "result": "stored"},
            {"id": 3, "result": "rejected", "reason": "missing_field: text"},
            {"id": 4, "result": "rejected", "reason": "empty_text"},
            {"result": "rejected", "reason": "not_an_object"},
            {"id": 1, "result": "duplicate"},
        ],
    }
    assert results(client.post("/inbox", json=sent[:2])) == ["duplicate", "duplicate"]
    assert [line for line in reconciliation.balance_sheet(context.ledger, None) if line.ok is False] == []
    (state,) = read.sources(context.ledger)
    assert (state.source, state.stored) == ("inbox", 2)


def test_one_post_and_posts_line_by_line_are_taken_too(context: Context) -> None:
    client = tool(context)
    assert results(client.post("/inbox", json=post(1))) == ["stored"]
    lines = "\n".join(json.dumps(post(n)) for n in (2, 3)) + "\n\n"
    assert results(client.post("/inbox", content=lines, headers=LINES)) == ["stored", "stored"]


def test_a_changed_text_is_an_update_and_an_erased_post_does_not_return(context: Context) -> None:
    client = tool(context)
    client.post("/inbox", json=post(1))
    assert results(client.post("/inbox", json=post(1, "Ya está arreglada"))) == ["updated"]
    assert forget.erase_post(context.ledger, post_id(SALT, "inbox", "1"), "erasure", now())
    answer = client.post("/inbox", json=post(1))
    assert answer.json()["posts"] == [{"id": 1, "result": "rejected", "reason": "erased"}]


def test_a_point_is_stored_within_a_metre_and_changed_with_the_text(context: Context) -> None:
    client = tool(context)
    client.post("/inbox", json=[post(1, lat=40.4169987, lon=-3.7035612), post(2)])
    where = [read.post_of(context.ledger, post_id(SALT, "inbox", name)) for name in ("1", "2")]
    assert [one and (one.lat, one.lon) for one in where] == [(40.417, -3.70356), (None, None)]
    assert results(client.post("/inbox", json=post(1, "Ahora aquí", lat=40.42, lon=-3.7))) == ["updated"]
    moved = read.post_of(context.ledger, post_id(SALT, "inbox", "1"))
    assert moved is not None
    assert (moved.lat, moved.lon) == (40.42, -3.7)


def test_a_writer_who_objects_is_told_so_and_nothing_is_kept(context: Context) -> None:
    objections.object_author(context.ledger, pseudonym(SALT, "inbox", "ana@example.org"), now())
    answer = tool(context).post("/inbox", json=[post(1, author="ana@example.org"), post(2, author="luis@example.org")])
    assert answer.json()["posts"] == [{"id": 1, "result": "rejected", "reason": "objected"}, {"id": 2, "result": "stored"}]
    assert [line for line in reconciliation.balance_sheet(context.ledger, None) if line.ok is False] == []


def test_nothing_that_identifies_the_writer_is_kept(context: Context, tmp_path: Path) -> None:
    text = "Soy Ana Canaria, 600 777 123. Farola fundida."
    tool(context).post("/inbox", json=post("canary-id-1", text, name="Ana Canaria", author="ana.canaria@correo.example"))
    context.ledger.close()
    for file in tmp_path.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not [word for word in (b"Canaria", b"canaria", b"600 777", b"canary-id") if word in content], file


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer \xf1"])
def test_without_the_token_nothing_is_read(context: Context, header: str) -> None:
    client = TestClient(create_app(context), base_url="http://127.0.0.1")
    answer = client.post("/inbox", json=post(1), headers=[(b"authorization", header.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.text
    assert read.sources(context.ledger) == []


def test_guessing_tokens_is_stopped_and_the_right_one_still_works(context: Context) -> None:
    client = tool(context, "wrong")
    assert [client.post("/inbox", json=post(1)).status_code for _ in range(12)] == [401] * 10 + [429] * 2
    right = client.post("/inbox", json=post(1), headers={"authorization": f"Bearer {TOKEN}"})
    assert right.status_code == 200


def native_id(sender: str | None, given: str) -> str:
    found = inbox().module.parse(envelope(post(given, sender=sender), "p", now()))
    assert isinstance(found, Raw)
    return found.native_id


def test_ids_of_two_senders_are_never_one_and_most_stay_what_they_are(context: Context) -> None:
    sent = [post("1:2", "Una farola", sender="web"), post("2", "Un bache", sender="web:1")]
    assert results(tool(context).post("/inbox", json=sent)) == ["stored", "stored"]
    assert [native_id("web", "1:2"), native_id("web", "2"), native_id(None, "2")] == ["web:1:2", "web:2", "2"]
    assert native_id("web:1", "2") == "web:1\x1f2"


def test_more_requests_a_minute_than_allowed_are_told_to_wait(context: Context) -> None:
    context.sources["inbox"] = inbox(per_minute=3)
    client = tool(context)
    answers = [client.post("/inbox", json=post(n)) for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"
    assert "error" in answers[-1].json()


def chunks() -> Iterator[bytes]:
    for _ in range(100):
        yield b" " * 100


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 413),
        (b"[" * 4_000, "application/json", 400),
        (b"", "application/json", 400),
        (b'{"id": 1}\n{', "application/x-ndjson", 400),
        (b"id=1&text=x", "application/x-www-form-urlencoded", 415),
        (b'{"id": 1, "text": "x"}', "text/plain", 415),
        (json.dumps([post(n) for n in range(6)]).encode(), "application/json", 413),
        (b" " * 6_000, "application/json", 413),
        (chunks(), "application/json", 413),
    ],
    ids=["half", "no utf-8", "deep and large", "deep", "empty", "half a line", "form", "text", "many", "large", "without a length"],
)
def test_a_request_that_is_wrong_as_a_whole_stores_nothing(context: Context, content: bytes, kind: str, status: int) -> None:
    context.sources["inbox"] = inbox(max_posts=5, max_bytes=5_000)
    answer = tool(context).post("/inbox", content=content, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["error"]
    assert read.sources(context.ledger) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": True},
        {"id": "\ud800"},
        {"id": "a\0b"},
        {"id": "x" * 201},
        {"id": 1.5},
        {"text": ["x"]},
        {"text": "\ud800"},
        {"text": "a\0b"},
        {"text": "x" * 100_001},
        {"created_at": "ayer"},
        {"created_at": 7},
        {"created_at": "1890-01-01"},
        {"name": 7},
        {"sender": []},
        {"author": {}},
        {"thread": ""},
        {"reply_to": [1]},
        {"lat": 40.4},
        {"lat": "40", "lon": "3"},
        {"lat": 91, "lon": 0},
        {"lat": True, "lon": False},
        {"lat": 1e999, "lon": 0},
    ],
    ids=lambda wrong: str(wrong)[:30],
)
def test_a_wrong_field_rejects_its_post_and_no_other(context: Context, wrong: dict[str, object]) -> None:
    answer = tool(context).post("/inbox", content=json.dumps([{**post(1), **wrong}, post(2)]), headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert results(answer) == ["rejected", "stored"]
    assert answer.json()["posts"][0]["reason"]


@pytest.mark.parametrize("levels", [150, 20_000])
def test_a_post_nested_without_end_is_rejected_and_no_other(context: Context, levels: int) -> None:
    deep = f'{{"id": 1, "text": "x", "more": {"[" * levels}{"]" * levels}}}'
    answer = tool(context).post("/inbox", content=f"[{deep}, {json.dumps(post(2))}]", headers={"content-type": "application/json"})
    assert results(answer) == ["rejected", "stored"]
    assert answer.json()["posts"][0]["reason"] == "too_deep"


def test_two_desks_at_once_lose_and_double_nothing(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each desk is a process with a lock of its own; what keeps them apart is the ledger alone."""
    monkeypatch.setattr(receive, "TRIES", 50)
    found: list[receive.InboxReceipt] = []
    locks = iter([threading.Lock(), threading.Lock()])

    def hand_in() -> None:
        found.extend(receive.receive(context, [post(n) for n in range(30)]))

    class Apart:
        """A lock for each thread."""

        def __init__(self) -> None:
            self.own = threading.local()

        def __enter__(self) -> None:
            self.own.lock = next(locks)
            self.own.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.own.lock.release()

    apart = Apart()
    monkeypatch.setattr(receive, "lock_of", lambda *_: apart)
    desks = [threading.Thread(target=hand_in) for _ in range(2)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert sorted(receipt.result for receipt in found) == ["duplicate"] * 30 + ["stored"] * 30
    assert [line for line in reconciliation.balance_sheet(context.ledger, None) if line.ok is False] == []


def test_a_city_without_an_inbox_or_without_a_token_says_so(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_INBOX_TOKEN", "short")
    context.sources["inbox"] = inbox()
    answer = tool(context).post("/inbox", json=post(1))
    assert (answer.status_code, answer.json()) == (503, {"error": "the inbox is off: set ESCUCHA_INBOX_TOKEN"})
    context.sources.clear()
    answer = tool(context).post("/inbox", json=post(1))
    assert answer.status_code == 404
    assert "add [sources.inbox]" in answer.json()["error"]


def test_its_schedule_reads_nothing_and_its_check_says_what_it_waits_for(context: Context) -> None:
    tool(context).post("/inbox", json=post(1))
    assert steps.collect(context, "inbox") == {"stored": 0}
    assert cursors.read_cursor(context.ledger, "inbox") == {}
    source = context.sources["inbox"]
    words = source.module.check(context.city, source.options, source.secrets)
    assert words == "accepts POST /inbox on the desk: 60 requests a minute, 500 posts each"
