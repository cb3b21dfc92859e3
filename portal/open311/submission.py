"""Check a new request and convert it to an inbox post.

Nothing is corrected silently: markup, control characters and direction marks are refused with the cause. Who asks is used to tell two
people apart and to redact their name, and is never stored (`core.privacy.pseudonymise`).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.config.city import City
from core.privacy.pseudonyms import keyed_hash
from gazetteer import gazetteer_of
from portal.open311.answers import RefusedRequestError
from portal.open311.form import SentForm, attribute_lines, form_faults, links_of, tidy_lines
from portal.open311.services import service_name, topics_of_codes

MAX_DESCRIPTION = 4000
"""By the standard."""
PEOPLE = ("account_id", "email", "device_id", "phone")
"""Fields that identify the author, the surest first."""
WRITER = frozenset({"first_name", "last_name", *PEOPLE})
KNOWN = WRITER | {"api_key", "jurisdiction_id", "service_code", "lat", "long", "address_string", "address_id", "description"}


@dataclass(frozen=True)
class Submission:
    """Hold a new request, checked."""

    topic: str
    digest: str
    """Equal for the same request sent twice: a keyed hash of all its fields but the key."""
    text: str
    form: SentForm

    def item(self, sender: str, day: str) -> dict[str, Any]:
        """Return the inbox post of the request.

        Its id is the request's on that day."""
        point = _point(self.form.fields) if "lat" in self.form.fields else None
        placed = {"lat": point[0], "lon": point[1]} if point else {}
        said = {"service": self.topic, "place": self.form.fields.get("address_string")}
        given = {name: value for name, value in said.items() if value is not None}
        return {"id": f"{self.digest}-{day}", "sender": sender, "text": self.text, **who_and_links(self.form), **placed, **given}


def who_and_links(form: SentForm) -> dict[str, str]:
    """Return who writes and what is linked, as an inbox post's fields."""
    author = next((f"{name}:{form.fields[name]}" for name in PEOPLE if name in form.fields), None)
    name = " ".join(form.fields[part] for part in ("first_name", "last_name") if part in form.fields)
    found = {"author": author, "name": name or None, "url": links_of(form)}
    return {name: value for name, value in found.items() if value is not None}


def check_request(city: City, salt: bytes, form: SentForm) -> Submission:
    """Check all fields and compose the text with its place.

    Raises:
        RefusedRequestError: 404 for an unknown service, else 400 with each fault.
    """
    fields = form.fields
    if "service_code" not in fields:
        raise RefusedRequestError(400, "service_code is missing")
    (topic,) = topics_of_codes(city.open311, [fields["service_code"]])
    if faults := [*form_faults(form, MAX_DESCRIPTION), *_location_faults(fields)]:
        raise RefusedRequestError(400, *faults)
    description = tidy_lines(fields["description"])
    text = f"{service_name(city, topic)}. {description}{_place_words(city, fields)}{attribute_lines(form)}"
    digest = keyed_hash(salt, "open311 request", json.dumps(form.identity()))
    return Submission(topic, digest, text, form)


def _location_faults(fields: Mapping[str, str]) -> list[str]:
    if ("lat" in fields) != ("long" in fields):
        return ["lat and long belong together"]
    if "lat" in fields and _point(fields) is None:
        return ["lat or long is not a number of degrees in WGS 84"]
    if "lat" not in fields and "address_string" not in fields:
        return ["a location is missing: send lat and long, or address_string (address_id is not used here)"]
    return []


def _point(fields: Mapping[str, str]) -> tuple[float, float] | None:
    try:
        lat, lon = float(fields["lat"]), float(fields["long"])
    except ValueError:
        return None
    return (lat, lon) if math.isfinite(lat + lon) and abs(lat) <= 90 and abs(lon) <= 180 else None


def _place_words(city: City, fields: Mapping[str, str]) -> str:
    """Return the words that name the place, where the description does not.

    A point decides where it is; the words are what people read. A point alone is described by the street near it, or by its barrio.

    Raises:
        RefusedRequestError: the point is not in the city.
    """
    places, point = gazetteer_of(city), _point(fields) if "lat" in fields else None
    spot = None if point is None else places.at(*point)
    if point is not None and spot is None and places:
        words = f"lat and long are outside {city.name}: send the point of the problem, or address_string alone"
        raise RefusedRequestError(400, words)
    if address := fields.get("address_string"):
        return "" if address.casefold() in fields["description"].casefold() else f"\n{address}"
    if point is None or spot is None:
        return ""
    named = any(places.fits(one.place, *point) for one in places.find(fields["description"]))
    return "" if named else f"\n{spot.words}"
