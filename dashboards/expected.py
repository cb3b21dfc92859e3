"""The numbers of every panel counted from the ledger's facts in plain Python: what the search engine and Kibana must agree with."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import product

from core.read_models import CaseRecord, PostRecord
from dashboards.filters import Condition, holds
from dashboards.rows import Key, arrange
from dashboards.spec.panel import Latest, Layer, Panel, Row
from dashboards.window import Window

Fact = PostRecord | CaseRecord


def rows(panel: Panel, posts: Iterable[PostRecord], cases: Iterable[CaseRecord], view: Window) -> list[Row]:
    """The rows of a panel, as `es_query.rows` gives them from the engine."""
    facts: list[Fact] = [*(posts if panel.index == "posts" else cases)]
    if panel.latest is not None:
        return _latest(panel.latest, facts, view)
    cells: dict[Key, float | int] = {}
    for layer in panel.layers:
        last = (layer.key,) if len(panel.layers) > 1 else ()
        cells |= {(*key, *last): number for key, number in _cells(layer, facts, view)}
    return arrange(panel, cells, view)


def _counts(fact: Fact, where: Sequence[Condition], view: Window) -> bool:
    return (view.replay or not fact.replay) and all(holds(one, fact, view) for one in where)


def _in_window(fact: Fact, field: str | None, view: Window) -> bool:
    if field is None:
        return True
    at: datetime | None = getattr(fact, field)
    return at is not None and view.start <= at < view.now


def _cells(layer: Layer, facts: Sequence[Fact], view: Window) -> Iterator[tuple[Key, float | int]]:
    counted: Counter[Key] = Counter()
    values: defaultdict[Key, list[float]] = defaultdict(list)
    for fact in facts:
        if not _in_window(fact, layer.window, view) or not _counts(fact, layer.where, view):
            continue
        for key in product(*(split.keys_of(fact, view) for split in layer.split)):
            counted[key] += 1
            if layer.measure is not None and getattr(fact, layer.measure.field) is not None:
                values[key].append(getattr(fact, layer.measure.field))
    if layer.measure is None:
        yield from counted.items()
        return
    for key, numbers in values.items():
        for percent in layer.measure.percents:
            yield (*key, layer.measure.key(percent)), percentile(sorted(numbers), percent)


def _latest(latest: Latest, facts: Iterable[Fact], view: Window) -> list[Row]:
    found = [fact for fact in facts if isinstance(fact, PostRecord) and _counts(fact, latest.where, view)]
    found.sort(key=lambda fact: fact.post_id)
    found.sort(key=lambda fact: getattr(fact, latest.order), reverse=True)
    fields = [field for field, _ in latest.columns]
    shown = (fact.model_dump(mode="json", include=set(fields)) for fact in found[: latest.size])
    return [tuple(fact[field] for field in fields) for fact in shown]


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value below which `percent` of the ordered values lie, straight between the two nearest, as Elasticsearch counts it."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
