"""The columns of a Lens panel: its splits and its numbers, with the formulas taken apart as Lens saves them."""

from typing import Any

from core.i18n.translate import translator
from dashboards.filters import kql
from dashboards.rows import WEEKS_BEFORE
from dashboards.spec.groups import Groups
from dashboards.spec.panel import Layer, Panel, Percentiles

Json = dict[str, Any]

RECORDS = "___records___"


def columns(panel: Panel, layer: Layer, language: str) -> Json:
    """Splits first, then the numbers, as Lens wants them."""
    _ = translator(language, "dashboards")
    is_change = panel.form == "change"
    numbers = _change(layer, language) if is_change else _numbers(panel, layer, language)
    splits = [split for split in layer.split if not (is_change and isinstance(split, Groups))]
    order_by = next(iter(numbers))
    found = {f"by{at}": split.lens_column(order_by, language) for at, split in enumerate(splits)} | numbers
    return {"columns": found, "columnOrder": list(found), "incompleteColumns": {}}


def _number(label: str, operation: str, field: str, **more: Any) -> Json:
    return {
        "label": label, "customLabel": True, "dataType": "number", "operationType": operation, "isBucketed": False,
        "scale": "ratio", "sourceField": field, "params": {"emptyAsNull": False}, **more,
    }  # fmt: skip


def _numbers(panel: Panel, layer: Layer, language: str) -> Json:
    _ = translator(language, "dashboards")
    if layer.measure is not None:
        return _percentiles(layer.measure, language)
    own = [one for one in layer.where if not all(one in other.where for other in panel.layers)]
    only = {"filter": {"query": " and ".join(kql(one) for one in own), "language": "kuery"}} if own else {}
    return {"count": _number(_(layer.name).capitalize(), "count", RECORDS, **only)}


def _percentiles(measure: Percentiles, language: str) -> Json:
    _ = translator(language, "dashboards")
    return {
        "p50": _number(_("median"), "median", measure.field),
        "p90": _number(_("90 %"), "percentile", measure.field, params={"percentile": 90}),
    }


def _change(layer: Layer, language: str) -> Json:
    """This week, the weekly mean before, and the difference: the last two are formulas, taken apart as Lens saves them."""
    groups = next(split for split in layer.split if isinstance(split, Groups))
    week, before = groups.groups
    _ = translator(language, "dashboards")
    this, those = kql(week.condition), kql(before.condition)
    count_this, count_those = f"count(kql='{this}')", f"count(kql='{those}')"
    mean: Json = {"type": "function", "name": "divide", "args": ["beforeX0", WEEKS_BEFORE]}
    rise: Json = {
        "type": "function", "name": "subtract",
        "args": ["riseX0", {"type": "function", "name": "divide", "args": ["riseX1", WEEKS_BEFORE]}],
    }  # fmt: skip
    return {
        "week": _counted(_(week.name), this),
        **_formula("before", _(before.name), f"{count_those} / {WEEKS_BEFORE}", mean, [those]),
        **_formula("rise", _("Change"), f"{count_this} - {count_those} / {WEEKS_BEFORE}", rise, [this, those]),
    }


def _counted(label: str, query: str) -> Json:
    return _number(label, "count", RECORDS, filter={"query": query, "language": "kuery"})


def _formula(key: str, label: str, text: str, ast: Json, queries: list[str]) -> Json:
    part = f"Part of {label}"
    counts = {f"{key}X{at}": _counted(part, query) for at, query in enumerate(queries)}
    column = {"customLabel": True, "dataType": "number", "isBucketed": False, "scale": "ratio"}
    math_key = f"{key}X{len(queries)}"
    located = {**ast, "location": {"min": 0, "max": len(text)}, "text": text}
    math = {
        **column,
        "label": part,
        "operationType": "math",
        "params": {"tinymathAst": located},
        "references": list(counts),
    }
    rounded = {"id": "number", "params": {"decimals": 1}}
    params = {"formula": text, "isFormulaBroken": False, "format": rounded}
    formula = {**column, "label": label, "operationType": "formula", "params": params, "references": [math_key]}
    return {key: formula, **counts, math_key: math}
