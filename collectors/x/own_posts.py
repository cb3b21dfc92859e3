"""List the posts of the account that answers, and compare their texts."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import tweepy

from collectors.http.writing import normalise
from collectors.parsing import Item
from collectors.x.client import OWNED_READ_USD, PAGE, READ_USD, WrongRequestError, pay_for
from collectors.x.vocabulary import NEW, Vocabulary
from core.errors import UnavailableError
from core.records.collection import Budget

MAX_PAGES = 32
"""X lists at most 3,200 posts of an account."""
_SHORT_LINK = re.compile(r"https?://t\.co/\w+")
_MENTIONS = re.compile(r"^(@\w{1,15}\s+)+")


def is_same(listed: str, sent: str) -> bool:
    """Tell whether a listed post has the text that was sent.

    X shortens links and puts the names of those answered before the text.

    >>> is_same("@ana Vea https://t.co/a1. &lt;hoy&gt;", "Vea www.villa.es/obras. <hoy>")
    True
    """
    listed, sent = (_MENTIONS.sub("", normalise(one)) for one in (listed, sent))
    return re.fullmatch(r"\S+".join(re.escape(part) for part in _SHORT_LINK.split(listed)), sent) is not None


def own_posts(client: tweepy.Client, account_id: str, since_id: str, owned_reads: bool, budget: Budget) -> Iterator[Item]:
    """Yield the account's posts since this one, newest first.

    Each page is paid for before it is requested.

    Raises:
        SourceError: X did not list them.
        UnavailableError: there are more than X lists.
    """
    vocabulary, token = Vocabulary(), None
    price = OWNED_READ_USD if owned_reads else READ_USD
    for _ in range(MAX_PAGES):
        where = {"since_id": since_id, "max_results": str(PAGE), **({"pagination_token": token} if token else {})}

        def ask(where: dict[str, str] = where) -> dict[str, Any]:
            # in the newer contract the post answered is an expansion, billed as one more post
            is_new = vocabulary.name == NEW
            params = {**where, **vocabulary.params(), **({"expansions": "referenced_posts"} if is_new else {})}
            route = f"/2/users/{account_id}/tweets"
            return pay_for(partial(_read, client, route, params), budget, 2 * READ_USD if is_new else price)

        response = vocabulary.send(ask, _rejection, budget.now)
        yield from response.get("data") or []
        token = (response.get("meta") or {}).get("next_token")
        if not token:
            return
    raise UnavailableError(f"X lists no more than {MAX_PAGES * PAGE} posts of the account: please look there")


def _read(client: tweepy.Client, route: str, params: dict[str, str]) -> Any:
    return client.request("GET", route, params=params, user_auth=True).json()


def _rejection(error: Exception) -> str:
    return error.message if isinstance(error, WrongRequestError) else ""
