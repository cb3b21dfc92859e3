"""Give up soon on requests that are meant to hang, and on no others.

With a short time-out on every request, a busy machine fails those that go well; and a client that gave up before the server had
taken its request finds another state than the one the test is about.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from collectors.http import limits
from collectors.http.session import LimitedAdapter

SOON_S, WHOLE_S = 0.25, 0.4
"""Limits of a request that hangs: for a byte, and for the whole response."""
HANG_S = 60.0
"""Silence of a server that hangs: longer than any client waits."""
MOST_S = 30.0
"""Wait for the server to take a request that the client has given up."""


def give_up_soon(monkeypatch: pytest.MonkeyPatch, hangs: Callable[[requests.PreparedRequest], bool], settled: threading.Event) -> None:
    """Shorten the limits of the requests that hang.

    Args:
        monkeypatch: undoes it.
        hangs: tells, before a request is sent, whether the server will be silent.
        settled: set by the server as soon as it has taken that request, or has let it pass; the client gives up only then.
    """
    send = LimitedAdapter.send

    def sent(self: LimitedAdapter, request: requests.PreparedRequest, *args: Any, **kw: Any) -> requests.Response:
        if not hangs(request):
            return send(self, request, *args, **kw)
        settled.clear()
        with pytest.MonkeyPatch.context() as soon:
            soon.setattr(limits, "MAX_SECONDS", WHOLE_S)
            try:
                return send(self, request, *args, **{**kw, "timeout": SOON_S})
            finally:
                assert settled.wait(MOST_S), "the server never took the request"

    monkeypatch.setattr(LimitedAdapter, "send", sent)
