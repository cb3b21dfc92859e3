"""Cases that other bodies answer for: the right one is suggested, a person decides, and an answer that names it is drafted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.bodies import load_bodies
from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.errors import ConfigurationError
from ledger import read
from pipeline import casework
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support.seeded import MADRID, open_seeded
from triage.competence import is_emergency, sounds_urgent, suggested_body

NOW = datetime.now(UTC)
EMERGENCIES = ROOT / "tests" / "gold" / "emergencies.jsonl"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    yield context
    context.ledger.close()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("El ascensor de la estación de metro de Sol lleva roto un mes", "Metro de Madrid (Comunidad de Madrid)"),
        ("Tres semanas para una cita médica en el centro de salud", "Comunidad de Madrid (sanidad)"),
        ("Llevamos toda la mañana SIN AGUA en la calle Alcalá", "Canal de Isabel II"),
        ("Otra vez tarde el Cercanías en Atocha", "Renfe Cercanías"),
        ("Para renovar el DNI no hay citas", "Policía Nacional"),
        ("Farola fundida en la plaza de Lavapiés", None),
        ("Hay que podar los árboles de la calle del Metropolitano", None),  # "metro" is no whole word here
    ],
)
def test_the_body_whose_words_a_post_names_is_suggested(text: str, name: str | None) -> None:
    found = suggested_body(load_bodies(load_city(MADRID)), [text])
    assert (None if found is None else found.name) == name


def test_an_emergency_is_noticed_and_a_figure_of_speech_is_not() -> None:
    bodies = load_bodies(load_city(MADRID))
    assert is_emergency(bodies, ["¡Huele a gas en el portal 12!"])
    assert not is_emergency(bodies, ["Los vecinos están que arden con las obras"])


@pytest.mark.parametrize(
    ("text", "emergency"),
    [
        ("Escape de gas junto al colegio", True),
        ("Hi ha olor de gas a l'escala", True),
        ("Hay un incendio en el polígono", True),
        ("There is a gas leak in the street", True),
        ("Un precio de infarto por aparcar", False),
        ("Pistola de agua en la fiesta infantil", False),
        ("Una explosión de color en el parque", False),
        ("La farola frente a la zona de carga y descarga está apagada", False),
        ("El coche abandonado no se mueve desde mayo", False),
        ("El registro civil está abierto", False),
        ("Registro de la luz abierto en la acera", True),
        ("Se ha caído un cable de la luz", True),
        ("La farola de mi calle da calambre", True),
        ("Hay un olor fuertísimo a butano en el portal", True),
        ("Se ha desplomado parte del tejado del mercado", True),
        ("Tapa de alcantarilla desaparecida, se puede caer un niño", True),
        ("La grúa de la obra se está inclinando", True),
        ("El río se está desbordando y entra en las casas", True),
        ("Se desploma la bolsa y el partido se ha desplomado en las encuestas", False),
    ],
)
def test_a_city_without_words_of_its_own_knows_the_emergencies_of_spain(text: str, emergency: bool) -> None:
    """They stood in Madrid's folder alone: a new city had no mark of 112, unsaid."""
    city = load_city(MADRID).model_copy(update={"gazetteer_folder": None})
    assert is_emergency(load_bodies(city), [text]) is emergency


def test_a_citys_own_emergency_words_add_to_those_of_spain(tmp_path: Path) -> None:
    (tmp_path / "bodies.toml").write_text('emergency = ["se desborda la rambla"]\n')
    bodies = load_bodies(load_city(MADRID).model_copy(update={"gazetteer_folder": str(tmp_path)}))
    assert is_emergency(bodies, ["¡Se desborda la Rambla!"])
    assert is_emergency(bodies, ["Huele a gas"])


