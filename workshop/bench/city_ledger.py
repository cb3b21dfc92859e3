"""Fill a ledger with a large city's posts and cases.

Texts are pieces of real posts (samples/decide_madrid.jsonl.gz). Posts are written in bulk, as the ledger would store them; cases go through
the door that triage uses.
"""

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from core.config.plugins import ROOT
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS, Label, Place
from core.records.case import Case, Incident
from core.records.decision import COPY, Decision
from core.records.kind import KINDS
from core.records.post import Post
from ledger import leases, schema
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.ingest import cursors
from ledger.mapping import LABELS, post_values
from ledger.processing import decisions
from ledger.processing.labels import label_values

DAYS = 180
PER_CASE = 3
CASES_PER_POSTS = 50
"""Posts for each case."""
REVIEWS_PER_POSTS = 400
BATCH = 2_000
LEASE = timedelta(hours=2)
SOURCES = ("x", "bluesky", "feeds", "decidim")
LANGUAGES = ("es", "es", "es", "es", "es", "es", "es", "en", "ca", "pt")
DISTRICTS = ("Centro", "Arganzuela", "Retiro", "Salamanca", "Chamartín", "Tetuán", "Usera", "Latina", "Carabanchel", "Vicálvaro")
MODEL = "bench@1"


def fill(ledger: Ledger, count: int, end: datetime) -> None:
    """Store posts of 180 days, a case for each fifty."""
    dice = random.Random(1)  # noqa: S311  made-up data
    run_id = cursors.begin_run(ledger, SOURCES[0], end)
    batch: list[Post] = []
    for post in _posts(count, end, dice):
        batch.append(post)
        if len(batch) == BATCH:
            _store(ledger, run_id, batch, dice)
            batch = []
    _store(ledger, run_id, batch, dice)
    cursors.end_run(ledger, run_id, end, "done")
    _open_cases(ledger, dice, end)
    if ledger.is_sqlite:
        with writing(ledger) as connection:
            connection.exec_driver_sql("ANALYZE")


def _posts(count: int, end: datetime, dice: random.Random) -> Iterator[Post]:
    with gzip.open(ROOT / "samples" / "decide_madrid.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    for n in range(count):
        text = dice.choice(texts)
        start = dice.randrange(max(1, len(text) - 200))
        at = end - timedelta(seconds=dice.randrange(60, DAYS * 86_400))
        yield Post(
            post_id=f"{dice.getrandbits(128):032x}",
            source=dice.choice(SOURCES),
            text=text[start : start + dice.randrange(90, 280)].strip() or text,
            created_at=at,
            received_at=at + timedelta(minutes=5),
            author=f"{n % 20_000:032x}",
            own=dice.random() < 0.02,
            language=dice.choice(LANGUAGES),
        )


def _store(ledger: Ledger, run_id: str, posts: Sequence[Post], dice: random.Random) -> None:
    """Write posts with their labels and the decision that most get."""
    post_rows, annotation_rows, label_rows = [], [], []
    for post in posts:
        labels = _labels(post, dice)
        doubtful = dice.randrange(REVIEWS_PER_POSTS) == 0
        in_case = not doubtful and not post.own and dice.randrange(CASES_PER_POSTS) < PER_CASE
        decided = "untriaged" if in_case else "in_review" if doubtful and not post.own else "no_case"
        values = {
            "state": "classified",
            "decision": decided,
            "decision_reason": _reason(decided, dice),
            "version": 3,
            "case_kind": None if post.own else dice.choice(KINDS),
            "case_kind_reason": "kind: intent complaint",
        }
        post_rows.append(post_values(post, run_id) | values)
        annotation_rows.append(
            {
                "post_id": post.post_id,
                "text_version": 1,
                "embedding": dice.randbytes(768),
                "labels": LABELS.dump_json(labels).decode(),
                "model": MODEL,
                "truncated": False,
                "annotated_at": post.received_at,
            }
        )
        label_rows.append(label_values(post.post_id, labels, MODEL, {}))
    if posts:
        with writing(ledger) as connection:
            connection.execute(schema.posts.insert(), post_rows)
            connection.execute(schema.annotations.insert(), annotation_rows)
            connection.execute(schema.labels.insert(), label_rows)


def _reason(decision: str, dice: random.Random) -> str:
    if decision == "untriaged":
        return ""
    if decision == "in_review":
        return "review: actionable 0.62 between 0.50 and 0.80"
    return f"below: actionable 0.12 < 0.50{f'; {COPY}' if dice.random() < 0.05 else ''}"


def _labels(post: Post, dice: random.Random) -> dict[str, Label]:
    district = dice.choice(DISTRICTS)
    street = f"Calle de {district}"
    place = Place(
        text=street,
        kind="street",
        key=f"street:{dice.randrange(4_000)}",
        name=street,
        district=district,
        barrio=district,
        lat=40.38 + dice.random() / 10,
        lon=-3.75 + dice.random() / 10,
        sure=0.8,
    )
    values: dict[str, str | bool | tuple[Place, ...]] = {
        "language": post.language or "es",
        "relevance": dice.random() < 0.95,
        "sentiment": dice.choice(SENTIMENTS),
        "intent": dice.choice(INTENTS),
        "topic": dice.choice(TOPICS),
        "actionable": dice.random() < 0.3,
        "spam": dice.random() < 0.02,
        "places": (place,) if dice.random() < 0.6 else (),
    }
    return {name: Label(question=name, value=value, score=0.8, model=MODEL) for name, value in values.items()}


def _open_cases(ledger: Ledger, dice: random.Random, end: datetime) -> None:
    """Put the undecided posts into cases of three, oldest first."""
    if not leases.hold(ledger, decisions.TRIAGE, "bench", end, LEASE):
        raise SystemExit("the lease of triage is taken: measure on a ledger of your own")
    while batch := decisions.untriaged(ledger, 600):
        posts = [post for post, _ in batch]
        found = [one for start in range(0, len(posts), PER_CASE) for one in _one_case(posts[start : start + PER_CASE], dice)]
        decisions.store_decisions(ledger, "bench", found, end)
    leases.release(ledger, decisions.TRIAGE, "bench")


def _one_case(posts: Sequence[Post], dice: random.Random) -> list[Decision]:
    first, ids = posts[0], tuple(post.post_id for post in posts)
    topic, district = dice.choice(TOPICS), dice.choice(DISTRICTS)
    key = first.post_id[:12]
    incident = Incident(
        key=f"I-{key}", topic=topic, place_key="street:1", first_at=first.created_at, last_at=posts[-1].created_at, post_ids=ids
    )
    case = Case(
        key=f"C-{first.created_at:%Y%m%d}-{key}",
        incident_key=incident.key,
        title=f"Calle de {district}: {first.text}"[:90],
        topic=topic,
        department="Limpieza y residuos",
        priority=dice.randrange(1, 6),
        reason="act: actionable 0.90 >= 0.80",
        post_ids=ids,
        received_at=first.received_at,
        due_at=first.received_at + timedelta(hours=48),
        place=f"Calle de {district}",
        district=district,
        barrio=district,
        lat=40.38 + dice.random() / 10,
        lon=-3.75 + dice.random() / 10,
        kind="report",
    )
    reason = {"outcome": "in_case", "reason": case.reason, "incident": incident, "case": case, "kind": "report"}
    return [Decision.model_validate({"post_id": one, "opens": one == ids[0], **reason}) for one in ids]
