"""Events that staff mark: audited, edited once, shown on every timeline, compared before and after."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import ChangeRefusedError, ConfigurationError
from core.records.marked_event import EventFields
from desk.app import create_app
from desk.pages.analysis.events import compare
from ledger import read
from pipeline import marked_events
from pipeline.context import Context
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
TODAY = NOW.date()
STRIKE = EventFields(name="Huelga", first_day=TODAY - timedelta(days=6), last_day=TODAY - timedelta(days=2))


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 60, NOW)
    yield context
    context.ledger.close()


def whats(context: Context) -> list[tuple[str, str, str]]:
    return [(one.who, one.what, one.subject) for one in read.audit_lines(context.ledger)]


def test_an_event_is_marked_edited_and_removed_and_each_is_audited(context: Context) -> None:
    marked_events.add(context, STRIKE, "ana")
    marked_events.add(context, STRIKE, "ben")  # the same form again
    (event,) = read.marked_events(context.ledger)
    assert (event.name, event.revision, event.changed_by) == ("Huelga", 1, "ana")
    changed = STRIKE.model_copy(update={"name": "Huelga de basuras", "topic": "waste_cleaning"})
    marked_events.edit(context, event.id, changed, "ben", 1)
    with pytest.raises(ChangeRefusedError, match="changed or removed after you opened"):
        marked_events.edit(context, event.id, STRIKE, "ana", 1)
    with pytest.raises(ChangeRefusedError, match="changed or removed after you opened"):
        marked_events.remove(context, event.id, "ana", 1)
    marked_events.remove(context, event.id, "ana", 2)
    assert read.marked_events(context.ledger) == []
    assert whats(context) == [
        ("ana", "event_marked", "Huelga"),
        ("ben", "event_changed", "Huelga"),
        ("ana", "event_removed", "Huelga de basuras"),
    ]


def test_an_event_never_becomes_another_one(context: Context) -> None:
    marked_events.add(context, STRIKE, "ana")
    marked_events.add(context, STRIKE.model_copy(update={"name": "Feria"}), "ana")
    feria = next(one for one in read.marked_events(context.ledger) if one.name == "Feria")
    with pytest.raises(ChangeRefusedError, match="already"):
        marked_events.edit(context, feria.id, STRIKE, "ana", 1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "at most 80"),
        ({"last_day": STRIKE.first_day - timedelta(days=1)}, "last day"),
        ({"last_day": STRIKE.first_day + timedelta(days=366)}, "one year"),
        ({"first_day": date(1, 1, 1), "last_day": date(1, 1, 2)}, "between the years 1900 and 2999"),
        ({"first_day": date(9999, 12, 1), "last_day": date(9999, 12, 31)}, "between the years 1900 and 2999"),
        ({"topic": "nothing"}, "service"),
    ],
)
def test_a_wrong_event_is_refused_in_words(context: Context, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        marked_events.add(context, STRIKE.model_copy(update=wrong), "ana")
    assert read.marked_events(context.ledger) == []


def test_a_timeline_shows_the_events_of_its_days_service_and_district(context: Context) -> None:
    for name, more in (
        ("Huelga", {"topic": "waste_cleaning"}),
        ("Fiesta", {"district": "Centro"}),
        ("Antes", {"first_day": date(2020, 1, 1), "last_day": date(2020, 1, 2)}),
    ):
        marked_events.add(context, STRIKE.model_copy(update={"name": name, **more}), "ana")
    client = browser(context)
    for address, shown in {
        "/": {"Huelga", "Fiesta"},
        "/?topic=noise": {"Fiesta"},
        "/map?topic=waste_cleaning&district=Salamanca": {"Huelga"},
    }.items():
        page = client.get(address).text
        assert {one for one in ("Huelga", "Fiesta", "Antes") if f">{one}</a>" in page} == shown, address
        assert page.count('class="event"') == len(shown)


def test_only_who_works_can_mark_and_the_page_shows_what_was_typed(context: Context) -> None:
    people(context)
    client = logged_in(context, "ben")
    form = {"name": "Huelga", "first_day": "2026-11-02", "last_day": "2026-11-06", "topic": "waste_cleaning", "district": ""}
    page = sent(client, "/events", "/events/add", **form)
    assert "Waste and cleaning · the whole city" in page
    (event,) = read.marked_events(context.ledger)
    page = sent(client, f"/events/{event.id}", f"/events/{event.id}/edit", **form | {"name": "Huelga general"})
    assert "<h1>Huelga general</h1>" in page
    assert "No event is marked yet." in sent(client, f"/events/{event.id}", f"/events/{event.id}/remove")
    assert client.get(f"/events/{event.id}").status_code == 404
    assert client.post("/events/add", data=form).status_code == 403


def test_before_and_after_count_whole_days_that_were_listened_to(tmp_path: Path) -> None:
    context = open_seeded(tmp_path, 120, NOW)  # four a day, of which near copies are not listed
    strike = STRIKE.model_copy(update={"first_day": TODAY - timedelta(days=11)})
    marked_events.add(context, strike, "ana")
    (event,) = read.marked_events(context.ledger)
    found = compare(create_app(context).state.desk, event, "posts", NOW)
    zone = context.city.zone
    posts = [one.created_at.astimezone(zone).date() for one in read.messages(context.ledger, limit=100)]
    for span, first, last in (
        (found.before, min(posts), strike.first_day - timedelta(days=1)),
        (found.during, strike.first_day, strike.last_day),
        (found.after, strike.last_day + timedelta(days=1), NOW.astimezone(zone).date() - timedelta(days=1)),
    ):
        assert span is not None
        assert (span.first, span.last, len(span.days)) == (first, last, (last - first).days + 1)
        assert span.count == sum(first <= day <= last for day in posts)
    during, after = found.ratios
    assert during is not None  # some 20 posts in 10 days
    assert after is None  # at most 4 posts in one day
    page = browser(context, "es").get(f"/events/{event.id}").text
    assert "×" in page
    assert "datos insuficientes" in page
    context.ledger.close()


def fields(page: str, form: str) -> dict[str, str]:
    """Return what a form of an event holds, as a browser shows it."""
    shown = page.partition(f'action="{form}"')[2].partition("</form>")[0]
    found = dict(re.findall(r'name="(name|first_day|last_day)"[^>]* value="([^"]*)"', shown))
    for name, options in re.findall(r'<select[^>]* name="(topic|district)">(.*?)</select>', shown):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        found[name] = "" if chosen is None else chosen[1] or chosen[2]
    return found


TYPED = {"name": "Huelga de limpieza", "first_day": "2026-11-06", "last_day": "2026-11-02", "topic": "waste_cleaning", "district": "Centro"}
WRONG = "El último día de un acontecimiento es el primero o uno posterior, dentro de un año."


def test_a_refused_event_keeps_what_was_typed_and_says_why(context: Context) -> None:
    """Before, the page of the error listed the texts, and days, service and district were lost."""
    client = browser(context, "es")
    data = hidden(client.get("/events").text, "/events/add") | TYPED
    answer = client.post("/events/add", data=data)
    assert answer.status_code == 400
    assert f'role="alert">{WRONG}</p>' in answer.text
    assert '<details class="card narrow" open>' in answer.text
    assert fields(answer.text, "/events/add") == TYPED
    assert read.marked_events(context.ledger) == []
    again = client.post("/events/add", data=data | {"first_day": "", "name": "<b>"})  # no day, and not HTML
    assert again.status_code == 400
    assert fields(again.text, "/events/add") == TYPED | {"first_day": "", "name": "&lt;b&gt;"}


def test_a_refused_change_of_an_event_keeps_what_was_typed(context: Context) -> None:
    marked_events.add(context, STRIKE, "ana")
    (event,) = read.marked_events(context.ledger)
    client, form = browser(context, "es"), f"/events/{event.id}/edit"
    data = hidden(client.get(f"/events/{event.id}").text, form) | TYPED
    answer = client.post(form, data=data)
    assert (answer.status_code, WRONG in answer.text) == (400, True)
    assert fields(answer.text, form) == TYPED
    # a colleague was quicker: the next save goes to what is stored now
    marked_events.edit(context, event.id, STRIKE.model_copy(update={"name": "Huelga general"}), "ben", 1)
    answer = client.post(form, data=data | {"last_day": "2026-11-08"})
    assert (answer.status_code, "<h1>Huelga general</h1>" in answer.text) == (400, True)
    assert fields(answer.text, form) == TYPED | {"last_day": "2026-11-08"}
    assert hidden(answer.text, form)["seen"] == "2"
    # or removed it: what was typed waits in the form of a new one
    marked_events.remove(context, event.id, "ben", 2)
    answer = client.post(form, data=data | {"last_day": "2026-11-08"})
    assert answer.status_code == 400
    assert fields(answer.text, "/events/add") == TYPED | {"last_day": "2026-11-08"}


def test_the_audit_log_shows_names_and_no_codes(context: Context) -> None:
    marked_events.add(context, EventFields(**TYPED | {"last_day": "2026-11-08"}), "desk")
    page = browser(context, "es").get("/audit").text
    assert '<th scope="row">sin identificar (aplicación sin usuarios)</th>' in page
    assert "6 nov 2026 – 8 nov 2026, Residuos y limpieza, Centro" in page
    assert ">desk<" not in page
    assert '<option value="desk">sin identificar (aplicación sin usuarios)</option>' in page
