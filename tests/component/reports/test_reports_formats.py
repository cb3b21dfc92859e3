"""A report as workbook and slides, with the council's logo and colour, and links that the page and the PDF have too."""

import base64
import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest

from core.config.city import City
from core.config.profile.identity import Identity
from core.config.settings import Settings
from dashboards.render.svg import png_of
from ledger.database import Ledger
from reports.build.asked import Asked
from reports.document.document import Document
from reports.make import FORMATS, build_report
from reports.output import html, odp, pdf, xlsx
from tests.support.pdf_ua import elements
from tests.support.report_weeks import CITY, NOW, filled

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#900"/></svg>'
DESK = "https://escucha.example.org"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ODF = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
}
XLINK = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = filled(tmp_path_factory.mktemp("weeks"))
    yield ledger
    ledger.close()


def city_with(home: Path, content: bytes | None, name: str = "logo.svg") -> City:
    """Return the city with a logo beside its profile; None: the file is missing."""
    if content is not None:
        (home / name).write_bytes(content)
    identity = Identity(council="Ayuntamiento de Prueba", colour="#900000", logo=name)
    return CITY.model_copy(update={"identity": identity, "path": home / "city.toml"})


def document(ledger: Ledger, city: City = CITY, kind: str = "weekly", language: str = "en") -> Document:
    settings = Settings(home=Path("/nowhere"), desk_url=DESK)
    return build_report(city, settings, ledger, Asked.model_validate({"kind": kind}), language, NOW)


