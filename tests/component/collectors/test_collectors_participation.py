"""CONSUL and Decidim sites against stubs, through real HTTP: what the newest pages cannot show, the sweep finds."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors import consul, decidim
from collectors.paging.full_scan import FullScan
from core.errors import SourceError
from core.records.collection import Budget
from core.records.post import Raw
from tests.support.collector_runs import NOW, burst, new_ids, run, runs
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.participation import ConsulStub, DecidimStub, proposal
from tests.support.stubs.server import Reply
from tests.support.worlds import CITY, ConsulWorld, DecidimWorld


@pytest.fixture
def site() -> Iterator[ConsulStub]:
    with ConsulStub() as running:
        yield running


@pytest.fixture
def barrio() -> Iterator[DecidimStub]:
    with DecidimStub() as running:
        yield running


def comment(number: int, **changed: object) -> dict[str, Any]:
    return {
        "id": str(number),
        "body": f"De acuerdo ({number})",
        "createdAt": "2026-11-24T10:00:00Z",
        "author": {"name": "Ana", "nickname": "ana"},
        "comments": [],
    } | changed


@pytest.mark.parametrize(("sweep_pages", "found"), [(0, 0), (1, 1)], ids=["without", "with"])
def test_a_new_proposal_that_the_list_hides_among_old_ones_is_found_by_the_sweep(site: ConsulStub, sweep_pages: int, found: int) -> None:
    """The site promises no order: sixty old proposals that got a vote stand behind the new one."""
    world = ConsulWorld(site, overlap=0, sweep_pages=sweep_pages)
    world.say(burst(100, NOW - timedelta(days=1)))
    first = run(world, None, NOW)
    world.say([Said(500, NOW)])
    site.order = [*range(1, 40), 500, *range(40, 101)]
    assert sum(new_ids(runs(world, first.cursor, NOW + timedelta(minutes=15), 5), first)) == found


def test_what_is_older_than_the_first_look_back_is_never_taken_however_long_the_sweep_goes(site: ConsulStub) -> None:
    world = ConsulWorld(site, sweep_pages=2, look_back=timedelta(days=7))
    world.say(burst(80, NOW - timedelta(days=400)))
    world.say(burst(5, NOW - timedelta(days=6), first=200))
    done = runs(world, None, NOW, 6)
    assert {native_id for each in done for native_id in each.ids} == {f"proposal:{n}" for n in range(200, 205)}
    later = run(world, done[-1].cursor, NOW + timedelta(days=20))  # a week after the first run, not after this one
    assert set(later.ids) == {f"proposal:{n}" for n in range(200, 205)}


def test_an_edit_is_found_by_the_sweep(site: ConsulStub) -> None:
    world = ConsulWorld(site, overlap=0, sweep_pages=5)
    world.say(burst(100, NOW - timedelta(days=1)))
    first = run(world, None, NOW)
    site.search.posts[3] = Said(4, NOW - timedelta(days=1), text="Ya está arreglado")
    pages = world.collect(first.cursor, Budget(now=NOW + timedelta(hours=1), until=NOW + timedelta(hours=1)))
    assert "Bache. Ya está arreglado" in {raw.text for page in pages for raw in page.raws}


class Site:
    """Pages 0 to 4 of a list, one number each; those in `broken` cannot be read."""

    def __init__(self) -> None:
        self.broken: set[int] = set()
        self.state: dict[str, object] = {}

    def read(self, token: str | None) -> tuple[list[dict[str, Any]], str | None]:
        page = int(token or 0)
        if page in self.broken:
            raise SourceError("503")
        return [{"page": page}], str(page + 1) if page < 4 else None

    def scan_page(self) -> list[object]:
        """What one run of two pages read, with the gap it made or filled."""
        told: list[object] = []
        with suppress(SourceError):
            for step in FullScan("all", "all", self.read, 2).fetch_pages(self.state, 9, Budget(now=NOW, until=NOW)):
                self.state = step.state
                told += [item["page"] for item in step.items]
                told += [step.gap.reason] if step.gap else ["filled"] if step.filled else []
        return told


def test_a_sweep_goes_round_and_round() -> None:
    site = Site()
    assert [site.scan_page() for _ in range(4)] == [[0, 1], [2, 3], [4], [0, 1]]


def test_a_page_that_fails_for_a_while_does_not_move_the_sweep() -> None:
    site = Site()
    assert site.scan_page() == [0, 1]
    site.broken = {2}
    assert [site.scan_page() for _ in range(4)] == [[], [], [], []]
    site.broken = set()
    assert [site.scan_page() for _ in range(2)] == [[2, 3], [4]]


def test_a_page_that_always_fails_is_given_up_after_five_runs_and_what_is_behind_it_is_a_gap_until_it_is_read() -> None:
    site = Site()
    site.scan_page()
    site.broken = {2}
    assert [site.scan_page() for _ in range(6)] == [[], [], [], [], ["refused"], [0, 1]]
    site.broken = set()
    assert [site.scan_page() for _ in range(3)] == [[2, 3], [4, "filled"], [0, 1]]


def test_comments_of_a_consul_site_keep_their_thread(site: ConsulStub) -> None:
    author = {"id": "9", "username": "Ana"}
    told = {"body": "Sí", "public_created_at": "2026-11-24 11:00:00 +0100", "public_author": author, "commentable_id": 77}
    site.others["comments"] = [
        {"__typename": "Comment", "id": "1", "commentable_type": "Proposal", "ancestry": None, **told},
        {"__typename": "Comment", "id": "2", "commentable_type": "Proposal", "ancestry": "1", **told},
        {"__typename": "Comment", "id": "3", "commentable_type": "Proposal", "ancestry": "1/2", **told, "public_author": None},
    ]
    world = ConsulWorld(site, kinds=("comments",), own_ids=("9",))
    (page,) = world.collect(None, Budget(now=NOW, until=NOW))
    assert [(raw.native_id, raw.kind, raw.thread_id, raw.reply_to, raw.own) for raw in page.raws] == [
        ("comment:1", "comment", "proposal:77", "proposal:77", True),
        ("comment:2", "reply", "proposal:77", "comment:1", True),
        ("comment:3", "reply", "proposal:77", "comment:2", False),
    ]
    assert {raw.created_at for raw in page.raws} == {datetime(2026, 11, 24, 10, tzinfo=UTC)}


def test_a_kind_that_a_site_refuses_does_not_stop_the_others(site: ConsulStub) -> None:
    world = ConsulWorld(site, kinds=("proposals", "comments"), sweep_pages=1)
    world.say(burst(3, NOW))
    world.faults(Faults(replies={1: Reply({"errors": [{"message": "Field 'summary' doesn't exist"}]})}))
    site.others["comments"] = [
        {
            "__typename": "Comment",
            "id": "1",
            "commentable_type": "Proposal",
            "commentable_id": 1,
            "ancestry": None,
            "body": "Sí",
            "public_created_at": "2026-11-24 11:00:00 UTC",
        }
    ]
    done = run(world, None, NOW)
    assert set(done.ids) == {"comment:1"}
    assert "rejected the query: Field 'summary' doesn't exist" in str(done.error)


def only_in_part(reply: Reply) -> Reply:
    """Its second record fails on the site's side, and its third one as a whole."""
    data = reply.body["data"]
    page = data["proposals"] if "proposals" in data else data["component"]["proposals"]
    page["edges"][1], page["edges"][2] = {"node": None}, None
    return Reply({"errors": [{"message": "Cannot return null for non-nullable field"}], "data": data})


