"""Spam: what is one, that it is counted apart everywhere, never a case, and that a person's word comes first."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.records.annotation import Annotation, Label
from core.records.post import Post
from dashboards import expected
from dashboards.panels import PANELS, Window
from ledger import leases, read
from ledger.cases import corrections
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations, decisions
from nlp.questions.spam.features import spam_kind
from pipeline import export
from reports.build.aggregate import count
from reports.build.period import Interval
from tests.support.ledger_facts import NOW, arrive, post, reading
from tests.support.seeded import by_hand
from tests.support.shared import needs_shared
from triage import decide

ROOT = Path(__file__).resolve().parents[3]
MADRID = by_hand(load_city(ROOT / "cities" / "madrid.toml"))
LEASE = timedelta(minutes=5)
SPAM = {1, 2}
"""Numbers of the posts that are labelled as spam."""
WORDS = (
    "un bache muy hondo",
    "la acera levantada por las raíces",
    "un semáforo que no cambia",
    "una zanja abierta sin valla",
    "el paso de cebra borrado",
    "una tapa de registro suelta",
)
"""Each post speaks of something else: copies of one text would be spam, too."""


def said(n: int) -> Post:
    return post(n, text=f"Hay {WORDS[n - 1]} en la calle de Alcalá")


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("SSRF Test 11 - a455b0\n\nThis is a test description for SSRF testing", "test"),
        ("URL Test 5 - 1741429417", "test"),
        ("Controller Test [number] - Payload 2\n\nUsing video controller to test SSRF with payload: http", "test"),
        ("Prueba.", "test"),
        ("testsia\n\ntestsia", "test"),
        ("<script>alert(1)</script>", "test"),
        ("GANA 300€ AL DÍA DESDE TU CASA sin experiencia, escríbeme INFO http", "advertising"),
        ("Préstamos rápidos sin nómina, WhatsApp [number]", "advertising"),
        ("Amarres de amor, resultados en 24 h, llámame [number]", "advertising"),
        ("Rebajas de verano: descuentos en toda la tienda, envío gratis http", "advertising"),
        ("Sabes cuanto cuesta una prueba de ADN.", None),
        ("Piden un test de antígenos en la biblioteca de la calle Alcalá y no hay ninguno", None),
        ("La web del ayuntamiento tiene una vulnerabilidad XSS en el formulario de cita, ¿a quién aviso?", None),
        ("Prohibid las pegatinas de cerrajeros 24h en los portales, http", None),
        ("@MADRID mandé la queja por WhatsApp y nada, los descuentos y rebajas del abono siguen sin salir", None),
        ("Las personas invidentes no pueden cruzar por aquí http", None),
        ("Hay un bache", None),
        ("", None),
    ],
)
def test_what_is_spam(text: str, sign: str | None) -> None:
    assert spam_kind(text) == sign


def test_the_tests_in_the_sample_are_found_and_nothing_else() -> None:
    """Each of the forms they take was read: 33 forms, 157 posts, all tests; 3 of them from before the attack of March 2025."""
    packed = (ROOT / "samples" / "decide_madrid.jsonl.gz").read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    found = [row for row in rows if spam_kind(f"{row.get('title') or ''}\n\n{row['text']}".strip())]
    assert len(found) == 157
    attack = [row for row in found if row["created_at"][:10] in ("2025-03-08", "2025-03-09")]
    assert len(attack) == 152
    of_these_days = [row for row in rows if row["created_at"][:10] in ("2025-03-08", "2025-03-09")]
    sure = [row for row in of_these_days if "SSRF" in f"{row.get('title')} {row['text']}"]
    assert len(sure) > 100
    assert all(row in found for row in sure)


@needs_shared
def test_no_citizen_is_taken_for_spam() -> None:
    data = ROOT.parent / "shared" / "data"
    texts = [
        json.loads(line)
        for path in [*data.glob("council_posts_es/*.jsonl"), *data.glob("incidents_es/*/posts.jsonl")]
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(texts) > 3000
    assert [row["text"] for row in texts if spam_kind(row["text"]) and row["actionable"]] == []
    assert sum(spam_kind(row["text"]) is not None for row in texts) <= 1


def labelled(n: int) -> Annotation:
    made = reading(said(n))
    spam = Label(question="spam", value=n in SPAM, score=0.99 if n in SPAM else 0.01, model="spam-rule@1")
    return made.model_copy(update={"labels": made.labels | {"spam": spam}})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Six posts, two of them spam, decided."""
    made = open_ledger(f"sqlite:///{tmp_path}/ledger.db", b"0" * 32)
    arrive(made, [said(n) for n in range(1, 7)])
    by_id = {post(n).post_id: labelled(n) for n in range(1, 7)}
    claimed = annotations.claim_pending(made, "r", 100, NOW, LEASE)
    annotations.store_annotations(made, "r", [by_id[one.post_id] for one in claimed], [], NOW)
    triage(made)
    yield made
    made.close()


def triage(ledger: Ledger) -> None:
    assert leases.hold(ledger, "triage", "t", NOW, LEASE)
    while batch := decisions.untriaged(ledger, 50):
        with decisions.known_posts(ledger) as known:
            found = decide(MADRID, batch, known)
        decisions.store_decisions(ledger, "t", found, NOW)
    leases.release(ledger, "triage", "t")


def test_spam_is_no_case_and_stands_in_no_number_but_its_own(ledger: Ledger) -> None:
    facts = list(read.post_records(ledger))
    spam = [one for one in facts if one.spam]
    assert {one.post_id for one in spam} == {post(n).post_id for n in SPAM}
    assert {(one.decision, one.reason) for one in spam} == {("no_case", "spam: a test of the platform or advertising")}
    assert all(one.decision == "in_case" for one in facts if not one.spam)
    assert read.count_posts(ledger, spam=True) == len(SPAM)
    view = Window(now=NOW, zone=MADRID.zone)
    counted = {key: expected.rows(PANELS[key], facts, [], view) for key in ("posts_by_source", "spam_by_source")}
    assert {key: sum(int(row[-1] or 0) for row in rows) for key, rows in counted.items()} == {"posts_by_source": 4, "spam_by_source": 2}
    listed = expected.rows(PANELS["latest_actionable"], facts, [], view)
    assert len(listed) == 4


def test_a_report_tells_spam_apart(ledger: Ledger) -> None:
    end = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC) + timedelta(days=1)
    interval = Interval(previous=end - timedelta(days=14), start=end - timedelta(days=7), end=end)
    numbers = count(ledger, MADRID.zone, interval)
    assert numbers.posts.now == 4
    assert [(one.reason, one.count) for one in numbers.unread] == [("spam", 2)]


def test_the_export_says_what_is_spam(ledger: Ledger) -> None:
    rows = [json.loads(line) for line in export.lines(ledger, "posts", "jsonl")]
    assert sorted(row["post_id"] for row in rows if row["spam"] is True) == sorted(post(n).post_id for n in SPAM)


@pytest.mark.parametrize(("question", "value"), [("spam", False), ("actionable", True)])
def test_a_persons_word_comes_before_the_rule(ledger: Ledger, question: str, value: bool) -> None:
    one = post(1).post_id
    corrections.correct(ledger, one, question, value, "ana", "", NOW)
    triage(ledger)
    fact = read.post_record(ledger, one)
    assert fact is not None
    assert fact.decision == "in_case"
