"""Define what the citizens' pages offer: `[portal]`."""

from datetime import timedelta

from pydantic import Field

from core.records import Options


class Portal(Options):
    """Configure the citizens' pages.

    `[open311]` says what is published of a case's place.
    """

    reports: bool = True
    """Whether citizens can report a problem with the form."""
    incidents: bool = True
    """Whether open problems are published, without texts, in the list "what is open" and on its map."""
    minimum_witnesses: int = Field(3, ge=2, le=100)
    """A problem is published when so many different people reported it: fewer could point to one of them."""
    contact: bool = True
    """Whether the form asks for an e-mail address, optional, to tell the citizen of each change; only where ESCUCHA_SMTP_URL is set."""
    contact_kept: timedelta = Field(timedelta(days=30), ge=timedelta(days=1), le=timedelta(days=365))
    """How long after the end of a case the address is kept; one that is not confirmed is erased after two days."""
    dir3: str = Field("", pattern=r"^([A-Z]{1,2}[0-9A-Z]{7,9})?$")
    """Code of the council in DIR3, the directory of Spanish public bodies, such as L01280796: names the publisher of the open data. Without
    it the data catalogue is DCAT-AP, but not DCAT-AP-ES."""
