"""How client libraries that stand on `requests` reach the web: each answer is read to its end at once, within our limits."""

import zlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from collectors.http.limits import PACKINGS, PART, OversizedError, decompress, read_in_time
from core.json_limits import LEFT, is_deep


class LimitedAdapter(HTTPAdapter):
    """Hands out only answers that were read whole; what goes beyond the limits is an error of `requests`, in words."""

    def send(self, request: Any, *args: Any, **kw: Any) -> requests.Response:  # noqa: D102 (requests calls it, see the class)
        request.headers["Accept-Encoding"] = PACKINGS
        kw["stream"] = True
        try:
            return read_in_time(partial(self._whole, request, *args, **kw))
        except (OversizedError, HTTPError, zlib.error) as error:
            raise requests.ConnectionError(error, request=request) from error

    def _whole(self, request: Any, *args: Any, **kw: Any) -> requests.Response:
        response = super().send(request, *args, **kw)
        try:
            content = decompress(_parts(response.raw), response.headers.get("Content-Encoding", ""))
        finally:
            response.close()
        response.raw = BytesIO(content)
        _refuse_the_deep(response)
        return response


def limited_session(agent: str) -> requests.Session:
    """A session of which every answer is limited, and that says who asks; close it when done."""
    made = requests.Session()
    made.headers["User-Agent"] = agent
    for scheme in ("https://", "http://"):
        made.mount(scheme, LimitedAdapter())
    return made


def _refuse_the_deep(response: requests.Response) -> None:
    """Every client library reads JSON by itself, and falls over what is nested without end."""
    try:
        if not is_deep(response.json(), LEFT):
            return
    except ValueError:
        return  # no JSON: whoever wants some will say so
    except RecursionError:
        pass
    raise OversizedError(f"is nested deeper than {LEFT} levels")


def _parts(raw: Any) -> Iterator[bytes]:
    """The answer as it comes over the line, still packed."""
    while part := raw.read1(PART, decode_content=False):
        yield part
