"""Take the screenshots of the desk for README and tutorial: `make screenshots`.

Uses the state of an earlier `make run`. The desk is served by this process on a free port of this machine and rendered by Debian's
chromium, in English and in Spanish. The images are reduced to 64 colours, so that each stays below 150 kB.
"""

import argparse
import logging
import shutil
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from core.config.settings import load_settings
from desk.app import create_app
from ledger import read
from pipeline.context import Context, open_context

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "img"
SIZE = {"width": 1240, "height": 800}
COLOURS = 64
MOST_BYTES = 150_000
LANGUAGES = {"en": "en-GB", "es": "es-ES"}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]


def main() -> int:
    """Serve the desk, take every screenshot, and print their paths."""
    parser = argparse.ArgumentParser(prog="python -m workshop.screenshots", description=__doc__)
    parser.add_argument("--city", type=Path, default=Path("cities/madrid.toml"))
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("screenshots: chromium is missing: apt-get install chromium\n")
        return 2
    logging.basicConfig(level=logging.WARNING)
    with open_context(options.city, load_settings()) as context:
        pages = _pages(context)
        if pages is None:
            sys.stderr.write("screenshots: no case in the ledger: run `make run` until its first pass is done\n")
            return 1
        server = uvicorn.Server(uvicorn.Config(create_app(context), host="127.0.0.1", port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for language in LANGUAGES:
                for name, path in pages.items():
                    _take(browser, f"http://127.0.0.1:{port}{path}", language, name)
            browser.close()
        server.should_exit = True
        thread.join(10)
    return 0


def _pages(context: Context) -> dict[str, str] | None:
    """Return name and path of each page; None without cases.

    Case and post are those of the largest incident.
    """
    cases = [one for one in read.case_records(context.ledger) if one.is_open]
    if not cases:
        return None
    case = max(cases, key=lambda one: (one.example, one.authors, one.case_key))
    witnesses = [one for one in read.post_records(context.ledger) if one.case_key == case.case_key]
    post = max(witnesses, key=lambda one: (bool(one.actionable), one.actionable_score or 0, one.post_id))
    return {
        "now": "/",
        "posts": "/posts?q=farola",
        "post": f"/posts/{post.post_id}",
        "case": f"/cases/{case.case_key}",
        "map": "/map",
        "review": "/review",
    }


def _take(browser: Browser, address: str, language: str, name: str) -> None:
    context = browser.new_context(viewport=SIZE, locale=LANGUAGES[language])  # type: ignore[arg-type]  # SIZE is a ViewportSize
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    context.close()
    path = IMAGES / (f"{name}.png" if language == "en" else f"{name}.{language}.png")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"screenshots: {path} has {size:,} bytes, the limit is {MOST_BYTES:,}: use fewer COLOURS or a smaller SIZE")
    sys.stdout.write(f"{path.relative_to(IMAGES.parents[1])} {size:,} bytes\n")


if __name__ == "__main__":
    sys.exit(main())
