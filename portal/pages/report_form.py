"""Check the report form: its token against robots, and each field."""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from core.config.profile.tables import check_mail_address
from core.errors import ConfigurationError
from core.privacy.pseudonyms import keyed_hash
from portal.plain_text import LINK, text_fault
from reports.output.email import address

FIELDS = ("service", "place", "area", "description", "photo", "contact")
TRAP = "website"
"""A field that people do not see; a robot fills it."""
LIMITS = {"service": 40, "place": 150, "area": 40, "description": 2000, "photo": 500, "contact": 254}
LEAST_WORDS = 2
"""Of a description, with a service: "lamp out" says all."""
LEAST_WORDS_ALONE = 3
"""Where the citizen does not know the service."""
_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of Thai, Lao, Burmese, Khmer, Japanese and Chinese, which are written without spaces between words."""
UNSURE = "unsure"
"""Choice of a citizen who does not know the service: its name is no part of the text."""
FASTEST_S, SLOWEST_S = 2, 86_400
"""A form sent faster was not read by a person; one sent later gets a new token."""


@dataclass(frozen=True)
class Sent:
    """Hold a form as it was sent."""

    values: Mapping[str, str]
    token: str
    trapped: bool
    given: Mapping[str, str] = field(default_factory=dict)
    """All fields, also those of the map."""


def read_form(body: bytes) -> Sent:
    """Read the fields; unknown ones are ignored, repeated ones joined."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=24)
    except ValueError:
        pairs = []
    given: dict[str, str] = {}
    for name, value in pairs:
        given[name] = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return Sent({name: given.get(name, "") for name in FIELDS}, given.get("token", ""), bool(given.get(TRAP)), given)


def faults(values: Mapping[str, str], topics: list[str], has_point: bool = False) -> dict[str, str]:
    """Return a code for each wrong field; empty when none is.

    A report needs an address, a district or barrio, or a point on the map.
    """
    found = {name: code for name, value in values.items() if (code := _fault(name, value))}
    if values["service"] not in (*topics, UNSURE):
        found["service"] = "choose"
    if not (values["place"] or values["area"] or has_point):
        found["place"] = "missing"
    least = LEAST_WORDS if values["service"] in topics else LEAST_WORDS_ALONE
    if words_in(values["description"]) < least:
        found.setdefault("description", "short")  # one endless word is too long, not too short
    if values["photo"] and not LINK.fullmatch(values["photo"]):
        found["photo"] = "link"
    if values["contact"] and not _is_address(values["contact"]):
        found["contact"] = "address"
    return found


def words_in(text: str) -> int:
    """Count words; in a script without spaces, letters.

    >>> words_in("farola rota"), words_in("街上有很多垃圾")
    (2, 7)
    """
    return sum(max(1, len(_NO_SPACES.findall(word))) for word in text.split())


def _is_address(text: str) -> bool:
    try:
        check_mail_address(text)
        address(text, "contact")
    except (ValueError, ConfigurationError):
        return False
    return text.isascii() and "." in text.rpartition("@")[2]


def _fault(name: str, value: str) -> str:
    fault = text_fault(value, LIMITS[name], has_lines=name == "description")
    return "" if fault is None else "long" if fault == "long" else "signs"


def new_token(salt: bytes, moment: float) -> str:
    """Return a token for one form.

    It holds the time, a random value, and a keyed hash of both.
    """
    issued = f"{int(moment)}.{secrets.token_hex(8)}"
    return f"{issued}.{_mark(salt, issued)}"


def token_fault(salt: bytes, token: str, moment: float) -> str:
    """Return `fast`, `old` or `wrong`; empty for a token that is good."""
    issued, _, mark = token.rpartition(".")
    if not hmac.compare_digest(_mark(salt, issued).encode(), mark.encode()):
        return "wrong"
    age = moment - int(issued.partition(".")[0])
    return "fast" if age < FASTEST_S else "old" if age > SLOWEST_S else ""


def kept_token(salt: bytes, token: str, moment: float, *, stepped: bool = False) -> str:
    """Return the token of a form that is shown again.

    It keeps its own while that is good: a citizen who corrects a field or takes a step on the map has looked at the form already.

    Args:
        salt: of the ledger.
        token: of the form; empty: it is shown for the first time.
        moment: the time, in seconds since 1970.
        stepped: a step on the map was taken: the form may be sent at once.
    """
    fault = token_fault(salt, token, moment)
    if fault in ("old", "wrong"):
        return new_token(salt, moment)
    return new_token(salt, moment - FASTEST_S) if stepped and fault == "fast" else token


def _mark(salt: bytes, issued: str) -> str:
    return keyed_hash(salt, "report form", issued)


def inbox_item(
    salt: bytes, sent: Sent, service: str | None, place: str, point: tuple[float, float] | None = None, reporter: str | None = None
) -> dict[str, Any]:
    """Return the inbox post of a form.

    The same form sent twice is the same post; equal texts of two forms are two. The contact is no part of it.

    Args:
        salt: of the ledger.
        sent: a form without faults.
        service: name of the service in the city's first language; None: the citizen does not know.
        place: the words that say where it is.
        point: latitude and longitude that the citizen chose on the map.
        reporter: whom the report counts for; None: for itself.
    """
    values = sent.values
    text = (f"{service}. " if service else "") + values["description"]
    chosen = "" if point is None else f"{point[0]},{point[1]}"
    digest = keyed_hash(salt, "portal report", "\0".join([sent.token, *(values[name] for name in FIELDS if name != "contact"), chosen]))
    where = {} if point is None else {"lat": point[0], "lon": point[1]}
    return {
        "id": digest,
        "sender": "portal",
        "text": text,
        "place": place,
        **where,
        **({"service": values["service"]} if service else {}),
        **({"author": reporter} if reporter else {}),
        **({"url": values["photo"]} if values["photo"] else {}),
    }
