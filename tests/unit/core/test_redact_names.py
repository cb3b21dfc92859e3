"""Names of private persons go; streets, schools, offices, saints stay. The misses that the review of security lists go too."""

import json

import pytest

from core.privacy.redaction.text import redact
from tests.support.shared import SHARED, needs_shared

GOES = {
    "Soy María Pérez López, vivo en la calle Alcalá 12": "Soy [name], vivo en la calle Alcalá 12",
    "me llamo maria lopez": "me llamo [name]",
    "Un saludo Jose Luis Jimenez": "Un saludo [name]",
    "Saludos Maria Teresa Rios": "Saludos [name]",
    "Atentamente, Julio Romero Presidente Junta Propietarios": "Atentamente, [name] Presidente Junta Propietarios",
    "ATENTAMENTE, ANTONIO MARTINEZ": "ATENTAMENTE, [name]",
    "Fdo. Carmen Delgado": "Fdo. [name]",
    "Hola Carmen, gracias": "Hola [name], gracias",
    "mi vecino Antonio Ruiz del 3º tira basura": "mi vecino [name] del [number] tira basura",
    "el señor García no recoge": "el señor [name] no recoge",
    "doña Pilar Gómez": "doña [name]",
    "Firmado: García Ruiz, Ana": "Firmado: [name]",
    "Em dic Jordi Puig": "Em dic [name]",
    "Chámome Xoán Castro": "Chámome [name]",
    "Nire izena Ane Etxeberria da": "Nire izena [name] da",
    "Chamo-me João Silva": "Chamo-me [name]",
    "My name is Sarah Johnson": "My name is [name]",
    "Je m'appelle Pierre Dubois": "Je m'appelle [name]",
    "Mi chiamo Giulia Rossi": "Mi chiamo [name]",
    "Ich heiße Klaus Schneider": "Ich heiße [name]",
    "me llamo ＭＡＲＩＡ ＬＯＰＥＺ": "me llamo [name]",
    "me llamo Mar\u200bi\u0301a": "me llamo [name]",
    "soy M4ría L0pez": "soy [name]",
    # numbers and identifiers
    "NUSS 281234567840": "NUSS [number]",
    "mi número es 28/12345678/40": "mi número es [number]",
    "Pasaporte número XDA123456": "Pasaporte número [number]",
    "mi documento nacional de identidad es el 12345678": "mi documento nacional de identidad es el [number]",
    "es91-2100-0418-4502-0005-1332": "[number]",
    "es9121000418450200051332": "[number]",
    "4111.1111.1111.1111": "[number]",
    "el taxi 1234bcd": "el taxi [number]",
    "el coche M 1234 AB": "el coche [number]",
    "ana.lopez [arroba] gmail.com": "[email]",
    "juan.perez (at) hotmail (dot) es": "[email]",
    "+33 6 12 34 56 78": "[number]",
    "calle toledo 45 bajo c": "calle toledo 45",
    "nací el 12/03/1985": "nací el [number]",
    "vivo en 40.4168,-3.7038": "vivo en [number]",
    "llama al 6 1 2 3 4 5 6 7 9": "llama al [number]",
    "llama al seis uno dos tres cuatro cinco seis siete nueve": "llama al [number]",
    "llama al 612/345/678": "llama al [number]",
    "llama al 612·345·678": "llama al [number]",
    "llama al ６１２３４５６７８": "llama al [number]",
    "desde la IP 83.45.112.9": "desde la IP [number]",
}
STAYS = [
    "600.000.000 de pesetas",
    "el 010, que es el 91 529 82 10",
    "llamad al 900 123 123",
    "calle María Pérez 5",
    "la plaza de Manuel Becerra",
    "la alcaldesa Manuela Carmena",
    "el colegio Antonio Machado",
    "en Arturo Soria 125",
    "San Isidro y Santa María",
    "Un saludo desde Arganzuela",
    "soy vecina de Vallecas",
    "👨‍👩‍👧 en familia 𝐇𝐨𝐥𝐚",
    "e\u0301l y ８ árboles",
]


@pytest.mark.parametrize(("text", "left"), GOES.items(), ids=GOES)
def test_what_the_review_found_in_stored_posts_goes(text: str, left: str) -> None:
    assert redact(text) == left
    assert redact(left) == left


@pytest.mark.parametrize("text", STAYS)
def test_streets_offices_and_ordinary_words_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("name", ["Ana García Ruiz", "García Ruiz, Ana", "GARCÍA RUIZ ANA", "ana garcia ruiz"])
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Soy Ana García y vivo aquí", "Soy [name] y vivo aquí"),
        ("Ha firmado García Ruiz, Ana hoy", "Ha firmado [name] hoy"),
        ("ruiz ana lo dijo", "[name] lo dijo"),
        ("Ana, de la calle García Noblejas", "[name], de la calle García Noblejas"),
    ],
)
def test_the_senders_name_goes_in_any_order_and_in_parts(name: str, text: str, left: str) -> None:
    assert redact(text, names=[name]) == left


def test_what_stays_keeps_its_own_characters() -> None:
    assert redact("👨‍👩‍👧 llámame al ６１２３４５６７８ 𝐇𝐨𝐥𝐚") == "👨‍👩‍👧 llámame al [number] 𝐇𝐨𝐥𝐚"


SIGNED = "Julio Romero,Jose Luis Jimenez,Maria Teresa Rios,Daniel Santillán,Fernando Mendieta,Rocío Diez,Luis Feliu Bernárdez".split(",")


@needs_shared
@pytest.mark.shared
def test_the_writers_who_sign_in_the_published_posts_are_hidden() -> None:
    texts = [
        json.loads(line)["text"] or ""
        for path in (SHARED / "data/decide_madrid_es").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    for name in SIGNED:
        signed = [text for text in texts if name in text]
        assert signed
        assert [text for text in signed if name in redact(text)] == []
