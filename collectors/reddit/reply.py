"""Answer Reddit submissions and comments as the city's own account.

Reddit has no key against doubling. After an unknown outcome the account's own comments are searched for one below the message with the
same text. An app of the type "script" is needed, approved like that for reading.
"""

from contextlib import AbstractContextManager
from typing import Any, Literal

from praw.exceptions import PRAWException, RedditAPIException
from praw.models import Comment
from prawcore.exceptions import OAuthException, PrawcoreException
from pydantic import Field, SecretStr

from collectors.http.errors import error_name
from collectors.http.writing import WritingError, error_of_failure, normalise, shorten
from collectors.reddit import COMMENT, PAGE, Options
from collectors.reddit.client import RedditClient, WritingAdapter, open_account_client
from core.config import plugins
from core.config.city import City
from core.errors import EscuchaError, OutcomeUnknownError, RefusedError, SourceError, UnavailableError
from core.records.answer import ReplyTarget
from core.records.collection import Budget
from core.user_agent import user_agent

PAYS: Literal[True] = True
MAX_PAGES = 10
"""Reddit lists at most 1,000 comments of an account."""
LATER = frozenset({"RATELIMIT"})
"""Reasons for which the same answer may be sent later."""
REDDIT = "https://www.reddit.com"


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_REDDIT_CLIENT_ID`, `_CLIENT_SECRET`, `_USER` and `_PASSWORD`."""

    reddit_client_id: SecretStr
    """Client id of an app of the type "script" that Reddit approved."""
    reddit_client_secret: SecretStr
    """Client secret of that app."""
    reddit_user: str = Field(min_length=1)
    """Account that owns the app and answers."""
    reddit_password: SecretStr
    """Password of that account, which must not use two-factor authentication."""


def reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, _key: str, budget: Budget) -> str:
    """Answer one submission or comment; see `core.config.protocols.PaidReplier`."""
    budget.spend(1)
    with _open(city, options, secrets, budget) as client:
        try:
            written = _message(client, target.native_id).reply(text)
        except RedditAPIException as error:
            raise _refusal(error) from None
        except OAuthException as error:
            raise SourceError(
                f"Reddit rejected the account's login ({error.error}): set ESCUCHA_REDDIT_USER and ESCUCHA_REDDIT_PASSWORD to "
                "those of the owner of the script app, without two-factor authentication",
                fatal=True,
            ) from None
        except PrawcoreException as error:
            raise _cause(error, client) from None
        except (PRAWException, AttributeError, LookupError, TypeError, ValueError) as error:
            raise _failure(error, client) from None
    return _address(written)


def find_reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, _key: str, budget: Budget) -> str | None:
    """Search the account's own comments; see `core.config.protocols.PaidReplier`."""
    wanted = target.native_id, normalise(text)
    after: dict[str, str] = {}
    with _open(city, options, secrets, budget) as client:
        for _ in range(MAX_PAGES):
            try:
                listing = client.get_json(f"user/{secrets.reddit_user}/comments", {"sort": "new", "limit": PAGE, **after})
                found = [_fields(one) for one in listing["children"]]
            except SourceError as error:
                if error.fatal:
                    raise
                raise UnavailableError(f"Reddit did not list the account's own comments: {error}") from None
            except (AttributeError, LookupError, TypeError) as error:
                raise UnavailableError(f"Reddit returned comments that cannot be parsed: {error}") from None
            for data in found:
                if (data.get("parent_id"), normalise(str(data.get("body")))) == wanted:
                    return f"{REDDIT}{data['permalink']}"
            if not listing.get("after"):
                return None
            after = {"after": str(listing["after"])}
    return None


def _open(city: City, options: Options, secrets: Secrets, budget: Budget) -> AbstractContextManager[RedditClient]:
    keys = (secrets.reddit_client_id, secrets.reddit_client_secret, secrets.reddit_password)
    return open_account_client(keys, secrets.reddit_user, options.base_url, budget, user_agent(city))


def _message(client: RedditClient, native_id: str) -> Any:
    short = native_id.split("_", 1)[-1]
    return client.reddit.comment(short) if native_id.startswith(COMMENT) else client.reddit.submission(short)


def _refusal(error: RedditAPIException) -> WritingError:
    words = shorten("; ".join(f"{one.error_type}: {one.message}" for one in error.items))
    if any(one.error_type in LATER for one in error.items):
        return UnavailableError(f"Reddit takes nothing now: {words}")
    return RefusedError(f"Reddit refused the answer: {words}")


def _failure(error: Exception, client: RedditClient) -> EscuchaError:
    if isinstance(client.adapter, WritingAdapter) and not client.adapter.has_written:
        return UnavailableError(f"Reddit did not answer the login ({error_name(error)}), and nothing was sent")
    return error_of_failure("Reddit", error)


def _cause(error: PrawcoreException, client: RedditClient) -> EscuchaError:
    """Return the error of our own adapter, which the library wraps."""
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, SourceError) and not cause.fatal:
        return UnavailableError(f"Reddit gave no access, and nothing was sent: {cause}")
    return cause if isinstance(cause, EscuchaError) else _failure(error, client)


def _address(written: Any) -> str:
    # `vars`: reading an attribute that is absent makes the library fetch it
    fields = vars(written) if isinstance(written, Comment) else {}
    if not isinstance(fields.get("permalink"), str):
        raise OutcomeUnknownError("Reddit accepted the request but returned no address of the answer")
    return f"{REDDIT}{fields['permalink']}"


def _fields(item: Any) -> dict[str, Any]:
    data: dict[str, Any] = item["data"]
    return data
