"""Check that templates of answers name their fields in the words of the desk."""

from pathlib import Path

import pytest

from core.config.city import load_city
from core.errors import RefusedValueError
from core.i18n.display_names import display_name
from core.records.answer import FIELDS, check_template, fill_template

ROOT = Path(__file__).parents[3]
VALUES: dict[str, str | None] = {one: one.upper() for one in FIELDS}


@pytest.mark.parametrize("language", ["en", "es", "ca"])
def test_every_field_is_shown_accepted_and_filled_in_the_language_of_the_desk(language: str) -> None:
    shown = [display_name("placeholder", f"{{{one}}}", language) for one in FIELDS]
    explained = display_name("section_text", "templates", language)
    for one, placeholder in zip(FIELDS, shown, strict=True):
        assert placeholder in explained
        assert fill_template(check_template(f"a {placeholder} b"), VALUES) == f"a {one.upper()} b"
    assert language == "en" or shown[0] != "{case}"


def test_an_unknown_field_is_still_refused_and_a_missing_value_stays_to_be_seen() -> None:
    with pytest.raises(RefusedValueError, match=r"no field \{ciudadano\}; known: \{case\}, \{place\}"):
        check_template("Hola {ciudadano}")
    assert fill_template("lo lleva {departamento}", {"department": None}) == "lo lleva {departamento}"


def test_spanish_templates_of_madrid_show_no_english_fields() -> None:
    spanish = [one for one in load_city(ROOT / "cities" / "madrid.toml").templates if one.language == "es"]
    assert spanish
    for one in spanish:
        assert not any(f"{{{field}}}" in one.text for field in FIELDS), one.text
