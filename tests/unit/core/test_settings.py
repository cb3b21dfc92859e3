"""A setting of the environment that cannot work is refused at the start, with its name and without its value."""

import pytest

from core.config.settings import load_settings
from core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESCUCHA_ALERT_TO", "guardia"),
        ("ESCUCHA_ALERT_TO", "a@b.es; c@d.es"),
        ("ESCUCHA_DESK_URL", "escucha.example.org"),
        ("ESCUCHA_PORTAL_URL", "avisos.example.org"),
        ("ESCUCHA_AIRFLOW_URL", "ftp://airflow.example.org"),
        ("ESCUCHA_KIBANA_URL", "kibana"),
        ("ESCUCHA_DESK_PORT", "88000"),
        ("ESCUCHA_PORTAL_PORT", "-1"),
    ],
)
def test_an_address_or_port_that_cannot_be_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links in mails and recipients of alarms were accepted without a check."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"environment: {name}: ") as refused:
        load_settings()
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESCUCHA_ALERT_TO", ""),
        ("ESCUCHA_ALERT_TO", "guardia@example.org"),
        ("ESCUCHA_ALERT_TO", "a@b.es, c@d.es"),
        ("ESCUCHA_DESK_URL", "https://escucha.example.org/"),
        ("ESCUCHA_DESK_PORT", "8800"),
    ],
)
def test_what_can_be_is_taken(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert str(getattr(load_settings(), name.removeprefix("ESCUCHA_").lower())) == value
