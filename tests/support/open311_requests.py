"""Send requests to our Open311, and read its answers."""

from httpx2 import Response

from ledger import read
from ledger.database import Ledger
from tests.support.portal_facts import FORM

CREATE = "/open311/v2/requests.json"


def form(**more: str | None) -> dict[str, str]:
    return {name: value for name, value in {**FORM, **more}.items() if value is not None}


def number_of(answer: Response) -> str:
    """Return the id that a new request got."""
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()
    assert set(row) == {"service_request_id", "service_notice", "account_id"}
    return str(row["service_request_id"])


def post_of(ledger: Ledger, answer: Response) -> str:
    """Return the id of the post that a new request became."""
    receipt = read.receipt(ledger, number_of(answer))
    assert receipt is not None
    return receipt.post_id


def refusal(answer: Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    errors = answer.json()
    assert {error["code"] for error in errors} == {status}
    return "; ".join(error["description"] for error in errors)


def posts_stored(ledger: Ledger) -> int:
    return sum(state.stored for state in read.sources(ledger))
