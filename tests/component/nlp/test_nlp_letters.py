"""Letters and texts of platforms are read twice as far as posts; nothing else changes for either."""

import random
from collections.abc import Sequence

import pytest

from core.config.city import City
from core.records.annotation import Annotation
from core.records.post import Post
from nlp.annotator import Annotator
from nlp.inference.encoder import Encoder, count_windows
from nlp.inference.model_files import DEFAULT, LABELS, MODELS
from nlp.inference.tokenizer import open_tokenizer
from tests.support.nlp_facts import TEXTS, madrid, post

LETTER = (
    "Buenos días, me dirijo a ustedes como presidenta de la comunidad de propietarios de la finca en la que vivo desde hace "
    "más de veinte años. En primer lugar quiero agradecerles el trato que nos dieron cuando fuimos a la oficina de atención "
    "a la ciudadanía, y pedirles disculpas por la extensión de este escrito, que hemos redactado entre todos los vecinos "
    "después de la última junta. Nos consta que reciben muchas cartas como esta y que no siempre es posible contestarlas "
    "todas en el plazo que marca la norma, y por eso hemos esperado hasta ahora. Les escribimos por la falta de luz: las "
    "farolas de la calle Bravo Murillo 33 llevan apagadas dos semanas, las tres, y por la noche no se ve nada en la acera. "
    "Pedimos que reparen el alumbrado cuanto antes."
)
"""It says what it is about in its second half."""
LONGER = f"{LETTER} {LETTER}"


def from_source(number: int, text: str, source: str) -> Post:
    return post(number, text).model_copy(update={"source": source})


@pytest.fixture(scope="module")
def city() -> City:
    return madrid()


@pytest.fixture(scope="module")
def annotator(city: City) -> Annotator:
    return Annotator(city, threads=2)


def readings(annotator: Annotator, posts: Sequence[Post]) -> list[Annotation]:
    return [each for each in annotator.annotate(posts) if isinstance(each, Annotation)]


def windows(text: str) -> int:
    return count_windows(open_tokenizer(MODELS / DEFAULT).encode(text))


@pytest.mark.parametrize(
    ("source", "text", "is_cut", "actionable"),
    [
        ("x", LETTER, True, False),
        ("mailbox", LETTER, False, True),
        ("inbox", LETTER, False, True),
        ("decidim", LETTER, False, True),
        ("archive", LETTER, False, True),
        ("archive", f"@madrid {LETTER}", True, False),  # the style of a network
        ("mailbox", LONGER, True, True),
    ],
)
def test_a_letter_is_read_to_its_end_where_a_post_is_cut(
    annotator: Annotator, source: str, text: str, is_cut: bool, actionable: bool
) -> None:
    assert (windows(LETTER), windows(LONGER)) == (2, 3)
    [found] = readings(annotator, [from_source(1, text, source)])
    assert (found.truncated, found.value("actionable")) == (is_cut, actionable)


def test_a_short_text_is_read_alike_wherever_it_comes_from(annotator: Annotator) -> None:
    of_network = readings(annotator, [from_source(n, text, "x") for n, text in enumerate(TEXTS[:-1])])
    of_letters = readings(annotator, [from_source(n, text, "mailbox") for n, text in enumerate(TEXTS[:-1])])
    asked = (*LABELS, "places")  # relevance and spam know the source
    assert [each.embedding for each in of_network] == [each.embedding for each in of_letters]
    assert [[each.labels[name] for name in asked] for each in of_network] == [[each.labels[name] for name in asked] for each in of_letters]


@pytest.mark.slow
def test_the_labels_of_a_letter_do_not_depend_on_the_batch(city: City) -> None:
    mixed = [
        *(from_source(n, text, "x") for n, text in enumerate([*TEXTS, LETTER, LONGER], 10)),
        *(from_source(n, text, "mailbox") for n, text in enumerate([*TEXTS, LETTER, LONGER], 40)),
    ]
    together = {each.post_id: each for each in readings(Annotator(city, threads=2), mixed)}
    random.Random(2).shuffle(mixed)  # noqa: S311  an order, not a secret
    alone = [each for one in mixed for each in readings(Annotator(city, threads=1), [one])]
    assert alone == [together[each.post_id] for each in alone]


def test_the_cache_keeps_both_readings_of_a_text(annotator: Annotator) -> None:
    texts = [from_source(1, LETTER, "x"), from_source(2, LETTER, "mailbox")]
    first = readings(annotator, texts)
    assert first[0].embedding != first[1].embedding
    assert readings(annotator, texts[::-1]) == first[::-1]


def test_a_post_is_cut_as_before(annotator: Annotator) -> None:
    """What a network's post is read from is its first window, bit for bit."""
    [batch] = Encoder(MODELS / DEFAULT, 1).encode([LETTER])
    both = list(Encoder(MODELS / DEFAULT, 1).encode([LETTER], [2]))
    assert [one.rows for one in (batch, *both)] == [[0]] * 3
    assert both[-1].pooled.tobytes() == batch.pooled.tobytes()
    [as_post, of_part] = readings(annotator, [from_source(1, LETTER, "x"), from_source(2, batch.read[0], "x")])
    assert as_post.embedding == of_part.embedding
