"""Convert records into index documents and into lines of a bulk request.

A document has the fields and values of the record, its coordinates as a point for maps, and a post's words as they are searched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from core.records.read_models import CaseRecord, PostRecord
from search.analysis.terms import terms

Json = dict[str, Any]


def post_document(post: PostRecord) -> Json:
    """Return the document of a post.

    It has all fields that have a value, and its terms.
    """
    document = _present(post.model_dump(exclude={"places"}))
    document["terms"] = terms(post.text, post.language)
    if post.places:
        document["places"] = [_located(_present(place.model_dump())) for place in post.places]
    return _located(document)


def case_document(case: CaseRecord) -> Json:
    """Return the document of a case: all fields that have a value."""
    return _located(_present(case.model_dump()))


def _present(fields: Json) -> Json:
    """Drop empty fields.

    To the engine an absent field and a null are the same; absent is smaller.
    """
    return {name: value for name, value in fields.items() if value is not None and value != ()}


def _located(document: Json) -> Json:
    if "lat" in document and "lon" in document:
        document["location"] = {"lat": document["lat"], "lon": document["lon"]}
    return document


@dataclass(frozen=True)
class Action:
    """Hold the one or two lines of a bulk action."""

    doc_id: str
    line: bytes
    is_deletion: bool

    @classmethod
    def index(cls, index: str, doc_id: str, version: int, document: Mapping[str, Any]) -> "Action":
        """Index a document, unless a newer version of it exists.

        >>> Action.index("escucha-posts-2026.11", "a1", 3, {"text": "Bache"}).line.count(b"\\n")
        2
        """
        head = {"index": {"_index": index, "_id": doc_id, "version": version, "version_type": "external_gte"}}
        return cls(doc_id, orjson.dumps(head) + b"\n" + orjson.dumps(document, option=orjson.OPT_UTC_Z) + b"\n", is_deletion=False)

    @classmethod
    def delete(cls, index: str, doc_id: str, version: int) -> "Action":
        """Delete a document, and reject versions below this one from now on."""
        head = {"delete": {"_index": index, "_id": doc_id, "version": version, "version_type": "external_gte"}}
        return cls(doc_id, orjson.dumps(head) + b"\n", is_deletion=True)
