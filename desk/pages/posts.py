"""Show single posts with their labels; `messages` lists posts."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.records.annotation import BORDER, INTENTS, SENTIMENTS, TOPICS, Annotation, Label
from core.records.decision import CHOSEN_SERVICE
from core.records.kind import KIND_QUESTION, KINDS
from core.records.read_models import PostRecord
from desk.pages.cases.composer import composer
from desk.pages.cases.preview import TypedAnswer
from desk.pages.input.refused import Refused, show_missing
from desk.rendering import language_of, page
from desk.state import Desk
from ledger import read
from pipeline.assistant.material import may_leave

log = logging.getLogger("escucha")

CORRECTABLE: dict[str, tuple[str, ...]] = {
    "sentiment": SENTIMENTS,
    "intent": INTENTS,
    "topic": TOPICS,
    KIND_QUESTION: KINDS,
    "actionable": ("True", "False", BORDER),
    "relevance": ("True", "False"),
    "spam": ("True", "False"),
    "sensitive": ("True", "False"),
}


def post(request: Request) -> Response:
    """Show one post with labels, thread and the reason for its decision."""
    return post_page(request)


def post_page(request: Request, refused: Refused | None = None, typed: TypedAnswer | None = None) -> Response:
    """Show a post.

    After a refused form or with a preview (`typed`), the input is kept."""
    desk: Desk = request.app.state.desk
    ledger = desk.context.ledger
    versions = read.label_versions(ledger, request.path_params["post_id"], tuple(CORRECTABLE))  # before the post
    record = read.post_record(ledger, request.path_params["post_id"])
    if record is None:
        if refused is not None:
            return show_missing(request, refused)
        raise HTTPException(404)
    annotation = read.annotation_of(ledger, record.post_id)
    corrections = read.corrections_of(ledger, record.post_id)
    last = {one.question: one for one in corrections}
    return page(
        request,
        "post.html",
        status=200 if refused is None else refused.status,
        versions=versions,
        refused=refused,
        post=record,
        annotation=annotation,
        labels=_labels(record, annotation),
        corrections=corrections,
        bordered={question for question, one in last.items() if one.value == BORDER},
        stated={question for question, one in last.items() if one.why == CHOSEN_SERVICE},
        thread=[one for one in read.thread(ledger, record.thread) if one.post_id != record.post_id] if record.thread else [],
        topic_bar=desk.context.city.topic_bar(record.source, record.text, record.style),
        correctable=CORRECTABLE,
        has_contact=read.contact(ledger, post_id=record.post_id) is not None,
        draft_to=f"/posts/{record.post_id}/answer",
        preview_to=f"/posts/{record.post_id}/preview",
        assist_to=f"/posts/{record.post_id}/assist",
        translates=may_leave(record) and record.language != language_of(request),
        after="",
        **composer(request, None if record.case_key is None else read.case_record(ledger, record.case_key), [record], typed),
    )


def _labels(record: PostRecord, annotation: Annotation | None) -> dict[str, Label | None]:
    """Return the labels that can be shown and corrected.

    They are the model's, and the kind, which rules determine and which has no score.
    """
    if annotation is None:
        return {}
    found: dict[str, Label | None] = {name: label for name, label in annotation.labels.items() if name != "places"}
    return found | ({KIND_QUESTION: None} if record.decision != "untriaged" or record.case_kind else {})
