"""Send answers from the ledger to YouTube through its replier, with kills."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from collectors.youtube.reply import NOT_LISTED
from core.config.city import Answers
from core.errors import UnavailableError
from core.privacy.pseudonyms import decrypt_origin
from ledger import read
from ledger.ingest import spending
from pipeline.casework.answering import answers
from pipeline.context import Context
from pipeline.outbox import sending as outbox
from pipeline.sources import Source
from pipeline.steps import answer as sending
from pipeline.steps.answer import answer
from tests.support.clock import set_clock
from tests.support.killing import KilledError
from tests.support.ledger_facts import unbalanced
from tests.support.patience import give_up_soon
from tests.support.seeded import open_seeded
from tests.support.stubs.writing import FAULTS
from tests.support.stubs.youtube import YoutubeStub
from tests.support.writers import youtube_writer

NOW = datetime.now(UTC)
POINTS = ("answer.claimed", "answer.sent", "answer.stored")


@pytest.fixture
def stub() -> Iterator[YoutubeStub]:
    with YoutubeStub() as running:
        yield running


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: YoutubeStub) -> Iterator[Context]:
    writer = youtube_writer(stub)
    give_up_soon(monkeypatch, stub.writing.hangs, stub.writing.settled)
    monkeypatch.setattr(sending, "load_replier", lambda _name: writer.module)
    monkeypatch.setattr("core.config.plugins.load_reply_secrets", lambda *_: writer.secrets)
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    module = SimpleNamespace()
    source = Source(name="archive", module=module, options=writer.options, secrets=None, missing=[])
    city = opened.city.model_copy(update={"answers": Answers(send=True)})
    yield replace(opened, city=city, sources={"archive": source})
    opened.ledger.close()


@pytest.mark.slow
def test_each_answer_arrives_once_under_kills_and_failures_and_is_on_the_books(
    context: Context, stub: YoutubeStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(11)  # noqa: S311
    posts = [post.post_id for post in read.post_records(context.ledger, order="oldest")][:12]
    keys = [answers.draft(context, [post], "Gracias & <saludos>.", "es", "ana")[0] for post in posts]
    for key in keys:
        answers.approve(context, key, "ben")
    stub.writing.faults = chance.choices(FAULTS[1:], k=15)
    kills = 0

    def maybe_kill(name: str) -> None:
        nonlocal kills
        if name in POINTS and kills < 30 and chance.random() < 0.4:
            kills += 1
            raise KilledError

    monkeypatch.setattr(outbox, "failpoint", maybe_kill)
    moments = (datetime.now(UTC) + timedelta(minutes=11 * attempt) for attempt in range(240))
    while _unfinished(context, keys):
        moment = next(moments)
        set_clock(monkeypatch, moment)
        try:
            answer(context)
        except (KilledError, UnavailableError):
            continue
        keys = [_looked_at_by_a_person(context, stub, key) for key in keys]
    states = [found.state for key in keys if (found := read.answer(context.ledger, key)) is not None]
    assert (len(states), set(states) <= {"sent", "copied"}) == (len(posts), True)
    assert len(stub.sent) == len({target for target, _ in stub.sent}) == len(posts)
    assert (kills, stub.writing.faults, unbalanced(context.ledger)) == (30, [], [])
    units = spending.spent(context.ledger, "archive", datetime.now(UTC)).month_requests
    assert units >= 50 * stub.writing.asked


def _unfinished(context: Context, keys: list[str]) -> bool:
    found = [read.answer(context.ledger, key) for key in keys]
    return any(one is not None and one.state not in ("sent", "copied") for one in found)


def _looked_at_by_a_person(context: Context, stub: YoutubeStub, key: str) -> str:
    """Do what staff do with an answer that YouTube does not list; return the key of the answer that counts."""
    found = read.answer(context.ledger, key)
    assert found is not None
    if found.state != "refused":
        return key
    assert found.reason == NOT_LISTED
    native_id, _ = decrypt_origin(context.salt, read.origin_of(context.ledger, found.post_id) or "")
    if native_id in {target for target, _ in stub.sent}:
        answers.mark_copied(context, key, "eva")
        return key
    [again] = answers.draft(context, [found.post_id], found.text, "es", "eva", form=key)
    answers.approve(context, again, "ben")
    return again
