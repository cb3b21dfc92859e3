"""Check the state of tickets against answers of a real Request Tracker."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contact_centre import request_tracker
from contact_centre.request_tracker.driver import RequestTracker, history_of
from contact_centre.ticket_system import Meaning
from core.errors import ConfigurationError
from core.records.case import ExternalStatus
from tests.support.contact_centre_facts import a_city, settings_of
from tests.support.request_tracker_scripted import options
from tests.support.stubs.request_tracker import Tracker, page
from tests.support.stubs.server import Reply

pytest_plugins = ("tests.support.request_tracker_fixtures",)
pytestmark = pytest.mark.usefixtures("rt_login")

EXAMPLES = Path(__file__).parents[2] / "examples" / "contact_centre" / "rt"


def standing(example: dict[str, Any], row: dict[str, Any], **own: Meaning) -> ExternalStatus:
    with httpx.Client(timeout=60) as client:
        driver = RequestTracker(client, settings_of("General", own))
    if into := driver.merged_into(example["reference"], row):
        return ExternalStatus(state="merged", updated_at=driver.last_change(row), merged_into=into)
    history = history_of(row, example["history"], driver.meanings)
    return history.state(driver.meaning(row), driver.label(row))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_each_ticket_of_a_real_server_stands_where_its_example_says(path: Path) -> None:
    example = json.loads(path.read_text())
    assert standing(example, example["row"]) == ExternalStatus(**example["standing"])


def test_the_examples_show_every_status_and_every_state() -> None:
    examples = [json.loads(path.read_text()) for path in EXAMPLES.glob("*.json")]
    assert {e["row"]["Status"] for e in examples} == set(RequestTracker.STATUSES)
    assert {e["standing"]["state"] for e in examples} == {"new", "assigned", "answered", "resolved", "rejected", "merged"}


def test_a_status_of_the_councils_own_must_be_explained_in_the_profile() -> None:
    example = json.loads((EXAMPLES / "open.json").read_text())
    waiting = {**example["row"], "Status": "waiting"}
    with pytest.raises(ConfigurationError, match=r"status 'waiting'.*\[contact_centre.options.statuses\] \"waiting\" ="):
        standing(example, waiting)
    found = standing(example, waiting, waiting="assigned")
    assert (found.state, found.note) == ("assigned", "waiting")


def row_of(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """An example, and its ticket as a search of ours shows it."""
    example = json.loads((EXAMPLES / f"{name}.json").read_text())
    return example, {**example["row"], "CustomFields": [{"name": "CaseKey", "values": ["c:1"]}]}


def test_only_what_changed_since_then_is_told() -> None:
    example, found_row = row_of("answered")
    number, changed = example["reference"], datetime.fromisoformat(example["row"]["LastUpdated"])
    search = ("GET tickets", page(found_row))
    with Tracker(search) as tracker:
        assert (
            request_tracker.state(a_city(), options(tracker.url), request_tracker.Secrets(), [number], changed + timedelta(seconds=1)) == {}
        )
    within = changed + timedelta(microseconds=900_000)  # the server says 12:00:00 for a change at 12:00:00.95
    with Tracker(search, (f"GET ticket/{number}/history", page(*example["history"]))) as tracker:
        found = request_tracker.state(a_city(), options(tracker.url), request_tracker.Secrets(), [number], within)
    assert found == {number: ExternalStatus(**example["standing"])}


def test_a_ticket_of_another_request_tracker_is_not_taken_for_ours() -> None:
    example, found_row = row_of("resolved_after_answer")
    foreign = {**found_row, "CustomFields": [{"name": "CaseKey", "values": []}]}
    with Tracker(("GET tickets", page(foreign))) as tracker, pytest.raises(ConfigurationError, match="so it is not ours"):
        request_tracker.state(a_city(), options(tracker.url), request_tracker.Secrets(), [example["reference"]], None)


def test_what_is_gone_is_told_always_and_asked_for_by_its_number() -> None:
    with Tracker(("GET tickets", page()), ("GET ticket/9999", Reply({"message": "Not Found"}, 404))) as tracker:
        found = request_tracker.state(a_city(), options(tracker.url), request_tracker.Secrets(), ["9999"], datetime.now(UTC))
        assert tracker.requests[0].query["query"] == "(id = 9999) AND EffectiveId > 0"
    assert found["9999"].state == "gone"
