"""A ledger with a small city in it, read by hand instead of by the model: for tests of what comes after reading."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from core.annotation import Annotation, Label, Place
from core.config.city import City, load_city
from core.config.settings import Settings
from core.post import Post, Raw
from core.privacy.pseudonymise import pseudonymise
from ledger.database import Ledger, open_ledger
from ledger.ingest import store
from ledger.processing import annotations, decisions
from pipeline.context import Context
from triage import decide

MADRID = Path(__file__).resolve().parents[2] / "cities" / "madrid.toml"
SALT = b"a salt for tests, 32 bytes long."
ALCALA = Place(text="calle de Alcalá", kind="street", key="street:1", name="Calle de Alcalá", street="Calle de Alcalá",
               district="Salamanca", barrio="Goya", lat=40.42, lon=-3.68, sure=0.9)  # fmt: skip
SOL = Place(
    text="Puerta del Sol",
    kind="square",
    key="street:2",
    name="Puerta del Sol",
    district="Centro",
    barrio="Sol",
    sure=0.95,
)
UNKNOWN = Place(text="el parque de mi tía", kind="unresolved", sure=0.0)

# text, sentiment, intent, topic, calibrated score of actionable, place
SAID: tuple[tuple[str, str, str, str, float, Place | None], ...] = (
    (
        "Los contenedores de la calle de Alcalá llevan una semana sin recoger",
        "negative",
        "complaint",
        "waste_cleaning",
        0.95,
        ALCALA,
    ),
    ("Farola fundida en la Puerta del Sol, no se ve nada", "negative", "complaint", "street_lighting", 0.91, SOL),
    ("¿A qué hora abre la biblioteca?", "neutral", "question", "culture_sports_events", 0.62, None),
    ("Enhorabuena a los bomberos por su trabajo", "positive", "praise", "safety_police", 0.08, None),
    ("Todo está fatal en esta ciudad", "negative", "other", "other", 0.21, None),
    (
        "<script>alert(1)</script> =1+1 el parque de mi tía está sucio",
        "negative",
        "complaint",
        "parks_trees",
        0.58,
        UNKNOWN,
    ),
)


def raws(count: int, end: datetime, source: str = "archive", replay: bool = False) -> list[Raw]:
    """`count` messages, six hours apart, the last one at `end`."""
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
    """The reading of one of the messages above."""
    number = int(post.text.rsplit("(", 1)[1].rstrip(")"))
    _, sentiment, intent, topic, actionable, place = SAID[number % len(SAID)]
    values = {
        "language": ("es", 0.99), "relevance": (True, 0.9), "sentiment": (sentiment, 0.8), "intent": (intent, 0.7),
        "topic": (topic, 0.75), "actionable": (actionable >= 0.5, actionable), "places": ((place,) if place else (), 0.9),
    }  # fmt: skip
    vector = np.zeros(6, dtype="<f2")
    vector[number % len(SAID)] = 1
    labels = {q: Label(question=q, value=value, score=score, model=model) for q, (value, score) in values.items()}
    return Annotation(post_id=post.post_id, embedding=vector.tobytes(), labels=labels, model=model)


def by_hand(city: City) -> City:
    """The profile with thresholds set by hand: what is decided does not change with the posts that were labelled."""
    return city.model_copy(update={"triage": city.triage.model_copy(update={"act": 0.8, "review": 0.5})})


def fill(
    ledger: Ledger, city: City, count: int, end: datetime, source: str = "archive", replay: bool = False
) -> list[Post]:
    """Store, read and decide `count` messages; the posts as stored."""
    posts = [pseudonymise(raw, city, SALT) for raw in raws(count, end, source, replay)]
    run = store.begin_run(ledger, source, end)
    store.read_cursor(ledger, source)
    store.store_page(ledger, run, source, posts, [], {"at": count}, None, end)
    store.end_run(ledger, run, end, "done")
    while claimed := annotations.claim_pending(ledger, "test", 500, end, timedelta(minutes=5)):
        annotations.store_annotations(ledger, "test", [read_by_hand(post) for post in claimed], [], end)
    assert decisions.hold(ledger, "triage", "test", end, timedelta(minutes=5))
    while batch := decisions.untriaged(ledger, 500):
        with decisions.known_posts(ledger) as known:
            decided = decide(by_hand(city), batch, known)
        decisions.store_decisions(ledger, "test", decided, end)
    decisions.release(ledger, "triage", "test")
    return posts


def open_seeded(home: Path, count: int, end: datetime, replay: bool = False) -> Context:
    """An open house over a filled ledger (close its ledger afterwards)."""
    city = by_hand(load_city(MADRID))
    settings = Settings(home=home)
    ledger = open_ledger(settings.ledger, SALT)
    if count:
        fill(ledger, city, count, end, replay=replay)
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID)
