"""Define the index templates: exactly the fields of the records.

Unknown fields are rejected, so no outside data can add any.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from core.records import Record
from core.records.annotation import Place
from core.records.read_models import CaseRecord, PostRecord
from search.analysis import stems
from search.analysis.stop_words import SPANISH
from search.analysis.vocabulary import stop_words, synonyms
from search.connection.engine import Engine, Flavour
from search.connection.transport import translate_errors
from search.index import vectors
from search.index.fields import KEYWORD, properties

POSTS = "escucha-posts"
CASES = "escucha-cases"
"""Read aliases, of one city: `Engine.name` says those of a town. The indices behind them are named by generation
and month (`search.index.generations`): an id stays in one month."""
MARKER = "escucha-marker"
PRIORITY = 500
"""Higher than the built-in templates of Elasticsearch (up to 200)."""
MEANING = 2
"""Counts how often the values of the documents changed their meaning: raise it then, so that an upgrade fills the index anew by itself.
2: a case that was closed without an answer is no longer answered."""

Json = dict[str, Any]

_PLACE = properties(Place)
_TERMS: Json = {"type": "text", "analyzer": "whitespace"}
"""A post's words as `search.analysis` reduces them: the same on every engine."""
_POST = properties(PostRecord) | {"terms": _TERMS}
_CASE = properties(CaseRecord)

_MARKER: dict[str, Json] = {
    "ledger_id": KEYWORD,
    "generation": {"type": "long"},
    "serving": KEYWORD,
    "building": KEYWORD,
    "filled_from": {"type": "long"},
}

_SETTINGS: Json = {
    "number_of_shards": 1,
    # One replica with a second node, none on a single node, which is then green too.
    "auto_expand_replicas": "0-1",
    "refresh_interval": "5s",
    # A slow writer with an older version must not bring back a removed post (`writer._deletions`): the engine remembers
    # deletions this long, far beyond the five minutes of a writer's lease.
    "gc_deletes": "1h",
}
_ANALYSIS: Json = {
    "filter": {"spanish_stop": {"type": "stop", "stopwords": list(SPANISH)}},
    # No stemmer: this field matches words as typed, without accents. Stop words are removed, as in `spanish`; otherwise a query
    # that must match every word ("la basura") would find only posts that contain the article too.
    "analyzer": {"folded": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "spanish_stop", "asciifolding"]}},
}


def fields(kind: type[Record]) -> dict[str, Json]:
    """Return the mapping of a record's fields."""
    return {PostRecord: _POST, CaseRecord: _CASE, Place: _PLACE}[kind]


def mapped_fields(alias: str, flavour: Flavour = "osmem") -> dict[str, Json]:
    """Return the fields of an index on this kind of engine."""
    if not _holds_posts(alias):
        return _CASE
    vector = vectors.mapping(flavour)
    return _POST | ({vectors.FIELD: vector} if vector else {})


def _holds_posts(alias: str) -> bool:
    return alias.endswith(POSTS.removeprefix("escucha"))


def template(alias: str, generation: str | None = None, flavour: Flavour = "osmem") -> Json:
    """Return the index template of one read alias.

    It is `strict`: an unknown field is rejected and never becomes part of the index. With `generation` it is the template of the served
    one: its new months are named by the alias at once. Other indices are not.
    """
    properties = mapped_fields(alias, flavour)
    knn = {"knn": True} if flavour == "opensearch" and _holds_posts(alias) else {}
    body: Json = {
        "index_patterns": [f"{alias}-*"],
        "priority": PRIORITY,
        "template": {
            "settings": {"index": _SETTINGS | knn, "analysis": _ANALYSIS},
            # Derived from `text`: not given back, so not stored twice.
            "mappings": {
                "dynamic": "strict",
                "date_detection": False,
                "_source": {"excludes": ["terms", vectors.FIELD]},
                "properties": properties,
            },
        },
        "_meta": {"made_by": "escucha", "description": "A view of the ledger: can be deleted and rebuilt."},
    }
    if generation is not None:
        body["index_patterns"] = [f"{alias}-{generation}-*" if generation else f"{alias}-2*"]
        body["priority"] = PRIORITY + 1
        body["template"]["aliases"] = {alias: {}}
    return body


def schema(flavour: Flavour) -> str:
    """Return the hash of everything that decides how a document is indexed."""
    bodies = json.dumps([template(alias, None, flavour) for alias in (POSTS, CASES)], sort_keys=True)
    return hashlib.blake2b(f"{bodies}{_analysis()}{MEANING}".encode(), digest_size=4).hexdigest()


@cache
def _analysis() -> str:
    """Describe the analysis: a changed synonym needs a new generation too."""
    words = [(one, sorted(stop_words(one)), sorted(synonyms(one).items())) for one in stems.LANGUAGES]
    return f"{stems.VERSION} {words}"


def aliases(engine: Engine) -> tuple[str, str]:
    """Return the read aliases of the city's posts and cases."""
    return engine.name(POSTS), engine.name(CASES)


def put_templates(engine: Engine) -> None:
    """Install the templates of all generations."""
    for alias in aliases(engine):
        _put(engine, alias, template(alias, None, engine.flavour))


def put_serving_template(engine: Engine, generation: str) -> None:
    """Install the templates of the served generation, with the read aliases."""
    for alias in aliases(engine):
        _put(engine, f"{alias}-serving", template(alias, generation, engine.flavour))


def delete_serving_template(engine: Engine) -> None:
    """Stop naming new months by the read aliases."""
    _delete(engine, [f"{alias}-serving" for alias in aliases(engine)])


def delete_templates(engine: Engine) -> None:
    """Remove every template of this city from the engine."""
    delete_serving_template(engine)
    _delete(engine, aliases(engine))


def _delete(engine: Engine, names: Sequence[str]) -> None:
    with translate_errors(engine.url):
        for name in names:
            engine.client.options(ignore_status=404).indices.delete_index_template(name=name)


def _put(engine: Engine, name: str, body: Json) -> None:
    with translate_errors(engine.url):
        engine.client.indices.put_index_template(
            name=name, index_patterns=body["index_patterns"], priority=body["priority"], template=body["template"], meta=body["_meta"]
        )


def put_marker_index(engine: Engine) -> None:
    """Create the marker index, or add the fields it lacks."""
    with translate_errors(engine.url):
        if engine.client.indices.exists(index=engine.name(MARKER)):
            engine.client.indices.put_mapping(index=engine.name(MARKER), properties=_MARKER)
            return
        engine.client.options(ignore_status=400).indices.create(  # 400: a concurrent start has just created it
            index=engine.name(MARKER),
            settings={"number_of_shards": 1, "auto_expand_replicas": "0-1"},
            mappings={"dynamic": "strict", "properties": _MARKER},
        )
