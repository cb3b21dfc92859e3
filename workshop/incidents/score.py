"""Measure incident matching by leave-one-author-out: `make score-incidents`.

Each author is evaluated at every threshold with models trained without that author; then complete triage runs over each author's posts at
the shipped thresholds. Writes docs/models/incident-matching.md.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.config.settings import Settings
from core.records.decision import Decision, Suggestion
from core.runtime.stdio import set_up_stdio
from triage import decide
from triage.incident_matching import IncidentIndex, Weights, load as load_weights, save
from workshop.incidents.dataset import PROFILE, Author, Row, is_of_the_city, load_authors, profile_of
from workshop.incidents.linear_map import with_map
from workshop.incidents.measures import (
    IncidentPairs,
    Partition,
    b_cubed,
    baselines,
    bootstrap_interval,
    count_near_misses,
    count_pairs,
    format_table,
    precision_recall,
)
from workshop.incidents.train import JOIN, SUGGEST, Trainer, majority

THRESHOLDS = (0.3, 0.45, 0.5, 0.55, 0.6, 0.7)
MIN_PRECISION, MAX_NEAR_MISSES = 0.88, 0.20
"""Limits for choosing a threshold: minimum pair precision, maximum share of near misses joined."""
CONFIRMED = (JOIN, 0.7)
"""Thresholds at which suggestions are measured too."""
STRICT = 0.75
"""A bar at which the shipped matcher joins as few posts of these authors as one that was not trained on them."""
CARD = ROOT / "docs" / "models" / "incident-matching.md"


@dataclass(frozen=True)
class Measured:
    """Hold the results of one author, with models trained without that author."""

    alone: dict[float, dict[str, str]]
    """By threshold: the incident of each post."""
    confirmed: dict[float, tuple[dict[str, str], int]]
    """The same with right suggestions confirmed, and the number of posts with suggestions."""
    triage: Row


def measure(author: Author, weights: Weights) -> Measured:
    """Evaluate an author's posts: every threshold, confirmed suggestions, complete triage."""
    return Measured(
        {bar: run_matcher(author, weights, bar)[0] for bar in THRESHOLDS},
        {bar: run_matcher(author, weights, bar, confirm=True) for bar in CONFIRMED},
        triage_metrics(profile_of(author.name), author, weights),
    )


def run_matcher(author: Author, weights: Weights, bar: float, confirm: bool = False) -> tuple[dict[str, str], int]:
    """Match an author's posts in order; with `confirm`, right suggestions are accepted.

    Returns:
        the incident of each post, and how many posts had suggestions.
    """
    matcher = weights.matcher(bar)
    index, where, shown = IncidentIndex(), {}, 0
    for form in with_map(author.forms, weights.vocabulary.map):
        verdict = matcher.match(form, index)
        key = verdict.join
        if key is None and verdict.suggestions:
            shown += 1
            gold = author.gold[form.post_id].incident
            key = next(
                (
                    one.incident
                    for one in verdict.suggestions
                    if confirm and gold and _is_right(author, index, one, gold)
                ),
                None,
            )
        where[form.post_id] = key or form.post_id
        index.add(form, where[form.post_id])
    return where, shown


def _is_right(author: Author, index: IncidentIndex, one: Suggestion, gold: str) -> bool:
    return majority(author, index.members[one.incident]) == gold


def partition_metrics(author: Author, where: Partition) -> Row:
    """Return the metrics of one partition."""
    some = count_pairs(author, where)
    precision, recall = precision_recall(some)
    joined, total = count_near_misses(author, where)
    return {
        "P": precision, "R": recall, "B-cubed F": b_cubed(author, where)[2], "fragments an incident": fmean(c.fragments for c in some),
        "near misses joined": joined / total,
    }  # fmt: skip


def mean(rows: list[Row]) -> Row:
    """Return the mean over authors."""
    return {name: fmean(row[name] for row in rows) for name in rows[0]}


def triage_metrics(city: City, author: Author, weights: Weights) -> Row:
    """Run complete triage over an author's posts; return the outcome rates.

    `city`: the profile of the author's cities.
    """
    posts = [(post, author.own[post.post_id]) for post in author.posts]
    return outcome_rates(city, author, {one.post_id: one for one in decide(city, posts, weights=weights)})


