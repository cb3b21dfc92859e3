"""Write the reports that staff ask for on the desk, each once.

A request is a row of the ledger: it waits for the next start of a desk that was stopped or killed. A lease lets one desk at a time
write it.
"""

import hashlib
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from core.errors import ChangeRefusedError, ConfigurationError, EscuchaError, UnavailableError
from core.records import Json
from core.runtime.failpoints import failpoint
from ledger import leases, report_requests as stored
from ledger.read import ReportRequest, report_request
from pipeline.context import Context, now, worker
from pipeline.steps.report import report_asked
from reports.build.asked import Asked

log = logging.getLogger("escucha")
MOST_WAITING = 5
MOST_ATTEMPTS = 2
"""A report whose writing ends the desk twice is given up: it must not end it at every start."""
LEASE = timedelta(minutes=15)
"""The most time that one report may take, with the wait for others that write it."""
FAILED = "The report could not be written. The log of the desk says why."
KILLED = "The desk was stopped twice while it wrote this report, so it is given up. Ask for it again, or for fewer days."
OTHER_VERSION = "This report was asked for in another version of Escucha, which has reports that this one does not. Ask for it again."
_ERRORS: dict[str, type[EscuchaError]] = {"unavailable": UnavailableError, "other": EscuchaError}


def ask(context: Context, asked: Asked, language: str, typed: Mapping[str, str], form: str) -> str:
    """Store a request; return its id.

    The same form sent again gets the same id, and so does a report that waits already.

    Raises:
        ChangeRefusedError: too many reports wait.
    """
    text = asked.model_dump_json()
    request_id = hashlib.sha256("\n".join((form, text, language)).encode()).hexdigest()[:20]
    return stored.add(context.ledger, request_id, text, language, typed, MOST_WAITING, now())


def write(context: Context, request_id: str) -> None:
    """Write the report of a request that waits.

    What stops it is noted for the person who asked. Nothing is done while another desk writes it.
    """
    lease = f"report request {request_id}"
    if not leases.hold(context.ledger, lease, worker(), now(), LEASE):
        return
    try:
        attempt = stored.begin(context.ledger, request_id, now())
        request = report_request(context.ledger, request_id)
        failpoint("request.begun")
        if attempt and request is not None:
            failure: Json = {"text": KILLED} if attempt > MOST_ATTEMPTS else _written(context, request)
            stored.end(context.ledger, request_id, failure, now())
    finally:
        leases.release(context.ledger, lease, worker())


def _written(context: Context, request: ReportRequest) -> Json:
    """Write a report; return why it failed, empty when it was written."""
    asked = asked_of(request)
    if asked is None:
        return {"text": OTHER_VERSION}
    try:
        report_asked(context, asked, (request.language,))
    except ChangeRefusedError as error:
        return {"text": error.template, "values": {n: v if isinstance(v, str | int) else list(v) for n, v in error.values.items()}}
    except EscuchaError as error:
        kind = "refused" if isinstance(error, ConfigurationError) else "other"
        return {"text": str(error), "kind": "unavailable" if isinstance(error, UnavailableError) else kind}
    except Exception:
        log.exception("report %s: not written", asked.name)
        return {"text": FAILED, "kind": "other"}
    return {}


def asked_of(request: ReportRequest) -> Asked | None:
    """Return the report that is wanted; None: unknown here."""
    try:
        return Asked.model_validate_json(request.asked)
    except ValidationError:
        return None


def failure_of(request: ReportRequest) -> EscuchaError | None:
    """Return the error that stopped a request; None: it did not fail."""
    failure: dict[str, Any] = dict(request.failure)
    if not failure:
        return None
    text = str(failure.get("text", FAILED))
    kind = _ERRORS.get(failure.get("kind", ""))
    if kind is not None:
        return kind(text)
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in failure.get("values", {}).items()}
    return ChangeRefusedError(text, **values)
