"""The HTML mail of a report: what Outlook shows, safe in the dark, complete as text, and nothing a citizen wrote is markup."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.config.profile.identity import Identity, readable_on_dark
from ledger.database import Ledger
from reports.build.aggregate import count
from reports.build.period import last_closed
from reports.document.document import Document, Quote
from reports.document.sections import build_document
from reports.output.look import look_of
from reports.output.mail_html import Mail, MailLinks, render_mail, rules
from tests.support.deployment import ROOT
from tests.support.report_facts import CITY, NOW, small_ledger

LINKS = MailLinks(desk="https://desk.example/reports", unsubscribe="https://desk.example/unsubscribe/1/2")
CLIENTS = (
    "outlook.windows",
    "outlook.outlook-com",
    "outlook.ios",
    "outlook.android",
    "gmail.desktop-webmail",
    "gmail.android",
    "gmail.ios",
    "apple-mail.macos",
    "apple-mail.ios",
    "samsung-email.android",
)
ENHANCEMENTS = {"@media", "<style> element", "color-scheme meta tag"}
"""What only makes a mail better where it is honoured: dark colours and the margins of phones."""
IGNORED_BY_OUTLOOK = (
    "background-image",
    "border-radius",
    "box-shadow",
    "display",
    "flex",
    "float",
    "grid",
    "opacity",
    "position",
    "transform",
    "calc(",
    "var(",
    "rem;",
    "em;",
    "vw",
)
GMAIL_CUTS_AT = 102 * 1024


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = small_ledger(tmp_path_factory.mktemp("mail"))
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def document(ledger: Ledger) -> Document:
    week = last_closed("0 7 * * MON", CITY.zone, NOW)
    return build_document(CITY, "weekly", count(ledger, CITY.zone, week), "es", "https://desk.example", look_of(CITY))


@pytest.fixture(scope="module")
def mail(document: Document) -> Mail:
    return render_mail(document, LINKS, "Por qué lo recibe.")


class Elements(HTMLParser):
    """Collect the elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]


def test_every_element_with_text_carries_its_own_style(mail: Mail) -> None:
    elements = Elements(mail.html)
    bare = [one for one in elements.of("p", "h1", "h2", "th", "li", "a") if "font" not in (one.get("style") or "")]
    assert [one for one in bare if one.get("class") not in ("item", "link")] == []
    for one in elements.of("p", "h1", "h2", "ul", "th"):
        assert one.get("class"), "dark mails are made by the class"


def test_no_style_is_one_that_outlook_ignores() -> None:
    for name, declarations in rules().items():
        written = ";".join(f"{key}:{value}" for key, value in declarations.items()) + ";"
        assert [one for one in IGNORED_BY_OUTLOOK if one in written] == [], name


def test_the_layout_is_of_tables_600_wide(mail: Mail) -> None:
    tables = Elements(mail.html).of("table")
    assert {one["role"] for one in tables} == {"presentation", "table"}
    assert all(one["cellpadding"] == one["cellspacing"] == one["border"] == "0" for one in tables)
    assert '<!--[if mso]><table role="presentation" width="600"' in mail.html
    assert "max-width:600px" in mail.html


def test_every_image_is_in_the_mail_and_says_what_it_shows(mail: Mail) -> None:
    shown = Elements(mail.html).of("img")
    assert [one["src"] for one in shown] == [f"cid:{image.cid}" for image in mail.images]
    assert len(mail.images) == 2
    for one, image in zip(shown, mail.images, strict=True):
        assert len(one["alt"] or "") > 20
        assert int(one["width"] or 0) <= 536
        assert image.png.startswith(b"\x89PNG")


def test_nothing_is_loaded_from_elsewhere(mail: Mail) -> None:
    addresses = set(re.findall(r"""(?:https?:|//)[^\s"'<>]+""", mail.html))
    elsewhere = {one for one in addresses if not one.startswith("https://desk.example/")}
    assert elsewhere == set()
    assert {LINKS.desk, LINKS.unsubscribe} <= addresses


