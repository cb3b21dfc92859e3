"""Test that each state of a case has its words wherever a person reads it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from core.config import citizen_texts
from core.i18n.display_names import display_name
from core.i18n.languages import interface_languages
from core.records.case import OPEN, STATES, WAITING
from pipeline.portal.mails import state_words

TEMPLATES = Path(__file__).resolve().parents[3] / "portal" / "templates"


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_words_on_desk_portal_and_in_mails(state: str) -> None:
    for language in interface_languages("portal"):
        assert state_words(language)[state]
        assert language == "en" or display_name("state", state, language) != state or state == "nuevo"
    macros: Any = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("macros.html").module
    name = macros.state_name(state, lambda text: text)
    assert name == state_words("en")[state]


@pytest.mark.parametrize("state", sorted(OPEN))
def test_an_open_state_has_words_in_the_answer_to_what_is_known(state: str) -> None:
    for language in ("es", "ca", "gl", "eu", "en"):
        assert citizen_texts.already_known(language, 2, state, date(2026, 12, 3))
    assert {"new", "assigned", "acknowledged"} == WAITING
