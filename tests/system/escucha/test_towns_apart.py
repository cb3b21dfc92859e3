"""Whatever happens in towns of one installation, nothing of one is seen, found or opened in another.

The addresses come from the applications themselves (`tests.support.walls`): a new page is asked by itself.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st

from pipeline.export import lines
from search.connection.engine import connect
from search.queries.requests import run as ask
from tests.support.mail_server import MailServer
from tests.support.town_lives import DEEDS, POSTS, Life, Town, logged, province, sent_by, whole
from tests.support.walls import Walk, filled, routes, walk

LIVES = st.builds(
    Life,
    posts=st.lists(st.integers(0, len(POSTS) - 1), min_size=2, max_size=5, unique=True),
    deeds=st.lists(st.sampled_from(sorted(DEEDS)), min_size=1, max_size=6),
)
ALL = Life(posts=range(len(POSTS)), deeds=["report", *sorted(DEEDS)])
"""Of this town every page has something to show."""
VALUES = {"code": ("street_lighting",), "token": ("MHW5ES2B1D",), "name": ("archive",)}
"""Of parameters that no page of the towns links to, and that are the same everywhere."""
FORMS = {"desk": ("csv", "jsonl"), "portal": ("json", "xml")}
UNASKED = {"/data/versions/{day}/{file}": "open data, of which a version is kept at the end of a day"}
"""Routes of which even a town where all was done has no address, and why."""


def leaks(shown: str, asked: str, others: Iterable[Town]) -> set[str]:
    """Return what an answer shows of other towns; what was asked for may be repeated."""
    return {mark for town in others for mark in town.marks() if mark in shown and mark not in asked}


def others_of(town: Town, towns: list[Town]) -> list[Town]:
    return [one for one in towns if one is not town]


def pairs_of(towns: list[Town]) -> list[tuple[Town, Town]]:
    """Return each town with the one before it: all pairs of four would take minutes."""
    return list(zip(towns, [towns[-1], *towns[:-1]], strict=True))


def values_of(town: Town, program: str = "desk") -> dict[str, Sequence[str]]:
    """Return values for addresses: ids of this town."""
    numbers = [one.split("/")[-2] for one in town.receipts]
    secrets = [one.split("/")[-1] for one in town.receipts]
    own = {"post_id": town.posts, "case_key": town.cases, "number": numbers, "secret": secrets, "mark": secrets}
    desk = {"number": ("1",), "draft": town.drafts, "job": town.jobs} if program == "desk" else {}
    return {**VALUES, "form": FORMS[program], **own, **desk}


def check_pages(towns: list[Town]) -> None:
    """Nothing of another town is on any page, whatever address of whichever town is asked."""
    walked: dict[tuple[str, str], Walk] = {}
    missed: set[str] = set()
    for town in towns:
        for program, client in (("desk", town.staff()), ("portal", town.visitor("portal"))):
            with logged(town):
                app = town.desk if program == "desk" else town.portal
                bearer = {"authorization": f"Bearer {town.token}"} if program == "portal" else None
                walked[program, town.name] = found = walk(client, app, values_of(town, program), bearer, 2 if town.life is ALL else 1)
            for address, answer in found.shown.items():
                assert leaks(answer.text, address, others_of(town, towns)) == set(), (town.name, address)
                assert answer.status_code < 500, (town.name, address)
            assert program == "portal" or town.word in "".join(one.text for one in found.shown.values())
            missed |= found.missed if town.life is ALL else set()
    assert missed <= UNASKED.keys(), "say in VALUES which value the parameters of a new address may have, or in UNASKED why it is not asked"
    for town, other in pairs_of(towns):
        marks = other.marks()
        for program, client in (("desk", town.staff()), ("portal", town.visitor("portal"))):
            for address in (one for one in walked[program, other.name].shown if any(mark in one for mark in marks)):
                answer = client.get(address, follow_redirects=False)
                assert leaks(answer.text, address, [other]) == set(), (town.name, address)


def check_keys(towns: list[Town]) -> None:
    """A session, a token or the link of a receipt opens in another town what a stranger opens there."""
    for town, other in pairs_of(towns):
        session = {one.name: one.value or "" for one in other.staff().cookies.jar}
        inside, outside = town.visitor("desk"), town.visitor("desk")
        inside.cookies.update(session)
        for method in ("GET", "POST"):
            for address in one_of_each(town, "desk", method):
                with_key, without = (one.request(method, address, follow_redirects=False) for one in (inside, outside))
                assert with_key.status_code == without.status_code, (town.name, method, address)
                assert leaks(with_key.text, address, [town]) <= leaks(without.text, address, [town]), (town.name, address)
        portal, bearer = town.visitor("portal"), {"authorization": f"Bearer {other.token}"}
        for address in (one for one in one_of_each(town, "portal", "GET") if one.startswith("/api/")):
            statuses = portal.get(address, headers=bearer).status_code, portal.get(address).status_code
            assert statuses[0] in (statuses[1], 429), (town.name, address)  # too many that fail are refused by themselves
        for receipt in other.receipts:
            assert portal.get(receipt, follow_redirects=False).status_code != 200, (town.name, receipt)


def one_of_each(town: Town, program: str, method: str) -> list[str]:
    """Return an address of each route."""
    paths = [one.path for one in routes(town.desk if program == "desk" else town.portal, method)]
    return [one for path in paths for one in filled(path, values_of(town, program))[: 1 if "{" in path else None] or [path]]


def check_the_rest(towns: list[Town], server: MailServer) -> None:
    """No index, query, export, file, mail or line of the log holds anything of another town."""
    for town in towns:
        others, engine = others_of(town, towns), connect(town.context.settings, start_embedded=False)
        for index in ("posts", "cases"):
            for query in ({"match_all": {}}, *({"query_string": {"query": one.word}} for one in others)):
                found = ask(engine, index, {"query": query, "size": 100})["hits"]
                assert leaks(json.dumps(found, ensure_ascii=False), "", others) == set()
        exported = "".join(
            line for what in ("posts", "cases", "labels", "corrections", "gold") for line in lines(town.context.ledger, what, "jsonl")
        )
        assert town.word in exported
        assert leaks(exported, "", others) == set()
        for path in (one for one in town.context.settings.home.rglob("*") if one.is_file()):
            content = path.read_bytes()
            assert [mark for one in others for mark in one.marks() if mark.encode() in content] == [], path
        for to, mail in sent_by(server, town):
            assert leaks(f"{to} {whole(mail)}", "", others) == set(), mail["Subject"]
        assert leaks("\n".join(town.said), "", others) == set()


@pytest.mark.slow
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate], print_blob=False)
@example(lives=[ALL, Life(posts=[1], deeds=["report", "answer"])])
@given(lives=st.lists(LIVES, min_size=2, max_size=4))
def test_nothing_of_a_town_is_seen_found_or_opened_in_another(lives: list[Life]) -> None:
    with TemporaryDirectory() as folder, province(Path(folder), lives) as (towns, server):
        check_pages(towns)
        check_keys(towns)
        check_the_rest(towns, server)
