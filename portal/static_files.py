"""Write citizens' pages and open data as files for a web server.

Public load then never reaches Python: `deploy/nginx/portal.conf` serves the files and passes on only what is not there. The pages are those
that the application itself answers with. A file that did not change keeps its time, and with it its ETag.

    pages/<language>/<page>.html    what everybody sees the same
    data/                           open data and its versions
    static/                         style and pictures
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.types import Message, Scope

from core.config.settings import Settings
from core.errors import EscuchaError
from portal import versions
from portal.pages.open_data import FILES
from portal.rendering import LANGUAGES, logo_name
from portal.site import FRESH_S, Site
from reports.publish import replace

log = logging.getLogger("escucha")
PAGES = {"/": "index", "/ask": "ask", "/case": "case", "/open": "open", "/times": "times", "/data": "data", "/notice": "notice"}
"""Pages without a query that are the same for everybody, and the names of their files."""
STATIC = Path(__file__).parent / "static"
MOST_OF_TIME = 0.1
"""Share of the time that writing may take: of a large ledger, or of many towns, the files are written less often."""


class StaticFiles:
    """Write the files again and again until stopped."""

    def __init__(self) -> None:
        """Begin without any city."""
        self._portals: dict[Starlette, Settings] = {}
        self._failing: set[Starlette] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="static-files", daemon=True)

    def add(self, app: Starlette, settings: Settings) -> None:
        """Write the files of a city, too, while the others are written."""
        self._portals[app] = settings

    def start(self) -> None:
        """Begin to write, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait until the last file is whole."""
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            for app, settings in tuple(self._portals.items()):
                if not self._stop.is_set():
                    self._write(app, settings)
            self._stop.wait(max(FRESH_S, (time.monotonic() - began) / MOST_OF_TIME))

    def _write(self, app: Starlette, settings: Settings) -> None:
        try:
            write_files(app, settings)
            self._failing.discard(app)
        except (EscuchaError, OSError) as error:  # the files of the last time stay
            if app not in self._failing:
                log.warning("portal: its files in %s cannot be written: %s", settings.portal_folder, error)
            self._failing.add(app)


def write_files(app: Starlette, settings: Settings) -> int:
    """Write all files that changed; return how many.

    Raises:
        EscuchaError: a page could not be made.
        OSError: the folder cannot be written.
    """
    site: Site = app.state.site
    folder = settings.portal_folder
    versions.keep_version(settings, site.times())
    return sum(_changed(folder / path, content) for path, content in _contents(app, settings))


def _contents(app: Starlette, settings: Settings) -> Iterator[tuple[Path, bytes]]:
    pages = {Path("pages", language, f"{name}.html"): (path, language) for language in LANGUAGES for path, name in PAGES.items()}
    data = {Path("data", name): (f"/data/{name}", "en") for name in FILES}
    city = app.state.site.context.city
    look = {Path(path): (f"/{path}", "en") for path in ("static/identity.css", f"static/logo/{logo_name(city)}")}
    yield from asyncio.run(_answers(app, pages | data | look)).items()
    kept = versions.folder_of(settings)
    for day in versions.days(settings):
        for file in sorted((kept / day).iterdir()):
            yield Path("data", "versions", day, file.name), file.read_bytes()
    for file in sorted(STATIC.iterdir()):
        yield Path("static", file.name), file.read_bytes()


async def _answers(app: Starlette, wanted: Mapping[Path, tuple[str, str]]) -> dict[Path, bytes]:
    """Return the body of each file."""
    return {file: await _answer(app, path, language) for file, (path, language) in wanted.items()}


async def _answer(app: Starlette, path: str, language: str) -> bytes:
    """Return the body of the application's own answer.

    Raises:
        EscuchaError: it is not 200.
    """
    site: Site = app.state.site
    host = urlsplit(site.context.settings.portal_address).netloc
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "client": ("127.0.0.1", 0),
        "server": None,
        "headers": [(b"host", host.encode()), (b"accept-language", language.encode())],
    }
    status, body = 0, bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        body.extend(message.get("body", b""))

    await app(scope, receive, send)
    if status != 200:
        raise EscuchaError(f"{path} ({language}) answered {status}")
    return bytes(body)


def _changed(path: Path, content: bytes) -> bool:
    """Write a file that everybody may read, unless it is unchanged."""
    if path.is_file() and path.read_bytes() == content:
        return False
    for one in reversed(path.parents):
        if not one.exists():
            one.mkdir()
            one.chmod(0o755)
    replace(path, content)
    path.chmod(0o644)
    return True
