"""Type words come from the locale's lists and the city's own folder."""

from pathlib import Path

import pytest

from core.config.plugins import ROOT
from core.config.word_lists import city_words, locale_words
from core.errors import ConfigurationError
from gazetteer.place_types import place_types_of, split_type

MADRID = ROOT / "cities" / "madrid"
CLINIC = ("centro", "madrid", "salud", "retiro")


def test_a_city_adds_its_own_type_words_to_those_of_the_language() -> None:
    own, common = place_types_of(MADRID), place_types_of()
    assert split_type(CLINIC, own) == ("salud", ("retiro",))
    assert split_type(CLINIC, common) == ("", CLINIC)
    assert split_type(("avda", "palma"), own) == split_type(("avda", "palma"), common) == ("avenida", ("palma",))
    assert {"bicimad"} == own.things - common.things == own.not_names - common.not_names


def test_a_city_without_a_list_has_the_words_of_the_language(tmp_path: Path) -> None:
    assert place_types_of(tmp_path) == place_types_of()
    assert city_words(None) == {}


def test_a_damaged_list_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text("[place_types\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"words\.toml: not a TOML file in UTF-8"):
        city_words(tmp_path)
    with pytest.raises(ConfigurationError, match=r"locales/es_ES/missing\.toml: cannot read this word list: No such file"):
        locale_words("missing")
