"""Attacks through the whole product: the real collector, the shipped model, triage, and the pages of the desk.

`ESCUCHA_PUPPETS=1000 ESCUCHA_COPIES=5000` play the attacks in the size that the project promises to withstand.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.settings import Settings
from core.records.read_models import CaseRecord
from dashboards.expected import rows
from dashboards.panels import PANELS
from dashboards.window import Window
from desk.rendering import PAGE_SIZE
from ledger import read
from pipeline import casework
from pipeline.context import Context, open_context
from pipeline.steps.classify import classify
from pipeline.steps.collect import collect
from pipeline.steps.triage import triage
from reports.build.aggregate import count
from reports.build.period import Interval
from tests.support import floods
from tests.support.deployment import write_profile
from tests.support.desk_client import browser
from tests.support.ledger_facts import unbalanced

PUPPETS = int(os.environ.get("ESCUCHA_PUPPETS", "40"))
COPIES = int(os.environ.get("ESCUCHA_COPIES", "60"))


@contextmanager
def flooded(folder: Path, posts: Path, act: float = 0.6, review: float = 0.3) -> Iterator[Context]:
    """A deployment that collected, classified and decided these posts."""
    profile = write_profile(folder, posts, act, review)
    with open_context(profile, Settings(home=folder / "home")) as context:
        for step in (collect, classify, triage):
            step(context)
        assert unbalanced(context.ledger) == []
        yield context


def about(context: Context, street: str) -> list[CaseRecord]:
    return [one for one in read.case_records(context.ledger) if street in one.title]


def case_page(context: Context, case: CaseRecord) -> str:
    return re.sub(r"\s+", " ", browser(context).get(f"/cases/{case.case_key}").text)


def test_sock_puppets_make_one_case_that_says_so(tmp_path: Path) -> None:
    posts = floods.write(tmp_path / "posts.jsonl", floods.puppets(PUPPETS), floods.others())
    with flooded(tmp_path, posts) as context:
        [case] = about(context, "Toledo")
        assert case.posts == PUPPETS
        found = read.copies(context.ledger, case.case_key)
        assert found.posts >= 0.9 * PUPPETS
        assert found.accounts == found.only_here == found.posts
        assert case.authors == PUPPETS - found.posts  # each puppet with a different text is one person at most
        assert case.authors <= 0.1 * PUPPETS
        assert f"{found.posts:,} of the posts repeat" in case_page(context, case)
        assert len(about(context, "Lavapiés")) == 1


def test_one_text_copied_by_many_makes_one_case_that_says_so(tmp_path: Path) -> None:
    posts = floods.write(tmp_path / "posts.jsonl", floods.copied(COPIES), floods.others())
    with flooded(tmp_path, posts) as context:
        [case] = about(context, "Embajadores")
        assert (case.posts, case.authors) == (COPIES, 1)
        assert read.copies(context.ledger, case.case_key).posts == COPIES - 1
        shown = case_page(context, case)
        assert f"{COPIES - 1:,} of the posts repeat" in shown
        assert f"Accounts that posted these copies: {COPIES - 1:,}" in shown
        assert case.priority <= 2  # as if one person had written
        assert len(about(context, "Lavapiés")) == 1


def test_copies_in_review_are_one_entry_of_the_queue(tmp_path: Path) -> None:
    posts = floods.write(tmp_path / "posts.jsonl", floods.copied(COPIES), floods.others())
    with flooded(tmp_path, posts, act=0.9999, review=0.05) as context:
        assert read.count_posts(context.ledger, decision="in_review") >= COPIES
        page = browser(context).get("/review?layout=list").text
        assert len(re.findall(rf'class="whole"[^>]*>{floods.COPIED}', page)) == 1
        assert all(text in page for text in floods.OTHERS)
        [shown] = [one for one in read.review_queue(context.ledger, limit=50) if one.text == floods.COPIED]
        casework.reject_review(context, shown.post_id, "ana", "a campaign")
        assert read.count_posts(context.ledger, decision="in_review") == len(floods.OTHERS)
        assert floods.COPIED not in browser(context).get("/review").text


@pytest.mark.slow
def test_many_reports_on_one_service_hide_no_other_in_the_review_queue(tmp_path: Path) -> None:
    posts = floods.write(tmp_path / "posts.jsonl", floods.on_one_service(PAGE_SIZE + 20), floods.others())
    with flooded(tmp_path, posts, act=0.9999, review=0.05) as context:
        assert read.count_review_queue(context.ledger) > PAGE_SIZE
        page = browser(context).get("/review").text
        assert all(text in page for text in floods.OTHERS)
        listed = [one.post_id for number in (0, 1) for one in read.review_queue(context.ledger, limit=PAGE_SIZE, offset=number * PAGE_SIZE)]
        assert len(set(listed)) == len(listed) == read.count_review_queue(context.ledger)


@pytest.mark.slow
def test_many_cases_on_one_service_hide_no_other_in_the_case_book_or_on_the_home_page(tmp_path: Path) -> None:
    flood = PAGE_SIZE + 20
    posts = floods.write(tmp_path / "posts.jsonl", floods.on_one_service(flood), floods.others(flood), floods.copied(12))
    with flooded(tmp_path, posts, act=0.05, review=0.02) as context:
        assert read.count_cases(context.ledger, topic="waste_cleaning") > PAGE_SIZE
        desk = browser(context)
        listed = desk.get("/cases").text
        assert "Street lighting: 1" in listed
        assert "topic=street_lighting" in listed
        assert "Lavapiés" in desk.get("/cases?topic=street_lighting").text
        home = desk.get("/").text
        assert home.count(floods.COPIED) <= 1


def test_copies_are_spam_in_every_count_and_the_first_post_is_not(tmp_path: Path) -> None:
    posts = floods.write(tmp_path / "posts.jsonl", floods.copied(COPIES), floods.others())
    with flooded(tmp_path, posts) as context:
        [case] = about(context, "Embajadores")
        records = list(read.post_records(context.ledger, case_key=case.case_key, order="oldest"))
        assert [one.spam_kind for one in records] == [None, *["copy"] * (COPIES - 1)]
        assert read.count_posts(context.ledger, spam=True) == COPIES - 1
        assert read.count_posts(context.ledger, spam=False) == 1 + len(floods.OTHERS)
        start, end = floods.START.replace(hour=0), floods.START + timedelta(days=7)
        interval = Interval(previous=start - timedelta(days=7), start=start, end=end)
        numbers = count(context.ledger, context.city.zone, interval)
        assert numbers.posts.now == 1 + len(floods.OTHERS)
        assert [(one.reason, one.count) for one in numbers.unread] == [("copies", COPIES - 1)]
        view = Window(now=end, zone=context.city.zone, since=start)
        assert rows(PANELS["spam_by_source"], records, [], view) == [("archive", COPIES - 1)]
        shown = case_page(context, case)
        assert f"Possible flood: {COPIES - 1:,} copies by {COPIES - 1:,} accounts." in shown
        assert "copy of an earlier post" in shown
        casework.correct(context, records[5].post_id, "spam", False, "ana", "a neighbour of ours")
        assert read.count_posts(context.ledger, spam=True) == COPIES - 2
        corrected = read.post_record(context.ledger, records[5].post_id)
        assert corrected is not None
        assert corrected.spam_kind is None


def test_records_that_are_refused_are_logged_with_their_reasons(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"id": "1", "created_at": "2026-11-23", "text": "Una farola rota", "kind": "report"}\n')
    with open_context(write_profile(tmp_path, posts, 0.6, 0.3), Settings(home=tmp_path / "home")) as context:
        collect(context)
    assert "collect archive: rejected: bad_field: kind 1" in caplog.text
