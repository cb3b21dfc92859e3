"""Print cases to be judged, and count those accepted: `make score-casework`.

Two streams: the demonstration (`samples/`, as a first start reads it) and a month of real notices of two districts of
`../shared/data/avisos_madrid_es`, by their texts alone. Of the cases that triage opens from each, 60 are drawn by the hash of their first
post and a round, so that the next round draws others. A reader judges each: is it casework (a notice, a request or a question with
something for the council to do), and are service, kind, place and members right? The judgements are committed without texts
(`tests/gold/casework/judgements.jsonl`); one counts while the case still is what the reader saw.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, NamedTuple

from core.config.city import City, load_city
from core.config.plugins import ROOT, load_options
from core.privacy.in_city import redact_in_city
from core.privacy.pseudonymise import pseudonymise
from core.records.annotation import Annotation
from core.records.case import Case
from core.records.collection import Budget
from core.records.post import Post
from core.runtime.stdio import set_up_stdio
from nlp.annotator import Annotator
from triage import decide
from triage.thresholds.conformal import lower_bound
from workshop.incidents.dataset import DATA, PROFILE, load_json_lines
from workshop.incidents.labelled_streams import post_id
from workshop.training.data.sources import find_folder

NOTICES = find_folder(DATA, "avisos_madrid_es")
JUDGEMENTS = ROOT / "tests" / "gold" / "casework" / "judgements.jsonl"
DRAWN = 60
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SALT = b"casework" * 4
MONTH = "2023-11"
BOX = (40.33, 40.41, -3.78, -3.70)
"""Carabanchel, Latina and Usera: south, north, west, east."""
ASKED = ("casework", "service", "kind", "place", "members")
LONGEST = 420
"""Characters of a text that are printed."""
Read = list[tuple[Post, Annotation]]


class Drawn(NamedTuple):
    """Hold a case as the reader sees it."""

    stream: str
    case: Case
    posts: tuple[Post, ...]

    @property
    def key(self) -> str:
        """Return what a judgement is about: the posts, service, kind and place."""
        seen = "|".join((*sorted(one.post_id for one in self.posts), self.service, self.case.kind or "", self.case.place or ""))
        return hashlib.md5(seen.encode(), usedforsecurity=False).hexdigest()[:16]

    @property
    def first(self) -> str:
        """Return the beginning of the id of its first post."""
        return self.posts[0].post_id[:12]

    @property
    def service(self) -> str:
        """Return its topic, or what staff are asked to confirm."""
        return f"{self.case.topic_guess}?" if self.case.topic_guess else self.case.topic


def demonstration(city: City) -> Iterator[Post]:
    """Yield the posts of the demonstration, as a first start stores them."""
    for name in ("archive", "example"):
        part, options = (import_module(f"collectors.{name}"), load_options("collectors", name, city.sources[name], "casework"))
        for one in part.sources_of(options).values() if name == "example" else (options,):
            for page in part.collect(city, one, None, None, Budget(now=NOW, until=NOW, pages=10**6)):
                yield from (pseudonymise(raw, city, SALT) for raw in page.raws)


def notices(city: City) -> Iterator[Post]:
    """Yield a month of notices of some districts, as texts."""
    south, north, west, east = BOX
    with gzip.open(NOTICES / "notices_2023.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["time"].startswith(MONTH) and south <= row["lat"] < north and west <= row["lon"] < east:
                text = f"{row['text'].rstrip(' .')}. {(row['address'] or '').replace(',', '')}."
                at = datetime.fromisoformat(row["time"])
                yield Post(
                    post_id=post_id("casework", row["id"]),
                    source="archive",
                    style="network",
                    created_at=at,
                    received_at=at,
                    text=redact_in_city(text, city),
                    author=None if row["author"] is None else f"a{row['author']}",
                )


STREAMS = {"demonstration": demonstration, "notices": notices}


def read_stream(city: City, name: str) -> Read:
    """Annotate the posts of a stream, oldest first."""
    posts = sorted(STREAMS[name](city), key=lambda post: (post.created_at, post.post_id))
    made = Annotator(city, threads=1).annotate(posts)
    return [(post, one) for post, one in zip(posts, made, strict=True) if isinstance(one, Annotation)]


def cases_of(city: City, name: str, read: Read) -> list[Drawn]:
    """Return the cases that triage opens, as they are at the end."""
    posts = {post.post_id: post for post, _ in read}
    last: dict[str, Case] = {}
    members: dict[str, list[Post]] = {}
    for one in decide(city, read):
        if one.case is not None:
            last[one.case.key] = one.case
            members.setdefault(one.case.key, []).append(posts[one.post_id])
    return [Drawn(name, case, tuple(members[key])) for key, case in last.items()]


def draw(cases: Iterable[Drawn], round_number: int, judged: Collection[str] = (), count: int = DRAWN) -> list[Drawn]:
    """Return the cases of a round, a sample by hash.

    `judged`: first posts of the cases that earlier rounds drew.
    """

    def place(one: Drawn) -> str:
        return hashlib.md5(f"{round_number}:{one.first}".encode(), usedforsecurity=False).hexdigest()

    return sorted((one for one in cases if one.first not in judged), key=place)[:count]


def shown(one: Drawn) -> str:
    """Return a case as text for the reader."""
    case = one.case
    head = f"{one.key} {one.first} | {case.kind} | {one.service} | {case.place or '-'} | {case.district or '-'} | {case.reason[:60]}"
    return "\n".join((head, *(f"    {post.kind}: {post.text[:LONGEST]!r}" for post in one.posts)))


def shares(judged: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line per stream and round: what the reader accepted."""
    groups: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for row in judged:
        groups.setdefault((row["stream"], row["round"]), []).append(row)
    yield (f"{'stream':<16}{'round':>6}{'cases':>7}" + "".join(f"{name:>10}" for name in ASKED) + f"{'all':>8}  90 % bound of casework")
    for (stream, number), rows in sorted(groups.items()):
        right = {name: sum(row[name] for row in rows) for name in ASKED}
        every = sum(all(row[name] for name in ASKED) for row in rows)
        cells = "".join(f"{right[name] / len(rows):>10.3f}" for name in ASKED)
        bound = lower_bound(right["casework"], len(rows))
        yield f"{stream:<16}{number:>6}{len(rows):>7}{cells}{every / len(rows):>8.3f}  {bound:.3f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the drawn cases and the shares of the judgements."""
    parser = argparse.ArgumentParser(prog="python -m workshop.casework.score", description=__doc__)
    parser.add_argument("--round", type=int, default=1, help="which draw: each round draws cases that no earlier one drew")
    parser.add_argument("--judged", action="store_true", help="only the shares of the committed judgements: reads no stream")
    options = parser.parse_args(argv)
    set_up_stdio()
    known = list(load_json_lines(JUDGEMENTS)) if JUDGEMENTS.exists() else []
    sys.stdout.writelines(f"{line}\n" for line in shares(known))
    if options.judged:
        return 0
    city = load_city(PROFILE)
    by_key = {row["case"]: row for row in known}
    for name in STREAMS:
        if name == "notices" and not NOTICES.exists():
            sys.stdout.write(f"\n{NOTICES} is missing: no real notices\n")
            continue
        cases = cases_of(city, name, read_stream(city, name))
        earlier = {row["first"] for row in known if row["stream"] == name and row["round"] < options.round}
        drawn = draw(cases, options.round, earlier)
        here = {one.key for one in cases}
        still = sum(row["case"] in here for row in known if row["stream"] == name)
        sys.stdout.write(f"\n{name}: {len(cases)} cases; of the judged ones {still} are as they were\n")
        for one in drawn:
            mark = by_key.get(one.key)
            sys.stdout.write(f"{shown(one)}\n    judged: {'not yet' if mark is None else _verdict(mark)}\n")
    return 0


def _verdict(row: Mapping[str, Any]) -> str:
    wrong = [name for name in ASKED if not row[name]]
    return f"wrong: {', '.join(wrong)} ({row['why']})" if wrong else "right"


if __name__ == "__main__":
    sys.exit(main())
