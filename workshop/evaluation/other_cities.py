"""Measure what becomes of posts about other cities: `python -m workshop.evaluation.other_cities`.

Every stream of written posts is decided with the profile of its own city and with those of other cities. No source is the city's own, so
the text alone says which city a post is about. Incident posts only: of their own city they should be in a case, of another one never.
*tied*: the post or one of its thread names the city or a place of its gazetteer. `--without`: without the signs `unknown_place` and
`other_language`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.config.city import City
from core.runtime.stdio import set_up_stdio
from nlp.annotator import Annotator, sanitized
from nlp.questions import relevance
from nlp.questions.relevance import features
from nlp.questions.relevance.features import is_tied
from workshop.incidents.dataset import profile_of
from workshop.incidents.labelled_streams import LabelledStream, streams
from workshop.incidents.measures import format_table
from workshop.incidents.streams import annotated, decided

PROFILES = ("m1", "sevilla")
"""Streams whose city's profile is used: Madrid with its gazetteer, Sevilla without one."""


def searching(city: City) -> City:
    """Return a profile without sources that are about the city by nature."""
    relevance = city.questions.get("relevance", {}) | {"city_sources": []}
    return city.model_copy(update={"questions": city.questions | {"relevance": relevance}})


def rows() -> Iterator[dict[str, Any]]:
    """Yield a row for each profile and stream."""
    profiles = {(city := profile_of(name)).name: searching(city) for name in PROFILES}
    for stream in streams():
        if stream.origin == "notices":
            continue
        for city in profiles.values():
            yield measured(replace(stream, city=city), stream.city.name)


def measured(stream: LabelledStream, about: str) -> dict[str, Any]:
    """Return where the incident posts of a stream end under its profile."""
    partners = set(stream.partners)
    outcomes = Counter(one.outcome for key, one in decided(stream, annotated(stream)).items() if key in partners)
    total = sum(outcomes.values())
    return {
        "profile": stream.city.name,
        "stream": f"{stream.name} ({about})",
        "incident posts": total,
        "tied": len(partners & tied_posts(stream)) / len(partners),
        **{name: outcomes[name] / total for name in ("in_case", "in_review", "no_case")},
    }


def tied_posts(stream: LabelledStream) -> set[str]:
    """Return the posts tied to the city, alone or by their thread."""
    annotator, posts = Annotator(stream.city, threads=1), [sanitized(post) for post in stream.posts]
    options = relevance.Options.model_validate(stream.city.questions["relevance"])
    encoded = annotator.inference.read([post.text for post in posts])
    roots: dict[str, str] = {}
    for post in posts:
        answered = post.thread or post.reply_to
        roots[post.post_id] = post.post_id if answered is None else roots.get(answered, answered)
    tied = {roots[post.post_id] for at, post in enumerate(posts) if is_tied(features(stream.city, options, post, encoded, at))}
    return {post.post_id for post in posts if roots[post.post_id] in tied}


def main() -> None:
    """Print the table, of each profile its own posts first."""
    parser = argparse.ArgumentParser(prog="python -m workshop.evaluation.other_cities", description=__doc__)
    parser.add_argument("--without", action="store_true", help="without the signs that place an untied post elsewhere")
    if parser.parse_args().without:
        relevance.FIXED_WEIGHTS.update(unknown_place=0.0, other_language=0.0)
    set_up_stdio()
    sys.stdout.write(format_table(sorted(rows(), key=lambda row: (row["profile"], f"({row['profile']})" not in row["stream"]))))


if __name__ == "__main__":
    main()
