"""Call the Request Tracker part against a scripted server.

The server speaks trimmed answers of a real one, and lies where a test tells it to.
"""

from typing import Any

from contact_centre import request_tracker
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post
from tests.support.stubs.request_tracker import Tracker
from tests.support.stubs.server import Reply

TOKEN = "1-34-canary"  # noqa: S105


def options(url: str, **changes: Any) -> request_tracker.Options:
    return request_tracker.Options(**{"url": url, "queue": "Redes sociales", "requestor": "buzon@ayto.test", "timeout_s": 5, **changes})


def hit(number: int, key: str) -> dict[str, Any]:
    return {"id": str(number), "type": "ticket", "CustomFields": [{"name": "CaseKey", "values": [key]}]}


def opened(tracker: Tracker, key: str = "c:1", **changes: Any) -> str:
    return request_tracker.open_case(a_city(), options(tracker.url), request_tracker.Secrets(), a_case(key, **changes), [a_post()], DESK)


MADE = Reply({"id": "61", "type": "ticket"}, 201)


def row(status: str = "open", priority: int = 25, resolved: str = "1970-01-01T00:00:00Z", number: int = 61) -> Reply:
    facts = {"id": number, "Status": status, "Priority": str(priority), "Resolved": resolved}
    return Reply(facts, headers={"ETag": '"128"'})


def note(key: str) -> dict[str, str]:
    return {"id": "130", "Type": "Comment", "Data": f"escucha:{key}\n"}
