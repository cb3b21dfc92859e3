"""Read the fields of a typed search as parameters."""

from collections.abc import Mapping, Sequence

from portal.api.problems import ProblemError
from portal.api.queries import CaseQuery, CountQuery, PostQuery, Query
from portal.api.reader import Reader
from search import queries
from search.queries import TypedSearchError, Vocabulary


def with_fields(reader: Reader, model: type[Query], given: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters, with the fields of `q` among them.

    Raises:
        ProblemError: 400; the search cannot be read, or names a parameter that is given beside it.
    """
    text, known = given.get("q"), _known(reader, model)
    if known is None or not isinstance(text, str) or not text.isprintable():
        return dict(given)
    try:
        found = queries.read_typed(text, known)
    except TypedSearchError as error:
        raise _problem(str(error)) from None
    others = {name: value for name, value in given.items() if name != "q"}
    if twice := sorted(found.parameters.keys() & others.keys()):
        raise _problem(f"{', '.join(twice)}: given as a parameter and as a field; give it once.")
    words = {"q": found.words} if found.words or not found.parameters else {}
    return {**others, **found.parameters, **words}


def _known(reader: Reader, model: type[Query]) -> Vocabulary | None:
    """Return what `q` may name; None: it is no typed search."""
    if not issubclass(model, PostQuery | CountQuery | CaseQuery):
        return None
    fields = queries.CASES if issubclass(model, CaseQuery) else queries.POSTS
    city = reader.context.city
    seen: dict[str, Sequence[str]] = {
        **{str(name): values for name, values in reader.posts.values().items()},
        "department": [one.name for one in city.departments],
    }
    named = {name: name for name in fields if name in model.model_fields}
    return queries.vocabulary(named, seen, city, words="search" if issubclass(model, PostQuery) else "none")


def _problem(words: str) -> ProblemError:
    return ProblemError("parameter", f"q: {words}", errors={"q": words})
