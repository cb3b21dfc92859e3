"""Build a panel's search request and convert the answer into rows."""

from collections.abc import Iterator, Sequence
from typing import Any

from dashboards.filters import dsl, of_view
from dashboards.rows import Cells, Key, arrange
from dashboards.spec.measures import EXACT_VALUES
from dashboards.spec.panel import Latest, Measure, Panel, Row
from dashboards.spec.periods import Periods
from dashboards.spec.split import Split
from dashboards.window import Window

Json = dict[str, Any]

BEFORE = "_before"
"""Aggregation of the number of records in the comparison period."""


def body(panel: Panel, view: Window) -> Json:
    """Build the search request of a panel.

    It uses only aggregations that every supported engine has. The query keeps what all layers need, so that the engine passes over
    other documents only once.
    """
    if panel.latest is not None:
        return _latest(panel, panel.latest, view)
    common = [one for one in panel.layers[0].where if all(one in layer.where for layer in panel.layers)]
    aggregations: Json = {}
    for layer in panel.layers:
        own = [dsl(one, view) for one in layer.where if one not in common]
        inner = _split(layer.split, layer.measure, view)
        kept = {"bool": {"filter": [*own, *_in(layer.window, view)]}}
        aggregations[layer.key] = {"filter": kept, **({"aggs": inner} if inner else {})}
    before = view.before if panel.counts else None
    if before is not None:
        aggregations[BEFORE] = {"filter": {"bool": {"filter": _in(panel.layers[0].window, before)}}}
    wanted = [*(dsl(one, view) for one in [*common, *of_view(panel.index, view)]), *_in_either(panel, view)]
    return {"size": 0, "track_total_hits": False, "query": {"bool": {"filter": wanted}}, "aggs": aggregations}


def _in_either(panel: Panel, view: Window) -> list[Json]:
    """Return the range of both periods, where all layers share it."""
    compared = (split.field for split in panel.layers[0].split if isinstance(split, Periods))
    windows = {layer.window or next(compared, None) for layer in panel.layers}
    (window,) = windows if len(windows) == 1 else (None,)
    if window is None:
        return []
    starts = view.before or view
    return [{"range": {window: {"gte": starts.start.isoformat(), "lt": view.now.isoformat()}}}]


def totals(panel: Panel, response: Json, view: Window) -> tuple[int, int] | None:
    """Return the records of both periods; None without a comparison."""
    if not panel.counts or view.before is None:
        return None
    aggregations = response.get("aggregations", {})
    now, before = (aggregations.get(key, {}).get("doc_count", 0) for key in (panel.layers[0].key, BEFORE))
    return int(now), int(before)


def _latest(panel: Panel, latest: Latest, view: Window) -> Json:
    where = [*latest.where, *of_view(panel.index, view)]
    return {
        "size": latest.size,
        "track_total_hits": False,
        "_source": [field for field, _ in latest.columns],
        "query": {"bool": {"filter": [*(dsl(one, view) for one in where), *_in(latest.window, view)]}},
        "sort": [{latest.order: "desc"}, {"post_id": "asc"}],
    }


def _in(window: str | None, view: Window) -> list[Json]:
    span = {"gte": view.start.isoformat(), "lt": view.now.isoformat()}
    return [] if window is None else [{"range": {window: span}}]


def _split(splits: Sequence[Split], measure: Measure | None, view: Window) -> Json:
    if not splits:
        return measure.aggregations() if measure else {}
    inner = _split(splits[1:], measure, view)
    return {"by": {**splits[0].buckets(view), **({"aggs": inner} if inner else {})}}


def rows(panel: Panel, response: Json, view: Window) -> list[Row]:
    """Convert the engine's answer into the rows of the panel.

    An engine without any index answers without aggregations.
    """
    if panel.latest is not None:
        fields = [field for field, _ in panel.latest.columns]
        return [tuple(hit["_source"].get(field) for field in fields) for hit in response["hits"]["hits"]]
    aggregations = response.get("aggregations", {})
    cells: dict[Key, float | int] = {}
    for layer in panel.layers:
        last = (layer.key,) if len(panel.layers) > 1 else ()
        found = aggregations.get(layer.key)
        if found is not None:
            for key, number in _cells(found, layer.split, layer.measure, (), view):
                cells[*key, *last] = cells.get((*key, *last), 0) + number  # a folded split has several buckets per key
    return arrange(panel, cells, view)


def _cells(found: Json, splits: Sequence[Split], measure: Measure | None, key: Key, view: Window) -> Iterator[tuple[Key, float | int]]:
    if splits:
        for name, bucket in splits[0].parts(found["by"]["buckets"], view):
            yield from _cells(bucket, splits[1:], measure, (*key, name), view)
    elif measure is None:
        if found["doc_count"]:
            yield key, found["doc_count"]
    else:
        for name, number in measure.numbers(found):
            yield (*key, name), number


__all__ = ["EXACT_VALUES", "Cells", "body", "rows", "totals"]
