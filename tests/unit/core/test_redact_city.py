"""The places of a city's own folder stay; a person who is named like one of them goes."""

from pathlib import Path

import pytest

from core.config.city import City, load_city
from core.privacy.in_city import redact_in_city
from core.privacy.redaction.persons.place_names import place_names
from core.privacy.redaction.text import redact

ROOT = Path(__file__).parents[3]
SEVILLA = ROOT / "tests" / "gold" / "redaction_cities" / "sevilla"
PLACES = place_names(["Calle Luis Montoto", "Calle de Antonio López", "Don Ramón de la Cruz", "Parque de María Luisa"])


@pytest.fixture
def sevilla() -> City:
    madrid = load_city(ROOT / "cities" / "madrid.toml")
    return madrid.model_copy(update={"name": "Sevilla", "gazetteer_folder": str(SEVILLA)})


@pytest.mark.parametrize("street", ["Luis Montoto", "Emilio Lemos", "Luis Uruñuela", "Benito Más y Prat"])
def test_a_street_of_the_citys_own_folder_is_no_private_person(sevilla: City, street: str) -> None:
    text = f"El semáforo de {street} no funciona"
    assert redact_in_city(text, sevilla) == text


def test_a_street_of_another_city_is_not_protected(sevilla: City) -> None:
    """Madrid's streets stood in the Spanish locale and stayed in every city."""
    assert redact_in_city("Han cortado Rufino González por obras", sevilla) == "Han cortado [name] por obras"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Antonio López me insultó", "[name] me insultó"),
        ("La calle Antonio López está sin luz", "La calle Antonio López está sin luz"),
        ("Antonio López 40 está sin luz", "Antonio López 40 está sin luz"),
        ("En Antonio López aparca todo el mundo", "En Antonio López aparca todo el mundo"),
        ("Luis Montoto se ha quedado sin luz", "Luis Montoto se ha quedado sin luz"),
        ("Multaron a Luis Montoto por aparcar mal", "Multaron a [name] por aparcar mal"),
        ("Hola, Luis Montoto es un vertedero", "Hola, Luis Montoto es un vertedero"),
        ("Hola Luis Montoto, gracias", "Hola [name], gracias"),
        ("Gracias. Luis Montoto ya está limpia", "Gracias. Luis Montoto ya está limpia"),
        ("Un saludo. Luis Montoto", "Un saludo. [name]"),
        ("Me ha dicho Luis Montoto que no", "Me ha dicho [name] que no"),
        ("Un árbol corta Luis Montoto", "Un árbol corta Luis Montoto"),
        ("Me caí en María Luisa", "Me caí en María Luisa"),
        ("El parque de María Luisa está sucio", "El parque de María Luisa está sucio"),
        ("Gracias a María Luisa por venir", "Gracias a [name] por venir"),
        ("El bus me llevó a Luis Montoto", "El bus me llevó a Luis Montoto"),
        ("La policía se llevó a Luis Montoto", "La policía se llevó a [name]"),
        ("El sr. Antonio López del 3ºB grita", "El sr. [name] del [number] grita"),
        ("En Don Ramón de la Cruz no hay luz", "En Don Ramón de la Cruz no hay luz"),
        ("Me llamo luis montoto y vivo aquí", "Me llamo [name] y vivo aquí"),
    ],
)
def test_the_sentence_decides_about_a_name_that_a_street_has_too(text: str, left: str) -> None:
    assert redact(text, places=PLACES) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mi marido, Antonio López, se cayó en la zanja", "mi marido, [name], se cayó en la zanja"),
        ("Atentamente, Antonio López", "Atentamente, [name]"),
        ("Antonio López, de 45 años, me pegó", "[name], de 45 años, me pegó"),
        ("mi casero Antonio López", "mi casero [name]"),
        ("Mi vecino Antonio López tiene seis perros", "Mi vecino [name] tiene seis perros"),
        ("el hijo de Antonio López quema contenedores", "el hijo de [name] quema contenedores"),
        ("el conductor Diego de León iba borracho", "el conductor [name] iba borracho"),
        ("Pilar de Zaragoza me ha robado el móvil", "[name] me ha robado el móvil"),
        ("llamad a Rafaela Ybarra, la del tercero", "llamad a [name], la del tercero"),
        ("Hay ruido. Rafaela Ybarra, la del 3º, grita", "Hay ruido. [name], la del 3º, grita"),
        ("Antonio López se ha quedado sin luz", "Antonio López se ha quedado sin luz"),
        ("El conductor de Diego de León a Sol no para", "El conductor de Diego de León a Sol no para"),
        ("El conductor Antonio López de 45 años", "El conductor [name] de 45 años"),
        ("La dueña de Antonio López 40 no limpia", "La dueña de Antonio López 40 no limpia"),
        ("Mi madre, en Manuel Becerra, se cayó", "Mi madre, en Manuel Becerra, se cayó"),
        ("Mi madre cruzó Manuel Becerra y se cayó", "Mi madre cruzó Manuel Becerra y se cayó"),
        ("Gracias. Diego de León ya tiene luz", "Gracias. Diego de León ya tiene luz"),
        ("Antonio López nos ha dejado sin agua", "Antonio López nos ha dejado sin agua"),
        ("Hola Antonio López, soy yo", "Hola [name], soy yo"),
        ("Antonio López me ha llamado idiota", "[name] me ha llamado idiota"),
        ("Antonio López nos ha estafado", "[name] nos ha estafado"),
        ("Mi vecino de Antonio López no tiene luz", "Mi vecino de Antonio López no tiene luz"),
        ("Un saludo a los vecinos de Antonio López", "Un saludo a los vecinos de Antonio López"),
    ],
)
def test_kinship_greeting_age_and_floor_outrank_a_street_of_madrid(text: str, left: str) -> None:
    assert redact_in_city(text, load_city(ROOT / "cities" / "madrid.toml")) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Paco Miranda me ha amenazado con un palo", "[name] me ha amenazado con un palo"),
        ("Llamad a Carmen Montes", "Llamad a [name]"),
        ("Mauricio Moro está sin luz", "Mauricio Moro está sin luz"),
        ("Mauricio Moro 12 está sin luz", "Mauricio Moro 12 está sin luz"),
        ("Ana García es una ladrona", "[name] es una ladrona"),
        ("Mi vecino Mauricio Moro fuma", "Mi vecino [name] fuma"),
    ],
)
def test_persons_and_streets_of_malaga(text: str, left: str) -> None:
    places = place_names(["Calle Paco Miranda", "Calle Carmen Montes", "Plaza Mauricio Moro Pareto", "Calle Ana García Lorca"])
    assert redact(text, places=places) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Atte. M. I. Goikoetxea", "Atte. [name]"),
        ("Atte. J. A. Goikoetxea", "Atte. [name]"),
        ("le pasó a Desirée Núñez", "le pasó a [name]"),
        ("A PACO MERINO LE QUITARON LA PLAZA", "A [name] LE QUITARON LA PLAZA"),
        ("Mohamed El Bachiri, del bar, no paga", "[name], del bar, no paga"),
        ("La farola sigue rota. Atte. J. L. Goikoetxea", "La farola sigue rota. Atte. [name]"),
        ("Lo denunció Rosa", "Lo denunció [name]"),
        ("Ayer vi a Concha Romero tirando escombros", "Ayer vi a [name] tirando escombros"),
        ("He hablado con Pilar Santos y dice que no", "He hablado con [name] y dice que no"),
        ("655 12 34 5 6", "[number]"),
    ],
)
def test_names_and_numbers_that_were_left(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "La papelera del portal 40-46 está rota",
        "Sin luz: portal 3, 5 y 7",
        "Calle Feria, portal 3 y 5, sin agua",
        "Vecinos de la calle Feria, portal 40-46, sin agua",
        "Miren el árbol que se cae",
        "Miren, la acera está rota",
        "Las líneas 650 651 652 no pasan",
        "Comercios 12 34 5 6 y 8",
    ],
)
def test_what_only_looks_like_a_home_or_a_name_stays(text: str) -> None:
    assert redact(text) == text


