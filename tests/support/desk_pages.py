"""List every page of the desk, and fill a ledger so that each has something to show.

A route of the desk is a page of `PAGES`, or is in `NO_PAGES` with the reason: a test fails for a new one that is in neither.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Route

from core.config.profile.reports import Scope
from core.records.marked_event import EventFields
from core.records.outbox import MAIL, Due
from desk.state import Desk
from ledger import leases, read, report_requests, warnings
from ledger.outbox import claims, people, planning
from pipeline import all_steps as steps, marked_events
from pipeline.casework.answering.known_answers import known_answers_of
from pipeline.city import gazetteer_upload
from pipeline.context import Context
from pipeline.sources import Source
from pipeline.subscriptions.links import signature
from reports.build.asked import Asked
from tests.support.answers_given import give
from tests.support.played import PlayedOptions
from tests.support.report_numbers import write_numbers
from tests.support.seeded import SALT, open_seeded
from tests.support.subscription_rig import subscribed

CITY_FILE = Path(__file__).parents[1] / "data" / "valencia.geojson"
TRIED = "try=1&act=0.9&review=0.2&reach=0.95&review_per_day=60&pooled=0.8&same_days=21&similar=&reopen_days=14"
PAGES = (
    "/",
    "/posts",
    "/posts?q=farola",
    "/posts?open={post}",
    "/posts?topic=noise&period=today",
    "/posts/{post}",
    "/posts/{post}/words",
    "/search?q=farola",
    "/shortcuts",
    "/cases",
    "/cases?layout=board",
    "/cases?layout=map",
    "/cases?whose=department",
    "/cases?whose=queue",
    "/cases/{case}",
    "/cases/{case}?after=queue&template=Arreglado",
    "/cases/{case}/like",
    "/answers",
    "/answers/known",
    "/answers/known/new",
    "/answers/known/{answer}",
    "/answers/proposals",
    "/map",
    "/map?by=barrio&show=change",
    "/map?district=Salamanca",
    "/map?area=40.4,-3.75,40.45,-3.7,40.42,-3.65&step=3",
    "/review",
    "/review?layout=list",
    "/proposals",
    "/proposals?topic=parks_trees",
    "/thanks",
    "/citizens/{author}",
    "/dashboards/now",
    "/dashboards/service",
    "/dashboards/conversation",
    "/dashboards/cases",
    "/events",
    "/events/{event}",
    "/gold",
    "/profiles",
    "/profiles/service/waste_cleaning",
    "/profiles/district/Salamanca",
    "/reports",
    "{report}",
    "/reports-asked/{job}",
    "/subscriptions",
    "/subscriptions?topic=noise",
    "/subscriptions/{subscription}",
    "/outbox",
    "/unsubscribe/{subscription}/{signature}",
    "/sources",
    "/sources/archive/refused",
    "/forecast",
    "/warnings",
    "/warnings/{warning}",
    "/views",
    "/account",
    "/users",
    "/tokens",
    "/audit",
    "/settings",
    "/settings/setup",
    "/settings/setup/city",
    "/settings/setup/calendar",
    "/settings/setup/departments",
    "/settings/setup/sources",
    "/settings/setup/gazetteer",
    "/settings/setup/gazetteer/{upload}",
    "/settings/setup/mail",
    "/settings/city",
    "/settings/feeds",
    f"/settings/triage?{TRIED}",
    f"/settings/triage/posts?{TRIED}",
    "/settings/working_hours",
    "/settings/departments",
    "/settings/departments?new=1",
    "/settings/templates",
    "/settings/templates?item=Recibido%2Fes",
    "/settings/answers",
    "/settings/warnings",
    "/notice",
    "/login",
    "/setup?once={once}",
    "/nothing",
)
"""Addresses with the names of `filled` to fill in."""
NO_PAGES = {
    "/alive": "a line for a monitor",
    "/audit.csv": "a download",
    "/dashboards": "leads to the first dashboard",
    "/dashboards/{key}/{file}": "a picture or a download",
    "/gold/gold.jsonl": "a download",
    "/language/{language}": "leads back",
    "/map/streets": "a part of the map for a script",
    "/posts/export.{form}": "a download",
    "/cases/export.{form}": "a download",
    "/profiles/{kind}/{name}/{file}": "a picture or a download",
    "/progress": "numbers for a script",
    "/proposals.csv": "a download",
    "/public": "leads to the portal",
    "/public/data.{form}": "leads to the portal",
    "/reports/{name}/{interval}/{file}": "a download",
    "/settings/corrections.{form}": "a download",
    "/shortcuts/{value}": "leads back",
    "/static": "files",
    "/static/identity.css": "a style",
    "/static/logo": "a picture",
    "/subscriptions/{id}/preview": "a mail: `tests/component/reports` checks its form",
    "/theme/{value}": "leads back",
    "/viewers": "names for a script",
}
"""Routes that answer a GET with something else than a page, and with what."""
ALWAYS_THERE = tuple(one for one in PAGES if "{" not in one and "?" not in one)
"""Pages that an empty ledger has too."""


def route_of(path: str) -> str:
    """Return the path of a route as the lists write it."""
    return path.replace(":int}", "}")


def reached(app: Starlette, address: str) -> BaseRoute | None:
    """Return the route that answers a GET of this address."""
    scope = {"type": "http", "method": "GET", "path": address.partition("?")[0], "root_path": ""}
    return next((one for one in app.routes if one.matches(scope)[0] is Match.FULL), None)


def wrong_addresses(app: Starlette) -> list[str]:
    """Return an address of each page with an id of nothing."""
    paths = [one.path for one in app.routes if isinstance(one, Route) and "GET" in (one.methods or ())]
    with_ids = [path for path in paths if "{" in path and route_of(path) not in NO_PAGES]
    return ["/".join("99999" if "{" in part else part for part in path.split("/")) for path in with_ids]


def filled(home: Path) -> Context:
    """Open a context with something to show on every page.

    Close its ledger and the engine afterwards.
    """
    context = open_seeded(home, 60, datetime.now(UTC) - timedelta(minutes=5), replay=True)
    context.sources["archive"] = Source("archive", SimpleNamespace(), PlayedOptions(every=60), None, [])
    give(context, [f"La poda se hace en invierno, caso C-{n}." for n in range(3)])
    steps.index(context)
    steps.report(context, "weekly")
    today = datetime.now(UTC).date()
    strike = EventFields(name="Huelga", first_day=today - timedelta(days=4), last_day=today - timedelta(days=2))
    marked_events.add(context, strike, "ana")
    assert context.annotator.model  # loaded before the browser's clock runs
    return context


def names(context: Context, app: Starlette) -> dict[str, str]:
    """Store what single pages show; return the names in their addresses."""
    desk: Desk = app.state.desk
    subscription = subscribed(context, "local")
    _messages(context)
    return {
        "post": next(read.post_records(context.ledger)).post_id,
        "author": next(one.author for one in read.post_records(context.ledger, own=False) if one.author),
        "case": next(read.case_records(context.ledger)).case_key,
        "answer": known_answers_of(context)[0].answer.id,
        "event": "1",
        "report": write_numbers(context, Scope(), datetime.now(UTC)),
        "job": waiting_report(context),
        "subscription": subscription.id,
        "signature": signature(SALT, subscription.id),
        "warning": warning(context),
        "once": desk.first_user.issue(),
        "upload": upload(context),
    }


def upload(context: Context) -> str:
    """Upload a gazetteer that lacks some things and has some places outside; return its id."""
    with CITY_FILE.open("rb") as file:
        return gazetteer_upload.take(context, [gazetteer_upload.Upload(CITY_FILE.name, file)], "ana").id


def waiting_report(context: Context) -> str:
    """Ask for a report that another desk seems to write; return the job."""
    now = datetime.now(UTC)
    asked = Asked(kind="view", first=now.date() - timedelta(days=9), last=now.date() - timedelta(days=2))
    job = report_requests.add(context.ledger, "ab" * 10, asked.model_dump_json(), "es", {}, 9, now)
    assert leases.hold(context.ledger, f"report request {job}", "another desk", now, timedelta(hours=2))
    return job


def _messages(context: Context) -> None:
    """Store a refused message, one that waits, and one that was withdrawn."""
    now = datetime.now(UTC)
    dues = [Due(subject=str(n), receiver="team Parques y jardines", channel=MAIL) for n in range(3)]
    planning.plan(context.ledger, "staff", dues, now)
    row = claims.claim(context.ledger, "staff", "a:1:1", now, timedelta(minutes=10))
    assert row is not None
    why = "mail to [address]: the server answered 550 5.1.1 no such user here, see https://mail.example/postmaster/policy/5.1.1"
    claims.settle(context.ledger, row, "a:1:1", "refused", why, now)
    people.withdraw(context.ledger, row.id + 1, "ana", now)


def warning(context: Context) -> str:
    """Store a warning of a rise; return its number."""
    now = datetime.now(UTC)
    posts = [one.post_id for one in read.post_records(context.ledger, topic="waste_cleaning", limit=6)]
    row = warnings.WarningRow(
        kind="topic",
        subject="waste_cleaning",
        started_at=now - timedelta(hours=3),
        detected_at=now - timedelta(hours=2),
        last_at=now - timedelta(hours=1),
        ended_at=None,
        people=6,
        counted=9,
        expected=1.5,
        window_s=3600,
        score=7.5,
        also=(("district", "Salamanca"),),
        shown=tuple(posts[:3]),
        example=False,
    )
    assert warnings.start(context.ledger, row, posts, (), (), now)
    return str(read.warnings(context.ledger)[0].number)
