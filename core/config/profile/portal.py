"""Define what the citizens' pages offer: `[portal]`."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from core.config.shapes import shaped
from core.i18n.languages import check_language
from core.records import Options


def _check_language(language: str | None) -> str | None:
    return None if language is None else check_language(language, "portal")


class Portal(Options):
    """Configure the citizens' pages.

    `[open311]` says what is published of a case's place.
    """

    reports: bool = True
    """Whether citizens can report a problem with the form."""
    incidents: bool = True
    """Whether open problems are published, without texts, in the list "what is open" and on its map."""
    minimum_witnesses: int = Field(3, ge=2, le=100)
    """Number of different people from which a problem is published: fewer could point to one of them."""
    language: Annotated[str | None, AfterValidator(_check_language)] = None
    """Language for browsers that ask for none of the portal's; None: the city's first. Those with `locale/*/portal.po`, such as `ca`."""
    contact: bool = True
    """Whether the form asks for an e-mail address, optional, to tell the citizen of each change; only where ESCUCHA_SMTP_URL is set."""
    contact_kept: timedelta = Field(timedelta(days=30), ge=timedelta(days=1), le=timedelta(days=365))
    """How long after the end of a case the address is kept; one that is not confirmed is erased after two days."""
    dir3: str = Field(
        "",
        pattern=shaped(
            r"^([A-Z]\d{8}|[A-Z]{2}\d{7})?$",
            "not a code of DIR3, which has nine signs, such as 'L01280796': look it up in the directory of administrative units",
        ),
    )
    """Code of the council in DIR3, the directory of Spanish public bodies, such as L01280796: names the publisher of the open data. Without
    it the data catalogue is DCAT-AP, but not DCAT-AP-ES."""
