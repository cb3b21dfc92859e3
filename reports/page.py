"""The report as one HTML page that needs nothing from outside: no script, no font, no picture file."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.city import City
from core.translate import translator
from dashboards.charts import Chart
from reports.numbers import Numbers
from reports.words import Words, number_in

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def style() -> str:
    """The page's style sheet, written into the page."""
    return (TEMPLATES / "report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def content_security_policy() -> str:
    """Nothing but this very style sheet is allowed: no script can run, nothing is loaded."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"


def render(city: City, numbers: Numbers, words: Words, pictures: list[Chart]) -> str:
    """The page."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html").render(
        _=translator(words.language, "reports"),
        language=words.language,
        title=words.title,
        span=words.span,
        n=numbers,
        number=number_in(words.language),
        figures=[(one.words, one.value, one.more) for one in words.figures],
        tables=words.tables,
        pictures=pictures,
        examples=words.quotes,
        attribution=city.attribution,
        style=style(),
        csp=content_security_policy(),
    )
