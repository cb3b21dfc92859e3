"""What several tests need of the machine: no proxy and no authority of its own, and nobody who really waits."""

import gc
import os
import sys
import time

import pytest
from hypothesis import HealthCheck, settings

# PyPI's `three` brings simplejson, and requests reads with it where it is installed: the product is tested as it ships, without.
sys.modules["simplejson"] = None  # type: ignore[assignment]

# The command sets it where it is not set: after a test that calls it, no command could be a fork any more.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

pytest_plugins = ("tests.support.quick_ledgers", "tests.support.quick_passwords")
WAY_OUT = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")

# A busy machine is no defect of the code: examples have no deadline. In CI, Hypothesis draws the same ones every time.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# A million objects of modules and tests live to the end: searching them again and again is a quarter of the CPU time.
gc.disable()


def pytest_collection_finish() -> None:
    """Leave modules and tests out of garbage collection, and collect the rest less often."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting is the schedule's: a collector that sleeps holds a place that others need."""
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"somebody slept {seconds} s"))


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The test alone says which proxy and which authority there are."""
    for name in (*WAY_OUT, *AUTHORITIES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch
