"""Cases with a ticket in an outside system, and what was sent there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from contact_centre import procedure
from ledger import read
from pipeline.context import Context
from pipeline.steps import deliver as delivering
from pipeline.steps.deliver import deliver
from tests.support.killing import KilledError
from tests.support.ticket_rig import Rig
from tests.support.ticket_rigs import started

SYSTEMS = ["zammad", pytest.param("django_helpdesk", marks=pytest.mark.slow), pytest.param("rt", marks=pytest.mark.slow)]
"""Systems whose tickets have notes, a state and a queue."""


def enter(environment: pytest.MonkeyPatch, request: pytest.FixtureRequest, system: str) -> Iterator[Rig]:
    """Start a system for a test, with its secrets in the environment."""
    with started(system, request.getfixturevalue) as found:
        for name, value in found.environment.items():
            environment.setenv(name, value)
        yield found


def reference_of(context: Context, key: str) -> str:
    """Return the ticket of a case."""
    found = read.case_record(context.ledger, key)
    assert found is not None
    assert found.reference is not None
    return found.reference


def change_of(context: Context, key: str, what: str) -> int:
    """Return the first change of a kind on a case."""
    work = read.case_work(context.ledger, key)
    assert work is not None
    return next(one.id for one in work.changes if one.what == what)


def deliver_after_kill(context: Context, rig: Rig, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill a delivery at a failpoint of its system, then deliver again once its lease has ended."""

    def kill(name: str) -> None:
        if name.endswith(point):
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(procedure, "failpoint", kill)
        with pytest.raises(KilledError):
            deliver(context, holder="killed")
    later = datetime.now(UTC) + timedelta(minutes=11)
    monkeypatch.setattr(delivering, "now", lambda: later)
    deliver(context, holder="another")
