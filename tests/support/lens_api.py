"""Read a panel of the Dashboards API back as the Lens panel that Kibana makes of it.

Written from the published form of the API, not from our translation: what Kibana draws is then evaluated by `lens_compiler`. Only what
our panels use is supported; anything else is a KeyError.
"""

from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]


def layers(config: Json) -> Iterator[tuple[str, list[Json], list[Json]]]:
    """Yield data view, splits and numbers of each layer, splits as Kibana nests them."""
    match config["type"]:
        case "xy":
            for one in config["layers"]:
                splits = [one["x"], *([one["breakdown_by"]] if "breakdown_by" in one else [])]
                yield one["data_source"]["ref_id"], splits, one["y"]
        case "heatmap":
            yield config["data_source"]["ref_id"], [config["y"], config["x"]], [config["metric"]]
        case "data_table":
            yield config["data_source"]["ref_id"], config["rows"], config["metrics"]
        case "metric":
            yield config["data_source"]["ref_id"], [], config["metrics"]
        case other:
            raise KeyError(other)


def state(splits: Sequence[Json], numbers: Sequence[Json], ids: Sequence[str]) -> Json:
    """Return the layer as Lens keeps it; `ids` name the numbers, which have none in the API."""
    assert len(ids) == len(numbers)
    columns = {f"by{at}": _split(one) for at, one in enumerate(splits)}
    for key, one in zip(ids, numbers, strict=True):
        columns |= _number(key, one)
    return {"columns": columns, "columnOrder": list(columns)}


def as_panel(config: Json) -> Json:
    """Return what `lens_compiler.body` reads of a panel besides its layers."""
    query = config.get("query", {"expression": ""})["expression"]
    return {"embeddableConfig": {"attributes": {"state": {"query": {"query": query}}}}}


def _split(one: Json) -> Json:
    kind = one["operation"]
    match kind:
        case "terms":
            by = {"metric": "column"}.get(one["rank_by"]["type"], one["rank_by"]["type"])
            unknown = one.get("other_bucket", {}).get("include_documents_without_field", False)
            params = {"size": one["limit"], "orderBy": {"type": by}, "missingBucket": unknown}
            (field,) = one["fields"]
            return {"isBucketed": True, "operationType": kind, "sourceField": field, "params": params}
        case "date_histogram":
            params = {"interval": one["suggested_interval"]}
        case "range":
            ranges = [{"from": r.get("gt"), "to": r.get("lte"), "label": r["label"]} for r in one["ranges"]]
            params = {"type": "range", "ranges": ranges}
        case "filters":
            filters = [{"input": {"query": f["filter"]["expression"]}, "label": f["label"]} for f in one["filters"]]
            return {"isBucketed": True, "operationType": kind, "params": {"filters": filters}}
    return {"isBucketed": True, "operationType": kind, "sourceField": one["field"], "params": params}


def _number(key: str, one: Json) -> dict[str, Json]:
    if one["operation"] == "formula":
        return _formula(key, one["formula"])
    column: Json = {
        "isBucketed": False, "operationType": one["operation"], "sourceField": one.get("field", "___records___"),
        "params": {"percentile": one["percentile"]} if one["operation"] == "percentile" else {},
    }  # fmt: skip
    if "filter" in one:
        column["filter"] = {"query": one["filter"]["expression"]}
    if "time_shift" in one:
        column["timeShift"] = one["time_shift"]
    return {key: column}


def _formula(key: str, text: str) -> dict[str, Json]:
    """Parse `count(...) / n` or `count(...) - count(...) / n`, as Kibana's tinymath does."""
    *first, last = text.split(" - ")
    divided, weeks = last.rsplit(" / ", 1)
    share = {"name": "divide", "args": [f"{key}X{len(first)}", int(weeks)]}
    ast = {"name": "subtract", "args": [f"{key}X0", share]} if first else share
    parts = {f"{key}X{at}": _count(one) for at, one in enumerate([*first, divided])}
    math = {"isBucketed": False, "operationType": "math", "params": {"tinymathAst": ast}, "references": [*parts]}
    formula = {"isBucketed": False, "operationType": "formula", "params": {}, "references": [f"{key}Xmath"]}
    return {key: formula, **parts, f"{key}Xmath": math}


def _count(text: str) -> Json:
    inside = text.removeprefix("count(").removesuffix(")")
    column: Json = {"isBucketed": False, "operationType": "count", "sourceField": "___records___", "params": {}}
    if inside.startswith("kql='"):
        column["filter"] = {"query": inside.removeprefix("kql='").removesuffix("'")}
    elif inside.startswith("shift='"):
        column["timeShift"] = inside.removeprefix("shift='").removesuffix("'")
    else:
        assert inside == "", text
    return column
