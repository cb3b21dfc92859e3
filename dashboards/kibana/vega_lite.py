"""Write panels as Vega-Lite for OpenSearch Dashboards.

Each asks the search engine itself.

OpenSearch Dashboards has no Lens. A panel qualifies when it counts records by one or two splits whose parts the engine lists; the
others are on the desk.
"""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.i18n.names import NAMES
from dashboards.filters import Between, Condition, Either, Not, dsl
from dashboards.render.svg import MAIN
from dashboards.render.vega import shade
from dashboards.spec.colours import colours
from dashboards.spec.days import Days
from dashboards.spec.groups import Groups
from dashboards.spec.panel import Layer, Panel
from dashboards.spec.split import NOT_KNOWN, Split
from dashboards.spec.terms import Terms
from dashboards.window import Window

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FORMS = frozenset({"tile", "bars", "days", "grid", "share"})
MOST = 12
"""Bars of ranked values."""


def is_drawn(panel: Panel) -> bool:
    """Return whether the panel can be written for OpenSearch Dashboards."""
    if panel.form not in FORMS or len(panel.layers) != 1 or panel.layers[0].measure is not None:
        return False
    split = panel.layers[0].split
    return all(isinstance(one, Terms | Days) for one in split[:1]) and all(isinstance(one, Terms | Groups) for one in split[1:])


def spec(panel: Panel, index: str, language: str, zone: ZoneInfo) -> Json:
    """Return the chart with its request. The dashboard's period and filters are merged into it by `%context%`."""
    layer = panel.layers[0]
    timed = {"%timefield%": layer.window} if layer.window else {}
    url = {"%context%": True, **timed, "index": index, "body": body(layer, zone)}
    shape = _shape(layer)
    return {
        "$schema": SCHEMA,
        "title": panel.title_in(language),
        "data": {"url": url, "format": {"property": shape}},
        "transform": _transforms(layer, language),
        **_chart(panel, language),
    }


def body(layer: Layer, zone: ZoneInfo) -> Json:
    """Return the request of a layer.

    Times are relative to the moment of the request.
    """
    view = Window(now=datetime(2026, 1, 1, tzinfo=UTC), zone=zone)  # only its zone is used: see `_clause`
    inner: Json = {}
    for split in reversed(layer.split):
        inner = {"by": {**_buckets(split, view), **({"aggs": inner} if inner else {})}}
    kept = {"bool": {"filter": [_clause(one, view) for one in layer.where]}}
    return {"size": 0, "aggs": {layer.key: {"filter": kept, **({"aggs": inner} if inner else {})}}}


def _buckets(split: Split, view: Window) -> Json:
    if not isinstance(split, Groups):
        return split.buckets(view)
    return {"filters": {"filters": {one.key: _clause(one.condition, view) for one in split.groups}}}


def _clause(condition: Condition, view: Window) -> Json:
    """Return the clause of a condition.

    Times are date math in the city's zone.
    """
    match condition:
        case Between():
            day = "/d" if condition.whole_days else ""
            ends = (("gte", condition.oldest), ("lt", condition.newest))
            found = {name: f"now-{days}d{day}" for name, days in ends if days is not None}
            return {"range": {condition.field: {**found, "time_zone": view.zone.key}}}
        case Not():
            return {"bool": {"must_not": [_clause(condition.condition, view)]}}
        case Either():
            return {"bool": {"should": [_clause(one, view) for one in condition.conditions], "minimum_should_match": 1}}
        case _:
            return dsl(condition, view)


def _shape(layer: Layer) -> str:
    return f"aggregations.{layer.key}" + (".by.buckets" if layer.split else "")


def _transforms(layer: Layer, language: str) -> list[Json]:
    """Return the steps from buckets to rows.

    A row has the fields a, b and n.
    """
    if not layer.split:
        return [{"calculate": "datum.doc_count", "as": "n"}]
    first = layer.split[0]
    steps = [{"calculate": _labelled(first, "datum.key_as_string || datum.key", language), "as": "a"}]
    if len(layer.split) == 1:
        return [*steps, {"calculate": "datum.doc_count", "as": "n"}]
    second = layer.split[1]
    if isinstance(second, Groups):
        paths = [f"by.buckets.{group.key}.doc_count" for group in second.groups]
        names = {path: group.key for path, group in zip(paths, second.groups, strict=True)}
        key = "{" + ",".join(f"'{path}':'{name}'" for path, name in names.items()) + "}[datum.path]"
        return [*steps, {"fold": paths, "as": ["path", "n"]}, {"calculate": key, "as": "key2"}, _key_name(second, language)]
    return [
        *steps,
        {"flatten": ["by.buckets"], "as": ["inner"]},
        {"calculate": "datum.inner.doc_count", "as": "n"},
        {"calculate": "datum.inner.key", "as": "key2"},
        _key_name(second, language),
    ]


def _key_name(split: Split, language: str) -> Json:
    return {"calculate": _labelled(split, "datum.key2", language), "as": "b"}


def _labelled(split: Split, key: str, language: str) -> str:
    """Return an expression for the name of a key.

    A key without a name is shown itself.
    """
    names = {one: split.label(one, language) for one in _keys(split)}
    if not names:
        return key
    quoted = ",".join(f"{_quoted(one)}:{_quoted(name)}" for one, name in names.items())
    return "{" + quoted + "}[" + key + "] || (" + key + ")"


def _keys(split: Split) -> list[str]:
    match split:
        case Groups():
            return [group.key for group in split.groups]
        case Terms() if split.names in NAMES:
            return [*NAMES[split.names], *([NOT_KNOWN] if split.unknown else [])]
        case _:
            return []


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _chart(panel: Panel, language: str) -> Json:
    number = {"field": "n", "type": "quantitative"}
    text = {"text": {**number, "format": ",d"}}
    a: Json = {"field": "a", "type": "nominal", "title": None}
    match panel.form:
        case "tile":
            return {"mark": {"type": "text", "fontSize": 48, "color": MAIN}, "encoding": text}
        case "bars":
            encoding = {"y": {**a, "sort": "-x"}, "x": {**number, "title": None}}
            label = {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": text}
            return {"encoding": encoding, "layer": [{"mark": {"type": "bar", "color": MAIN}}, label]}
        case "grid":
            fill = {**number, "scale": {"range": [shade(0), shade(1)]}, "legend": None}
            encoding = {"y": a, "x": {"field": "b", "type": "nominal", "title": None}}
            label = {"mark": {"type": "text", "stroke": "#ffffff", "strokeWidth": 0.3}, "encoding": text}
            return {"encoding": encoding, "layer": [{"mark": "rect", "encoding": {"color": fill}}, label]}
        case "share":
            axis = {**number, "stack": "normalize", "axis": {"format": ".0%"}, "title": None}
            return {"mark": "bar", "encoding": {"y": a, "x": axis, "color": _colour(panel, language), "tooltip": {**number}}}
        case _:
            encoding = {"x": {**a, "sort": None}, "y": {**number, "title": None}, "color": _colour(panel, language), "tooltip": {**number}}
            return {"mark": "bar", "encoding": encoding}


def _colour(panel: Panel, language: str) -> Json:
    axis = panel.axes[1]
    bound = {axis.label(key, language): colour for key, colour in colours(axis).items()}
    scale = {"scale": {"domain": list(bound), "range": list(bound.values())}} if bound else {}
    return {"field": "b", "type": "nominal", "title": None, **scale}
