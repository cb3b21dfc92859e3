"""What deciding costs a post while more and more are known, beside an older revision: `make bench-triage`.

Fills a SQLite ledger with WINDOW posts of two weeks (texts of the sample, and of ../shared/data/incidents_es where it is there, as the
shipped reader labels them; in each copy some words are left out and house numbers changed), then decides new ones with the code of
this checkout and of AGAINST, in processes of their own, in turns, each on a copy of the same ledger. Prints CPU milliseconds a post.
"""

import argparse
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import insert

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.records.annotation import Annotation
from core.records.post import Post
from ledger import schema
from ledger.database import Ledger, open_ledger
from ledger.database.writing import writing
from ledger.ingest import cursors
from ledger.mapping import LABELS, post_values
from nlp.annotator import Annotator
from nlp.inference.runtime_info import processor
from tests.support.ledger_facts import SALT
from tests.support.seeded import MADRID
from triage import features_of
from triage.decide import Triage
from triage.incident_matching.keys import keys_of
from triage.incident_matching.post_features import PostFeatures
from triage.incidents.case_builder import incident_key
from workshop.bench_reading.sample import as_posts, load_rows, sample_texts
from workshop.incidents.dataset import author_names, is_of_the_city, raw_rows

END = datetime(2026, 11, 24, 12, tzinfo=UTC)
OF_SAMPLE, OF_AUTHORS = 300, 700
DAYS, TOGETHER = 14, 3
"""The window; posts with one text that follow each other are so many to an incident."""
AT_ONCE = 5_000
Read = tuple[Post, Annotation]


def texts() -> list[str]:
    """Texts of the sample and of authors who wrote about Madrid."""
    found = sample_texts(load_rows(), OF_SAMPLE)
    written = [row["text"] for name in author_names() if is_of_the_city(name) for row in raw_rows(name)]
    return found + random.Random(2).sample(written, min(OF_AUTHORS, len(written)))  # noqa: S311


def varied(text: str, dice: random.Random) -> str:
    """Leave some words out and change the numbers."""
    words = [word for word in text.split(" ") if dice.random() > 0.2] or text.split(" ")
    return re.sub(r"\b\d{1,3}\b", lambda _: str(dice.randrange(1, 200)), " ".join(words))


def copies(
    city: City, base: Sequence[Read], count: int, times: Sequence[datetime], dice: random.Random
) -> Iterator[tuple[int, Post, Annotation]]:
    """Yield posts that say what some of `base` say, each with the number of its original."""
    for at in times[:count]:
        number = dice.randrange(len(base))
        post, reading = base[number]
        new: dict[str, Any] = {
            "post_id": f"{dice.getrandbits(128):032x}",
            "author": f"{dice.randrange(count // 3 + 1):032x}",
            "text": varied(post.text, dice),
            "created_at": at,
            "received_at": at,
        }
        made = post.model_copy(update=new)
        read = reading.model_copy(update={"post_id": made.post_id})
        yield number, made, read.model_copy(update={"features": features_of(city, made, read)})


def fill(ledger: Ledger, city: City, base: Sequence[Read], window: int, new: int) -> None:
    """Store `window` decided posts with their keys, and `new` that wait."""
    dice, triage = random.Random(window), Triage(city)  # noqa: S311
    forms = [triage.features(*one) for one in base]
    run_id = cursors.begin_run(ledger, "archive", END)
    times = sorted(END - timedelta(seconds=dice.randrange(DAYS * 86_400)) for _ in range(window))
    times += sorted(END + timedelta(seconds=dice.randrange(3_600)) for _ in range(new))
    seen: dict[int, list[str]] = {}
    with writing(ledger) as connection:
        rows: list[tuple[Post, Annotation, PostFeatures | None, str]] = []
        for at, (number, post, reading) in enumerate(copies(city, base, len(times), times, dice)):
            form = replace(forms[number], post=post, post_id=post.post_id, at=post.created_at.timestamp(), author=post.author)
            own = seen.setdefault(number, [])
            key = incident_key(form) if len(own) % TOGETHER == 0 else own[-1]
            own.append(key)
            rows.append((post, reading, form if at < window else None, key))
            if len(rows) == AT_ONCE or at == len(times) - 1:
                store(connection, run_id, rows)
                rows = []


