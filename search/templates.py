"""What a document of the search engine looks like: exactly the fields of a fact, and nothing a stranger could add."""

from typing import Any

from core.annotation import Place
from core.read_models import CaseRecord, PostRecord
from core.records import Record
from search import mapping
from search.engine import Engine
from search.fields import KEYWORD, properties
from search.stop_words import SPANISH
from search.transport import translate_errors

POSTS = "escucha-posts"
CASES = "escucha-cases"
"""Read aliases; the indices behind them are named by month (`escucha-posts-2026.11`), so that an id stays in one index."""
MARKER = "escucha-marker"
PRIORITY = 500
"""Above the templates a fresh Elasticsearch brings along (up to 200)."""

Json = dict[str, Any]

_PLACE = properties(Place)
_POST = properties(PostRecord)
_CASE = properties(CaseRecord)

_MARKER: dict[str, Json] = {"ledger_id": KEYWORD, "generation": {"type": "long"}}

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


def fields(kind: type[Record]) -> dict[str, Json]:
    """Return the mapping of a record's fields."""
    return {PostRecord: _POST, CaseRecord: _CASE, Place: _PLACE}[kind]


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
    with translate_errors(engine.url):
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
