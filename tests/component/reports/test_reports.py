"""The report as page and PDF: everything in it in both languages, nothing a citizen wrote is ever markup, open to everybody."""

import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError
from ledger.database import Ledger, open_ledger
from ledger.ingest import cursors, store
from ledger.retention import forget
from reports import publish
from reports.build.aggregate import count
from reports.build.period import last_closed
from reports.build.statistics import Change, Example, Numbers
from reports.document.plain_text import printable, shortened
from reports.document.sections import build_document
from reports.output import html, pdf
from reports.publish import NUMBERS, Rendered, chosen, replace, write_report
from reports.retract_quotes import retract_quotes
from tests.support import pdf_ua
from tests.support.ledger_facts import SALT
from tests.support.report_facts import CITY, NOW, POSTS, post, small_ledger

FOLDER = Path("reports/weekly/2026-11-16_2026-11-23")
NASTY = {
    "typst": '#import "x": y; $x^2$ @ref <label> *bold* _under_ `raw` #eval("1") // comment \\ #set page(fill: red)',
    "html": "<script>alert(1)</script> &amp; <img src=x onerror=alert(1)> {{ 7*7 }} {% raw %}",
    "emoji": "Gracias 🙏🏽 👨‍👩‍👧‍👦 ❤️ 🇪🇸 por la fuente",
    "right_to_left": "שלום עולם مرحبا بالعالم ‮evil‬ text",
    "chinese": "马德里的垃圾没有人收 街灯坏了",
    "control": "uno\x00dos\x07tres\x1bcuatro\u2028cinco\ufffe\ud83d",
    "one_word": "a" * 5000,
    "towers": "Z" + "\u0301" * 200 + "algo",
    "many_scripts": "Ελληνικά кириллица հայերեն ქართული ไทย தமிழ் 한국어 ꦗꦮ 𓀀 𝔐𝔞𝔡𝔯𝔦𝔡 ½ № ™ → ▯",
    "nothing": "\u200b\u200c\u00ad",
}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = small_ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    ledger = small_ledger(tmp_path_factory.mktemp("ledger"))
    found = count(ledger, CITY.zone, last_closed("0 7 * * MON", CITY.zone, NOW))
    ledger.close()
    return found


def quoting(numbers: Numbers, *texts: str) -> Numbers:
    examples = [numbers.examples[0].model_copy(update={"text": shortened(text, 300)}) for text in texts]
    return numbers.model_copy(update={"examples": tuple(examples)})


def written(settings: Settings, ledger: Ledger) -> list[Rendered]:
    return write_report(CITY, settings, ledger, "weekly", NOW)


def test_the_spanish_page_says_the_numbers(numbers: Numbers) -> None:
    text = html.render(build_document(CITY, "weekly", numbers, "es"))
    for said in (
        "Informe semanal · Madrid",
        "Del 16 de noviembre de 2026, 07:00 al 23 de noviembre de 2026, 07:00",
        "Mensajes sobre la ciudad: 7 (2 en el periodo anterior).",
        "Quejas: 4, el 57\xa0% de los mensajes.",
        "La mayoría de las quejas tratan de: Calzadas y aceras (3); Residuos y limpieza (1).",
        "Casos respondidos: 3, la mitad de ellos en 58 horas o menos.",
        "Casos fuera de plazo sin respuesta: 1.",
        "Reproducidos (mensajes: 1 de 7; casos recibidos: 1 de 5): proceden de un archivo",
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
        "Posts about the city: 7 (2 in the previous interval).",
        "Cases received: 5 (2 in the previous interval).",
        "Cases answered: 3, half of them within 58 hours.",
        "33% (1/3)",
        "107.6",
        "Replayed (posts: 1 of 7; cases received: 1 of 5): they come from an archive",
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
    told = numbers.model_copy(update={"posts": Change(name="posts", now=now, before=before)})
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


def pdf_of(numbers: Numbers, language: str = "es") -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf.render(build_document(CITY, "weekly", numbers, language))))


def elements(document: pikepdf.Pdf) -> list[tuple[str, Any]]:
    """The tags of the document, in reading order."""
    return [(str(tag.S), tag) for tag in pdf_ua.elements(document.Root.StructTreeRoot)]


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_pdf_is_tagged_named_and_in_its_language(numbers: Numbers, language: str) -> None:
    document = pdf_of(numbers, language)
    assert bool(document.Root.MarkInfo.Marked) is True
    assert str(document.Root.Lang) == language
    assert bool(document.Root.ViewerPreferences.DisplayDocTitle) is True
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert "Madrid" in metadata["dc:title"]
        assert "2026" in metadata["dc:title"]


