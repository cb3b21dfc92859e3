"""Define answers to citizens and check their texts.

An answer begins as a draft, needs the approval of a person, and is sent once where the citizen asked.
"""

import re
from collections.abc import Mapping
from typing import Literal

from core.errors import ChangeRefusedError, RefusedValueError
from core.records import Record, UtcDatetime
from core.records.answer_length import length_on, limit_of
from core.records.case import State

AnswerState = Literal["draft", "rejected", "superseded", "approved", "sending", "sent", "copied", "unknown", "refused"]
LEAVING: tuple[AnswerState, ...] = ("approved", "sending", "sent", "copied", "unknown", "refused")
"""States of an answer that a person approved."""
GIVEN: tuple[AnswerState, ...] = ("sent", "copied")
"""States in which the citizen has the answer."""
PORTAL = "portal"
"""Channel of an approved answer to a report made on the portal: it is published on the page of the report."""
NOT_OURS = "not ours "
"""Begins the origin of an answer that names another body as competent; the body follows. Its delivery closes the case."""

_CLOSES: dict[str, State] = {"resolved after ": "resolved", "rejected after ": "rejected"}
"""Begins the origin of an answer of a template that closes the case when its citizen has it; the name of the template follows."""

FIELDS = ("case", "place", "due", "department", "topic", "city")
"""What a template may name in braces."""
LOCAL_FIELDS = {
    "es": ("caso", "lugar", "plazo", "departamento", "tema", "ciudad"),
    "ca": ("cas", "lloc", "termini", "departament", "tema", "ciutat"),
}
"""The same by language, in the same order: staff write a template in any of them."""
_MEANT = {name: field for names in (FIELDS, *LOCAL_FIELDS.values()) for field, name in zip(FIELDS, names, strict=True)}
_FIELD = re.compile(r"\{([^{}]*)\}")


class Answer(Record):
    """Hold one answer to one post, with its state."""

    key: str
    """Ours, stable, ASCII; goes out with the answer where the network takes a key against doubling."""
    batch: str
    """The same for answers that one person wrote at once to several witnesses."""
    case_key: str | None
    """None: the post is in no case."""
    post_id: str
    channel: str
    """The source of the post, `x` or `bluesky`, or PORTAL: the answer goes back there."""
    language: str
    text: str
    """Empty once its post was erased."""
    origin: str
    """How it came about: `written`, `template NAME`, `resolved after template NAME`, `known ID` or `not ours BODY`."""
    state: AnswerState
    who: str
    """Who wrote it."""
    at: UtcDatetime
    approved_by: str | None = None
    approved_at: UtcDatetime | None = None
    given_at: UtcDatetime | None = None
    """When the citizen had it: sent, published, or copied by hand."""
    url: str | None = None
    """Where it can be read."""
    reason: str = ""
    """Why it was rejected or refused, or what is not known."""
    asks: bool = False
    """It asks the citizen for something: the case goes on waiting, and its answer time pauses."""
    acknowledges: bool = False
    """It only says that the report arrived: its case becomes `acknowledged`, and the answer time runs on."""
    asks_solved: bool = False
    """It ends with the question whether the problem is solved: the reply is a vote of the case."""

    @property
    def closes(self) -> State | None:
        """Return the state that its delivery gives the case; None: answered."""
        found = closed_by(self.origin)
        return None if found is None else found[0]


class ReplyTarget(Record):
    """Say which message of a network is answered."""

    native_id: str
    url: str | None
    text: str
    """The post's redacted text."""
    thread: str | None = None
    language: str | None = None
    """Language of the answer (BCP 47), which goes out with it where the network has a field for it; None: not known."""


def closing_origin(state: str, template: str) -> str:
    """Return the origin of an answer that closes its case.

    >>> closing_origin("resolved", "Arreglado")
    'resolved after template Arreglado'
    """
    return f"{state} after template {template}"


def closed_by(origin: str) -> tuple[State, str] | None:
    """Return the state that a delivered answer gives its case, and why.

    None: it is answered alone.

    >>> closed_by("not ours Canal"), closed_by("resolved after template Arreglado")
    (('rejected', 'not ours: Canal'), ('resolved', 'template Arreglado'))
    """
    if origin.startswith(NOT_OURS):
        return "rejected", f"not ours: {origin.removeprefix(NOT_OURS)}"
    found = next((one for one in _CLOSES if origin.startswith(one)), None)
    return None if found is None else (_CLOSES[found], origin.removeprefix(found))


def check_text(channel: str, text: str) -> str:
    """Return the text as it is sent, without space around it.

    Raises:
        ConfigurationError: it is empty, too long for its network, or still names a field of a template.
    """
    text = text.strip()
    if not text:
        raise ChangeRefusedError("Please write the answer.")
    length, limit = length_on(channel, text), limit_of(channel)
    if length > limit:
        raise ChangeRefusedError(
            "the answer has {length} characters, and {source} takes {limit}: please shorten it", length=length, source=channel, limit=limit
        )
    if found := _FIELD.search(text):
        raise ChangeRefusedError("the answer still contains {text}: please put in what belongs there", text=found[0])
    return text


def check_template(text: str) -> str:
    """Return a template whose fields are all known.

    Raises:
        ValueError: it names a field that does not exist.
    """
    for name in _FIELD.findall(text):
        if name not in _MEANT:
            known = tuple(f"{{{one}}}" for one in FIELDS)
            raise RefusedValueError(
                "a template has no field {field}; known: {possible_placeholder}", field=f"{{{name}}}", possible_placeholder=known
            )
    return text


def local_field(placeholder: str, language: str) -> str:
    """Return a field of a template as a language writes it.

    >>> local_field("{due}", "es"), local_field("{due}", "en")
    ('{plazo}', '{due}')
    """
    names = dict(zip(FIELDS, LOCAL_FIELDS.get(language, FIELDS), strict=True))
    return _FIELD.sub(lambda found: f"{{{names.get(found[1], found[1])}}}", placeholder)


def named_field(text: str, field: str) -> str | None:
    """Return a field of a template as its text writes it.

    None: the text does not name it.

    >>> named_field("Le responderemos antes del {plazo}.", "due")
    '{plazo}'
    """
    return next((f"{{{name}}}" for name in _FIELD.findall(text) if _MEANT.get(name) == field), None)


def fill_template(text: str, fields: Mapping[str, str | None]) -> str:
    """Insert values into a template.

    A field without a value stays in the text, so that the person sees what is missing.

    >>> fill_template("Su aviso {case} está en {department}.", {"case": "C-1", "department": None})
    'Su aviso C-1 está en {department}.'
    >>> fill_template("Su aviso {caso} está en {departamento}.", {"case": "C-1", "department": None})
    'Su aviso C-1 está en {departamento}.'
    """
    return _FIELD.sub(lambda found: fields.get(_MEANT.get(found[1], "")) or found[0], text)
