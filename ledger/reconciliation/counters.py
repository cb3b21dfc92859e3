"""Counting for the identity: the counters written at arrival, and the rows as they stand now, by source or by run."""

from collections import Counter

from sqlalchemy import ColumnElement, Connection, func, select

from ledger import schema

Sums = Counter[tuple[str, str]]
"""By (source or run, what is counted)."""


def sums_of(
    connection: Connection,
    of_runs: ColumnElement[str],
    of_posts: ColumnElement[str],
    of_stubs: ColumnElement[str],
    of_rejects: ColumnElement[str],
) -> Sums:
    """Everything counted, by source or by run: counters with a name of their own, rows by what they are."""
    posts, runs, stubs = schema.posts.c, schema.runs.c, schema.stubs.c
    found: Sums = Counter()
    counters = ("received", "stored", "duplicate", "updated", "returned", "objected")
    for row in connection.execute(select(of_runs, *(func.sum(runs[name]) for name in counters)).group_by(of_runs)):
        for name, n in zip(counters, row[1:], strict=True):
            found[row[0], f"counted {name}"] += int(n)
    rows = select(of_posts, posts.state, posts.decision, posts.index_state, func.count())
    for key, state, decision, index_state, n in connection.execute(
        rows.group_by(of_posts, posts.state, posts.decision, posts.index_state)
    ):
        found[key, state] += n
        if state == "classified":
            found[key, decision] += n
            found[key, f"index {index_state}"] += n
    erased = select(of_stubs, func.count()).where(stubs.run_id.is_not(None)).group_by(of_stubs)
    rejected = select(of_rejects, func.count()).group_by(of_rejects)
    readings, current = schema.readings, schema.readings.c.text_version == posts.text_version
    read = select(of_posts, func.count()).select_from(readings.join(schema.posts, readings.c.post_id == posts.post_id))
    # A post that waits to be read again by a newer model keeps its old reading until then.
    read = read.where(current, posts.state == "classified").group_by(of_posts)
    for what, statement in (("erased", erased), ("rejected", rejected), ("read", read)):
        for key, n in connection.execute(statement):
            found[key, what] += n
    return found


def total(sums: Sums) -> Counter[str]:
    """All sources, or runs, together."""
    total: Counter[str] = Counter()
    for (_, what), n in sums.items():
        total[what] += n
    return total


def only(sums: Sums, key: str) -> Counter[str]:
    """One source, or run."""
    return Counter({what: n for (one, what), n in sums.items() if one == key})