def test_the_pdf_has_headings_table_headers_and_a_text_for_each_picture(numbers: Numbers) -> None:
    document = pdf_of(numbers)
    tags = elements(document)
    names = [name for name, _ in tags]
    levels = [int(name[2]) for name in names if re.fullmatch("/H[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))  # no level is left out
    assert names.count("/Table") == 8
    headers = [node for name, node in tags if name == "/TH"]
    scopes = [
        str(a.Scope)
        for node in headers
        for a in (node.A if isinstance(node.A, pikepdf.Array) else [node.A])
        if "/Scope" in a
    ]
    assert len(headers) == 6 * 4 + 8 + 3
    assert scopes == ["/Column"] * len(headers)
    pictures = [str(node.Alt) for name, node in tags if name == "/Figure"]
    assert len(pictures) == 2
    assert "negativo: 4 en total" in pictures[0]
    assert "Calzadas y aceras: 3 (1)" in pictures[1]
    assert names.count("/LI") == 7 + 7  # in short, with what changed most; how to read


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_the_pdf_is_made_whatever_a_citizen_wrote(numbers: Numbers, text: str) -> None:
    document = pdf_of(quoting(numbers, text))
    assert bool(document.Root.MarkInfo.Marked) is True
    assert [name for name, _ in elements(document)].count("/Table") == 8  # no text became markup


def test_languages_the_fonts_know_are_printed_and_the_others_boxed(numbers: Numbers) -> None:
    texts = ("Ελληνικά кириллица ½ № →", "שלום", "马德里 ไทย 한국어 🇪🇸!")
    printed = text_of(pdf.render(build_document(CITY, "weekly", quoting(numbers, *texts), "en")))
    assert "Ελληνικά кириллица ½ № →" in printed
    assert "שלום" in printed or "םולש" in printed  # programs differ in how they read from right to left
    assert "□ □ □ □!" in printed


def test_markup_in_a_post_is_printed_as_it_was_written(numbers: Numbers) -> None:
    printed = text_of(pdf.render(build_document(CITY, "weekly", quoting(numbers, NASTY["typst"]), "es")))
    assert '#import "x": y; $x^2$ @ref <label> *bold* _under_ `raw`' in printed


def test_a_sign_without_a_shape_becomes_a_box_and_the_report_says_so(numbers: Numbers) -> None:
    words = build_document(CITY, "weekly", quoting(numbers, NASTY["emoji"]), "es")
    printed = text_of(pdf.render(words))
    assert "Gracias □ □ ❤ □ por la fuente" in printed
    assert "□ sustituye a un carácter" in printed
    assert "□ está" not in text_of(pdf.render(build_document(CITY, "weekly", quoting(numbers, "sin más"), "es")))
    assert "🙏🏽" in html.render(words)


def text_of(document: bytes) -> str:
    """What the PDF says, as a program reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (apt-get install poppler-utils)")
    found = subprocess.run(["pdftotext", "-", "-"], input=document, capture_output=True, check=True, timeout=30)
    return " ".join(found.stdout.decode().split())


def test_the_same_interval_gives_the_same_files_byte_for_byte(settings: Settings, ledger: Ledger) -> None:
    found = []
    for _run in range(2):
        written(settings, ledger)
        found.append({path.name: path.read_bytes() for path in (settings.home / FOLDER).iterdir()})
    kinds = ("html", "odp", "pdf", "xlsx")
    assert sorted(found[0]) == [NUMBERS, *(f"weekly.{language}.{kind}" for language in ("en", "es") for kind in kinds)]
    assert found[0] == found[1]
    assert (settings.home / FOLDER).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_empty_ledger_gives_a_report_that_says_so(tmp_path: Path, language: str) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    numbers = count(ledger, CITY.zone, last_closed("0 7 * * MON", CITY.zone, NOW))
    ledger.close()
    words = build_document(CITY, "weekly", numbers, language)
    said = {"es": "Ni mensajes ni casos en este periodo.", "en": "No posts and no cases in this interval."}
    assert [one.text for one in words.short] == [said[language]]
    assert words.replay == ""
    assert "<svg" not in html.render(words)
    names = [name for name, _ in elements(pdf_of(numbers, language))]
    assert "/Table" not in names
    assert "/H2" in names


def test_an_unknown_report_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        ConfigurationError, match=r"no report \[reports\.yearly\]; known: weekly, daily, monthly, water, centro"
    ):
        chosen(CITY, "yearly")
    assert list(chosen(CITY, None)) == ["weekly", "daily", "monthly", "water", "centro"]


def test_an_erased_post_leaves_the_reports_on_disk_and_the_numbers_stay(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    files = sorted((settings.home / FOLDER).glob("weekly.*"))
    assert "Mensaje número 6" in (settings.home / FOLDER / "weekly.es.html").read_text()
    assert retract_quotes(CITY, settings, ledger, NOW) == 0
    assert forget.erase_post(ledger, POSTS[6][0].post_id, "erasure", NOW)
    assert retract_quotes(CITY, settings, ledger, NOW) == 1
    text = (settings.home / FOLDER / "weekly.es.html").read_text()
    assert "Mensaje número 6" not in text
    assert "Mensaje número 3" in text
    assert "Mensajes sobre la ciudad: 7" in text
    assert not any(b"Mensaje n\xc3\xbamero 6" in path.read_bytes() for path in (settings.home / FOLDER).iterdir())
    assert sorted((settings.home / FOLDER).glob("weekly.*")) == files
    assert retract_quotes(CITY, settings, ledger, NOW) == 0


@pytest.mark.parametrize("written_before", [0, 1, 8])
def test_an_interrupted_retraction_is_done_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, written_before: int
) -> None:
    written(settings, ledger)
    assert forget.erase_post(ledger, POSTS[6][0].post_id, "erasure", NOW)
    done: list[Path] = []

    def killed(path: Path, content: bytes) -> None:
        if len(done) == written_before:
            raise KeyboardInterrupt
        done.append(path)
        replace(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(publish, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            retract_quotes(CITY, settings, ledger, NOW)
    assert retract_quotes(CITY, settings, ledger, NOW) == 1
    assert not any(b"Mensaje n\xc3\xbamero 6" in path.read_bytes() for path in (settings.home / FOLDER).iterdir())
    assert retract_quotes(CITY, settings, ledger, NOW) == 0


def test_a_quote_its_author_changed_is_withdrawn_too(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    changed = post(3, POSTS[3][0].created_at, text="Ya lo han recogido, gracias")
    run = cursors.begin_run(ledger, "x", NOW)
    cursors.read_cursor(ledger, "x")
    assert store.store_page(ledger, run, "x", [changed], [], {"at": 2}, None, NOW).updated == 1
    assert retract_quotes(CITY, settings, ledger, NOW) == 1
    assert "Mensaje número 3" not in (settings.home / FOLDER / "weekly.en.html").read_text()


def test_a_report_that_cannot_be_read_is_named_not_skipped(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    (settings.home / FOLDER / NUMBERS).write_text(json.dumps({"another": "version"}))
    with pytest.raises(EscuchaError, match=r"numbers\.json: not a report of this version.*delete the folder"):
        retract_quotes(CITY, settings, ledger, NOW)


def test_a_quote_keeps_its_own_language(numbers: Numbers) -> None:
    one: Example = numbers.examples[0].model_copy(update={"language": "pt-BR", "text": "O lixo não foi recolhido"})
    words = build_document(CITY, "weekly", numbers.model_copy(update={"examples": (one,)}), "en")
    assert '<p lang="pt-BR" dir="auto">O lixo não foi recolhido</p>' in html.render(words)
    pdf.render(words)


def test_what_a_killed_run_left_half_written_is_cleared_away(settings: Settings, ledger: Ledger) -> None:
    written(settings, ledger)
    old, fresh = (settings.home / FOLDER / f".weekly.es.html.{pid}" for pid in (1, 2))
    old.write_text("Mensaje número 6")
    fresh.write_text("Mensaje número 6")
    os.utime(old, (NOW.timestamp() - 7200, NOW.timestamp() - 7200))
    os.utime(fresh, (NOW.timestamp() - 60, NOW.timestamp() - 60))
    retract_quotes(CITY, settings, ledger, NOW)
    assert (old.exists(), fresh.exists()) == (False, True)
