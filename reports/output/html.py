"""Render a report as one self-contained HTML page.

It has no script, font or image file.
"""

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.config.profile.identity import LIGHT, mix
from core.i18n.translate import translator
from core.runtime.one_filler import one_filler
from reports.document.document import Document

TEMPLATES = Path(__file__).parents[1] / "templates"


OUR_COLOUR = "#0b4f6c"
PALE = 0.07
"""Share of the council's colour in pale grounds."""
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@one_filler(maxsize=8)
def style(colour: str = OUR_COLOUR) -> str:
    """Return the inlined style sheet, in the council's colour."""
    sheet = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return sheet.replace("#eef4f7", mix(colour, LIGHT, PALE)).replace(OUR_COLOUR, colour)


def content_security_policy(sheet: str) -> str:
    """Return a policy that allows this style sheet and inlined pictures only."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def policy_of(page: str) -> str:
    """Return the policy of a written page, also of an older version."""
    found = _STYLE.search(page)
    return content_security_policy(found[1] if found else "")


@one_filler(maxsize=4)
def template(name: str) -> Template:
    """Return a template of this room; what a citizen wrote is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def render(document: Document) -> str:
    """Render the page."""
    sheet = style(document.look.colour)
    text = template("report.html").render(
        _=translator(document.language, "reports"), document=document, style=sheet, csp=content_security_policy(sheet)
    )
    return f"{text.strip()}\n"
