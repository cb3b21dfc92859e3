"""Deciding in batches: the shortcuts give the same numbers, a batch asks the ledger few questions, and none of them reads a whole table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import event

from core.config.plugins import ROOT
from ledger import leases
from ledger.database import Ledger
from ledger.database.writing import engine_of
from ledger.processing import decisions
from tests.component.ledger.test_ledger_triage import SOON, filled
from tests.support.ledger_facts import LEASE
from tests.unit.triage.test_triage_incidents import MADRID, POSTS, said, week
from triage import decide
from triage.decide import Triage
from triage.incident_matching.pair_features import pair_features
from triage.incident_matching.pair_table import PairTable
from triage.incident_matching.subjects import subjects_of, text_folded
from triage.incident_matching.weights import load
from triage.made_forms import FeatureCache

pytest_plugins = ("tests.support.ledger_fixtures",)


@pytest.mark.parametrize("name", ["pairs", "incidents"])
def test_masks_reach_the_leaves_that_a_walk_reaches(name: str) -> None:
    trees, dice = getattr(load(), name), np.random.default_rng(0)
    rows = np.zeros((300, int(trees.feature.max()) + 1), dtype=np.float32)
    for feature in range(rows.shape[1]):
        asked = trees.threshold[trees.feature == feature]
        rows[:, feature] = dice.choice([*asked[np.isfinite(asked)], 0.0], len(rows)) + dice.choice([-1, 0, 0, 1], len(rows))
    rows[dice.random(rows.shape) < 0.1] = np.nan
    assert trees._masks is not None
    assert (trees._masks.leaf_values(rows) == trees._walk(rows)).all()
    assert (trees.logits(rows) == np.array([trees.logits(row[None, :])[0] for row in rows])).all()


def test_many_pairs_at_once_have_the_signs_of_each_pair() -> None:
    forms = [Triage(MADRID).features(*one) for one in [*week(), said("k", "Nada que ver"), said("l", "@JMVallecas línea 27 n8", 9)]]
    forms.append(replace(forms[0], post_id="m", vector=forms[0].vector * np.nan, thread=forms[1].post_id))
    table = PairTable()
    for form in forms:
        others = [one for one in forms if one is not form]
        each = [pair_features(one, form) if one.at <= form.at else pair_features(form, one) for one in others]
        assert np.array_equal(table.compare(form, others), np.array(each, dtype=np.float32), equal_nan=True)
    assert table.compare(forms[0], []).shape[0] == 0


def test_things_are_found_word_by_word_as_in_the_whole_text() -> None:
    lexicon = subjects_of(ROOT / "cities" / "madrid")
    texts = [re.sub(r"[^\w ]", " ", words) for words in lexicon.patterns.values()]
    texts += ["carril bici y banco roto", "un paso de cebra", "el SER de mi barrio", "linea e 12", "nada"]
    for text in texts:
        folded = text_folded(text)
        whole = {thing for thing, words in lexicon.patterns.items() if re.search(rf"(?<!\S)(?:{words})(?!\S)", folded)}
        assert lexicon.find(text, folded) - {"regulated parking"} == whole - {"regulated parking"}


def test_an_edited_or_corrected_post_gets_a_new_form() -> None:
    cache, (post, reading) = FeatureCache(most=2), said("a")
    triage = Triage(MADRID, cache=cache)
    first = triage.features(post, reading)
    assert Triage(MADRID, cache=cache).features(post.model_copy(), reading.model_copy()) is first
    assert "farola" in triage.features(post.model_copy(update={"text": "Una farola rota"}), reading).stems
    _, corrected = said("a", person=True)
    assert triage.features(post, corrected).actionable == 1.0
    for name in "bc":
        triage.features(*said(name))
    assert triage.features(post, corrected) is not first


@contextmanager
def statements(ledger: Ledger) -> Iterator[list[tuple[str, object]]]:
    """Collect what is asked of the database."""
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine_of(ledger), "before_cursor_execute", note)
    yield asked
    event.remove(engine_of(ledger), "before_cursor_execute", note)


def questions_of_the_second_half(ledger: Ledger) -> list[tuple[str, object]]:
    filled(ledger)
    assert leases.hold(ledger, "triage", "w", SOON, LEASE)
    half = decisions.untriaged(ledger, POSTS // 2)
    with decisions.known_posts(ledger) as known:
        found = decide(MADRID, half, known)
    decisions.store_decisions(ledger, "w", found, SOON)
    rest = decisions.untriaged(ledger, POSTS)
    with decisions.known_posts(ledger) as known, statements(ledger) as asked:
        decide(MADRID, rest, known)
    return asked


def test_a_batch_asks_for_all_its_posts_at_once(ledger: Ledger) -> None:
    asked = questions_of_the_second_half(ledger)
    assert 5 < len(asked) < 45  # some of each post were 102


def test_no_question_reads_a_whole_table(ledger: Ledger) -> None:
    if not ledger.is_sqlite:
        pytest.skip("a small table of PostgreSQL is rightly read whole")
    asked = questions_of_the_second_half(ledger)
    with ledger.read() as connection:
        for statement, parameters in asked:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]  # type: ignore[arg-type]
            assert not [line for line in plan if re.match(r"SCAN (?!\(|q\d|anon|CONSTANT)", line)], (statement[:200], plan)
