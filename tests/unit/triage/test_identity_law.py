"""Which posts are never one incident, whatever their likeness, and on what ground others may be."""

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from core.records.annotation import UNDETERMINED, Label
from tests.unit.triage.test_triage_incidents import MADRID, Read, one_incident, outcomes, said
from triage import decide
from triage.decide import Triage
from triage.identity.law import judge
from triage.identity.thing import Thing
from triage.incident_matching import Weights, load

DAY = 24 * 60


def certain() -> Weights:
    """The shipped weights, but every likeness is 1."""
    return replace(load(), incidents=replace(load().incidents, bias=50.0))


def together(*posts: Read) -> bool:
    return one_incident(decide(MADRID, posts, weights=certain()))


def thing(text: str, **more: object) -> Thing:
    return Triage(MADRID).features(*said("a", text, **more)).thing  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "topic"),
    [
        ("Farola apagada en la calle de Narváez 12", "Farola apagada en la calle de Sepúlveda 12", "street_lighting"),
        ("Farola apagada en la calle de Alcalá 300", "Farola apagada en la calle de Alcalá 480", "street_lighting"),
        ("Farola apagada en la calle de Alcalá 300", "Papelera rota en la calle de Alcalá 300", "other"),
        ("La farola 14 de la calle Magacela no luce", "La farola 16 de la calle Magacela no luce", "street_lighting"),
        ("El 34 no pasa por General Ricardos", "El 35 no pasa por General Ricardos", "public_transport"),
        ("Cubo marrón roto en Ponzano 46", "Cubo amarillo roto en Ponzano 46", "waste_cleaning"),
        ("Semáforo apagado en Alcalá con Goya", "Semáforo apagado en Alcalá con Arturo Soria", "traffic_parking"),
        ("Me han multado en el parquímetro de Goya 5", "El parquímetro de Goya 5 no me devolvió el cambio", "traffic_parking"),
        ("Bache en Marcelo Usera a la altura del 100", "Bache en Marcelo Usera a la altura del 20", "roads_pavements"),
        ("Farola apagada frente al 12 de Juan Bravo", "Farola apagada frente al 70 de Juan Bravo", "street_lighting"),
        ("Se ha caído un árbol", "Se ha caído un árbol enorme", "parks_trees"),
        ("¿Cómo renuevo el padrón en la OAC de Sanchinarro?", "¿Cómo pido cita en la OAC de Sanchinarro?", "administration"),
    ],
    ids=[
        *("streets", "houses", "objects", "numbers", "lines", "colours", "crossings", "own affairs", "said houses", "houses said before"),
        *("no place", "questions"),
    ],
)
def test_two_things_are_two_incidents_however_alike_the_words(one: str, other: str, topic: str) -> None:
    intent = "question" if one.startswith("¿") else "complaint"
    assert not together(said("a", one, topic=topic, intent=intent), said("b", other, 5, topic=topic, intent=intent))


