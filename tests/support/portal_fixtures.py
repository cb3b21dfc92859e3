"""Serve the portal with answered cases and a citizen's report; yield its address."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.profile.other_city import OtherCity
from ledger import read
from ledger.cases.history import entries as history
from ledger.database import open_ledger
from ledger.database.writing import writing
from ledger.schema import cases
from pipeline.casework.answering import answers
from pipeline.city import compare
from pipeline.context import Context, now
from pipeline.portal import citizens
from portal.app import create_app
from tests.support.citizen_reports import asking, triage_uncertain
from tests.support.ledger_facts import ALCALA, SALT
from tests.support.portal_facts import open_cases, portal_context
from tests.support.served_pages import served_at


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """Answered cases, a mail server that is down, and another city's figures."""
    home = tmp_path_factory.mktemp("home")
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    keys = open_cases(ledger, [19, 18, 17, 16, 15, 14])
    for hours, apart in enumerate((0.001, 0.002, 0.004, 0.006, 0.01, 0.02, 0.03), start=20):
        keys += open_cases(ledger, [hours], lat=ALCALA.lat + apart, lon=ALCALA.lon - apart)  # type: ignore[operator]
    keys += open_cases(ledger, [9])
    with writing(ledger) as connection:
        connection.execute(cases.update().values(authors=4))
        for key in keys[:-1]:
            history.add_step(connection, key, "answered", now() - timedelta(hours=2), "ana", "")
    found = portal_context(Path(home), ledger)
    other = home / "other.json"
    made = f"{now() - timedelta(days=50):%Y-%m-%dT%H:%M:%SZ}"
    row = {"status": "closed", "requested_datetime": made, "updated_datetime": made}
    other.write_text(json.dumps([row | {"service_request_id": number} for number in range(9)]))
    city = found.city.model_copy(update={"compare": (OtherCity(name="Zaragoza", address=str(other)),)})
    settings = found.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    context = asking(replace(found, city=city, settings=settings))
    compare.compare(context)
    yield context
    ledger.close()


@pytest.fixture(scope="module")
def of_a_report(context: Context) -> list[str]:
    """The pages of a report whose citizen gave an address and is asked for the service."""
    number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": "La farola no se enciende"})
    assert number is not None
    triage_uncertain(context)
    citizens.store_contact(context, number, "ana@example.org", "es")
    contact = read.contact(context.ledger, number=number)
    assert contact is not None
    mails = citizens.mails_link(context, contact).removeprefix(context.settings.portal_address)
    receipt = read.receipt(context.ledger, number)
    assert receipt is not None
    [key] = answers.draft(context, [receipt.post_id], "¿En qué número está?", "es", "ana", asks=True)
    answers.approve(context, key, "ben")
    answers.publish(context, key, "ben")
    page = f"/case/{number}/{citizens.secret_of(context, number)}"
    return [page, f"{page}?said=1", mails]


@pytest.fixture(scope="module")
def address(context: Context) -> Iterator[str]:
    with served_at(create_app(context)) as address:
        yield address
