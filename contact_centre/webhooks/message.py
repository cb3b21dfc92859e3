"""Build the body of an event, and its signature; pure functions.

CloudEvents 1.0.2, structured JSON: https://github.com/cloudevents/spec. Signature: https://www.standardwebhooks.com.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime

from core.records.case_event import CaseEvent

TYPE = "org.escucha.case."
WARNING_TYPE = "org.escucha.warning."
VIEW_TYPE = "org.escucha.view.matched"
TEST_TYPE = "org.escucha.test"
"""Type of the event that `escucha check` sends: a receiver accepts it and does nothing."""
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def case_body(event: CaseEvent, desk_url: str) -> bytes:
    """Build the body of a case event.

    `sequence` orders the events of one case as text, too.
    """
    return _json(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": desk_url,
            "type": TYPE + event.name,
            "subject": event.case_key,
            "time": event.at.isoformat(),
            "sequence": f"{event.sequence:010d}",
            "datacontenttype": "application/json",
            "data": {**event.data, "url": f"{desk_url}/cases/{event.case_key}"},
        }
    )


def warning_body(event_id: str, change: str, number: int, sequence: int, at: datetime, data: dict[str, object], desk_url: str) -> bytes:
    """Build the body of a notice of an early warning.

    `change` is `started`, `grew` or `ended`; `sequence` orders the notices of one warning.
    """
    return _json(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": desk_url,
            "type": WARNING_TYPE + change,
            "subject": f"warning/{number}",
            "time": at.isoformat(),
            "sequence": f"{sequence:010d}",
            "datacontenttype": "application/json",
            "data": {**data, "url": f"{desk_url}/warnings/{number}"},
        }
    )


def view_body(event_id: str, view: str, sequence: int, at: datetime, data: dict[str, object], desk_url: str) -> bytes:
    """Build the body of an alert of a saved view.

    `sequence` orders the alerts of one view.
    """
    return _json(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": desk_url,
            "type": VIEW_TYPE,
            "subject": f"view/{view}",
            "time": at.isoformat(),
            "sequence": f"{sequence:010d}",
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def check_body(event_id: str, desk_url: str, at: datetime) -> bytes:
    """Build the body of the event that tests a receiver."""
    return _json(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": desk_url,
            "type": TEST_TYPE,
            "time": at.isoformat(),
            "datacontenttype": "application/json",
            "data": {},
        }
    )


def headers(event_id: str, body: bytes, keys: Sequence[bytes], at: datetime) -> dict[str, str]:
    """Return the headers of one attempt, with a signature for each key.

    Args:
        at: the moment of this attempt; receivers refuse an old one.
    """
    seconds = str(int(at.timestamp()))
    return {
        "Content-Type": CONTENT_TYPE,
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signature(key, event_id, seconds, body) for key in keys),
    }


def signature(key: bytes, event_id: str, seconds: str, body: bytes) -> str:
    """Sign id, timestamp and body with HMAC SHA-256.

    The first example of the specification:

    >>> key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{event_id}.{seconds}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _json(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