@pytest.mark.parametrize(
    ("one", "other", "topic"),
    [
        ("Farola apagada en la calle de Narváez 12", "en narváez 12 no va la farola", "street_lighting"),
        ("Farola apagada en la calle de Narváez 12", "en narváez 14 no va la farola", "street_lighting"),
        ("Socavón en la calle del Amparo", "Vaya socavón hay en la calle Amparo", "roads_pavements"),
        ("BiciMAD de la plaza de Manuel Becerra: no deja sacar bicis", "bicimad Manuel Becerra, las bicis ancladas", "cycling_scooters"),
        ("La línea 6 de metro parada en Cuatro Caminos", "Línea 6 parada en Argüelles, gracias metro", "public_transport"),
        ("Semáforo apagado en Alcalá con Goya", "El semáforo de Goya con Alcalá no va", "traffic_parking"),
    ],
    ids=["address", "next door", "street", "a square and its station", "a metro line at two stations", "one crossing"],
)
def test_one_thing_is_one_incident_where_the_likeness_says_so(one: str, other: str, topic: str) -> None:
    assert together(said("a", one, topic=topic), said("b", other, 5, topic=topic))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Luces de Navidad apagadas. Calle Amparo 3", "El alumbrado navideño de toda la calle no se enciende. Calle Amparo 60", True),
        ("Toda la calle a oscuras. Calle Amparo 3", "Sin alumbrado. Calle Amparo 60", True),
        ("Ninguna farola luce. Calle Amparo 3", "La calle está totalmente apagada. Calle Amparo 60", True),
        ("Toda la calle a oscuras. Calle Amparo 3", "Farola apagada. Calle Amparo 60", False),
        ("Toda la calle a oscuras. Calle Amparo 3", "Luces de Navidad apagadas. Calle Amparo 60", False),
        ("Luces de Navidad apagadas. Calle Amparo 3", "Luces de Navidad apagadas. Calle Sepúlveda 12", False),
        ("Farola de la calle del Amparo 3 apagada", "Farola de la calle del Amparo 60 apagada", False),
        ("El semáforo de la calle del Amparo 3 está apagado", "Calle del Amparo 60 a oscuras", False),
        ("La fuente de la calle Amparo 3 está apagada", "Toda la calle a oscuras. Calle Amparo 60", False),
    ],
)
def test_what_fails_along_a_street_is_one_whatever_number_each_stands_at(one: str, other: str, same: bool) -> None:
    assert together(said("a", one, topic="street_lighting"), said("b", other, 60, topic="street_lighting")) is same


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("calle apagada incluido semáforos", True),
        ("Las farolas de la zona no encienden", True),
        ("Los semáforos de la rotonda están apagados", True),
        ("En la calle del Amparo hay una farola apagada", False),
        ("Farola de la calle del Amparo 3 apagada", False),
        ("El semáforo de la calle de Alcalá con Goya está apagado", False),
        ("Todas las farolas de la plaza tienen pegatinas", False),
        ("Farola doblada, todo el poste oxidado", False),
        ("Ninguna farola de la plaza funciona", True),
        ("Farola apagada en la calle del Amparo", False),
        ("Las farolas son muy altas y los árboles las tapan", False),
        ("Baldosa suelta en la avenida de la Verbena de la Paloma 14", False),
    ],
)
def test_a_fault_is_wide_where_it_is_said_of_the_street_and_not_of_a_lamp(text: str, wide: bool) -> None:
    assert thing(text).wide is wide


@pytest.mark.parametrize(
    "text", ["Ha anclado la bici y se queda en rojo, solicita que no le cobren", "BICICLETA 5450: el candado no cerraba, estación 235"]
)
def test_a_hired_bicycle_that_does_not_lock_is_the_affair_of_its_rider(text: str) -> None:
    assert thing(text).personal


@pytest.mark.parametrize(
    "text", ["Me habéis multado en la calle Orense", "Nos habéis puesto una multa en la calle Orense", "Me hais vuelto a multar en Orense"]
)
def test_a_fine_is_the_affair_of_who_got_it(text: str) -> None:
    assert thing(text).personal


@pytest.mark.parametrize(
    "text",
    [
        "Bicicleta abandonada atada con candado en la calle del Amparo 12",
        "El carril bici de la calle del Amparo tiene el semáforo siempre en rojo",
        "Faltan anclajes para bicicletas en la plaza",
        "El banco está desanclado junto al carril bici",
    ],
)
def test_what_stands_in_the_way_is_nobodys_own_affair(text: str) -> None:
    assert not thing(text).personal


def test_three_dark_streets_are_one_outage_and_a_fourth_belongs_to_it() -> None:
    texts = [f"Toda la calle {name} a oscuras" for name in ("del Amparo 3", "del Amparo 9", "del Amparo 20", "de Embajadores 20")]
    posts = [said(str(n), text, 10 * n, topic="street_lighting") for n, text in enumerate(texts)]
    assert one_incident(decide(MADRID, posts, weights=certain()))