def outcome_rates(city: City, author: Author, found: dict[str, Decision]) -> Row:
    """Return the outcome rates of these decisions."""
    case_of = {key: one.case.key for key, one in found.items() if one.case is not None}
    meant = {key: gold.incident for key, gold in author.gold.items() if gold.incident}
    own_case = own_cases(author, case_of)
    noise = [key for key, gold in author.gold.items() if gold.incident is None and not gold.actionable]
    outcomes = Counter(found[key].outcome for key in meant)
    cases = {(incident, case_of[key]) for key, incident in meant.items() if key in case_of}
    opened = {incident for incident, _ in cases}
    all_cases = {one.case.key: one.case for one in found.values() if one.case is not None}
    asked = [key for key, case in all_cases.items() if case.topic_guess is not None]
    reached = [(author.incidents[incident], all_cases[key]) for key, incident in own_case.items() if incident]
    decided = [(incident, case) for incident, case in reached if case.topic_guess is None]
    return {
        "in their case": sum(own_case.get(case_of.get(key, "")) == incident for key, incident in meant.items()) / len(meant),
        "in any case": outcomes["in_case"] / len(meant), "in review": outcomes["in_review"] / len(meant),
        "dropped unseen": outcomes["no_case"] / len(meant), "cases an incident": len(cases) / max(1, len(opened)),
        "noise in a case": sum(key in case_of for key in noise) / len(noise),
        "topic": fmean(incident["topic"] == case.topic for incident, case in decided),
        "department": fmean(city.department(incident["topic"]).name == case.department for incident, case in decided),
        "asked": 1 - len(decided) / len(reached), "asked per 100 posts": 100 * len(asked) / len(found),
        "looks per 100 posts": 100 * sum(one.outcome == "in_review" for one in found.values()) / len(found),
    }  # fmt: skip


def own_cases(author: Author, case_of: Partition) -> dict[str, str | None]:
    """Return for each case the incident of most of its posts."""
    return {
        case: majority(author, [key for key, one in case_of.items() if one == case]) for case in set(case_of.values())
    }


