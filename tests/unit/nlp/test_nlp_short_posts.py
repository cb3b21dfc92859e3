"""Corrections for short posts: weighted by how unlike a platform text a post is; the other heads stay as they are."""

import numpy as np
import pytest

from nlp.inference.encoder import Encoder
from nlp.inference.heads import apply, raw_logits
from nlp.inference.model_files import CORRECTED, DEFAULT, GRAMS, LABELS, MODELS, PLATFORM, SHORT, TWEETS, TWEETS_UNCORRECTED, load_weights
from nlp.inference.model_output import Floats
from nlp.inference.short_posts import SURE, UNSURE, class_share, ramp
from nlp.text.ngrams import TABLE, gram_logits

RNG = np.random.default_rng(0)
TEXTS = ["farola rota", "Propongo un carril bici."]
POOLED = np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32)


def tensors(bias: float = 0.0, tweets: float = -100.0) -> dict[str, np.ndarray]:
    def layer(columns: int) -> dict[str, np.ndarray]:
        return {"weight": RNG.normal(size=(4, columns)).astype(np.float32), "bias": RNG.normal(size=columns).astype(np.float32)}

    names = {head: len(labels) for head, labels in LABELS.items()} | {f"{SHORT}.{h}": len(LABELS[h]) for h in CORRECTED}
    found = {f"{name}.{part}": values for name, columns in names.items() for part, values in layer(columns).items()}
    found[GRAMS] = RNG.normal(size=(TABLE, sum(len(LABELS[head]) for head in CORRECTED))).astype(np.float32)
    platform = {f"{PLATFORM}.weight": np.array([[-50], [50], [0], [0]]), f"{PLATFORM}.bias": np.array([bias])}
    classes = platform | {f"{TWEETS}.weight": np.zeros((4, 1)), f"{TWEETS}.bias": np.array([tweets])}
    return found | {name: values.astype(np.float32) for name, values in classes.items()}


def test_a_text_of_the_platform_keeps_its_answer_and_a_short_post_gets_the_whole_correction() -> None:
    model = tensors()
    found, start = raw_logits(model, POOLED, TEXTS), 0
    letters = gram_logits(TEXTS, model[GRAMS])
    for head in CORRECTED:
        taught, end = apply(model, head, POOLED), start + len(LABELS[head])
        whole = taught + apply(model, f"{SHORT}.{head}", POOLED) + letters[:, start:end]
        assert found[head][0] == pytest.approx(whole[0], abs=1e-4)
        assert found[head][1] == pytest.approx(taught[1], abs=1e-4)
        start = end


def test_a_tweet_about_anything_keeps_its_sentiment_and_no_other_answer() -> None:
    model = tensors(tweets=100.0)
    found = raw_logits(model, POOLED, TEXTS)
    kept = {head for head in CORRECTED if np.allclose(found[head][0], apply(model, head, POOLED)[0], atol=1e-4)}
    assert kept == set(TWEETS_UNCORRECTED) == {"sentiment"}


def test_the_other_heads_are_not_corrected() -> None:
    model = tensors()
    found = raw_logits(model, POOLED, TEXTS)
    for head in set(LABELS) - set(CORRECTED):
        assert found[head].tobytes() == apply(model, head, POOLED).tobytes()


def test_a_model_without_corrections_answers_as_taught() -> None:
    model = {name: values for name, values in tensors().items() if name.split(".")[0] in LABELS}
    found = raw_logits(model, POOLED, TEXTS)
    assert {head: logits.tobytes() for head, logits in found.items()} == {head: apply(model, head, POOLED).tobytes() for head in LABELS}


def test_only_a_text_that_is_surely_a_post_to_a_city_gets_the_whole_correction_of_sentiment() -> None:
    shares = ramp(np.array([0.0, UNSURE, (UNSURE + SURE) / 2, SURE, 1.0]))
    assert shares == pytest.approx([0, 0, 0.5, 1, 1])


@pytest.mark.parametrize("bias", [-1e6, 1e6])
def test_a_share_stays_between_nothing_and_all_however_far_a_text_is(bias: float) -> None:
    share = class_share(tensors(bias), PLATFORM, POOLED.astype(np.float64))
    assert ((share >= 0) & (share <= 1)).all()
    assert np.isfinite(share).all()


def test_the_shipped_heads_have_corrections() -> None:
    shipped = load_weights(MODELS / DEFAULT).tensors
    assert {GRAMS, f"{PLATFORM}.weight", *(f"{SHORT}.{head}.weight" for head in CORRECTED)} <= set(shipped)
    assert shipped[GRAMS].shape == (TABLE, sum(len(LABELS[head]) for head in CORRECTED))


def test_the_shipped_model_tells_a_proposal_from_a_short_post() -> None:
    texts = [
        "Creación de un carril bici en la calle Alcalá. Propongo que se construya un carril bici segregado a lo largo de toda la "
        "calle, con aparcamientos en cada estación de metro, para que más gente deje el coche en casa y se reduzca la contaminación.",
        "Otra vez la farola de mi portal apagada, llevamos así tres semanas @MADRID",
    ]
    pooled: dict[int, Floats] = {}
    for batch in Encoder(MODELS / DEFAULT, 1).encode(texts):
        pooled |= dict(zip(batch.rows, batch.pooled.reshape(len(batch.rows), -1), strict=True))
    share = class_share(load_weights(MODELS / DEFAULT).tensors, PLATFORM, np.stack([pooled[0], pooled[1]]).astype(np.float64))
    assert share[0] > 0.9
    assert share[1] < 0.1