@pytest.mark.parametrize(
    "places",
    [
        ("del Amparo 3", "de Embajadores 20", "de la Fe 5", "de Argumosa 11"),
        ("del Amparo 3", "del Amparo 9", "del Amparo 20", "de Embajadores 20"),
    ],
)
@pytest.mark.parametrize("said_of", ["Farola de la calle {} apagada", "Luces de Navidad apagadas en la calle {}"])
def test_single_lamps_and_festive_lights_are_no_outage(said_of: str, places: tuple[str, ...]) -> None:
    texts = [said_of.format(name) for name in places]
    posts = [said(str(n), text, 10 * n, topic="street_lighting") for n, text in enumerate(texts)]
    found = decide(MADRID, posts, weights=certain())
    assert found[-1].belongs_to not in {one.belongs_to for one in found[:-1]}


@pytest.mark.parametrize(("hours", "text", "same"), [(3, "", True), (72, "", False), (72, "Siguen ahí: ", True)])
def test_a_heap_that_comes_back_after_days_is_another_unless_it_is_said_to_be_still_there(hours: int, text: str, same: bool) -> None:
    heap = "Colchones tirados en la calle Amparo 60"
    later = said("b", text + heap.lower(), hours * 60, topic="waste_cleaning")
    assert together(said("a", heap, topic="waste_cleaning"), later) is same


def test_a_pothole_is_the_same_for_weeks() -> None:
    hole = "Bache enorme en la calle Amparo 60"
    later = said("b", hole.lower(), 9 * DAY, topic="roads_pavements")
    assert together(said("a", hole, topic="roads_pavements"), later)


def test_twenty_four_questions_to_one_handle_are_twenty_four_incidents() -> None:
    asked = (
        "¿abre la OAC el lunes?",
        "¿cómo pido el bono joven?",
        "¿hay piscina cubierta en verano?",
        "¿dónde tiro pilas?",
        "¿qué es el SER?",
        "¿puedo empadronar a mi hija?",
        "¿cuándo son las becas de comedor?",
        "¿abre el Retiro hoy?",
        "¿qué líneas van al Rastro?",
        "¿dónde pido una hoja de reclamación?",
        "¿hay cabalgata en mi barrio?",
        "¿y la ayuda del alquiler?",
        "¿cómo se paga el IBI?",
        "¿se puede ir en patinete por la acera?",
        "¿hay wifi en las bibliotecas?",
        "¿dónde hay desfibriladores?",
        "¿cuándo abre la feria del libro?",
        "¿puedo llevar perro en el metro?",
        "¿cuánto tarda la licencia?",
        "¿hay huerto urbano libre?",
        "¿dónde aparco la furgoneta?",
        "¿quién poda los árboles?",
        "¿cómo borro mis datos?",
        "¿hay clases de español?",
    )
    posts = [said(f"{n:02d}", f"@Lineamadrid {text}", n, topic="administration", intent="question") for n, text in enumerate(asked)]
    found = decide(MADRID, posts, weights=certain())
    assert len({one.belongs_to for one in found}) == len(asked)


def unread(read: Read) -> Read:
    post, annotation = read
    language = Label(question="language", value=UNDETERMINED, score=1.0, model="m@1")
    return post, annotation.model_copy(update={"labels": annotation.labels | {"language": language}})


def test_a_language_that_is_not_read_joins_pools_and_opens_nothing_and_goes_to_a_person() -> None:
    leak = said("a")
    arabic = unread(said("b", "أنبوب مكسور في شارع إمباخادوريس 190", 3, score=0.99))
    answer = unread(said("c", "Труба прорвана на Embajadores 190", 4, score=0.99, answers=leak))
    found = decide(MADRID, [leak, arabic, answer], weights=certain())
    assert outcomes(found) == ["in_case", "in_review", "in_review"]
    assert [one.reason for one in found[1:]] == ["language: a text in a language that is not read"] * 2
    assert len({one.belongs_to for one in found}) == 3
    assert found[0].belongs_to in [one.incident for one in found[2].suggestions], "a person can put it there"


def test_a_comment_that_is_not_read_goes_to_a_person_too() -> None:
    proposal = said("a", "Más farolas en la calle de Juan Bravo", intent="suggestion", source="consul", thread="a".ljust(32, "0"))
    comment = said("b", "У нас теж не світить ліхтар", 5, score=0.2, answers=proposal, source="consul", thread=proposal[0].post_id)
    _, found = decide(MADRID, [proposal, unread(comment)])
    assert (found.outcome, found.reason) == ("in_review", "language: a text in a language that is not read")
    assert not one_incident(decide(MADRID, [proposal, unread(comment)]))


