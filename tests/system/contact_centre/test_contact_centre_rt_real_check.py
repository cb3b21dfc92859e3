"""Test on Request Tracker itself what `escucha check` says: queues, rights, fields, login."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from contact_centre import request_tracker
from core.errors import ConfigurationError
from tests.support.contact_centre_facts import DESK, REQUEST_TRACKER, a_case, a_city, a_post
from tests.support.request_tracker_real import CITY, opened, options

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("_robot")]
pytest_plugins = ["tests.support.request_tracker_server"]


@pytest.fixture
def url(rt_url: str) -> str:
    return rt_url


@pytest.fixture
def key(rt_case_key: str) -> str:
    return rt_case_key


def test_the_check_says_version_queues_and_rights(url: str, key: str) -> None:
    number = opened(url, key)
    fields = {"topic": "Tema", "district": "Distrito"}
    said = request_tracker.check(CITY, options(url, fields=fields), request_tracker.Secrets())
    assert said.startswith("Request Tracker 5.0.")
    assert f"takes cases in Alumbrado, Redes sociales; comments and changes allowed at ticket {number}" in said


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"queue": "Nada"}, "queue 'Nada' does not exist in Request Tracker, or the robot lacks the right SeeQueue"),
        ({"queue": "Sin campos"}, "queue 'Sin campos' lacks the custom field CaseKey"),
        ({"key_field": "Clave"}, "lacks the custom field Clave"),
        ({"fields": {"topic": "Servicio"}}, "lacks the custom field Servicio"),
    ],
)
def test_a_missing_queue_or_field_is_refused_at_the_check(url: str, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        request_tracker.check(CITY, options(url, **wrong), request_tracker.Secrets())


def test_a_missing_right_or_a_wrong_password_is_refused_at_the_check(url: str) -> None:
    city = a_city(departments=CITY.departments[1:])
    with pytest.raises(ConfigurationError, match="lacks the right CreateTicket in queue 'Redes sociales'"):
        request_tracker.check(city, options(url), request_tracker.Secrets(rt_user="half", rt_password="half-pw-1"))  # noqa: S106
    with pytest.raises(ConfigurationError, match="401 Unauthorized"):
        request_tracker.check(city, options(url), request_tracker.Secrets(rt_user="half", rt_password="wrong"))  # noqa: S106


def test_a_token_works_like_a_password(url: str, key: str, folder: Path | None) -> None:
    if folder is None:
        pytest.skip("a token is made on the server itself, which ESCUCHA_TEST_RT keeps elsewhere")
    made = subprocess.run([REQUEST_TRACKER, "token", str(folder)], check=True, capture_output=True, text=True).stdout.strip()
    number = request_tracker.open_case(
        CITY, options(url), request_tracker.Secrets(rt_user="", rt_token=made), a_case(key), [a_post()], DESK
    )
    assert opened(url, key) == number
    with pytest.raises(ConfigurationError, match="401"):
        request_tracker.check(CITY, options(url), request_tracker.Secrets(rt_token="1-34-no"))  # noqa: S106
