"""Test the OpenAPI document, and every address against it."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.testclient import TestClient

from ledger.database import Ledger
from portal.api.endpoints import ENDPOINTS
from tests.support.portal_facts import bearer, client_of, open_cases, portal_context
from tests.support.read_api_rig import ALL, ROOT, ask, posts_of


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger))


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    answer = client.get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_openapi_document_is_valid(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"] == "3.1.0"
    assert {one["get"]["operationId"] for one in described["paths"].values()} == {one.name for one in ENDPOINTS}
    assert all(value.get("description") for one in described["paths"].values() for value in one["get"]["parameters"])


def test_each_documented_address_answers_as_documented(client: TestClient, portal_ledger: Ledger, described: dict[str, Any]) -> None:
    (key,), (post_id, *_) = open_cases(portal_ledger, [3]), posts_of(portal_ledger, 3)
    token = bearer(portal_ledger, *ALL)
    for path, operations in described["paths"].items():
        answers = operations["get"]["responses"]
        filled = path.replace("{post_id}", post_id).replace("{case_key}", key)
        validate(described, answers["200"]["content"]["application/json"]["schema"], ask(client, filled, token))
        required = [one["name"] for one in operations["get"]["parameters"] if one.get("required")]
        assert required == [name for name in ("post_id", "case_key") if f"{{{name}}}" in path]
        for problem, header in ((ask(client, filled, {}, 401), "401"), (ask(client, filled, token, 400, x="1"), "400")):
            reference = answers[header]["$ref"].rpartition("/")[2]
            content = described["components"]["responses"][reference]["content"]["application/problem+json"]
            validate(described, content["schema"], problem)


def validate(described: dict[str, Any], schema: dict[str, Any], found: Any) -> None:
    whole = {**schema, "components": described["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(found)