def test_three_emojis_are_no_language_that_is_not_read() -> None:
    leak = said("a")
    found = decide(MADRID, [leak, unread(said("b", "👏👏👏", 3, score=0.01, answers=leak))])
    assert outcomes(found) == ["in_case", "in_case"]


def test_a_balance_of_a_storm_joins_nothing_and_is_no_bridge() -> None:
    one = said("a", "Árbol caído en la calle de Alcalá 300", topic="parks_trees")
    balance = said("b", "Balance del temporal: 40 salidas, árboles en Alcalá, Goya, Narváez y Serrano", 9, topic="parks_trees")
    other = said("c", "Árbol caído en la calle de Serrano 90", 12, topic="parks_trees")
    found = decide(MADRID, [one, balance, other], weights=certain())
    assert len({each.belongs_to for each in found}) == 3


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("y en mi portal también se va la luz", False),
        ("Pues en la calle de Sepúlveda 12 hay otra farola rota", True),
        ("el contenedor marrón de al lado tampoco cierra", True),
        ("a mí me pasó el domingo en esa misma, y el problema era otro: daba calambre", True),
    ],
    ids=["the same", "another street", "another object", "another, it says"],
)
def test_an_answer_follows_its_thread_only_while_it_speaks_of_the_same(text: str, leaves: bool) -> None:
    lamp = said("a", "Farola apagada en la calle de Narváez 12", topic="street_lighting")
    topic = "waste_cleaning" if "contenedor" in text else "street_lighting"
    found = decide(MADRID, [lamp, said("b", text, 5, score=0.45 if "otro:" in text else 0.6, topic=topic, answers=lamp)], weights=certain())
    assert one_incident(found) is not leaves
    if leaves:
        assert found[0].belongs_to in [one.incident for one in found[1].suggestions]


def test_an_incident_of_sixty_posts_grows_by_its_address_alone() -> None:
    lamps = [Triage(MADRID).features(*said(f"{n:02d}", f"Socavón en la plaza de Olavide, {n} coches rotos", n)) for n in range(60)]
    street = Triage(MADRID).features(*said("y", "Otro coche roto por el socavón de la plaza de Olavide", 70))
    assert judge(street, lamps[:50], 59).ground.name == "street"
    assert judge(street, lamps[:50], 60).ground.name == ""


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Farola rota en la calle de Narváez, nº 12, y otra", {12}),
        ("Farola rota en la calle de Narváez 12 B", {12}),
        ("Farola rota en la calle de Narváez. 12 días llevamos", set()),
        ("En la calle de Narváez 12 horas sin luz", set()),
        ("En la calle de Narváez el 24/11 se fue la luz", set()),
    ],
)
def test_house_numbers_are_read_and_durations_and_dates_are_not(text: str, addresses: set[int]) -> None:
    assert {number for _, number in thing(text).addresses} == addresses


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("Farola rota en la calle de Narváez, a la altura del 12", {12}),
        ("Farola rota delante del 12 de Narváez", {12}),
        ("Farolas rotas en la calle de Narváez entre el 12 y el 40", set()),
        ("Farola rota en la calle de Narváez desde el 12 de mayo", set()),
    ],
)
def test_a_number_that_is_said_beside_a_street_tells_places_apart_and_proves_none(text: str, around: set[int]) -> None:
    assert {number for _, number in thing(text).around} == around
    assert not thing(text).addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Farola apagada en la calle de Alcalá, enfrente del Retiro", "Farola apagada en la calle de Alcalá, llegando a Canillejas"),
        ("Farola apagada en la calle de Alcalá", "Farola apagada en la calle de Alcalá, arregladla"),
        ("Hay un contenedor ardiendo debajo de casa", "Hay un contenedor ardiendo debajo de casa"),
        ("Otra vez sin luz en mi calle", "Otra vez sin luz en mi calle"),
    ],
    ids=["two ends of a long street", "somewhere on a long street", "the same few words", "the same few words again"],
)
def test_the_same_words_somewhere_are_two_incidents(one: str, other: str) -> None:
    assert not together(said("a", one, topic="street_lighting"), said("b", other, 5, topic="street_lighting"))


