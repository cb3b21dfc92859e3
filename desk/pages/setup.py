"""The first user: made on a page that only a one-time link from the log opens, and that is closed for ever afterwards."""

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
from desk.auth.users import set_user
from desk.http.client_address import caller
from desk.http.rate_limits import RateLimit
from desk.rendering import page
from ledger import read

VALID_S = 3600.0
LINE = "first user: open "
"""How the line with the link starts in the log; `make run` looks for it there."""


@dataclass
class FirstUser:
    """The one-time token. Only its hash is kept, in this process: another start writes another link."""

    clock: Callable[[], float] = time.monotonic
    tries: RateLimit = field(default_factory=lambda: RateLimit(20, 60))
    making: Lock = field(default_factory=Lock)
    _hash: bytes = b""
    _until: float = 0.0

    def issue(self) -> str:
        """Make a new token; an earlier one is void."""
        token = secrets.token_urlsafe(32)
        self._hash, self._until = _digest(token), self.clock() + VALID_S
        return token

    def accepts(self, token: str) -> bool:
        """Return True for the token issued last, until it is used or too old."""
        return bool(self._hash) and self.clock() < self._until and hmac.compare_digest(self._hash, _digest(token))

    def close(self) -> None:
        """Void the token."""
        self._hash = b""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def first_user(request: Request) -> Response:
    """Show the form, or make the first user from it."""
    desk = request.app.state.desk
    if await run_in_threadpool(read.has_users, desk.context.ledger):
        raise HTTPException(404)
    form = await request.form() if request.method == "POST" else FormData()
    token = str(form.get("token", "")) or request.query_params.get("once", "")
    if not desk.first_user.accepts(token):
        if not desk.first_user.tries.admits(caller(request.client.host if request.client else "")):
            return page(request, "wrong.html", status=429, words="Too many tries. Please wait five minutes.")
        return page(
            request, "wrong.html", status=403,
            words="This link is no longer valid, or was never one. Links are valid for one hour and once: start the desk again, and it "
            "writes a new one to its log.",
        )  # fmt: skip
    if request.method != "POST":
        return page(request, "setup.html", token=token, problem="")
    return await run_in_threadpool(_make, request, form, token)


def _make(request: Request, form: FormData, token: str) -> Response:
    """Make the user; two forms at once make one."""
    desk = request.app.state.desk
    name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    if password != str(form.get("again", "")):
        return page(request, "setup.html", status=400, token=token, problem="The two passwords are not the same.")
    with desk.first_user.making:
        if not desk.first_user.accepts(token) or read.has_users(desk.context.ledger):
            raise HTTPException(404)
        try:
            set_user(desk.context.ledger, name, password, "admin", desk.context.city.name, who=name)
        except ConfigurationError as error:
            return page(request, "setup.html", status=400, token=token, problem=str(error))
        desk.first_user.close()
    return RedirectResponse("/login", status_code=303)
