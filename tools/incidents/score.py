"""Measure incident matching on authors left out of training: `make score-incidents`.

Each author is judged by models that never saw that author, at every bar; then whole triage runs over each author's posts at the
shipped bars. Writes docs/models/incident-matching.md, the figures as they were measured.
"""

import argparse
import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.config.settings import Settings
from core.decision import Suggestion
from core.stdio import set_up_stdio
from tools.incidents.dataset import Author, Row, load
from tools.incidents.measures import (
    Counted,
    Where,
    b_cubed,
    counted,
    interval,
    naive,
    near_misses,
    precision_recall,
    table,
)
from tools.incidents.taught_map import with_map
from tools.incidents.train import JOIN, SUGGEST, Trainer, majority
from triage import decide
from triage.incident_matching import IncidentIndex, Weights, load as load_weights, save

BARS = (0.3, 0.45, 0.5, 0.55, 0.6, 0.7)
PRECISE, NEAR = 0.88, 0.20
"""What a bar must reach on the authors it is chosen on: pair precision and near misses joined."""
CONFIRMED = (JOIN, 0.7)
"""Bars at which suggestions are measured too."""
PROFILE = ROOT / "cities" / "madrid.toml"
CARD = ROOT / "docs" / "models" / "incident-matching.md"


@dataclass(frozen=True)
class Measured:
    """What became of one author's posts under models that never saw that author."""

    alone: dict[float, dict[str, str]]
    """By bar: the incident of each post."""
    confirmed: dict[float, tuple[dict[str, str], int]]
    """The same with suggestions that a person confirms, and how many posts were shown with some."""
    whole: Row


def measure(author: Author, weights: Weights) -> Measured:
    """Run an author's posts at every bar, with confirmed suggestions, and through whole triage."""
    return Measured(
        {bar: walk(author, weights, bar)[0] for bar in BARS},
        {bar: walk(author, weights, bar, confirm=True) for bar in CONFIRMED},
        of_decisions(load_city(PROFILE), author, weights),
    )


def walk(author: Author, weights: Weights, bar: float, confirm: bool = False) -> tuple[dict[str, str], int]:
    """Match an author's posts in order; with `confirm` a careful person presses a key for each right suggestion.

    Returns:
        the incident of each post, and how many posts were shown with suggestions.
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
                (one.incident for one in verdict.suggestions if confirm and gold and _is(author, index, one, gold)),
                None,
            )
        where[form.post_id] = key or form.post_id
        index.add(form, where[form.post_id])
    return where, shown


def _is(author: Author, index: IncidentIndex, one: Suggestion, gold: str) -> bool:
    return majority(author, index.members[one.incident]) == gold


def of_partition(author: Author, where: Where) -> Row:
    """Return the figures of one partition."""
    some = counted(author, where)
    precision, recall = precision_recall(some)
    joined, whole = near_misses(author, where)
    return {
        "P": precision, "R": recall, "B-cubed F": b_cubed(author, where)[2], "fragments an incident": fmean(c.fragments for c in some),
        "near misses joined": joined / whole,
    }  # fmt: skip


def mean(rows: list[Row]) -> Row:
    """Return the mean over authors."""
    return {name: fmean(row[name] for row in rows) for name in rows[0]}


def of_decisions(city: City, author: Author, weights: Weights) -> Row:
    """Run whole triage over an author's posts: what reaches a case or a person, and what is dropped unseen."""
    posts = [(post, author.readings[post.post_id]) for post in author.posts]
    found = {one.post_id: one for one in decide(city, posts, weights=weights)}
    case_of = {key: one.case.key for key, one in found.items() if one.case is not None}
    meant = {key: gold.incident for key, gold in author.gold.items() if gold.incident}
    own_case = _own_cases(author, case_of)
    noise = [key for key, gold in author.gold.items() if gold.incident is None and not gold.actionable]
    outcomes = Counter(found[key].outcome for key in meant)
    cases = {(incident, case_of[key]) for key, incident in meant.items() if key in case_of}
    opened = {incident for incident, _ in cases}
    topics = {one.case.key: (one.case.topic, one.case.department) for one in found.values() if one.case is not None}
    told = [(author.incidents[incident], topics[key]) for key, incident in own_case.items() if incident]
    return {
        "in their case": sum(own_case.get(case_of.get(key, "")) == incident for key, incident in meant.items()) / len(meant),
        "in any case": outcomes["in_case"] / len(meant), "in review": outcomes["in_review"] / len(meant),
        "dropped unseen": outcomes["no_case"] / len(meant), "cases an incident": len(cases) / max(1, len(opened)),
        "noise in a case": sum(key in case_of for key in noise) / len(noise),
        "topic": fmean(incident["topic"] == topic for incident, (topic, _) in told),
        "department": fmean(city.department(incident["topic"]).name == name for incident, (_, name) in told),
        "looks per 100 posts": 100 * sum(one.outcome == "in_review" for one in found.values()) / len(found),
    }  # fmt: skip


