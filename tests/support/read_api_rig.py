"""Ask the read API, and fill it with posts."""

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from ledger.database import Ledger
from pipeline.context import now
from tests.support.ledger_facts import arrive, post, read_all

ROOT = "/api/v1"
ALL = ("posts", "cases", "figures", "operations")


def ask(client: TestClient, path: str, token: dict[str, str], code: int = 200, **query: Any) -> Any:
    """Return the JSON of an answer."""
    answer = client.get(f"{ROOT}{path}", params=query, headers=token)
    assert answer.status_code == code, answer.text
    kind = "application/json" if code == 200 else "application/problem+json"
    assert answer.headers["content-type"] == kind
    return answer.json()


def posts_of(ledger: Ledger, count: int, source: str = "archive", first: int = 1, **fields: Any) -> list[str]:
    """Store so many annotated posts, a minute apart, the last one now; return their ids, newest first."""
    moment = now().replace(microsecond=0)
    found = [post(first + n, source=source, created_at=moment - timedelta(minutes=n), received_at=moment, **fields) for n in range(count)]
    arrive(ledger, found, source=source, now=moment)
    read_all(ledger, now=moment)
    return [one.post_id for one in found]
