"""Make the ledger of the exercise: an example town, annotated by hand."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from collectors import mastodon
from core.config.city import Answers, City, load_city
from core.config.plugins import ROOT
from core.config.protocols import load_collector
from core.config.settings import Settings
from core.privacy.pseudonymise import pseudonymise
from core.records.annotation import Annotation, Label, Place
from core.records.post import Post, Raw
from ledger import leases
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from pipeline.context import Context
from pipeline.sources import Source
from triage import decide

MADRID = ROOT / "cities" / "madrid.toml"
SALT = b"a salt for the exercise, 32 byte"
SOURCE = "mastodon"
STREETS = ("Calle de Alcalá", "Calle de Toledo", "Calle de Bravo Murillo", "Paseo de Extremadura", "Calle de López de Hoyos")
PROBLEMS = (
    (
        "waste_cleaning",
        "Los contenedores de {place} llevan una semana sin recoger",
        "La basura se acumula junto a {place} y huele desde hace días",
    ),
    (
        "street_lighting",
        "Farola fundida en {place}, no se ve nada por la noche",
        "A oscuras otra vez delante de {place}: la luz de la calle no va",
    ),
    ("roads_pavements", "Socavón en {place}: ya se ha caído una persona", "Cuidado con el agujero de la calzada que hay por {place}"),
    ("parks_trees", "Un árbol está a punto de caer en {place}", "Ramas enormes colgando sobre la acera cerca de {place}"),
    ("water_sewage", "La alcantarilla de {place} rebosa cada vez que llueve", "Aguas fecales por toda la acera a la altura de {place}"),
    ("traffic_parking", "El semáforo de {place} no funciona desde ayer", "Cruce sin luces en {place}, los coches pasan sin parar"),
    ("noise", "Ruido de obras a las tres de la madrugada en {place}", "No hay quien duerma cerca de {place} con las máquinas de la obra"),
    ("environment_animals", "Hay ratas junto al colegio de {place}", "Roedores a plena luz del día por {place}, con niños delante"),
)
CORNER = 40.43, -3.70
"""Latitude and longitude of the first problem; the next ones are two kilometres from each other."""
BLOCK = 0.004
"""Degrees between a problem and the place of a second message about it: 440 metres."""


def open_town(home: Path, end: datetime, actionable: float = 0.95) -> Context:
    """Open the context of the exercise; close its ledger afterwards.

    `actionable`: score of its messages; between .5 and .8 all wait for review.
    """
    city = load_city(MADRID)
    triage = city.triage.model_copy(update={"act": 0.8, "review": 0.5})
    city = city.model_copy(update={"triage": triage, "answers": Answers(send=True)})
    settings = Settings(home=home)
    ledger = open_ledger(settings.ledger, SALT)
    _fill(ledger, city, end, actionable)
    source = Source(name=SOURCE, module=load_collector(SOURCE, "exercise"), options=mastodon.Options(), secrets=None, missing=[])
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={SOURCE: source}, city_path=MADRID)


def messages(end: datetime) -> list[tuple[Raw, str, str, int]]:
    """Return the messages with their topic, street and problem."""
    found = []
    for number, (street, (topic, text, other)) in enumerate((s, p) for p in PROBLEMS for s in STREETS):
        said = f"{text.format(place=street)}."
        ago = timedelta(days=number)  # people of different streets who write on one day may mean one problem
        found.append((_raw(end, f"{number}", said, ago + timedelta(days=2)), topic, street, number))
        if number % 5 == 0:
            found.append((_raw(end, f"{number}-2", f"Confirmo: {said}", ago + timedelta(days=1)), topic, street, number))
        if number % 4 == 1:  # told in other words with another place: triage opens a second case, and a person merges it
            corner = f"{street}, {100 + number}"
            again = f"{other.format(place=corner)}."
            found.append((_raw(end, f"{number}-3", again, ago + timedelta(hours=9)), topic, corner, number))
    return found


def _raw(end: datetime, native_id: str, text: str, before: timedelta) -> Raw:
    at = end - before
    return Raw(
        source=SOURCE,
        native_id=native_id,
        text=text,
        created_at=at,
        received_at=at,
        author_id=f"author-{native_id}",
        handle=f"@vecina{native_id}",
        url=f"https://red.example/{native_id}",
    )


def _fill(ledger: Ledger, city: City, end: datetime, actionable: float) -> None:
    said = messages(end)
    posts = [pseudonymise(raw, city, SALT) for raw, *_ in said]
    facts = {post.post_id: (topic, street, problem) for post, (_, topic, street, problem) in zip(posts, said, strict=True)}
    run = cursors.begin_run(ledger, SOURCE, end)
    cursors.read_cursor(ledger, SOURCE)
    store.store_page(ledger, run, SOURCE, posts, [], {"at": 1}, None, end)
    cursors.end_run(ledger, run, end, "done")
    while claimed := annotations.claim_pending(ledger, "exercise", 500, end, timedelta(minutes=5)):
        made = [_annotated(post, *facts[post.post_id], actionable) for post in claimed]
        annotations.store_annotations(ledger, "exercise", made, [], end)
    if not leases.hold(ledger, "triage", "exercise", end, timedelta(minutes=5)):
        raise RuntimeError("the ledger of the exercise is in use")
    while batch := decisions.untriaged(ledger, 500):
        with decisions.known_posts(ledger) as known:
            decided = decide(city, batch, known)
        decisions.store_decisions(ledger, "exercise", decided, end)
    leases.release(ledger, "triage", "exercise")


def _annotated(post: Post, topic: str, place_name: str, problem: int, actionable: float) -> Annotation:
    shift = BLOCK if "," in place_name else 0.0
    place = Place(
        text=place_name,
        kind="street",
        key=f"place:{place_name}",
        name=place_name,
        street=place_name.partition(",")[0],
        district="Centro",
        lat=CORNER[0] + 0.02 * (problem // 5) + shift,
        lon=CORNER[1] + 0.025 * (problem % 5),
        sure=0.95,
    )
    values = {
        "language": ("es", 0.99),
        "relevance": (True, 0.95),
        "sentiment": ("negative", 0.9),
        "intent": ("complaint", 0.9),
        "topic": (topic, 0.9),
        "actionable": (True, actionable),
        "places": ((place,), 0.9),
    }
    seed = int.from_bytes(hashlib.sha256(f"{problem} {place_name}".encode()).digest()[:4], "big")
    vector = np.random.default_rng(seed).standard_normal(64).astype("<f2")
    labels = {q: Label(question=q, value=v, score=score, model="hand@1") for q, (v, score) in values.items()}
    return Annotation(post_id=post.post_id, embedding=vector.tobytes(), labels=labels, model="hand@1")
