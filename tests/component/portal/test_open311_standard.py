"""Compare our answers with the standard's fields.

They are listed in ../shared/notes/contact_centre.md.
"""

import re
from pathlib import Path

import pytest

from ledger.database import Ledger
from tests.support.portal_facts import FORM, KEYS, client_of, open_cases, portal_context
from tests.support.shared import SHARED

NOTE = SHARED / "notes" / "contact_centre.md"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not NOTE.is_file(), reason="needs ../shared/notes/contact_centre.md beside the checkout"),
]


def fields_of(name: str) -> set[str]:
    """Return the field names in the note's example of one answer."""
    block = NOTE.read_text(encoding="utf-8").partition("### 4.2 Answers")[2].partition("```json")[2].partition("```")[0]
    example = re.split(r"^[A-Z]+ +", block.partition(f"\n{name} ")[2], maxsplit=1, flags=re.MULTILINE)[0]
    found = set(re.findall(r'"(\w+)":', example))
    assert found, name
    return found


def test_each_answer_has_the_fields_of_the_published_examples(tmp_path: Path, portal_ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, portal_ledger, keys=KEYS))
    (key,) = open_cases(portal_ledger, [1])
    (created,) = client.post("/open311/v2/requests.json", data=FORM).json()
    assert set(created) == fields_of("POST")

    def row(path: str) -> set[str]:
        (first, *_) = client.get(f"/open311/v2/{path}.json").json()
        return set(first)

    assert row(f"requests/{key}") == fields_of("GET")
    assert row("services") == fields_of("LIST")
    assert row("requests/C-none") == fields_of("ERR")
    assert row(f"requests/{created['service_request_id']}") == fields_of("GET")
    definition = client.get("/open311/v2/services/noise.json").json()
    assert set(definition) == {"service_code", "attributes"} <= fields_of("DEF")