FORM = "Agua y alcantarillado. {}\nCalle de Galileo 50"
FLOOD = ("Sale agua", "Mucha agua por la acera", "Tubería reventada", "El sótano se inunda", "Avería del Canal")


def reports(texts: tuple[str, ...]) -> list[Read]:
    form = {"source": "inbox", "service": "water_sewage", "author": None}
    return [said(f"{n}", FORM.format(text), n, **form) for n, text in enumerate(texts)]  # type: ignore[arg-type]


def test_reports_of_one_door_are_so_many_people_though_the_form_writes_service_and_street_for_all() -> None:
    found = decide(MADRID, reports(FLOOD))
    assert outcomes(found) == ["in_case"] * 5
    assert not any("copy" in one.reason for one in found)


def test_two_receipts_are_two_people_whatever_their_words() -> None:
    found = decide(MADRID, reports(("Sale agua", "Sale agua")))
    assert one_incident(found)
    assert not any("copy" in one.reason for one in found)


STREETS = ("Narváez", "Alcalá", "Serrano", "Embajadores", "Bravo Murillo", "Sepúlveda", "Illescas", "Ponzano")
PROBLEMS = ("Farola apagada", "Bache profundo", "Baldosas levantadas", "Árbol seco", "Papelera rota", "Alcantarilla atascada")
Report = tuple[str, int, str]
REPORTS = st.tuples(st.sampled_from(STREETS), st.integers(1, 60), st.sampled_from(PROBLEMS))


@settings(max_examples=60, deadline=None)
@given(st.lists(REPORTS, min_size=2, max_size=12))
def test_no_incident_of_exact_reports_ever_holds_two_streets_distant_houses_or_two_objects(reports: list[Report]) -> None:
    posts = [
        said(f"{n:02d}", f"{problem} en la calle de {street} {number}", n, topic="other")
        for n, (street, number, problem) in enumerate(reports)
    ]
    found = decide(MADRID, posts, weights=certain())
    incidents: dict[str | None, list[Report]] = {}
    for decision, report in zip(found, reports, strict=True):
        incidents.setdefault(decision.belongs_to, []).append(report)
    for members in incidents.values():
        assert len({street for street, _, _ in members}) == 1
        assert len({problem for _, _, problem in members}) == 1
        assert max(n for _, n, _ in members) - min(n for _, n, _ in members) <= 8


@pytest.mark.parametrize(
    "texts",
    [
        ("Farola fundida en Usera", "Farola fundida en Usera, calle Marcelo Usera 12"),
        ("Cucarachas en Vallecas, avenida de la Albufera 200", "Cucarachas en Vallecas"),
        ("Farola fundida en Carabanchel", "Farola fundida en Carabanchel, calle General Ricardos 120"),
    ],
)
def test_the_name_of_a_district_is_no_doorstep(texts: tuple[str, str]) -> None:
    first, second = decide(MADRID, [said("a", texts[0], 0), said("b", texts[1], 30)], weights=certain())
    assert first.belongs_to != second.belongs_to


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Coche abandonado en la calle de Goya 50 desde hace meses", "Coches en doble fila en la calle de Goya 50 todas las tardes"),
        ("Grafiti racista en la fachada del colegio de la calle de Narváez 12", "La calefacción del colegio de Narváez 12 no funciona"),
        ("Tobogán roto en el área infantil de la plaza de Olavide", "Cacas de perro en el área infantil de la plaza de Olavide"),
        ("Marquesina con el cristal roto en la glorieta de Embajadores", "Marquesina sin luz en la glorieta de Embajadores"),
        (
            "La marquesina del autobús de la glorieta de Embajadores tiene los cristales rotos",
            "La marquesina del autobús de la glorieta de Embajadores no tiene luz",
        ),
    ],
    ids=["parking", "school", "playground", "shelter", "bus shelter"],
)
def test_two_problems_at_one_place_are_two_cases(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        found = decide(MADRID, [said("a", first, topic="mobility"), said("b", second, 30, topic="mobility")])
        assert not one_incident(found)
