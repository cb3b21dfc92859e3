"""Check a new request and convert it to an inbox post.

Nothing is corrected silently: markup, control characters, direction marks and unknown fields are refused with the cause. Who asks is
used to tell two people apart and to redact their name, and is never stored (`core.privacy.pseudonymise`).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from core.config.city import City
from core.privacy.pseudonyms import keyed_hash
from gazetteer import gazetteer_of
from portal.open311.answers import RefusedRequestError
from portal.open311.services import service_name, topics_of_codes
from portal.plain_text import LINK, text_fault

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 40
MAX_DESCRIPTION = 4000
"""By the standard."""
MAX_LINE = 150
MAX_URL = 500
PEOPLE = ("account_id", "email", "device_id", "phone")
"""Fields that identify the author, the surest first."""
KNOWN = frozenset({
    "api_key", "jurisdiction_id", "service_code", "lat", "long", "address_string", "address_id", "description", "media_url",
    "first_name", "last_name", *PEOPLE,
})  # fmt: skip


@dataclass(frozen=True)
class Submission:
    """Hold a new request, checked."""

    topic: str
    digest: str
    """Equal for the same request sent twice: a keyed hash of all its fields but the key."""
    text: str
    fields: Mapping[str, str]

    def item(self, sender: str, day: str) -> dict[str, Any]:
        """Return the inbox post of the request.

        Its id is the request's on that day."""
        author = next((f"{name}:{self.fields[name]}" for name in PEOPLE if name in self.fields), None)
        name = " ".join(self.fields[part] for part in ("first_name", "last_name") if part in self.fields)
        optional: dict[str, object] = {"author": author, "name": name or None, "url": self.fields.get("media_url")}
        point = _point(self.fields) if "lat" in self.fields else None
        optional |= {"lat": point[0], "lon": point[1]} if point else {}
        optional |= {"service": self.topic, "place": self.fields.get("address_string")}
        given = {name: value for name, value in optional.items() if value is not None}
        return {"id": f"{self.digest}-{day}", "sender": sender, "text": self.text, **given}


def read_form(content_type: str, body: bytes) -> dict[str, str]:
    """Read the fields of a form; empty ones are left out.

    Raises:
        RefusedRequestError: not such a form in UTF-8, an unknown field, or one given twice.
    """
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise RefusedRequestError(
            400, f"send the fields as {FORM}, as the standard requires: neither XML nor JSON nor files"
        )
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise RefusedRequestError(400, "the body is not a percent-encoded form in UTF-8") from None
    names = [name for name, _ in pairs]
    if unknown := [name for name in names if name not in KNOWN]:
        raise RefusedRequestError(400, f"unknown field {unknown[0][:60]}; known: {', '.join(sorted(KNOWN))}")
    if repeated := [name for name in names if names.count(name) > 1]:
        raise RefusedRequestError(400, f"{repeated[0]} is given twice")
    return {name: value.strip() for name, value in pairs if value.strip()}


def check_request(city: City, salt: bytes, fields: Mapping[str, str]) -> Submission:
    """Check all fields and compose the text with its place.

    Raises:
        RefusedRequestError: 404 for an unknown service, else 400 with each fault.
    """
    if "service_code" not in fields:
        raise RefusedRequestError(400, "service_code is missing")
    (topic,) = topics_of_codes(city.open311, [fields["service_code"]])
    if faults := [*_text_faults(fields), *_location_faults(fields)]:
        raise RefusedRequestError(400, *faults)
    description = fields["description"].replace("\r\n", "\n").replace("\r", "\n")
    text = f"{service_name(city, topic)}. {description}{_place_words(city, fields)}"
    identity = json.dumps({name: value for name, value in fields.items() if name != "api_key"}, sort_keys=True)
    return Submission(topic, keyed_hash(salt, "open311 request", identity), text, fields)


def _text_faults(fields: Mapping[str, str]) -> list[str]:
    faults = [] if "description" in fields else ["description is missing"]
    for name, value in fields.items():
        limit = {"description": MAX_DESCRIPTION, "media_url": MAX_URL}.get(name, MAX_LINE)
        match text_fault(value, limit, has_lines=name == "description"):
            case "long":
                faults.append(f"{name} has {len(value):,} characters; {limit:,} are allowed")
            case "control":
                faults.append(f"{name} has control characters or line ends")
            case "direction":
                faults.append(f"{name} has invisible marks that change the direction of text")
            case "markup":
                faults.append(f"{name} has HTML or XML: send plain text")
    if "media_url" in fields and not LINK.fullmatch(fields["media_url"]):
        faults.append("media_url is not an address that begins with https:// or http://")
    return faults


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
