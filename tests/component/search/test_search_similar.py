"""Compare similar posts by the engine's vectors with the exact ones."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from ledger import read, schema
from ledger.database.writing import writing
from pipeline import all_steps as pipeline
from pipeline.context import Context
from search import queries
from search.connection.engine import Engine
from search.index import writer
from search.index.vectors import DIMENSIONS, mapping
from tests.support.seeded import open_seeded

pytest_plugins = ("tests.support.engines",)

POSTS = 40
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""All posts are of one month: of one with a handful Elasticsearch makes its eight bits so coarse that the nearest may not come first."""


@pytest.fixture
def context(tmp_path: Path, engine: Engine) -> Iterator[Context]:
    """Index forty posts, each embedding a step further from the first."""
    made = open_seeded(tmp_path, POSTS, NOW)
    made.settings = made.settings.model_copy(update={"elasticsearch_url": engine.url})
    annotations = schema.annotations
    with writing(made.ledger) as connection:
        for n, post_id in enumerate(ordered(made)):
            angle = n * 0.03
            vector = np.zeros(DIMENSIONS, dtype="<f2")
            vector[:2] = np.cos(angle), np.sin(angle)
            changed = update(annotations).where(annotations.c.post_id == post_id)
            connection.execute(changed.values(embedding=vector.tobytes()))
    writer.drop_all(engine)
    pipeline.index(made)
    yield made
    made.ledger.close()


def ordered(context: Context) -> list[str]:
    return sorted(record.post_id for record in read.post_records(context.ledger))


def test_the_nearest_posts_come_first_on_every_engine_and_without_one(context: Context, engine: Engine) -> None:
    ids, vectors = ordered(context), read.Vectors(context.ledger)
    for asked in (engine, None):
        near = queries.similar_posts(asked, ids[0], 5, vectors)
        assert [post_id for post_id, _ in near] == ids[1:6]
        # Elasticsearch keeps 8 bits of each number; two of 384 that are not zero are its worst case.
        assert [score for _, score in near] == pytest.approx([np.cos(n * 0.03) for n in range(1, 6)], abs=0.03)
    assert queries.similar_posts(engine, "nobody", 5, vectors) == []


def test_the_engine_holds_the_vectors_that_it_can_hold(context: Context, engine: Engine) -> None:
    fields = {"exists": {"field": "embedding"}}
    with_vectors = queries.run(engine, "posts", {"query": fields, "size": 0, "track_total_hits": True})
    assert with_vectors["hits"]["total"]["value"] == (0 if mapping(engine.flavour) is None else POSTS)
    hit = queries.run(engine, "posts", {"size": 1})["hits"]["hits"][0]["_source"]
    assert hit.keys() & {"embedding", "terms"} == set(), "both are derived, and not given back"
