"""Let staff label a random sample, and show what it proves.

One post at a time, by keyboard. The labels of the machine are on no page before a person has answered.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from babel.numbers import format_decimal
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ChangeRefusedError
from desk.pages.input.kept import status_of
from desk.rendering import explain_error, language_of, page
from desk.state import Desk
from ledger import read
from pipeline import export
from pipeline.proof import figures, labels, sampling
from pipeline.proof.figures import ProofFigures
from pipeline.proof.measures import LEAST
from pipeline.proof.sampling import QUESTIONS, SIZE

SEPARATORS = re.compile(r"[;\n]")
KEYS: Mapping[str, str] = {"actionable": "ynb", "topic": "acdefghilmopqrtuvw", "intent": "567890z", "sentiment": "1234"}
"""The key of each answer, in the order in which they are offered; the last one says that readers differ."""
STEPS = (50, 100, 200)
"""By how many posts a sample can be extended."""
LONGEST = 1000
"""Characters of the places that are read."""


class LabelChoice(NamedTuple):
    """Offer one answer to a question."""

    value: str
    key: str


CHOICES = {
    question: [LabelChoice(value, key) for value, key in zip(sampling.allowed_values(question), KEYS[question], strict=True)]
    for question in QUESTIONS
}


def gold(request: Request, typed: Mapping[str, str] | None = None, refused: ChangeRefusedError | None = None) -> Response:
    """Show the post that this person labels next, else the overview."""
    desk: Desk = request.app.state.desk
    ledger, user = desk.context.ledger, request.state.user
    sample = read.gold_sample(ledger)
    claimed = None if sample is None else read.gold_claim(ledger, sample.number, user.name)
    post = None if claimed is None or "overview" in request.query_params else read.post_record(ledger, claimed)
    done = None if sample is None else figures.progress(desk.context, sample)
    shared = {
        "sample": sample,
        "done": done,
        "mine": 0 if done is None else dict(done.people).get(user.name, 0),
        "refused": None if refused is None else explain_error(request, refused),
    }
    status = 200 if refused is None else status_of(refused)
    if post is not None and user.may("work"):
        given = [] if sample is None else read.gold_labels(ledger, sample.number)
        second = any(one.post_id == post.post_id for one in given)
        return page(
            request, "gold_post.html", status=status, post=post, second=second, choices=CHOICES, typed=typed or _typed(FormData()), **shared
        )
    return page(
        request,
        "gold.html",
        status=status,
        size=SIZE,
        steps=STEPS,
        claimed=claimed,
        proof=None if done is None else _proof(request, done),
        least=LEAST,
        needed=figures.needed(),
        decimal=partial(_decimal, language_of(request)),
        **shared,
    )


def _proof(request: Request, done: figures.LabelProgress) -> ProofFigures | None:
    """Return the figures; they are computed again when an answer was added."""
    desk: Desk = request.app.state.desk
    if done.labelled < LEAST:
        return None
    key = labels.file(desk.context.ledger)
    kept: tuple[bytes, ProofFigures | None] | None = getattr(request.app.state, "gold_figures", None)
    if kept is None or kept[0] != key:
        request.app.state.gold_figures = kept = key, figures.figures(desk.context)
    return kept[1]


def change(request: Request, form: FormData) -> Response:
    """Draw, extend, take the next post, answer, or undo.

    Raises:
        ChangeRefusedError: it cannot be done; says why.
    """
    desk: Desk = request.app.state.desk
    context, who, action = desk.context, request.state.user.name, request.path_params["action"]
    second = form.get("second") == "1"
    try:
        if action == "draw":
            sampling.draw(context, _number(form, "size"), who)
        elif action == "extend":
            sampling.extend(context, _number(form, "more"), who)
        elif action == "answer":
            _answer(context.ledger, request, form)
        elif action == "undo":
            sampling.undo(context, who)
            return RedirectResponse("/gold", status_code=303)
        elif action != "next":
            raise ChangeRefusedError("This address takes no such request.")
    except ChangeRefusedError as error:
        return gold(request, _typed(form), error)
    if action in ("next", "answer") and sampling.claim(context, who, second) is not None:
        return RedirectResponse("/gold", status_code=303)
    return RedirectResponse("/gold?overview=1", status_code=303)


def _answer(ledger: read.Ledger, request: Request, form: FormData) -> None:
    """Store the answers of a form, or that the post was skipped."""
    post = read.post_record(ledger, str(form.get("post", "")))
    sample = str(form.get("sample", ""))
    if post is None or not (sample.isascii() and sample.isdecimal() and len(sample) < 10):
        raise ChangeRefusedError("This post is no longer in the sample: it was erased meanwhile.")
    answers: dict[str, Any] = {}
    if form.get("skip") != "1":
        answers = sampling.checked(post.text, _typed(form), _places(form))
    desk: Desk = request.app.state.desk
    sampling.answer(desk.context, int(sample), post.post_id, request.state.user.name, answers)


def _places(form: FormData) -> list[str] | None:
    """Return the places of a form; None: it says nothing of them."""
    written = [one.strip() for one in SEPARATORS.split(str(form.get("places", ""))[:LONGEST]) if one.strip()]
    return written or ([] if form.get("no_place") == "1" else None)


def _decimal(language: str, value: float, digits: int) -> str:
    return str(format_decimal(value, f"0.{'0' * digits}", locale=language))


def _typed(form: FormData) -> dict[str, str]:
    return {name: str(form.get(name, "")) for name in (*QUESTIONS, "places", "no_place")}


def _number(form: FormData, name: str) -> int:
    given = str(form.get(name, "")).strip()
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0


def download(request: Request) -> Response:
    """Send the labelled posts as the file that `escucha prove` reads."""
    desk: Desk = request.app.state.desk
    export.audit_export(desk.context, request.state.user.name, "gold", "jsonl")
    headers = {"content-disposition": f'attachment; filename="{labels.NAME}"'}
    return Response("".join(map(labels.line, labels.leaving(desk.context.ledger))), media_type="application/x-ndjson", headers=headers)
