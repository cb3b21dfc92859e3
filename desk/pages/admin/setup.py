"""Create the first user, on a page that needs a one-time link.

The link is in the log; the page is closed permanently afterwards.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.errors import ConfigurationError
from core.web.client_address import caller
from core.web.rate_limits import RateLimit
from desk.auth.users import set_user
from desk.rendering import page
from ledger import read

VALID_S = 3600.0
LINE = "first user: open "
"""Start of the log line with the link; `make run` searches for it."""


@dataclass
class FirstUser:
    """Hold the one-time token.

    Only its hash is kept, in this process: another start issues another link.
    """

    clock: Callable[[], float] = time.monotonic
    tries: RateLimit = field(default_factory=lambda: RateLimit(20, 60))
    lock: Lock = field(default_factory=Lock)
    _hash: bytes = b""
    _until: float = 0.0

    def issue(self) -> str:
        """Create a new token and invalidate an earlier one."""
        token = secrets.token_urlsafe(32)
        self._hash, self._until = _digest(token), self.clock() + VALID_S
        return token

    def accepts(self, token: str) -> bool:
        """Return True for the latest token, until it is used or expired."""
        return bool(self._hash) and self.clock() < self._until and hmac.compare_digest(self._hash, _digest(token))

    def close(self) -> None:
        """Invalidate the token."""
        self._hash = b""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def first_user(request: Request) -> Response:
    """Show the form, or create the first user from it."""
    desk = request.app.state.desk
    if await run_in_threadpool(read.has_users, desk.context.ledger):
        raise HTTPException(404)
    form = await request.form() if request.method == "POST" else FormData()
    token = str(form.get("token", "")) or request.query_params.get("once", "")
    if not desk.first_user.accepts(token):
        if not desk.first_user.tries.admits(caller(request.client.host if request.client else "")):
            return page(request, "error.html", status=429, message="Too many tries. Please wait five minutes.")
        return page(
            request,
            "error.html",
            status=403,
            message="This link is invalid or has expired. A link is valid once and for one hour: restart the desk to get a new one in its "
            "log.",
        )
    if request.method != "POST":
        return page(request, "setup.html", token=token, problem="")
    return await run_in_threadpool(_make, request, form, token)


def _make(request: Request, form: FormData, token: str) -> Response:
    """Create the user; two concurrent forms create one."""
    desk = request.app.state.desk
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    if password != str(form.get("again", "")):
        return page(request, "setup.html", status=400, token=token, problem="The two passwords are not the same.")
    with desk.first_user.lock:
        if not desk.first_user.accepts(token) or read.has_users(desk.context.ledger):
            raise HTTPException(404)
        try:
            set_user(desk.context.ledger, name, password, "admin", desk.context.city.name, who=name)
        except ConfigurationError as error:
            return page(request, "setup.html", status=400, token=token, problem=str(error))
        desk.first_user.close()
    return RedirectResponse("/login", status_code=303)
