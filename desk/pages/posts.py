"""Posts: find them, see what the reader made of one and why it became a case or not, and work the review queue."""

import logging
from functools import partial
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.annotation import INTENTS, SENTIMENTS, TOPICS, Annotation, Label
from core.errors import EscuchaError
from core.kind import KINDS, QUESTION
from core.read_models import PostRecord
from desk.pages.refused import Refused, no_longer_there
from desk.rendering import PAGE_SIZE, page, page_number
from desk.state import Desk
from ledger import read
from search import queries

log = logging.getLogger("escucha")

FILTERS = ("source", "case_kind", "sentiment", "intent", "topic", "district", "language", "decision")
CORRECTABLE: dict[str, tuple[str, ...]] = {
    "sentiment": SENTIMENTS,
    "intent": INTENTS,
    "topic": TOPICS,
    QUESTION: KINDS,
    "actionable": ("True", "False"),
    "relevance": ("True", "False"),
    "spam": ("True", "False"),
}
MAX_WORDS = 200


def posts(request: Request) -> Response:
    """The list: newest first, or best match when words are sought."""
    desk: Desk = request.app.state.desk
    words = request.query_params.get("q", "").strip()[:MAX_WORDS]
    filters = {name: request.query_params[name] for name in FILTERS if request.query_params.get(name)}
    found, total, engine_down = _find(desk, words, filters, page_number(request))
    return page(
        request,
        "posts.html",
        words=words,
        filters=filters,
        posts=found,
        total=total,
        number_of_page=page_number(request),
        pages=max(1, -(-total // PAGE_SIZE)),
        choices=_choices(desk),
        engine_down=engine_down,
    )


def _find(desk: Desk, words: str, filters: dict[str, str], number: int) -> tuple[list[PostRecord], int, bool]:
    """Posts of one page, how many there are in all, and whether the engine had to be done without."""
    offset, ledger = (number - 1) * PAGE_SIZE, desk.context.ledger
    if words:
        try:
            hits = desk.ask(lambda engine: queries.search_posts(engine, words, filters, offset=offset, limit=PAGE_SIZE))
        except EscuchaError as error:  # the ledger answers below, and the page says that the engine is away
            log.info("desk: %s", error)
        else:
            facts = (read.post_record(ledger, post_id) for post_id in hits.ids)
            return [fact for fact in facts if fact is not None], hits.total, False
    wanted = cast(
        read.PostFilters, {**filters, "text": words or None}
    )  # FILTERS lists names of the ledger's filters only
    found = read.post_records(ledger, order="newest", limit=PAGE_SIZE, offset=offset, **wanted)
    return list(found), read.count_posts(ledger, **wanted), bool(words)


def _choices(desk: Desk) -> dict[str, list[str]]:
    """What each filter offers."""
    seen = read.values(desk.context.ledger)
    return {
        "source": seen["source"],
        "sentiment": list(SENTIMENTS),
        "intent": list(INTENTS),
        "topic": list(TOPICS),
        QUESTION: list(KINDS),
        "district": seen["district"],
        "language": seen["language"],
        "decision": ["in_case", "in_review", "no_case", "untriaged"],
    }


def post(request: Request) -> Response:
    """One post with its labels, scores, model, thread, and why this case or none."""
    return post_page(request)


def post_page(request: Request, refused: Refused | None = None) -> Response:
    """The page of a post; after a correction that was not accepted, with what was typed."""
    desk: Desk = request.app.state.desk
    ledger = desk.context.ledger
    versions = read.label_versions(ledger, request.path_params["post_id"], tuple(CORRECTABLE))  # before the post
    fact = read.post_record(ledger, request.path_params["post_id"])
    if fact is None:
        if refused is not None:
            return no_longer_there(request, refused)
        raise HTTPException(404)
    reading = read.annotation_of(ledger, fact.post_id)
    return page(
        request,
        "post.html",
        status=200 if refused is None else refused.status,
        versions=versions,
        refused=refused,
        post=fact,
        reading=reading,
        labels=_labels(fact, reading),
        corrections=read.corrections_of(ledger, fact.post_id),
        thread=[one for one in read.thread(ledger, fact.thread) if one.post_id != fact.post_id] if fact.thread else [],
        correctable=CORRECTABLE,
    )


def _labels(fact: PostRecord, reading: Annotation | None) -> dict[str, Label | None]:
    """Return what can be shown and corrected: the labels of the reader, and the kind, which rules decide and has no score."""
    if reading is None:
        return {}
    found: dict[str, Label | None] = {name: label for name, label in reading.labels.items() if name != "places"}
    return found | ({QUESTION: None} if fact.decision != "untriaged" or fact.case_kind else {})


def review(request: Request) -> Response:
    """The review queue: doubtful posts, most likely first; a person says case or no case."""
    desk: Desk = request.app.state.desk
    number = page_number(request)
    total = read.count_posts(desk.context.ledger, decision="in_review")
    queue = partial(
        read.post_records,
        desk.context.ledger,
        decision="in_review",
        order="actionable",
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
    )
    # The versions are read before the texts that are shown: a text that changes in between makes its form stale.
    versions = read.text_versions(desk.context.ledger, [one.post_id for one in queue()])
    posts = list(queue())
    return page(
        request,
        "review.html",
        a_day=desk.context.city.triage.review_per_day,
        posts=posts,
        versions=versions,
        suggested={one.post_id: read.suggestions(desk.context.ledger, one.post_id) for one in posts},
        total=total,
        number_of_page=number,
        pages=max(1, -(-total // PAGE_SIZE)),
    )
