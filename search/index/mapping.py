"""Update the mapping of existing monthly indices to the current fields.

A template applies to new indices only, and a strict mapping rejects new fields.
"""

import logging
from typing import Any

from core.errors import EscuchaError
from search.connection.engine import Engine
from search.connection.transport import parse_answer, translate_errors

log = logging.getLogger("escucha")

Json = dict[str, Any]


def update_mapping(engine: Engine, index: str, wanted: Json, is_replaced: bool) -> None:
    """Add missing fields to one index.

    `is_replaced`: a generation with another schema is filled to replace it, so fields that it cannot take are left out.

    Raises:
        EscuchaError: a field has another type there; only a rebuild of the index helps.
    """
    with translate_errors(engine.url):
        answer = engine.client.options(ignore_status=404).indices.get_mapping(index=index, expand_wildcards="all")
    if answer.meta.status == 404:  # dropped meanwhile
        return
    with parse_answer(engine.url):
        present = answer.body[index]["mappings"].get("properties", {})
    changed = conflicts(present, wanted)
    if changed and not is_replaced:
        raise EscuchaError(
            f"search engine {engine.url}: {index} has {', '.join(changed)} of another type than this version of Escucha; "
            "rebuild the index with `escucha index --rebuild`"
        )
    missing = additions(present, {name: one for name, one in wanted.items() if name not in changed})
    if missing:
        _put(engine, index, missing, is_replaced)


def _put(engine: Engine, index: str, missing: Json, is_replaced: bool) -> None:
    for name, one in missing.items():  # one by one: an older index lacks the analyzers of some
        with translate_errors(engine.url):
            client = engine.client.options(ignore_status=400) if is_replaced else engine.client
            client.indices.put_mapping(index=index, properties={name: one})
    log.info("index: added fields to %s: %s", index, ", ".join(missing))


def additions(present: Json, wanted: Json) -> Json:
    """Return the missing fields in the form of a mapping's `properties`.

    >>> additions({"text": {"type": "text"}}, {"text": {"type": "text"}, "spam": {"type": "boolean"}})
    {'spam': {'type': 'boolean'}}
    """
    missing: Json = {}
    for name, wanted_field in wanted.items():
        present_field = present.get(name)
        if present_field is None:
            missing[name] = wanted_field
        elif more := additions(present_field.get("properties", {}), wanted_field.get("properties", {})):
            missing[name] = {"properties": more}
        elif wanted_field.get("fields", {}).keys() - present_field.get("fields", {}).keys():
            missing[name] = wanted_field
    return missing


def conflicts(present: Json, wanted: Json, path: str = "") -> list[str]:
    """List the fields whose type differs; no type at all means object.

    >>> conflicts({"score": {"type": "long"}}, {"score": {"type": "float"}})
    ['score']
    """
    found = []
    for name, wanted_field in wanted.items():
        present_field = present.get(name)
        if present_field is None:
            continue
        if present_field.get("type", "object") != wanted_field.get("type", "object"):
            found.append(f"{path}{name}")
        found += conflicts(present_field.get("properties", {}), wanted_field.get("properties", {}), f"{path}{name}.")
    return found
