"""Whom a post is addressed to, and the city's own name, say nothing of what it is about."""

from typing import Any

import pytest

from tests.support.triage_facts import post, reading
from tests.unit.triage.test_triage_incidents import MADRID
from triage.decide import build_features
from triage.incident_matching import PostFeatures, load
from triage.incident_matching.post_features import name_stems, post_features


def form(text: str, names: list[str]) -> PostFeatures:
    one = post("a", text=text)
    return post_features(one, reading(one), load().vocabulary, own_name=name_stems(names))


def test_the_name_of_a_town_is_no_word_of_its_posts() -> None:
    text = "Hay un socavón en Villarrío"
    known, unknown = form(text, ["Villarrío"]), form(text, [])
    assert "villar" in unknown.stems
    assert "villar" not in known.stems
    assert known.stems["socavo"] == unknown.stems["socavo"]
    assert unknown.names - known.names == {"villarri"}


@pytest.mark.parametrize(
    ("name", "questions"),
    [("Villarrío", {}), ("Ayuntamiento", {"relevance": {"names": ["Villarrío", "Villa Río"]}})],
    ids=["the profile's name", "a name of the relevance question"],
)
def test_the_names_come_from_the_profile(name: str, questions: dict[str, Any]) -> None:
    town = MADRID.model_copy(update={"name": name, "questions": questions, "gazetteer_folder": None})
    one = post("a", text="Hay un socavón en Villarrío")
    assert "villar" not in build_features(town, load().vocabulary, one, reading(one)).stems


@pytest.mark.parametrize("handle", ["@Lineamadrid", "@MADRID", "@lineamadrid"])
def test_a_handle_of_the_city_is_no_word_either(handle: str) -> None:
    bare = post("a", text="¿Abre la biblioteca el lunes?")
    called = post("a", text=f"{handle} ¿Abre la biblioteca el lunes?")
    first, second = (build_features(MADRID, load().vocabulary, one, reading(one)) for one in (bare, called))
    assert (first.stems, first.said, first.names) == (second.stems, second.said, second.names)
    assert second.handles == frozenset()


def test_the_handle_of_another_account_is_shared() -> None:
    called = post("a", text="@EMTmadrid @Lineamadrid el 34 no pasa")
    assert build_features(MADRID, load().vocabulary, called, reading(called)).handles == {"@EMTmadrid"}