def test_every_colour_of_a_text_has_one_for_dark_mails(mail: Mail) -> None:
    dark = mail.html[mail.html.index("prefers-color-scheme: dark") : mail.html.index("@media (max-width")]
    on_brand = {"council", "title", "span", "image"}
    coloured = {name for name, declarations in rules().items() if "color" in declarations} - on_brand
    assert sorted(name for name in coloured if f".{name}" not in dark) == []
    grounds = {name for name, declarations in rules().items() if "background-color" in declarations} - {"head", "picture"}
    assert sorted(name for name in grounds if f".{name}" not in dark) == []


def test_the_text_alternative_has_every_number_and_both_links(document: Document, mail: Mail) -> None:
    for figure in document.figures:
        assert f"{figure.label}: {figure.value}" in mail.text
    for section in document.sections:
        assert section.title.upper() in mail.text
        for cell in (cell for table in section.tables for row in table.rows for cell in row):
            assert cell in mail.text
    for quote in document.quotes:
        assert quote.text in mail.text
    assert LINKS.desk in mail.text
    assert LINKS.unsubscribe in mail.text


def test_what_a_citizen_wrote_is_never_markup(document: Document) -> None:
    nasty = '<img src="https://evil.example/x.png"><script>alert(1)</script>{{ 7 * 7 }}" style="display:none'
    poisoned = document.model_copy(update={"quotes": (Quote(text=nasty, language="es", footer=nasty),)})
    rendered = render_mail(poisoned, LINKS, nasty)
    assert "<script" not in rendered.html
    assert [one for one in Elements(rendered.html).of("img") if not (one["src"] or "").startswith("cid:")] == []
    assert "{{ 7 * 7 }}" in rendered.html


def test_gmail_does_not_cut_it(mail: Mail) -> None:
    assert len(mail.html.encode()) < GMAIL_CUTS_AT


def test_a_short_mail_has_the_summary_alone(document: Document) -> None:
    short = render_mail(document, LINKS, "Por qué", is_short=True)
    assert short.images == ()
    assert all(sentence.text in short.html for sentence in document.short)
    assert document.sections[0].title not in short.html


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="18" fill="#900"/></svg>'


@pytest.mark.parametrize(
    ("name", "content", "is_shown"),
    [("l.svg", SVG.encode(), True), ("l.svg", b"<svg", False), ("l.png", b"not a picture", False), ("none.png", None, False)],
)
def test_the_council_has_its_name_colour_and_logo(
    document: Document, tmp_path: Path, name: str, content: bytes | None, is_shown: bool
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    identity = Identity(council="Ayuntamiento de Villanueva", colour="#7a1f3d", logo=name)
    city = CITY.model_copy(update={"identity": identity, "path": tmp_path / "city.toml"})
    look = look_of(city)
    assert (look.logo is not None) is is_shown
    html = render_mail(document.model_copy(update={"look": look}), LINKS, "Por qué").html
    assert "Ayuntamiento de Villanueva" in html
    assert 'bgcolor="#7a1f3d"' in html
    assert CITY.identity.colour not in html


def test_dark_mails_show_the_councils_colour_lighter(mail: Mail) -> None:
    assert readable_on_dark(CITY.identity.colour) != CITY.identity.colour
    assert f"color: {readable_on_dark(CITY.identity.colour)} !important" in mail.html


def test_a_published_checker_finds_nothing_that_these_mail_programs_lack(mail: Mail, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "caniemail").is_dir():
        pytest.skip("needs Node.js and `npm install --no-save caniemail@2.0.2` in the checkout")
    page = tmp_path / "mail.html"
    page.write_text(mail.html, encoding="utf-8")
    command = [node, str(ROOT / "tests" / "support" / "caniemail.mjs"), str(page), *CLIENTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    lacking = [line for line in done.stdout.splitlines() if line and line.partition("|")[2] not in ENHANCEMENTS]
    assert lacking == []
