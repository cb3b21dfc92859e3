"""Show what one pseudonym wrote, and what it was answered."""

from collections import defaultdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.records.answer import Answer
from desk.rendering import PAGE_SIZE, page, page_number
from desk.state import Desk
from ledger import read
from pipeline.access import accounts

NOT_SHOWN = ("rejected", "superseded")
"""Drafts that no citizen was or will be sent."""


def citizen(request: Request) -> Response:
    """Show the history of one pseudonym; the look is audited.

    Of one account on one network: other accounts of the same person are not looked for. What is older than the retention is gone here too.
    """
    desk: Desk = request.app.state.desk
    ledger, author, number = desk.context.ledger, request.path_params["author"], page_number(request)
    posts = read.count_posts(ledger, author=author, own=False)
    if not posts:
        raise HTTPException(404)
    accounts.record_audit(desk.context, "open_citizen", author, who=request.state.user.name)
    found = list(read.post_records(ledger, author=author, own=False, order="newest", limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE))
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for one in read.answers(ledger, author=author):
        if one.state not in NOT_SHOWN:
            answers[one.post_id].append(one)
    keys = dict.fromkeys(one.case_key for one in found if one.case_key)
    return page(
        request,
        "citizen.html",
        author=author,
        total=posts,
        posts=found,
        answers=answers,
        answered=sum(any(one.given_at for one in some) for some in answers.values()),
        cases={key: read.case_record(ledger, key) for key in keys},
        number_of_page=number,
        pages=max(1, -(-posts // PAGE_SIZE)),
    )
