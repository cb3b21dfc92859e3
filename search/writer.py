"""Fills the search engine: each post and case under its own id, repeated writes change nothing, an older one never wins."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from core.errors import EscuchaError, UnavailableError
from core.read_models import CaseRecord, PostRecord
from search.bulk import Patience, Written, send
from search.documents import Action, case_document, post_document
from search.engine import Engine
from search.templates import CASES, MARKER, POSTS
from search.transport import parse_answer, translate_errors

__all__ = [
    "Patience", "Written", "demand_searchable", "document_ids", "drop_all", "open_marker", "read_marker", "refresh", "write",
    "write_marker",
]  # fmt: skip

Marker = tuple[str, int]

PAGE = 10_000
"""The most hits an engine gives at once."""
NAMES_AT_ONCE = 50
"""Indices named in one address: a line of HTTP holds 4 KB."""
NAMES_SHOWN = 5
MONTHS = f"{POSTS}-*,{CASES}-*"
NEVER_AGAIN = 1 << 62
"""Version of a deletion: above every version of a post, so that a slow writer with an older copy does not bring it back."""


def write(
    engine: Engine,
    posts: Sequence[PostRecord],
    cases: Sequence[CaseRecord],
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


def _post(post: PostRecord) -> Action:
    return Action.index(f"{POSTS}-{post.month}", post.post_id, post.version, post_document(post))


def _case(case: CaseRecord) -> Action:
    return Action.index(f"{CASES}-{case.month}", case.case_key, case.version, case_document(case))


def _deletions(engine: Engine, post_ids: Iterable[str]) -> Iterator[Action]:
    """The ledger does not keep the month of a removed post, so every month is told; where it is not, this is remembered too."""
    months = [name for name in _indices(engine) if name.startswith(f"{POSTS}-")]
    for post_id in post_ids:
        for index in months:
            yield Action.delete(index, post_id, NEVER_AGAIN)


def refresh(engine: Engine) -> None:
    """Make all that was written visible to searches."""
    with translate_errors(engine.url):
        engine.client.indices.refresh(index=f"{POSTS},{CASES}", ignore_unavailable=True)


def read_marker(engine: Engine) -> Marker | None:
    """Whose view this is: the ledger's id and generation; None in a new engine.

    Raises:
        UnavailableError: the engine does not say. Never taken for a new engine: its view would be thrown away.
    """
    with translate_errors(engine.url):
        answer = engine.client.options(ignore_status=404).get(index=MARKER, id="marker")
    with parse_answer(engine.url):
        if answer.meta.status == 404 and (
            answer.get("found") is False or answer["error"]["type"] == "index_not_found_exception"
        ):
            return None
        return str(answer["_source"]["ledger_id"]), int(answer["_source"]["generation"])


def open_marker(engine: Engine) -> None:
    """Open the marker's index where somebody closed it: whose view this is must be read before it is thrown away."""
    with translate_errors(engine.url):
        engine.client.options(ignore_status=404).indices.open(index=MARKER)


def write_marker(engine: Engine, ledger_id: str, generation: int) -> None:
    """Say whose view this is."""
    with translate_errors(engine.url):
        document = {"ledger_id": ledger_id, "generation": generation}
        engine.client.index(index=MARKER, id="marker", document=document, refresh=True)


def drop_all(engine: Engine) -> None:
    """Throw the view away, marker and closed indices included. By name: many sites forbid deleting by pattern."""
    names = sorted(
        _indices(engine), key=lambda name: name != MARKER
    )  # first: a kill in between is made good by the next run
    for start in range(0, len(names), NAMES_AT_ONCE):
        some = ",".join(names[start : start + NAMES_AT_ONCE])
        with translate_errors(engine.url):
            engine.client.indices.delete(index=some, ignore_unavailable=True, expand_wildcards="all")


def _indices(engine: Engine) -> list[str]:
    """Our indices, closed ones too, oldest month first, and the marker's."""
    with translate_errors(engine.url):
        answer = engine.client.indices.get_settings(
            index=f"{MONTHS},{MARKER}", ignore_unavailable=True, name="index.number_of_shards", expand_wildcards="all"
        )
    return sorted(answer.body)


def demand_searchable(engine: Engine) -> None:
    """See that every index of ours is open and has all its parts: a search passes over the others in silence.

    Raises:
        UnavailableError: names those that are not.
    """
    with translate_errors(engine.url):
        rows = engine.client.cat.indices(index=MONTHS, format="json", h="index,status,health", expand_wildcards="all")
    with parse_answer(engine.url):
        wrong = [
            f"{row['index']} is {'closed' if row['status'] == 'close' else 'red'}"
            for row in cast(list[dict[str, str]], rows.body)
            if row["status"] == "close" or row["health"] == "red"
        ]
    if wrong:
        more = f" and {len(wrong) - NAMES_SHOWN} more" if len(wrong) > NAMES_SHOWN else ""
        raise UnavailableError(
            f"search engine {engine.url}: {', '.join(wrong[:NAMES_SHOWN])}{more}: what is in there cannot be found. Open or "
            "mend it there, or build the view again with `escucha index --rebuild`"
        )


def document_ids(engine: Engine) -> set[str]:
    """The ids of all documents, posts' and cases'; an id that stands in two indices is in the set once more as `ID (again)`.

    Raises:
        UnavailableError: the engine cannot say now.
    """
    demand_searchable(engine)
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
        with translate_errors(engine.url):
            answer = engine.client.search(
                index=alias,
                ignore_unavailable=True,
                allow_partial_search_results=False,
                source=False,
                size=PAGE,
                sort=[{key: "asc"}, {"month": "asc"}],  # an id may stand in two indices only by a fault: both must show
                search_after=after,
                track_total_hits=False,
            )
        with parse_answer(engine.url):
            hits = [(str(hit["_id"]), list(hit["sort"])) for hit in answer["hits"]["hits"]]
        yield from (doc_id for doc_id, _ in hits)
        if len(hits) < PAGE:
            return
        if hits[-1][1] == after:
            raise EscuchaError(f"search engine {engine.url} repeats a page of ids after {after}")
        after = hits[-1][1]
