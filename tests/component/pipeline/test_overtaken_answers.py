"""Test two senders of answers, one slower than its lease."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.config.city import Answers
from core.config.source_options import SourceOptions
from core.records.answer import ReplyTarget
from ledger import read
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context
from pipeline.outbox.sending import LEASE
from pipeline.sources import Source
from pipeline.steps import answer as sending
from pipeline.steps.answer import answer
from tests.support.clock import set_clock
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)


@dataclass
class SlowNetwork:
    """Hold the answers; taking the first one outlasts its lease.

    A second sender runs meanwhile.
    """

    context: Context | None = None
    held: list[str] = field(default_factory=list)
    moment: datetime = NOW

    def reply(self, _city: object, _options: object, _secrets: object, target: ReplyTarget, _text: str, key: str) -> str:
        self.held.append(target.native_id)
        if self.context is not None:
            context, self.context = self.context, None
            self.moment += LEASE + timedelta(minutes=1)
            assert answer(context) == {"sent": 2}
        return f"https://red.example/{key}"

    def find_reply(self, _city: object, _options: object, _secrets: object, target: ReplyTarget, *_: object) -> str | None:
        return f"https://red.example/{target.native_id}" if target.native_id in self.held else None


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    source = Source(name="archive", module=SimpleNamespace(), options=SourceOptions(), secrets=None, missing=[])
    city = opened.city.model_copy(update={"answers": Answers(send=True)})
    yield replace(opened, city=city, sources={"archive": source})
    opened.ledger.close()


def test_an_answer_that_another_sender_took_over_is_not_sent_again(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    network = SlowNetwork(context)
    monkeypatch.setattr(sending, "load_replier", lambda _name: network)
    set_clock(monkeypatch, lambda: network.moment)
    monkeypatch.setattr("core.config.plugins.load_reply_secrets", lambda *_: None)
    posts = [post.post_id for post in read.post_records(context.ledger, order="oldest")][:2]
    keys = [case_answers.draft(context, [post], "La farola se repara mañana.", "es", "ana")[0] for post in posts]
    for key in keys:
        case_answers.approve(context, key, "ben")
    assert answer(context) == {"sent": 1}
    assert len(network.held) == len(set(network.held)) == 2
    assert [found.state for key in keys if (found := read.answer(context.ledger, key)) is not None] == ["sent"] * 2
    assert unbalanced(context.ledger) == []
