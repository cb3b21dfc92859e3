"""Check what `escucha check` says about known answers."""

from datetime import UTC, date, datetime
from pathlib import Path

from core.config.city import City, load_city
from core.config.known_answers.answers import answers_of
from core.config.known_answers.edits import AnswerEdit, fields_of
from escucha.commands.check import check_answers

ROOT = Path(__file__).parents[3]


def city_in(folder: Path, answers: str | None = None) -> City:
    city = load_city(ROOT / "cities" / "madrid.toml")
    if answers is not None:
        (folder / "villa").mkdir(parents=True)
        (folder / "villa" / "answers.toml").write_text(answers, encoding="utf-8")
    return city.model_copy(update={"path": folder / "villa.toml", "gazetteer_folder": None})


def test_the_shipped_answers_are_counted_as_examples() -> None:
    found = check_answers(load_city(ROOT / "cities" / "madrid.toml"), date(2026, 11, 27))
    assert found.good is True
    assert found.message.startswith("130, 130 of them examples")


def test_answers_out_of_date_fail_and_are_named(tmp_path: Path) -> None:
    text = (ROOT / "cities" / "madrid" / "answers.toml").read_text(encoding="utf-8")
    said = "answer 'christmas_lights' expired on 2027-01-07, it is not used: Vías públicas checks it"
    example = check_answers(city_in(tmp_path / "examples", text), date(2027, 1, 20))
    assert example.good is True, "the council never approved this example"
    assert said in example.message
    approved = check_answers(city_in(tmp_path / "approved", text.replace("example = true\n", "")), date(2027, 1, 20))
    assert approved.good is False
    assert said in approved.message


def test_a_wrong_file_fails_and_no_file_is_off(tmp_path: Path) -> None:
    assert check_answers(city_in(tmp_path), date(2026, 11, 27)).good is None
    found = check_answers(city_in(tmp_path, "[[answers]]\nid = 'x1'\n"), date(2026, 11, 27))
    assert found.good is False
    assert "answer 'x1': key 'service' is missing" in found.message


def test_edits_of_the_desk_count_and_one_that_the_profile_no_longer_allows_fails() -> None:
    city = load_city(ROOT / "cities" / "madrid.toml")
    shipped = next(one for one in answers_of(city).answers if one.id == "christmas_lights")

    def edit(**new: str) -> AnswerEdit:
        return AnswerEdit(
            answer_id=shipped.id,
            revision=1,
            withdrawn=False,
            content=fields_of(shipped) | new,
            shipped=None,
            who="ana",
            why="",
            at=datetime(2026, 11, 27, tzinfo=UTC),
        )

    renewed = check_answers(city, date(2027, 1, 20), [edit(valid_until="2028-01-07")])
    assert (renewed.good, "christmas_lights" in renewed.message) == (True, False)
    wrong = check_answers(city, date(2026, 11, 27), [edit(owner="Un departamento que ya no existe")])
    assert wrong.good is False
    assert wrong.message.startswith("129, 129 of them examples")
    assert "answer 'christmas_lights', edited on the desk, is not used" in wrong.message
