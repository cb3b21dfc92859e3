"""Kill `answer` on a network, and count the answers there afterwards."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

from atproto import models

from collectors import bluesky as bluesky_part, mastodon
from core.config.city import Answers, City
from core.config.source_options import SourceOptions
from ledger import read, reconciliation
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support import bluesky_network
from tests.support.fault_seed import CITY, opened, text_of, write_posts
from tests.support.kill_proxy import KillProxy
from tests.support.kill_series import ANY_TIME, KILLS, MOMENTS, THINGS, Killer, answer_at
from tests.support.snac_server import town

UNAPPROVED = 3
CLOSED = "Esta respuesta no la aprobó nadie."
Held = Callable[[], Counter[tuple[str, str]]]


@dataclass
class Network:
    """Hold a running network with the proxy before it."""

    name: str
    options: SourceOptions
    environment: dict[str, str]
    proxy: KillProxy
    say: Callable[[list[str]], list[str]]
    """Lets the citizen publish these texts; returns their native ids."""
    held: Held
    """Counts the council's answers there, by native id and text."""

    @property
    def city(self) -> City:
        return CITY.model_copy(update={"answers": Answers(send=True)})

    @property
    def boundaries(self) -> list[str]:
        return ["answer.claimed", *MOMENTS, "answer.sent", "ledger.commit", "ledger.committed", "answer.stored", ANY_TIME]

    def series(self, killer: Killer, boundary: str | None, home: Path) -> Counter[str]:
        """Send approved answers under kills; count what is wrong afterwards."""
        sources = {self.name: self.options}
        work = partial(answer_at, partial(opened, home, self.city, sources))
        made = opened(home, self.city, sources)
        before, run = self.held(), uuid4().hex[:8]
        wanted = self._drafts(made, run)
        kills = killer.kill(work, boundary, KILLS) if boundary is not None else 0
        killer.finish(work, lambda moment: not read.outbox_left(made.ledger, "answer").waiting)
        found = self._reconcile(made, wanted, self.held() - before)
        made.ledger.close()
        return found + Counter(kills=kills)

    def _drafts(self, made: Context, run: str) -> dict[tuple[str, str], str]:
        """Draft an answer to each of the citizen's posts.

        Returns the keys of the approved answers, by native id and text.
        """
        texts = [text_of(n) for n in range(THINGS + UNAPPROVED)]
        ids = self.say(texts)
        posts = write_posts(made, self.name, dict(zip(ids, texts, strict=True)), datetime.now(UTC) - timedelta(hours=1))
        wanted: dict[tuple[str, str], str] = {}
        for n, (native_id, post) in enumerate(zip(ids, posts, strict=True)):
            text = f"Lo arreglamos mañana ({run} {n})." if n < THINGS else CLOSED
            [key] = answers.draft(made, [post], text, "es", "ana")
            if n < THINGS:
                answers.approve(made, key, "ben")
                wanted[native_id, text] = key
            elif n == THINGS:
                answers.reject(made, key, "ben", "falta la fecha")
            elif n == THINGS + 1:
                answers.approve(made, key, "ben")
                answers.withdraw(made, key, "ben")
        return wanted

    def _reconcile(self, made: Context, wanted: dict[tuple[str, str], str], there: Counter[tuple[str, str]]) -> Counter[str]:
        """Compare the ledger with what everybody can read there."""
        found = Counter(things=len(wanted))
        for what, key in wanted.items():
            answer = read.answer(made.ledger, key)
            found["lost"] += there[what] == 0
            found["doubled"] += max(there[what] - 1, 0)
            found["unknown"] += answer is None or answer.state != "sent" or not answer.url
        found["unapproved"] += sum(count for what, count in there.items() if what not in wanted)
        found["unbalanced"] += sum(line.ok is False for line in reconciliation.balance_sheet(made.ledger, None))
        return found


@contextmanager
def snac(folder: Path) -> Iterator[Network]:
    """Start snac, which speaks as a Mastodon server does."""
    with town(folder / "snac") as place, ExitStack() as stack:
        proxy = _before(stack, place.url)
        yield Network(
            "mastodon",
            mastodon.Options(servers=(place.url,)),
            {"ESCUCHA_MASTODON_REPLY_SERVER": proxy.url, "ESCUCHA_MASTODON_REPLY_TOKEN": place.council_token},
            proxy,
            place.say,
            place.answers,
        )


@contextmanager
def bluesky(_folder: Path) -> Iterator[Network]:
    """Use Bluesky's own servers, which `.ci/bluesky-network` started."""
    address = os.environ["ESCUCHA_TEST_BLUESKY"]
    with bluesky_network.arrived() as citizen, bluesky_network.arrived() as council, ExitStack() as stack:
        proxy = _before(stack, address)
        proxy.hides_address = True

        def say(texts: list[str]) -> list[str]:
            uris = citizen.say(*texts)
            citizen.until_shown(uris)
            return uris

        yield Network(
            "bluesky",
            bluesky_part.Options(base_url=proxy.url),
            {"ESCUCHA_BLUESKY_HANDLE": council.handle, "ESCUCHA_BLUESKY_APP_PASSWORD": council.app_password()},
            proxy,
            say,
            lambda: records_of(council),
        )


def records_of(council: bluesky_network.Person) -> Counter[tuple[str, str]]:
    """Read the whole of the council's repository."""
    found, cursor = Counter[tuple[str, str]](), None
    while True:
        params = models.ComAtprotoRepoListRecords.Params(
            repo=council.client._session.did, collection="app.bsky.feed.post", limit=100, cursor=cursor
        )
        page = council.client.com.atproto.repo.list_records(params)
        found.update((one.value.reply.parent.uri, one.value.text) for one in page.records)
        if not (cursor := page.cursor):
            return found


def _before(stack: ExitStack, url: str) -> KillProxy:
    proxy = KillProxy(url)
    stack.callback(proxy.close)
    return proxy
