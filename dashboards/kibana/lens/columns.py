"""Build the columns of a Lens panel: splits, numbers and formulas.

Formulas are split into the parts that Lens saves.
"""

from typing import Any

from core.i18n.translate import translator
from dashboards.filters import kql
from dashboards.rows import mean_of
from dashboards.spec.groups import Groups
from dashboards.spec.panel import Layer, Panel
from dashboards.spec.periods import BEFORE, LENS_SHIFT, NAMES, NOW, Periods

Json = dict[str, Any]

RECORDS = "___records___"


def columns(panel: Panel, layer: Layer, language: str) -> Json:
    """Return the columns, splits first, in the order that Lens requires."""
    is_change = panel.form == "change"
    numbers = _change(panel, layer, language) if is_change else _numbers(panel, layer, language)
    splits = [split for split in layer.split if not (is_change and isinstance(split, Groups | Periods))]
    order_by = next(iter(numbers))
    found = {f"by{at}": split.lens_column(order_by, language) for at, split in enumerate(splits)} | numbers
    return {"columns": found, "columnOrder": list(found), "incompleteColumns": {}, "sampling": 1}


def _number(label: str, operation: str, field: str, **more: Any) -> Json:
    return {
        "label": label,
        "customLabel": True,
        "dataType": "number",
        "operationType": operation,
        "isBucketed": False,
        "scale": "ratio",
        "sourceField": field,
        "params": {"emptyAsNull": False},
        **more,
    }


def _numbers(panel: Panel, layer: Layer, language: str) -> Json:
    _ = translator(language, "dashboards")
    if layer.measure is not None:
        return {
            key: _number(_(label), operation, field, params=params) for key, label, operation, field, params in layer.measure.lens_numbers()
        }
    own = [one for one in layer.where if not all(one in other.where for other in panel.layers)]
    only = {"filter": {"query": " and ".join(kql(one) for one in own), "language": "kuery"}} if own else {}
    name = _(layer.name.capitalize()) if len(panel.layers) == 1 else _(layer.name).capitalize()
    found = {"count": _number(name, "count", RECORDS, **only)}
    if panel.form == "tile" and panel.counts:
        found["before"] = _number(_("28 days before"), "count", RECORDS, timeShift=LENS_SHIFT)
    return found


def _change(panel: Panel, layer: Layer, language: str) -> Json:
    """Return the numbers now and before (or its mean), and their difference."""
    _ = translator(language, "dashboards")
    split = next(one for one in layer.split if isinstance(one, Groups | Periods))
    parts = [one.name for one in split.groups] if isinstance(split, Groups) else [NAMES[NOW], NAMES[BEFORE]]
    keys = [one.key for one in split.groups] if isinstance(split, Groups) else [NOW, BEFORE]
    texts, options = _counts(split)
    weeks = mean_of(panel)
    (now, before), (this, those) = keys, texts
    mean: Json = {"type": "function", "name": "divide", "args": [f"{before}X0", weeks]}
    share: Json = {"type": "function", "name": "divide", "args": ["riseX1", weeks]}
    rise: Json = {"type": "function", "name": "subtract", "args": ["riseX0", share]}
    return {
        now: _number(_(parts[0]), "count", RECORDS, **options[0]),
        **_formula(before, _(parts[1]), f"{those} / {weeks}", mean, [options[1]]),
        **_formula("rise", _("Change"), f"{this} - {those} / {weeks}", rise, options),
    }


def _counts(split: Groups | Periods) -> tuple[list[str], list[Json]]:
    """Return both counts, as text of a formula and as column options."""
    if isinstance(split, Periods):
        return ["count()", f"count(shift='{LENS_SHIFT}')"], [{}, {"timeShift": LENS_SHIFT}]
    queries = [kql(group.condition) for group in split.groups]
    texts = [f"count(kql='{query}')" for query in queries]
    return texts, [{"filter": {"query": query, "language": "kuery"}} for query in queries]


def _formula(key: str, label: str, text: str, ast: Json, counts: list[Json]) -> Json:
    parts = {f"{key}X{at}": _number(label, "count", RECORDS, **options) for at, options in enumerate(counts)}
    column = {"customLabel": True, "dataType": "number", "isBucketed": False, "scale": "ratio"}
    math_key = f"{key}X{len(counts)}"
    located = {**ast, "location": {"min": 0, "max": len(text)}, "text": text}
    math = {**column, "label": label, "operationType": "math", "params": {"tinymathAst": located}, "references": list(parts)}
    rounded = {"id": "number", "params": {"decimals": 1}}
    params = {"formula": text, "isFormulaBroken": False, "format": rounded}
    formula = {**column, "label": label, "operationType": "formula", "params": params, "references": [math_key]}
    return {key: formula, **parts, math_key: math}
