"""Build a report and render it in every format.

build_report(city, settings, ledger, asked, "es", now)  ->  Document
FORMATS["pdf"](document)                                ->  bytes
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from core.config.city import City
from core.config.settings import Settings
from ledger import read
from ledger.read import Ledger
from reports.build.asked import Asked, check_asked, interval_of
from reports.build.numbers import collect_numbers
from reports.build.statistics import Numbers
from reports.document.document import Document
from reports.document.sections import build_document
from reports.output import html, odp, pdf, xlsx
from reports.output.look import look_of

FORMATS: dict[str, Callable[[Document], bytes]] = {
    "html": lambda document: html.render(document).encode(),
    "pdf": pdf.render,
    "xlsx": xlsx.render,
    "odp": odp.render,
}
"""Extension of each format, and what writes it."""


def build_report(city: City, settings: Settings, ledger: Ledger, asked: Asked, language: str, now: datetime) -> Document:
    """Return a report in one language, with its remark.

    Args:
        city: the profile.
        settings: for the desk's address in links.
        ledger: the open ledger.
        asked: kind, posts and days.
        language: one of `interface_languages("reports")`.
        now: the present; the last complete period before it is reported, unless `asked` names days.

    Raises:
        ConfigurationError: what is asked for does not exist, or has not ended yet.
    """
    numbers = numbers_of(city, ledger, asked, now)
    return document_of(city, settings, ledger, asked.name, numbers, language)


def numbers_of(city: City, ledger: Ledger, asked: Asked, now: datetime, off: Mapping[str, Sequence[str]] | None = None) -> Numbers:
    """Return the numbers of what is asked for.

    Raises:
        ConfigurationError: it does not exist, or has not ended yet.
    """
    check_asked(asked, city)
    return collect_numbers(city, ledger, asked, interval_of(asked, city.zone, now), now, off)


def document_of(city: City, settings: Settings, ledger: Ledger, name: str, numbers: Numbers, language: str) -> Document:
    """Return the report of these numbers, with the remark of this moment."""
    remark = read.report_remark(ledger, name, numbers.interval.key(city.zone))
    return build_document(city, name, numbers, language, settings.desk_address, look_of(city), remark)
