"""Show the posts under the lens: facets, list, and a reading pane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from core.errors import EscuchaError
from core.records.annotation import BORDER, INTENTS, SENTIMENTS, TOPICS
from core.records.kind import KINDS
from core.records.read_models import CaseRecord, PostRecord
from desk.lens.typed import moved, refused, search_field
from desk.pages.messages.finding import BAR, DECISIONS, MOST_READ, SORTS, Asked, asked_of, listed, view_parameters
from desk.pages.messages.highlight import excerpt, marked
from desk.pages.views import saved_bar
from desk.rendering import page
from desk.state import Desk
from ledger import read
from pipeline.context import now
from search import queries
from search.queries import TypedSearchError

LEAST_LIKENESS = 0.85
"""Cosine of two embeddings below which posts have little in common (embeddings of this encoder are never far apart)."""
MOST_SIMILAR = 4
SHOWN_VALUES = 8
"""Values of a facet that are shown at once; the others open with one click."""


@dataclass(frozen=True)
class Opened:
    """Hold what the reading pane shows of a post."""

    post: PostRecord
    labels: list[str]
    """Questions whose label can be shown and corrected."""
    versions: dict[str, str]
    case: CaseRecord | None
    thread: list[PostRecord]
    similar: list[PostRecord]
    corrections: list[read.Correction]


def posts(request: Request) -> Response:
    """List the posts under the lens."""
    desk: Desk = request.app.state.desk
    try:
        elsewhere = moved(request, "posts")
    except TypedSearchError as error:
        return refused(request, "posts", error)
    if elsewhere is not None:
        return elsewhere
    asked, moment = asked_of(request), now()
    found = listed(desk, asked, moment)
    keys = {one.case_key for one in found.posts if one.case_key}
    cases = {case.case_key: case for case in read.case_records(desk.context.ledger, case_keys=keys)} if keys else {}
    opened = _opened(desk, request.query_params.get("open", ""))
    return page(
        request,
        "posts.html",
        lens_bar=BAR,
        wide=True,
        asked=asked,
        search=search_field(request, "posts", request.state.lens, asked.choices | {"q": asked.words}),
        found=found,
        most_read=MOST_READ,
        cases=cases,
        facets=_facets(asked, found.counts, {**desk.shell.options(), "decision": DECISIONS}),
        shown_values=SHOWN_VALUES,
        excerpts={one.post_id: excerpt(one.text, one.language, asked.words) for one in found.posts},
        versions=read.text_versions(desk.context.ledger, [one.post_id for one in found.posts]),
        opened=opened,
        opened_text=marked(opened.post.text, opened.post.language, asked.words) if opened else [],
        sorts=[one for one in SORTS if asked.words or one != "best"],
        populations=read.POPULATIONS,
        choices=CORRECTABLE,
        department_of={topic: desk.context.city.department(topic).name for topic in TOPICS},
        done=request.query_params.get("done", ""),
        saved=saved_bar(request, "posts", view_parameters(request.state.lens, request.query_params)),
    )


CORRECTABLE: dict[str, tuple[str, ...]] = {
    "topic": TOPICS,
    "intent": INTENTS,
    "sentiment": SENTIMENTS,
    "case_kind": KINDS,
    "actionable": ("True", "False", BORDER),
    "relevance": ("True", "False"),
    "spam": ("True", "False"),
    "sensitive": ("True", "False"),
}
"""Labels that staff correct in the list, with their values."""


def _facets(asked: Asked, counts: Any, options: Mapping[str, Sequence[str]]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the facets with their values, the most frequent first.

    A value that nothing has under the other filters stays, with 0: "none" is an answer.
    """
    chosen, found = asked.choices, []
    for name in ("topic", "district", "intent", "sentiment", "case_kind", "source", "language", "decision"):
        values = dict.fromkeys(options.get(name, ()), 0) | dict(counts.get(name, {}))
        if name in chosen:
            values.setdefault(chosen[name], 0)
        order = {one: at for at, one in enumerate(DECISIONS)} if name == "decision" else {}
        found.append((name, sorted(values.items(), key=lambda one: (order.get(one[0], 0), -one[1], one[0]))))
    return found


def _opened(desk: Desk, post_id: str) -> Opened | None:
    """Return what the reading pane shows; None without a post."""
    ledger = desk.context.ledger
    versions = read.label_versions(ledger, post_id, tuple(CORRECTABLE)) if post_id else {}  # before the post
    post = read.post_record(ledger, post_id) if post_id else None
    if post is None:
        return None
    labels = [] if post.model is None else [*CORRECTABLE]
    return Opened(
        post,
        labels,
        versions,
        read.case_record(ledger, post.case_key) if post.case_key else None,
        [one for one in read.thread(ledger, post.thread) if one.post_id != post.post_id] if post.thread else [],
        _similar(desk, post),
        read.corrections_of(ledger, post.post_id),
    )


def _similar(desk: Desk, post: PostRecord) -> list[PostRecord]:
    """Return the posts nearest in meaning.

    None while the search engine is down.
    """
    vectors = read.Vectors(desk.context.ledger)
    try:
        near = desk.ask(lambda engine: queries.similar_posts(engine, post.post_id, MOST_SIMILAR, vectors))
    except EscuchaError:
        return []
    found = [post_id for post_id, likeness in near if likeness >= LEAST_LIKENESS]
    return read.records_of(desk.context.ledger, found)
