"""Render a report as an HTML mail with its text alternative.

Tables for the layout, styles in the elements, images as attachments named by `cid:`, 600 pixels wide: what Outlook for Windows shows.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.config.city import City
from core.config.identity import readable_on_dark
from core.i18n.translate import translator
from core.records import Record
from reports.document.document import Document, Table
from reports.output.html import TEMPLATES
from reports.output.mail_styles import styler

LARGEST_LOGO = 200_000
"""Bytes; a larger one is left out: it would be in every mail."""


class Image(Record):
    """Hold an image of a mail."""

    cid: str
    alt: str
    png: bytes


class Links(Record):
    """Hold the addresses in a mail."""

    desk: str
    unsubscribe: str


class Look(Record):
    """Hold how mails of a council look."""

    council: str
    colour: str
    on_dark: str
    """The colour, light enough for dark mails."""
    logo: bytes | None = None
    """PNG."""


class Mail(Record):
    """Hold the parts of a mail."""

    html: str
    text: str
    images: tuple[Image, ...]


def look_of(city: City) -> Look:
    """Return the council's name, colours and logo.

    A logo that cannot be read is left out.
    """
    identity = city.identity
    return Look(
        council=identity.council or city.name,
        colour=identity.colour,
        on_dark=readable_on_dark(identity.colour),
        logo=_logo(city.path.parent / identity.logo) if identity.logo else None,
    )


def _logo(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
        png: bytes = vl_convert.svg_to_png(content.decode()) if path.suffix == ".svg" else content
    except (OSError, ValueError, RuntimeError):  # missing, not text, or not an image: the mail goes out without it
        return None
    return png if png.startswith(b"\x89PNG\r\n\x1a\n") and len(png) <= LARGEST_LOGO else None


def why_sent(language: str, subscriber: str | None) -> str:
    """Return why the reader gets a mail.

    `subscriber`: the user who subscribed the address; None: the reader.
    """
    _ = translator(language, "reports")
    if subscriber is None:
        return _("You get this mail because you subscribed to it on the desk of Escucha.")
    return _("You get this mail because {user} subscribed this address on the council's desk of Escucha.").format(
        user=subscriber
    )


def render_mail(document: Document, look: Look, links: Links, why: str, *, is_short: bool = False) -> Mail:
    """Render a mail.

    Args:
        document: the report.
        look: the council's.
        links: addresses of the footer.
        why: sentence that says why the reader gets it.
        is_short: the summary alone, where the report is attached.
    """
    pictures = [
        None if is_short or one.picture is None else _picture(one.picture.svg, one.picture.alt)
        for one in document.sections
    ]
    logo = None if look.logo is None else _image(look.logo, look.council)
    html = _template().render(
        _=translator(document.language, "reports"),
        document=document,
        look=look,
        links=links,
        why=why,
        is_short=is_short,
        pictures=pictures,
        logo=logo,
        style=styler(look.colour),
    )
    images = tuple(one for one in (logo, *pictures) if one is not None)
    return Mail(html=f"{html.strip()}\n", text=as_text(document, links, why, is_short=is_short), images=images)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")


def _picture(svg: str, alt: str) -> Image:
    """Return a chart on white, for dark mails too."""
    white = re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#fff"/>', svg, count=1)
    return _image(vl_convert.svg_to_png(white, scale=2), alt)


def _image(png: bytes, alt: str) -> Image:
    return Image(cid=f"{hashlib.sha256(png).hexdigest()[:24]}@escucha", alt=alt, png=png)


def as_text(document: Document, links: Links, why: str, *, is_short: bool = False) -> str:
    """Return the whole mail as plain text."""
    _ = translator(document.language, "reports")
    parts = [f"{document.title}\n{document.span}", document.replay, "\n".join(f"- {one}" for one in document.short)]
    if is_short:
        parts.append(_("The full report is attached."))
    else:
        parts.append(
            "\n".join(f"{one.label}: {one.value}{f' ({one.more})' if one.more else ''}" for one in document.figures)
        )
        for section in document.sections:
            parts += [section.title.upper(), section.note, *(_table_as_text(table) for table in section.tables)]
        quotes = [f"“{one.text}”\n  {one.footer}" for one in document.quotes]
        parts += [_("Examples").upper(), *quotes] if quotes else []
        parts += [_("How to read this report").upper(), *(f"- {one}" for one in document.notes)]
    parts.append(f"-- \n{why}\n{_('Reports on the desk')}: {links.desk}\n{_('Unsubscribe')}: {links.unsubscribe}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _table_as_text(table: Table) -> str:
    if not table.rows:
        return "\n".join(filter(None, (table.title, table.empty)))
    lines = [
        "; ".join(f"{header}: {cell}" for header, cell in zip(table.headers, row, strict=True)) for row in table.rows
    ]
    return "\n".join(filter(None, (table.title, *lines)))
