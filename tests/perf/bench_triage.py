"""How fast posts are decided, and that it does not grow with the number of posts known: `make bench-triage`.

Fills a SQLite ledger with SIZE made-up posts of one week, decides 512 new ones, doubles, and prints posts a second and CPU-second.
"""

import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.config.city import load_city
from core.post import Post
from ledger.database import Ledger, open_ledger
from ledger.processing import decisions
from tests.support.ledger_facts import LEASE, SALT, arrive, read_all
from tests.support.seeded import MADRID
from triage import decide

STREETS = (
    "Embajadores",
    "Bravo Murillo",
    "Alcalá",
    "Serrano",
    "Toledo",
    "Atocha",
    "Goya",
    "Delicias",
    "Ferraz",
    "Princesa",
)
THINGS = (
    "farola fundida",
    "bache enorme",
    "contenedores llenos",
    "fuga de agua",
    "ruido de obras",
    "árbol caído",
    "coche mal aparcado",
)
END = datetime(2026, 11, 24, 12, tzinfo=UTC)


def made(start: int, count: int, dice: random.Random) -> list[Post]:
    """Posts about things in streets, at times within a week."""
    found = []
    for n in range(start, start + count):
        at = END - timedelta(seconds=dice.randrange(7 * 86_400))
        how = dice.choice(("otra vez", "desde ayer", "qué vergüenza"))
        text = f"{dice.choice(THINGS)} en {dice.choice(STREETS)} {dice.randrange(1, 300)}, {how}"
        fields = {
            "post_id": f"{dice.getrandbits(128):032x}",
            "source": "archive",
            "text": text,
            "created_at": at,
            "received_at": at,
        }
        found.append(Post.model_validate(fields | {"author": f"{n:032x}"}))
    return found


def decide_all(ledger: Ledger) -> tuple[int, float, float]:
    """Decide what waits: how many, wall seconds, CPU seconds."""
    city, count = load_city(MADRID), 0
    wall, cpu = time.perf_counter(), time.process_time()
    assert decisions.hold(ledger, "triage", "bench", END, LEASE)
    while batch := decisions.untriaged(ledger, 512):
        with decisions.known_posts(ledger) as known:
            found = decide(city, batch, known)
        decisions.store_decisions(ledger, "bench", found, END)
        count += len(found)
    decisions.release(ledger, "triage", "bench")
    return count, time.perf_counter() - wall, time.process_time() - cpu


def main(largest: int) -> None:
    """Print a line for each size."""
    dice = random.Random(1)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(f"sqlite:///{folder}/ledger.sqlite", SALT)
        known = 0
        while known < largest:
            more = 512 if known == 0 else known
            arrive(ledger, made(known, more, dice))
            read_all(ledger)
            decide_all(ledger)
            known += more
            arrive(ledger, made(known, 512, dice))
            read_all(ledger)
            count, wall, cpu = decide_all(ledger)
            known += count
            print(
                f"{known - count:>8,} posts known: {count / wall:6.0f} posts/s, {count / cpu:6.0f} posts/CPU-s",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
