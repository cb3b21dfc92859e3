"""Text models trained on "the same incident": the loss falls along its derivative, tokens are compared as by hand."""

from typing import Any

import numpy as np
import numpy.typing as npt

from workshop.incidents.text_models.contrastive import TEMPERATURE, Contrast, ProjectionHead, derivatives, fit_head, unit
from workshop.incidents.text_models.states import max_sim

Array = npt.NDArray[Any]
INCIDENTS = 6


def _posts(seed: int = 0) -> Contrast:
    """Return posts of six incidents: two columns say which, twenty say nothing."""
    random = np.random.default_rng(seed)
    names = np.repeat(np.arange(INCIDENTS), 5)
    turn = 2 * np.pi * names / INCIDENTS
    x = np.hstack([np.stack([np.cos(turn), np.sin(turn)], axis=1), random.standard_normal((len(names), 20))])
    same = (names[:, None] == names) & ~np.eye(len(names), dtype=bool)
    return Contrast(x.astype(np.float32), same.astype(np.float32), np.where(np.eye(len(names)), -np.inf, 0.0))


def _loss(one: Contrast, values: list[Array]) -> float:
    u = ProjectionHead(*values)(one.x)
    logits = u @ u.T / TEMPERATURE + one.pushes
    top = logits.max(axis=1, keepdims=True)
    log = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return float(-np.where(one.same > 0, log, 0).sum(axis=1).mean() / one.same.sum(axis=1)[0])


def test_the_derivative_is_that_of_the_loss() -> None:
    random = np.random.default_rng(1)
    one = _posts()
    values = [random.standard_normal(shape) for shape in ((22, 4), (22, 7), (7, 4))]
    for at, slope in enumerate(derivatives(one, one.x.astype(np.float64), values)):
        step = random.standard_normal(values[at].shape) * 1e-5
        there, back = ([v + sign * step if k == at else v for k, v in enumerate(values)] for sign in (1, -1))
        assert np.isclose(_loss(one, there) - _loss(one, back), 2 * (slope * step).sum(), rtol=1e-3)


def test_a_projection_brings_posts_of_one_incident_together_that_it_has_not_seen() -> None:
    start = np.random.default_rng(2).standard_normal((22, 4)).astype(np.float32)
    fitted, unseen = fit_head([_posts(0), _posts(1)], start, 0, seed=0), _posts(7)

    def nearer(u: Array) -> float:
        likeness = u @ u.T
        return float(
            likeness[unseen.same > 0].mean() - likeness[(unseen.same == 0) & np.isfinite(unseen.pushes)].mean()
        )

    assert nearer(fitted(unseen.x)) > nearer(unit(unseen.x @ start)) + 0.2


def test_the_same_seed_gives_the_same_projection() -> None:
    start = np.eye(22, 4, dtype=np.float32)
    one, other = (fit_head([_posts()], start, 5, seed=3) for _ in range(2))
    assert np.array_equal(one(_posts(4).x), other(_posts(4).x))


def test_tokens_are_compared_as_by_hand() -> None:
    random = np.random.default_rng(3)
    tokens = [unit(random.standard_normal((n, 6))) for n in (3, 0, 5, 2)]
    weights = [random.random(len(one)) for one in tokens]
    earlier, later = np.array([0, 1, 0, 2]), np.array([2, 2, 3, 3])
    found = max_sim(tokens, weights, earlier, later)
    for row, (a, b) in enumerate(zip(earlier, later, strict=True)):
        if not len(tokens[a]):
            assert found[row].tolist() == [0, 0]
            continue
        there = sum(w * max(t @ o for o in tokens[a]) for w, t in zip(weights[b], tokens[b], strict=True))
        back = sum(w * max(t @ o for o in tokens[b]) for w, t in zip(weights[a], tokens[a], strict=True))
        assert np.allclose(found[row], [there / weights[b].sum(), back / weights[a].sum()], atol=1e-5)
