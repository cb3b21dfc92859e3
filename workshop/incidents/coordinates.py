"""Measure how many cases have coordinates: `make score-coordinates`.

Of those whose text names a place. Triage decides the posts of Madrid's authors of `incidents_es`, whose places are labelled, with the
shipped models; then the cases of this installation's ledger are counted (after `make run`: the sample and the example month), where a text
names a place if the model finds one. The other cases are counted by the reason why they have no coordinates.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.config.city import City, load_city
from core.config.settings import Settings
from core.records.annotation import Annotation, Place
from core.records.case import Case
from core.records.post import Post
from core.runtime.stdio import set_up_stdio
from ledger import read
from ledger.database import open_ledger
from nlp.annotator import Annotator
from triage.decide import decide
from triage.location import SURE_ENOUGH
from triage.thresholds.conformal import lower_bound
from workshop.incidents.dataset import INCIDENTS, PROFILE, SOURCE_OF, author_names, is_of_the_city, load_json_lines

AREAS = ("district", "barrio")
"""Kinds of places that have no point: the middle of an area is not where a lamp is broken."""


@dataclass(frozen=True)
class LocatedCase:
    """Hold what is known about the location of a case."""

    names_place: bool
    """A text of its posts names a place."""
    has_point: bool
    places: tuple[Place, ...]
    """All places found in its posts."""
    district_right: bool | None = None
    """Its district is that of the labelled incident; None: either is unknown."""


def reason_without_point(places: Sequence[Place]) -> str:
    """Return why a case with these places has no coordinates.

    >>> reason_without_point([Place(text="Tetuán", kind="district", key="district:6", sure=0.9)])
    'an area alone (district, barrio)'
    """
    known = [place for place in places if place.key is not None]
    sure = [place for place in known if place.sure >= SURE_ENOUGH]
    fine = [place for place in sure if place.kind not in AREAS]
    if not places:
        return "no place found in the text"
    if not known:
        return "not in the gazetteer"
    if not sure:
        return f"in the gazetteer, surely below {SURE_ENOUGH}"
    if not fine:
        return "an area alone (district, barrio)"
    if any(place.lat is not None for place in fine):
        return "another place of the case has coordinates"
    if any(any(map(str.isdigit, place.text)) for place in fine):
        return "a number of a street without a point there"
    streets = any(place.kind in ("street", "square", "old_name") for place in fine)
    return "a street through several barrios, without a number" if streets else "a landmark or station without a point"


def table(title: str, cases: Iterable[LocatedCase]) -> Iterator[str]:
    """Yield the share with coordinates, and the reasons of the others."""
    named = [one for one in cases if one.names_place]
    if not named:
        yield f"{title}: no case whose text names a place"
        return
    hits, count = sum(one.has_point for one in named), len(named)
    low, high = lower_bound(hits, count, 0.975), 1 - lower_bound(count - hits, count, 0.975)
    yield f"{title}: {hits} of {count} cases whose text names a place have coordinates: {hits / count:.3f} [{low:.3f}, {high:.3f}]"
    if judged := [one for one in named if one.has_point and one.district_right is not None]:
        right = sum(one.district_right is True for one in judged)
        yield f"  the district of the point is that of the incident in {right} of {len(judged)}: {right / len(judged):.3f}"
    reasons = Counter(reason_without_point(one.places) for one in named if not one.has_point)
    for reason, times in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {times:>4}  {reason}"


def cases_of_author(city: City, annotator: Annotator, name: str) -> list[LocatedCase]:
    """Return the cases that triage makes of an author's posts."""
    rows = {f"{name}-{row['id']}": row for row in load_json_lines(INCIDENTS / f"author_{name}" / "posts.jsonl")}
    posts = sorted((_post(name, key, row) for key, row in rows.items()), key=lambda one: (one.created_at, one.post_id))
    read_posts = [(post, found) for post, found in zip(posts, annotator.annotate(posts), strict=True) if isinstance(found, Annotation)]
    places = {post.post_id: found.places for post, found in read_posts}
    incidents = load_json_lines(INCIDENTS / f"author_{name}" / "incidents.jsonl")
    districts = {row["incident"]: row["district"] for row in incidents}
    cases: dict[str, Case] = {}
    members: dict[str, list[str]] = defaultdict(list)
    for decision in decide(city, read_posts):
        if decision.case is not None:
            cases[decision.case.key] = decision.case  # the last one is what its posts voted for together
            members[decision.case.key].append(decision.post_id)
    return [
        LocatedCase(
            names_place=any(rows[member]["places"] for member in members[key]),
            has_point=case.lat is not None,
            places=tuple(place for member in members[key] for place in places[member]),
            district_right=_is_right(case.district, districts.get(_most_common(rows[one]["incident"] for one in members[key]))),
        )
        for key, case in cases.items()
    ]


def cases_of_ledger(examples: bool) -> list[LocatedCase]:
    """Return the ledger's cases: of the example month, or all others."""
    settings = Settings()
    ledger = open_ledger(settings.ledger, settings.salt_bytes())
    places: dict[str, list[Place]] = defaultdict(list)
    for post in read.post_records(ledger):
        if post.case_key is not None:
            places[post.case_key] += post.places
    return [
        LocatedCase(bool(places[case.case_key]), case.lat is not None, tuple(places[case.case_key]))
        for case in read.case_records(ledger)
        if case.example == examples
    ]


def _most_common(values: Iterable[str | None]) -> str | None:
    return Counter(values).most_common(1)[0][0]


def _is_right(district: str | None, labelled: str | None) -> bool | None:
    """Compare districts; the authors write `Fuencarral-El Pardo`."""
    return None if district is None or labelled is None else district.replace(" - ", "-") == labelled


def _post(name: str, key: str, row: dict[str, str]) -> Post:
    at = datetime.fromisoformat(row["created_at"])
    return Post(
        post_id=key,
        source=SOURCE_OF.get(row["channel"], row["channel"]),
        text=row["text"],
        created_at=at,
        received_at=at,
        author=f"{name}-{row['author']}",
        reply_to=f"{name}-{row['reply_to']}" if row["reply_to"] else None,
    )


def main() -> None:
    """Print the shares of the authors and of the ledger."""
    argparse.ArgumentParser(prog="python -m workshop.incidents.coordinates", description=__doc__).parse_args()
    set_up_stdio()
    city = load_city(PROFILE)
    annotator = Annotator(city, threads=1)
    every: list[LocatedCase] = []
    for name in filter(is_of_the_city, author_names()):
        cases = cases_of_author(city, annotator, name)
        every += cases
        sys.stdout.writelines(f"{line}\n" for line in table(f"incidents_es, author {name}", cases))
    sys.stdout.writelines(f"{line}\n" for line in table("incidents_es, together", every))
    for title, examples in (("this ledger, example month", True), ("this ledger, all else", False)):
        sys.stdout.writelines(f"{line}\n" for line in table(title, cases_of_ledger(examples)))


if __name__ == "__main__":
    main()
