"""Close every page by default, except those for citizens.

The others open when there are users, or for direct requests from this machine.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import EscuchaError
from desk.auth.security import users_demanded
from desk.rendering import page
from ledger import read

OPEN = frozenset({"/public", "/public/data.csv", "/public/data.json", "/notice", "/inbox", "/alive"})
"""Paths with separate rules; a new page is closed until it is listed here."""
OPEN_FOLDERS = ("/static/", "/language/", "/unsubscribe/")
"""Style and language of the pages for citizens; the signed link in a mail."""
SETUP = "/setup"


class Admission:
    """Restrict a desk without users, as ASGI middleware.

    It answers direct requests from this machine only, or only the set-up page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with the reason and the remedy."""
        refusal = await run_in_threadpool(_refusal, Request(scope)) if scope["type"] == "http" and not _open(scope) else None
        await (refusal or self.app)(scope, receive, send)


def _open(scope: Scope) -> bool:
    path: str = scope["path"]
    return path in OPEN or path.startswith(OPEN_FOLDERS)


def _refusal(request: Request) -> Response | None:
    context = request.app.state.desk.context
    try:
        if read.has_users(context.ledger):
            return None  # each page checks the user
    except EscuchaError as error:  # the ledger does not answer: refuse all meanwhile
        return page(request, "error.html", status=503, message=str(error))
    if not users_demanded(context.settings):
        if request.state.direct:
            return None
        return page(
            request,
            "error.html",
            status=403,
            message="This desk has no users yet, so it answers only on the machine it runs on, without a proxy in between. To open it "
            "to others, set ESCUCHA_DESK_URL to its address, restart it, and create the first user with the link in its log.",
        )
    if request.url.path == SETUP:
        return None  # the page checks the token
    return page(
        request,
        "error.html",
        status=403,
        message="This desk has no users yet. Create the first one with the one-time link in the desk's log "
        "(journalctl -u escucha-desk, docker compose logs desk, or log/desk.log), or with: escucha user NAME --role admin",
    )
