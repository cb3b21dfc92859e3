"""Generate the page of index fields from templates and records."""

from core.records.annotation import Place
from core.records.read_models import CaseRecord, PostRecord
from search.index.templates import CASES, POSTS, fields
from workshop.reference.tables.fields import sentences
from workshop.reference.tables.markdown import GENERATED, code, table

INTRODUCTION = """\
Two read aliases, one index a month behind each; the mapping is strict: a field that is not listed is refused. Values
are those of the ledger, labels with people's corrections applied. How the engine is used: [search](search.md).
`location` is `lat` and `lon` as a point for maps.
"""


def page() -> str:
    """Return docs/reference/index-fields.md."""
    return "\n".join(
        [
            GENERATED,
            "# Fields of the search index\n",
            INTRODUCTION,
            f"## `{POSTS}`\n",
            _table(PostRecord),
            f"## `{CASES}`\n",
            _table(CaseRecord),
            "## `places` of a post\n",
            "A list of objects, one for each place that the post names.\n",
            _table(Place),
        ]
    )


def _table(record: type[PostRecord] | type[CaseRecord] | type[Place]) -> str:
    meanings = sentences(record)
    rows = []
    for name, mapping in fields(record).items():
        extra = [f"{name}.{one} ({kind['type']})" for one, kind in mapping.get("fields", {}).items()]
        kind = ", ".join([str(mapping["type"]), *extra])
        rows.append((code(name), kind, meanings.get(name, "")))
    return table(("field", "type", "meaning"), rows)
