"""Which words belong to the name of a place: the tagger marks where one is meant, rules complete it."""

import pytest

from nlp.questions.places.boundaries import correct_boundaries, is_german, names_after_type_words


def completed(text: str, *marked: str) -> list[str]:
    stretches = [(text.index(words), text.index(words) + len(words), 0.9) for words in marked]
    return [text[start:end] for start, end, _ in correct_boundaries(text, stretches)]


@pytest.mark.parametrize(
    ("text", "marked", "whole"),
    [
        ("Abre la piscina de San Roque con vestuarios nuevos", "San Roque", "piscina de San Roque"),
        ("obras en el Centro comercial El Mirador", "comercial El Mirador", "Centro comercial El Mirador"),
        ("ruido en C/ Cáceres, siempre", "Cáceres", "C/ Cáceres"),
        ("las banderas del p/ Zorrilla", "Zorrilla", "p/ Zorrilla"),
        ("el parking de la estación de Las Retamas", "estación de Las Retamas", "parking de la estación de Las Retamas"),
        ("para cuándo el Jardín Cronista José Antonio Marín?", "Jardín", "Jardín Cronista José Antonio Marín"),
        ("los vecinos en Juan Sebastián Elcano aparcan", "Elcano", "Juan Sebastián Elcano"),
        ("fiestas en la Casa de la Juventud hoy", "Casa", "Casa de la Juventud"),
        ("sucia la c/ Arrieta, 7. Viernes", "Arrieta", "c/ Arrieta, 7"),
        ("en Hortensia 5 y 2 no dormimos", "Hortensia", "Hortensia 5 y 2"),
        ("ruido en la Plaza Mayor 5 horas seguidas", "Plaza Mayor", "Plaza Mayor"),
        ("bolardos en la acera de la calle Santa Rosalía", "acera de la calle Santa Rosalía", "calle Santa Rosalía"),
        ("los parques de la rotonda de la cigarrera", "la rotonda de la cigarrera", "rotonda de la cigarrera"),
        ("de buena mañana está la Torrassa así", "la Torrassa", "la Torrassa"),
        ("la calle planeta saturno Lleva meses vallada", "calle planeta saturno", "calle planeta saturno"),
        ("vivo en la calle Gravina Por favor vengan", "calle Gravina", "calle Gravina"),
        ("NO QUEREMOS PERROS EN LA PLAYA DE LA MARINA", "PLAYA DE LA MARINA", "PLAYA DE LA MARINA"),
        ("paseando por las calles de Las Matas", "Las Matas", "Las Matas"),
    ],
)
def test_a_name_is_as_long_as_people_would_mark_it(text: str, marked: str, whole: str) -> None:
    assert completed(text, marked) == [whole]


def test_two_streets_named_together_are_two_places() -> None:
    assert completed("obras entre las calles Copérnico y Parnaso", "calles Copérnico y Parnaso") == ["Copérnico", "Parnaso"]


def test_pieces_of_one_name_become_one_and_two_names_stay_two() -> None:
    assert completed("el Centro Cultural Padre Manuel", "Centro", "Padre Manuel") == ["Centro Cultural Padre Manuel"]
    text = "Biblioteca Municipal C/ Gravina"
    assert completed(text, "Biblioteca Municipal", "Gravina") == ["Biblioteca Municipal", "C/ Gravina"]


@pytest.mark.parametrize("words", ["la plaza", "calle", "Rey", "el parque"])
def test_a_word_that_alone_names_no_place_is_dropped(words: str) -> None:
    assert completed(f"han reparado los bancos de {words} y ya", words) == []


def test_what_lies_in_a_city_without_more_stays() -> None:
    assert completed("las obras del centro y de la catedral", "centro", "catedral") == ["centro", "catedral"]


def test_german_nouns_all_have_capitals_and_tell_nothing() -> None:
    assert is_german("In der Hauptstraße liegt Müll und die Laterne ist aus")
    assert not is_german("En la calle Mayor hay basura y no funciona la farola")


def test_a_thousand_capitals_in_a_row_take_no_time_to_speak_of() -> None:
    text = "Aa" * 3000 + " calle"
    assert correct_boundaries(text, [(len(text) - 5, len(text), 0.9)]) == []


def test_a_proper_name_after_the_word_for_its_kind_is_a_place_even_where_the_tagger_saw_none() -> None:
    text = "obras en c/ Baleares, c/ San Luis y el Museo Arqueológico Regional; vamos a la plaza"
    found = correct_boundaries(text, names_after_type_words(text, []))
    assert [text[start:end] for start, end, _ in found] == ["c/ Baleares", "c/ San Luis", "Museo Arqueológico Regional"]


def test_what_the_tagger_marked_is_not_said_twice() -> None:
    text = "en la calle Gravina"
    assert names_after_type_words(text, [(text.index("Gravina"), len(text), 0.9)]) == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("los iluminados del ayuntamiento de Cornellá", "Cornellá"),
        ("tocaremos en las fiestas de San Juan", "San Juan"),
        ("la línea de Zamora no se beneficia", "Zamora"),
        ("los gritos de la Sra Medina", "Medina"),
    ],
)
def test_a_town_a_feast_and_a_person_are_no_place_within_the_town(text: str, marked: str) -> None:
    assert completed(text, marked) == []


def test_a_street_with_the_name_of_a_town_is_a_place() -> None:
    assert completed("basura en la calle Zamora", "Zamora") == ["calle Zamora"]
