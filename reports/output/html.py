"""The report as one HTML page that needs nothing from outside: no script, no font, no picture file."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core.i18n.translate import translator
from reports.document.document import Document

TEMPLATES = Path(__file__).parents[1] / "templates"


@lru_cache(maxsize=1)
def style() -> str:
    """The page's style sheet, written into the page."""
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def content_security_policy() -> str:
    """Nothing but this very style sheet is allowed: no script can run, nothing is loaded, no form is sent."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def render(words: Document) -> str:
    """The page."""
    text = _template().render(
        _=translator(words.language, "reports"), words=words, style=style(), csp=content_security_policy()
    )
    return f"{text.strip()}\n"
