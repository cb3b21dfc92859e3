"""Subjects come from the locale's patterns and the city's own folder."""

import pytest

from core.config.plugins import ROOT
from triage.incident_matching.subjects import subjects_of, text_folded

MADRID = ROOT / "cities" / "madrid"


@pytest.mark.parametrize(
    ("text", "of_madrid", "of_any_city"),
    [
        ("El BiciMAD no funciona", {"hired bicycles"}, set()),
        ("Cobran el SER en agosto", {"regulated parking"}, set()),
        ("La zona ser no llega aquí", {"regulated parking"}, set()),
        ("Quiero ser libre", set(), set()),
        ("COBRAN EL SER EN AGOSTO TAMBIEN", set(), set()),
        ("Madrid Central ya", {"air"}, set()),
        ("Piden zona azul y otra parada de autobús", {"regulated parking", "bus"}, {"regulated parking", "bus"}),
    ],
)
def test_words_of_one_city_count_there_only(text: str, of_madrid: set[str], of_any_city: set[str]) -> None:
    folded = text_folded(text)
    assert subjects_of(MADRID).find(text, folded) == of_madrid
    assert subjects_of().find(text, folded) == of_any_city
