"""Switch the read aliases to a filled generation of the index.

The read aliases change in one request: a query sees the old generation whole, or the new one whole. Only the holder of the ledger's lease
calls this; after a kill at any point the next holder continues.
"""

import logging
from dataclasses import replace

from core.runtime.failpoints import failpoint
from search.connection.engine import Engine
from search.connection.transport import translate_errors
from search.index import mapping
from search.index.generations import LEGACY, index_name, indices, is_current, months, of_generation, parse_name, read_state, store_state
from search.index.templates import (
    aliases,
    delete_serving_template,
    mapped_fields,
    put_marker_index,
    put_serving_template,
    put_templates,
    schema,
)

log = logging.getLogger("escucha")

NAMES_PER_REQUEST = 50
"""Index names in one URL: a request line is limited to 4 KB."""


def prepare(engine: Engine) -> None:
    """Install the templates and the marker index.

    Repeated calls are harmless. The template of the served generation comes first: without it, a new month would have no alias.
    """
    put_marker_index(engine)
    state = read_state(engine)
    if state.serving is not None:
        put_serving_template(engine, state.serving)
    else:
        delete_serving_template(engine)  # of indices that were deleted: the first generation may have the same name
    put_templates(engine)


def install(engine: Engine) -> None:
    """Prepare an engine; one that serves nothing serves an empty generation."""
    prepare(engine)
    state = read_state(engine)
    if state.serving is None and state.building is None:
        store_state(engine, replace(state, serving=f"g1-{schema(engine.flavour)}"))
        put_serving_template(engine, read_state(engine).serving or LEGACY)
    update_mappings(engine)


def update_mappings(engine: Engine) -> None:
    """Add missing fields to the months that are read.

    A generation with another schema gets what it can take: it is read until the next one is filled.

    Raises:
        EscuchaError: a field of the current generation has another type; only a rebuild helps.
    """
    state = read_state(engine)
    for name in of_generation(engine, state.serving) if state.serving is not None else []:
        alias = (parse_name(name) or ("", "", ""))[0]
        wanted = mapped_fields(alias, engine.flavour)
        mapping.update_mapping(engine, name, wanted, is_replaced=not is_current(engine, state.serving))


def switch(engine: Engine, generation: str) -> bool:
    """Serve this generation; False when another one was begun meanwhile."""
    while True:
        state = read_state(engine)
        if state.serving == generation:
            break
        if state.building != generation:
            return False
        delete_serving_template(engine)  # a month that the old one gets from now on must not be read beside the new one
        failpoint("index.generation.unlisted")
        point_aliases(engine, generation)
        failpoint("index.generation.switched")
        if store_state(engine, replace(state, serving=generation, building=None, filled_from=None)):
            break
    repair(engine)
    return True


def repair(engine: Engine) -> None:
    """Set the aliases to exactly the served generation; drop the others.

    A generation that is being filled stays.
    """
    state = read_state(engine)
    if state.serving is None:
        return
    put_serving_template(engine, state.serving)
    failpoint("index.generation.listed")
    point_aliases(engine, state.serving)
    drop([name for name in indices(engine) if (parse_name(name) or ("", "", ""))[1] not in state.targets], engine)
    failpoint("index.generation.dropped")


def point_aliases(engine: Engine, generation: str) -> None:
    """Set the read aliases to the indices of one generation, atomically."""
    with translate_errors(engine.url):
        found = engine.client.options(ignore_status=404).indices.get_alias(name=",".join(aliases(engine))).body
    named = {(name, alias) for name, one in found.items() if isinstance(one, dict) for alias in one.get("aliases", {}) if parse_name(name)}
    wanted = {(name, (parse_name(name) or ("", "", ""))[0]) for name in of_generation(engine, generation)}
    actions = [{"remove": {"index": name, "alias": alias}} for name, alias in sorted(named - wanted)]
    actions += [{"add": {"index": name, "alias": alias}} for name, alias in sorted(wanted - named)]
    if actions:
        with translate_errors(engine.url):
            engine.client.indices.update_aliases(actions=actions)


def drop(names: list[str], engine: Engine) -> None:
    """Delete these indices by name: many sites forbid deletion by pattern."""
    for start in range(0, len(names), NAMES_PER_REQUEST):
        some = ",".join(names[start : start + NAMES_PER_REQUEST])
        with translate_errors(engine.url):
            engine.client.indices.delete(index=some, ignore_unavailable=True, expand_wildcards="all")


def drop_months(engine: Engine, alias: str, gone: set[str]) -> None:
    """Drop these months of every generation that is written."""
    state = read_state(engine)
    present = set(indices(engine))
    drop(sorted({index_name(alias, one, month) for one in state.targets for month in gone} & present), engine)


def whole_months(engine: Engine) -> tuple[str, int, int]:
    """Return the served generation, its months, and how many are whole.

    A month is whole when it has the mapping of this version and the read alias names it.
    """
    state = read_state(engine)
    if state.serving is None:
        return "none", 0, 0
    names = of_generation(engine, state.serving)
    if not names:
        return state.serving or "older than generations", 0, 0
    with translate_errors(engine.url):
        found = engine.client.indices.get(index=months(engine), expand_wildcards="all").body
    whole = 0
    for name in names:
        alias = (parse_name(name) or ("", "", ""))[0]
        wanted, present = mapped_fields(alias, engine.flavour), found.get(name, {})
        fields = present.get("mappings", {}).get("properties", {})
        fits = not mapping.additions(fields, wanted) and not mapping.conflicts(fields, wanted)
        whole += is_current(engine, state.serving) and fits and alias in present.get("aliases", {})
    return state.serving or "older than generations", len(names), whole
