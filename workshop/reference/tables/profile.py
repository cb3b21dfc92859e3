"""Generate the page of the city profile from its models."""

from core.config import plugins
from core.config.city import TABLES, City
from workshop.reference.tables.fields import rows
from workshop.reference.tables.markdown import GENERATED, code, sentence, table

INTRODUCTION = """\
One TOML file for each city (`cities/madrid.toml` runs as it is; `escucha init NAME` writes another). It is checked
before anything is read or written: an unknown key or a wrong value is refused with file, key and what is allowed.
Secrets are never written here, they come from the [environment](environment.md).

How to fill it: [a second city](../how-to/second-city.md), [what is about your city](../how-to/relevance.md),
[thresholds](../how-to/thresholds.md), [a gazetteer](../how-to/gazetteer.md), [what each source reads and
costs](sources.md).

Durations are ISO 8601: `P180D` is 180 days, `PT48H` 48 hours. A default of `[departments] answer_within` and the
`[kinds.KIND]` tables counts working hours, by `[working_hours]`.
"""
REPEATED = {
    "departments": "[[departments]]",
    "working_hours.seasons": "[[working_hours.seasons]]",
    "reports": "[reports.NAME]",
    "kinds": "[kinds.KIND]",
    "webhooks": "[[webhooks]]",
}
ROOMS = (
    ("collectors", "sources", "Sources"),
    ("nlp", "questions", "Questions"),
    ("contact_centre", "contact_centre.options", "Contact centres"),
)
HEADS = ("key", "value", "default", "meaning")


def page() -> str:
    """Return docs/reference/profile.md."""
    lines = [GENERATED, "# The city profile\n", INTRODUCTION, "## Top level\n", _table(City, leave_out=("path",))]
    for name, model in TABLES.items():
        lines += [f"## `{REPEATED.get(name, f'[{name}]')}`\n", f"{sentence(model.__doc__)}\n", _table(model)]
    for room, key, title in ROOMS:
        lines.append(f"## {title}\n")
        for name in plugins.plugin_names(room):
            module = plugins.load_plugin(room, name, room)
            head = f"[{key}]" if room == "contact_centre" else f"[{key}.{name}]"
            lines += [f"### `{head}`: {code(name)}\n", f"{sentence(module.__doc__)}\n", _table(module.Options)]
    return "\n".join(lines)


def _table(model: type, leave_out: tuple[str, ...] = ()) -> str:
    found = [(code(row.name), *row[1:]) for row in rows(model) if row.name not in leave_out]
    return table(HEADS, found) if found else "No keys.\n"
