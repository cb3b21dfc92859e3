"""An interface language is a folder of `locale/`: nothing else names the list."""

import re
import subprocess
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.plugins import ROOT
from core.errors import ConfigurationError
from core.i18n.languages import interface_languages, languages_in, locale_of


def test_a_folder_with_a_catalogue_is_a_language_and_english_is_last(tmp_path: Path) -> None:
    for name in ("es", "ca"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "desk.po").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "gl").mkdir()
    (tmp_path / "gl" / "portal.po").write_text("")
    assert languages_in(tmp_path) == ("ca", "es", "en")
    assert languages_in(tmp_path, "portal") == ("gl", "en")


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