def _own_cases(author: Author, case_of: Where) -> dict[str, str | None]:
    """Return for each case the incident most of its posts are about."""
    return {
        case: majority(author, [key for key, one in case_of.items() if one == case]) for case in set(case_of.values())
    }


def main() -> None:
    """Train without each author in turn, measure, print, and write the card."""
    parser = argparse.ArgumentParser(prog="python -m tools.incidents.score", description=__doc__)
    parser.add_argument(
        "--folds", type=Path, help="folder with without_AUTHOR.npz that `train --without` wrote; else trained now"
    )
    given = parser.parse_args()
    set_up_stdio()
    words, found = load(Settings().home / "incidents")
    authors = {author.name: author for author in found}
    folds = given.folds or Settings().home / "incidents" / "folds"
    if given.folds is None:
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


def report(city: City, authors: dict[str, Author], found: dict[str, Measured]) -> list[str]:
    """Return the card, paragraph by paragraph."""
    alone = {bar: {name: found[name].alone[bar] for name in authors} for bar in BARS}
    rows = {bar: {name: of_partition(authors[name], where) for name, where in alone[bar].items()} for bar in BARS}
    parts = ["# Incident matching: measured on authors left out\n\n"]
    parts.append(
        f"{sum(len(a.posts) for a in authors.values())} posts of {len(authors)} authors; each is judged by models that never "
    )
    parts.append(
        "saw that author. Bars are read off this table: they were chosen on authors left out of training, not on one kept back.\n\n"
    )
    parts.append("## The machine alone, by bar (mean of authors)\n\n")
    worst = {bar: min((row["B-cubed F"], name) for name, row in rows[bar].items()) for bar in BARS}
    parts.append(
        table(
            [
                {
                    "bar": bar,
                    **mean(list(rows[bar].values())),
                    "worst author (B-cubed F)": f"{worst[bar][1]} {worst[bar][0]:.3f}",
                }
                for bar in BARS
            ]
        )
    )
    parts.append(f"\n## The shipped bar {JOIN:.2f}, author by author\n\n")
    parts.append(table([{"author": name, **row} for name, row in rows[JOIN].items()]))
    chosen = {
        name: _choose({bar: [row for other, row in rows[bar].items() if other != name] for bar in BARS})
        for name in authors
    }
    parts.append("\n## A bar for each author, chosen on the other four\n\n")
    parts.append(
        table(
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
    rules = {name: naive(author) for name, author in authors.items()}
    parts.append(
        table(
            [
                {"rule": rule, **mean([of_partition(authors[name], rules[name][rule]) for name in authors])}
                for rule in next(iter(rules.values()))
            ]
        )
    )
    some = [c for name, where in alone[JOIN].items() for c in counted(authors[name], where)]
    parts.append(f"\n## By service and size (bar {JOIN:.2f}, 95 % intervals over incidents)\n\n" + _by(some))
    review, act = city.bars("x", "es")
    parts.append(
        f"\n## Whole triage (posts of networks: act {act:.2f}, review {review:.3f}; pooled {city.triage.pooled:.2f})\n\n"
    )
    whole = {name: one.whole for name, one in found.items()}
    parts.append(
        table(
            [{"author": name, **row} for name, row in whole.items()]
            + [{"author": "mean", **mean(list(whole.values()))}]
        )
    )
    return parts


def _choose(rows: dict[float, list[Row]]) -> float:
    """Return the lowest bar that is precise enough on these authors."""
    good = [
        bar for bar, some in rows.items() if mean(some)["P"] >= PRECISE and mean(some)["near misses joined"] <= NEAR
    ]
    return min(good, default=BARS[-1])


def _with_suggestions(authors: dict[str, Author], found: dict[str, Measured]) -> str:
    rows: list[Row] = []
    for bar in CONFIRMED:
        some = []
        for name, author in authors.items():
            where, shown = found[name].confirmed[bar]
            some.append({**of_partition(author, where), "shown per 100 posts": 100 * shown / len(where)})
        if bar == JOIN:
            rows += [{"bar": bar, "author": name, **row} for name, row in zip(authors, some, strict=True)]
        rows.append({"bar": bar, "author": "mean", **mean(some)})
    return table(rows)


def _by(some: list[Counted]) -> str:
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
        low, high = interval(group, lambda drawn: precision_recall(drawn)[0])
        least, most = interval(group, lambda drawn: precision_recall(drawn)[1])
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
    return table(rows)


if __name__ == "__main__":
    main()
