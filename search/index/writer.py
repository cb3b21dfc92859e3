"""Fill the search engine with posts and cases under their own ids.

Repeated writes change nothing, and an older version never replaces a newer one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from core.errors import EscuchaError, UnavailableError
from core.records.read_models import CaseRecord, PostRecord
from search.connection.engine import Engine
from search.connection.transport import parse_answer, translate_errors
from search.index.bulk import BulkResult, RetryPolicy, send
from search.index.documents import Action, case_document, post_document
from search.index.generations import index_name, months, of_generation, parse_name, read_state
from search.index.templates import CASES, MARKER, POSTS, aliases
from search.index.vectors import documents_with

__all__ = [
    "BulkResult",
    "RetryPolicy",
    "check_searchable",
    "document_ids",
    "drop_all",
    "open_marker",
    "read_marker",
    "refresh",
    "write",
    "write_marker",
]

Marker = tuple[str, int]

PAGE = 10_000
"""Most hits that an engine returns at once."""
NAMES_PER_REQUEST = 50
"""Index names in one URL: a request line is limited to 4 KB."""
NAMES_SHOWN = 5
DELETED_VERSION = 1 << 62
"""Version of a deletion: above every version of a post, so that a slow writer with an older copy does not bring it back."""


def write(
    engine: Engine,
    posts: Sequence[PostRecord],
    cases: Sequence[CaseRecord],
    delete: Sequence[str] | Mapping[str, str | None] = (),
    retries: RetryPolicy | None = None,
    targets: Sequence[str] | None = None,
    vectors: Mapping[str, bytes] | None = None,
) -> BulkResult:
    """Index posts and cases, and delete posts.

    The result tells for each id whether it is indexed, refused permanently (and why), or to be retried. `delete`: post ids, each with its
    month where that is known. `targets`: the generations to write to (None: those in the engine's state); the last one decides the result,
    because it will be read or is read already. `vectors`: the posts' embeddings, for an engine that has such a field.

    Raises:
        ConfigurationError: the engine rejects our credentials; nothing more was written.
    """
    retries = retries or RetryPolicy()
    targets = read_state(engine).targets if targets is None else targets
    removed = delete if isinstance(delete, Mapping) else dict.fromkeys(delete)
    written = BulkResult()
    not_deleted: set[str] = set()
    for generation in targets:
        deletions = list(_deletions(engine, generation, removed)) if removed else []
        actions = [_post(engine, post, generation, vectors or {}) for post in posts] + [_case(engine, case, generation) for case in cases]
        written = send(engine, [*deletions, *actions], retries)
        if generation != targets[-1]:
            not_deleted |= (written.retry | written.refused.keys()) & removed.keys()
    for one in not_deleted:  # it can still be found in the generation that is read
        written.refused.setdefault(one, "not deleted yet")
        written.ok.discard(one)
    return written.with_ok(set(removed))  # a post that is in no index counts as deleted


def _post(engine: Engine, post: PostRecord, generation: str, vectors: Mapping[str, bytes]) -> Action:
    document = post_document(post) | documents_with(vectors, post.post_id)
    return Action.index(index_name(engine.name(POSTS), generation, post.month), post.post_id, post.version, document)


def _case(engine: Engine, case: CaseRecord, generation: str) -> Action:
    return Action.index(index_name(engine.name(CASES), generation, case.month), case.case_key, case.version, case_document(case))


def _deletions(engine: Engine, generation: str, removed: Mapping[str, str | None]) -> Iterator[Action]:
    """Yield the deletion of each post from its month.

    A post that was removed by a version that did not keep its month is deleted from every month; an index without it remembers that too.
    """
    present = [name for name in of_generation(engine, generation) if name.startswith(f"{engine.name(POSTS)}-")]
    for post_id, month in removed.items():
        own = [index_name(engine.name(POSTS), generation, month)] if month else present
        for index in own:
            if index in present:
                yield Action.delete(index, post_id, DELETED_VERSION)


def refresh(engine: Engine) -> None:
    """Make all written documents visible to searches."""
    with translate_errors(engine.url):
        engine.client.indices.refresh(index=",".join(aliases(engine)), ignore_unavailable=True)


def read_marker(engine: Engine) -> Marker | None:
    """Return the ledger id and generation of this index, or None.

    It is None in a new engine.

    Raises:
        UnavailableError: the engine does not answer. This is never taken for a new engine: its index would be deleted.
    """
    with translate_errors(engine.url):
        answer = engine.client.options(ignore_status=404).get(index=engine.name(MARKER), id="marker")
    with parse_answer(engine.url):
        if answer.meta.status == 404 and (answer.get("found") is False or answer["error"]["type"] == "index_not_found_exception"):
            return None
        return str(answer["_source"]["ledger_id"]), int(answer["_source"]["generation"])


def open_marker(engine: Engine) -> None:
    """Open the marker index if it was closed.

    The ledger id must be read before the index is deleted.
    """
    with translate_errors(engine.url):
        engine.client.options(ignore_status=404).indices.open(index=engine.name(MARKER))


def write_marker(engine: Engine, ledger_id: str, generation: int) -> None:
    """Write the ledger id and generation of this index."""
    with translate_errors(engine.url):
        document = {"ledger_id": ledger_id, "generation": generation}
        engine.client.index(index=engine.name(MARKER), id="marker", document=document, refresh=True)


def drop_all(engine: Engine) -> None:
    """Delete all our indices, the marker and closed ones included.

    They are deleted by name: many sites forbid deletion by pattern.
    """
    names = sorted(
        _indices(engine), key=lambda name: name != engine.name(MARKER)
    )  # the marker first: after a kill the next run then starts again
    for start in range(0, len(names), NAMES_PER_REQUEST):
        some = ",".join(names[start : start + NAMES_PER_REQUEST])
        with translate_errors(engine.url):
            engine.client.indices.delete(index=some, ignore_unavailable=True, expand_wildcards="all")


def _indices(engine: Engine) -> list[str]:
    """List our indices, closed ones too, oldest month first, then the marker's."""
    with translate_errors(engine.url):
        answer = engine.client.indices.get_settings(
            index=f"{months(engine)},{engine.name(MARKER)}", ignore_unavailable=True, name="index.number_of_shards", expand_wildcards="all"
        )
    return sorted(answer.body)


def check_searchable(engine: Engine) -> None:
    """Check that every served index is open and has all shards.

    A search skips the others silently.

    Raises:
        UnavailableError: names those that are not.
    """
    serving = read_state(engine).serving
    with translate_errors(engine.url):
        rows = engine.client.cat.indices(index=months(engine), format="json", h="index,status,health", expand_wildcards="all")
    with parse_answer(engine.url):
        wrong = [
            f"{row['index']} is {'closed' if row['status'] == 'close' else 'red'}"
            for row in cast(list[dict[str, str]], rows.body)
            if (row["status"] == "close" or row["health"] == "red") and _is_of(row["index"], serving)
        ]
    if wrong:
        more = f" and {len(wrong) - NAMES_SHOWN} more" if len(wrong) > NAMES_SHOWN else ""
        raise UnavailableError(
            f"search engine {engine.url}: {', '.join(wrong[:NAMES_SHOWN])}{more}: its documents cannot be found. Open or "
            "repair it there, or rebuild the index with `escucha index --rebuild`"
        )


def _is_of(index: str, generation: str | None) -> bool:
    parsed = parse_name(index)
    return parsed is not None and parsed[1] == generation


def document_ids(engine: Engine) -> set[str]:
    """Return the ids of all documents, posts and cases.

    An id that is in two indices appears once more as `ID (again)`.

    Raises:
        UnavailableError: the engine does not answer now.
    """
    check_searchable(engine)
    refresh(engine)
    found: set[str] = set()
    for alias, key in ((POSTS, "post_id"), (CASES, "case_key")):
        for one in _ids(engine, engine.name(alias), key):
            found.add(f"{one} (again)" if one in found else one)
    return found


def _ids(engine: Engine, alias: str, key: str) -> Iterator[str]:
    """Page through the ids in order.

    Every engine supports this without a snapshot.
    """
    after: list[str] | None = None
    while True:
        with translate_errors(engine.url):
            answer = engine.client.search(
                index=alias,
                ignore_unavailable=True,
                allow_partial_search_results=False,
                source=False,
                size=PAGE,
                sort=[{key: "asc"}, {"month": "asc"}],  # an id in two indices is an error: both must show
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