def test_miren_is_a_name_where_the_sentence_says_so() -> None:
    assert redact("Gracias a Miren por la ayuda") == "Gracias a [name] por la ayuda"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Luis Montoto me debe dinero", "[name] me debe dinero"),
        ("Luis Montoto me queda lejos", "Luis Montoto me queda lejos"),
        ("Luis Montoto fue agredida anoche", "[name] fue agredida anoche"),
        ("Luis Montoto fue asfaltada en mayo", "Luis Montoto fue asfaltada en mayo"),
        ("Luis Montoto ha sido multado", "[name] ha sido multado"),
        ("Luis Montoto ha sido cortada", "Luis Montoto ha sido cortada"),
        ("Luis Montoto es mi vecino", "[name] es mi vecino"),
        ("Luis Montoto es mi calle", "Luis Montoto es mi calle"),
        ("Luis Montoto tiene 82 años y vive sola", "[name] tiene 82 años y vive sola"),
        ("Luis Montoto tiene 82 farolas", "Luis Montoto tiene 82 farolas"),
        ("Luis Montoto está ingresada", "[name] está ingresada"),
        ("Luis Montoto está a oscuras", "Luis Montoto está a oscuras"),
        ("Luis Montoto y yo pedimos una reunión", "[name] y yo pedimos una reunión"),
        ("Luis Montoto y alrededores sin barrer", "Luis Montoto y alrededores sin barrer"),
        ("El perro de Luis Montoto muerde", "El perro de [name] muerde"),
        ("El parque de Luis Montoto está seco", "El parque de Luis Montoto está seco"),
        ("Hablen con Luis Montoto en el 6", "Hablen con [name] en el 6"),
        ("Cuido a Luis Montoto desde hace años", "Cuido a [name] desde hace años"),
        ("Me atendió Luis Montoto y fue amable", "Me atendió [name] y fue amable"),
        ("Mi jefa, Luis Montoto, aparca en el vado", "Mi jefa, [name], aparca en el vado"),
        ("Mi vecino aparca mal en Luis Montoto", "Mi vecino aparca mal en Luis Montoto"),
        ("D. Luis Montoto solicita vado", "D. [name] solicita vado"),
        ("La calle D. Ramón de la Cruz sin luz", "La calle D. Ramón de la Cruz sin luz"),
        ("Soy Luis Montoto Márquez", "Soy [name]"),
    ],
)
def test_what_only_a_person_is_or_does_tells_one_named_like_a_street(text: str, left: str) -> None:
    assert redact(text, places=PLACES) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("el inspector Bermejillo me multó", "el inspector [name] me multó"),
        ("el inspector de obras no viene", "el inspector de obras no viene"),
        ("la doctora Urquiola no me atendió", "la doctora [name] no me atendió"),
        ("Doctor Esquerdo sin papeleras", "Doctor Esquerdo sin papeleras"),
        ("Los Heredia, familia de aquí, montan fiestas", "Los [name], familia de aquí, montan fiestas"),
        ("los Echevarría del ático hacen ruido", "los [name] del ático hacen ruido"),
        ("los Cármenes está sucio", "los Cármenes está sucio"),
        ("Peláez, el del tercero, fuma", "[name], el del tercero, fuma"),
        ("J.M. Larrañaga protesta", "[name] protesta"),
        ("El C. P. Ferrer no tiene patio", "El C. P. Ferrer no tiene patio"),
        ("El dueño del taller, Radu Marinescu, invade la acera", "El dueño del taller, [name], invade la acera"),
        ("Antonio Machado murió lejos de aquí", "Antonio Machado murió lejos de aquí"),
    ],
)
def test_a_surname_is_a_persons_after_a_rank_with_a_floor_or_with_initials(text: str, left: str) -> None:
    assert redact(text, places=PLACES) == left


