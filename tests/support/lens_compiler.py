"""Reads a saved Kibana dashboard as Kibana would: each Lens layer becomes one Elasticsearch request, its answer becomes numbers.

Only what our panels use; anything else is a KeyError, so a panel that grows beyond this is noticed.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from dashboards.panels import Window

Json = dict[str, Any]
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|>=|<=|<|>|:|\(|\)|\*|[\w.]+)')


def parse_kql(text: str, view: Window) -> Json:
    """A subset of KQL: `a: b`, `a: "b c"`, `a: *`, ranges with date math, and, or, not, parentheses."""
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
    """`now`, `now-6d`, `now-6d/d` in the city's time zone, as Kibana's setting dateFormat:tz makes it."""
    days, rounding = re.fullmatch(r"now(?:-(\d+)d)?(/d)?", text).groups()
    back = int(days or 0)
    return view.midnight(back) if rounding else view.now - timedelta(days=back)


def layers(panel: Json, data_views: dict[str, Json], references: list[Json]) -> Iterator[tuple[str, Json, Json]]:
    """Key, state and data view of each layer; a data view is found by names only, as Kibana does."""
    attributes = panel["embeddableConfig"]["attributes"]
    own = {one["name"] for one in attributes["references"]}
    ids = {one["name"].removeprefix(f"{panel['panelIndex']}:"): one["id"] for one in references}
    for key, state in attributes["state"]["datasourceStates"]["formBased"]["layers"].items():
        name = f"indexpattern-datasource-layer-{key}"
        assert name in own
        yield key, state, data_views[ids[name]]


def body(panel: Json, dashboard: Json, state: Json, data_view: Json, view: Window) -> Json:
    """The request of one layer."""
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
        if column["operationType"] not in ("math", "formula")
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
            assert params["interval"] == "1d"
            return {
                "date_histogram": {
                    "field": column["sourceField"],
                    "calendar_interval": "1d",
                    "time_zone": view.zone.key,
                }
            }
        case "filters":
            return {
                "filters": {
                    "filters": {one["label"]: parse_kql(one["input"]["query"], view) for one in params["filters"]}
                }
            }
    raise KeyError(column["operationType"])


def _leaf(column: Json, view: Window) -> Json:
    field = column["sourceField"]
    leaf = {
        "count": lambda: {"value_count": {"field": "_index"}},
        "median": lambda: {"percentiles": {"field": field, "percents": [50]}},
        "percentile": lambda: {"percentiles": {"field": field, "percents": [column["params"]["percentile"]]}},
    }[column["operationType"]]()
    kept = parse_kql(column["filter"]["query"], view) if "filter" in column else {"match_all": {}}
    return {"filter": kept, "aggs": {"it": leaf}}


def numbers(answer: Json, state: Json, view: Window) -> dict[tuple[str, ...], float]:
    """Each number under its keys and the id of its column; formulas are reckoned as the browser would."""
    columns = [(key, state["columns"][key]) for key in state["columnOrder"]]
    splits = [key for key, column in columns if column["isBucketed"]]
    found: dict[tuple[str, ...], float] = {}
    _collect(answer["aggregations"], splits, state["columns"], (), found, view)
    return found


def _collect(aggs: Json, splits: list[str], columns: Json, keys: tuple[str, ...], found: dict, view: Window) -> None:
    if splits:
        buckets = aggs[splits[0]]["buckets"]
        for name, bucket in (
            buckets.items() if isinstance(buckets, dict) else ((_name(b, columns[splits[0]], view), b) for b in buckets)
        ):
            _collect(bucket, splits[1:], columns, (*keys, name), found, view)
        return
    values: dict[str, float] = {}
    for key, column in columns.items():
        if key in aggs:
            counts = column["operationType"] == "count"
            values[key] = aggs[key]["doc_count"] if counts else next(iter(aggs[key]["it"]["values"].values()))
    for key, column in columns.items():
        if column["operationType"] == "formula":
            ast = columns[column["references"][0]]["params"]["tinymathAst"]
            values[key] = _reckon(ast, values)
    found |= {(*keys, key): value for key, value in values.items()}


def _name(bucket: Json, column: Json, view: Window) -> str:
    if column["operationType"] != "date_histogram":
        return bucket["key"]
    return datetime.fromtimestamp(bucket["key"] / 1000, view.zone).date().isoformat()


def _reckon(ast: Any, values: dict[str, float]) -> float:
    if isinstance(ast, int | float):
        return ast
    if isinstance(ast, str):
        return values[ast]
    first, second = (_reckon(one, values) for one in ast["args"])
    return {"divide": lambda: first / second, "subtract": lambda: first - second}[ast["name"]]()
