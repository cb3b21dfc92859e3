"""Find posts deleted from Bluesky.

A look-up omits what it does not show, so every omitted post is requested by itself. It also omits posts of authors who block our
account, and all posts while its index has a fault. A post counts as deleted only if a server says that this one does not exist,
while it shows others.
"""

from collections.abc import Sequence

from atproto import AtUri, Client, models

from collectors.bluesky.client import FailedError, get_posts, to_json
from collectors.bluesky.mapping import counts
from collectors.parsing import shown_with
from core.records.collection import Budget
from core.records.post import Reach

LOOK_UP = 25
"""Maximum posts of one look-up."""
NOT_FOUND = ("RecordNotFound", "Could not locate record", "Could not find repo")
"""Errors for a post or an account that does not exist; older servers give them in the message only."""


def deletion_states(client: Client, uris: Sequence[str], witness: str, budget: Budget) -> dict[str, bool | Reach]:
    """Return for each post whether it was deleted. Unknown ones are absent.

    Those that the look-up shows come with their counts.

    Args:
        client: of the city's account.
        uris: the posts.
        witness: a search with results, to test a look-up that shows none of its posts.
        budget: pays for every request.
    """
    states: dict[str, bool | Reach] = {}
    for first in range(0, len(uris), LOOK_UP):
        some = uris[first : first + LOOK_UP]
        shown = _shown(client, some, budget)
        states |= {uri: shown[uri] for uri in some if uri in shown}
        if shown or _lookup_works(client, witness, budget):
            left = {uri: _exists(client, uri, budget) for uri in some if uri not in shown}
            states |= {uri: not there for uri, there in left.items() if there is not None}
    return states


def _shown(client: Client, uris: Sequence[str], budget: Budget) -> dict[str, bool | Reach]:
    params = models.AppBskyFeedGetPosts.Params(uris=list(uris))
    found = get_posts(client, "app.bsky.feed.getPosts", params, budget)["posts"]
    return {str(post["uri"]): shown_with(counts(post)) for post in found}


def _lookup_works(client: Client, witness: str, budget: Budget) -> bool:
    """Tell whether the look-up works: it must show what search finds now."""
    params = models.AppBskyFeedSearchPosts.Params(q=witness, sort="latest", limit=1)
    found = get_posts(client, "app.bsky.feed.searchPosts", params, budget)["posts"]
    return bool(found) and bool(_shown(client, [str(found[0]["uri"])], budget))


def _exists(client: Client, uri: str, budget: Budget) -> bool | None:
    """Request the record itself, which no block hides; None: unknown."""
    parts = AtUri.from_str(uri)
    params = models.ComAtprotoRepoGetRecord.Params(repo=parts.host, collection=parts.collection, rkey=parts.rkey)
    try:
        to_json(client, "com.atproto.repo.getRecord", params, budget)
    except FailedError as error:
        if error.status == 400 and any(reason in error.message for reason in NOT_FOUND):
            return False
        if error.status is not None and error.retry_after is None:
            return None  # it cannot show this one; the others may still work
        raise
    return True
