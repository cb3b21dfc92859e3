"""Render a report as slides for the council meeting (OpenDocument, ODP).

An ODP file is a ZIP archive of XML: two templates and this module write it, without a library. LibreOffice, PowerPoint and Google Slides
open it.
"""

import base64
import re
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import NamedTuple
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.config.profile.identity import LIGHT, mix
from core.i18n.translate import translator
from core.runtime.one_filler import one_filler
from dashboards.render.svg import png_of
from reports.document.document import Document, Picture, Sentence, Table
from reports.output.html import PALE, TEMPLATES

MIME = "application/vnd.oasis.opendocument.presentation"
LINE, LINES = 84, 12
"""Characters of a line and lines of a slide."""
ROWS, WIDE_ROWS = 11, 9
QUOTES = 3
WIDE, HIGH = 25.0, 11.0
"""Space for a chart below the title, in cm."""
TOP_OF_PART, HIGH_OF_PART = 6.6, 7.6
"""Where the picture of one of the five parts begins, and its height; above it stands the sentence."""
NOTE_CHARACTERS, NOTE_LINE = 150, 0.55
"""Characters of a line of a note, and its height."""
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Time of the files inside: the same report gives the same bytes."""


class SlideImage(NamedTuple):
    """Hold a picture of a slide, with its place in cm."""

    path: str
    content: bytes
    alt: str
    x: float
    y: float
    width: float
    height: float


class Slide(NamedTuple):
    """Hold one slide: a title, and what is below it."""

    title: str
    part: bool = False
    """One of the five that tell what happened."""
    sentences: Sequence[Sentence] = ()
    table: Table | None = None
    image: SlideImage | None = None
    quotes: Sequence[object] = ()
    note: str = ""


def render(document: Document) -> bytes:
    """Render the slides."""
    slides = list(_slides(document))
    logo = _logo(document)
    images = [one for one in (logo, *(slide.image for slide in slides)) if one is not None]
    colour = document.look.colour
    values = {
        "document": document,
        "slides": slides,
        "logo": logo,
        "colour": colour,
        "pale": mix(colour, LIGHT, PALE),
        "wide": WIDE,
        "note_top": note_top,
        "country": {"en": "GB"}.get(document.language, "ES"),
    }
    files = {"content.xml": _xml("slides_content.xml", values), "styles.xml": _xml("slides_styles.xml", values)}
    files["meta.xml"] = _xml("slides_meta.xml", values)
    files["META-INF/manifest.xml"] = _xml("slides_manifest.xml", {"paths": [*files, *(one.path for one in images)], "mime": MIME})
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        _add(archive, "mimetype", MIME.encode(), zipfile.ZIP_STORED)  # first and uncompressed: how programs know the format
        for name, content in files.items():
            _add(archive, name, content.encode(), zipfile.ZIP_DEFLATED)
        for one in images:
            _add(archive, one.path, one.content, zipfile.ZIP_STORED)
    return out.getvalue()


def note_top(note: str) -> float:
    """Return where a note begins, so that it ends above the foot.

    >>> round(note_top("short"), 2), round(note_top("x" * 200), 2)
    (13.65, 13.1)
    """
    return 14.2 - _height(note)


def _height(note: str) -> float:
    return NOTE_LINE * -(-len(note) // NOTE_CHARACTERS)


def _slides(document: Document) -> Iterator[Slide]:
    """Yield the slides after the title."""
    _ = translator(document.language, "reports")
    if document.remark is not None:
        parts = [Sentence(text=part) for part in (*document.remark.text.split("\n"), document.remark.footer) if part]
        yield from _of_sentences(_("Remark"), parts)
    for part in document.story:
        image = _chart(part.picture, HIGH_OF_PART - _height(part.note), TOP_OF_PART) if part.picture is not None else None
        yield Slide(part.title, part=True, sentences=part.sentences, image=image, note=part.note)
    if document.story:
        yield Slide(_("Annex: all figures and tables"))
    more = document.short[1:] if document.story else document.short
    yield from _of_sentences(_("More in short") if document.story else _("In short"), more)
    rows = tuple((one.label, one.value, one.more) for one in document.figures)
    yield Slide(_("Figures"), table=Table(title="", headers=("", "", ""), rows=rows, empty="", texts=1))
    for section in document.sections:
        if section.picture is not None:
            yield Slide(section.title, image=_chart(section.picture, HIGH - _height(section.note)), note=section.note)
        if section.sentences:
            yield from _of_sentences(section.title, section.sentences)
        for table in section.tables:
            yield from _of_table(section.title, table, section.note)
    for at in range(0, len(document.quotes), QUOTES):
        yield Slide(_("Examples"), quotes=document.quotes[at : at + QUOTES])


def _of_sentences(title: str, sentences: Sequence[Sentence]) -> Iterator[Slide]:
    """Yield as many slides as the sentences need."""
    some: list[Sentence] = []
    used = 0.0
    for one in sentences:
        lines = -(-len(one.text) // LINE) + 0.4 + 0.7 * len(one.links)
        if some and used + lines > LINES:
            yield Slide(title, sentences=some)
            some, used = [], 0.0
        some.append(one)
        used += lines
    if some:
        yield Slide(title, sentences=some)


def _of_table(title: str, table: Table, note: str) -> Iterator[Slide]:
    name = title if table.title in ("", title) else f"{title}: {table.title}"
    if not table.rows:
        return
    most = WIDE_ROWS if len(table.headers) > 4 or len(note) > NOTE_CHARACTERS else ROWS
    for at in range(0, len(table.rows), most):
        part = table.model_copy(update={"rows": table.rows[at : at + most], "has_total": table.has_total and at + most >= len(table.rows)})
        yield Slide(name, table=part, note=note)


def _chart(picture: Picture, high: float, top: float = 3.2) -> SlideImage:
    """Return a chart in the largest size that fits there."""
    content = png_of(picture.wide)
    width, height = _size(content)
    scale = min(WIDE / width, high / height)
    path = f"Pictures/{crc32(content):08x}.png"
    return SlideImage(path, content, picture.alt, 1.5 + (WIDE - width * scale) / 2, top, width * scale, height * scale)


def _logo(document: Document) -> SlideImage | None:
    if document.look.logo is None:
        return None
    content = base64.b64decode(document.look.logo.data)
    if document.look.logo.format == "svg":
        content = png_of(content.decode())
    width, height = _size(content)
    scale = min(6 / width, 2.4 / height)
    return SlideImage("Pictures/logo.png", content, document.look.council, 1.5, 1.2, width * scale, height * scale)


def _size(png: bytes) -> tuple[int, int]:
    """Return width and height of a PNG, from its first chunk."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


@one_filler(maxsize=4)
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def _xml(name: str, values: dict[str, object]) -> str:
    return _FORBIDDEN.sub("", _template(name).render(values)).strip()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, method: int) -> None:
    archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, method)
