"""Set the login of the scripted Request Tracker."""

import pytest

from tests.support.request_tracker_scripted import TOKEN


@pytest.fixture
def rt_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a token, and no proxy or certificate of this machine."""
    monkeypatch.setenv("ESCUCHA_RT_TOKEN", TOKEN)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
