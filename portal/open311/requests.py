"""Show a case as a service request, without personal data."""

from datetime import datetime

from core.config.city import City
from core.i18n.translate import translator
from core.quotes import is_letter, quote_title
from core.records.case import OPEN
from core.records.post import is_example
from ledger.read import PublishedCase
from pipeline.portal.mails import state_words
from portal.open311.formats import Row
from portal.open311.services import code_of, service_name

POINT_DECIMALS = 3
"""Most decimals of a published point that a citizen may have chosen, about 100 m: such a point may be a front door."""


def request_row(city: City, case: PublishedCase) -> Row:
    """Return the row of one case.

    `description` ends with the case number in brackets, by which a system that creates requests here recognises its answers.
    """
    _ = translator(city.languages[0], "portal")
    is_open = case.state in OPEN
    address, lat, long = location(city, case)
    name = service_name(city, case.topic)
    notice = _("An example, written for the demonstration") if any(map(is_example, (case.source, *case.sources))) else None
    return {
        "service_request_id": case.case_key,
        "status": "open" if is_open else "closed",
        "status_notes": status_note(city, case),
        "service_name": name,
        "service_code": code_of(city.open311, case.topic),
        "description": f"{_title(city, case) or name} [{case.case_key}]",
        "agency_responsible": city.display_name("department", case.department, city.languages[0]),
        "service_notice": notice,
        "requested_datetime": time_text(city, case.received_at),
        "updated_datetime": time_text(city, case.updated_at),
        "expected_datetime": time_text(city, case.due_at) if is_open else None,
        "address": address,
        "address_id": None,
        "zipcode": None,
        "lat": lat,
        "long": long,
        "media_url": None,
    }


def waiting_row(city: City, is_refused: bool, at: str) -> Row:
    """Return the row of a request that is in no case.

    It is not decided yet, or the council sees nothing to do in it.
    """
    _ = translator(city.languages[0], "portal")
    nothing = ("agency_responsible", "service_notice", "expected_datetime", "address", "address_id", "zipcode", "lat", "long")
    return {
        "status": "closed" if is_refused else "open",
        "status_notes": _("Closed without action by the council") if is_refused else _("Received"),
        "requested_datetime": at,
        "updated_datetime": at,
        **dict.fromkeys((*nothing, "media_url")),
    }


def status_note(city: City, case: PublishedCase) -> str:
    """Describe the state of a case in the city's first language.

    Reasons and notes by staff are internal and never shown.
    """
    _ = translator(city.languages[0], "portal")
    if case.state == "merged" and case.merged_into:
        return _("Duplicate: handled as {case}").format(case=case.merged_into)
    return state_words(city.languages[0])[case.state]


def location(city: City, case: PublishedCase) -> tuple[str | None, float | None, float | None]:
    """Return address, latitude and longitude as the profile allows them.

    Coordinates are rounded, to POINT_DECIMALS at most where one of the posts may hold a point that a citizen chose; all are None for topics
    whose location could point to a person, also while such a topic is only guessed.
    """
    options = city.open311
    if _is_withheld(city, case):
        return None, None, None
    if options.location == "district":
        return case.district, None, None
    address = ", ".join(dict.fromkeys(part for part in (case.place, case.district) if part)) or None
    if case.lat is None or case.lon is None:
        return address, None, None
    decimals = options.decimals
    if is_letter(case):
        decimals = min(decimals, POINT_DECIMALS)
    return address, round(case.lat, decimals), round(case.lon, decimals)


def time_text(city: City, moment: datetime) -> str:
    """Write a time of the city with its offset, in seconds."""
    return moment.astimezone(city.zone).isoformat(timespec="seconds")


def _is_withheld(city: City, case: PublishedCase) -> bool:
    options = city.open311
    return options.location == "none" or not {case.topic, case.topic_guess}.isdisjoint(options.no_location)


def _title(city: City, case: PublishedCase) -> str | None:
    """Return the title if it may leave; it begins with the place."""
    shown = city.open311.texts and not _is_withheld(city, case)
    return quote_title(case) if shown else None
