"""Set the clock of every step and page of the pipeline."""

import sys
from collections.abc import Callable
from datetime import datetime

import pytest


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime | Callable[[], datetime]) -> None:
    """Let every module of the pipeline that takes the time take this one."""
    now = moment if callable(moment) else lambda: moment
    for name, module in list(sys.modules.items()):
        if name.startswith("pipeline.") and callable(getattr(module, "now", None)):
            monkeypatch.setattr(module, "now", now)