def test_a_case_that_is_not_ours_waits_until_the_answer_that_names_the_body_has_left(context: Context) -> None:
    key = next(one.case_key for one in read.case_records(context.ledger) if one.topic == "street_lighting")
    drafts = answers.not_ours(context, key, "Canal de Isabel II", "ana", "water pipe")
    assert [one.text for one in read.notes(context.ledger, key)] == ["not ours: Canal de Isabel II; water pipe"]
    answers.approve(context, drafts[0], "ana")
    waiting = read.case_record(context.ledger, key)
    assert waiting is not None
    assert (waiting.waits, waiting.answered_at) == (True, None)
    found = read.answers(context.ledger, case_key=key)
    assert len(drafts) == len(found) == 4
    assert sorted(one.state for one in found) == ["approved", "draft", "draft", "draft"]
    assert "https://www.canaldeisabelsegunda.es" in found[0].text
    with pytest.raises(ConfigurationError, match=r"there is no 'Nadie' in the city's bodies\.toml"):
        answers.not_ours(context, key, "Nadie", "ana")
    answers.mark_copied(context, drafts[0], "ana")
    step = read.transitions(context.ledger, key)[-1]
    assert (step.state, step.who) == ("rejected", "ana")
    assert step.why == "not ours: Canal de Isabel II; answered on archive"


def test_a_closed_case_is_not_called_anothers_business_again(context: Context) -> None:
    key = next(one.case_key for one in read.case_records(context.ledger) if one.topic == "street_lighting")
    casework.resolve(context, key, "ana", "repaired")
    with pytest.raises(ConfigurationError, match="it cannot become rejected"):
        answers.not_ours(context, key, "Canal de Isabel II", "ana")
    assert read.answers(context.ledger, case_key=key) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[bodies]]\nname = "A"', "key 'bodies.0.competence' is missing"),
        ('[[bodies]]\nname = "A"\nmail = "x"', "unknown key 'bodies.0.mail' \\(allowed: name, competence, url"),
        ("[[bodies", "cannot be read as TOML"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bodies.toml").write_text(text)
    city = load_city(MADRID).model_copy(update={"gazetteer_folder": str(tmp_path)})
    with pytest.raises(ConfigurationError, match=message):
        load_bodies(city)


def test_every_answer_of_madrid_has_all_its_fields_filled() -> None:
    city: City = load_city(MADRID)
    for body in load_bodies(city).bodies:
        for language in body.answer:
            found, text = body.answer_in(language)
            assert (found, "{" in text) == (language, False)


@pytest.mark.parametrize(("half", "found", "false"), [("fit", 0.95, 0.02), ("held", 0.9, 0.05)])
def test_emergencies_in_everyday_words_are_noticed_and_what_sounds_alike_is_not(half: str, found: float, false: float) -> None:
    bodies = load_bodies(load_city(MADRID))
    rows = [json.loads(line) for line in EMERGENCIES.read_text(encoding="utf-8").splitlines()]
    noticed = {
        flag: [is_emergency(bodies, [row["text"]]) for row in rows if row["half"] == half and row["emergency"] is flag]
        for flag in (True, False)
    }
    assert sum(noticed[True]) >= found * len(noticed[True])
    assert sum(noticed[False]) <= false * len(noticed[False])


def test_a_phrase_has_alternatives_endings_and_a_gap_of_four_words() -> None:
    phrase = ("arqueta|registro ... sin tapa*",)
    assert sounds_urgent("Registro de la luz sin tapadera", phrase, ())
    assert not sounds_urgent("Registro de la luz de mi calle sin tapa", phrase, ())
    assert not sounds_urgent("Un registro ... sin tapa", phrase, ("registro ... tapa",))


def test_a_city_adds_figures_of_speech_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "bodies.toml").write_text('figurative = ["huele a gas en el pleno"]\n')
    bodies = load_bodies(load_city(MADRID).model_copy(update={"gazetteer_folder": str(tmp_path)}))
    assert not is_emergency(bodies, ["Huele a gas en el pleno"])
    assert is_emergency(bodies, ["Huele a gas en la escalera"])
