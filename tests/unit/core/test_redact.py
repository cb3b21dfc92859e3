"""Redaction: what leads to a person goes, what the city needs stays. Time: tests/perf/test_hostile_texts.py."""

import json
import os
import re
from collections import Counter

import pytest
from hypothesis import example, given, settings, strategies as st

from core.config.city import load_city
from core.config.plugins import ROOT
from core.privacy.in_city import redact_in_city
from core.privacy.redaction.text import redact
from tests.support.shared import SHARED, needs_shared

KEEP = ("@MADRID", "@Lineamadrid", "@madrid.bsky.social")

GOES = {
    # telephones
    "Llama al 600123456": "Llama al [number]",
    "Llama al 600 123 456.": "Llama al [number].",
    "Llama al 600 12 34 56, gracias": "Llama al [number], gracias",
    "Llama al 600-123-456": "Llama al [number]",
    "Llama al 600.123.456": "Llama al [number]",
    "Llama al 600 123456": "Llama al [number]",
    "Llama al +34 600 123 456": "Llama al [number]",
    "Llama al +34600123456": "Llama al [number]",
    "Llama al 0034 600 123 456": "Llama al [number]",
    "Llama al (+34) 600 123 456": "Llama al [number]",
    "Fijo 91 123 45 67": "Fijo [number]",
    "Fijo 91-123-45-67": "Fijo [number]",
    "Fijo 91 1234567": "Fijo [number]",
    "Fijo 91 123 4567": "Fijo [number]",
    "Fijo (91) 123 45 67": "Fijo [number]",
    "Fijo 912345678": "Fijo [number]",
    "Fijo 912 345 678": "Fijo [number]",
    "Fijo 912 34 56 78": "Fijo [number]",
    "Móvil:711223344": "Móvil:[number]",
    "Tel.600123456": "Tel.[number]",
    "912345678/600123456": "[number]/[number]",
    "Fuera: +49 7721 9167016": "Fuera: [number]",
    # mail
    "Escribe a ana.perez+x@correo.example.org.": "Escribe a [email].",
    "Escribe a .ana@example.org": "Escribe a .[email]",
    "mi correo ana1988@ gmail. Com.": "mi correo [email].",
    "ana (arroba) hotmail.com": "[email]",
    # identity cards, accounts, plates
    "DNI 12345678Z": "DNI [number]",
    "dni 12.345.678-z": "dni [number]",
    "Soy 12345678 Z": "Soy [number]",
    "DNI: 12345678": "DNI: [number]",
    "NIE X1234567L": "NIE [number]",
    "mi X-1234567-L": "mi [number]",
    "ES91 2100 0418 4502 0005 1332": "[number]",
    "ES9121000418450200051332": "[number]",
    "cuenta 2100 0418 45 0200051332": "cuenta [number]",
    "GB82 WEST 1234 5698 7654 32 GRACIAS": "[number] GRACIAS",
    "tarjeta 4111 1111 1111 1111": "tarjeta [number]",
    "coche 1234 BCD mal aparcado": "coche [number] mal aparcado",
    "coche 1234BCD": "coche [number]",
    "coche 1234-BCD": "coche [number]",
    "coche M-1234-AB": "coche [number]",
    "coche M-1234-Z": "coche [number]",
    "matrícula 1234 bcd": "matrícula [number]",
    "matrícula M 1234 AB": "matrícula [number]",
    "empresa B12345674": "empresa [number]",
    "empresa A58818501.": "empresa [number].",
    "parcela 9872023VH5797S0001WX": "parcela [number]",
    "parcela 9872023 VH5797S 0001 WX": "parcela [number]",
    "parcela 13077A018000390000FP": "parcela [number]",
    # people on networks
    "@juan mira esto": "@user mira esto",
    ".@juan: sí": ".@user: sí",
    "¿@juan?": "¿@user?",
    "@a@b.social": "@user",
    "@ana.bsky.social hola": "@user hola",
    "ana-9.bsky.social hola": "@user hola",
    "u/name_1 y /u/otra": "@user y @user",
    "did:plc:ewvi7nxzyoun6zhxrhs64oiz": "@user",
    # links
    "mira https://example.org/a?b=c#d, y calla": "mira http, y calla",
    "(www.example.org/ana)": "(http)",
    "twitter.com/juan/status/1 y https://t.co/x": "http y http",
    "en instagram.com/ana.perez.": "en http.",
    # floor and door
    "Calle Mayor 5, 3º B": "Calle Mayor 5",
    "Calle Mayor 5, 3ºB hay ratas": "Calle Mayor 5 hay ratas",
    "Calle Mayor 5, 2º izda": "Calle Mayor 5",
    "Calle Mayor 5, 2º izquierda, 28013 Madrid": "Calle Mayor 5, 28013 Madrid",
    "C/ Mayor nº 5, piso 3": "C/ Mayor nº 5",
    "Calle Mayor 5, portal 4": "Calle Mayor 5",
    "Calle Mayor 5, portal 4, 2º dcha.": "Calle Mayor 5",
    "Calle Mayor 5, esc. 2, bajo A": "Calle Mayor 5",
    "Calle Mayor 5 esc. B 3º 2ª": "Calle Mayor 5",
    "Avda. de América 12, 3C": "Avda. de América 12",
    "Paseo del Prado 8-3ºB": "Paseo del Prado 8",
    "Calle de Alcalá, 20, 4º.": "Calle de Alcalá, 20.",
    "Calle de Alcalá 20, ático": "Calle de Alcalá 20",
    "Calle de Alcalá 20, bajo izquierda": "Calle de Alcalá 20",
    "Calle Mayor 5, 3º C": "Calle Mayor 5",
    "Ricardo Ortiz 6, 1º A": "Ricardo Ortiz 6",
    "vivo en Goya, piso 3, y no duermo": "vivo en Goya, y no duermo",
    "vivo en el 3º B y no duermo": "vivo en el [number] y no duermo",
    "vivo en Goya, puerta 12": "vivo en Goya",
}

