"""The city's own name is a common word of its posts, whatever the vocabulary knows of it."""

from typing import Any

import pytest

from tests.support.triage_facts import post, reading
from tests.unit.triage.test_triage_incidents import MADRID
from triage.decide import build_features
from triage.incident_matching import load
from triage.incident_matching.post_features import OWN_NAME, name_stems, post_features

STEM = "villar"


def weights(text: str, names: list[str]) -> dict[str, float]:
    one = post("a", text=text)
    return post_features(one, reading(one), load().vocabulary, own_name=name_stems(names)).stems


def test_the_name_of_a_town_weighs_as_little_as_that_of_the_training_city() -> None:
    text = "Hay un socavón en Villarrío"
    assert weights(text, [])[STEM] > 4, "unknown, so taken for a rare word"
    assert weights(text, ["Villarrío"])[STEM] == OWN_NAME
    assert weights(text, ["Villarrío"])["socavo"] == weights(text, [])["socavo"]


def test_a_name_that_is_known_to_be_common_keeps_its_weight() -> None:
    text = "Hay un socavón en Madrid"
    assert weights(text, ["Madrid"]) == weights(text, [])


@pytest.mark.parametrize(
    ("name", "questions"),
    [("Villarrío", {}), ("Ayuntamiento", {"relevance": {"names": ["Villarrío", "Villa Río"]}})],
    ids=["the profile's name", "a name of the relevance question"],
)
def test_the_names_come_from_the_profile(name: str, questions: dict[str, Any]) -> None:
    town = MADRID.model_copy(update={"name": name, "questions": questions, "gazetteer_folder": None})
    one = post("a", text="Hay un socavón en Villarrío")
    assert build_features(town, load(), one, reading(one)).stems[STEM] == OWN_NAME
