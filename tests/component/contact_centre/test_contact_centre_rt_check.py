"""Check options, login and the connection check of Request Tracker."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from contact_centre import request_tracker
from contact_centre.request_tracker.client import quoted
from core.config import plugins
from core.errors import ConfigurationError
from tests.support.contact_centre_facts import a_city
from tests.support.request_tracker_scripted import options
from tests.support.stubs.request_tracker import Tracker, page
from tests.support.stubs.server import Reply

pytest_plugins = ("tests.support.request_tracker_fixtures",)
pytestmark = pytest.mark.usefixtures("rt_login")


def queue(**changes: Any) -> Reply:
    links = [{"ref": "self"}, {"ref": "create", "type": "ticket"}]
    return Reply({"Disabled": "0", "TicketCustomFields": [{"name": "CaseKey"}, {"name": "Tema"}], "_hyperlinks": links, **changes})


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (
            Reply({"message": "Forbidden"}, 403),
            "queue 'Redes sociales' does not exist in Request Tracker, or the robot lacks the right SeeQueue",
        ),
        (queue(Disabled="1"), "queue 'Redes sociales' is disabled"),
        (queue(TicketCustomFields=[{"name": "CaseKey"}]), "queue 'Redes sociales' lacks the custom field Tema"),
        (queue(_hyperlinks=[{"ref": "self"}]), "lacks the right CreateTicket in queue 'Redes sociales'"),
    ],
)
def test_the_check_names_the_queue_the_field_or_the_right_that_is_missing(second: Reply, says: str) -> None:
    script = (("GET rt", Reply({"Version": "5.0.7"})), ("GET queue/Alumbrado", queue()), ("GET queue/Redes%20sociales", second))
    with Tracker(*script) as tracker, pytest.raises(ConfigurationError, match=says):
        request_tracker.check(a_city(), options(tracker.url, fields={"topic": "Tema"}), request_tracker.Secrets())


@pytest.mark.parametrize(
    ("refs", "says"), [(("lifecycle",), r"right CommentOnTicket \(seen at ticket 61\)"), (("comment",), "right ModifyTicket")]
)
def test_the_check_proves_the_rights_on_a_ticket_of_ours(refs: tuple[str, ...], says: str) -> None:
    script = (
        ("GET rt", Reply({"Version": "5.0.7"})),
        ("GET queue/Redes%20sociales", queue()),
        ("GET tickets", page({"id": "61"})),
        ("GET ticket/61", Reply({"id": 61, "_hyperlinks": [{"ref": ref} for ref in refs]})),
    )
    with Tracker(*script) as tracker, pytest.raises(ConfigurationError, match=says):
        request_tracker.check(a_city(departments=a_city().departments[1:]), options(tracker.url), request_tracker.Secrets())


@pytest.mark.parametrize(("value", "literal"), [("o'brien", r"'o\'brien'"), ("a\\", r"'a\\'"), ("' OR id > 0", r"'\' OR id > 0'")])
def test_a_key_is_escaped_as_ticketsql_wants_it(value: str, literal: str) -> None:
    assert quoted(value) == literal


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "rt.ayto.test"}, "url"),
        ({"url": "https://robot:secret@rt.ayto.test"}, "url"),
        ({"requestor": "Ana García"}, "requestor"),
        ({"key_field": "Case'Key"}, "key_field"),
        ({"statuses": {"waiting": "sleeping"}}, "statuses.waiting"),
        ({"fields": {"author": "Autor"}}, "fields.author"),
        ({"queu": "x"}, "unknown key 'queu' (allowed: url, fields, timeout_s, queue, requestor"),
    ],
)
def test_a_wrong_option_is_refused_with_its_name(wrong: dict[str, Any], says: str) -> None:
    table = {"url": "https://rt.ayto.test", "queue": "q", "requestor": "a@ayto.test", **wrong}
    with pytest.raises(ConfigurationError) as raised:
        plugins.load_options("contact_centre", "rt", table, "madrid.toml")
    assert says in str(raised.value)


def test_the_login_is_a_token_or_a_user_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(plugins.load_secrets("contact_centre", "rt", "x"), request_tracker.Secrets)
    monkeypatch.setenv("ESCUCHA_RT_TOKEN", "")
    assert plugins.load_secrets("contact_centre", "rt", "x") == ["ESCUCHA_RT_TOKEN"]
    monkeypatch.setenv("ESCUCHA_RT_USER", "escucha")
    assert plugins.load_secrets("contact_centre", "rt", "x") == ["ESCUCHA_RT_TOKEN"]
    monkeypatch.setenv("ESCUCHA_RT_PASSWORD", "canary-password")
    found = plugins.load_secrets("contact_centre", "rt", "x")
    assert isinstance(found, request_tracker.Secrets)
    assert "canary" not in repr(found)
    with pytest.raises(ValidationError, match="set ESCUCHA_RT_TOKEN, or ESCUCHA_RT_USER and ESCUCHA_RT_PASSWORD"):
        request_tracker.Secrets(rt_user="", rt_token="")


def test_the_tickets_page_for_people() -> None:
    assert request_tracker.address(options("https://ayto.test/rt/"), "61") == "https://ayto.test/rt/Ticket/Display.html?id=61"


def test_every_option_and_variable_stands_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "request-tracker.md").read_text()
    variables = [f"ESCUCHA_{name.upper()}" for name in request_tracker.Secrets.model_fields]
    assert [name for name in [*request_tracker.Options.model_fields, *variables] if f"`{name}`" not in guide] == []
