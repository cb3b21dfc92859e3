"""`escucha init`: a few questions, and a profile that is right at once."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.config.department_sets import SIZES
from core.config.public_holidays import check_region, region_of
from core.config.word_lists import locale_words
from core.errors import ConfigurationError
from core.i18n.translate import translator
from core.records.annotation import TOPICS
from core.working_hours import is_working_day
from escucha import cli
from escucha.commands import init as init_module
from escucha.commands.check import check_sources
from escucha.commands.init import QUESTIONS, init
from pipeline.context import read_profile
from tests.support.seeded import open_seeded

ANSWERS = """Granada

@aytogranada @GranadaResponde
Ayuntamiento de "Granada"
prensa@granada.example
dpd@granada.example
https://granada.example/rss
AN
"""


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_the_answers_make_a_profile_that_every_part_accepts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, ANSWERS)
    city, sources = read_profile(init("granada", tmp_path))
    assert (city.name, city.timezone, city.handles) == ("Granada", "Europe/Madrid", ("@aytogranada", "@GranadaResponde"))
    assert city.notice.controller == 'Ayuntamiento de "Granada"'
    assert (city.retention, city.working_hours.region) == (timedelta(days=180), "AN")
    assert list(sources) == ["feeds"]


def test_a_profile_that_is_there_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "granada.toml").write_text("mine")
    answer(monkeypatch, ANSWERS)
    with pytest.raises(ConfigurationError, match="exists already"):
        init("granada", tmp_path)
    assert (tmp_path / "granada.toml").read_text() == "mine"


def test_a_wrong_answer_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, ANSWERS.replace("\n\n", "\nMars/Olympus\n", 1))
    with pytest.raises(ConfigurationError, match="not a time zone"):
        init("granada", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "asked"),
    [
        ({"LANG": "es_ES.UTF-8"}, "Nombre de la ciudad: Zona horaria [Europe/Madrid]: "),
        ({"LANG": "C.UTF-8", "LC_ALL": "ca_ES.UTF-8@valencia"}, "Nom de la ciutat: "),
        ({"LANG": "eu_ES.UTF-8"}, "Nombre de la ciudad: "),
        ({"LANG": "C.UTF-8"}, "Name of the city: "),
    ],
)
def test_the_questions_are_in_the_language_of_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], asked: str
) -> None:
    """They were English under a Spanish locale."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    answer(monkeypatch, ANSWERS)
    init("granada", tmp_path)
    said = capsys.readouterr().err
    assert said.startswith(asked)
    assert len(said.split(": ")) == len(QUESTIONS) + 3, "two questions have a colon"


def test_every_question_exists_in_spanish() -> None:
    assert [one.words for one in QUESTIONS if translator("es", "escucha")(one.words) == one.words] == []


def test_a_missing_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "")
    with pytest.raises(ConfigurationError, match="Name of the city"):
        init("granada", tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("\nAN\n", "\nXX\n", "init --region 'XX': there is no such region in this country; known: AN, AR, AS, "),
        ("prensa@granada.example", "Plaza del Carmen 1", "not one e-mail address, such as"),
        ("dpd@granada.example", "comunicacion", "not one e-mail address, such as"),
        ("@GranadaResponde", "GranadaResponde", "not a handle, which begins with @"),
        ("https://granada.example/rss", "granada.example", "'granada.example' is no address of a feed, such as https://"),
        ("AN\n", "AN\nhuge\n", "init --departments 'huge': not one of: small, medium, large"),
    ],
)
def test_a_wrong_answer_is_refused_with_what_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str, wrong: str, words: str
) -> None:
    """Each passed `init` and `check`; the wrong region stopped triage at the first case."""
    answer(monkeypatch, ANSWERS.replace(right, wrong, 1))
    with pytest.raises(ConfigurationError, match=words):
        init("granada", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_region_only_national_holidays_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default was Madrid's region: the 2 May was a holiday in Granada."""
    answer(monkeypatch, ANSWERS.replace("\nAN\n", "\n-\n", 1))
    city, _ = read_profile(init("granada", tmp_path))
    assert city.working_hours.region is None
    assert is_working_day(city.working_hours, date(2025, 5, 2))
    assert not is_working_day(city.working_hours, date(2025, 12, 8))


@pytest.mark.parametrize(("feeds", "said"), [("https://granada.example/rss", False), ("", True)])
def test_a_profile_without_a_source_says_that_nothing_is_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], feeds: str, said: bool
) -> None:
    monkeypatch.setattr(init_module.init, "__defaults__", (tmp_path, None))
    answer(monkeypatch, ANSWERS.replace("https://granada.example/rss", feeds))
    assert cli.main(["init", "granada"]) == 0
    assert ("sources: none is on: nothing is collected" in capsys.readouterr().out) is said


def test_check_says_that_no_source_is_on(tmp_path: Path) -> None:
    """It exited with 0 and said nothing."""
    context = open_seeded(tmp_path, 0, datetime.now(UTC))
    (found,) = check_sources(context)
    assert (found.part, found.good) == ("sources", None)
    assert found.message.startswith("none is on: nothing is collected")
    portal = context.city.portal.model_copy(update={"reports": False})
    context.city = context.city.model_copy(update={"portal": portal})
    assert [one.good for one in check_sources(context)] == [False]
    context.ledger.close()


GIVEN = {
    "name": "Zaragoza",
    "timezone": "Europe/Madrid",
    "handles": "",
    "controller": "Ayuntamiento de Zaragoza",
    "contact": "a@zaragoza.example",
    "officer": "d@zaragoza.example",
    "feeds": "",
    "region": "Aragón",
    "departments": "small",
}


def test_what_an_option_says_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer(monkeypatch, "")
    city, _ = read_profile(init("zaragoza", tmp_path, GIVEN))
    assert capsys.readouterr().err == ""
    assert (city.working_hours.region, city.identity.council) == ("AR", "Ayuntamiento de Zaragoza")


def test_the_region_is_proposed_by_the_name_of_the_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "\n")
    city, _ = read_profile(init("zaragoza", tmp_path, GIVEN | {"region": None}))
    assert city.working_hours.region == "AR"


def test_every_region_of_the_list_has_holidays() -> None:
    assert [one for one in locale_words("regions") if check_region(one, "ES") != one] == []
    assert region_of("vitoria gasteiz") == "PV"


@pytest.mark.parametrize("size", SIZES)
def test_each_list_of_departments_answers_every_service(tmp_path: Path, size: str) -> None:
    city, _ = read_profile(init("zaragoza", tmp_path, GIVEN | {"departments": size}))
    assert sorted(topic for one in city.departments for topic in one.topics) == sorted(TOPICS)


def test_at_a_terminal_a_wrong_answer_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After eight answers the ninth could not be mended: all were lost."""
    answer(monkeypatch, "prensa\nprensa@zaragoza.example\n")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    city, _ = read_profile(init("zaragoza", tmp_path, GIVEN | {"contact": None}))
    assert city.notice.contact == "prensa@zaragoza.example"
    assert capsys.readouterr().err.count("E-mail address for citizens: ") == 2


def test_a_refused_answer_is_explained_in_spanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    with pytest.raises(ConfigurationError, match="init --handles 'zaragoza': no es un nombre de cuenta"):
        init("zaragoza", tmp_path, GIVEN | {"handles": "zaragoza"})
    with pytest.raises(ConfigurationError, match="no es una de: small, medium, large"):
        init("zaragoza", tmp_path, GIVEN | {"departments": "huge"})
