"""Make posts with annotations, and decide them with Madrid's profile."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.config.city import City, load_city
from core.records.annotation import Annotation, Label, Place
from core.records.decision import Decision
from core.records.post import Post
from tests.support.decided_before import DecidedBefore
from triage.decide import decide

SHIPPED = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
MADRID = SHIPPED.model_copy(update={"triage": SHIPPED.triage.model_copy(update={"act": 0.8, "review": 0.5, "archives": "case"})})
"""With thresholds set by hand; derived ones: `test_thresholds.py`."""
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
"""Tuesday, 12:00 in Madrid."""
ALCALA = Place(text="calle de Alcalá", kind="street", key="street:1", name="Calle de Alcalá", district="Salamanca", sure=0.9)
RUBBISH = (1.0, 0.0, 0.0)
"""The direction of all texts that say nothing else."""


def post(name: str, at: datetime = NOON, **more: object) -> Post:
    fields = {"post_id": name.ljust(32, "0"), "source": "archive", "text": f"Hay basura en la calle de Alcalá {name}", "created_at": at}
    return Post.model_validate(fields | {"received_at": at, "author": f"author-{name}"} | more)


def reading(
    of: Post,
    score: float = 0.95,
    topic: str = "waste_cleaning",
    place: Place | None = ALCALA,
    direction: Iterable[float] = RUBBISH,
    relevance: bool = True,
    model: str = "m@1",
    places: tuple[Place, ...] | None = None,
) -> Annotation:
    named = places if places is not None else (place,) if place else ()
    labels = {
        "actionable": Label(question="actionable", value=score >= 0.5, score=score, model=model),
        "relevance": Label(question="relevance", value=relevance, score=0.9 if relevance else 0.1, model="m@1"),
        "topic": Label(question="topic", value=topic, score=0.9, model="m@1"),
        "intent": Label(question="intent", value="complaint", score=0.9, model="m@1"),
        "places": Label(question="places", value=named, score=0.9, model="m@1"),
    }
    return Annotation(post_id=of.post_id, embedding=np.array(list(direction), dtype="<f2").tobytes(), labels=labels, model="m@1")


ANSWERS = (
    "Lleva así desde el lunes y huele fatal",
    "Pues anda que delante de mi portal",
    "Han venido ratas esta noche",
    "El contenedor no cierra, normal",
    "Llamé al 010 y nada",
    "Yo ya ni salgo con los niños por ahí",
    "Ni un barrendero en toda la semana",
    "Qué asco de acera, de verdad",
    "Los del bar sacan cajas cada tarde",
    "Mi madre se resbaló ayer con una bolsa",
)
"""What different people say about it: copies of one text would count as one voice."""


def answers(count: int) -> list[Post]:
    """A post and those of other authors who answer it: one incident for certain."""
    first = post("00x")
    return [
        first,
        *(
            post(f"{n:02d}x", NOON + timedelta(minutes=n), reply_to=first.post_id, text=ANSWERS[(n - 1) % len(ANSWERS)])
            for n in range(1, count)
        ),
    ]


def decide_all(*posts: tuple[Post, Annotation], known: DecidedBefore | None = None, city: City = MADRID) -> list[Decision]:
    return decide(city, posts, known)
