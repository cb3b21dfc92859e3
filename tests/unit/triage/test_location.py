"""Test which of the places that a post names is the place of its case."""

import pytest

from core.records.annotation import Label, Place
from tests.support.triage_facts import ALCALA, decide_all, post, reading
from triage.location import about, located, metres, stretches

TITLE = "Hay un socavón enorme que no arregla nadie desde hace un mes y medio en esta calle de aquí"
"""90 characters: a whole title."""


@pytest.mark.parametrize(("sure", "counts"), [(0.49, False), (0.5, True), (0.79, True)])
def test_a_place_counts_from_a_sureness_of_one_half(sure: float, counts: bool) -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, place=ALCALA.model_copy(update={"sure": sure}))))
    assert decision.case is not None
    assert decision.incident is not None
    assert decision.case.place == ("Calle de Alcalá" if counts else None)
    assert decision.incident.place_key == ("street:1" if counts else None)


@pytest.mark.parametrize(
    ("text", "place", "title"),
    [
        ("Una farola  rota\n\ten la\u200b plaza", None, "Una farola rota en la plaza"),
        ("Hay basura", ALCALA, "Calle de Alcalá: Hay basura"),
        ("Hay basura en la CALLE DE ALCALÁ", ALCALA, "Hay basura en la CALLE DE ALCALÁ"),
        (TITLE, None, TITLE),
        (f"{TITLE}.", None, "Hay un socavón enorme que no arregla nadie desde hace un mes y medio en esta calle de…"),
        (f"{TITLE} y en otra", None, f"{TITLE}…"),
        ("a" * 91, None, "a" * 90 + "…"),
    ],
    ids=["blanks", "place first", "place named already", "90 characters", "91", "long", "one word"],
)
def test_the_title_of_a_case_is_one_line_of_place_and_first_words(text: str, place: Place | None, title: str) -> None:
    one = post("a", text=text, style="network")
    [decision] = decide_all((one, reading(one, place=place)))
    assert decision.case is not None
    assert decision.case.title == title


@pytest.mark.parametrize(
    ("text", "named", "case_place"),
    [
        ("Basura en la calle A. Mañana voy a la calle B.", ("calle B", "calle A"), "calle A"),
        ("Mañana. Basura en la calle A de aquí. Y en la calle B.", ("calle B", "calle A"), "calle A"),
        ("No dice nada de dónde. Está en la calle B o en la calle A.", ("calle B", "calle A"), "calle B"),
        (f"Basura {'x' * 85} calle A calle B", ("calle B", "calle A"), "calle A"),
        ("¿Basura en la calle A? Seguro que en la calle B", ("calle B", "calle A"), "calle A"),
        ("Basura en la calle A! Seguro que en la calle B", ("calle B", "calle A"), "calle A"),
        ("Basura en la calle A.B y la calle B", ("calle B", "calle A"), "calle B"),
        ("Basura en la calle A. Otra vez.", ("calle Z", "calle A"), "calle A"),
        ("Basura en la de siempre.", ("calle Z", "calle A"), "calle Z"),
    ],
    ids=[
        "first sentence",
        "short first word",
        "no place at first",
        "100 characters",
        "question",
        "cry",
        "no end",
        "best in other words",
        "all in other words",
    ],
)
def test_a_case_is_opened_for_the_place_of_the_first_sentence(text: str, named: tuple[str, ...], case_place: str) -> None:
    one = post("a", text=text)
    places = tuple(Place(text=name, kind="street", key=f"street:{name}", name=name, sure=0.9) for name in named)
    [decision] = decide_all((one, reading(one, places=places)))
    assert decision.case is not None
    assert decision.case.place == case_place