def rows_of(workbook: bytes, number: int) -> list[list[Any]]:
    """Return the cells of a sheet; numbers as numbers."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        sheet = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314
    return [
        [cell.findtext(f".//{SHEET}t") if cell.get("t") == "inlineStr" else float(cell.findtext(f"{SHEET}v") or "nan") for cell in row]
        for row in sheet.iter(f"{SHEET}row")
    ]


def test_each_table_is_a_sheet_of_numbers(ledger: Ledger) -> None:
    made = xlsx.render(document(ledger))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    names = [one.get("name") for one in book.iter(f"{SHEET}sheet")]
    assert names[:4] == ["In short", "By sentiment", "By intent", "Complaints by topic"]  # kinds: none was decided here
    assert len({str(name).lower() for name in names}) == len(names)
    assert rows_of(made, names.index("Complaints by topic") + 1) == [
        ["Topic", "Now", "Before", "Change"],
        ["Roads and pavements", 24, 4, 20],
        ["Waste and cleaning", 5, 5, 0],
    ]
    summary = rows_of(made, 1)
    assert summary[1][1] == f"{DESK}/cases/C-000000000001"
    assert summary[2][1] == f"{DESK}/posts?topic=roads_pavements&district=Centro&first=2026-11-16&last=2026-11-22"


def parts_of(slides: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(slides)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_slides_are_an_opendocument_file(ledger: Ledger, tmp_path: Path) -> None:
    made = odp.render(document(ledger, city_with(tmp_path, SVG.encode())))
    assert made[30:38] == b"mimetype"  # first and not compressed: how programs and the web know the format
    assert made[38:85] == b"application/vnd.oasis.opendocument.presentation"
    parts = parts_of(made)
    manifest = ElementTree.fromstring(parts["META-INF/manifest.xml"])  # noqa: S314
    listed = {str(one.get(f"{{{ODF['manifest']}}}full-path")) for one in manifest}
    assert listed == {"/", *parts} - {"mimetype", "META-INF/manifest.xml"}
    content = ElementTree.fromstring(parts["content.xml"])  # noqa: S314
    pictures = content.findall(".//draw:image", ODF)
    assert {one.get(XLINK) for one in pictures} == {name for name in parts if name.startswith("Pictures/")}
    assert len(pictures) == 8  # the logo, the pictures of the five parts, two charts
    assert all(frame.findtext("svg:desc", "", ODF) for frame in content.findall(".//draw:frame[draw:image]", ODF))
    pages = content.findall(".//draw:page", ODF)
    assert all("".join(page.find("draw:frame[draw:text-box]", ODF).itertext()).strip() for page in pages)  # type: ignore[union-attr]
    assert any(f"{DESK}/cases/C-000000000001" == one.get(XLINK) for one in content.findall(".//text:a", ODF))
    assert "#900000" in parts["styles.xml"].decode()


def test_a_slide_holds_no_more_than_fits(ledger: Ledger) -> None:
    content = ElementTree.fromstring(parts_of(odp.render(document(ledger)))["content.xml"])  # noqa: S314
    rows = [len(page.findall(".//table:table-row", ODF)) for page in content.findall(".//draw:page", ODF)]
    assert max(rows) <= odp.ROWS + 1


def test_the_note_of_a_chart_does_not_lie_on_it(ledger: Ledger) -> None:
    made = document(ledger)
    story, sections = (
        tuple(one.model_copy(update={"note": "Marked events: A, festival"}) for one in some) for some in (made.story, made.sections)
    )
    slides = odp.render(made.model_copy(update={"story": story, "sections": sections}))
    content = ElementTree.fromstring(parts_of(slides)["content.xml"])  # noqa: S314
    place = f"{{{ODF['svg']}}}"
    charts = [page for page in content.findall(".//draw:page", ODF) if page.find("draw:frame/draw:image", ODF) is not None]
    assert charts
    for page in charts:
        (chart,) = page.findall("draw:frame[draw:image]", ODF)
        note = page.findall("draw:frame[draw:text-box]", ODF)[-1]
        assert "".join(note.itertext()) == "Marked events: A, festival"
        end = sum(float(str(chart.get(place + name)).removesuffix("cm")) for name in ("y", "height"))
        assert end <= float(str(note.get(place + "y")).removesuffix("cm"))


def test_every_format_has_the_logo_and_the_colour(ledger: Ledger, tmp_path: Path) -> None:
    one = document(ledger, city_with(tmp_path, png_of(SVG), "logo.png"))
    page = html.render(one)
    assert 'src="data:image/png;base64,' in page
    assert 'alt="Ayuntamiento de Prueba"' in page
    assert "--main: #900000" in page
    paper = pikepdf.open(io.BytesIO(pdf.render(one)))
    assert "Ayuntamiento de Prueba" in [str(tag.Alt) for tag in elements(paper.Root.StructTreeRoot) if tag.S == "/Figure"]
    assert "Pictures/logo.png" in parts_of(odp.render(one))


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (None, "logo.svg", "No such file"),
        (b"", "logo.png", "neither PNG nor SVG"),
        (b"GIF89a", "logo.png", "neither PNG nor SVG"),
        (b"<html/>", "logo.svg", "not an SVG picture"),
        (b"<svg", "logo.svg", "neither PNG nor SVG"),
        (png_of(SVG)[:60], "logo.png", "the PNG file is damaged"),
        (png_of(SVG).replace(b"IDAT", b"IDAT" + bytes(9)), "logo.png", "the PNG file is damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 600_000, "logo.png", "larger than 500,000 bytes"),
        (SVG.replace("40", "-40").encode(), "logo.svg", "SVG has an invalid size"),
    ],
)
def test_a_broken_logo_is_left_out_and_the_log_says_why(
    ledger: Ledger, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None, name: str, why: str
) -> None:
    with caplog.at_level(logging.WARNING, "escucha"):
        one = document(ledger, city_with(tmp_path, content, name))
    assert one.look.logo is None
    assert "written without the logo" in caplog.text
    assert why in caplog.text
    assert all(write(one) for write in FORMATS.values())


def test_an_svg_logo_with_script_is_only_ever_a_picture(ledger: Ledger, tmp_path: Path) -> None:
    evil = SVG.replace("<rect", "<script>alert(1)</script><rect")
    page = html.render(document(ledger, city_with(tmp_path, evil.encode())))
    assert "<script" not in page  # an <img> runs no script, and the policy allows none
    assert base64.b64encode(evil.encode()).decode() in page


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_daily_briefing_has_one_page(ledger: Ledger, tmp_path: Path, language: str) -> None:
    paper = pikepdf.open(io.BytesIO(pdf.render(document(ledger, city_with(tmp_path, SVG.encode()), "daily", language))))
    assert len(paper.pages) == 1
    assert str(paper.Root.Lang) == language


def test_the_pdf_links_to_the_desk(ledger: Ledger) -> None:
    paper = pikepdf.open(io.BytesIO(pdf.render(document(ledger))))
    links = {str(note.A.URI) for page in paper.pages for note in page.get("/Annots", []) if "/A" in note}
    assert f"{DESK}/cases/C-000000000001" in links
    assert all(link.startswith(f"{DESK}/") for link in links)
