"""Translate columns of Lens into operations of the Dashboards API."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def filter_of(query: str) -> Json:
    """Return a filter in Kibana's query language."""
    return {"expression": query, "language": "kql"}


def split(column: Json, numbers: Sequence[str]) -> Json:
    """Return the operation that splits records.

    Args:
        column: a bucketed column of `lens.columns`.
        numbers: ids of the chart's numbers, in their order: values are ranked by one of them.

    Raises:
        KeyError: the API has no such operation.
    """
    kind, params = column["operationType"], column["params"]
    head: Json = {"operation": kind, "label": column["label"]}
    match kind:
        case "terms":
            return head | _terms(column, numbers)
        case "date_histogram":
            return head | {
                "field": column["sourceField"],
                "suggested_interval": params["interval"],
                "include_empty_rows": params["includeEmptyRows"],
                "drop_partial_intervals": params["dropPartials"],
            }
        case "filters":
            return head | {"filters": [_filter(one) for one in params["filters"]]}
        case "range":
            return head | {"field": column["sourceField"], "ranges": [_range(one) for one in params["ranges"]]}
    raise KeyError(kind)


def _terms(column: Json, numbers: Sequence[str]) -> Json:
    """Return the values of a field.

    The API includes records without a value only together with a group for all further values; that one stays empty, since the limit is
    above the number of values.
    """
    params = column["params"]
    direction = params["orderDirection"]
    by = params["orderBy"]
    rank = (
        {"type": "metric", "metric_index": numbers.index(by["columnId"]), "direction": direction}
        if by["type"] == "column"
        else {"type": by["type"], "direction": direction}
    )
    unknown = {"other_bucket": {"include_documents_without_field": True}} if params["missingBucket"] else {}
    return {"fields": [column["sourceField"]], "limit": params["size"], "rank_by": rank, **unknown}


def _filter(one: Json) -> Json:
    return {"filter": filter_of(one["input"]["query"]), "label": one["label"]}


def _range(one: Json) -> Json:
    """Return a range.

    Kibana takes `gt` as from (inclusive) and `lte` as to (exclusive).
    """
    ends = {"gt": one["from"], "lte": one["to"]}
    return {"label": one["label"], **{name: end for name, end in ends.items() if end is not None}}


def number(column: Json) -> Json:
    """Return the operation that gives a number.

    Raises:
        KeyError: the API has no such operation.
    """
    kind, params = column["operationType"], column["params"]
    found: Json = {"operation": kind, "label": column["label"]}
    match kind:
        case "count":
            found["empty_as_null"] = params["emptyAsNull"]
        case "sum":
            found |= {"field": column["sourceField"], "empty_as_null": params["emptyAsNull"]}
        case "median":
            found["field"] = column["sourceField"]
        case "percentile":
            found |= {"field": column["sourceField"], "percentile": params["percentile"]}
        case "formula":
            found |= {"formula": params["formula"], "format": _format(params["format"])}
        case _:
            raise KeyError(kind)
    if "filter" in column:
        found["filter"] = filter_of(column["filter"]["query"])
    if "timeShift" in column:
        found["time_shift"] = column["timeShift"]
    return found


def _format(one: Json) -> Json:
    return {"type": one["id"], **one["params"]}
