"""The keys that all sources share: each source offers the same ones as ever, with the same defaults, and refuses the same others."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config import plugins
from core.config.source_options import SourceOptions, default_options
from core.errors import ConfigurationError

BEFORE = json.loads((Path(__file__).parents[2] / "data" / "source_options.json").read_text(encoding="utf-8"))
"""By source, as they were while each collector declared all of them itself: the keys of its table, and the shared defaults."""
SHARED = ("every", "quiet_after", "pages", "deletions")
NEEDED: dict[str, dict[str, object]] = {
    "archive": {"files": ["a.csv"]},
    "consul": {"site": "https://decide.example"},
    "decidim": {"proposals": ["https://decidim.example/processes/barrio/f/39"]},
    "discourse": {"sites": ["https://foro.example"]},
    "feeds": {"feeds": ["https://prensa.example/rss"]},
    "mailbox": {"host": "mail.example", "user": "buzon"},
    "youtube": {"videos": ["abcdefghijk"]},
}
"""Keys without which a table is refused."""
every_source = pytest.mark.parametrize("source", sorted(BEFORE))


def options(source: str, **table: Any) -> SourceOptions:
    found = plugins.load_options("collectors", source, {**NEEDED.get(source, {}), **table}, "town.toml")
    assert isinstance(found, SourceOptions)
    return found


@every_source
def test_a_source_offers_the_keys_it_always_had(source: str) -> None:
    assert sorted(type(options(source)).model_fields) == BEFORE[source]["keys"]


@every_source
def test_a_source_without_settings_has_the_defaults_it_always_had(source: str) -> None:
    made = options(source).model_dump(mode="json")
    assert {key: made[key] for key in SHARED if key in made} == {key: value for key, value in BEFORE[source].items() if key != "keys"}


@every_source
def test_a_shared_key_that_a_source_does_not_offer_is_refused_by_name(source: str) -> None:
    values = {"every": 5, "quiet_after": "P1D", "pages": 5, "deletions": {"a_day": 1}}
    for key in SHARED:
        if key in BEFORE[source]["keys"]:
            assert getattr(options(source, **{key: values[key]}), key) is not None
        else:
            with pytest.raises(ConfigurationError, match=f"unknown key '{key}'"):
                options(source, **{key: values[key]})


@every_source
def test_what_is_not_offered_can_be_read_all_the_same(source: str) -> None:
    made = options(source)
    assert (made.every, made.pages) >= (1, 1)
    assert made.quiet_after is None or made.quiet_after > timedelta(0)
    assert (made.deletions is not None) is ("deletions" in BEFORE[source]["keys"])


@every_source
@pytest.mark.parametrize("key", ["every", "pages"])
def test_zero_is_refused(source: str, key: str) -> None:
    if key in BEFORE[source]["keys"]:
        with pytest.raises(ConfigurationError, match=f"key '{key}': Input should be greater than or equal to 1"):
            options(source, **{key: 0})


@every_source
def test_the_schedules_read_the_pace_that_the_collector_has(source: str) -> None:
    assert default_options(source).every == options(source).every


def test_a_new_collector_without_defaults_is_told_where_to_write_them() -> None:
    with pytest.raises(ConfigurationError, match=r"collectors/pigeon/part.toml: there is no such manifest: write one with `every`"):

        class Options(SourceOptions, source="pigeon"):
            """`[sources.pigeon]`."""


def test_only_an_archive_that_is_played_again_is_no_live_source() -> None:
    assert {source for source in BEFORE if not options(source).is_live} == set()
    assert not options("archive", replay=True).is_live


def test_a_source_may_cost_what_its_table_says_and_others_have_no_limit() -> None:
    paid = options("x", monthly_budget_usd=30, daily_budget_usd=2, run_budget_usd=1).spending_limits()
    assert (paid.monthly_usd, paid.daily_usd, paid.run_usd, paid.daily_requests) == (30, 2, 1, None)
    assert options("x").spending_limits().monthly_usd == 0, "nothing is read until a budget is set"
    assert options("youtube", daily_requests=7).spending_limits().daily_requests == 7
    free = set(BEFORE) - {"x", "youtube"}
    assert {value for one in free for value in options(one).spending_limits().model_dump().values()} == {None}
