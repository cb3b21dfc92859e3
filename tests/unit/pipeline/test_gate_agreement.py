"""Label, decision, desk and panels say the same of a post, whatever the scores, thresholds, corrections and sources."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.config.city import City, load_city
from core.records.annotation import Annotation, Label
from core.records.post import Post
from core.records.read_models import PostRecord
from dashboards import expected
from dashboards.panels import ACTIONABLE, CITIZENS, PANELS, Window
from escucha.commands.triage import what_if
from ledger import leases, read
from ledger.cases import corrections
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from nlp.inference.model_output import Floats, ModelOutput
from nlp.questions.actionable import Options, classify
from triage import decide

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
COUNT = 60


def profile(**fields: object) -> City:
    return MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update=fields)})


PROFILES = {
    "derived": profile(similar=1.0),
    "typed": profile(act=0.8, review=0.5, similar=1.0),
    "joining": profile(act=0.8, review=0.5),
    "eager": profile(act=0.1, review=0.05, similar=1.0),
    "strict": profile(act=0.95, review=0.7, similar=1.0),
    "half typed": profile(review=0.6, similar=1.0),
}
"""With `similar` at 1 each post stands alone, and its own score decides."""


def _word(dice: random.Random) -> str:
    return "".join(dice.choice("abcdefghilmnoprstuv") for _ in range(7))


def some_posts(dice: random.Random) -> list[Post]:
    return [
        Post(
            post_id=f"{n:012x}".ljust(32, "0"),  # the first twelve name its incident
            source=dice.choice(("x", "decidim", "mailbox", "archive")),
            text=f"{dice.choice(('', '@MADRID '))}{' '.join(_word(dice) for _ in range(9))}",
            created_at=NOON + timedelta(hours=n),
            received_at=NOON + timedelta(hours=n),
            author=f"{dice.randrange(60):032x}",
            kind=dice.choice(("post",) * 9 + ("repost",)),
            own=dice.random() < 0.05,
        )
        for n in range(COUNT)
    ]


def labelled(city: City, posts: list[Post], dice: random.Random) -> list[Annotation]:
    """Readings whose `actionable` is labelled by the question itself, from random scores."""
    chances = np.array([dice.betavariate(0.4, 1.0) for _ in posts], np.float32)
    logits = np.log(np.stack([1 - chances, chances], 1) + 1e-6)
    encoded = ModelOutput(
        embedding=np.eye(COUNT, dtype=np.float32),
        logits={"actionable": logits},
        labels={"actionable": ("false", "true")},
        tags=((),) * len(posts),
        truncated=np.zeros(len(posts), bool),
        model="m@1",
        actionable_from=0.28,
    )
    found = classify(city, Options(), posts, encoded)
    return [_reading(post, found[at], encoded.embedding[at], dice) for at, post in enumerate(posts)]


def _reading(post: Post, actionable: Label, vector: Floats, dice: random.Random) -> Annotation:
    relevant = dice.random() < 0.8
    values: dict[str, tuple[object, float]] = {
        "language": (dice.choice(("es", "ca", "eu")), 0.9),
        "relevance": (relevant, 0.9 if relevant else 0.2),
        "spam": (dice.random() < 0.1, 0.5),
        "sentiment": ("neutral", 0.8),
        "intent": ("other", 0.7),
        "topic": ("noise", 0.7),
        "places": ((), 0.9),
    }
    labels = {q: Label(question=q, value=value, score=score, model="m@1") for q, (value, score) in values.items()}
    return Annotation(
        post_id=post.post_id, embedding=vector.astype("<f2").tobytes(), labels=labels | {"actionable": actionable}, model="m@1"
    )


def triage(ledger: Ledger, city: City) -> None:
    assert leases.hold(ledger, "triage", "t", NOON, LEASE)
    while batch := decisions.untriaged(ledger, 50):
        with decisions.known_posts(ledger) as known:
            found = decide(city, batch, known)
        decisions.store_decisions(ledger, "t", found, NOON)
    leases.release(ledger, "triage", "t")


def filled(ledger: Ledger, read_by: City, decided_by: City, seed: int) -> list[PostRecord]:
    """Store random posts, read them under one profile, decide them under another, correct some; all that is known of them."""
    dice = random.Random(seed)  # noqa: S311
    posts = some_posts(dice)
    for source in sorted({one.source for one in posts}):
        run = cursors.begin_run(ledger, source, NOON)
        cursors.read_cursor(ledger, source)
        page = [one for one in posts if one.source == source]
        store.store_page(ledger, run, source, page, [], {"at": 1}, None, NOON)
        cursors.end_run(ledger, run, NOON, "done")
    found = {one.post_id: one for one in labelled(read_by, posts, dice)}
    while claimed := annotations.claim_pending(ledger, "t", 500, NOON, LEASE):
        annotations.store_annotations(ledger, "t", [found[one.post_id] for one in claimed], [], NOON)
    triage(ledger, decided_by)
    for post in dice.sample(posts, 12):
        corrections.correct(ledger, post.post_id, "actionable", dice.random() < 0.5, "ana", "", NOON)
    triage(ledger, decided_by)
    return list(read.post_records(ledger))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = open_ledger(f"sqlite:///{tmp_path}/ledger.db", b"0" * 32)
    yield made
    made.close()


@pytest.mark.parametrize("decided", PROFILES)
@pytest.mark.parametrize("reading", ["derived", "eager"])
def test_nothing_is_labelled_actionable_and_thrown_away(ledger: Ledger, reading: str, decided: str) -> None:
    """The posts may have been read before the thresholds of the profile were changed."""
    facts = filled(ledger, PROFILES[reading], PROFILES[decided], seed=7)
    city = PROFILES[decided]
    for one in facts:
        said = "actionable" in one.corrected
        never = one.own or one.kind == "repost" or (one.spam and not (said and one.actionable))
        score = one.actionable_score or 0.0
        if one.reason == "kind: proposal, in the list of proposals":
            assert one.case_kind == "proposal"
            continue  # the list is its place, and people see it there
        if one.actionable and not never:
            assert one.decision in ("in_case", "in_review"), one.reason
        if one.decision == "no_case" and not never and not said:
            assert one.actionable is False, one.reason
            assert score < city.cutoffs(one.source, one.language or "", one.text).review, one.reason
        if one.reason.startswith("act: ") and "earlier" not in one.reason and not said:  # a corrected post stays in its case
            assert one.actionable is True, one.reason
        if one.decision == "no_case" and one.reason.startswith("relevance: "):
            assert score < city.cutoffs(one.source, one.language or "", one.text).review


@pytest.mark.parametrize("decided", PROFILES)
def test_desk_panel_and_ledger_count_the_same_posts_as_actionable(ledger: Ledger, decided: str) -> None:
    facts = filled(ledger, PROFILES[decided], PROFILES[decided], seed=11)
    panel = PANELS["latest_actionable"]
    assert panel.latest is not None
    assert panel.latest.where == (*CITIZENS, *ACTIONABLE)
    drawn = expected.rows(panel, facts, [], Window(now=NOON + timedelta(hours=COUNT), zone=MADRID.zone))
    by_ledger = [
        one
        for outcome in ("in_case", "in_review", "untriaged")
        for one in read.post_records(ledger, actionable=True, own=False, relevance=True, spam=False, decision=outcome)
    ]
    newest = sorted(by_ledger, key=lambda one: one.created_at, reverse=True)[: len(drawn)]
    assert len(drawn) == min(20, len(by_ledger))
    assert [one.text for one in newest] == [row[3] for row in drawn]


@pytest.mark.parametrize("decided", ["derived", "typed", "eager"])
def test_the_profile_in_use_would_change_nothing_and_a_dry_run_writes_nothing(ledger: Ledger, decided: str) -> None:
    filled(ledger, PROFILES[decided], PROFILES[decided], seed=3)
    before = list(read.post_records(ledger))
    found = what_if(ledger, PROFILES[decided])
    assert (found["posts"], found["changed"]) == (COUNT, {})
    assert found["before"] == found["after"]
    assert found["cases_before"] == found["cases_after"] > 0
    assert list(read.post_records(ledger)) == before


def test_another_profile_shows_what_would_change(ledger: Ledger) -> None:
    filled(ledger, PROFILES["typed"], PROFILES["typed"], seed=3)
    found = what_if(ledger, PROFILES["derived"])
    assert found["changed"]["no_case -> in_review"] > 0
    assert sum(found["after"].values()) == sum(found["before"].values()) == COUNT
    moved = sum(n for move, n in found["changed"].items() if move.endswith("-> in_review"))
    left = sum(n for move, n in found["changed"].items() if move.startswith("in_review ->"))
    assert found["after"]["in_review"] == found["before"]["in_review"] + moved - left
