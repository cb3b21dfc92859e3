"""Render a report as one self-contained HTML page.

It has no script, font or image file.
"""

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
    """Return the style sheet that is inlined in the page."""
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def content_security_policy() -> str:
    """Return a policy that allows this style sheet and nothing else."""
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


def render(document: Document) -> str:
    """Render the page."""
    text = _template().render(
        _=translator(document.language, "reports"), document=document, style=style(), csp=content_security_policy()
    )
    return f"{text.strip()}\n"
