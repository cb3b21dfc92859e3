"""Test keys of Open311: hashes, topics, malformed entries."""

import pytest

from core.errors import ConfigurationError
from portal.open311.keys import VARIABLE, find_key, make_key, read_keys

HASH = "0" * 64


def test_a_made_key_is_found_by_its_hash_alone() -> None:
    key, entry = make_key("app", ["noise", "street_lighting"])
    other, other_entry = make_key("other")
    assert key != other
    assert key not in entry
    keys = read_keys(f"{entry}, {other_entry},")
    found = find_key(keys, key)
    assert found is not None
    assert (found.name, found.may("noise"), found.may("parks_trees")) == ("app", True, False)
    everything = find_key(keys, other)
    assert everything is not None
    assert everything.may("parks_trees")
    for wrong in ("", key[:-1], f"{key} ", key.upper(), HASH, "x" * 10_000, "\ud800"):
        assert find_key(keys, wrong) is None


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("app", "app has no SHA-256 hash; make the entry with `escucha open311-key app`"),
        (f"App:{HASH}", "'App' is not a name"),
        (f":{HASH}", "'' is not a name"),
        (f"app:{HASH[:-1]}", "app has no SHA-256 hash"),
        (f"app:{HASH.replace('0', 'G')}", "app has no SHA-256 hash"),
        (f"app:{HASH}:potholes", "app: unknown topic potholes"),
        (f"app:{HASH},app:{HASH}", "two keys are named app"),
    ],
)
def test_a_malformed_entry_is_refused_with_its_cause(entry: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as failure:
        read_keys(entry)
    assert str(failure.value).startswith(f"{VARIABLE}: ")
    assert words in str(failure.value)


def test_no_key_is_no_entry() -> None:
    assert read_keys("") == ()
    assert find_key((), "") is None
