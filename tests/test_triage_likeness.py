"""The arithmetic of likeness, by hand: what each sign is worth, how rare a word is, and in which forms two posts are compared."""

import math
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import numpy as np
import pytest

from core.post import Post
from core.reading import Label, Place, Reading
from triage.likeness import Taught, chance, read, signs
from triage.said import FINE, Said, stems, text_folded
from triage.things import things

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
KINDS = ("street", "square", "landmark", "station", "stop", "old_name")


def taught(**more: object) -> Taught:
    """A rule of ten posts in which every sign weighs nothing."""
    one, other = said("a", "uno"), said("b", "dos")
    fields: dict[str, object] = {
        "about": "", "model": "m@1", "pairs": "", "enough": 0.5, "floor": 0.8, "always": 0.0, "posts": 9,
        "weights": dict.fromkeys(signs(read(), one, other, 0.9), 0.0), "words": {"farola": 4, "calle": 9},
    }  # fmt: skip
    return Taught.model_validate(fields | more)


def place(name: str, kind: str = "street", district: str | None = None, sure: float = 0.9) -> Place:
    return Place(text=name, kind=kind, key=f"{kind}:{name}", name=name, district=district, sure=sure)


def said(
    name: str, text: str, *places: Place, topic: str = "street_lighting", sure: float = 0.9, thread: str | None = None,
    vector: tuple[float, ...] = (1.0, 0.0),
) -> Said:  # fmt: skip
    post = Post(post_id=name.ljust(32, "0"), source="x", text=text, created_at=NOON, received_at=NOON, thread=thread)
    labels = {
        "topic": Label(question="topic", value=topic, score=sure, model="m@1"),
        "places": Label(question="places", value=places, score=0.9, model="m@1"),
    }
    embedding = np.array(vector, dtype="<f2").tobytes()
    return Said(post, Reading(post_id=post.post_id, embedding=embedding, labels=labels, model="m@1"))


def sign(name: str, one: Said, other: Said) -> float:
    return signs(taught(), one, other, 0.9)[name]


def test_the_rarer_a_word_the_more_it_weighs_and_an_unknown_one_the_most() -> None:
    rule = taught()
    # 9 posts and one more, of which 4 and one more have it: ln(10 / 5) squared
    assert rule.rarity == pytest.approx({"farola": math.log(2) ** 2, "calle": 0.0})
    assert rule.rarest == pytest.approx(math.log(10) ** 2)


def test_the_chance_is_the_logistic_of_the_weighed_signs() -> None:
    one, other = said("a", "Farola rota"), said("b", "Otra cosa")
    assert chance(taught(), one, other, 0.9) == 0.5
    assert chance(taught(always=1.0), one, other, 0.9) == pytest.approx(1 / (1 + math.exp(-1)))
    weights = taught().weights | {"cosine": 2.0}
    assert chance(taught(always=-1.0, weights=weights), one, other, 0.9) == pytest.approx(1 / (1 + math.exp(-0.8)))


def test_copies_are_one_incident_when_they_are_about_one_service_only() -> None:
    one, copy = said("a", "Farola  rota"), said("b", "FAROLA rota\n")
    assert chance(taught(always=-9.0), one, copy, 0.9) == 1.0
    elsewhere = said("b", "farola rota", topic="noise")
    assert chance(taught(always=-9.0), one, elsewhere, 0.9) < 0.01
    assert chance(taught(always=-9.0), one, said("b", "farola nueva"), 0.9) < 0.01


def test_the_rule_is_read_from_its_file_once() -> None:
    assert read() is read()


def test_what_a_post_says_is_not_changed_after_it_was_compared() -> None:
    with pytest.raises(FrozenInstanceError):
        said("a", "uno").post = said("b", "dos").post  # type: ignore[misc]


def test_places_of_one_in_the_other_is_the_mean_of_both_views() -> None:
    a, b = place("calle Alfa"), place("calle Beta")
    # of Alfa and Beta the second names one, of Alfa the first names all
    one, other = said("a", "en calle Alfa y calle Beta", a, b), said("b", "en calle Alfa", a)
    assert one.mentions(other) == 1.0
    assert other.mentions(one) == 0.5
    assert sign("places of one in the other", one, other) == sign("places of one in the other", other, one) == 0.75
    # who is about no place says nothing
    nowhere = said("c", "en alguna parte")
    assert nowhere.mentions(one) == 0.0
    assert one.mentions(nowhere) is None
    assert sign("places of one in the other", one, nowhere) == 0.0
    assert sign("places of one in the other", nowhere, nowhere) == 0.0


def test_places_in_common_are_a_share_of_all_that_are_named() -> None:
    a, b, c = (place(f"calle {name}") for name in ("Alfa", "Beta", "Gamma"))
    one, other = said("a", "calle Alfa calle Beta", a, b), said("b", "calle Beta calle Gamma", b, c)
    assert sign("places in common", one, other) == pytest.approx(1 / 3)
    assert sign("places in common", said("a", "calle Alfa", a), said("b", "calle Alfa", a)) == 1.0
    assert sign("places in common", said("a", ""), said("b", "")) == 0.0