def store(connection: Any, run_id: str, rows: Sequence[tuple[Post, Annotation, PostFeatures | None, str]]) -> None:
    """Write posts as they are after reading, and after triage where they have a form."""
    posts, read, members, filed = [], [], [], []
    for post, reading, form, key in rows:
        decided = {"decision": "untriaged" if form is None else "no_case", "case_kind": "report", "case_kind_reason": "bench"}
        posts.append(post_values(post, run_id) | {"state": "classified"} | decided)
        labels = LABELS.dump_json(reading.labels).decode()
        fields = {
            "post_id": post.post_id,
            "text_version": 1,
            "embedding": reading.embedding,
            "labels": labels,
            "features": reading.features,
        }
        read.append(fields | {"model": reading.model, "truncated": reading.truncated, "annotated_at": END})
        if form is not None:
            members.append(
                {"post_id": post.post_id, "incident_key": key, "who": "escucha", "probability": 1.0, "at": END, "has_keys": True}
            )
            filed += [{"key": one, "at": form.at, "post_id": post.post_id} for one in keys_of(form)]
    tables = ((schema.posts, posts), (schema.annotations, read), (schema.incident_posts, members), (schema.match_keys, filed))
    for table, values in tables:
        if values:
            connection.execute(insert(table), values)


def measure(code: Path, database: Path) -> dict[str, Any]:
    """Decide what waits in a copy of this ledger with this code."""
    copy = database.with_name("copy.sqlite")
    shutil.copyfile(database, copy)
    with closing(sqlite3.connect(copy)) as ledger:  # another revision refuses a newer ledger; columns it does not know it does not read
        ledger.execute("UPDATE alembic_version SET version_num = ?", re.findall(r'^REVISION = "(.+)"', _schema(code), re.M))
        ledger.commit()
    child = [sys.executable, str(Path(__file__).with_name("bench_triage_run.py")), f"sqlite:///{copy}", SALT.decode()]
    env = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
    found = subprocess.run(child, cwd=code, env=env, capture_output=True, text=True, check=False)
    if found.returncode:
        raise SystemExit(f"{code}: {found.stderr}")
    facts: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return facts


def _schema(code: Path) -> str:
    return (code / "ledger" / "schema" / "__init__.py").read_text(encoding="utf-8")


def main(windows: Sequence[int], against: str | None, rounds: int, new: int) -> None:
    """Print a line for each window and revision."""
    city = load_city(MADRID)
    name, flags = processor()
    print(f"{name} ({' '.join(one for one in flags if one.startswith(('avx', 'amx')))}), {os.cpu_count()} cores, one used")
    posts = as_posts(texts())
    read = zip(posts, Annotator(city, threads=1).annotate(posts), strict=True)
    base = [(post, reading) for post, reading in read if isinstance(reading, Annotation)]
    print(f"{len(base)} texts, {new} posts decided; CPU ms a post, the least of {rounds} rounds", flush=True)
    print(f"{'window':>9}  {'code':<12} {'decide':>7} {'ledger':>7} {'posts/s of deciding':>20} {'MB':>5}  decisions")
    with tempfile.TemporaryDirectory() as folder:
        codes = {"this": ROOT}
        if against is not None:
            codes = {against: unpack(against, Path(folder) / "code")} | codes
        for window in windows:
            database = Path(folder) / "ledger.sqlite"
            ledger = open_ledger(f"sqlite:///{database}", SALT)
            fill(ledger, city, base, window, new)
            ledger.close()
            found: dict[str, list[dict[str, Any]]] = {code: [] for code in codes}
            for _ in range(rounds):
                for code, path in codes.items():
                    found[code].append(measure(path, database))
            for code, facts in found.items():
                decide_ms, ledger_ms = (min(one[part] / one["posts"] for one in facts) * 1e3 for part in ("decide", "ledger"))
                mb, digest = facts[0]["mb"], facts[0]["decisions"]
                print(
                    f"{window:>9,}  {code:<12} {decide_ms:>7.2f} {ledger_ms:>7.2f} {1000 / decide_ms:>20.0f} {mb:>5.0f}  {digest}",
                    flush=True,
                )
            for path in Path(folder).glob("*.sqlite*"):
                path.unlink()


def unpack(revision: str, folder: Path) -> Path:
    """Write the files of a revision into a folder."""
    folder.mkdir()
    files = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=folder, input=files, check=True)
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("windows", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--against", metavar="REVISION")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--posts", type=int, default=1024, help="how many are decided")
    arguments = parser.parse_args()
    main(arguments.windows, arguments.against, arguments.rounds, arguments.posts)
