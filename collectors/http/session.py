"""Open `requests` sessions whose responses are read whole, within limits."""

import zlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from collectors.http.limits import ACCEPT_ENCODING, CHUNK, OversizedError, decompress, read_in_time
from core.json_limits import MAX_ANSWER_DEPTH, is_deep


class LimitedAdapter(HTTPAdapter):
    """Read every response to its end before returning it.

    One beyond the limits raises an error of `requests`, with the reason in its message.
    """

    def send(self, request: Any, *args: Any, **kw: Any) -> requests.Response:  # noqa: D102 (requests calls it, see the class)
        request.headers["Accept-Encoding"] = ACCEPT_ENCODING
        kw["stream"] = True
        try:
            return read_in_time(partial(self._whole, request, *args, **kw))
        except (OversizedError, HTTPError, zlib.error) as error:
            raise requests.ConnectionError(error, request=request) from error

    def _whole(self, request: Any, *args: Any, **kw: Any) -> requests.Response:
        response = super().send(request, *args, **kw)
        try:
            content = decompress(_chunks(response.raw), response.headers.get("Content-Encoding", ""))
        finally:
            response.close()
        response.raw = BytesIO(content)
        _refuse_deep_json(response)
        return response


def limited_session(agent: str) -> requests.Session:
    """Create a session with limited responses and this user agent. Close it."""
    made = requests.Session()
    made.headers["User-Agent"] = agent
    for scheme in ("https://", "http://"):
        made.mount(scheme, LimitedAdapter())
    return made


def _refuse_deep_json(response: requests.Response) -> None:
    """Refuse JSON nested too deeply, which would crash the client libraries' parsers."""
    try:
        if not is_deep(response.json(), MAX_ANSWER_DEPTH):
            return
    except ValueError:
        return  # not JSON: the caller reports that if it needs JSON
    except RecursionError:
        pass
    raise OversizedError(f"is nested deeper than {MAX_ANSWER_DEPTH} levels")


def _chunks(raw: Any) -> Iterator[bytes]:
    """Yield the body as it arrives, still compressed."""
    while part := raw.read1(CHUNK, decode_content=False):
        yield part