def test_other_streets_speak_only_where_both_posts_name_one() -> None:
    a, b = place("calle Alfa"), place("calle Beta")
    here, there, nowhere = said("a", "calle Alfa", a), said("b", "calle Beta", b), said("c", "nada")
    assert sign("other streets or buildings", here, there) == 1.0
    assert sign("other streets or buildings", here, said("d", "calle Alfa", a)) == 0.0
    assert sign("other streets or buildings", here, nowhere) == 0.0
    assert sign("other streets or buildings", nowhere, here) == 0.0
    assert sign("other streets or buildings", nowhere, nowhere) == 0.0


def test_other_districts_speak_only_where_both_posts_lie_in_one() -> None:
    north, south = place("calle Alfa", district="Norte"), place("calle Beta", district="Sur")
    assert sign("other districts", said("a", "calle Alfa", north), said("b", "calle Beta", south)) == 1.0
    assert sign("other districts", said("a", "calle Alfa", north), said("b", "calle Alfa", north)) == 0.0
    assert sign("other districts", said("a", "calle Alfa", north), said("b", "nada")) == 0.0
    assert sign("other districts", said("a", "nada"), said("b", "nada")) == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_person_can_stand_in_front_of_these_kinds_of_place(kind: str) -> None:
    assert said("a", "calle Alfa", place("calle Alfa", kind)).fine == {f"{kind}:calle Alfa"}
    assert kind in FINE


@pytest.mark.parametrize("kind", ["district", "barrio"])
def test_a_quarter_is_no_place_to_stand_in_front_of(kind: str) -> None:
    assert said("a", "Norte", place("Norte", kind)).fine == frozenset()


def test_words_in_common_count_by_how_rare_they_are_and_against_the_headline() -> None:
    # the headline of `one` is "farola" (ln(2)^2) and "gotera" (unknown: ln(10)^2); `other` has the first
    one, other = said("a", "Farola gotera"), said("b", "Farola")
    part = math.log(2) ** 2 / (math.log(2) ** 2 + math.log(10) ** 2)
    assert sign("headline words in the other", one, other) == pytest.approx((part + 1) / 2)
    assert sign("the lesser of the two", one, other) == pytest.approx(part)
    # every post has "calle": it weighs nothing, so there is nothing to compare
    empty = said("c", "calle")
    assert sign("headline words in the other", empty, empty) == 0.0
    assert sign("the lesser of the two", empty, empty) == 0.0


def test_things_that_are_asked_for_are_looked_for_in_the_other_post() -> None:
    lights, both, none = said("a", "Faltan farolas"), said("b", "Faltan farolas y bancos"), said("c", "Buenas tardes")
    assert (lights.asks, both.asks, none.asks) == ({"lighting"}, {"lighting", "benches"}, frozenset())
    name = "things of one in the other"
    assert sign(name, lights, lights) == 1.0
    assert sign(name, lights, both) == sign(name, both, lights) == 0.75  # all of one, half of two
    assert sign(name, lights, none) == 0.25  # none of one; of the other nothing is known: a half
    assert sign(name, none, none) == 0.5


def test_other_things_speak_only_where_both_posts_ask_for_one() -> None:
    lights, bench, none = said("a", "Faltan farolas"), said("b", "Faltan bancos"), said("c", "Buenas tardes")
    assert sign("other things", lights, bench) == 1.0
    assert sign("other things", lights, said("d", "farolas y bancos")) == 0.0
    assert sign("other things", lights, none) == sign("other things", none, lights) == 0.0
    assert sign("other things", none, none) == 0.0


def test_what_is_asked_for_stands_in_the_first_sentence_or_else_anywhere() -> None:
    first = said("a", "Faltan farolas en toda la calle. También bancos.")
    later = said("b", "Buenas tardes a todo el mundo. Faltan bancos.")
    assert (first.asks, first.things) == ({"lighting"}, {"lighting", "benches"})
    assert (later.asks, later.things) == (frozenset(), {"benches"})
    assert sign("other things", first, later) == 1.0


def test_the_service_speaks_for_and_against_as_surely_as_it_was_told() -> None:
    one = said("a", "uno", sure=0.5)
    assert sign("same service", one, said("b", "dos", sure=0.8)) == pytest.approx(0.4)
    assert sign("same service", one, said("b", "dos", sure=0.8, topic="noise")) == pytest.approx(-0.4)


