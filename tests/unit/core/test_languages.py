"""An interface language is a folder of `locale/` whose manifest offers it: nothing else names the list."""

import re
import subprocess
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.plugins import ROOT
from core.errors import ConfigurationError
from core.i18n.languages import interface_languages, locale_of
from core.parts import languages


def test_a_language_is_one_of_the_rooms_that_its_manifest_offers_and_english_is_last() -> None:
    offered = {code: one.offered for code, one in languages().items()}
    for room in ("desk", "portal", "reports"):
        assert interface_languages(room) == (*sorted(code for code in offered if room in offered[code]), "en")
    assert "gl" not in interface_languages("desk")


def test_the_desk_has_the_languages_of_its_profile_and_the_portal_the_co_official_ones_too() -> None:
    assert {"ca", "es", "en"} <= set(interface_languages())
    assert {"ca", "es", "eu", "gl", "en"} <= set(interface_languages("portal"))


def test_a_profile_in_a_language_without_texts_is_refused(tmp_path: Path) -> None:
    profile = (ROOT / "cities" / "madrid.toml").read_text().replace('name = "Madrid"', 'name = "Madrid"\nlanguages = ["xx"]', 1)
    path = tmp_path / "madrid.toml"
    path.write_text(re.sub(r'\nlanguages = \["es", "en"\]', "", profile))
    with pytest.raises(ConfigurationError, match=r"there are no texts in 'xx'; known: ca, es, en"):
        load_city(path)


def test_numbers_of_any_language_have_a_locale() -> None:
    assert [locale_of(one) for one in ("es", "en", "ca", "gl")] == ["es", "en_GB", "ca", "gl"]


def test_no_other_module_lists_the_interface_languages() -> None:
    rooms = ("core", "dags", "dashboards", "desk", "escucha", "pipeline", "reports")
    command = ["git", "grep", "-nE", r'Literal\["es", "en"\]|language == "(es|en)"|= \("es", "en"\)$', "--", *rooms]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    assert [line for line in found if "languages: tuple[InterfaceLanguage" not in line] == []
