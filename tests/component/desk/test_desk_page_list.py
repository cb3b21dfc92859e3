"""No page of the desk is forgotten where pages are looked at in a browser."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from desk.app import create_app
from tests.support.desk_pages import NO_PAGES, PAGES, reached, route_of
from tests.support.seeded import open_seeded


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Starlette]:
    context = open_seeded(tmp_path, 0, datetime.now(UTC))
    yield create_app(context)
    context.ledger.close()


def answered(app: Starlette) -> set[str]:
    """Return every route that answers a GET."""
    found = [one for one in app.routes if isinstance(one, Mount) or "GET" in (getattr(one, "methods", None) or ())]
    return {route_of(one.path) for one in found if isinstance(one, Mount | Route)}


def test_every_route_is_a_page_that_is_looked_at_or_is_said_to_be_none(app: Starlette) -> None:
    report = {"report": "/reports/view/2026"}
    numbers = dict.fromkeys(
        ("post", "author", "case", "answer", "event", "job", "subscription", "signature", "warning", "once", "upload"), "1"
    )
    routes = [reached(app, one.format(**numbers, **report)) for one in PAGES if one != "/nothing"]
    assert None not in routes
    looked_at = {route_of(one.path) for one in routes if isinstance(one, Route)}
    assert answered(app) - looked_at - set(NO_PAGES) == set(), "add it to PAGES or NO_PAGES of tests/support/desk_pages.py"
    assert looked_at & set(NO_PAGES) == set()


def test_the_list_of_what_is_no_page_names_routes_only(app: Starlette) -> None:
    assert set(NO_PAGES) - answered(app) == set()
