"""Persons without a full name or a word before it, floors and dates in other words; and what only looks like them."""

import pytest

from core.privacy.redaction.text import redact
from nlp.text.sanitize import without_links

GOES = {
    "Gracias a Verónica por la ayuda": "Gracias a [name] por la ayuda",
    "Rebeca y yo esperamos el bus": "[name] y yo esperamos el bus",
    "Completamente de acuerdo, Fernando.": "Completamente de acuerdo, [name].",
    "vino un tal Zacarius a vender": "vino un tal [name] a vender",
    "pregunten por la Trini": "pregunten por la [name]",
    "mi cuñada Yaretzi no puede pasar": "mi cuñada [name] no puede pasar",
    "mis abuelos, Evaristo y Dolores, viven solos": "mis abuelos, [name] y [name], viven solos",
    "la familia Gutiérrez no recoge": "la familia [name] no recoge",
    "Yo, Iryna Melnyk, pido una cita": "Yo, [name], pido una cita",
    "soi jonatan y no hay luz": "soi [name] y no hay luz",
    "me llamo nuria robles y vivo aquí": "me llamo [name] y vivo aquí",
    "NOMBRE: PILAR GUERRERO": "NOMBRE: [name]",
    "Teresa Zubizarra, 612 345 678": "[name], [number]",
    "Una abraçada, Meritxell": "Una abraçada, [name]",
    "The landlord, Mr Featherstonehaugh, refuses to clean": "The landlord, Mr [name], refuses to clean",
    "en discord soy pepon#4821": "en discord soy @user",
    "en tiktok me encontráis como lola_77": "en tiktok me encontráis como @user",
    "mi móvil 6O1 223 44O": "mi móvil [number]",
    "mi número es 6-1-2 3-4-5 6-7-8": "mi número es [number]",
    "mi dni es cinco dos tres uno cero nueve ocho siete efe": "mi dni es [number]",
    "pasaporte colombiano 123456789": "pasaporte colombiano [number]",
    "nº seg. social 28 1234567840": "nº seg. social [number]",
    "mi cuenta E S 9 1 2 1 0 0 0 4 1 8 4 5 0 2 0 0 0 5 1 3 3 2": "mi cuenta [number]",
    "nací el cinco de mayo de mil novecientos ochenta": "nací el [number]",
    "cumplo años el 5 de mayo de 1980": "cumplo años el [number]",
    "soy del 85": "soy del [number]",
    "anaarrobagmailpuntocom": "[email]",
    "el ciclomotor C 1234 BBB": "el ciclomotor [number]",
    "Carrer Aragó 10, 4t 1a": "Carrer Aragó 10",
    "la vecina del 5º 3ª no abre": "la vecina del [number] no abre",
    "Los vecinos del 3ºB, 5ºA y del 7ºC están hartos": "Los vecinos del [number], [number] y del [number] están hartos",
    "La vecina del 3ºB de la calle Mayor 5 tira agua": "La vecina del [number] de la calle Mayor 5 tira agua",
    "mi correo juan pons@gmail.com": "mi correo [name] [email]",
    "el IBAN: ES91 2100 0418 4502 0005 1332": "el IBAN: [number]",
    "Iban: ES91 2100 0418 4502 0005 1332": "Iban: [number]",
    "llamar a Iban al 655 123 456": "llamar a [name] al [number]",
    "escriba a elena (elena@example.org)": "escriba a [name] ([email])",
    "tel. de julia 612345678": "tel. de [name] [number]",
    "llamar a encarni al 655 123 456": "llamar a [name] al [number]",
    "correo: Rosa Campos, rosa.campos@example.org": "correo: [name], [email]",
    "Kale Nagusia 8, 3. eskuina": "Kale Nagusia 8",
    "Plaza Mayor 2, entlo. 2ª": "Plaza Mayor 2",
    "Calle Sol 3, planta 4 puerta C": "Calle Sol 3",
}
STAYS = [
    "Se inundó el aula del 3ºB",
    "la clase de 3ºB no tiene calefacción",
    "la plaza de san juan, 3, y la calle julia",
    "Las Mercedes y La Almudena sin bancos",
    "un Mercedes en la acera",
    "la estatua de Jaume Plensa",
    "en Marcelo Usera esquina Nicolás Sánchez",
    "la obra de Isabel la Católica",
    "Hermanos de Pablo tiene baches",
    "Paco de Lucía, la estación",
    "la borrasca Filomena",
    "Don Quijote y los molinos",
    "hacía 38,5 ºC a la sombra",
    "andar 400 metros",
    "el barrio nació en 1950",
    "https://www.boe.es/buscar/act.php?id=BOE-A-2015-10565",
    "https://www.madrid.es/residuos no carga",
]


@pytest.mark.parametrize(("text", "left"), GOES.items(), ids=GOES)
def test_persons_floors_and_dates_in_other_words_go(text: str, left: str) -> None:
    assert redact(text) == left
    assert redact(left) == left


@pytest.mark.parametrize("text", STAYS)
def test_what_only_looks_like_them_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("link", ["https://www.madrid.es/expediente?dni=1", "https://madrid.es.example.org/ana", "https://madrid.es/@ana"])
def test_a_link_that_may_lead_to_a_person_goes(link: str) -> None:
    assert redact(link) == "http"


def test_the_models_read_a_link_that_stays_as_they_were_trained() -> None:
    text = "Mirad https://www.boe.es/a, gracias"
    read = without_links(text)
    assert read.split() == ["Mirad", "http", ",", "gracias"]
    assert len(read) == len(text)
