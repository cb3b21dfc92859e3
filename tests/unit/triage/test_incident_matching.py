"""Incident matching: which posts are compared, by which signs, and what is learned from them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from core.records.annotation import Annotation
from tests.unit.triage.test_triage_incidents import MADRID, Read, said
from triage.decide import Triage
from triage.incident_matching import IncidentIndex, PostFeatures
from triage.incident_matching.incident_features import SUMMARISED, _summary
from triage.incident_matching.pair_features import PAIR_FEATURES, pair_features
from triage.incident_matching.post_features import map_embedding
from triage.incident_matching.trees import average, from_boosting
from workshop.incidents.dataset import Author, PostLabels
from workshop.incidents.labelled_streams import LabelledStream, Origin
from workshop.incidents.linear_map import fit_map
from workshop.incidents.train import PAIR_SHARE, StreamFeatures, folds_of, pair_table

HOUR, DAY = 60, 24 * 60
LIFT = "Ascensor público de Solokoetxe fuera de servicio desde el lunes día 1. No hay cartel con fecha de reparación."
LIFT_IN_BASQUE = "Solokoetxeko igogailua barriro geldirik, atzotik. Umearen kotxea bizkarrean hartuta eskaileretan"


def form(post: Read) -> PostFeatures:
    return Triage(MADRID).features(*post)


def sign(name: str, one: PostFeatures, other: PostFeatures) -> float:
    return float(pair_features(one, other)[PAIR_FEATURES.index(name)])


@pytest.mark.parametrize(
    "posts",
    [
        lambda: (said("a", "Silvano a oscuras. Entera."), said("b", "Boca de lobo.", 20, topic="other")),
        lambda: (said("a", LIFT_IN_BASQUE, topic="cycling_scooters"), said("b", LIFT, 2 * DAY, topic="roads_pavements")),
        lambda: (
            said("a", "Marea de latas en las papeleras", topic="waste_cleaning"),
            said("b", "Huele fatal, nadie recoge", 5 * DAY, topic="waste_cleaning"),
        ),
    ],
    ids=["within the hour", "a long post, one name in two languages", "the same service, days later"],
)
def test_posts_that_share_little_are_compared_too(posts: Callable[[], tuple[Read, Read]]) -> None:
    first, second = posts()
    index = IncidentIndex()
    index.add(form(first), "I-1")
    assert index.near(form(second), 60) == [first[0].post_id]


def test_a_storm_costs_no_more_than_a_quiet_day() -> None:
    index = IncidentIndex()
    for n in range(200):
        index.add(form(said(f"{n:03d}", f"Aquí también {n}", n % HOUR)), f"I-{n}")
    assert len(index.near(form(said("z", "Aquí también", HOUR)), 60)) <= 60


def test_the_same_street_is_no_shared_topic() -> None:
    hole = form(said("a", "Socavón en la calle de Embajadores 190, cuidado con las motos"))
    light = form(said("b", "Farola fundida en la calle de Embajadores 190"))
    again = form(said("c", "El socavón de la calle de Embajadores ya se ha comido dos motos"))
    assert sign("word cosine", hole, light) > 0.2
    assert sign("topical word cosine", hole, light) == 0
    assert sign("topical shared weight", hole, light) == 0
    assert sign("topical word cosine", hole, again) > 0.1


def test_what_is_unknown_of_one_pair_counts_for_no_incident() -> None:
    known = np.arange(2 * len(SUMMARISED), dtype=np.float32).reshape(2, -1)
    half = known.copy()
    half[1, 0] = np.nan
    assert _summary(known) == [*known.max(axis=0).tolist(), *known.mean(axis=0).tolist()]
    assert _summary(half)[0] == known[0, 0]
    assert _summary(half)[len(SUMMARISED)] == known[0, 0]
    assert _summary(half)[1:3] == _summary(known)[1:3]


def test_trees_answer_as_the_library_that_grew_them() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(400, 6)).astype(np.float32)
    rows[random.random(rows.shape) < 0.1] = np.nan
    same = np.nan_to_num(rows[:, 0]) * np.nan_to_num(rows[:, 1], nan=1) > 0
    from sklearn.ensemble import HistGradientBoostingClassifier  # takes 1 s of CPU

    grown = [HistGradientBoostingClassifier(max_iter=20, max_features=0.5, random_state=n).fit(rows, same) for n in (0, 1)]
    both = [from_boosting(one) for one in grown]
    expected = [one.decision_function(rows) for one in grown]
    assert both[0].logits(rows) == pytest.approx(expected[0])
    assert average(both).logits(rows) == pytest.approx(np.mean(expected, axis=0))
    assert average(both).logits(rows[:1]) == pytest.approx(np.mean(expected, axis=0)[:1])


def author(name: str, seed: int) -> Author:
    """Ten incidents of four posts; what a post's vector says of its incident is small beside what it says of its writer."""
    random = np.random.default_rng(seed)
    reads = [said(f"{name}{n:02d}", f"Farola fundida {n // 4}", n) for n in range(40)]
    topics = np.random.default_rng(7).normal(size=(10, 8))
    forms = []
    for n, read in enumerate(reads):
        vector = np.concatenate([topics[n // 4], 4 * random.normal(size=4)]).astype(np.float32)
        forms.append(replace(form(read), centred=vector / np.linalg.norm(vector)))
    gold = {one.post_id: PostLabels(f"i{n // 4}", True, "street_lighting", "report") for n, one in enumerate(forms)}
    about = {f"i{n}": {"near_miss_of": "i0" if n == 1 else None} for n in range(10)}
    annotations: dict[str, Annotation] = {read[0].post_id: read[1] for read in reads}
    return Author(name, [read[0] for read in reads], annotations, annotations, forms, gold, about)


def margin(forms: list[PostFeatures], vectors: np.ndarray) -> float:
    """Return how much closer posts of one incident are than others, in standard deviations."""
    likeness = vectors @ vectors.T
    which = np.arange(len(forms)) // 4
    same = which[:, None] == which[None, :]
    inside = likeness[same & ~np.eye(len(forms), dtype=bool)]
    return float((inside.mean() - likeness[~same].mean()) / likeness[~same].std())


def test_the_linear_map_brings_an_unseen_authors_incidents_together() -> None:
    taught, unseen = fit_map([author("m", 1), author("n", 2)]), author("o", 3)
    before = margin(unseen.forms, np.vstack([one.centred for one in unseen.forms]))
    after = margin(unseen.forms, np.vstack([map_embedding(one.centred, taught) for one in unseen.forms]))
    assert after > 2 * before
    assert (fit_map([author("m", 1), author("n", 2)]) == taught).all()
    assert (taught.astype(np.float16).astype(np.float32) == taught).all()  # what is stored is what was trained with


def stream(name: str, origin: Origin, day: datetime) -> LabelledStream:
    posts = [said(f"{name}{n}", f"Farola fundida en la calle {n // 2}", n)[0] for n in range(6)]
    dated = [one.model_copy(update={"created_at": day}) for one in posts]
    return LabelledStream(name, MADRID, dated, {one.post_id: f"i{n // 2}" for n, one in enumerate(posts)}, frozenset(), origin=origin)


def test_streams_of_one_month_or_one_author_are_never_taught_and_measured_together() -> None:
    march, april = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
    found = [
        stream("north text", "notices", march),
        stream("south text", "notices", march),
        stream("next", "notices", april),
        stream("m1", "author", march),
        stream("m2", "author", march),
    ]
    assert folds_of(found) == {"north text": 0, "south text": 0, "next": 1, "m1": 0, "m2": 1}


def test_every_like_pair_is_taught_and_the_sampled_unlike_ones_count_for_all() -> None:
    one = stream("w", "written", datetime(2024, 3, 1, tzinfo=UTC))
    forms = [form(said(f"w{n}", f"Farola fundida en la calle {n // 2}", n)) for n in range(6)]
    table = pair_table(StreamFeatures(one, forms, 0), np.random.default_rng(0))
    assert table.same.sum() == 3
    assert set(table.weights[table.same].tolist()) == {1.0}
    assert table.weights[~table.same].tolist() == pytest.approx([1 / PAIR_SHARE] * int((~table.same).sum()))
