"""From a fact to its document (the same fields and values, and the coordinates as a point for maps), and to its lines of a bulk body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from core.read_models import CaseRecord, PostRecord

Json = dict[str, Any]


def post_document(post: PostRecord) -> Json:
    """All fields of the post that have a value."""
    document = _present(post.model_dump(exclude={"places"}))
    if post.places:
        document["places"] = [_located(_present(place.model_dump())) for place in post.places]
    return _located(document)


def case_document(case: CaseRecord) -> Json:
    """All fields of the case that have a value."""
    return _located(_present(case.model_dump()))


def _present(fields: Json) -> Json:
    """An absent field and a null one are the same to the engine; absent is smaller."""
    return {name: value for name, value in fields.items() if value is not None and value != ()}


def _located(document: Json) -> Json:
    if "lat" in document and "lon" in document:
        document["location"] = {"lat": document["lat"], "lon": document["lon"]}
    return document


@dataclass(frozen=True)
class Action:
    """One line or two of a bulk body."""

    doc_id: str
    line: bytes
    is_deletion: bool

    @classmethod
    def index(cls, index: str, doc_id: str, version: int, document: Mapping[str, Any]) -> "Action":
        """Write a document, unless a newer version of it is there."""
        head = {"index": {"_index": index, "_id": doc_id, "version": version, "version_type": "external_gte"}}
        return cls(
            doc_id,
            orjson.dumps(head) + b"\n" + orjson.dumps(document, option=orjson.OPT_UTC_Z) + b"\n",
            is_deletion=False,
        )

    @classmethod
    def delete(cls, index: str, doc_id: str, version: int) -> "Action":
        """Delete a document, and refuse versions below this one from now on."""
        head = {"delete": {"_index": index, "_id": doc_id, "version": version, "version_type": "external_gte"}}
        return cls(doc_id, orjson.dumps(head) + b"\n", is_deletion=True)
