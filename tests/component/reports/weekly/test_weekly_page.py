"""Test the report as a page: complete in both languages, open to all, no text of a citizen is markup."""

import re

import pytest

from core.errors import ConfigurationError
from core.quotes import printable
from reports.build.period import last_closed
from reports.build.statistics import CountChange, Numbers, QuotedPost
from reports.document.headline import shortened
from reports.document.sections import build_document
from reports.output import html, pdf
from reports.publish import chosen
from tests.support.report_facts import CITY, NASTY, NOW, quoting


def test_the_spanish_page_says_the_numbers(numbers: Numbers) -> None:
    text = html.render(build_document(CITY, "weekly", numbers, "es"))
    for said in (
        "Informe semanal · Madrid",
        "Del 16 de noviembre de 2026, 07:00 al 23 de noviembre de 2026, 07:00",
        "Mensajes sobre la ciudad: 6 (2 en el periodo anterior).",
        "Quejas: 3, el 50\xa0% de los mensajes.",
        "La mayoría de las quejas tratan de: Calzadas y aceras (2); Residuos y limpieza (1).",
        "Casos respondidos: 3, la mitad de ellos en 58 horas o menos.",
        "Casos fuera de plazo sin respuesta: 1.",
        "un archivo que se reproduce y no está en ninguna cifra de este informe (mensajes: 1).",
        "33\xa0% (1/3)",
        "107,6",
        "no es JSON válido",
        "pendiente de clasificar",
        "El primer y el último día se cuentan solo en parte.",
    ):
        assert said in text, said


def test_the_english_page_says_the_same_numbers(numbers: Numbers) -> None:
    text = html.render(build_document(CITY, "weekly", numbers, "en"))
    for said in (
        "From 16 November 2026, 07:00 to 23 November 2026, 07:00",
        "Posts about the city: 6 (2 in the previous interval).",
        "Cases received: 4 (2 in the previous interval).",
        "Cases answered: 3, half of them within 58 hours.",
        "33% (1/3)",
        "107.6",
        "an archive that is replayed and is in no number of this report (posts: 1).",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (114, 5, "114 (5 in the previous interval)"),  # 2,180 % more would be true, and mislead
        (19, 19, "19, as many as in the previous interval"),
        (30, 20, "30, 50% more than in the previous interval"),
        (15, 20, "15, 25% fewer than in the previous interval"),
        (3, 0, "3 (none in the previous interval)"),
    ],
)
def test_a_percentage_is_of_twenty_or_more(numbers: Numbers, now: int, before: int, said: str) -> None:
    told = numbers.model_copy(update={"posts": CountChange(name="posts", now=now, before=before)})
    assert f"Posts about the city: {said}." in [one.text for one in build_document(CITY, "weekly", told, "en").short]


def test_a_report_of_whole_days_names_its_last_day_and_not_the_day_after(numbers: Numbers) -> None:
    whole = numbers.model_copy(update={"interval": last_closed("0 0 * * MON", CITY.zone, NOW)})
    words = build_document(CITY, "weekly", whole, "en")
    assert words.span == "From 16 November 2026 to 22 November 2026"
    assert words.sections[0].note == ""
    day = numbers.model_copy(update={"interval": last_closed("0 0 * * *", CITY.zone, NOW)})
    assert build_document(CITY, "daily", day, "es").span == "domingo, 22 de noviembre de 2026"
    assert build_document(CITY, "daily", day, "es").title == "Resumen diario · Madrid"


def test_the_page_needs_nothing_from_outside_and_allows_no_script(numbers: Numbers) -> None:
    text = html.render(build_document(CITY, "weekly", quoting(numbers, *NASTY.values()), "es"))
    assert f'content="{html.policy_of(text).replace(chr(39), "&#39;")}"' in text
    assert f"<style>{html.style()}</style>" in text  # byte for byte what the policy's hash allows
    assert "<script" not in text
    assert not re.search(r"""\s(?:src|href|style|on\w+)\s*=\s*["']""", re.sub(r"<p lang=.*?</p>", "", text))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{ 7*7 }}" in text


def test_what_hides_or_rearranges_text_is_taken_out() -> None:
    assert printable("a\u202eb\u2066c\x00d\ne\t f\u00adg\ufeff") == "abc d e fg"
    assert printable("👨\u200d👩\u200d👧 ❤\ufe0f") == "👨\u200d👩\u200d👧 ❤\ufe0f"
    assert printable("Z" + "\u0301" * 50) == "Ź" + "\u0301" * 3
    assert printable("an\u0303o") == "año"
    assert printable("\ud83d\udc4d") == ""  # halves of a pair: no text


def test_a_long_text_is_cut_between_words_and_a_long_word_anywhere() -> None:
    assert shortened("uno dos tres", 12) == "uno dos tres"
    assert shortened("uno dos tres cuatro", 13) == "uno dos tres…"
    assert shortened("a" * 500, 300) == "a" * 300 + "…"
    assert shortened("si " + "a" * 500, 300) == ("si " + "a" * 500)[:300] + "…"


def test_an_unknown_report_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"no report \[reports\.yearly\]; known: weekly, daily, monthly, water, centro"):
        chosen(CITY, "yearly")
    assert list(chosen(CITY, None)) == ["weekly", "daily", "monthly", "water", "centro"]


def test_a_quote_keeps_its_own_language(numbers: Numbers) -> None:
    one: QuotedPost = numbers.examples[0].model_copy(update={"language": "pt-BR", "text": "O lixo não foi recolhido"})
    words = build_document(CITY, "weekly", numbers.model_copy(update={"examples": (one,)}), "en")
    assert '<p lang="pt-BR" dir="auto">O lixo não foi recolhido</p>' in html.render(words)
    pdf.render(words)
