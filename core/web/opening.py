"""Serve a town of several, or say why it cannot be opened.

A damaged ledger, or one of a newer version, must not keep the other towns from being served.
"""

import logging
import time
from collections.abc import Callable, Sequence
from html import escape
from threading import Lock

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from core.config.own_variables import unread_variables
from core.config.towns import ServedTown
from core.errors import EscuchaError
from core.i18n.translate import wished_language
from core.runtime.disk import describe_disk_error

OpenApp = Callable[[ServedTown], Starlette]
log = logging.getLogger("escucha")
AGAIN_S = 60.0
"""A town that cannot be opened is tried again so long after the last time, when it is asked for."""
PAGE = '<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{town}</title><h1>{town}</h1><p>{said}</p>{why}</html>\n'


class OpeningTown:
    """Open a town, again if need be, and serve it."""

    def __init__(self, town: ServedTown, program: str, open_app: OpenApp, say: Callable[[str], str]) -> None:
        """Try to open it for the first time.

        Args:
            town: which.
            program: `desk`, whose visitors read why it is closed, or `portal`, whose visitors do not.
            open_app: opens its ledger and returns its application.
            say: returns, in a language, what a visitor reads while it is closed.
        """
        self.town, self.problem = town, ""
        """What is wrong, and what to do; empty while it is served."""
        self.app: Starlette | None = None
        self._program, self._open_app, self._say = program, open_app, say
        self._opening = Lock()
        self._tried = 0.0
        self.open()

    def open(self) -> None:
        """Open the town, unless it is open or was just tried."""
        if self.app is not None or (self.problem and time.monotonic() - self._tried < AGAIN_S) or not self._opening.acquire(blocking=False):
            return
        try:
            self.app, self.problem = self._open_app(self.town), ""
        except EscuchaError as error:
            self._close(str(error))
        except OSError as error:
            self._close(describe_disk_error(error, self.town.settings.home.absolute()))
        except Exception as error:  # a bug: it may be in what this town alone has
            log.exception("%s: %s: internal error in Escucha, please report it", self._program, self.town.name)
            self._close(f"internal error in Escucha ({type(error).__name__}), please report it")
        finally:
            self._tried = time.monotonic()
            self._opening.release()

    def _close(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s: %s is not served, the other towns are: %s", self._program, self.town.name, problem)
        self.problem = problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.app is None:
            await run_in_threadpool(self.open)
        await (self.app or self._closed(scope))(scope, receive, send)

    def _closed(self, scope: Scope) -> HTMLResponse:
        language = wished_language(Request(scope).headers.get("accept-language", ""))
        why = f"<p>{escape(self.problem)}</p>" if self._program == "desk" else ""
        page = PAGE.format(language=language, town=escape(self.town.name.capitalize()), said=escape(self._say(language)), why=why)
        return HTMLResponse(page, 503, headers={"retry-after": f"{AGAIN_S:.0f}", "cache-control": "no-store"})


def open_towns(towns: Sequence[ServedTown], program: str, open_app: OpenApp, say: Callable[[str], str]) -> list[OpeningTown]:
    """Open each of several towns; arguments as of `OpeningTown`.

    Raises:
        EscuchaError: none can be opened; the message says why in each.
    """
    if said := unread_variables(towns[0].settings):
        log.warning("%s: %s", program, said)
    opened = [OpeningTown(town, program, open_app, say) for town in towns]
    if not any(one.app for one in opened):
        raise EscuchaError(f"no town can be opened: {'; '.join(f'{one.town.name}: {one.problem}' for one in opened)}")
    return opened
