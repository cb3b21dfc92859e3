"""The question 'places': gazetteer and place tagger joined, exact substrings, best first."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from core.config.city import City, load_city
from core.records.annotation import Label, Place
from core.records.post import Post
from gazetteer import gazetteer_of
from nlp.inference.model_output import ModelOutput, Tag
from nlp.questions import places

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def madrid() -> City:
    return load_city(ROOT / "cities" / "madrid.toml")


def read(city: City, texts: list[str], tags: list[list[tuple[str, float]]], options: places.Options | None = None) -> list[Label]:
    """The labels of these texts; tags as (words, score), each at the first place where the words stand."""
    posts = [Post(post_id=f"{n:032}", source="x", text=text, created_at=NOW, received_at=NOW) for n, text in enumerate(texts)]
    marked = tuple(
        tuple(Tag(text.index(words), text.index(words) + len(words), score) for words, score in each)
        for text, each in zip(texts, tags, strict=True)
    )
    encoded = as_read(marked, [False] * len(texts))
    return places.classify(city, options or places.Options(), posts, encoded)


def as_read(tags: tuple[tuple[Tag, ...], ...], truncated: list[bool]) -> ModelOutput:
    """What the encoder gives when its tagger marked these stretches."""
    return ModelOutput(
        embedding=np.zeros((len(tags), 384), np.float32),
        logits={},
        labels={},
        tags=tags,
        truncated=np.array(truncated, np.bool_),
        actionable_from=0.5,
        model="escucha-e5-small@abc",
    )


def found(label: Label) -> tuple[Place, ...]:
    assert isinstance(label.value, tuple)
    return label.value


def test_what_gazetteer_and_tagger_both_see_is_surely_a_place(madrid: City) -> None:
    [label] = read(madrid, ["Hay un bache en la Calle de Alcalá 200"], [[("Calle de Alcalá 200", 0.97)]])
    [place] = found(label)
    assert (place.text, place.key, place.barrio) == ("Calle de Alcalá 200", "street:18900", "Fuente del Berro")
    assert label.question == "places"
    assert label.score == place.sure > 0.95


def test_every_place_is_an_exact_substring(madrid: City) -> None:
    texts = ["ruido en LAVAPIES y en la pza. de Olavide", "El Retiro\u0301 y la c/ Goya, 12"]
    for text, label in zip(texts, read(madrid, texts, [[], []]), strict=True):
        assert found(label)
        for place in found(label):
            assert place.text in text


def test_the_street_comes_before_the_district_it_lies_in(madrid: City) -> None:
    [label] = read(madrid, ["En Carabanchel, en la calle Oca, no recogen la basura"], [[]])
    assert [place.text for place in found(label)] == ["calle Oca", "Carabanchel"]


def test_what_only_the_tagger_sees_stays_text_when_it_is_sure(madrid: City) -> None:
    text = "Suciedad junto al kiosko de Pepe"
    [sure] = read(madrid, [text], [[("kiosko de Pepe", 0.95)]])
    [place] = found(sure)
    assert (place.text, place.kind, place.key, place.lat) == ("kiosko de Pepe", "unresolved", None, None)
    assert sure.score == 0.9567  # -0.91 + 1.36 * ln(.95 / .05) = 3.094
    [doubtful] = read(madrid, [text], [[("kiosko de Pepe", 0.3)]])
    assert found(doubtful) == ()
    assert doubtful.score == 0.8872  # how sure that there is none: 1 - 1 / (1 + e^(0.91 + 1.36 * ln(.7 / .3)))


def test_a_doubtful_name_needs_the_tagger(madrid: City) -> None:
    text = "Suciedad en Betanzos desde hace un mes"
    [alone] = read(madrid, [text], [[]])
    assert found(alone) == ()
    [both] = read(madrid, [text], [[("Betanzos", 0.9)]])
    assert [place.name for place in found(both)] == ["Avenida de Betanzos"]


def test_after_the_last_token_read_the_gazetteer_judges_alone(madrid: City) -> None:
    text = "Es una vergüenza lo que pasa aquí. " * 20 + "Vean los Jardines de Valdebebas"
    post = Post(post_id="0" * 32, source="x", text=text, created_at=NOW, received_at=NOW)
    whole, cut = as_read(((),), [False]), as_read(((),), [True])
    [unseen], [unread] = (places.classify(madrid, places.Options(), [post], encoded) for encoded in (whole, cut))
    assert found(unread)[0].key == found(unseen)[0].key
    assert unread.score > unseen.score


def test_a_post_without_places_says_so_surely(madrid: City) -> None:
    [label] = read(madrid, ["Muchas gracias por todo, un saludo"], [[]])
    assert (label.value, label.score) == ((), 1.0)


def test_a_batch_never_changes_a_label(madrid: City) -> None:
    texts = ["bache en Santa Eugenia", "farola en Villa de Vallecas, calle Real de Arganda", "nada"]
    together = read(madrid, texts, [[], [], []])
    assert together == [read(madrid, [text], [[]])[0] for text in texts]


def test_the_label_names_model_and_gazetteer(madrid: City) -> None:
    [label] = read(madrid, ["Lavapiés"], [[]])
    assert label.model == f"escucha-e5-small@abc+{gazetteer_of(madrid).revision}"


def test_a_city_without_gazetteer_keeps_what_the_tagger_sees_as_text() -> None:
    bare = load_city(ROOT / "cities" / "madrid.toml").model_copy(update={"gazetteer_folder": None})
    [label] = read(bare, ["Bache en la Gran Vía"], [[("Gran Vía", 0.9)]])
    assert [(place.text, place.kind) for place in found(label)] == [("Gran Vía", "unresolved")]


def test_each_wording_is_named_once(madrid: City) -> None:
    [label] = read(madrid, ["Valdebebas crece y Valdebebas no tiene metro"], [[]])
    assert [place.text for place in found(label)] == ["Valdebebas"]


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValidationError):
        places.Options.model_validate({"gazetteer": "madrid"})
