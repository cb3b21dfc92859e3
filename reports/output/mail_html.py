"""Render a report as an HTML mail with its text alternative.

Tables for the layout, styles in the elements, images as attachments named by `cid:`, 600 pixels wide: what Outlook for Windows shows.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import vl_convert
from markupsafe import Markup

from core.config.profile.identity import readable_on_dark
from core.i18n.translate import translator
from core.records import Record
from reports.document.document import Document, Logo, Sentence, Table
from reports.output.html import template

SHEET = Path(__file__).parents[1] / "templates" / "mail.css"
_RULE = re.compile(r"^\.([a-z]+) \{ (.+) \}$", re.MULTILINE)


@lru_cache(maxsize=1)
def rules() -> dict[str, dict[str, str]]:
    """Return the declarations of each class.

    Later properties replace earlier ones.
    """
    found = _RULE.findall(SHEET.read_text(encoding="utf-8"))
    return {name: dict(_declarations(text)) for name, text in found}


def _declarations(text: str) -> list[tuple[str, str]]:
    parts = (one.partition(":") for one in text.split(";") if one.strip())
    return [(name.strip(), value.strip()) for name, _, value in parts]


def styler(colour: str) -> Callable[[str], Markup]:
    """Return the function that writes the attributes of an element.

    >>> str(styler("#0b4f6c")("gap"))
    'class="gap" style="font-size:10px;line-height:10px"'
    """

    @lru_cache(maxsize=64)
    def style(classes: str) -> Markup:
        merged: dict[str, str] = {}
        for name in classes.split():
            merged |= rules()[name]
        written = ";".join(f"{name}:{value.replace('BRAND', colour)}" for name, value in merged.items())
        return Markup('class="{}" style="{}"').format(classes, written)

    return style


LARGEST_LOGO = 200_000
"""Bytes; a larger one is left out: it would be in every mail."""


class Image(Record):
    """Hold an image of a mail."""

    cid: str
    alt: str
    png: bytes


class MailLinks(Record):
    """Hold the addresses in a mail."""

    desk: str
    unsubscribe: str


class Mail(Record):
    """Hold the parts of a mail."""

    html: str
    text: str
    images: tuple[Image, ...]


def why_sent(language: str, subscriber: str | None) -> str:
    """Return why the reader gets a mail.

    `subscriber`: the user who subscribed the address; None: the reader.
    """
    _ = translator(language, "reports")
    if subscriber is None:
        return _("You get this mail because you subscribed to it on the desk of Escucha.")
    return _("You get this mail because {user} subscribed this address on the council's desk of Escucha.").format(user=subscriber)


def render_mail(document: Document, links: MailLinks, why: str, *, is_short: bool = False) -> Mail:
    """Render a mail.

    Args:
        document: the report.
        links: addresses of the footer.
        why: sentence that says why the reader gets it.
        is_short: the summary alone, where the report is attached.
    """
    pictures = [None if is_short or one.picture is None else _picture(one.picture.svg, one.picture.alt) for one in document.sections]
    look = document.look
    logo = None if look.logo is None else _logo(look.logo, look.council)
    html = template("mail.html").render(
        _=translator(document.language, "reports"),
        document=document,
        look=look,
        on_dark=readable_on_dark(look.colour),
        links=links,
        why=why,
        is_short=is_short,
        pictures=pictures,
        logo=logo,
        style=styler(look.colour),
    )
    images = tuple(one for one in (logo, *pictures) if one is not None)
    return Mail(html=f"{html.strip()}\n", text=as_text(document, links, why, is_short=is_short), images=images)


def _picture(svg: str, alt: str) -> Image:
    """Return a chart on white, for dark mails too."""
    white = re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#fff"/>', svg, count=1)
    return _image(vl_convert.svg_to_png(white, scale=2), alt)


def _logo(logo: Logo, council: str) -> Image | None:
    """Return the logo as an image; None: too large for each mail."""
    content = base64.b64decode(logo.data)
    png = vl_convert.svg_to_png(content.decode()) if logo.format == "svg" else content
    return _image(png, council) if len(png) <= LARGEST_LOGO else None


def _image(png: bytes, alt: str) -> Image:
    return Image(cid=f"{hashlib.sha256(png).hexdigest()[:24]}@escucha", alt=alt, png=png)


def as_text(document: Document, links: MailLinks, why: str, *, is_short: bool = False) -> str:
    """Return the whole mail as plain text."""
    _ = translator(document.language, "reports")
    remark = document.remark
    said = "" if remark is None else f"{_('Remark').upper()}\n{remark.text}\n  {remark.footer}"
    parts = [
        f"{document.title}\n{document.span}",
        document.caveat,
        said,
        "\n".join(f"- {_plain(one, document.desk)}" for one in document.short),
    ]
    if is_short:
        parts.append(_("The full report is attached."))
    else:
        parts.append("\n".join(f"{one.label}: {one.value}{f' ({one.more})' if one.more else ''}" for one in document.figures))
        for section in document.sections:
            said = "\n".join(f"- {_plain(one, document.desk)}" for one in section.sentences)
            parts += [section.title.upper(), section.note, said, *(_table_as_text(table) for table in section.tables)]
        quotes = [f"“{one.text}”\n  {one.footer}" for one in document.quotes]
        parts += [_("Examples").upper(), *quotes] if quotes else []
        parts += [_("How to read this report").upper(), *(f"- {one}" for one in document.notes)]
    parts.append(f"-- \n{why}\n{_('Reports on the desk')}: {links.desk}\n{_('Unsubscribe')}: {links.unsubscribe}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _plain(one: Sentence, desk: str) -> str:
    """Return a sentence with the addresses of its posts."""
    return "\n  ".join([one.text, *(f"{link.label}: {desk}{link.path}" for link in one.links if desk)])


def _table_as_text(table: Table) -> str:
    if not table.rows:
        return "\n".join(filter(None, (table.title, table.empty)))
    lines = ["; ".join(f"{header}: {cell}" for header, cell in zip(table.headers, row, strict=True)) for row in table.rows]
    return "\n".join(filter(None, (table.title, *lines)))
