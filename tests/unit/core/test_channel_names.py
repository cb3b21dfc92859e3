"""Test the display names of channels in both languages."""

import pytest

from core.config.plugins import plugin_names
from core.i18n.display_names import display_name
from core.i18n.names import NAMES
from core.i18n.reasons import display_reason


def test_every_source_of_the_program_has_a_name_for_people() -> None:
    assert set(plugin_names("collectors")) <= set(NAMES["source"])


@pytest.mark.parametrize(
    ("source", "english", "spanish"),
    [
        ("archive", "Archive", "Archivo"),
        ("mailbox", "E-mail", "Correo electrónico"),
        ("inbox", "Online form", "Formulario web"),
        ("x", "X", "X"),
        ("example-mailbox", "E-mail (example)", "Correo electrónico (ejemplo)"),
        ("a_source_of_its_own", "a_source_of_its_own", "a_source_of_its_own"),
    ],
)
def test_a_channel_is_shown_in_the_readers_language(source: str, english: str, spanish: str) -> None:
    assert display_name("source", source, "en") == english
    assert display_name("source", source, "es") == spanish


def test_the_history_of_a_case_names_the_channel() -> None:
    assert display_reason("answered on mailbox", "es") == "contestado por este canal: Correo electrónico"
    asked = "asked back on archive: the answer time pauses until the citizen replies"
    assert display_reason(asked, "en") == ("asked the citizen through this channel: Archive. The answer time pauses until the reply")


@pytest.mark.parametrize(
    "reason",
    [
        "joined: likeness 0.99 >= 0.60 with I-20261031-261e26cdcd6d",
        "joined: answers a post of it with I-20261031-261e26cdcd6d",
        "joined: the same text about the same place with I-20261031-261e26cdcd6d",
        "joined: was put there before with I-20261031-261e26cdcd6d",
        "suggested: likeness 0.45 with I-20261031-261e26cdcd6d",
    ],
)
def test_a_reason_shows_no_key_of_an_incident(reason: str) -> None:
    assert "I-2026" not in display_reason(reason, "es")