@pytest.mark.parametrize(("stub", "made"), [(ConsulStub, ConsulWorld), (DecidimStub, DecidimWorld)])
def test_of_an_answer_in_part_what_is_there_is_kept_and_the_rest_is_counted_and_read_later(
    stub: type[ConsulStub | DecidimStub], made: Callable[..., ConsulWorld | DecidimWorld]
) -> None:
    with stub() as running:
        world = made(running, sweep_pages=0)
        world.say(burst(60, NOW))
        whole = running.answer
        running.answer = lambda request: only_in_part(whole(request))  # type: ignore[method-assign]
        first = run(world, None, NOW)
        assert (len(set(first.ids)), first.rejected, first.error) == (60 - 6, 6, None)
        assert world.module.check(CITY, world.options, None)
        running.answer = whole  # type: ignore[method-assign]
        second = run(world, first.cursor, NOW + timedelta(minutes=15))
        assert len({*first.ids, *second.ids}) == 60


@pytest.mark.parametrize("data", [None, {"proposals": None}, {"proposals": {"edges": None, "pageInfo": {}}}])
def test_an_answer_of_errors_alone_is_a_refusal_in_the_sites_words(site: ConsulStub, data: object) -> None:
    world = ConsulWorld(site)
    world.faults(Faults(replies={1: Reply({"errors": [{"message": "Timeout on proposals"}], "data": data})}))
    assert "rejected the query: Timeout on proposals" in str(run(world, None, NOW).error)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"<html></html>", 404), "returned 404: not public"),
        (Reply({}, 302, {"Location": "http://169.254.169.254/"}), "returned 302: not public"),
        (Reply(b"<html></html>", 200, {"Content-Type": "text/html"}), "the response is not JSON"),
        (Reply([1]), "the response is not GraphQL"),
        (Reply({"data": {"proposals": None}}), "not a page of records"),
        (Reply({"data": {"proposals": {"edges": [], "pageInfo": None}}}), "not a page of records"),
        (Reply({"data": None}), "the response is not GraphQL"),
        (Reply({}, 500), "no usable answer (500)"),
        (Reply({}, 503, {"Retry-After": "90"}), "wait 90 s"),
        (Reply(cut=True), "no usable answer"),
    ],
    ids=["404", "redirect", "html", "a list", "null", "no place", "no data", "500", "503", "cut"],
)
def test_a_refusal_is_an_error_in_words_after_one_request(site: ConsulStub, reply: Reply, words: str) -> None:
    world = ConsulWorld(site)
    world.faults(Faults(replies={1: reply}))
    refused = run(world, None, NOW)
    assert words in str(refused.error)
    assert len(site.requests) == 1


