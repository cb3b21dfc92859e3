"""Read the form of a POST: fields, links of pictures, attributes.

Other clients send fields of their own: what is not known here is left out, so that nothing of the request is lost for it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from portal.open311.answers import RefusedRequestError
from portal.plain_text import LINK, text_fault

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 200
MAX_LINE = 150
MAX_URL = 500
MAX_MEDIA = 10
MAX_ATTRIBUTES = 50
MAX_VALUE = 1000
_MEDIA = re.compile(r"media_url(\[\d*\])?")
"""`media_url` given several times, or as an array."""
_UNTOLD = re.compile(
    r"easting|northing|lat(itude)?|lon(g(itude)?)?|lng|[xy]|coord(inate)?s?|geom(etry)?|srid|crs|u[sp]rn"
    r"|(\w+[_-])?(id|ids|uuid|guid)([_-]ext)?"
    r"|((first|last|full|contact|user|reporter)[_-]?)?name|surname|((contact|user|reporter)[_-]?)?(e?mail|phone|mobile)",
    re.IGNORECASE,
)
"""Codes of coordinates, identifiers of other systems and persons, as FixMyStreet and its like send: nothing that a report says."""
_POINT = re.compile(r"\(?\s*-?\d+([.,]\d+)?\s*[,; ]\s*-?\d+([.,]\d+)?\s*\)?")
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](\[\d*\])?")


@dataclass(frozen=True)
class SentForm:
    """Hold a form, without its empty fields."""

    fields: dict[str, str] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    """Links of pictures, each once."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Values by code; several of one code with commas."""

    def identity(self) -> list[object]:
        """Return all that two equal requests share: everything but the key."""
        named = sorted((name, value) for name, value in self.fields.items() if name != "api_key")
        return [named, list(self.media), sorted(self.attributes.items())]


def read_form(content_type: str, body: bytes, known: Collection[str]) -> SentForm:
    """Read the known fields of a form.

    Raises:
        RefusedRequestError: not such a form in UTF-8, or one known field given twice.
    """
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise RefusedRequestError(400, f"send the fields as {FORM}, as the standard requires: neither XML nor JSON nor files")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise RefusedRequestError(400, "the body is not a percent-encoded form in UTF-8") from None
    names = [name for name, _ in pairs if name in known]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise RefusedRequestError(400, f"{repeated[0]} is given twice")
    given = [(name, value.strip()) for name, value in pairs if value.strip()]
    values: dict[str, list[str]] = {}
    for name, value in given:
        if attribute := _ATTRIBUTE.fullmatch(name):
            values.setdefault(attribute[1], []).append(value)
    return SentForm(
        fields={name: value for name, value in given if name in known},
        media=tuple(dict.fromkeys(value for name, value in given if _MEDIA.fullmatch(name))),
        attributes={code: ", ".join(dict.fromkeys(found)) for code, found in values.items()},
    )


def form_faults(form: SentForm, description_limit: int) -> list[str]:
    """Return what is wrong with the texts of a form, in words."""
    faults = [] if "description" in form.fields else ["description is missing"]
    limits = {"description": description_limit}
    for name, value in form.fields.items():
        faults += _faults(name, value, limits.get(name, MAX_LINE), has_lines=name == "description")
    for code, value in form.attributes.items():
        faults += _faults("an attribute's code", code, MAX_LINE, has_lines=False)
        faults += _faults(f"attribute[{code}]", value, MAX_VALUE, has_lines=True)
    for link in form.media:
        faults += _faults("media_url", link, MAX_URL, has_lines=False)
        if not LINK.fullmatch(link):
            faults.append("media_url is not an address that begins with https:// or http://")
    if len(form.media) > MAX_MEDIA:
        faults.append(f"media_url: {len(form.media)} pictures; {MAX_MEDIA} are allowed")
    if len(form.attributes) > MAX_ATTRIBUTES:
        faults.append(f"{len(form.attributes)} attributes; {MAX_ATTRIBUTES} are allowed")
    return faults


def tidy_lines(text: str) -> str:
    """Return text with one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def attribute_lines(form: SentForm) -> str:
    """Return a line for each attribute that says something new.

    Values that the description holds already, coordinates, identifiers, persons and links are left out: `links_of` has the links.
    """
    said = tidy_lines(form.fields.get("description", "")).casefold()
    new = (
        (code, " ".join(value.split()))
        for code, value in form.attributes.items()
        if not _UNTOLD.fullmatch(code)
        and not _POINT.fullmatch(value)
        and not LINK.fullmatch(value)
        and tidy_lines(value).casefold() not in said
    )
    return "".join(f"\n{code}: {value}" for code, value in new)


def links_of(form: SentForm) -> str | None:
    """Return the links of a form with spaces between; None without any.

    An attribute that is a link, such as FixMyStreet's `report_url`, is one of them.
    """
    attributes = (value for value in form.attributes.values() if LINK.fullmatch(value) and len(value) <= MAX_URL)
    return " ".join(dict.fromkeys([*form.media, *attributes])) or None


def _faults(name: str, value: str, limit: int, *, has_lines: bool) -> list[str]:
    match text_fault(value, limit, has_lines=has_lines):
        case "long":
            return [f"{name} has {len(value):,} characters; {limit:,} are allowed"]
        case "control":
            return [f"{name} has control characters or line ends"]
        case "direction":
            return [f"{name} has invisible marks that change the direction of text"]
        case "markup":
            return [f"{name} has HTML or XML: send plain text"]
    return []
