"""Generate the page of typed searches from fields and examples."""

from core.i18n.languages import interface_languages
from core.i18n.names import NAMES
from portal.api.queries import CaseQuery, CountQuery, PostQuery, Query
from search.queries import CASES, POSTS, TypedSearchError, Vocabulary, field_names, read_typed
from search.queries.typed.fields import CLOSED, DAYS
from search.queries.typed.problems import TEMPLATES
from search.queries.typed.reading import MOST_CHARACTERS, MOST_PROBLEMS
from search.queries.words import MAX_CLAUSES, MAX_INPUT
from workshop.reference.tables.markdown import GENERATED, code, table

INTRODUCTION = """\
`district:Usera topic:waste_cleaning after:2026-11-01 "farola" -spam`

The field above *Posts* and *Cases*, the search of everything and `q` of the [read API](read-api.md) read fields, words and phrases. The
desk leads to the address that a search means: chips, facets, [saved views](../how-to/saved-views.md), exports and alerts are those of the
address, and the field always holds what the list shows, in the reader's language. In the read API a field sets its parameter.

```text
search   = { field | word | phrase | "-" word | "-" phrase | "OR" | "|" }
field    = name ":" value
value    = characters without a space | quote characters quote
phrase   = quote characters quote
word     = characters without a space; "begin*" finds what begins so
```

- Names and values are read in every language of the desk, without regard to capitals, accents and signs. A value is a code, a name, or
  words that only one name has: `tema:limpieza`. A name of several words is in quotes; where it is known, it may also be typed without.
- Each field can be given once, as the filters of the desk have one value each; fields narrow together (AND), and cannot be excluded or be
  one side of OR.
- A word with a colon that is no field is refused; in quotes it is sought: `"ojo:mañana"`. Times (`12:30`), addresses (`https://...`)
  and a colon at the end of a word are words.
- `-without` belongs to its side of OR: `luz OR farola -obras` finds *luz* with *obras*, too.
- *Posts*: all words must occur, in any form ([search](search.md#searching)). *Cases*: title, place or key hold the words as they are
  written. `q` of `/cases` and `/counts` takes fields alone.
"""
DISTRICTS = ("Usera", "Puente de Vallecas", "Villa de Vallecas")
EXAMPLES = (
    'district:Usera topic:waste_cleaning after:2026-11-01 "farola" -spam',
    "distrito:Usera tema:limpieza desde:2026-11-01",
    "distrito:Puente de Vallecas farola OR luz",
    "after:2026-11-01 before:2026-12-01",
    "on:2026-11-05",
    'periodo:"esta semana" intención:queja bache*',
)
REFUSED = ("distrito:Uzera", "ojo:mañana", "after:1/11/2026", "district:vallecas", "-topic:noise", "topic:noise topic:other")
MEANING = {
    "after": "that day and later: `first`",
    "before": "earlier than that day: `last` is the day before",
    "until": "that day and earlier: `last`",
    "on": "that day alone: `first` and `last`",
    "area": "as the map writes it into an address",
}
API: tuple[tuple[str, type[Query]], ...] = (("/posts", PostQuery), ("/counts", CountQuery), ("/cases", CaseQuery))


def page() -> str:
    """Return docs/reference/typed-search.md."""
    spoken = interface_languages()
    fields = [
        (code(one), *(", ".join(map(code, field_names(one, language))) for language in spoken), _lists(one), _values(one))
        for one in _fields()
    ]
    limits = (
        f"At most {MOST_CHARACTERS} characters, {MAX_INPUT} of them and {MAX_CLAUSES} parts in words. Nothing is cut: a longer search is "
        f"refused. At most {MOST_PROBLEMS} problems are said at once.\n"
    )
    parts = [
        GENERATED,
        "# Typed searches\n",
        INTRODUCTION,
        "## Examples\n",
        table(("typed", "parameters", "words"), [(code(one), *_meant(one)) for one in EXAMPLES]),
        "## Fields\n",
        table(("code", *spoken, "where", "values"), fields),
        "## What is refused\n",
        "The text stays in the field. The messages of the desk are in the reader's language, with what could be meant as links.\n",
        table(("typed", "message"), [(code(one), _refusal(one)) for one in REFUSED]),
        table(("problem", "message"), [(code(name), template) for name, template in TEMPLATES.items()]),
        "## Limits\n",
        limits,
    ]
    return "\n".join(parts)


def _fields() -> list[str]:
    return [one for one in NAMES["search_field"] if one in {*POSTS, *CASES, *DAYS}]


def _lists(field: str) -> str:
    """Return where a field may stand."""
    found = [name for name, fields in (("Posts", POSTS), ("Cases", CASES)) if field in {*fields, *DAYS}]
    return ", ".join([*found, *(code(path) for path, model in API if field in DAYS or field in model.model_fields)])


def _values(field: str) -> str:
    if field in CLOSED:
        return " ".join(map(code, CLOSED[field]))
    return MEANING.get(field, "of the city, as it is spelt, and those that occur")


def _known() -> Vocabulary:
    return Vocabulary("en", POSTS, {name: tuple(CLOSED.get(name, DISTRICTS if name == "district" else ())) for name in POSTS})


def _meant(text: str) -> tuple[str, str]:
    found = read_typed(text, _known())
    return " ".join(code(f"{name}={value}") for name, value in found.parameters.items()), code(found.words) if found.words else ""


def _refusal(text: str) -> str:
    """Return the message of a search that cannot be read.

    Raises:
        ValueError: it can be read now; take it out of REFUSED.
    """
    try:
        read_typed(text, _known())
    except TypedSearchError as error:
        return str(error)
    raise ValueError(f"{text} is read: take it out of REFUSED")
