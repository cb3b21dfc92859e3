"""Fill in the form of the portal on its map, without script, and read what is reported."""

import html
import re

from starlette.testclient import TestClient

from core.config.city import City
from core.records.annotation import Annotation, Label
from core.records.post import Post
from gazetteer import gazetteer_of
from ledger.processing import annotations
from nlp.questions.places import Options, candidates, label
from nlp.questions.places.stated import at_its_point
from pipeline.context import Context, now
from pipeline.steps.triage import triage
from portal.pages.report_map.drawing import SIZES
from portal.pages.report_map.view import view_named
from tests.support.citizen_reports import REPORT, SPANISH, token_of
from tests.support.ledger_facts import LEASE, reading

TYPED = {**REPORT, "place": "", "area": ""}
"""A form without any place."""


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a form: token, view and point."""
    return dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', page))


def step(client: TestClient, given: dict[str, str]) -> tuple[dict[str, str], str]:
    """Send the form by one step; return its fields after it, and the page."""
    answer = client.post("/report", data=given, headers=SPANISH, follow_redirects=False)
    assert answer.status_code == 200, answer.text
    page = html.unescape(answer.text)
    return {**{name: value for name, value in given.items() if name in TYPED}, **hidden(page)}, page


def click(client: TestClient, city: City, given: dict[str, str], lat: float, lon: float, size: str = "m") -> tuple[dict[str, str], str]:
    """Click on the map of the form at a point of the city."""
    view = view_named(city, given["view"])
    assert view is not None
    pixels = {f"at_{size}.{axis}": str(round(one * SIZES[size])) for axis, one in zip("xy", view.place(lat, lon), strict=True)}
    return step(client, {**given, **pixels})


def begun(client: TestClient, **more: str) -> dict[str, str]:
    """Return the fields of a form that is about to be filled in."""
    return {**TYPED, "token": token_of(client), "view": "city", "point": "", **more}


def chosen(client: TestClient, city: City, lat: float, lon: float, **more: str) -> dict[str, str]:
    """Choose a point by three clicks; return the fields of the form."""
    given = begun(client, **more)
    for _ in range(3):
        given, _page = click(client, city, given, lat, lon)
    return given


def annotate(context: Context, post: Post) -> Annotation:
    """Annotate a post: sure to be a case, its places as the product finds them without the tagger."""
    gazetteer = gazetteer_of(context.city)
    found = label(Options(), gazetteer, candidates(gazetteer, post.text, ()), "reader@1", len(post.text))
    sure = Label(question="actionable", value=True, score=0.99, model="reader@1")
    places = at_its_point(found, post, gazetteer)
    made = reading(post)
    return made.model_copy(update={"labels": made.labels | {"places": places, "actionable": sure}})


def triage_reports(context: Context) -> None:
    """Annotate what was reported, and triage it."""
    while claimed := annotations.claim_pending(context.ledger, "reader", 10, now(), LEASE):
        annotations.store_annotations(context.ledger, "reader", [annotate(context, one) for one in claimed], [], now())
    triage(context)
