"""Check that a wrong file of known answers is refused by name."""

from datetime import date
from pathlib import Path

import pytest

from core.config.city import City, load_city
from core.config.known_answers.answers import KnownAnswers, answers_of, answers_path, load_answers
from core.config.known_answers.fields import LONGEST_QUESTION
from core.errors import ConfigurationError
from core.records.answer_length import LINK_LENGTH, limit_of

ROOT = Path(__file__).parents[3]
GOOD = """
[[answers]]
id = "bulky_waste"
service = "waste_cleaning"
owner = "Limpieza y residuos"
valid_from = 2026-01-01
valid_until = 2026-12-31
links = ["https://sede.madrid.es"]
text.es = "Pida cita en el 010."
text.en = "Ask for an appointment on 010."
questions.es = ["¿Cómo tiro un sofá?"]
"""


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities" / "madrid.toml")


def load(tmp_path: Path, city: City, text: str) -> KnownAnswers:
    path = tmp_path / "answers.toml"
    path.write_text(text, encoding="utf-8")
    return load_answers(path, city)


def refused(tmp_path: Path, city: City, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, city, text)
    return str(caught.value)


def test_a_good_file_loads(tmp_path: Path, city: City) -> None:
    found = load(tmp_path, city, GOOD)
    one = found.get("bulky_waste")
    assert one is not None
    assert one.reply("es") == "Pida cita en el 010. https://sede.madrid.es"
    assert not one.example
    assert found.get("other") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('owner = "L', 'colour = "red"\nowner = "L', "answer 'bulky_waste': key 'colour'"),
        ("text.en", "text.fr", "answer 'bulky_waste': key 'text.fr"),
        ("waste_cleaning", "rubbish", "unknown service; allowed: waste_cleaning"),
        ("Limpieza y residuos", "Limpieza", "owner 'Limpieza' is no department; allowed: Limpieza y residuos"),
        ("text.es", "text.gl", "text.es is missing, the city's first language"),
        ("valid_until = 2026", "valid_until = 2025", "valid_until 2025-12-31 is before the first day of use, 2026-01-01"),
        ("https://sede", "http://sede", "not a link that begins with https://"),
        ('["¿Cómo tiro un sofá?"]', "[]", "questions needs at least one example phrasing"),
        ("un sofá", "un <b>sofá</b>", "holds HTML"),
        ("cita en el 010", "cita\\r\\nen el 010", "U+000A, U+000D"),
        ("cita en el 010", "cita \\u202een el 010", "U+202E"),
        ('id = "bulky_waste"', 'id = "Bulky waste"', "not an id"),
        ("un sofá", "x" * LONGEST_QUESTION, f"{LONGEST_QUESTION} are allowed"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, city: City, old: str, new: str, said: str) -> None:
    message = refused(tmp_path, city, GOOD.replace(old, new))
    assert said in message
    assert "answers.toml" in message


def test_doubled_ids_and_shared_questions_are_refused(tmp_path: Path, city: City) -> None:
    assert "the id 'bulky_waste' is there twice" in refused(tmp_path, city, GOOD + GOOD)
    other = GOOD.replace("bulky_waste", "clean_point").replace("¿Cómo tiro un sofá?", "cómo tiro un SOFÁ")
    assert "'bulky_waste' and 'clean_point' share the question" in refused(tmp_path, city, GOOD + other)


def test_an_answer_too_long_for_a_network_says_by_how_much(tmp_path: Path, city: City) -> None:
    room = limit_of("x") - LINK_LENGTH - 1 - 16
    assert len(load(tmp_path, city, GOOD.replace("Pida cita en el 010.", "x" * room))) == 1
    message = refused(tmp_path, city, GOOD.replace("Pida cita en el 010.", "x" * (room + 7)))
    assert "text.es takes 287 of 280 characters on x" in message
    assert "shorten it by 7" in message
    # Bluesky counts the whole link
    long_link = GOOD.replace("sede.madrid.es", "sede.madrid.es/" + "a" * 60).replace("Pida cita en el 010.", "x" * room)
    assert "on bluesky" in refused(tmp_path, city, long_link)


def test_an_expired_answer_is_named_with_its_owner_and_not_valid(tmp_path: Path, city: City) -> None:
    found = load(tmp_path, city, GOOD)
    one = found.answers[0]
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [one.is_valid(day) for day in days] == [False, True, True, False]
    assert found.expired(date(2026, 6, 1)) == []
    assert "expires on 2026-12-31" in found.expired(date(2026, 12, 10))[0]
    late = found.expired(date(2027, 1, 1))[0]
    assert "'bulky_waste' expired on 2026-12-31, it is not used: Limpieza y residuos" in late


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("en-GB", "en"), ("eu", "es"), (None, "es"), ("und", "es")])
def test_the_reply_is_in_the_posts_language_or_the_citys_first(tmp_path: Path, city: City, asked: str | None, language: str) -> None:
    assert load(tmp_path, city, GOOD).answers[0].language_for(asked, "es") == language


def test_madrids_answers_are_many_marked_as_examples_and_in_two_languages(city: City) -> None:
    found = answers_of(city)
    assert answers_path(city) == ROOT / "cities" / "madrid" / "answers.toml"
    assert len(found) >= 100
    assert all(one.example and {"es", "en"} <= set(one.text) for one in found.answers)
    assert len({one.service for one in found.answers}) == 17


def test_a_city_without_the_file_has_no_answers(tmp_path: Path, city: City) -> None:
    assert len(answers_of(city.model_copy(update={"path": tmp_path / "villa.toml"}))) == 0


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, city: City) -> None:
    assert "not a TOML file" in refused(tmp_path, city, "[[answers]\n")
