"""Generate the page of the HTTP interface from the desk's routes."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from starlette.routing import Route

from core.config.settings import Settings
from desk.app import create_app
from desk.auth.security import RIGHTS
from desk.http.guard import GuardedPage
from pipeline.context import Context
from workshop.reference.tables.markdown import GENERATED, code, sentence, table

INTRODUCTION = """\
The desk serves pages for staff, pages for everybody, and an interface for programs: [the inbox](inbox.md) (`POST
/inbox`). Everything else returns HTML and may change from one version to the next. `/public` and its files lead to
[the portal](../how-to/citizens-portal.md), which publishes the response times.

Without users the desk answers direct requests of its own machine only. With users, a page without a session redirects
to `/login` (a POST: 401); a role without the right gets 403. Every POST of a page carries the session's CSRF token.
Errors are pages in the reader's language, except where the table of the inbox says JSON. Limits and headers:
[deploy/README.md](../../deploy/README.md).
"""
DATA = """\
Cases of the last 365 days by service, district and channel, without any number below five; the licence and the
attribution are in the JSON file. The portal serves them at `/data/response-times.csv` (UTF-8 with commas) and
`/data/response-times.json`. Both are also files, under
`$ESCUCHA_HOME/open_data/`. How the numbers are counted: [reports](reports.md).
"""
RIGHT_WORDS = {
    "read": "see the pages",
    "work": "work on cases, correct labels, decide reviews",
    "originals": "open a post's original",
    "manage": "users and the audit log",
}


def page() -> str:
    """Return docs/reference/http.md."""
    rights = [
        (code(right), meaning, ", ".join(code(r) for r, have in RIGHTS.items() if right in have)) for right, meaning in RIGHT_WORDS.items()
    ]
    return "\n".join(
        [
            GENERATED,
            "# HTTP interface\n",
            INTRODUCTION,
            "## Open to everybody\n",
            table(("path", "methods", "what"), _open()),
            "## For staff\n",
            table(("path", "methods", "right", "what"), _guarded()),
            "## Rights and roles\n",
            table(("right", "what it allows", "roles"), rights),
            "## Open data\n",
            DATA,
        ]
    )


def _routes() -> list[Route]:
    settings = Settings(home=Path("/nonexistent"))
    context = cast(
        Context, SimpleNamespace(settings=settings, city=None, sources={}, ledger=None)
    )  # only the routes are listed, none is called
    return [one for one in create_app(context).routes if isinstance(one, Route)]


def _open() -> Iterator[tuple[str, str, str]]:
    for route in _routes():
        if _guard(route) is None:
            yield code(route.path), _methods(route), sentence(route.endpoint.__doc__)


def _guarded() -> Iterator[tuple[str, str, str, str]]:
    for route in _routes():
        guard = _guard(route)
        if guard is not None:
            yield code(route.path), _methods(route), guard.right, sentence(guard.endpoint.__doc__)


def _guard(route: Route) -> GuardedPage | None:
    owner: Any = getattr(route.endpoint, "__self__", None)
    return owner if isinstance(owner, GuardedPage) else None


def _methods(route: Route) -> str:
    return " ".join(sorted((route.methods or set()) - {"HEAD"}))
