"""Fills the search engine: each post and case under its own id, repeated writes change nothing, an older one never wins."""

from collections.abc import Iterable, Iterator, Sequence

from core.errors import EscuchaError
from core.facts import CaseFact, PostFact
from search.bulk import Patience, Written, send
from search.documents import Action, case_document, post_document
from search.engine import Engine
from search.node import in_our_words
from search.templates import CASES, MARKER, POSTS

__all__ = ["Patience", "Written", "document_ids", "drop_all", "read_marker", "refresh", "write", "write_marker"]

Marker = tuple[str, int]

PAGE = 10_000
"""The most hits an engine gives at once."""
NAMES_AT_ONCE = 50
"""Indices named in one address: a line of HTTP holds 4 KB."""
NEVER_AGAIN = 1 << 62
"""Version of a deletion: above every version of a post, so that a slow writer with an older copy does not bring it back."""


def write(
    engine: Engine,
    posts: Sequence[PostFact],
    cases: Sequence[CaseFact],
    delete: Sequence[str] = (),
    patience: Patience | None = None,
) -> Written:
    """Write and delete; says for each id whether it is in, refused for good (and why), or must be tried again later.

    Raises:
        ConfigurationError: the engine does not let us in; nothing more was written.
    """
    patience = patience or Patience()
    deletions = list(_deletions(engine, delete)) if delete else []
    written = send(engine, [*deletions, *map(_post, posts), *map(_case, cases)], patience)
    return written.with_ok(set(delete))  # a post that no index holds is deleted as well


def _post(post: PostFact) -> Action:
    return Action.index(f"{POSTS}-{post.month}", post.post_id, post.version, post_document(post))


def _case(case: CaseFact) -> Action:
    return Action.index(f"{CASES}-{case.month}", case.case_key, case.version, case_document(case))


def _deletions(engine: Engine, post_ids: Iterable[str]) -> Iterator[Action]:
    """The ledger does not keep the month of a removed post, so every month is told; where it is not, this is remembered too."""
    months = [name for name in _indices(engine) if name.startswith(f"{POSTS}-")]
    for post_id in post_ids:
        for index in months:
            yield Action.delete(index, post_id, NEVER_AGAIN)


def refresh(engine: Engine) -> None:
    """Make all that was written visible to searches."""
    with in_our_words(engine.url):
        engine.client.indices.refresh(index=f"{POSTS},{CASES}", ignore_unavailable=True)


def read_marker(engine: Engine) -> Marker | None:
    """Whose view this is: the ledger's id and generation; None in a new engine."""
    with in_our_words(engine.url):
        answer = engine.client.options(ignore_status=404).get(index=MARKER, id="marker")
    if answer.meta.status == 404:
        return None
    return str(answer["_source"]["ledger_id"]), int(answer["_source"]["generation"])


def write_marker(engine: Engine, ledger_id: str, generation: int) -> None:
    """Say whose view this is."""
    with in_our_words(engine.url):
        document = {"ledger_id": ledger_id, "generation": generation}
        engine.client.index(index=MARKER, id="marker", document=document, refresh=True)


def drop_all(engine: Engine) -> None:
    """Throw the view away, marker included. By name: many sites forbid deleting by pattern."""
    names = _indices(engine)
    for start in range(0, len(names), NAMES_AT_ONCE):
        some = ",".join(names[start : start + NAMES_AT_ONCE])
        with in_our_words(engine.url):
            engine.client.indices.delete(index=some, ignore_unavailable=True)


def _indices(engine: Engine) -> list[str]:
    """Our indices, oldest month first, and the marker's."""
    with in_our_words(engine.url):
        answer = engine.client.indices.get_settings(
            index=f"{POSTS}-*,{CASES}-*,{MARKER}", ignore_unavailable=True, name="index.number_of_shards"
        )
    return sorted(answer.body)


def document_ids(engine: Engine) -> set[str]:
    """The ids of all documents, posts' and cases'; an id that stands in two indices is in the set once more as `ID (again)`.

    Raises:
        UnavailableError: the engine cannot say now.
    """
    refresh(engine)
    found: set[str] = set()
    for alias, key in ((POSTS, "post_id"), (CASES, "case_key")):
        for one in _ids(engine, alias, key):
            found.add(f"{one} (again)" if one in found else one)
    return found


def _ids(engine: Engine, alias: str, key: str) -> Iterator[str]:
    """Page after page in the order of the ids: needs no snapshot, and every engine can do it."""
    after: list[str] | None = None
    while True:
        with in_our_words(engine.url):
            hits = engine.client.search(
                index=alias,
                ignore_unavailable=True,
                allow_partial_search_results=False,
                source=False,
                size=PAGE,
                sort=[{key: "asc"}, {"month": "asc"}],  # an id may stand in two indices only by a fault: both must show
                search_after=after,
                track_total_hits=False,
            )["hits"]["hits"]
        yield from (hit["_id"] for hit in hits)
        if len(hits) < PAGE:
            return
        if hits[-1]["sort"] == after:
            raise EscuchaError(f"search engine {engine.url} repeats a page of ids after {after}")
        after = hits[-1]["sort"]
