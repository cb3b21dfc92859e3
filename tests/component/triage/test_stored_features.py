"""What triage compares is made when a post is read, and is the same as if it were made anew."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from core.records.annotation import Annotation
from core.records.decision import KnownPost
from core.records.post import Post
from ledger import read
from ledger.database import Ledger
from ledger.processing import annotations, decisions
from tests.support.ledger_facts import LEASE, NOW, arrive, post, reading
from tests.unit.triage.test_triage_incidents import MADRID, said, week
from triage import features_of
from triage.decide import build_features
from triage.incident_matching.post_features import PostFeatures, StoredFeatures
from triage.incident_matching.weights import load
from triage.rehearsal import rehearse

pytest_plugins = ("tests.support.ledger_fixtures",)
WORDS = load().vocabulary


def made(one: Post, annotation: Annotation) -> PostFeatures:
    return build_features(MADRID, WORDS, one, annotation)


def with_features(one: Post, annotation: Annotation) -> Annotation:
    return annotation.model_copy(update={"features": features_of(MADRID, one, annotation)})


def differing(one: PostFeatures, other: PostFeatures) -> list[str]:
    return [each.name for each in fields(PostFeatures) if not is_same(getattr(one, each.name), getattr(other, each.name))]


def is_same(mine: Any, theirs: Any) -> bool:
    return np.array_equal(mine, theirs, equal_nan=True) if isinstance(mine, np.ndarray) else mine == theirs


@pytest.mark.parametrize(("one", "annotation"), [*week(), said("l", "@JMVallecas línea 27 n8, ayer. Carabanchel 12-14 🙂", 9)])
def test_stored_features_equal_those_made_anew(one: Post, annotation: Annotation) -> None:
    stored = with_features(one, annotation)
    assert stored.features is not None
    assert len(stored.features) < 4_000
    assert differing(made(one, stored), made(one, annotation)) == []


def test_features_of_other_rules_are_not_read() -> None:
    one, annotation = said("a")
    stored = with_features(one, annotation)
    assert stored.features is not None
    body = stored.features
    wrong = annotation.model_copy(update={"features": bytes(8) + body[8:]})
    assert made(one.model_copy(update={"text": "Una farola rota"}), wrong).said == "una farola rota"
    for damaged in (body[:40], body[:8] + b"x" * 40, body[:8]):
        again = made(one, annotation.model_copy(update={"features": damaged}))
        assert differing(again, made(one, annotation)) == []
    renamed = MADRID.model_copy(update={"name": "Getafe"})
    assert features_of(renamed, one, annotation)[:8] != body[:8]


def test_a_corrected_post_has_the_features_of_its_correction(ledger: Ledger) -> None:
    from ledger.cases import corrections

    one = post(1)
    arrive(ledger, [one])
    claimed = annotations.claim_pending(ledger, "w", 1, NOW, LEASE)
    annotations.store_annotations(ledger, "w", [with_features(each, reading(each)) for each in claimed], [], NOW)
    [(_, found)] = decisions.untriaged(ledger, 1)
    assert found.features is not None
    corrections.correct(ledger, one.post_id, "topic", "noise", "ana", "", NOW)
    [(again, corrected)] = decisions.untriaged(ledger, 1)
    assert corrected.features is None
    assert made(again, corrected).topic == "noise"
    assert read.annotation_of(ledger, one.post_id, corrected=False) is not None


def test_a_rehearsal_decides_by_what_people_said_and_not_by_what_was_stored() -> None:
    rejected, other = said("a", score=0.97), said("b", "Pues en la mía igual", score=0.05, answers=said("a"))
    bare = [KnownPost(post=one, annotation=annotation, incident="I-1", version=1) for one, annotation in (rejected, other)]
    stored = [one.model_copy(update={"annotation": with_features(one.post, one.annotation)}) for one in bare]
    no = {rejected[0].post_id: False}
    assert [one.reason for one in rehearse(MADRID, stored, no)] == [one.reason for one in rehearse(MADRID, bare, no)]


def test_every_field_is_stored_or_made_of_the_post_and_the_embedding() -> None:
    more = {each.name for each in fields(PostFeatures)} - {each.name for each in fields(StoredFeatures)}
    assert more == {"post", "grams", "vector", "centred", "mapped"}
