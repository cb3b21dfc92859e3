"""Work 50 cases both ways in Chromium, and print the counts."""

import argparse
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from core.web.rate_limits import ChangeLimits, RateLimit
from desk.app import create_app
from ledger import read
from pipeline.context import Context, now
from tests.support.served_pages import served_at
from workshop.exercise_cases import desk_way, plain_way, queue_way, town
from workshop.exercise_cases.hands import Count, Hands
from workshop.exercise_cases.plain_pages import Office

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CASES = 50
LOOKS = 20
"""Looks of the review that are decided by keys."""
WORKS = ("read", "merge", "route", "answer")


def main(arguments: list[str] | None = None) -> int:
    """Run both ways and print the table."""
    parser = argparse.ArgumentParser(prog="python -m workshop.exercise_cases", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help=f"work only this number of the {CASES} cases")
    parser.add_argument("--queue", action="store_true", help="work the queue and the review by keys alone instead, and count them")
    options = parser.parse_args(arguments)
    limit = options.cases
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("exercise-cases: chromium is missing: apt-get install chromium\n")
        return 2
    logging.disable(logging.WARNING)
    # with a way to send to Mastodon, approval is the last step; nothing is sent here
    os.environ |= {"ESCUCHA_MASTODON_REPLY_SERVER": "http://127.0.0.1:9", "ESCUCHA_MASTODON_REPLY_TOKEN": "unused"}
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        if options.queue:
            return _by_keys(browser, Path(home), limit)
        context = town.open_town(Path(home), now())
        try:
            desk, done = _on_the_desk(browser, context, limit)
            sys.stderr.write(f"exercise-cases: the desk took {_sum(desk)}\n")
            plain, replies = _by_hand(browser, limit)
        finally:
            context.ledger.close()
            browser.close()
    _print(desk, plain)
    sys.stdout.write(f"\ndone on the desk: {done}\ndone by hand: {replies}\n")
    return 0


def _on_the_desk(browser: Browser, context: Context, limit: int) -> tuple[Hands, str]:
    hands, todo = Hands(), desk_way.todos(context)
    if len(todo) != CASES:
        raise SystemExit(f"exercise-cases: the town has {len(todo)} cases instead of {CASES}: triage has changed, adapt town.py")
    chosen = _spread(todo, limit)
    with _desk(context) as address, _tab(browser) as tabs:
        page = tabs.new_page()
        for one in chosen:
            desk_way.work(hands, page, address, one)
    states = [one.state for one in read.answers(context.ledger)]
    merged = read.count_cases(context.ledger, state="merged")
    answered = sum(1 for one in chosen if one.twin is None)
    return (hands, f"{len(chosen)} cases, {merged} merged, {answered} answered, {states.count('approved')} answers approved")


def _by_keys(browser: Browser, home: Path, limit: int) -> int:
    """Work queue and review by keys; return 1 above a limit."""
    with _opened(home / "queue", 0.95) as context, _desk(context) as address, _tab(browser) as tabs:
        queue = queue_way.work_queue(tabs.new_page(), address, context, limit)
    with _opened(home / "review", 0.6) as context, _desk(context) as address, _tab(browser) as tabs:
        looks = queue_way.review(tabs.new_page(), address, LOOKS)
    counts = " ".join(f"{keys} x {queue.counts.count(keys)}" for keys in sorted(set(queue.counts)))
    sys.stdout.write(f"queue: {len(queue.counts)} cases, {sum(queue.counts)} keys, median {queue.median:g}; keys x cases: {counts}\n")
    sys.stdout.write(f"review: {len(looks.counts)} looks, {sum(looks.counts)} keys\n")
    return int(queue.median > queue_way.MOST_KEYS or sum(looks.counts) > queue_way.MOST_REVIEW_KEYS)


@contextmanager
def _opened(home: Path, actionable: float) -> Iterator[Context]:
    home.mkdir()
    context = town.open_town(home, now(), actionable)
    yield context
    context.ledger.close()


@contextmanager
def _desk(context: Context) -> Iterator[str]:
    """Serve the desk; yield its address."""
    app = create_app(context)
    fast = RateLimit(100_000, 60)  # a browser without a person makes more changes a minute than the desk admits
    app.state.desk.limit = ChangeLimits(accounts=fast, addresses=fast)
    with served_at(app) as address:
        yield address


def _by_hand(browser: Browser, limit: int) -> tuple[Hands, str]:
    hands, said = Hands(), town.messages(now())
    office = Office([raw.text for raw, *_ in said])
    rows: dict[tuple[str, str], int] = {}
    worked = 0
    with served_at(office.app()) as address, _tab(browser) as context:
        tabs = plain_way.Tabs(*(context.new_page() for _ in range(3)))
        for page, path in zip((tabs.network, tabs.table, tabs.texts), ("network", "table", "texts"), strict=True):
            page.goto(f"{address}/{path}")
        for number, (_, topic, place, _) in enumerate(said[: _posts_of(limit, len(said))]):
            street = place.partition(",")[0]
            row = rows.get((topic, street))
            case = rows.setdefault((topic, street), len(rows))
            plain_way.work(hands, tabs, plain_way.Said(number, street, topic, row), case)
            worked += 1
    written = sum(bool(text.strip()) for _, text in office.replies)
    kept = sum(bool(row["text"].strip()) for row in office.rows)
    return hands, f"{worked} posts, {kept} rows of the table, {written} replies"


def _spread(todo: list[desk_way.Todo], limit: int) -> list[desk_way.Todo]:
    """Choose cases of both kinds when not all are worked."""
    step = max(1, len(todo) // limit)
    return todo[::step][:limit]


def _posts_of(limit: int, posts: int) -> int:
    return posts if limit >= CASES else limit


@contextmanager
def _tab(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB", permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(60_000)
    yield context
    context.close()


def _print(desk: Hands, plain: Hands) -> None:
    sys.stdout.write(f"{'':8}{'on the desk':>34}{'by hand':>40}\n")
    heads = "".join(f"{name:>8}" for name in ("times", "clicks", "keys", "pages", "s"))
    sys.stdout.write(f"{'':8}{heads}{heads}\n")
    for name in WORKS:
        _line(name, desk.total.get(name, Count()), plain.total.get(name, Count()))
    _line("all", _sum(desk), _sum(plain))


def _sum(hands: Hands) -> Count:
    total = Count()
    for one in hands.total.values():
        total.add(one)
    return total


def _line(name: str, *counts: Count) -> None:
    shown = (f"{one.times:8}{one.clicks:8}{one.keys:8}{one.pages:8}{one.seconds:8.1f}" for one in counts)
    sys.stdout.write(f"{name:8}{''.join(shown)}\n")


if __name__ == "__main__":
    sys.exit(main())
