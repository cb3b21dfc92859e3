"""What X costs: through the real ledger and the real command, against the stub."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from starlette.testclient import TestClient

from collectors import x
from core.config.city import load_city
from core.errors import BudgetSpentError, SourceError
from core.records import Json
from desk.app import create_app
from escucha.commands import check, cost, status
from ledger import read, schema
from ledger.ingest import cursors, gaps, store
from pipeline import all_steps as steps
from pipeline.budget import budget_of
from pipeline.context import Context
from tests.support.collector_runs import burst
from tests.support.deployment import environment, escucha
from tests.support.json_path import dig
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.server import Reply
from tests.support.stubs.x import XStub, snowflake
from tests.support.x_town import NOW, Town, profile, spent


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        yield running


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: XStub) -> Iterator[Town]:
    made = Town(tmp_path, monkeypatch, stub)
    with time_machine.travel(NOW, tick=False):
        yield made
        made.context.__exit__(None, None, None)


def in_hand(context: Context) -> float:
    """What was paid and is not charged yet."""
    with context.ledger.read() as connection:
        (purse,) = connection.execute(schema.prepaid_balances.select()).all()
    return float(purse.usd_millionths / 1e6)


def stored(context: Context) -> int:
    """All that X brought so far."""
    return sum(state.stored for state in read.sources(context.ledger))


def searched(stub: XStub) -> int:
    return sum(request.path == "/2/tweets/search/recent" for request in stub.requests)


@pytest.mark.parametrize(
    ("limits", "pages"),
    [
        ("monthly_budget_usd = 1.20", 2),
        ("monthly_budget_usd = 100\ndaily_budget_usd = 1.70", 3),
        ("monthly_budget_usd = 100\ndaily_budget_usd = 50\nrun_budget_usd = 0.50", 1),
        ("monthly_budget_usd = 0.49", 0),
        ("", 0),
    ],
    ids=["month", "day", "run", "less than a page", "no budget"],
)
def test_the_source_stops_before_the_page_that_would_go_over_a_limit(town: Town, stub: XStub, limits: str, pages: int) -> None:
    context = town.open(f'query = "Madrid"\n{limits}')
    stub.search.posts = burst(700, NOW - timedelta(hours=1))
    assert steps.collect(context).get("stored", 0) == pages * 100
    assert searched(stub) == pages
    assert spent(context).month_usd == pages * 0.5
    if pages:
        (gap,) = gaps.open_gaps(context.ledger, "x")
        assert gap.reason == "budget"


def test_after_the_limit_of_a_run_the_next_run_reads_on_and_nothing_is_lost(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100\nrun_budget_usd = 1')
    stub.search.posts = burst(450, NOW - timedelta(hours=1))
    assert [(steps.collect(context), stored(context))[1] for _ in range(4)] == [200, 400, 450, 450]
    # 4 full pages, one of 50 and one that is empty; what they did not cost is still in hand
    assert spent(context).month_usd == pytest.approx(450 * 0.005 + 0.5)


def test_the_limit_of_the_day_ends_with_the_utc_day(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100\ndaily_budget_usd = 0.6')
    stub.search.posts = burst(150, NOW - timedelta(hours=1))
    moments = [NOW, NOW, NOW.replace(hour=23, minute=59), NOW.replace(hour=0, minute=1) + timedelta(days=1)]
    found = []
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            steps.collect(context)
            found.append(stored(context))
    assert found == [100, 100, 100, 150]


def added_by_a_page(context: Context, ids: list[str], price: float) -> float:
    """What is added to the books by a run of its own that reads these 100 posts."""
    before = spent(context).month_usd
    budget = budget_of(context, *context.chosen("x"))
    budget.prepay(price * 100)
    budget.bill(ids, price, price * 100)
    return round(spent(context).month_usd - before, 6)


def test_a_post_read_twice_on_one_utc_day_is_billed_once_and_again_the_day_after(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100')
    ids = [str(snowflake(said)) for said in burst(100, NOW)]
    # the second page is paid before it is known to be free: that pays for all that follow
    assert [added_by_a_page(context, ids, price) for price in (0.005, 0.005, 0.005, 0.001)] == [0.5, 0.5, 0, 0]
    with time_machine.travel(NOW + timedelta(hours=12), tick=False):  # midnight, UTC
        assert spent(context).day_usd == 0
        assert added_by_a_page(context, ids, 0.005) == 0  # the rest of yesterday
        assert added_by_a_page(context, ids, 0.005) == 0.5
        assert spent(context).day_usd == 1.0


def test_the_rest_that_a_cursor_of_before_holds_is_not_believed_and_nothing_else_of_it_is_lost(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100')
    stub.search.posts = burst(130, NOW - timedelta(hours=1))
    read_before: Json = {"high": snowflake(stub.search.posts[99]), "read_at": NOW.isoformat()}
    run_id = cursors.begin_run(context.ledger, "x", NOW)
    cursor: Json = {"streams": {"Madrid": read_before}, "next": "Madrid", "prepaid_usd": 0.5}
    store.store_page(context.ledger, run_id, "x", [], [], cursor, None, NOW)
    steps.collect(context)
    assert (stored(context), spent(context).month_usd) == (30, 0.5)
    assert "prepaid_usd" not in (cursors.read_cursor(context.ledger, "x") or {})


def test_a_mention_found_again_by_the_search_is_billed_once_at_the_higher_price(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100\nuser_id = "12345"\nowned_reads = true')
    stub.mentions.posts = stub.search.posts = burst(20, NOW - timedelta(hours=1))
    steps.collect(context)
    # 0.10 for a page of mentions, of which 0.02 are used; 0.42 tops the rest up to a page of the search
    assert spent(context).month_usd == pytest.approx(0.52)
    # 20 mentions at 0.001 and 0.004 more each by the search: 0.10 in all
    assert in_hand(context) == pytest.approx(0.42)
    assert sum(stub.bill.values()) == pytest.approx(0.10)


def test_what_a_read_day_already_paid_for_costs_nothing_to_look_up(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100')
    stub.search.posts = burst(100, NOW - timedelta(hours=1))
    steps.collect(context)
    (source,) = context.chosen("x")
    ids = [str(snowflake(said)) for said in stub.search.posts]
    budget = budget_of(context, source)
    found = source.module.find_deleted(context.city, source.options, source.secrets, [*ids, *ids], budget)
    assert len(found) == 100
    # one page more is written down before it is asked; its second hundred is paid with what the first did not cost
    assert spent(context).month_usd == pytest.approx(1.0)


def test_the_cap_of_the_month_is_no_reason_to_ask_again(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100')
    capped = {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped"}
    stub.search.faults = Faults(replies={1: Reply(capped, 429)})
    with pytest.raises(SourceError, match="monthly cap of posts"):
        steps.collect(context)


def test_the_check_is_paid_from_the_same_budget_and_without_money_asks_nothing(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 0.007')
    (first,) = check.check(context, "x")
    assert (first.good, spent(context).month_usd) == (True, 0.005)
    (second,) = check.check(context, "x")
    assert not second.good
    assert "over monthly_budget_usd = 0.007" in second.message
    assert len(stub.requests) == 1


def test_without_a_budget_the_check_says_what_to_set(town: Town, stub: XStub) -> None:
    (found,) = check.check(town.open(""), "x")
    assert (found.good, found.message) == (False, "x: monthly_budget_usd is 0, so nothing is collected: set it in [sources.x]")
    assert stub.requests == []


def test_the_status_says_what_was_spent_and_why_the_source_rests(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 1.2')
    stub.search.posts = burst(700, NOW - timedelta(hours=1))
    steps.collect(context)
    standing = status.status(context)
    said = status.format_text(standing)
    assert "source x: NOT WORKING: x failed at " in said, "it collects nothing until the month is over"
    assert "; received 200, stored 200, open_gaps 1; 1.00 of 1.2 USD this month" in said
    assert "over monthly_budget_usd = 1.2" in standing["sources"]["x"]["last_outcome"]


@pytest.mark.parametrize(
    ("language", "message"), [("es", "<dt>Gasto de este mes</dt><dd>0,5 de 1 USD"), ("en", "<dt>Money this month</dt><dd>0.5 of 1 USD")]
)
def test_the_desk_says_what_was_spent(town: Town, stub: XStub, language: str, message: str) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 1')
    steps.collect(context)
    client = TestClient(
        create_app(context), base_url="http://127.0.0.1", client=("127.0.0.1", 50000), headers={"accept-language": language}
    )
    assert message in client.get("/sources").text


def test_the_estimate_compares_three_plans_by_the_counts_of_x(town: Town, stub: XStub) -> None:
    stub.counts = {"@MADRID": 700, "(@MADRID OR @Lineamadrid)": 1400, "(Madrid OR @MADRID OR @Lineamadrid)": 70_000}
    context = town.open("monthly_budget_usd = 100")
    found = cost.estimate(context, "x")
    assert [(p["name"], p["posts_a_week"], p["requests_a_month"], p["usd_a_month"]) for p in dig(found, "plans")] == [
        # 700 posts in 7 days are 3,000 in 30; every 15 minutes are 2,880 requests, and 30 further pages
        ("mentions only", 700, 2910, 15.0),
        ("mentions and handles", 1400, 2940, 30.0),
        ("full: as the profile asks", 70_000, 5880, 1500.0),
    ]
    assert (found["asked_usd"], spent(context).month_usd) == (0.015, 0.015)
    assert {request.path for request in stub.requests} == {"/2/tweets/counts/recent"}


def test_mentions_of_ones_own_apart_from_the_search_are_estimated_at_a_fifth(town: Town, stub: XStub) -> None:
    stub.counts = {"@MADRID": 700, "(@Lineamadrid)": 700, "(Madrid OR @Lineamadrid)": 7000}
    context = town.open('monthly_budget_usd = 1\nuser_id = "1"\nown_handle = "@MADRID"\nowned_reads = true')
    found = cost.estimate(context, "x")
    # 3,000 at 0.001; and 3,000 at 0.005; or 30,000 at 0.005
    assert [plan["usd_a_month"] for plan in dig(found, "plans")] == [3.0, 18.0, 153.0]
    assert all("-@MADRID" in query for query in dig(found, "plans", 2, "queries")[1:])


def test_no_money_for_the_counts_is_said_and_nothing_is_asked(town: Town, stub: XStub) -> None:
    context = town.open("monthly_budget_usd = 0.001")
    with pytest.raises(BudgetSpentError, match="over monthly_budget_usd"):
        cost.estimate(context, "x")
    assert stub.requests == []


def test_the_command_prints_the_plans_and_its_help_says_what_asking_costs(tmp_path: Path, stub: XStub) -> None:
    stub.counts = {"Madrid": 70}
    path = profile(tmp_path, stub, "monthly_budget_usd = 5")
    env = environment(tmp_path / "home", path, ESCUCHA_X_BEARER_TOKEN="token-of-test")  # noqa: S106
    printed = escucha("cost", "--source", "x", env=env).stdout.decode()
    assert printed.splitlines()[0].split() == "plan posts in 7 days requests a month USD a month".split()
    assert "these counts cost 0.015 USD; spent this month: 0.015 of 5 USD" in printed
    assert "on X 0.005 USD each" in " ".join(escucha("cost", "--help", env=env).stdout.decode().split())


def test_the_built_queries_leave_the_mentions_to_the_mentions_only_when_those_are_read() -> None:
    city = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
    both = x.Options(user_id="1", own_handle="@MADRID")
    assert x.query(city, both) == ["(Madrid OR @Lineamadrid) (lang:es OR lang:en) -@MADRID"]
    assert x.query(city, x.Options(own_handle="@MADRID")) == ["(Madrid OR @MADRID OR @Lineamadrid) (lang:es OR lang:en)"]


def test_an_edit_is_a_post_of_its_own_to_the_bill(town: Town, stub: XStub) -> None:
    context = town.open('query = "Madrid"\nmonthly_budget_usd = 100')
    stub.search.posts = [Said(1, NOW - timedelta(minutes=5))]
    steps.collect(context)
    stub.search.posts = [Said(2, NOW - timedelta(minutes=1))]
    steps.collect(context)
    assert spent(context).month_usd - in_hand(context) == pytest.approx(2 * 0.005)