def main() -> None:
    """Train without each author in turn, evaluate, print, and write the card."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.score", description=__doc__)
    parser.add_argument(
        "--folds", type=Path, help="folder with without_AUTHOR.npz of `train --without`; default: train them now"
    )
    parser.add_argument(
        "--triage",
        action="store_true",
        help="print the table of complete triage alone, with the shipped matcher; writes nothing",
    )
    options = parser.parse_args()
    set_up_stdio()
    words, found = load_authors(Settings().home / "incidents")
    authors = {author.name: author for author in found}
    if options.triage:
        sys.stdout.writelines(topic_tables(load_city(PROFILE), found))
        return
    folds = options.folds or Settings().home / "incidents" / "folds"
    if options.folds is None:
        folds.mkdir(parents=True, exist_ok=True)
        trainer = Trainer(authors)
        for name in authors:
            save(trainer.weights(set(authors) - {name}, words), folds / f"without_{name}.npz")
    weights = {name: load_weights(folds / f"without_{name}.npz") for name in authors}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        measured = dict(zip(authors, pool.map(measure, authors.values(), weights.values()), strict=True))
    text = "".join(report(load_city(PROFILE), authors, measured))
    sys.stdout.write(text)
    CARD.write_text(text, encoding="utf-8")


def topic_tables(city: City, authors: list[Author]) -> Iterator[str]:
    """Yield complete triage with every topic decided, and with staff asked.

    At two bars of joining: the shipped matcher was trained on these authors, and joins more at the shipped one than on others.
    """
    weights = load_weights()
    for similar in (JOIN, STRICT):
        for topic, title in ((0.0, "every topic decided"), (None, "staff asked below the bar")):
            triage = city.triage.model_copy(update={"similar": similar, "topic": topic})
            rows = {
                one.name: triage_metrics(profile_of(one.name).model_copy(update={"triage": triage}), one, weights)
                for one in authors
            }
            yield f"\n## Joined from {similar:.2f}, {title}\n\n{_triage_table(rows)}"


def _triage_table(rows: dict[str, Row]) -> str:
    return format_table(
        [{"author": name, **row} for name, row in rows.items()]
        + [{"author": "mean", **mean(list(rows.values()))}]
        + [{"author": "mean of Madrid's", **mean([row for name, row in rows.items() if is_of_the_city(name)])}]
    )


def report(city: City, authors: dict[str, Author], found: dict[str, Measured]) -> list[str]:
    """Return the paragraphs of the card."""
    alone = {bar: {name: found[name].alone[bar] for name in authors} for bar in THRESHOLDS}
    rows = {
        bar: {name: partition_metrics(authors[name], where) for name, where in alone[bar].items()} for bar in THRESHOLDS
    }
    parts = ["# Incident matching: measured on authors left out\n\n"]
    parts.append(
        f"{sum(len(a.posts) for a in authors.values())} posts of {len(authors)} authors; each is judged by models that never "
    )
    parts.append(
        "saw that author. Bars are read off this table: they were chosen on authors left out of training, not on one kept back.\n\n"
    )
    parts.append("## The machine alone, by bar (mean of authors)\n\n")
    worst = {bar: min((row["B-cubed F"], name) for name, row in rows[bar].items()) for bar in THRESHOLDS}
    parts.append(
        format_table(
            [
                {
                    "bar": bar,
                    **mean(list(rows[bar].values())),
                    "worst author (B-cubed F)": f"{worst[bar][1]} {worst[bar][0]:.3f}",
                }
                for bar in THRESHOLDS
            ]
        )
    )
    parts.append(f"\n## The shipped bar {JOIN:.2f}, author by author\n\n")
    parts.append(format_table([{"author": name, **row} for name, row in rows[JOIN].items()]))
    chosen = {
        name: _choose({bar: [row for other, row in rows[bar].items() if other != name] for bar in THRESHOLDS})
        for name in authors
    }
    parts.append("\n## A bar for each author, chosen on the other four\n\n")
    parts.append(
        format_table(
            [{"author": name, "bar": bar, **rows[bar][name]} for name, bar in chosen.items()]
            + [{"author": "mean", "bar": "", **mean([rows[bar][name] for name, bar in chosen.items()])}]
        )
    )
    parts.append(
        f"\n## With suggestions that a careful person confirms by one key (bar {JOIN:.2f}, three from {SUGGEST:.2f} on)\n\n"
    )
    parts.append("An upper bound: that person sees every post and is never wrong.\n\n")
    parts.append(_with_suggestions(authors, found))
    parts.append("\n## Rules that anybody would try first (mean of authors)\n\n")
    rules = {name: baselines(author) for name, author in authors.items()}
    parts.append(
        format_table(
            [
                {"rule": rule, **mean([partition_metrics(authors[name], rules[name][rule]) for name in authors])}
                for rule in next(iter(rules.values()))
            ]
        )
    )
    some = [c for name, where in alone[JOIN].items() for c in count_pairs(authors[name], where)]
    parts.append(
        f"\n## By service and size (bar {JOIN:.2f}, 95 % intervals over incidents)\n\n" + _by_topic_and_size(some)
    )
    review, act = city.cutoffs("x", "es")
    parts.append(
        f"\n## Whole triage (posts of networks: act {act:.2f}, review {review:.3f}; pooled {city.triage.pooled:.2f})\n\n"
    )
    parts.append(_triage_table({name: one.triage for name, one in found.items()}))
    parts.append(
        "\nTopic and department: of the cases whose topic was decided. Of the others staff were asked for the service.\n"
    )
    parts.append(
        "\nb7 and v6 write about other cities: they are judged under the names, handles and districts that those councils would put in "
        "their profile (`workshop/incidents/cities.toml`), without a gazetteer.\n"
    )
    return parts


def _choose(rows: dict[float, list[Row]]) -> float:
    """Return the lowest threshold that is precise enough on these authors."""
    good = [
        bar
        for bar, some in rows.items()
        if mean(some)["P"] >= MIN_PRECISION and mean(some)["near misses joined"] <= MAX_NEAR_MISSES
    ]
    return min(good, default=THRESHOLDS[-1])


def _with_suggestions(authors: dict[str, Author], found: dict[str, Measured]) -> str:
    rows: list[Row] = []
    for bar in CONFIRMED:
        some = []
        for name, author in authors.items():
            where, shown = found[name].confirmed[bar]
            some.append({**partition_metrics(author, where), "shown per 100 posts": 100 * shown / len(where)})
        if bar == JOIN:
            rows += [{"bar": bar, "author": name, **row} for name, row in zip(authors, some, strict=True)]
        rows.append({"bar": bar, "author": "mean", **mean(some)})
    return format_table(rows)


def _by_topic_and_size(some: list[IncidentPairs]) -> str:
    groups = {"all": some}
    groups |= {
        f"{low} to {high} posts": [c for c in some if low <= c.size <= high]
        for low, high in ((1, 2), (3, 5), (6, 10), (11, 999))
    }
    groups |= {topic: [c for c in some if c.topic == topic] for topic in sorted({c.topic for c in some})}
    rows = []
    for name, group in groups.items():
        if sum(c.meant for c in group) == 0:
            continue
        precision, recall = precision_recall(group)
        low, high = bootstrap_interval(group, lambda drawn: precision_recall(drawn)[0])
        least, most = bootstrap_interval(group, lambda drawn: precision_recall(drawn)[1])
        rows.append(
            {
                "": name,
                "incidents": len(group),
                "P": precision,
                "P 95 %": f"{low:.2f} to {high:.2f}",
                "R": recall,
                "R 95 %": f"{least:.2f} to {most:.2f}",
            }
        )
    return format_table(rows)


if __name__ == "__main__":
    main()
