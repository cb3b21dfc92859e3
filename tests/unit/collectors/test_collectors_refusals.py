"""What a refusal means, network by network: the error, its words, the rest that was asked for, and whether only a person can mend it.

`tests/data/refusals.json` was printed by `tests/support/refused.py` while each network had a ladder of its own.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.http.refusals import (
    TOO_MANY_REQUESTS,
    Meaning,
    Refusal,
    Refusals,
    unusable_response,
    wait_from_headers,
    wait_if_busy,
    wait_if_header,
)
from core.errors import StreamError

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GROUPS = json.loads((Path(__file__).parents[2] / "data" / "refusals.json").read_text(encoding="utf-8"))
BEFORE: dict[str, list[Any]] = {name: group["error"] for group in GROUPS for name in group["of"]}


@pytest.mark.parametrize("network", ["x", "reddit", "youtube", "mastodon", "bluesky", "web"])
def test_each_refusal_means_what_it_always_meant(network: str) -> None:
    from tests.support.refused import all_of_them, told  # imports the libraries of all networks: 2 s of CPU

    made = {name: told(error) for name, error in all_of_them() if name.startswith(f"{network} ")}
    assert made == {name: error for name, error in BEFORE.items() if name.startswith(f"{network} ")}
    assert len(made) >= 39


TABLE = Refusals(
    Meaning(TOO_MANY_REQUESTS, {429}, wait=wait_from_headers("x-reset")),
    Meaning("{who} is closed ({codes}): {where}", {403}, codes={"closed", "shut"}, kind=StreamError, fatal=True),
    Meaning("{who} shows no page", text="/page"),
    otherwise=Meaning("{who} failed with {status}", wait=wait_if_busy()),
)


def error(status: int, codes: tuple[str, ...] = (), text: str = "", **headers: str) -> Any:
    found = TABLE.error(Refusal(status, {k.replace("_", "-"): v for k, v in headers.items()}, codes, text), NOW, "Net", where="here")
    return str(found), found.retry_after, found.fatal, type(found).__name__


def test_the_first_meaning_that_fits_counts() -> None:
    assert error(429, ("closed",), "/page") == ("Net: too many requests, wait 60 s", 60.0, False, "SourceError")
    assert error(403, ("other", "shut"), "/page") == ("Net is closed (other, shut): here", None, True, "StreamError")
    assert error(403, ("other",), "of /page") == ("Net shows no page", None, False, "SourceError")
    assert error(403) == ("Net failed with 403", None, False, "SourceError")


def test_a_wait_is_what_the_headers_ask_for_and_after_other_failures_only_what_is_asked_for() -> None:
    in_five_minutes = str((NOW + timedelta(minutes=5)).timestamp())
    assert error(429, x_reset=in_five_minutes)[1] == 300
    assert error(429, Retry_After="7", x_reset=in_five_minutes)[1] == 7
    assert (error(503)[1], error(500)[1], error(500, Retry_After="9")[1]) == (60, None, 9)
    assert wait_if_header(Refusal(503), NOW) is None
    assert wait_if_header(Refusal(503, {"retry-after": "5"}), NOW) == 5


def test_words_of_a_server_with_braces_are_shown_as_they_are() -> None:
    assert str(TABLE.error(Refusal(500), NOW, "{Net}")) == "{Net} failed with 500"
    assert error(403, ("shut", "{who}"))[0] == "Net is closed (shut, {who}): here"


def test_no_usable_answer_says_why_in_words() -> None:
    assert (
        str(unusable_response("Net", "what it sent is no page")) == "Net gave no usable answer (what it sent is no page); tried again later"
    )
    assert (
        str(unusable_response("Net", TimeoutError()))
        == "Net gave no usable answer (TimeoutError: it did not answer in time); tried again later"
    )
    assert unusable_response("Net", "cut", 3.0).retry_after == 3
