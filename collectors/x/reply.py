"""Answer posts on X as the city's own account.

X has no key against doubling. After an unknown outcome the account's own posts since the message are searched for a reply to it with the
same text. Answering is paid from the budget of `[sources.x]`, before the request is sent; X takes replies by API only to posts that
mention the account or quote it (its rules of 2026-02-23), and refuses the others.
"""

import re
from typing import Any, Literal

import requests
import tweepy
from pydantic import SecretStr, field_validator

from collectors.http.limits import OversizedError
from collectors.http.writing import WritingError, error_of_failure, error_of_status, shorten
from collectors.x import Options
from collectors.x.client import WrongRequestError, is_unparsed_backoff, open_account_client
from collectors.x.mapping import post_as_raw
from collectors.x.own_posts import is_same, own_posts
from core.config import plugins
from core.config.city import City
from core.errors import OutcomeUnknownError, SourceError, UnavailableError
from core.records.answer import ReplyTarget
from core.records.answer_length import LINK
from core.records.collection import Budget
from core.user_agent import user_agent

PAYS: Literal[True] = True
REPLY_USD, LINK_USD = 0.015, 0.200
"""Price of a reply, and of one with a link (X's price list of August 2026)."""
_BARE_LINK = re.compile(r"\b[\w-]+(\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE)
"""X makes a link of a bare host name too."""
_DAILY_LIMIT = re.compile(r"daily (status update )?limit", re.IGNORECASE)


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_X_API_KEY`, `_API_SECRET`, `_ACCESS_TOKEN` and `_ACCESS_TOKEN_SECRET`."""

    x_api_key: SecretStr
    """Consumer key of an app with the permission "Read and write"."""
    x_api_secret: SecretStr
    """Consumer secret of that app."""
    x_access_token: SecretStr
    """Access token (OAuth 1.0a) of the account that answers; begins with its numeric id."""
    x_access_token_secret: SecretStr
    """Secret of that access token."""

    @field_validator("x_access_token")
    @classmethod
    def _begins_with_id(cls, token: SecretStr) -> SecretStr:
        if not re.match(r"\d+-", token.get_secret_value()):
            raise ValueError("an access token of OAuth 1.0a begins with the account's numeric id")
        return token

    @property
    def account_id(self) -> str:
        """Return the numeric id of the account that answers."""
        return self.x_access_token.get_secret_value().split("-")[0]


def price_of(text: str) -> float:
    """Return the highest price of a reply, in USD.

    >>> price_of("Gracias."), price_of("Vea www.villa.es")
    (0.015, 0.2)
    """
    return LINK_USD if LINK.search(text) or _BARE_LINK.search(text) else REPLY_USD


def reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, _key: str, budget: Budget) -> str:
    """Answer one post; see `core.config.protocols.PaidReplier`."""
    price = price_of(text)
    budget.prepay(price)
    try:
        with _open(city, options, secrets) as client:
            native_id = _send(client, target, text)
    except OutcomeUnknownError:
        raise  # stays paid
    except Exception:
        budget.bill([], price, price)  # X took nothing, so it bills nothing
        raise
    budget.bill([f"reply {native_id}"], price, price)
    return _address(native_id)


def find_reply(city: City, options: Options, secrets: Secrets, target: ReplyTarget, text: str, _key: str, budget: Budget) -> str | None:
    """Search the account's own posts since the message; see `core.config.protocols.PaidReplier`."""
    with _open(city, options, secrets) as client:
        try:
            for item in own_posts(client, secrets.account_id, target.native_id, options.owned_reads, budget):
                raw = post_as_raw(item, budget.now)
                if not is_same(raw.text, text) or raw.reply_to not in (target.native_id, None):
                    continue
                if raw.reply_to is None:
                    raise UnavailableError("X lists the same text but not the post it answers: please look there")
                return _address(raw.native_id)
        except SourceError as error:
            if error.fatal and not isinstance(error, WrongRequestError):
                raise
            raise UnavailableError(f"X did not list the account's own posts: {error}") from None
        except (KeyError, TypeError, ValueError) as error:
            raise UnavailableError(f"X returned posts that cannot be parsed ({type(error).__name__})") from None
    return None


def _open(city: City, options: Options, secrets: Secrets) -> Any:
    keys = (secrets.x_api_key, secrets.x_api_secret, secrets.x_access_token, secrets.x_access_token_secret)
    return open_account_client(keys, options.base_url, user_agent(city))


def _send(client: tweepy.Client, target: ReplyTarget, text: str) -> str:
    """Send the reply and return its id."""
    try:
        response = client.create_tweet(text=text, in_reply_to_tweet_id=target.native_id, user_auth=True)
    except tweepy.HTTPException as error:
        raise _refusal(error) from None
    except (requests.RequestException, OversizedError, ValueError) as error:
        if is_unparsed_backoff(error):
            raise UnavailableError("X: too many requests; tried again later") from None
        raise error_of_failure("X", error) from None
    except (AttributeError, TypeError) as error:  # tweepy expects an object in every error response
        raise error_of_failure("X", error) from None
    data = response.get("data") if isinstance(response, dict) else None
    native_id = data.get("id") if isinstance(data, dict) else None
    if not isinstance(native_id, str) or not native_id.isdigit():
        raise OutcomeUnknownError("X accepted the request but returned no id of the answer")
    return native_id


def _refusal(error: tweepy.HTTPException) -> WritingError | SourceError:
    status, words = error.response.status_code, shorten(str(error))
    if status == 401:
        return SourceError(
            "X rejected the account's tokens (401): set ESCUCHA_X_API_KEY, ESCUCHA_X_API_SECRET, ESCUCHA_X_ACCESS_TOKEN and "
            "ESCUCHA_X_ACCESS_TOKEN_SECRET to valid ones",
            fatal=True,
        )
    if status == 402:
        return SourceError("X: out of credits or over the spending limit: buy credits in the console", fatal=True)
    if status == 403 and ("app permissions" in words or "client-forbidden" in error.response.text):
        return SourceError(f"X does not let this app write (403): give it 'Read and write' ({words})", fatal=True)
    if status == 403 and _DAILY_LIMIT.search(words):
        return UnavailableError(f"X: the account's limit of posts is used up; tried again later ({words})")
    return error_of_status("X", status, words)


def _address(native_id: str) -> str:
    return f"https://x.com/i/status/{native_id}"
