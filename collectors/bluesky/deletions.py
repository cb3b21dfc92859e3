"""Which posts were deleted from Bluesky: a look-up leaves out what it does not show, so what it leaves out is asked for by itself.

It leaves out posts of authors who block our account, too, and all of them while its index has a fault. Only a server that says of one
post that there is none is believed, and only while it shows others.
"""

from collections.abc import Sequence

from atproto import AtUri, Client, models

from collectors.bluesky.client import FailedError, get_posts, to_json
from core.collection import Budget

LOOK_UP = 25
"""Posts one look-up may name."""
NOT_THERE = ("RecordNotFound", "Could not locate record", "Could not find repo")
"""How servers say that there is no such post, or no such account any more; older ones say it only in their words."""


def deletion_states(client: Client, uris: Sequence[str], witness: str, budget: Budget) -> dict[str, bool]:
    """Of each post whether it was deleted; of which nothing can be told, it is absent.

    Args:
        client: of the city's account.
        uris: the posts.
        witness: a search that finds something, for a look-up that shows none of its posts.
        budget: pays for every question.
    """
    told: dict[str, bool] = {}
    for first in range(0, len(uris), LOOK_UP):
        some = uris[first : first + LOOK_UP]
        shown = _shown(client, some, budget)
        told |= {uri: False for uri in some if uri in shown}
        if shown or _has_sight(client, witness, budget):
            left = {uri: _is_there(client, uri, budget) for uri in some if uri not in shown}
            told |= {uri: not there for uri, there in left.items() if there is not None}
    return told


def _shown(client: Client, uris: Sequence[str], budget: Budget) -> set[str]:
    params = models.AppBskyFeedGetPosts.Params(uris=list(uris))
    return {str(post["uri"]) for post in get_posts(client, "app.bsky.feed.getPosts", params, budget)["posts"]}


def _has_sight(client: Client, witness: str, budget: Budget) -> bool:
    """Whether it shows anything at all: what it finds now, it must be able to look up as well."""
    params = models.AppBskyFeedSearchPosts.Params(q=witness, sort="latest", limit=1)
    found = get_posts(client, "app.bsky.feed.searchPosts", params, budget)["posts"]
    return bool(found) and bool(_shown(client, [str(found[0]["uri"])], budget))


def _is_there(client: Client, uri: str, budget: Budget) -> bool | None:
    """Asks for the record itself, which no block hides; None: it says neither."""
    parts = AtUri.from_str(uri)
    params = models.ComAtprotoRepoGetRecord.Params(repo=parts.host, collection=parts.collection, rkey=parts.rkey)
    try:
        to_json(client, "com.atproto.repo.getRecord", params, budget)
    except FailedError as error:
        if error.status == 400 and any(words in error.said for words in NOT_THERE):
            return False
        if error.status is not None and error.retry_after is None:
            return None  # it cannot show this one, and says nothing about the others
        raise
    return True
