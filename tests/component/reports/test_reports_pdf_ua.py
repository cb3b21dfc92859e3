"""Test that the reports in PDF break no rule of PDF/UA-1 that a program can check, and that each rule is checked."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from core.config.city import City
from core.config.profile.identity import Identity
from core.config.settings import Settings
from ledger.database import Ledger
from reports.build.asked import Asked
from reports.document.document import Document, Quote
from reports.make import build_report
from reports.output import pdf
from tests.support.pdf_ua import elements, faults
from tests.support.report_weeks import CITY, NOW, filled

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#900"/></svg>'


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = filled(tmp_path_factory.mktemp("weeks"))
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Return the city with a logo."""
    home = tmp_path_factory.mktemp("city")
    (home / "logo.svg").write_text(LOGO)
    identity = Identity(council="Ayuntamiento de Prueba", colour="#900000", logo="logo.svg")
    return CITY.model_copy(update={"identity": identity, "path": home / "city.toml"})


def document(ledger: Ledger, city: City, kind: str, language: str) -> Document:
    settings = Settings(home=Path("/nowhere"), desk_url="https://escucha.example.org")
    return build_report(city, settings, ledger, Asked.model_validate({"kind": kind}), language, NOW)


@pytest.fixture(scope="module")
def weekly(ledger: Ledger, city: City) -> bytes:
    return pdf.render(document(ledger, city, "weekly", "es"))


@pytest.mark.parametrize(("kind", "language"), [("daily", "en"), ("weekly", "ca")])
def test_a_report_breaks_no_rule(ledger: Ledger, city: City, kind: str, language: str) -> None:
    with pikepdf.open(io.BytesIO(pdf.render(document(ledger, city, kind, language)))) as made:
        assert faults(made) == []


def test_the_weekly_report_breaks_no_rule_and_has_what_the_rules_are_about(weekly: bytes) -> None:
    with pikepdf.open(io.BytesIO(weekly)) as made:
        assert faults(made) == []
        assert {"/Figure", "/Table", "/TH", "/L", "/H1", "/Link"} <= {str(tag.S) for tag in tags_of(made)}


def test_what_citizens_wrote_in_other_scripts_breaks_no_rule(ledger: Ledger) -> None:
    said = "Ελληνικά кириллица ½ № → שלום 马德里 🙏🏽 ❤️ <b>&amp; Z" + "\u0301" * 3
    one = document(ledger, CITY, "weekly", "es")
    quote = Quote.model_validate(one.quotes[0].model_dump() | {"text": said, "language": "pt-BR"})
    with pikepdf.open(io.BytesIO(pdf.render(one.model_copy(update={"quotes": (quote,)})))) as made:
        assert faults(made) == []


def tags_of(made: Pdf, *names: str) -> list[Dictionary]:
    return [tag for tag in elements(made.Root.StructTreeRoot) if not names or str(tag.S)[1:] in names]


def first(made: Pdf, name: str) -> Any:
    return tags_of(made, name)[0]


def links(made: Pdf) -> list[Any]:
    return [note for page in made.pages for note in page.get("/Annots", [])]


def fonts(made: Pdf) -> list[Any]:
    return list(made.pages[0].Resources.Font.values())


def retitle(made: Pdf, name: str, value: str | None) -> None:
    with made.open_metadata() as metadata:
        if value is None:
            del metadata[name]
        else:
            metadata[name] = value


def untag(made: Pdf) -> None:
    """Paint something that is neither tagged nor an artifact."""
    made.pages[0].contents_add(b"0 0 10 10 re f")


def unembed(made: Pdf) -> None:
    described = fonts(made)[0].DescendantFonts[0].FontDescriptor
    for name in ("/FontFile", "/FontFile2", "/FontFile3"):
        if name in described:
            del described[name]


def forget_a_character(made: Pdf) -> None:
    table = fonts(made)[0].ToUnicode
    table.write(table.read_bytes().replace(b"<0003>", b"<7003>", 1))


BROKEN: dict[str, Callable[[Pdf], object]] = {
    "01-005: f paints": untag,
    "01-005: content and tags": lambda made: made.pages[0].contents_add(b"/P <</MCID 900>> BDC 0 0 10 10 re f EMC"),
    "01-005: the content's tags": lambda made: made.pages[0].__setitem__("/StructParents", 900),
    "01-005: not tagged": lambda made: made.Root.MarkInfo.__setitem__("/Marked", False),
    "01-003, 01-004": lambda made: made.pages[0].contents_add(b"/Artifact BMC /P <</MCID 0>> BDC 0 0 10 10 re f EMC EMC"),
    "01-007": lambda made: made.Root.MarkInfo.__setitem__("/Suspects", True),
    "02-001": lambda made: first(made, "H2").__setitem__("/S", Name("/Headline")),
    "02-004": lambda made: made.Root.StructTreeRoot.__setitem__("/RoleMap", Dictionary({"/P": Name.Span})),
    "06-002": lambda made: retitle(made, "pdfuaid:part", None),
    "06-003": lambda made: retitle(made, "dc:title", None),
    "07-001": lambda made: made.Root.ViewerPreferences.__setitem__("/DisplayDocTitle", False),
    "09-004, 09-005: TR": lambda made: first(made, "TR").__setitem__("/P", first(made, "L")),
    "09-004, 09-005: L holds": lambda made: first(made, "LI").__setitem__("/S", Name.P),
    "10-001": forget_a_character,
    "11-001": lambda made: first(made, "H2").__setitem__("/Lang", String("??")),
    "11-006": lambda made: made.Root.__delitem__("/Lang"),
    "13-004": lambda made: first(made, "Figure").__setitem__("/Alt", String(" ")),
    "14-002": lambda made: first(made, "H1").__setitem__("/S", Name.P),
    "14-003": lambda made: [one.__setitem__("/S", Name.H4) for one in tags_of(made, "H2")],
    "14-007": lambda made: first(made, "H2").__setitem__("/S", Name.H),
    "15-003": lambda made: first(made, "TH").__setitem__("/A", Array()),
    "17-002": lambda made: first(made, "H2").__setitem__("/S", Name.Formula),
    "19-003": lambda made: first(made, "H2").__setitem__("/S", Name.Note),
    "20, 25, 26": lambda made: made.Root.__setitem__("/AcroForm", Dictionary()),
    "21-001": lambda made: made.Root.__setitem__("/Names", Dictionary({"/EmbeddedFiles": Dictionary()})),
    "28-009": lambda made: made.pages[0].__delitem__("/Tabs"),
    "28: an annotation": lambda made: links(made)[0].__setitem__("/Subtype", Name.Movie),
    "28-011": lambda made: links(made)[0].__delitem__("/StructParent"),
    "28-012": lambda made: links(made)[0].__delitem__("/Contents"),
    "30-002": lambda made: made.pages[0].contents_add(b"/P <</MCID 1>> BDC 0 0 10 10 re f EMC"),
    "31-006": lambda made: fonts(made)[0].__setitem__("/Encoding", Name.WinAnsiEncoding),
    "31-009": unembed,
    "31-027": lambda made: fonts(made)[0].__delitem__("/ToUnicode"),
    "31-030": lambda made: made.pages[0].contents_add(b"/Artifact BMC BT /f0 9 Tf <0000> Tj ET EMC"),
}
"""The beginning of the fault that each change must give."""


@pytest.mark.parametrize("fault", BROKEN)
def test_each_rule_is_checked(weekly: bytes, fault: str) -> None:
    with pikepdf.open(io.BytesIO(weekly)) as made:
        BROKEN[fault](made)
        assert [one for one in faults(made) if one.startswith(fault)]