@pytest.mark.parametrize(
    ("one", "other", "same"), [("t", "t", 1.0), ("t", "u", 0.0), ("t", None, 0.0), (None, None, 0.0)]
)
def test_a_conversation_is_the_same_only_where_there_is_one(one: str | None, other: str | None, same: float) -> None:
    assert sign("same conversation", said("a", "uno", thread=one), said("b", "dos", thread=other)) == same


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("abcd", "ab", math.log(2)), ("ab", "abcd", math.log(2)), ("abc", "a", math.log(3))]
)
def test_lengths_are_compared_as_the_logarithm_of_how_many_times(one: str, other: str, expected: float) -> None:
    assert sign("lengths", said("a", one), said("b", other)) == pytest.approx(expected)


def test_an_empty_text_is_as_long_as_one_letter() -> None:
    assert sign("lengths", said("a", "abcd"), said("b", "")) == pytest.approx(math.log(4))


def test_words_are_compared_by_six_letters_and_short_ones_not_at_all() -> None:
    assert stems(" asfaltar asfaltado de sol 7 12 ") == {"asfalt", "sol", "7", "12"}
    assert stems(" farolas farola ") == {"farola"}
    assert stems(" calles calle ") == {"calles", "calle"}


def test_words_are_folded_and_stand_between_spaces() -> None:
    assert text_folded("¡Qué ÁRBOL, en el 7!") == " que arbol en el 7 "
    assert text_folded("") == "  "


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Frente al polideportivo Alfaro, ruido", True),
        ("en alfaro hay ruido", True),
        ("en Alfaros hay ruido", False),
        ("nada", False),
    ],
)
def test_a_place_is_named_by_its_words_without_the_kind_of_place(text: str, known: bool) -> None:
    there = said("b", "calle de Alfaro", place("calle de Alfaro"))
    assert said("a", text).mentions(there) == float(known)


def test_a_name_of_two_words_is_known_by_both() -> None:
    there = said("b", "avenida de la Buena Vista", place("avenida de la Buena Vista"))
    assert said("a", "en Buena Vista no hay luz").mentions(there) == 1.0
    assert said("a", "buena la vista").mentions(there) == 0.0


@pytest.mark.parametrize(("name", "known"), [("Sol", 0.0), ("Olmo", 1.0)])
def test_a_name_of_three_letters_is_a_word_too_often(name: str, known: float) -> None:
    there = said("b", f"calle {name}", place(f"calle {name}"))
    assert said("a", f"hace {name} aquí").mentions(there) == known


@pytest.mark.parametrize(
    "words",
    "c calle avenida avda av plaza pza paseo camino carretera autovia barrio distrito parque metro estacion centro municipal deportivo "
    "colegio publico jardines glorieta zona de del el la los las".split(),
)
def test_people_leave_out_what_kind_of_place_it_is(words: str) -> None:
    there = said("b", f"{words} Alfaro", place(f"{words} Alfaro"))
    assert said("a", "en Alfaro hay ruido").mentions(there) == 1.0


@pytest.mark.parametrize(("raw", "unit"), [((3.0, 4.0), (0.6, 0.8)), ((0.0, 0.0), (0.0, 0.0))])
def test_an_embedding_is_compared_as_a_unit_vector(raw: tuple[float, float], unit: tuple[float, float]) -> None:
    vector = said("a", "uno", vector=raw).vector
    assert vector.dtype == np.float32
    assert vector.tolist() == pytest.approx(unit)


@pytest.mark.parametrize(
    ("text", "regulated"),
    [
        ("Queremos SER en el barrio", True),
        ("Queremos S.E.R en el barrio", True),
        ("Puede ser", False),
        ("PUEDE SER QUE SÍ QUE NO", False),
        ("Zona SER", True),
        ("ZONA SER", True),
        ("ZONA SER YA", False),
        ("SER ABC wxyz", True),  # six capitals of ten letters
        ("SER ABCD xyz", False),
        ("ZONAS SER", True),  # eight letters
        ("ZONAS SERA SER", False),
    ],
)
def test_the_parking_is_written_in_capitals_and_who_shouts_writes_everything_so(text: str, regulated: bool) -> None:
    assert ("regulated parking" in things(text, "")) is regulated


def test_each_about_a_street_that_the_other_does_not_name_is_impossible_and_with_one_named_it_is_not() -> None:
    a, b = place("calle Alfa"), place("calle Beta")
    here, there = said("a", "calle Alfa a oscuras", a), said("b", "calle Beta a oscuras", b)
    sure = taught(always=9.0)
    assert chance(sure, here, there, 1.0) == 0.0
    both = said("c", "calle Beta a oscuras toda la semana. La calle Alfa igual.", b, a)
    assert sign("other streets or buildings", here, both) == 1.0
    assert chance(sure, here, both, 1.0) > 0.99


def test_texts_of_a_letter_or_none_are_as_long_as_each_other() -> None:
    for one, other in (("a", "b"), ("a", ""), ("", "")):
        assert sign("lengths", said("a", one), said("b", other)) == 0.0
