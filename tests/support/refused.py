"""List the error our collectors raise for every refusal of every network.

Run as a program it prints all of them as JSON.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import requests
import tweepy
from atproto.exceptions import RequestException
from atproto_client.request import Response
from mastodon.errors import MastodonAPIError, MastodonRatelimitError

from collectors.bluesky import client
from collectors.http import json_api
from collectors.mastodon import client as mastodon_api
from collectors.reddit import client as reddit_api
from collectors.x import client as x_api
from collectors.youtube import client as youtube_api
from core.errors import SourceError
from core.records.collection import Budget

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STATUSES = (301, 400, 401, 402, 403, 404, 405, 410, 422, 429, 500, 502, 503)
IN_TWO_MINUTES = str(int(NOW.timestamp()) + 120)
RESET = dict.fromkeys(("x-rate-limit-reset", "ratelimit-reset", "x-ratelimit-reset"), IN_TWO_MINUTES)
HEADERS: dict[str, dict[str, str]] = {"no header": {}, "Retry-After": {"Retry-After": "90"}, "a reset": RESET}
YOUTUBE_CODES = ("quotaExceeded", "rateLimitExceeded", "keyInvalid", "commentsDisabled", "videoNotFound", "invalidPageToken", "other")


def _response(status: int, headers: dict[str, str], text: str = "", url: str = "https://host.example/path") -> Any:
    response = requests.Response()
    response.status_code, response.url, response._content = status, url, text.encode()
    response.headers.update(headers)
    return response


def _x(status: int, headers: dict[str, str], text: str) -> SourceError:
    return x_api._refusal(tweepy.HTTPException(_response(status, headers, text)), NOW)


def _reddit(status: int, headers: dict[str, str], url: str) -> SourceError:
    return reddit_api.SingleTryAdapter(NOW)._refusal(_response(status, headers, url=url))


def _youtube(status: int, headers: dict[str, str], codes: frozenset[str]) -> SourceError:
    budget = Budget(now=NOW, until=NOW)
    line = SimpleNamespace(budget=budget, exhausted=None)
    error = youtube_api.YouTubeClient._refusal(line, "channel UC1", _response(status, headers), codes)  # type: ignore[arg-type]
    assert line.exhausted in (None, error)
    return type(error)(f"{error}{' [nothing more is asked]' if line.exhausted else ''}", retry_after=error.retry_after, fatal=error.fatal)


def _mastodon(status: int, headers: dict[str, str], has_token: bool) -> SourceError:
    line = SimpleNamespace(server="https://m.example", has_token=has_token, last=_response(status, headers))
    error = MastodonRatelimitError("slow") if status == 429 else MastodonAPIError("refused", status, "reason")
    return mastodon_api.MastodonClient._refusal(line, error, NOW)  # type: ignore[arg-type]


def _bluesky(status: int, headers: dict[str, str]) -> SourceError:
    error = RequestException(Response(success=False, status_code=status, content=None, headers=httpx.Headers(headers)))
    return client._failure(error, NOW)


def _web(status: int, headers: dict[str, str]) -> SourceError:
    session = SimpleNamespace(request=lambda *_, **__: _response(status, headers))
    service = json_api.JsonClient("https://s.example", "[sources.consul]", Budget(now=NOW, until=NOW), session)  # type: ignore[arg-type]
    try:
        service.get_json("/graphql")
    except SourceError as error:
        return error
    raise AssertionError("it was refused")


def all_of_them() -> Iterator[tuple[str, SourceError]]:
    """Return each refusal by name, with the error raised for it."""
    for status in STATUSES:
        for which, headers in HEADERS.items():
            name = f"{status} with {which}"
            for text in ("", "usage-capped"):
                yield f"x {name} {text}", _x(status, headers, text)
            for url in ("https://r.example/search", "https://r.example/api/v1/access_token"):
                yield f"reddit {name} {url}", _reddit(status, headers, url)
            for codes in (*YOUTUBE_CODES, ""):
                yield f"youtube {name} {codes}", _youtube(status, headers, frozenset({codes} - {""}))
            for has_token in (False, True):
                yield f"mastodon {name} token {has_token}", _mastodon(status, headers, has_token)
            yield f"bluesky {name}", _bluesky(status, headers)
            yield f"web {name}", _web(status, headers)


def told(error: SourceError) -> list[Any]:
    return [type(error).__name__, str(error), error.retry_after, error.fatal]


if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: told(error) for name, error in all_of_them()}, indent=0))