STAYS = [
    "Expediente 202600012345",
    "Expediente 711/2023/612345678",
    "40.4168 -3.7038",
    "40.406711, -3.560421",
    "-3.688344491, 40.453",
    "2024-2025-2026",
    "cuesta 1.000.000 euros",
    "600.000.000 euros para la M-30",
    "entre 200.000 - 300.000 euros",
    "el 24/11/2026 a las 10:50",
    "2026-11-24T10:50:19",
    "líneas 27, 34 y 150",
    "líneas 621 622 625",
    "la M-30, la A-42 y la M-607",
    "28013 Madrid",
    "Metro 28037-28032",
    "MAD-2024-01-35597",
    "boe-a-2010-2728",
    "llama al 010, al 112 o al 092",
    "Gratis 900 123 123",
    "El 010 es el 91 529 82 10",
    "5000 MTS de obra",
    "2019/2819 RSP",
    "RESUMEN DE 2024 EN MADRID",
    "2024 BCN",
    "B12345678 no es un CIF",
    "12345678A no es un DNI",
    "2.000.000 y pico",
    "SSRF Test 1741429637",
    "los vecin@s y l@s niñ@s, tod@s",
    "los vecin@s.La propuesta",
    "y/u otros, r/Madrid",
    "madrid.es/residuos",
    "3º de primaria",
    "3º B de la ESO",
    "2º distrito",
    "2ª B de fútbol",
    "hacía 25º C a la sombra",
    "en la calle 35, 40º C en julio",
    "LOS 50°C EN PLENO JULIO",
    "la planta baja",
    "la primera planta del aparcamiento",
    "el puerto 3",
    "la puerta 4 del Retiro",
    "en la puerta 4 hay cola",
    "Puerta del Sol 26",
    "Puerta de Hierro",
    "la puerta a la ciudad",
    "un piso de 40 m2",
    "quiero un piso en Valdebebas",
    "Villaverde Bajo a Islazul",
    "VILLAVERDE BAJO A ISLAZUL",
    "entre el portal 6 y el 32",
    "Calle Mayor 5",
    "Calle de Alcalá 20 bis",
    "Calle Fermín Caballero 86A/88",
    "C/ Arturo Soria (125-129-150-158)",
    "Avenida de los Poblados 131 - 121",
    "1º A mí me parece bien. 2º E incluso mejor",
    "artículo 5.1.3",
    "la A-2 en el km 12,500",
]


