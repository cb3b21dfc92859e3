"""Check the fields of known answers: ids, services, links and plain text."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from core.config.known_answers.problems import field_error
from core.records.annotation import TOPICS

Language = Literal["es", "ca", "gl", "eu", "en"]
"""Languages that an answer may be written in: the official ones of Spain, and English."""
HANDLES = {"x": 16, "bluesky": 30}
"""Characters kept free for the citizen's handle and a space, on the networks that allow the shortest answers."""
LONGEST_QUESTION = 300
_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
_LINK = re.compile(r"https://[^\s<>\"']+")


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise field_error("answer_id")
    return text


def _topic(text: str) -> str:
    if text not in TOPICS:
        raise PydanticCustomError("answer_service", "unknown service; allowed: {allowed}", {"allowed": ", ".join(TOPICS)})
    return text


def _link(text: str) -> str:
    if not _LINK.fullmatch(text):
        raise field_error("answer_link")
    return text


def _words(text: str) -> str:
    """Refuse line ends, control and direction marks, and markup."""
    if not text.strip():
        raise field_error("answer_empty")
    strange = sorted({f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"}})
    if strange:
        raise field_error("answer_signs", characters=", ".join(strange))
    if re.search(r"[<>]|&\w+;", text):
        raise field_error("answer_html")
    return text


Id = Annotated[str, AfterValidator(_id)]
Service = Annotated[str, AfterValidator(_topic)]
Link = Annotated[str, AfterValidator(_link)]
Words = Annotated[str, AfterValidator(_words)]
