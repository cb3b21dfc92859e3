"""Fill a ledger with a small city, annotated by hand.

For tests of the steps after annotation.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.config.city import City, load_city
from core.config.settings import Settings
from core.privacy.pseudonymise import pseudonymise
from core.records.annotation import Annotation, Label, Place
from core.records.post import Post, Raw
from ledger import leases
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from pipeline.context import Context
from triage import decide

MADRID = Path(__file__).resolve().parents[2] / "cities" / "madrid.toml"
SALT = b"a salt for tests, 32 bytes long."
NOW = datetime.now(UTC) - timedelta(minutes=5)
"""When the newest post was written, unless a test says otherwise."""
ALCALA = Place(
    text="calle de Alcalá",
    kind="street",
    key="street:1",
    name="Calle de Alcalá",
    street="Calle de Alcalá",
    district="Salamanca",
    barrio="Goya",
    lat=40.42,
    lon=-3.68,
    sure=0.9,
)
SOL = Place(text="Puerta del Sol", kind="square", key="street:2", name="Puerta del Sol", district="Centro", barrio="Sol", sure=0.95)
UNKNOWN = Place(text="el parque de mi tía", kind="unresolved", sure=0.0)

# text, sentiment, intent, topic, calibrated score of actionable, place
SAID: tuple[tuple[str, str, str, str, float, Place | None], ...] = (
    ("Los contenedores de la calle de Alcalá llevan una semana sin recoger", "negative", "complaint", "waste_cleaning", 0.95, ALCALA),
    ("Farola fundida en la Puerta del Sol, no se ve nada", "negative", "complaint", "street_lighting", 0.91, SOL),
    ("¿A qué hora abre la biblioteca?", "neutral", "question", "culture_sports_events", 0.62, None),
    ("Enhorabuena a los bomberos por su trabajo", "positive", "praise", "safety_police", 0.08, None),
    ("Todo está fatal en esta ciudad", "negative", "other", "other", 0.21, None),
    ("<script>alert(1)</script> =1+1 el parque de mi tía está sucio", "negative", "complaint", "parks_trees", 0.58, UNKNOWN),
)


def raws(count: int, end: datetime, source: str = "archive", replay: bool = False) -> list[Raw]:
    """Make `count` messages, six hours apart, the last one at `end`."""
    return [
        Raw(
            source=source,
            native_id=f"native-{n}",
            text=f"{SAID[n % len(SAID)][0]} ({n})",
            created_at=end - timedelta(hours=6 * (count - 1 - n)),
            received_at=end - timedelta(hours=6 * (count - 1 - n)),
            author_id=f"author-{n % 7}",
            handle=f"@vecina{n % 7}",
            url=f"https://red.example/{n}",
            replayed_from=end - timedelta(days=3000) if replay else None,
        )
        for n in range(count)
    ]


def read_by_hand(post: Post, model: str = "hand@1") -> Annotation:
    """Return the annotation of one of the messages above."""
    number = int(post.text.rsplit("(", 1)[1].split(")")[0])
    _, sentiment, intent, topic, actionable, place = SAID[number % len(SAID)]
    values = {
        "language": ("es", 0.99),
        "relevance": (True, 0.9),
        "sentiment": (sentiment, 0.8),
        "intent": (intent, 0.7),
        "topic": (topic, 0.75),
        "actionable": (actionable >= 0.5, actionable),
        "places": ((place,) if place else (), 0.9),
    }
    vector = np.zeros(6, dtype="<f2")
    vector[number % len(SAID)] = 1
    labels = {q: Label(question=q, value=value, score=score, model=model) for q, (value, score) in values.items()}
    return Annotation(post_id=post.post_id, embedding=vector.tobytes(), labels=labels, model=model)


def by_hand(city: City) -> City:
    """Return the profile with thresholds set by hand.

    Decisions then do not change with the labelled posts, nor with the hour: copies of one text have .45 in the morning and .51 at noon.
    Replayed posts open cases, as in a city that did not choose otherwise.
    """
    by_hand = {"act": 0.8, "review": 0.5, "similar": 0.35, "archives": "case"}
    return city.model_copy(update={"triage": city.triage.model_copy(update=by_hand)})


def fill(ledger: Ledger, city: City, count: int, end: datetime, source: str = "archive", replay: bool = False) -> list[Post]:
    """Store, annotate and decide `count` messages; return the posts."""
    posts = [pseudonymise(raw, city, SALT) for raw in raws(count, end, source, replay)]
    store_and_decide(ledger, city, posts, end, source)
    return posts


def store_and_decide(ledger: Ledger, city: City, posts: Sequence[Post], end: datetime, source: str = "archive") -> None:
    """Store, annotate and decide posts made of the messages above."""
    run = cursors.begin_run(ledger, source, end)
    cursors.read_cursor(ledger, source)
    store.store_page(ledger, run, source, posts, [], {"at": len(posts)}, None, end)
    cursors.end_run(ledger, run, end, "done")
    while claimed := annotations.claim_pending(ledger, "test", 500, end, timedelta(minutes=5)):
        annotations.store_annotations(ledger, "test", [read_by_hand(post) for post in claimed], [], end)
    assert leases.hold(ledger, "triage", "test", end, timedelta(minutes=5))
    while batch := decisions.untriaged(ledger, 500):
        with decisions.known_posts(ledger) as known:
            decided = decide(by_hand(city), batch, known)
        decisions.store_decisions(ledger, "test", decided, end)
    leases.release(ledger, "triage", "test")


@cache
def _filled(count: int, end: datetime, replay: bool) -> bytes:
    """Return the file of a filled ledger, made once in a process."""
    with TemporaryDirectory(prefix="escucha-seeded-") as folder:
        file = Path(folder) / "ledger.sqlite"
        ledger = open_ledger(f"sqlite:///{file}", SALT)
        fill(ledger, by_hand(load_city(MADRID)), count, end, replay=replay)
        ledger.close()
        return file.read_bytes()


def open_seeded(home: Path, count: int, end: datetime, replay: bool = False) -> Context:
    """Open a context over a filled ledger.

    Close its ledger afterwards.
    """
    city = by_hand(load_city(MADRID))
    settings = Settings(home=home)
    file = Path(settings.ledger.removeprefix("sqlite:///"))
    assert not (count and file.exists()), "open_seeded fills a new ledger"
    if count:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(_filled(count, end, replay))
    ledger = open_ledger(settings.ledger, SALT)
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID)