NAMESAKES = place_names(
    ["Calle Luis Montoto", "Calle Páez de Rivera", "Calle Farmacéutico Murillo Herrera", "Calle Antonio Machado", "Calle Jorge Juan"]
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Le pedí a Luis Montoto que recogiera", "Le pedí a [name] que recogiera"),
        ("Me acerqué a Luis Montoto y no hay luz", "Me acerqué a Luis Montoto y no hay luz"),
        ("La acera frente a Luis Montoto", "La acera frente a Luis Montoto"),
        ("A Luis Montoto le han denegado la plaza", "A [name] le han denegado la plaza"),
        ("A Luis Montoto le hace falta una poda", "A Luis Montoto le hace falta una poda"),
        ("Responde Luis Montoto que no", "Responde [name] que no"),
        ("Coincidí con Luis Montoto en el bus", "Coincidí con [name] en el bus"),
        ("Compré pan en la esquina con Luis Montoto", "Compré pan en la esquina con Luis Montoto"),
        ("Me echó la bronca Luis Montoto", "Me echó la bronca [name]"),
        ("El taxista era Luis Montoto", "El taxista era [name]"),
        ("Mi calle es Luis Montoto", "Mi calle es Luis Montoto"),
        ("La frutera Luis Montoto", "La frutera [name]"),
        ("La papelera Luis Montoto", "La papelera Luis Montoto"),
        ("Con permiso de Luis Montoto lo cuelgo", "Con permiso de [name] lo cuelgo"),
        ("Mis datos: Luis Montoto", "Mis datos: [name]"),
        ("Luis Montoto, el del bar, no deja pasar", "[name], el del bar, no deja pasar"),
        ("Luis Montoto, papelera quemada", "Luis Montoto, papelera quemada"),
        ("Luis Montoto llamó ayer", "[name] llamó ayer"),
        ("Luis Montoto quedó inundada", "Luis Montoto quedó inundada"),
        ("Luis Montoto se limpia poco", "Luis Montoto se limpia poco"),
        ("Luis Montoto se queja", "[name] se queja"),
        ("Luis Montoto pasea con su perro", "[name] pasea con su perro"),
        ("En Luis Montoto juegan niños", "En Luis Montoto juegan niños"),
        ("Mi ex, Páez de Rivera, aparca mal", "Mi ex, [name], aparca mal"),
        ("Páez de Rivera sin luz", "Páez de Rivera sin luz"),
        ("Farmacéutico Murillo Herrera 6 huele mal", "Farmacéutico Murillo Herrera 6 huele mal"),
        ("Antonio Machado Reyes pide ayuda", "[name] pide ayuda"),
        ("Admiro a Antonio Machado", "Admiro a Antonio Machado"),
        ("Antonio Machado viajó mucho", "Antonio Machado viajó mucho"),
        ("Ayer vi a Jorge Juan echando aceite", "Ayer vi a [name] echando aceite"),
    ],
)
def test_a_person_is_told_by_trade_speech_family_and_deed(text: str, left: str) -> None:
    assert redact(text, places=NAMESAKES) == left
