"""Name the generations of the index; store which one is served.

A generation is a whole copy of the index, `escucha-posts-g3-1a2b3c4d-2026.11`: its number, and the hash of its schema. The read aliases
point at one generation. The next one is filled beside it and replaces it in one request (`search.index.switch`). A document of the marker
index holds the names of both; it is written only if it was not changed since it was read.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from search.connection.engine import Engine
from search.connection.transport import parse_answer, translate_errors
from search.index.templates import MARKER, aliases, schema

STATE_ID = "generations"
LEGACY = ""
"""Generation of the indices of versions before generations: `escucha-posts-2026.11`."""
_INDEX = re.compile(r"(escucha(?:-[a-z0-9]+)?-(?:posts|cases))-(?:(g\d+-[0-9a-f]{8})-)?(\d{4}\.\d{2})")
CONFLICT = 409


@dataclass(frozen=True)
class Generations:
    """Hold the generation that is read and the one that is filled."""

    serving: str | None
    """None: nothing is served yet; the index is filled for the first time."""
    building: str | None = None
    filled_from: int | None = None
    """The ledger's generation (`ledger.indexing.marker`) that `building` is filled from."""
    revision: tuple[int, int] | None = None
    """Sequence number and primary term of the stored document; None: not stored yet."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the generations that every write goes to; the last one decides."""
        return tuple(one for one in (self.serving, self.building) if one is not None)


def index_name(alias: str, generation: str, month: str) -> str:
    """Return the name of a month's index.

    >>> index_name("escucha-posts", "g3-1a2b3c4d", "2026.11")
    'escucha-posts-g3-1a2b3c4d-2026.11'
    """
    return f"{alias}-{generation}-{month}" if generation else f"{alias}-{month}"


def parse_name(index: str) -> tuple[str, str, str] | None:
    """Return alias, generation and month of an index; None for others.

    >>> parse_name("escucha-posts-2026.11")
    ('escucha-posts', '', '2026.11')
    """
    match = _INDEX.fullmatch(index)
    return (match[1], match[2] or LEGACY, match[3]) if match else None


def months(engine: Engine) -> str:
    """Return the pattern of all our months."""
    return ",".join(f"{alias}-*" for alias in aliases(engine))


def is_current(engine: Engine, generation: str | None) -> bool:
    """Return whether a generation has the schema of this version."""
    return bool(generation) and str(generation).rpartition("-")[2] == schema(engine.flavour)


def indices(engine: Engine) -> list[str]:
    """List our indices of all generations, closed ones too."""
    with translate_errors(engine.url):
        answer = engine.client.indices.get_settings(
            index=months(engine), ignore_unavailable=True, name="index.number_of_shards", expand_wildcards="all"
        )
    return sorted(name for name in answer.body if parse_name(name))


def of_generation(engine: Engine, generation: str) -> list[str]:
    """List the indices of one generation, oldest month first."""
    return [name for name in indices(engine) if (parse_name(name) or ("", None, ""))[1] == generation]


def read_state(engine: Engine) -> Generations:
    """Return which generation is served and which is filled."""
    with translate_errors(engine.url):
        answer = engine.client.options(ignore_status=404).get(index=engine.name(MARKER), id=STATE_ID)
    if answer.meta.status == 404:
        return Generations(serving=LEGACY if of_generation(engine, LEGACY) else None)
    with parse_answer(engine.url):
        source = answer["_source"]
        return Generations(
            serving=source.get("serving"),
            building=source.get("building"),
            filled_from=source.get("filled_from"),
            revision=(int(answer["_seq_no"]), int(answer["_primary_term"])),
        )


def store_state(engine: Engine, state: Generations) -> bool:
    """Store the state; False when it was changed since it was read."""
    names = {"serving": state.serving, "building": state.building, "filled_from": state.filled_from}
    options: dict[str, Any] = {"op_type": "create"}
    if state.revision is not None:
        options = {"if_seq_no": state.revision[0], "if_primary_term": state.revision[1]}
    with translate_errors(engine.url):
        answer = engine.client.options(ignore_status=CONFLICT).index(
            index=engine.name(MARKER),
            id=STATE_ID,
            document={name: value for name, value in names.items() if value is not None},
            refresh=True,
            **options,
        )
    return bool(answer.meta.status != CONFLICT)


def begin(engine: Engine, state: Generations, filled_from: int) -> str | None:
    """Return the generation to fill from the ledger's generation `filled_from`.

    One that is filled already is continued; one with another schema, or of another state of the ledger, is replaced. None: another
    worker changed the `state` since it was read, so the caller has to look again.
    """
    if state.building is not None and is_current(engine, state.building) and state.filled_from == filled_from:
        return state.building
    name = f"g{_last_number(engine, state) + 1}-{schema(engine.flavour)}"
    return name if store_state(engine, replace(state, building=name, filled_from=filled_from)) else None


def _last_number(engine: Engine, state: Generations) -> int:
    names = {(parse_name(name) or ("", LEGACY, ""))[1] for name in indices(engine)}
    names |= {state.serving or LEGACY, state.building or LEGACY}
    return max(int(name[1:].partition("-")[0]) if name else 0 for name in names)