def test_a_district_is_the_place_only_where_nothing_finer_is_named() -> None:
    district = Place(text="Salamanca", kind="district", key="district:4", name="Salamanca", district="Salamanca", sure=0.95)
    one = post("a", text="Salamanca: basura en la calle de Alcalá", style="network")
    [both] = decide_all((one, reading(one, places=(district, ALCALA))))
    [alone] = decide_all((one, reading(one, places=(district,))))
    assert [each.case.place for each in (both, alone) if each.case] == ["Calle de Alcalá", "Salamanca"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("calle A sin luz. Y la calle B", "calle A"),
        (f"{'x' * 98} calle A y calle B", "calle A"),
        (f"{'x' * 99} calle A y calle B", "calle B"),
        ("Junto al colec. calle A. Y la calle B", "calle A"),
        ("Junto al colegi. calle A. Y la calle B", "calle B"),
    ],
    ids=["first of all", "at the 100th character", "at the 101st", "a stop at 14 is an abbreviation", "at 15 an end"],
)
def test_where_the_first_sentence_ends(text: str, place: str) -> None:
    one = post("a", text=text)
    named = [Place(text=name, kind="street", key=name, name=name, sure=0.9) for name in ("calle B", "calle A")]
    [decision] = decide_all((one, reading(one, places=tuple(named))))
    assert decision.case is not None
    assert decision.case.place == place


@pytest.mark.parametrize(
    ("text", "named", "case_place"),
    [
        ("Pintada en la calle A esquina con calle B", ("calle B", "calle A"), "calle A"),
        ("Bolardos arrancados en la calle A con calle B", ("calle B", "calle A"), "calle A"),
        ("Bancos en el paseo A entre la plaza B y la plaza C", ("plaza B", "plaza C", "paseo A"), "paseo A"),
        ("Rejilla atascada desde la calle B hasta la calle C. Calle A 12.", ("calle B", "calle C", "Calle A"), "Calle A"),
        ("Tablas y un televisor abandonados. Calle A 18.", ("Tablas", "Calle A"), "Calle A"),
        ("Tablas de la calle B. Otro día, en la calle A 18, " + "ya se dijo. " * 30, ("calle B", "calle A"), "calle B"),
        ("Farolas apagadas hacia la calle B", ("calle B",), "calle B"),
        ("Hay basura en la plaza B. Calle A 5", ("plaza B", "Calle A 5"), "Calle A 5"),
        ("Farola fundida en la calle A. Vivo en la calle B 20 años y nada", ("calle B 20", "calle A"), "calle A"),
        ("Calle A 15 abandonadas cajas. Calle B 7.", ("Calle B", "Calle A 15"), "Calle A 15"),
        ("Socavón en la calle A. En la calle B 2 operarios miran", ("calle B", "calle A"), "calle A"),
        ("Basura en la calle A. Ya avisé en el parque B 3 veces.", ("parque B", "calle A"), "calle A"),
        ("A la altura de la calle A 80, un socavón, y ruido en la calle B", ("calle B", "calle A 80"), "calle A 80"),
        ("Desde la plaza A se oye el botellón, vivo en la calle B", ("plaza A", "calle B"), "plaza A"),
    ],
    ids=[
        "corner",
        "crossing",
        "ends of a stretch",
        "address after",
        "address after an area's word",
        "address in a letter",
        "no other place",
        "number in the name",
        "years",
        "no full stop after it",
        "workers",
        "times",
        "two places, the surest",
        "begins so",
    ],
)
def test_a_place_that_says_where_another_is_comes_last_and_an_address_first(text: str, named: tuple[str, ...], case_place: str) -> None:
    one = post("a", text=text)
    kinds = {"Tablas": "barrio", "parque B": "landmark"}
    places = tuple(Place(text=name, kind=kinds.get(name, "street"), key=name, name=name, sure=0.9) for name in named)
    [decision] = decide_all((one, reading(one, places=places)))
    assert decision.case is not None
    assert decision.case.place == case_place


STRETCH = "a entre " + "x" * 37 + " y de la de la"
"""The longest words that say where another place is: 60 characters with the blank after them."""
LETTER = "Lavapiés: " + "ya se dijo " * 25 + ".\nCalle A 18."


