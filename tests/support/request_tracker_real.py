"""Open tickets in a real Request Tracker, and act as its staff."""

from typing import Any

import httpx

from contact_centre import request_tracker
from contact_centre.request_tracker import client
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post

CITY = a_city()


def options(url: str, **changes: Any) -> request_tracker.Options:
    return request_tracker.Options(**{"url": url, "queue": "Redes sociales", "requestor": "buzon@ayto.test", **changes})


def opened(url: str, key: str, **changes: Any) -> str:
    return request_tracker.open_case(CITY, options(url), request_tracker.Secrets(), a_case(key, **changes), [a_post()], DESK)


def notes(staff: httpx.Client, number: str) -> list[str]:
    return [t["Data"].strip() for t in client.history(staff, number) if t["Type"] == "Comment"]
