"""Count every panel from the ledger's records in plain Python.

This is the reference that the search engine and Kibana must agree with.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import product

from core.records.read_models import CaseRecord, PostRecord
from dashboards.filters import Condition, holds, of_view
from dashboards.rows import Key, arrange
from dashboards.spec.measures import percentile
from dashboards.spec.panel import Latest, Layer, Panel, Row
from dashboards.window import Window

ReadModel = PostRecord | CaseRecord

__all__ = ["holds", "percentile", "rows", "totals"]


def rows(panel: Panel, posts: Iterable[PostRecord], cases: Iterable[CaseRecord], view: Window) -> list[Row]:
    """Count the rows of a panel, equal to those of `es_query.rows`."""
    records: list[ReadModel] = [*(posts if panel.index == "posts" else cases)]
    if panel.latest is not None:
        return _latest(panel.latest, records, view)
    cells: dict[Key, float | int] = {}
    for layer in panel.layers:
        last = (layer.key,) if len(panel.layers) > 1 else ()
        cells |= {(*key, *last): number for key, number in _cells(layer, records, view)}
    return arrange(panel, cells, view)


def totals(panel: Panel, posts: Iterable[PostRecord], cases: Iterable[CaseRecord], view: Window) -> tuple[int, int] | None:
    """Count the records of both periods, equal to `es_query.totals`.

    Both are seen as of now: a case of the period before that has become overdue since then counts as overdue.
    """
    if not panel.counts or view.before is None:
        return None
    records: list[ReadModel] = [*(posts if panel.index == "posts" else cases)]
    layer = panel.layers[0]
    now, before = (sum(1 for _ in _of_layer(layer, records, view, period)) for period in (view, view.before))
    return now, before


def _counts(record: ReadModel, where: Sequence[Condition], view: Window) -> bool:
    index = "posts" if isinstance(record, PostRecord) else "cases"
    return all(holds(one, record, view) for one in (*where, *of_view(index, view)))


def _in_window(records: Iterable[ReadModel], field: str | None, view: Window) -> Iterator[ReadModel]:
    if field is None:
        yield from records
        return
    start, end = view.start, view.now
    for record in records:
        at: datetime | None = getattr(record, field)
        if at is not None and start <= at < end:
            yield record


def _cells(layer: Layer, records: Sequence[ReadModel], view: Window) -> Iterator[tuple[Key, float | int]]:
    parts: defaultdict[Key, list[ReadModel]] = defaultdict(list)
    for record in _of_layer(layer, records, view, view):
        for key in product(*(split.keys_of(record, view) for split in layer.split)):
            parts[key].append(record)
    for key, some in parts.items():
        if layer.measure is None:
            yield key, len(some)
        else:
            yield from (((*key, name), number) for name, number in layer.measure.expected(some))


def _of_layer(layer: Layer, records: Sequence[ReadModel], view: Window, period: Window) -> Iterator[ReadModel]:
    for record in _in_window(records, layer.window, period):
        if _counts(record, layer.where, view):
            yield record


def _latest(latest: Latest, records: Iterable[ReadModel], view: Window) -> list[Row]:
    found = [one for one in _in_window(records, latest.window, view) if isinstance(one, PostRecord) and _counts(one, latest.where, view)]
    found.sort(key=lambda record: record.post_id)
    found.sort(key=lambda record: getattr(record, latest.order), reverse=True)
    fields = [field for field, _ in latest.columns]
    shown = (record.model_dump(mode="json", include=set(fields)) for record in found[: latest.size])
    return [tuple(record[field] for field in fields) for record in shown]
