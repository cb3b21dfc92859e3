"""The door of the desk: loopback alone, or users; forms from our own pages; few tries; strict headers."""

import pytest

from core.config.settings import Settings
from core.web.hosts import is_loopback
from core.web.own_paths import own_path
from core.web.rate_limits import RateLimit
from desk.auth.security import User, allowed_hosts


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),
        ("10.0.0.5", False),
        ("desk", False),
    ],
)
def test_only_loopback_needs_no_users(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/cases/C-1", "/cases/C-1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(asked: str, given: str) -> None:
    assert own_path(asked) == given


def test_the_desk_answers_only_to_its_own_names() -> None:
    assert allowed_hosts(Settings(desk_url="https://desk.ayto.example")) == ["127.0.0.1", "[::1]", "desk.ayto.example", "localhost"]
    assert "0.0.0.0" not in allowed_hosts(Settings(desk_host="0.0.0.0"))


def test_a_caller_with_too_many_tries_is_sent_away_and_others_are_not() -> None:
    limit = RateLimit(allowed=3, window_s=60)
    assert [limit.admits("a") for _ in range(4)] == [True, True, True, False]
    assert limit.admits("b")


def test_roles_have_rights() -> None:
    rights = ("read", "work", "originals", "approve", "manage")
    assert {role: [User("x", role).may(r) for r in rights] for role in ("reader", "agent", "lead", "admin")} == {
        "reader": [True, False, False, False, False],
        "agent": [True, True, True, False, False],
        "lead": [True, True, True, True, False],
        "admin": [True, True, True, True, True],
    }
