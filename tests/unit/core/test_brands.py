"""A city's brands count as their common nouns; no other city's do."""

from pathlib import Path

import pytest

from core.config.brands import Brands, brands_of
from core.config.plugins import ROOT
from core.errors import ConfigurationError
from tests.support.triage_facts import MADRID, post, reading
from triage.decide import build_features
from triage.incident_matching.post_features import PostFeatures, post_features
from triage.incident_matching.weights import load


def of_sevilla(text: str) -> PostFeatures:
    one = post("a", text=text)
    return post_features(one, reading(one), load().vocabulary, brands=Brands({"Sevici": "bicicleta", "Tussam": "autobus"}))


def test_a_brand_is_the_object_the_subject_and_the_line_of_its_common_noun() -> None:
    bike, bus = of_sevilla("Un Sevici con el anclaje roto"), of_sevilla("El TUSSAM 27 no pasa")
    assert "bicycle" in bike.thing.objects
    assert bus.lines == {"27"}
    assert "bus" in bus.thing.objects
    assert "sevici" in bike.stems  # the words stay as they were written


def test_a_brand_of_another_city_is_a_word_like_any_other() -> None:
    assert "bicycle" not in of_sevilla("La bicimad de la esquina").thing.objects
    one = post("a", text="La bicimad de la esquina")
    assert "bicycle" in build_features(MADRID, load().vocabulary, one, reading(one)).thing.objects


def test_madrid_names_its_own() -> None:
    common = brands_of(ROOT / "cities" / "madrid").common
    assert common("¿Abre Línea Madrid?") == "¿abre oficina de atencion?"
    assert common("línea  Madrid") == "oficina de atencion"
    assert common("Bicimads y emtel") == "Bicimads y emtel"
    assert brands_of(None).common("EMT") == "EMT"


def test_brands_that_are_no_table_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text('brands = ["emt"]')
    with pytest.raises(ConfigurationError, match="is a table"):
        brands_of(tmp_path)


@pytest.mark.parametrize("nouns", [{"": "bicicleta"}, {"sevici": " "}])
def test_a_brand_without_a_noun_is_refused_in_words(nouns: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="needs a common noun"):
        Brands(nouns)