@pytest.mark.parametrize(
    ("text", "named", "first"),
    [
        ("Basura en Lavapiés junto a la calle B", ("calle B", "Lavapiés"), "Lavapiés"),
        ("Pintada junto a la calle B. Vivo en la calle A.", ("calle A", "calle B"), "calle B"),
        ("Basura en Lavapiés. Vivo en la calle A.", ("calle A", "Lavapiés"), "Lavapiés"),
        (LETTER, ("Lavapiés", "Calle A"), "Calle A"),
        ("Tablas, " + "o" * 254 + ". Calle A 18.", ("Tablas", "Calle A"), "Calle A"),
        ("Calle B, " + "o" * 259 + ". Calle A 18", ("Calle B", "Calle A"), "Calle A"),
        ("Calle B, " + "o" * 260 + ". Calle A 18", ("Calle B", "Calle A"), "Calle B"),
        (f"{STRETCH} calle B o calle A", ("calle B", "calle A"), "calle A"),
        (f"{STRETCH.replace('x', 'xx', 1)} calle B o calle A", ("calle B", "calle A"), "calle B"),
        ("Aviso del tramo que hay desde\ncalle A sin luz o calle B", ("calle A", "calle B"), "calle A"),
        ("No hay luz. Basura junto a la calle B en la calle A", ("calle B", "calle A"), "calle A"),
        ("Ruido en la calle A. plaza B 3.", ("calle A", "plaza B"), "plaza B"),
        ("Ruido en la calle A. vieja B 3.", ("calle A", "vieja B"), "vieja B"),
        ("Ruido en la calle A. parque B 3.", ("calle A", "parque B"), "calle A"),
        ("o" * 89 + " calle A 80 sin luz", ("calle A", "calle B"), "calle A"),
        ("calle B " + "o" * 79 + " y calle A 80 sin luz", ("calle B", "calle A"), "calle A"),
        ("calle B " + "o" * 80 + " y calle A 80 sin luz", ("calle B", "calle A"), "calle B"),
    ],
    ids=[
        "an area before what says where",
        "what says where before another sentence",
        "an area before another sentence",
        "the address of a letter before an area",
        "the address of a short post",
        "280 characters are short",
        "281 are not",
        "60 characters before the place are read",
        "61 are not",
        "a new line begins a sentence",
        "the last sentence counts",
        "a square has numbers",
        "an old name has numbers",
        "a park has none",
        "alone",
        "the number ends with the headline",
        "the number ends after it",
    ],
)
def test_which_place_a_post_is_about_first(text: str, named: tuple[str, ...], first: str) -> None:
    one = post("a", text=text)
    kinds = {"Tablas": "barrio", "Lavapiés": "barrio", "parque B": "landmark", "plaza B": "square", "vieja B": "old_name"}
    places = tuple(Place(text=name, kind=kinds.get(name, "street"), key=name, name=name, sure=0.9) for name in named)
    assert about(one, reading(one, places=places))[0].name == first


def test_places_with_a_point_and_points_of_those_without() -> None:
    point = ALCALA.model_copy(update={"key": "street:9", "lat": 40.4, "lon": -3.7})
    stretch = ALCALA.model_copy(update={"lat": 40.42, "lon": -3.68})
    one = post("a")
    label = Label(question="places", value=(ALCALA, point), score=0.9, model="m@1", candidates=(ALCALA, stretch, point))
    read = reading(one)
    annotation = read.model_copy(update={"labels": read.labels | {"places": label}})
    assert located(annotation) == (point,)
    assert stretches(annotation) == (stretch,)


def test_a_degree_is_shorter_to_the_east_the_farther_north() -> None:
    assert metres((40.5, -3.0), (40.5, -3.0)) == 0
    assert metres((40.0, -3.0), (41.0, -3.0)) == 110_540
    assert metres((0.0, -3.0), (0.0, 1.0)) == pytest.approx(4 * 111_320)
    assert metres((70.0, 5.0), (40.0, 65.0)) == pytest.approx(5_066_950.42, abs=0.01)
    assert metres((60.5, 5.0), (59.5, 5.5)) == pytest.approx(113_989.475, abs=0.001)