def test_comments_of_a_decidim_page_come_with_their_proposal_three_levels_deep(barrio: DecidimStub) -> None:
    world = DecidimWorld(barrio)
    world.say([Said(5, NOW)])
    barrio.comments[5] = [comment(1, comments=[comment(2, comments=[comment(3)]), None]), comment(4)]
    (page,) = world.collect(None, Budget(now=NOW, until=NOW))
    host = barrio.url.removeprefix("http://")
    assert [(raw.native_id.removeprefix(host), raw.kind, raw.reply_to and raw.reply_to.removeprefix(host)) for raw in page.raws] == [
        (":proposal:5", "post", None),
        (":comment:1", "comment", ":proposal:5"),
        (":comment:4", "comment", ":proposal:5"),
        (":comment:2", "reply", ":comment:1"),
        (":comment:3", "reply", ":comment:2"),
    ]
    assert {raw.thread_id for raw in page.raws} == {f"{host}:proposal:5"}


def test_a_new_comment_on_an_old_proposal_is_found_by_the_sweep(barrio: DecidimStub) -> None:
    world = DecidimWorld(barrio, sweep_pages=1, overlap=timedelta(0))
    world.say(burst(100, NOW - timedelta(days=1)))
    first = run(world, None, NOW)
    barrio.comments[3] = [comment(9, createdAt="2026-11-24T12:05:00Z")]
    done = runs(world, first.cursor, NOW + timedelta(minutes=20), 5)
    assert sum(new_ids(done, first)) == 1


def test_proposals_of_the_council_itself_are_its_own_and_a_wrong_page_is_said(barrio: DecidimStub) -> None:
    barrio.search.posts = [Said(5, NOW)]
    item = {**barrio.node(Said(5, NOW)), "official": True, "author": None, "page": "https://d.example/f/39", "proposal": "5"}
    raw = decidim.parse({"item": {**item, "kind": "proposal"}, "place": "p", "received_at": NOW.isoformat()})
    assert isinstance(raw, Raw)
    assert (raw.own, raw.author_id, raw.url) == (True, None, "https://d.example/f/39/proposals/5")
    wrong = decidim.Options(proposals=(f"{barrio.url}/processes/barrio/f/40",))
    with pytest.raises(SourceError, match="f/40 is not a component of proposals"):
        decidim.check(CITY, wrong, None)


def test_check_says_what_it_found(site: ConsulStub, barrio: DecidimStub) -> None:
    site.search.posts = barrio.search.posts = [Said(1, datetime.now(UTC))]
    found = consul.check(CITY, consul.Options(site=site.url), None)
    assert found == f"{site.url} answers with proposals: the newest is of {proposal(Said(1, datetime.now(UTC)))['public_created_at']}"
    words = decidim.check(CITY, DecidimWorld(barrio).options, None)
    assert words.endswith("answers: 1 proposals and comments of its first page are not too old")


@pytest.mark.parametrize("site", ["decide.madrid.es", "https://decide.madrid.es/proposals", "ftp://x"])
def test_an_address_that_is_no_site_is_refused(site: str) -> None:
    with pytest.raises(ValidationError):
        consul.Options(site=site)
    with pytest.raises(ValidationError):
        decidim.Options(proposals=(site,))
