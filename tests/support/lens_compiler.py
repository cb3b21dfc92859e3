"""Evaluate a saved Kibana dashboard like Kibana.

Each Lens layer becomes one Elasticsearch request, its response becomes numbers. Only what our panels use is supported; anything else
is a KeyError, so a panel that grows beyond this is noticed.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from dashboards.panels import Window

Json = dict[str, Any]
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|>=|<=|<|>|:|\(|\)|\*|[\w.]+)')


def parse_kql(text: str, view: Window) -> Json:
    """Parse a subset of KQL.

    `a: b`, `a: "b c"`, `a: *`, ranges with date math, and, or, not, parentheses.
    """
    if not text:
        return {"match_all": {}}
    tokens = TOKEN.findall(text)
    assert "".join(tokens).replace(" ", "") == text.replace(" ", ""), f"not all of {text!r} was read"
    query, rest = _either(tokens, view)
    assert rest == [], f"{rest} is left of {text!r}"
    return query


def _either(tokens: list[str], view: Window) -> tuple[Json, list[str]]:
    found, rest = _both(tokens, view)
    parts = [found]
    while rest and rest[0] == "or":
        found, rest = _both(rest[1:], view)
        parts.append(found)
    return (parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}), rest


def _both(tokens: list[str], view: Window) -> tuple[Json, list[str]]:
    found, rest = _one(tokens, view)
    parts = [found]
    while rest and rest[0] == "and":
        found, rest = _one(rest[1:], view)
        parts.append(found)
    return (parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}), rest


def _one(tokens: list[str], view: Window) -> tuple[Json, list[str]]:
    if tokens[0] == "not":
        found, rest = _one(tokens[1:], view)
        return {"bool": {"must_not": [found]}}, rest
    if tokens[0] == "(":
        found, rest = _either(tokens[1:], view)
        assert rest[0] == ")"
        return found, rest[1:]
    field, sign, value, *rest = tokens
    if sign != ":":
        return {"range": {field: {{">=": "gte", "<": "lt"}[sign]: date_math(value.strip('"'), view).isoformat()}}}, rest
    if value == "*":
        return {"exists": {"field": field}}, rest
    typed = {"true": True, "false": False}[value] if value in ("true", "false") else value.strip('"')
    return {"match_phrase": {field: typed}} if isinstance(typed, str) else {"term": {field: typed}}, rest


def date_math(text: str, view: Window) -> datetime:
    """Evaluate `now`, `now-6d` or `now-6d/d` in the city's time zone.

    As Kibana does by its setting dateFormat:tz.
    """
    found = re.fullmatch(r"now(?:-(\d+)d)?(/d)?", text)
    assert found is not None, f"{text!r} is no date of Kibana"
    days, rounding = found.groups()
    back = int(days or 0)
    return view.midnight(back) if rounding else view.now - timedelta(days=back)


def layers(panel: Json, data_views: dict[str, Json], references: list[Json]) -> Iterator[tuple[str, Json, Json]]:
    """Return key, state and data view of each layer.

    A data view is found by name only, as in Kibana.
    """
    attributes = panel["embeddableConfig"]["attributes"]
    own = {one["name"] for one in attributes["references"]}
    ids = {one["name"].removeprefix(f"{panel['panelIndex']}:"): one["id"] for one in references}
    for key, state in attributes["state"]["datasourceStates"]["formBased"]["layers"].items():
        name = f"indexpattern-datasource-layer-{key}"
        assert name in own
        yield key, state, data_views[ids[name]]


def body(panel: Json, dashboard: Json, state: Json, data_view: Json, view: Window, shifted: bool = False) -> Json:
    """Build the request of one layer: of its numbers without a time shift, or of those with one.

    For the latter `view` is the earlier period, as Kibana shifts the whole time range.
    """
    conditions = [parse_kql(panel["embeddableConfig"]["attributes"]["state"]["query"]["query"], view)]
    if "timeFieldName" in data_view:
        ends = {"gte": date_math(dashboard["timeFrom"], view), "lte": date_math(dashboard["timeTo"], view)}
        conditions.append({"range": {data_view["timeFieldName"]: {name: at.isoformat() for name, at in ends.items()}}})
    columns = [(key, state["columns"][key]) for key in state["columnOrder"]]
    splits = [one for one in columns if one[1]["isBucketed"]]
    numbers = {key: column for key, column in columns if not column["isBucketed"]}
    leaves = {
        key: _leaf(column, view)
        for key, column in numbers.items()
        if column["operationType"] not in ("math", "formula") and ("timeShift" in column) == shifted
    }
    runtime = json.loads(data_view.get("runtimeFieldMap", "{}"))
    aggs = leaves
    for key, column in reversed(splits):
        aggs = {key: {**_bucket(column, view, runtime), "aggs": aggs}}
    return {"size": 0, "query": {"bool": {"filter": conditions}}, "aggs": aggs}


def _bucket(column: Json, view: Window, runtime: Json) -> Json:
    params = column["params"]
    match column["operationType"]:
        case "terms":
            if column["sourceField"] in runtime:
                # Kibana sends `runtime_mappings`, which OpenSearch lacks: the same script as the values of the aggregation.
                assert (params["orderBy"]["type"], params["missingBucket"]) == ("alphabetical", False)
                source = runtime[column["sourceField"]]["script"]["source"].replace("emit(", "return (")
                return {"terms": {"script": {"source": source}, "size": params["size"], "order": {"_key": "asc"}}}
            # Which column the values are ordered by matters only when some are left out: size is above all there are.
            assert params["orderBy"]["type"] == "column"
            missing = {"missing": "__missing__"} if params["missingBucket"] else {}
            return {"terms": {"field": column["sourceField"], "size": params["size"], **missing}}
        case "date_histogram":
            assert params["interval"] in ("1d", "1M")
            return {
                "date_histogram": {
                    "field": column["sourceField"],
                    "calendar_interval": params["interval"],
                    "min_doc_count": 1,
                    "time_zone": view.zone.key,
                }
            }
        case "range":
            assert params["type"] == "range"
            ranges = [
                {"key": one["label"], **{end: one[end] for end in ("from", "to") if one[end] is not None}} for one in params["ranges"]
            ]
            return {"range": {"field": column["sourceField"], "ranges": ranges}}
        case "filters":
            return {"filters": {"filters": {one["label"]: parse_kql(one["input"]["query"], view) for one in params["filters"]}}}
    raise KeyError(column["operationType"])


def _leaf(column: Json, view: Window) -> Json:
    field = column["sourceField"]
    leaves: dict[str, Callable[[], Json]] = {
        "count": lambda: {"value_count": {"field": "_index"}},
        "sum": lambda: {"sum": {"field": field}},
        "median": lambda: {"percentiles": {"field": field, "percents": [50]}},
        "percentile": lambda: {"percentiles": {"field": field, "percents": [column["params"]["percentile"]]}},
    }
    leaf = leaves[column["operationType"]]()
    kept = parse_kql(column["filter"]["query"], view) if "filter" in column else {"match_all": {}}
    return {"filter": kept, "aggs": {"it": leaf}}


def has_shift(state: Json) -> bool:
    """Tell whether a number of the layer has a time shift."""
    return any("timeShift" in column for column in state["columns"].values())


def numbers(answers: list[Json], state: Json, view: Window) -> dict[tuple[str, ...], float]:
    """Return each number under its keys and the id of its column.

    `answers` are those to the request without a shift and, if there is one, to the shifted one. Formulas are evaluated as in the
    browser; a part that is in one answer only counts as zero in the other.
    """
    columns = [(key, state["columns"][key]) for key in state["columnOrder"]]
    splits = [key for key, column in columns if column["isBucketed"]]
    found: dict[tuple[str, ...], float] = {}
    for answer in answers:
        _collect(answer["aggregations"], splits, state["columns"], (), found, view)
    formulas = {key: column for key, column in columns if column["operationType"] == "formula"}
    for keys in {one[:-1] for one in found}:
        counted = {key: found.get((*keys, key), 0) for key, _ in columns}
        for key, column in formulas.items():
            ast = state["columns"][column["references"][0]]["params"]["tinymathAst"]
            found[*keys, key] = _reckon(ast, counted)
    return found


def _collect(
    aggs: Json, splits: list[str], columns: Json, keys: tuple[str, ...], found: dict[tuple[str, ...], float], view: Window
) -> None:
    if splits:
        buckets = aggs[splits[0]]["buckets"]
        for name, bucket in buckets.items() if isinstance(buckets, dict) else ((_name(b, columns[splits[0]], view), b) for b in buckets):
            _collect(bucket, splits[1:], columns, (*keys, name), found, view)
        return
    values: dict[str, float] = {}
    for key, column in columns.items():
        if key in aggs:
            counts = column["operationType"] == "count"
            values[key] = aggs[key]["doc_count"] if counts else _value(aggs[key]["it"])
    found |= {(*keys, key): value for key, value in values.items()}


def _value(leaf: Json) -> float:
    value: float = leaf["value"] if "value" in leaf else next(iter(leaf["values"].values()))
    return value


def _name(bucket: Json, column: Json, view: Window) -> str:
    if column["operationType"] != "date_histogram":
        return str(bucket["key"])
    day = datetime.fromtimestamp(bucket["key"] / 1000, view.zone).date().isoformat()
    return day if column["params"]["interval"] == "1d" else day[:7]


def _reckon(ast: Any, values: dict[str, float]) -> float:
    if isinstance(ast, int | float):
        return ast
    if isinstance(ast, str):
        return values[ast]
    first, second = (_reckon(one, values) for one in ast["args"])
    return {"divide": lambda: first / second, "subtract": lambda: first - second}[ast["name"]]()
