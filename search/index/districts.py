"""Write the outlines of the city's districts.

Kibana's map joins them to the counts. The index holds nothing else; it can be deleted: the next push of the dashboards fills it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import EscuchaError
from search.connection.engine import Engine
from search.connection.transport import parse_answer, translate_errors
from search.index.fields import KEYWORD

__all__ = ["DISTRICTS", "IndexDifference", "plan_districts", "write_districts"]

Json = dict[str, Any]
Ring = Sequence[tuple[float, float]]
"""Corners as longitude and latitude."""

DISTRICTS = "escucha-districts"
MOST = 10_000
FIELDS: dict[str, Json] = {"name": KEYWORD, "outline": {"type": "geo_shape"}}
REASONS_SHOWN = 3


@dataclass(frozen=True)
class IndexDifference:
    """Hold what differs in the index.

    Documents to write, and ids to delete.
    """

    is_new: bool
    """The index does not exist yet."""
    write: dict[str, Json]
    delete: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.is_new or bool(self.write or self.delete)


def document(name: str, rings: Sequence[Ring]) -> Json:
    """Return the document of a district: its name and its closed rings.

    >>> document("Centro", [[(0, 0), (1, 0), (1, 1)]])["outline"]["coordinates"]
    [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]
    """
    closed = [[[list(corner) for corner in (*ring, *ring[:1][: ring[0] != ring[-1]])]] for ring in rings]
    return {"name": name, "outline": {"type": "MultiPolygon", "coordinates": closed}}


def plan_districts(engine: Engine, areas: Mapping[str, Sequence[Ring]]) -> IndexDifference:
    """Compare the index with these outlines, and change nothing.

    Raises:
        UnavailableError: the engine does not answer.
        EscuchaError: it refused; the message says why.
    """
    wanted = {name: document(name, rings) for name, rings in areas.items()}
    with translate_errors(engine.url):
        answer = engine.client.options(ignore_status=404).search(index=engine.name(DISTRICTS), size=MOST, query={"match_all": {}})
    with parse_answer(engine.url):
        is_new = answer.meta.status == 404
        present = {} if is_new else {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}
    changed = {name: one for name, one in wanted.items() if present.get(name) != one}
    return IndexDifference(is_new, changed, tuple(sorted(present.keys() - wanted.keys())))


def write_districts(engine: Engine, change: IndexDifference) -> None:
    """Apply a change; repeated and concurrent calls are harmless.

    Raises:
        EscuchaError: the engine refused an outline; the others are written.
    """
    if not change:
        return
    with translate_errors(engine.url):
        if change.is_new:
            _create(engine)
        lines: list[Json] = []
        for name, one in change.write.items():
            lines += [{"index": {"_id": name}}, one]
        lines += [{"delete": {"_id": name}} for name in change.delete]
        answer = engine.client.bulk(index=engine.name(DISTRICTS), operations=lines, refresh=True)
    with parse_answer(engine.url):
        items = [one for item in answer["items"] for one in item.values()]
        refused = [f"{one['_id']}: {one['error']['reason']}" for one in items if "error" in one]
    if refused:
        raise EscuchaError(
            f"search engine {engine.url} refused {len(refused)} outlines of districts; correct them in districts.json of the city: "
            + "; ".join(refused[:REASONS_SHOWN])
        )


def _create(engine: Engine) -> None:
    answer = engine.client.options(ignore_status=400).indices.create(
        index=engine.name(DISTRICTS),
        settings={"number_of_shards": 1, "auto_expand_replicas": "0-1"},
        mappings={"dynamic": "strict", "properties": FIELDS},
    )
    if answer.meta.status != 400 or answer["error"]["type"] == "resource_already_exists_exception":
        return  # a concurrent push may have just created it
    # Without its mapping the first document would create the index, with fields that no map can draw.
    raise EscuchaError(f"the search engine refused the index {engine.name(DISTRICTS)}: {answer['error']['reason']}")
