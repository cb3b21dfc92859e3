"""Read the search typed above a list, and write it back.

A typed search is another way to write an address: `moved` leads to the address that it means, so that chips, facets, saved views,
exports and alerts know nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.lens import Lens
from desk.rendering import PLACE_IN_LIST, explain_problem, language_of, page
from desk.state import Desk
from search import queries
from search.queries import SearchProblem, TypedSearchError, Vocabulary

List = Literal["posts", "cases"]
DAYS = ("period", "first", "last")
EXAMPLE_DAY = "2026-11-01"
SHOWN_VALUES = 24


@dataclass(frozen=True)
class SearchField:
    """Describe the field in which a search is typed."""

    path: str
    words: str
    """How words are sought, as `Vocabulary` has it."""
    text: str
    kept: dict[str, str]
    """The other parameters of the address, which the form sends again."""
    example: str
    fields: list[tuple[str, str, str]]
    """Each with its names and values; no values: any."""
    problems: list[tuple[str, list[tuple[str, str]]]]
    """What is wrong, and what could be meant: its words and address."""


def known_of(desk: Desk, of: List, language: str, text: str = "") -> Vocabulary:
    """Return what a search of a list may name.

    Where `text` names no field, the districts and neighbourhoods without posts are left out.
    """
    seen = {**desk.shell.options(), "department": [one.name for one in desk.context.city.departments]}
    city = desk.context.city if ":" in text else None
    if of == "posts":
        return queries.vocabulary(queries.POSTS, seen, city, language)
    return queries.vocabulary(queries.CASES, seen, city, language, "title")


def understood(desk: Desk, of: List, given: QueryParams, language: str) -> dict[str, str]:
    """Return the parameters of an address with its typed search read.

    Raises:
        TypedSearchError: it cannot be read.
    """
    text = given.get("q", "")
    found = queries.read_typed(text, known_of(desk, of, language, text))
    replaced = {"q", *found.parameters, *(DAYS if found.parameters.keys() & {*DAYS} else ())}
    kept = {name: value for name, value in given.items() if value and name not in replaced}
    return kept | found.parameters | ({"q": found.words} if found.words else {})


def moved(request: Request, of: List, path: str = "") -> Response | None:
    """Return the redirect to the address that a typed search means.

    None: the address has words only, as they are searched.

    Raises:
        TypedSearchError: the search cannot be read.
    """
    given = request.query_params
    if not given.get("q"):
        return None
    meant = understood(request.app.state.desk, of, given, language_of(request))
    if meant.get("q", "") == given.get("q", "") and all(meant[name] == given.get(name) for name in meant):
        return None
    return RedirectResponse(f"{path or request.url.path}?{urlencode(meant)}", status_code=303)


def search_field(request: Request, of: List, lens: Lens, own: Mapping[str, str | None]) -> SearchField:
    """Describe the field above a list, filled with what the list shows.

    `own`: the parameters of the list itself, with its words as `q`.
    """
    known = known_of(request.app.state.desk, of, language_of(request))
    shown = lens.parameters | {name: value for name, value in own.items() if value}
    text = queries.write_typed(shown, own.get("q") or "", known)
    left_out = {"q", *DAYS, *known.parameters.values(), *PLACE_IN_LIST}
    return _field(f"/{of}", known, text, {name: value for name, value in request.query_params.items() if value and name not in left_out})


def refused(request: Request, of: List, error: TypedSearchError) -> Response:
    """Show what is wrong with a search, which stays in its field."""
    known = known_of(request.app.state.desk, of, language_of(request))
    kept = {name: value for name, value in request.query_params.items() if value and name not in ("q", *PLACE_IN_LIST)}
    field = _field(request.url.path, known, error.text, kept, error.problems)
    return page(request, "typed_refused.html", status=400, search=field)


def _field(path: str, known: Vocabulary, text: str, kept: dict[str, str], problems: tuple[SearchProblem, ...] = ()) -> SearchField:
    def explained(one: SearchProblem) -> tuple[str, list[tuple[str, str]]]:
        instead = [(words, f"{path}?{urlencode({**kept, 'q': whole})}") for words, whole in one.mended(text)]
        return explain_problem(one, known.language), instead

    district = next(iter(known.values["district"]), "Centro")
    example = queries.write_typed({"district": district, "topic": "noise", "first": EXAMPLE_DAY}, "", known)
    fields = [(one, ", ".join(queries.field_names(one, known.language)), _values(known, one)) for one in known.fields]
    return SearchField(path, known.words, text, kept, example, fields, [explained(one) for one in problems])


def _values(known: Vocabulary, field: str) -> str:
    """Return the values of a field, of many the first ones."""
    values = known.values.get(field, ())
    return ", ".join(known.written(field, one) for one in values[:SHOWN_VALUES]) + (" …" if len(values) > SHOWN_VALUES else "")
