"""Measures what a thousand useful posts cost on X, for three ways of asking: `make bench-x-plans`.

The X of the tests holds a day of real posts and finds what a query asks for; the real collector asks every 15 minutes through X's own
client, and the real reader says which posts are about Madrid. The bill is X's: counted where the posts are handed out. Kept is a
post that is about the city and says what none before it said, word for word.
"""

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from core.config.protocols import load_collector

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from collectors import x
from core.config.settings import Settings
from ledger import read
from ledger.database import open_ledger
from ledger.ingest import spending
from nlp.annotator import Annotator
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.sources import Source
from tests.support.shared import SHARED
from tests.support.stubs.listing import Listing, Said
from tests.support.stubs.server import Reply, Request
from tests.support.stubs.x import XStub
from tests.support.stubs.x_query import Finds, finds
from tests.support.worlds import CITY, X_SECRETS

SALT = b"a salt for measuring, 32 bytes.."
POLLS = 96
ACCOUNT = "@MADRID"
FILES = (
    *(f"council_posts_es/{name}.jsonl" for name in ("train", "dev")),
    "council_announcements_es/all.jsonl",
    *(f"umsab/spanish_{name}.jsonl" for name in ("train", "val", "test")),
)
"""To Spanish councils, by Spanish councils, and whatever people say."""
SERVICES = (
    "calle OR plaza OR barrio OR distrito OR vecinos OR basura OR limpieza OR contenedores OR suciedad OR ratas OR farola OR "
    "bache OR acera OR obras OR ruido OR parque OR árboles OR tráfico OR aparcar OR multa OR EMT OR metro OR biblioteca OR piscina"
)
MENTIONS = {"user_id": "1", "own_handle": ACCOUNT, "owned_reads": True}
PLANS: dict[str, dict[str, object]] = {
    "own mentions only": MENTIONS | {"search": False},
    "mentions, narrow query": MENTIONS | {"query": f"(@Lineamadrid OR (Madrid ({SERVICES}))) lang:es -{ACCOUNT}"},
    "mentions, every post with the name": MENTIONS,
}


class SearchedX(XStub):
    """Finds what a query asks for."""

    def listed(self, listing: Listing, request: Request, token: str | None) -> Reply:
        found = understood(request.query.get("query", ACCOUNT))
        return super().listed(Listing([said for said in listing.posts if found(said.text)]), request, token)


@cache
def understood(query: str) -> Finds:
    """The query, each text looked at once."""
    return cache(finds(query))


@dataclass(frozen=True)
class Outcome:
    """What a day of one plan brought and cost."""

    requests: int
    billed: int
    kept: int
    usd: float

    @property
    def usd_for_1000_kept(self) -> float:
        return self.usd / self.kept * 1000


def a_day() -> list[Said]:
    """Real posts in an order of chance, evenly over the 24 hours that end now."""
    texts = [json.loads(line)["text"] for file in FILES for line in (SHARED / "data" / file).open(encoding="utf-8")]
    random.Random("a day of posts").shuffle(texts)  # noqa: S311
    start, apart = datetime.now(UTC) - timedelta(days=1), timedelta(days=1) / len(texts)
    return [Said(number, start + number * apart, text=text) for number, text in enumerate(texts, start=1)]


def polled(posts: list[Said]) -> Iterator[list[Said]]:
    """What is new at each poll."""
    for poll in range(POLLS):
        yield posts[len(posts) * poll // POLLS : len(posts) * (poll + 1) // POLLS]


def measure(options: dict[str, object], posts: list[Said], annotator: Annotator) -> Outcome:
    """A day of one plan, from an empty ledger."""
    with SearchedX() as stub, tempfile.TemporaryDirectory(prefix="escucha-x-") as home:
        settings = Settings(home=Path(home))
        ledger = open_ledger(settings.ledger, SALT)
        table = {"base_url": stub.url, "look_back": timedelta(days=2), "monthly_budget_usd": 1000, "deletions": {"a_day": 0}}
        source = Source("x", load_collector("x", "bench"), x.Options.model_validate(table | options), X_SECRETS, [])
        context = Context(CITY, settings, SALT, ledger, {"x": source}, Path())
        vars(context)["reader"] = annotator
        stub.mentions = stub.search
        for new in polled(posts):
            stub.search.posts += new
            steps.collect(context)
        steps.classify(context)
        kept = {post.text for post in read.post_records(ledger) if post.relevance}
        ours, usd = spending.spent(ledger, "x", datetime.now(UTC)), sum(stub.bill.values())
        ledger.close()
    if ours.month_usd < usd - 1e-6:
        raise SystemExit(f"the ledger says {ours.month_usd} USD, X bills {usd}")
    return Outcome(len(stub.requests), len(stub.bill), len(kept), usd)


def main() -> int:
    """A row a plan; what each query is, below."""
    if not (SHARED / "data").is_dir():
        sys.stdout.write("skipped: needs ../shared/data beside the checkout\n")
        return 0
    posts, annotator = a_day(), Annotator(CITY)
    sys.stdout.write(f"a day of {len(posts):,} real posts, asked every 15 minutes\n\n")
    sys.stdout.write("| plan | requests | posts billed | kept | USD | USD for 1,000 kept |\n|---|---|---|---|---|---|\n")
    for name, options in PLANS.items():
        done = measure(options, posts, annotator)
        sys.stdout.write(f"| {name} | {done.requests} | {done.billed} | {done.kept} | {done.usd:.3f} | {done.usd_for_1000_kept:.2f} |\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
