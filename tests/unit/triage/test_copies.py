"""Which texts count as copies, and that they count as one person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np

from core.records.decision import COPY
from tests.support.triage_facts import MADRID, NOON, decide_all, post, reading
from triage.decide import build_features
from triage.eligibility import voice_scores
from triage.incident_matching.post_features import PostFeatures
from triage.incident_matching.weights import load
from triage.incidents.copies import LAST, copies_earlier, is_near_copy
from triage.urgency.priority import points_of

TEXT = "Los contenedores de la calle de Alcalá 20 llevan una semana sin recoger y huelen fatal"
VARIANTS = (
    TEXT,
    "Los contenedores de la calle de Alcalá 20 llevan dos semanas sin recoger y huelen fatal",
    "¡Los contenedores de la calle de Alcalá 20 llevan una semana sin recoger y huelen que apesta!",
)
OTHERS = (
    "Otra vez bolsas por el suelo en Alcalá 20, no pasa el camión desde el lunes",
    "Alcalá 20: la basura rebosa y nadie viene",
    "En la puerta de casa, Alcalá 20, hay ratas entre los cubos llenos",
)


def forms(*texts: str) -> list[PostFeatures]:
    """The features of these texts by different authors, a minute apart."""
    posts = [post(f"{n:02d}x", NOON + timedelta(minutes=n), text=text) for n, text in enumerate(texts)]
    return [build_features(MADRID, load().vocabulary, one, reading(one)) for one in posts]


def test_a_text_with_some_words_changed_is_a_copy_and_another_persons_words_are_not() -> None:
    first, *more = forms(*VARIANTS, *OTHERS)
    assert [is_near_copy(first, one) for one in more] == [True, True, False, False, False]


def test_only_what_came_later_is_a_copy_and_two_words_are_none() -> None:
    members = forms(*VARIANTS)
    assert [copies_earlier(one, members) for one in members] == [False, True, True]
    short = forms("Aquí igual", "Aquí igual")
    assert [copies_earlier(one, short) for one in short] == [False, False]


def test_variants_of_one_text_are_one_voice_and_raise_no_priority() -> None:
    assert len(voice_scores(forms(*VARIANTS))) == 1
    assert len(voice_scores(forms(*VARIANTS, *OTHERS))) == 4
    assert points_of(MADRID, "waste_cleaning", forms(*VARIANTS)) == points_of(MADRID, "waste_cleaning", forms(TEXT))


def test_the_reason_of_a_copy_names_it() -> None:
    posts = [post(f"{n:02d}x", NOON + timedelta(minutes=n), text=text) for n, text in enumerate(VARIANTS)]
    found = decide_all(*((one, reading(one)) for one in posts))
    assert [one.reason.endswith(COPY) for one in found] == [False, True, True]
    assert len({one.belongs_to for one in found}) == 1


def with_grams(numbers: Iterable[int], minute: int = 0) -> PostFeatures:
    """The features of a text with these 4-grams."""
    (one,) = forms(TEXT)
    grams = np.array(sorted(numbers), dtype=np.uint32)
    return replace(one, grams=grams, fingerprint=hash(tuple(numbers)), at=one.at + 60 * minute)


def test_texts_are_copies_from_16_grams_and_half_of_all_shared() -> None:
    first = with_grams(range(24))
    assert is_near_copy(first, with_grams(range(8, 32)))  # 16 of 32
    assert not is_near_copy(first, with_grams(range(9, 33)))  # 15 of 33
    assert is_near_copy(with_grams(range(16)), with_grams(range(32)))
    assert not is_near_copy(with_grams(range(16)), with_grams(range(33)))
    assert not is_near_copy(with_grams(range(15)), with_grams(range(16)))
    assert is_near_copy(with_grams(range(3)), with_grams(range(3)))  # the same text, however short


def test_only_texts_of_16_grams_copy_an_earlier_post_of_the_incident() -> None:
    for count, copies in ((15, False), (16, True)):
        earlier = with_grams(range(count))
        assert copies_earlier(with_grams(range(count), minute=1), [earlier]) is copies


def test_of_two_copies_in_the_same_second_the_first_by_id_is_the_original() -> None:
    members = [replace(with_grams(range(20)), post_id=post_id) for post_id in "ab"]
    assert [copies_earlier(one, members) for one in members] == [False, True]


def test_a_post_is_compared_with_the_first_and_the_24_latest_before_it() -> None:
    members = [with_grams(range(100 * n, 100 * n + 20), minute=n) for n in range(40)]
    found = [copies_earlier(replace(members[n], at=members[-1].at + 60), members) for n in range(40)]
    assert found == [True, *[False] * (39 - LAST), *[True] * LAST]
    assert LAST == 24
