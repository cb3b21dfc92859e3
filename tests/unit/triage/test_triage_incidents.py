"""Incident first: a post joins before anything is asked about it, and the gate rules on the incident."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from core.config.city import load_city
from core.config.plugins import ROOT
from core.errors import ConfigurationError
from core.records.annotation import Annotation, Label
from core.records.decision import Decision
from core.records.post import Post
from gazetteer import gazetteer_of
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from tests.support.decided_before import DecidedBefore
from triage import decide
from triage.decide import Triage
from triage.incident_matching import Weights, load, save
from triage.incident_matching.pair_features import PAIR_FEATURES, pair_features
from triage.incident_matching.post_features import post_features

SHIPPED = load_city(ROOT / "cities" / "madrid.toml")
MADRID = SHIPPED.model_copy(update={"triage": SHIPPED.triage.model_copy(update={"act": 0.8, "review": 0.5})})
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
LEAK = "Reventón de una tubería en Embajadores 190, el agua sale a chorros y baja por toda la calle."
Read = tuple[Post, Annotation]


def said(
    name: str,
    text: str = LEAK,
    minutes: int = 0,
    score: float = 0.9,
    topic: str = "water_sewage",
    answers: Read | None = None,
    author: str | None = "",
    sentiment: str = "negative",
    intent: str = "complaint",
    person: bool | None = None,
    **more: object,
) -> Read:
    """A post and its reading; `answers`: the post it replies to."""
    at = NOON + timedelta(minutes=minutes)
    fields = {
        "post_id": name.ljust(32, "0"),
        "source": "x",
        "text": text,
        "created_at": at,
        "received_at": at,
        "author": f"author-{name}" if author == "" else author,
        "reply_to": answers[0].post_id if answers else None,
    }
    post = Post.model_validate(fields | more)
    places = tuple(found.place for found in gazetteer_of(MADRID).find(text))
    answered = Label(question="actionable", value=score >= 0.5, score=score, model="m@1")
    if person is not None:
        answered = Label(question="actionable", value=person, score=float(person), model="person")
    labels = {
        "actionable": answered,
        "relevance": Label(question="relevance", value=True, score=0.9, model="m@1"),
        "topic": Label(question="topic", value=topic, score=0.9, model="m@1"),
        "intent": Label(question="intent", value=intent, score=0.9, model="m@1"),
        "sentiment": Label(question="sentiment", value=sentiment, score=0.9, model="m@1"),
        "language": Label(question="language", value="es", score=0.9, model="m@1"),
        "places": Label(question="places", value=places, score=0.9, model="m@1"),
    }
    return post, Annotation(post_id=post.post_id, embedding=np.array([1, 0], dtype="<f2").tobytes(), labels=labels, model="m@1")


def outcomes(found: Iterable[Decision]) -> list[str]:
    return [one.outcome for one in found]


def one_incident(found: Sequence[Decision]) -> bool:
    return len({one.belongs_to for one in found}) == 1


def test_a_witness_joins_the_case_whatever_its_own_score() -> None:
    leak = said("a")
    found = decide(MADRID, [leak, said("b", "y subiendo…", 5, score=0.02, topic="other", answers=leak)])
    assert outcomes(found) == ["in_case", "in_case"]
    assert found[1].reason.startswith("joined: answers a post of it with I-20261124-a0000")


def test_the_same_leak_in_other_words_within_the_hour_is_one_incident() -> None:
    again = "Sigue saliendo agua de la tubería de Embajadores 190, menudo reventón, toda la calle inundada."
    found = decide(MADRID, [said("a"), said("b", again, 20)])
    assert one_incident(found)
    assert [one.opens for one in found] == [True, False]
    assert found[1].reason.startswith("joined: likeness 0.")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "Hay una farola fundida en la calle del Pez y no se ve nada.",
            "La farola de la calle Embajadores está fundida, de noche no se ve nada.",
        ),
        (
            "Contenedor desbordado en la calle Hortaleza, huele fatal desde el lunes.",
            "Contenedores desbordados en la calle Atocha, huele fatal.",
        ),
        ("Socavón en la calle Goya, cuidado.", "Socavón en la calle Serrano, cuidado con las motos."),
    ],
)
def test_people_who_report_one_kind_of_fault_in_two_streets_get_two_cases(first: str, second: str) -> None:
    found = decide(MADRID, [said("a", first), said("b", second, 1)])
    assert not one_incident(found)
    assert [one.opens for one in found] == [True, True]


def test_two_names_of_one_place_stay_one_incident() -> None:
    found = decide(MADRID, [said("a"), said("b", LEAK.replace("190", "188"), 5)])
    assert one_incident(found)


def praise(name: str, author: str, seconds: int) -> Read:
    at = NOON + timedelta(seconds=seconds)
    return said(
        name,
        "Enhorabuena por la nueva zona de juegos, está preciosa",
        score=0.03,
        topic="parks_trees",
        author=author,
        sentiment="positive",
        intent="praise",
        created_at=at,
        received_at=at,
    )


def test_praise_seconds_after_a_complaint_by_the_same_author_is_not_about_it() -> None:
    broken = said("a", "La fuente de la plaza está rota, pierde agua.", author="u1")
    found = decide(MADRID, [broken, praise("b", "u1", 3)])
    assert not one_incident(found)
    assert found[1].outcome != "in_case"


@pytest.mark.parametrize("located", ["first", "second"])
def test_one_post_places_the_incident_in_the_city_for_all(located: str) -> None:
    def placed(name: str, score: float, relevant: bool, minutes: int, answers: Read | None = None) -> Read:
        post, annotation = said(name, minutes=minutes, score=score, answers=answers)
        label = Label(question="relevance", value=relevant, score=0.9 if relevant else 0.2, model="m@1")
        return post, annotation.model_copy(update={"labels": {**annotation.labels, "relevance": label}})

    one = placed("a", 0.9 if located == "second" else 0.3, located == "first", 0)
    two = placed("b", 0.3 if located == "second" else 0.9, located == "second", 5, answers=one)
    found = decide(MADRID, [one, two])
    assert outcomes(found) == ["in_case", "in_case"]
    assert one_incident(found)


def test_the_same_words_about_another_street_are_another_incident() -> None:
    other = LEAK.replace("Embajadores 190", "Bravo Murillo 12")
    found = decide(MADRID, [said("a"), said("b", other, 20)])
    assert not one_incident(found)
    assert [one.opens for one in found] == [True, True]


def test_people_who_each_say_it_less_clearly_open_a_case_together() -> None:
    first = said("a", score=0.6)
    found = decide(MADRID, [first, said("b", "Aquí también, vaya chorro", 5, score=0.6, answers=first)])
    assert outcomes(found) == ["in_case", "in_case"]
    assert found[1].reason == "pooled: 2 people, 0.84 >= 0.80"
    assert found[0].reason == "review: actionable 0.60 between 0.50 and 0.80; later its incident became a case"
    assert found[0].case == found[1].case


@pytest.mark.parametrize(
    "second",
    [{"author": "author-a"}, {"author": "other", "text": LEAK}, {"author": "other", "text": LEAK + " ¡Vaya!"}],
    ids=["the same author", "a copy", "a near copy"],
)
def test_one_voice_never_multiplies(second: dict[str, str]) -> None:
    first = said("a", score=0.6)
    more = [
        said(name, second.get("text", f"Aquí también, vaya chorro {name}"), n, score=0.6, answers=first, author=second["author"])
        for n, name in enumerate("bcdefg", 1)
    ]
    assert "in_case" not in outcomes(decide(MADRID, [first, *more]))


def test_one_person_alone_is_never_pooled() -> None:
    strict = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"act": 0.9, "pooled": 0.8})})
    [found] = decide(strict, [said("a", score=0.85)])
    assert (found.outcome, found.reason) == ("in_review", "review: actionable 0.85 between 0.50 and 0.90")


def test_a_label_follows_when_the_post_is_decided_by_other_thresholds() -> None:
    eager = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"act": 0.4, "review": 0.2})})
    found = decide(eager, [said("a", score=0.45), said("b", "Bache enorme en Bravo Murillo 200", 5, score=0.6)])
    assert [(one.outcome, one.relabel) for one in found] == [("in_case", ("actionable",)), ("in_case", ())]


def test_of_posts_that_are_as_sure_the_earliest_names_the_case() -> None:
    first = said("a", "Reventón en Embajadores 190", 0)
    found = decide(MADRID, [first, said("b", "El agua llega al portal", 9, answers=first)])[-1]
    assert found.case is not None
    assert found.case.title.endswith("Reventón en Embajadores 190")


def test_the_surest_post_names_the_case_even_when_it_comes_later() -> None:
    first = said("a", "Reventón en Embajadores 190", 0, score=0.85)
    found = decide(MADRID, [first, said("b", "El agua llega al portal", 9, score=0.95, answers=first)])[-1]
    assert found.case is not None
    assert found.case.title.endswith("El agua llega al portal")


@pytest.mark.parametrize(("score", "outcome"), [(0.5, "in_review"), (0.49, "no_case")])
def test_without_a_threshold_of_the_profile_a_chance_of_one_half_together_is_looked_at(score: float, outcome: str) -> None:
    assert SHIPPED.triage.review is None
    first = said("a", score=score)
    found = decide(SHIPPED, [first, said("b", "Aquí también, vaya chorro", 5, score=0.0, answers=first)])
    assert one_incident(found)
    assert found[1].outcome == outcome
    assert found[1].reason.startswith("review: 2 people, together 0.50 >= 0.50" if score == 0.5 else "below:")


def test_unnamed_authors_count_as_one() -> None:
    first = said("a", score=0.6, author=None)
    more = [said(n, f"Aquí también {n}", 2, score=0.6, author=None, answers=first) for n in "bcdefg"]
    assert "in_case" not in outcomes(decide(MADRID, [first, *more]))


def test_thanks_for_a_repair_join_their_thread_and_open_nothing() -> None:
    thanks = "Ya está arreglada la tubería de Embajadores 190, por fin, gracias."
    mended = {"score": 0.1, "sentiment": "positive", "intent": "praise"}
    leak = said("a")
    found = decide(MADRID, [leak, said("b", thanks, 60, answers=leak, **mended)])  # type: ignore[arg-type]
    assert outcomes(found) == ["in_case", "in_case"]
    assert outcomes(decide(MADRID, [said("b", thanks, 60, **mended)])) == ["no_case"]  # type: ignore[arg-type]


def test_the_posts_of_a_case_vote_on_what_it_is_about_until_somebody_has_had_it() -> None:
    posts = [said("a", topic="parks_trees")]
    posts += [said(n, f"Aquí también {n}", 2, score=0.3, answers=posts[0]) for n in "bcdef"]
    found = decide(MADRID, posts)
    assert found[0].case is not None
    assert found[0].case.topic == "water_sewage"
    assert found[0].case.department == MADRID.department("water_sewage").name
    later = [said(n, f"Y aquí {n}", 9, topic="noise", answers=posts[0]) for n in "ghijklmno"]
    for untouched, topic in ((True, "noise"), (False, "water_sewage")):
        known = DecidedBefore(posts, found, untouched=untouched)
        case = decide(MADRID, later, known)[-1].case
        assert case is not None
        assert case.topic == topic


def test_a_post_without_a_service_has_no_vote_while_another_names_one() -> None:
    posts = [said("a")]
    posts += [said(n, f"Y aquí {n}", 2, topic="other", answers=posts[0]) for n in "bcdefgh"]
    case = decide(MADRID, posts)[-1].case
    assert case is not None
    assert case.topic == "water_sewage"


def test_a_person_who_said_not_actionable_is_right_in_an_incident_with_a_case_too() -> None:
    leak = said("a")
    found = decide(MADRID, [leak, said("b", "jaja", 5, person=False, answers=leak), said("c", "uf", 9, answers=leak)])
    assert outcomes(found) == ["in_case", "no_case", "in_case"]
    assert one_incident(found)


def test_what_a_person_ruled_out_is_never_joined_again() -> None:
    leak, reply = said("a"), said("b", "Aquí también", 5, score=0.1)
    reply = (reply[0].model_copy(update={"reply_to": leak[0].post_id}), reply[1])
    found = decide(MADRID, [leak])
    key = found[0].belongs_to or ""
    known = DecidedBefore([leak], found, excluded_incidents={reply[0].post_id: {key}})
    [ruled] = decide(MADRID, [reply], known)
    assert ruled.belongs_to != key
    assert key not in {one.incident for one in ruled.suggestions}


def test_a_likely_incident_below_the_bar_is_suggested_and_a_person_looks() -> None:
    strict = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"similar": 1.0})})
    again = said("b", "Menudo reventón en Embajadores 190, agua por toda la calle.", 20, score=0.1)
    found = decide(strict, [said("a"), again])
    assert not one_incident(found)
    assert found[1].outcome == "in_review"
    assert found[1].reason.startswith("suggested: likeness 0.")
    assert [one.incident for one in found[1].suggestions] == [found[0].belongs_to]


TEXTS = (
    LEAK,
    "Sigue el reventón de Embajadores 190, agua por toda la calle",
    "Farola fundida en la plaza de Lavapiés, no se ve nada",
    "La plaza de Lavapiés a oscuras otra noche, farolas fundidas",
    "Contenedores llenos en Alcalá 200, huele fatal",
    "Qué bonito día",
    "Bache enorme en Bravo Murillo 200",
    "Otra rueda reventada en el bache de Bravo Murillo 200",
    "Gracias por el festival",
    "El agua llega ya al 180 de Embajadores",
    "Alcalá 200 sigue con los contenedores llenos",
    "Atasco en la M-30",
)
POSTS = 36


@cache
def week() -> list[Read]:
    """Make the posts of a week: not at import, which every worker does, because the gazetteer takes a second."""
    return [
        said(
            f"{n:02d}x",
            f"{TEXTS[n % len(TEXTS)]} {'!' * (n // len(TEXTS))}",
            47 * n,
            score=(0.9, 0.1, 0.6)[n % 3],
            topic=("water_sewage", "street_lighting", "waste_cleaning")[n % 12 // 5],
        )
        for n in range(POSTS)
    ]


@cache
def at_once() -> list[Decision]:
    """Decide the whole week in one batch."""
    return decide(MADRID, week())


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(1, POSTS - 1), max_size=6))
def test_batches_never_change_the_incidents(cuts: set[int]) -> None:
    decided: list[Decision] = []
    bounds = [0, *sorted(cuts), POSTS]
    for start, end in pairwise(bounds):
        decided += decide(MADRID, week()[start:end], DecidedBefore(week()[:start], decided))
    assert [one.belongs_to for one in decided] == [one.belongs_to for one in at_once()]
    for one, other in zip(decided, at_once(), strict=True):
        if one.outcome == other.outcome:  # what waits in one run may be in a case that a later post of the other opened
            assert (one.suggestions, one.keys) == (other.suggestions, other.keys)
    assert {one.belongs_to for one in decided if one.opens} == {one.belongs_to for one in at_once() if one.opens}
    assert len({one.belongs_to for one in at_once()}) < POSTS - 10  # it does join


def test_the_weights_belong_to_the_reader_that_is_shipped() -> None:
    shipped = load_weights(MODELS / DEFAULT).model
    assert load().vocabulary.model.rpartition(".")[0] == shipped.rpartition(".")[0], "make train-incidents"


def test_embeddings_of_another_encoder_are_no_likeness() -> None:
    one, other = (Triage(MADRID).features(*said(name)) for name in "ab")
    assert np.isnan(pair_features(one, other)[PAIR_FEATURES.index("cosine")])
    assert pair_features(one, other)[PAIR_FEATURES.index("word cosine")] == pytest.approx(1.0)
    words = load().vocabulary
    post, reading = said("c")
    vector = np.ones(len(words.mean), dtype="<f2").tobytes()
    own = reading.model_copy(update={"model": words.model, "embedding": vector})
    assert not np.isnan(post_features(post, own, words).vector).any()


def test_weights_are_written_and_read_back_the_same(tmp_path) -> None:  # type: ignore[no-untyped-def]
    save(load(), tmp_path / "w.npz")
    save(load(tmp_path / "w.npz"), tmp_path / "again.npz")
    assert (tmp_path / "w.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    assert isinstance(load(tmp_path / "w.npz"), Weights)
    (tmp_path / "bad.npz").write_bytes(b"PK")
    with pytest.raises(ConfigurationError, match="make train-incidents"):
        load(tmp_path / "bad.npz")
    with pytest.raises(ConfigurationError, match="make train-incidents"):
        load(tmp_path / "none.npz")
