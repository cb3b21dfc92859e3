"""No page of the portal is forgotten where pages are looked at in a browser."""

from starlette.applications import Starlette
from starlette.routing import Match, Mount, Route

from portal.app import page_routes
from tests.support.portal_pages import NO_PAGES, PAGES


def route_of(address: str) -> str | None:
    """Return the path of the route that answers a GET of this address."""
    scope = {"type": "http", "method": "GET", "path": address.partition("?")[0], "root_path": ""}
    found = (one for one in Starlette(routes=page_routes()).routes if one.matches(scope)[0] is Match.FULL)
    return next((one.path for one in found if isinstance(one, Mount | Route)), None)


def test_every_route_is_a_page_that_is_looked_at_or_is_said_to_be_none() -> None:
    answered = {one.path for one in page_routes() if isinstance(one, Mount) or "GET" in (one.methods or ())}
    addresses = [one.format(receipt="/case/1/a", mails="/mails/1/a") for one in PAGES if one != "/nothing"]
    looked_at = {route_of(one) for one in addresses}
    assert answered - looked_at - set(NO_PAGES) == set(), "add it to PAGES or NO_PAGES of tests/support/portal_pages.py"
    assert set(NO_PAGES) - answered == set()
    assert looked_at & set(NO_PAGES) == set()
