"""Bring the mapping of existing months up to ours: a template serves new indices only, and a strict one refuses new fields."""

import logging
from typing import Any

from core.errors import EscuchaError
from search.engine import Engine
from search.transport import parse_answer, translate_errors

log = logging.getLogger("escucha")

Json = dict[str, Any]


def bring_up_to_date(engine: Engine, alias: str, wanted: Json) -> None:
    """Put the fields that an older Escucha did not have into every index behind this alias.

    Raises:
        EscuchaError: a field has another type there; only building the view again helps.
    """
    with translate_errors(engine.url):
        answer = engine.client.indices.get_mapping(index=f"{alias}-*", ignore_unavailable=True)
    for index, found in sorted(answer.body.items()):
        with parse_answer(engine.url):
            present = found["mappings"].get("properties", {})
        if changed := conflicts(present, wanted):
            raise EscuchaError(
                f"search engine {engine.url}: {index} has {', '.join(changed)} of another type than this Escucha; "
                "build the view again with `escucha index --rebuild`"
            )
        if missing := additions(present, wanted):
            with translate_errors(engine.url):
                engine.client.indices.put_mapping(index=index, properties=missing)
            log.info("index: %s takes new fields: %s", index, ", ".join(missing))


def additions(present: Json, wanted: Json) -> Json:
    """What has to be put so that all wanted fields are there, in the form of a mapping's `properties`."""
    missing: Json = {}
    for name, ours in wanted.items():
        theirs = present.get(name)
        if theirs is None:
            missing[name] = ours
        elif more := additions(theirs.get("properties", {}), ours.get("properties", {})):
            missing[name] = {"properties": more}
        elif ours.get("fields", {}).keys() - theirs.get("fields", {}).keys():
            missing[name] = ours
    return missing


def conflicts(present: Json, wanted: Json, path: str = "") -> list[str]:
    """Names of the fields that have another type; no type at all means object."""
    found = []
    for name, ours in wanted.items():
        theirs = present.get(name)
        if theirs is None:
            continue
        if theirs.get("type", "object") != ours.get("type", "object"):
            found.append(f"{path}{name}")
        found += conflicts(theirs.get("properties", {}), ours.get("properties", {}), f"{path}{name}.")
    return found
