"""What a document of the search engine looks like: exactly the fields of a fact, and nothing a stranger could add."""

from typing import Any

from core.annotation import Place
from core.read_models import CaseFact, PostFact
from core.records import Fact
from search import mapping
from search.engine import Engine
from search.stop_words import SPANISH
from search.transport import in_our_words

POSTS = "escucha-posts"
CASES = "escucha-cases"
"""Read aliases; the indices behind them are named by month (`escucha-posts-2026.11`), so that an id stays in one index."""
MARKER = "escucha-marker"
PRIORITY = 500
"""Above the templates a fresh Elasticsearch brings along (up to 200)."""

Json = dict[str, Any]

_KEYWORD: Json = {"type": "keyword", "ignore_above": 256}
_LONG_KEYWORD: Json = {"type": "keyword", "ignore_above": 1024}
_TEXT: Json = {"type": "text", "analyzer": "spanish", "fields": {"folded": {"type": "text", "analyzer": "folded"}}}
"""`spanish` finds the word in its other forms; `folded` finds it as it was typed, with or without accents."""
_SCORE: Json = {"type": "float"}
_DATE: Json = {"type": "date"}
_FLAG: Json = {"type": "boolean"}
_DEGREES: Json = {"type": "double"}
_INTEGER: Json = {"type": "integer"}
_LOCATION: Json = {"type": "geo_point"}
"""The one field that is no field of a fact: `lat` and `lon` as the maps of Kibana want them."""

_PLACE: dict[str, Json] = {
    "text": _KEYWORD, "kind": _KEYWORD, "key": _KEYWORD, "name": _KEYWORD, "street": _KEYWORD, "district": _KEYWORD,
    "barrio": _KEYWORD, "lat": _DEGREES, "lon": _DEGREES, "sure": _SCORE, "ambiguous": _INTEGER, "location": _LOCATION,
}  # fmt: skip

_POST: dict[str, Json] = {
    "post_id": _KEYWORD, "source": _KEYWORD, "kind": _KEYWORD, "own": _FLAG, "replay": _FLAG, "author": _KEYWORD,
    "text": _TEXT, "created_at": _DATE, "received_at": _DATE, "edited_at": _DATE, "replayed_from": _DATE,
    "thread": _KEYWORD, "reply_to": _KEYWORD, "language": _KEYWORD,
    "sentiment": _KEYWORD, "sentiment_score": _SCORE, "intent": _KEYWORD, "intent_score": _SCORE,
    "topic": _KEYWORD, "topic_score": _SCORE, "actionable": _FLAG, "actionable_score": _SCORE,
    "relevance": _FLAG, "relevance_score": _SCORE, "spam": _FLAG, "spam_score": _SCORE,
    "model": _KEYWORD, "corrected": _KEYWORD,
    "places": {"type": "object", "dynamic": "strict", "properties": _PLACE},
    "place": _KEYWORD, "district": _KEYWORD, "barrio": _KEYWORD, "lat": _DEGREES, "lon": _DEGREES, "location": _LOCATION,
    "decision": _KEYWORD, "reason": _LONG_KEYWORD, "case_kind": _KEYWORD,
    "case_kind_reason": _LONG_KEYWORD, "case_key": _KEYWORD, "month": _KEYWORD, "version": {"type": "long"},
}  # fmt: skip

_CASE: dict[str, Json] = {
    "case_key": _KEYWORD, "title": {**_TEXT, "fields": {**_TEXT["fields"], "line": _KEYWORD}}, "kind": _KEYWORD, "topic": _KEYWORD,
    "department": _KEYWORD, "district": _KEYWORD, "barrio": _KEYWORD, "place": _KEYWORD,
    "lat": _DEGREES, "lon": _DEGREES, "location": _LOCATION, "state": _KEYWORD, "is_open": _FLAG, "priority": _INTEGER,
    "opened_at": _DATE, "due_at": _DATE, "answered_at": _DATE, "closed_at": _DATE, "answer_hours": {"type": "double"},
    "within_due": _FLAG, "source": _KEYWORD, "sources": _KEYWORD, "posts": _INTEGER, "authors": _INTEGER,
    "reason": _LONG_KEYWORD, "system": _KEYWORD, "reference": _KEYWORD, "replay": _FLAG, "month": _KEYWORD,
    "version": {"type": "long"},
}  # fmt: skip

_MARKER: dict[str, Json] = {"ledger_id": _KEYWORD, "generation": {"type": "long"}}

_SETTINGS: Json = {
    "number_of_shards": 1,
    # A copy where there is a second machine, none where there is not: one machine alone is green as well.
    "auto_expand_replicas": "0-1",
    "refresh_interval": "5s",
    # A removed post must not come back through a slow writer that still holds its older version (`writer._deletion`):
    # the engine remembers deletions this long, far beyond the five minutes of a writer's lease.
    "gc_deletes": "1h",
}
_ANALYSIS: Json = {
    "filter": {"spanish_stop": {"type": "stop", "stopwords": list(SPANISH)}},
    # No stemmer here: this field is for the word as it was typed, without accents. Stop words go, as in `spanish`, or a query
    # that must match every word ("la basura") would find only posts that have the article too.
    "analyzer": {
        "folded": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "spanish_stop", "asciifolding"]}
    },
}


def fields(kind: type[Fact]) -> dict[str, Json]:
    """The mapping of a fact's fields. Tested against the facts: a new field of a fact is missed here at once."""
    return {PostFact: _POST, CaseFact: _CASE, Place: _PLACE}[kind]


def template(alias: str) -> Json:
    """The index template behind one read alias: `strict`, so an unknown field is refused and never becomes part of the index."""
    properties = {POSTS: _POST, CASES: _CASE}[alias]
    return {
        "index_patterns": [f"{alias}-*"],
        "priority": PRIORITY,
        "template": {
            "settings": {"index": _SETTINGS, "analysis": _ANALYSIS},
            "mappings": {"dynamic": "strict", "date_detection": False, "properties": properties},
            "aliases": {alias: {}},
        },
        "_meta": {"made_by": "escucha", "description": "A view of the ledger: can be thrown away and filled again."},
    }


def install(engine: Engine) -> None:
    """Put the templates and the marker's index, and the new fields into the months that exist; again is harmless."""
    with in_our_words(engine.url):
        for alias in (POSTS, CASES):
            body = template(alias)
            engine.client.indices.put_index_template(
                name=alias,
                index_patterns=body["index_patterns"],
                priority=body["priority"],
                template=body["template"],
                meta=body["_meta"],
            )
        if not engine.client.indices.exists(index=MARKER):
            engine.client.options(ignore_status=400).indices.create(  # 400: another start made it just now
                index=MARKER,
                settings={"number_of_shards": 1, "auto_expand_replicas": "0-1"},
                mappings={"dynamic": "strict", "properties": _MARKER},
            )
    for alias in (POSTS, CASES):
        mapping.bring_up_to_date(engine, alias, template(alias)["template"]["mappings"]["properties"])
