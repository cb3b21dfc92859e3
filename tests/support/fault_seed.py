"""Fill a ledger with cases for kill tests, annotated by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.config.city import City, ContactCentre, load_city
from core.config.protocols import load_collector
from core.config.settings import Settings
from core.config.source_options import SourceOptions
from core.privacy.pseudonymise import pseudonymise
from core.records.annotation import Annotation, Label, Place
from core.records.post import Post, Raw
from ledger import leases
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from pipeline.context import Context
from pipeline.sources import Source
from tests.support.seeded import MADRID, SALT, by_hand
from triage import decide

FIVE = timedelta(minutes=5)
CITY = by_hand(load_city(MADRID))
SAID = (
    "los contenedores llevan una semana sin vaciar y huele fatal",
    "hay un sofá viejo tirado delante del portal y nadie viene a por él",
    "la fuente pierde agua y se ha formado un charco enorme",
    "las ratas corren entre las bolsas de basura por la noche",
    "han dejado escombros de una obra en mitad de la acera",
    "la papelera está rota y los papeles vuelan por todas partes",
    "las botellas del fin de semana siguen en los bancos del parque",
    "las hojas mojadas tapan la alcantarilla y se resbala la gente",
)


def text_of(number: int, again: bool = False) -> str:
    """Write a complaint about street `number`; `again`: another citizen's about the same."""
    what = SAID[number % len(SAID)]
    return f"En la calle {number} {what}{', todavía' if again else ''} ({number})"


def number_of(text: str) -> int:
    """Return the street's number of such a text."""
    return int(text.rpartition("(")[2].partition(")")[0])


def city_in(system: str, options: dict[str, object]) -> City:
    """Return a city with its cases in this system."""
    centre = ContactCentre(system=system, max_per_run=50, options=options)
    departments = tuple(one.model_copy(update={"queue": None}) for one in CITY.departments)
    return CITY.model_copy(update={"contact_centre": centre, "departments": departments})


def opened(home: Path, city: City, sources: Mapping[str, SourceOptions] = MappingProxyType({})) -> Context:
    """Open the context of this home with these sources.

    Close its ledger afterwards.
    """
    settings = Settings(home=home)
    ledger = open_ledger(settings.ledger, SALT)
    made = {
        name: Source(name=name, module=load_collector(name, name), options=options, secrets=None, missing=[])
        for name, options in sources.items()
    }
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources=made, city_path=MADRID)


def write_posts(context: Context, source: str, said: Mapping[str, str], at: datetime) -> list[str]:
    """Store and decide the posts of a source; return their ids.

    `said`: text by native id.
    """
    raws = [
        Raw(
            source=source,
            native_id=native_id,
            text=text,
            created_at=at,
            received_at=at,
            author_id=f"by-{native_id}",
            handle=f"@vecina{n}",
            url=native_id if native_id.startswith("http") else None,
        )
        for n, (native_id, text) in enumerate(said.items())
    ]
    ledger, now = context.ledger, datetime.now(UTC)
    run = cursors.begin_run(ledger, source, now)
    cursors.read_cursor(ledger, source)
    posts = [pseudonymise(raw, context.city, SALT) for raw in raws]
    store.store_page(ledger, run, source, posts, [], {"at": at.isoformat()}, None, now)
    cursors.end_run(ledger, run, now, "done")
    annotate_and_decide(ledger, context.city)
    return [post.post_id for post in posts]


def annotate_and_decide(ledger: Ledger, city: City) -> None:
    """Annotate and decide everything that waits: a case for each street."""
    now = datetime.now(UTC)
    while claimed := annotations.claim_pending(ledger, "test", 500, now, FIVE):
        annotations.store_annotations(ledger, "test", [_annotated(post) for post in claimed], [], now)
    assert leases.hold(ledger, "triage", "test", now, FIVE)
    while batch := decisions.untriaged(ledger, 500):
        with decisions.known_posts(ledger) as known:
            decided = decide(city, batch, known)
        decisions.store_decisions(ledger, "test", decided, now)
    leases.release(ledger, "triage", "test")


def _annotated(post: Post) -> Annotation:
    number = number_of(post.text)
    street = f"Calle {number}"
    place = Place(
        text=street,
        kind="street",
        key=f"street:{number}",
        name=street,
        street=street,
        district="Centro",
        barrio="Sol",
        lat=40.3 + number / 50,
        lon=-3.7,
        sure=0.95,
    )
    values = {
        "language": ("es", 0.99),
        "relevance": (True, 0.9),
        "sentiment": ("negative", 0.8),
        "intent": ("complaint", 0.9),
        "topic": ("waste_cleaning", 0.9),
        "actionable": (True, 0.95),
        "places": ((place,), 0.9),
    }
    vector = np.zeros(64, dtype="<f2")
    vector[number % 64] = 1
    labels = {name: Label(question=name, value=value, score=score, model="hand@1") for name, (value, score) in values.items()}
    return Annotation(post_id=post.post_id, embedding=vector.tobytes(), labels=labels, model="hand@1")
