"""Test our Open311 client on our server, in both formats."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contact_centre import open311
from core.web.connection import server_config
from ledger import read
from ledger.database import Ledger
from pipeline import casework
from pipeline.context import Context, now
from portal.app import create_app
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post
from tests.support.ledger_facts import decide, into_case, read_all
from tests.support.portal_facts import KEY, KEYS, portal_context
from tests.support.served_pages import served_by

CITY = a_city()
SECRETS = open311.Secrets(open311_api_key=KEY)


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger) -> Context:
    return portal_context(tmp_path, portal_ledger, keys=KEYS)


@pytest.fixture
def address(context: Context) -> Iterator[str]:
    with served_by(server_config(create_app(context), "127.0.0.1", 0)) as address:
        yield f"{address}/open311/v2"


def options(address: str, **more: Any) -> open311.Options:
    queues = {"services": {"street_lighting": "street_lighting"}, "service_code": "waste_cleaning"}
    return open311.Options(url=address, **{**queues, **more})


@pytest.mark.parametrize("form", ["json", "xml"])
def test_our_client_opens_looks_up_and_follows_a_case_of_another_council(
    context: Context, portal_ledger: Ledger, address: str, form: str
) -> None:
    city = a_city(departments=a_city().departments[1:])  # of which no department names a queue of ours
    chosen = options(address, format=form)
    assert "takes cases in the services street_lighting, waste_cleaning" in open311.check(city, chosen, SECRETS)
    case = a_case("c:1", received_at=now(), due_at=now() + timedelta(days=1))
    sent = [a_post(1)]
    reference = open311.open_case(city, chosen, SECRETS, case, sent, DESK)
    receipt = read.receipt(portal_ledger, reference)  # the id comes at once
    assert receipt is not None
    assert open311.open_case(city, chosen, SECRETS, case, sent, DESK) == reference
    assert open311.state(city, chosen, SECRETS, [reference], None)[reference].state == "new"
    post = read.post_of(portal_ledger, receipt.post_id)
    assert post is not None
    read_all(portal_ledger, now())
    (decision,) = into_case(post)
    assert decide(portal_ledger, [decision], now()) == 1
    assert decision.case is not None
    key = decision.case.key
    assert open311.state(city, chosen, SECRETS, [reference], None)[reference].state == "new"
    casework.resolve(context, key, "ana", "hecho")
    standing = open311.state(city, chosen, SECRETS, [reference, key], now() - timedelta(minutes=5))
    for found in (standing[reference], standing[key]):
        assert (found.state, found.note) == ("resolved", "closed: Resuelto")
    casework.reopen(context, key, "ana", "otra vez")
    assert open311.state(city, chosen, SECRETS, [reference], None)[reference].state == "new"
    assert open311.state(city, chosen, SECRETS, ["C-none"], None)["C-none"].state == "gone"


def test_a_wrong_key_is_told_to_our_client(address: str) -> None:
    wrong = open311.Secrets(open311_api_key="wrong")
    case = a_case("c:2", received_at=now(), due_at=now() + timedelta(days=1))
    with pytest.raises(Exception, match="api_key is not valid here"):
        open311.open_case(CITY, options(address), wrong, case, [a_post(2)], DESK)