@pytest.mark.parametrize(("text", "left"), GOES.items(), ids=GOES)
def test_what_leads_to_a_person_goes(text: str, left: str) -> None:
    assert redact(text, keep=KEEP) == left


@pytest.mark.parametrize("text", STAYS)
def test_what_the_city_needs_stays(text: str) -> None:
    assert redact(text, keep=KEEP) == text


@pytest.mark.parametrize(
    "text", ["@MADRID", "@madrid.", "Gracias, @Lineamadrid!", "@MADRID.Gracias", "@madrid.bsky.social", "@MADRID@mastodon.social", "@user"]
)
def test_the_citys_own_handles_stay(text: str) -> None:
    assert redact(text, keep=KEEP) == text


def test_a_handle_that_only_begins_like_the_citys_goes() -> None:
    assert redact("@MADRIDista y @MADRID_fan", keep=KEEP) == "@user y @user"


def test_the_author_is_taken_out_where_he_signs() -> None:
    assert redact("Hola, firmado Paco_99. paco_99x no.", names=["@paco_99"]) == "Hola, firmado @user. paco_99x no."


def test_a_name_that_is_the_citys_own_is_not_taken_out() -> None:
    assert redact("Madrid es así", keep=KEEP, names=["madrid"]) == "Madrid es así"


FRAGMENTS = st.sampled_from(
    [
        *GOES,
        *STAYS,
        *KEEP,
        "@",
        ".",
        ", ",
        " ",
        "\n",
        "5",
        "º",
        "A",
        "http",
        "://",
        "u/",
        "piso",
        "puerta",
        "600",
        "123",
        "un saludo, ",
        "me llamo ",
        "ana ",
        "blanco ",
        "pizarro",
        "😀",
        '"',
    ]
)


@settings(max_examples=600 if "CI" in os.environ else 150, deadline=None, derandomize=True)
@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=4)), max_size=8).map("".join))
@example("puerta piso 3 4")
@example("https://a" + "b" * 3000 + "://c")
@example("@" + "a" * 100)
@example("did:plc:" + "a" * 300)
@example("@foo@bar@baz")
def test_redacted_twice_is_redacted_once(text: str) -> None:
    once = redact(text, keep=KEEP)
    assert redact(once, keep=KEEP) == once


@pytest.mark.parametrize("end", [" 😀", '"', "»", " —", " /"])
def test_a_lower_case_signature_may_end_in_any_sign(end: str) -> None:
    assert redact(f"me llamo ana pizarro cuenca{end}") == f"me llamo [name]{end}"


LINK = re.compile(r"\b(?:https?://|www\.)\S+")


@needs_shared
@pytest.mark.shared
@pytest.mark.slow
def test_on_ten_thousand_real_texts_only_what_was_looked_at_changes() -> None:
    """All 10,701 titles and texts of Decide Madrid; each change was looked at (docs/reference/redaction.md)."""
    changed: Counter[str] = Counter()
    madrid = load_city(ROOT / "cities" / "madrid.toml")
    for path in sorted((SHARED / "data/decide_madrid_es").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for text in (row.get("title") or "", row["text"] or ""):
                left = redact_in_city(text, madrid)
                changed["texts"] += left != text
                for mark in ("@user", "[number]", "[email]", "[name]"):
                    changed[mark] += left.count(mark) - text.count(mark)
                changed["links"] += len(LINK.findall(text))
                assert [link for link in LINK.findall(left) if "comunidad.madrid" not in link] == []
    assert changed == {"texts": 205, "@user": 5, "[number]": 3, "[email]": 7, "[name]": 182, "links": 34}


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Lo contó @vecina_77 y lo firma vecina_77.", "Lo contó @user y lo firma @user."),
        ("@metro el metro va lleno", "@user el metro va lleno"),
    ],
    ids=["an account named again without its @", "a word that is an account too stays"],
)
def test_an_account_is_hidden_without_its_sign_too(text: str, hidden: str) -> None:
    assert redact(text) == hidden
