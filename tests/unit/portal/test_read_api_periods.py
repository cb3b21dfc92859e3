"""Test the stretches of counts, and how a token is listed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from escucha.commands.portal import describe_token
from pipeline.access.api_tokens import ApiToken
from portal.api.figures import stretches

MADRID = ZoneInfo("Europe/Madrid")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@pytest.mark.parametrize(
    ("by", "since", "until", "bounds"),
    [
        ("day", "2026-10-24", "2026-10-26T12:00", ["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-26T12:00"]),
        ("week", "2026-11-04", "2026-11-17", ["2026-11-04", "2026-11-09", "2026-11-16", "2026-11-17"]),
        ("month", "2025-12-15", "2026-03-01", ["2025-12-15", "2026-01-01", "2026-02-01", "2026-03-01"]),
        ("day", "2026-11-28", "2026-11-28T09:00", ["2026-11-28", "2026-11-28T09:00"]),
    ],
)
def test_stretches_follow_the_citys_calendar(by: str, since: str, until: str, bounds: list[str]) -> None:
    assert stretches(by, moment(since), moment(until), MADRID) == [moment(one) for one in bounds]


MADE = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = ApiToken(
    name="app",
    digest="0" * 64,
    scopes=frozenset({"posts", "cases"}),
    made_by="eva",
    made_at=MADE,
    expires_at=datetime(2026, 6, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "valid until 2026-06-01; never used"),
        ({"used_at": datetime(2026, 2, 3, 4, 5, tzinfo=UTC)}, "valid until 2026-06-01; used 2026-02-03 04:00 UTC"),
        ({"expires_at": datetime(2026, 2, 1, tzinfo=UTC)}, "expired 2026-02-01; never used"),
        ({"revoked_at": datetime(2026, 1, 9, tzinfo=UTC)}, "revoked 2026-01-09; never used"),
    ],
)
def test_a_token_is_listed_with_its_state(changes: dict[str, object], words: str) -> None:
    line = describe_token(TOKEN.model_copy(update=changes), datetime(2026, 3, 1, tzinfo=UTC))
    assert line == f"app: cases, posts; {words}; made by eva"
