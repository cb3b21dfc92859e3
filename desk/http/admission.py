"""Who is let in before any page is asked: everything is closed but the pages for citizens, until users or this machine open it."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import EscuchaError
from desk.auth.security import users_demanded
from desk.rendering import page
from ledger import read

OPEN = frozenset({"/public", "/public/data.csv", "/public/data.json", "/notice", "/inbox", "/alive"})
"""Have rules of their own; a new page is closed until it is named here."""
OPEN_FOLDERS = ("/static/", "/language/")
"""What the pages for citizens look like, and their language."""
SETUP = "/setup"


class Admission:
    """ASGI middleware: without users answer direct requests of this machine alone, or only the set-up page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say why not and what helps."""
        refusal = (
            await run_in_threadpool(_refusal, Request(scope)) if scope["type"] == "http" and not _open(scope) else None
        )
        await (refusal or self.app)(scope, receive, send)


def _open(scope: Scope) -> bool:
    path: str = scope["path"]
    return path in OPEN or path.startswith(OPEN_FOLDERS)


def _refusal(request: Request) -> Response | None:
    context = request.app.state.desk.context
    try:
        if read.has_users(context.ledger):
            return None  # each page asks who it is
    except EscuchaError as error:  # the ledger does not answer: nobody is let in meanwhile
        return page(request, "wrong.html", status=503, words=str(error))
    if not users_demanded(context.settings):
        if request.state.direct:
            return None
        return page(
            request, "wrong.html", status=403,
            words="This desk has no users yet, so it answers only on the machine it runs on, without a proxy in between. To open it "
            "to others, set ESCUCHA_DESK_URL to its address, start it again, and make the first user with the link in its log.",
        )  # fmt: skip
    if request.url.path == SETUP:
        return None  # the page asks for the token
    return page(
        request, "wrong.html", status=403,
        words="This desk has no users yet. The first is made with the one-time link that the desk wrote to its log when it started "
        "(journalctl -u escucha-desk, docker compose logs desk, or log/desk.log), or with: escucha user NAME --role admin",
    )  # fmt: skip
