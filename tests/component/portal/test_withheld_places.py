"""Test that the place of a case is withheld where its service, decided or guessed, could point to a person."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger.database import Ledger
from pipeline.casework import fields
from pipeline.context import Context
from tests.support.portal_facts import city_with, client_of, open_cases, portal_context

PLACE = ("Calle de Alcalá", "Salamanca", "40.42", "3.68")
PATHS = (
    "/open311/v2/requests.json",
    "/open311/v2/requests.xml",
    "/open",
    "/open?service=other",
    "/",
    "/ask?q=Calle+de+Alcala",
    "/ask?q=vivienda",
)


def context_of(tmp_path: Path, ledger: Ledger, **options: Any) -> Context:
    """Return a city that publishes cases from their first witness on."""
    city = city_with(**options)
    portal = city.portal.model_copy(update={"minimum_witnesses": 1})
    return portal_context(tmp_path, ledger, city.model_copy(update={"portal": portal}))


def opened(ledger: Ledger, guess: str | None, topic: str = "other") -> str:
    (key,) = open_cases(ledger, [1], topic=topic, topic_guess=guess, lat=40.42345, lon=-3.68765)
    return key


def told(client: TestClient, key: str) -> list[str]:
    """Return the addresses that tell a part of the place."""
    paths = (*PATHS, f"/open311/v2/requests/{key}.json")
    return [path for path in paths if any(part in client.get(path).text.split("<main", 1)[-1] for part in PLACE)]


@pytest.mark.parametrize("guess", ["housing_social", "safety_police"])
@pytest.mark.parametrize("texts", [False, True])
def test_a_case_with_a_guess_of_a_withheld_service_tells_no_place(tmp_path: Path, portal_ledger: Ledger, guess: str, texts: bool) -> None:
    key = opened(portal_ledger, guess)
    client = client_of(context_of(tmp_path, portal_ledger, texts=texts))
    (row,) = client.get(f"/open311/v2/requests/{key}.json").json()
    assert row["service_code"] == "other"
    assert guess not in str(row)
    assert told(client, key) == []


def test_a_decided_service_that_is_withheld_hides_the_place_in_the_title_too(tmp_path: Path, portal_ledger: Ledger) -> None:
    key = opened(portal_ledger, None, "housing_social")
    assert told(client_of(context_of(tmp_path, portal_ledger, texts=True)), key) == []


def test_the_place_appears_once_a_person_decides_for_another_service(tmp_path: Path, portal_ledger: Ledger) -> None:
    key = opened(portal_ledger, "housing_social")
    context = context_of(tmp_path, portal_ledger)
    fields.set_topic(context, key, "noise", "ana", "it is noise")
    assert f"/open311/v2/requests/{key}.json" in told(client_of(context), key)


def test_a_guess_of_another_service_keeps_its_place(tmp_path: Path, portal_ledger: Ledger) -> None:
    key = opened(portal_ledger, "noise")
    assert {"/open", f"/open311/v2/requests/{key}.json"} <= set(told(client_of(context_of(tmp_path, portal_ledger)), key))


def test_a_case_with_a_guess_of_a_hidden_service_is_not_published(tmp_path: Path, portal_ledger: Ledger) -> None:
    key = opened(portal_ledger, "noise")
    client = client_of(context_of(tmp_path, portal_ledger, hidden=["noise"]))
    assert client.get("/open311/v2/requests.json").json() == []
    assert client.get(f"/open311/v2/requests/{key}.json").status_code == 404
    assert key not in client.get("/open").text
