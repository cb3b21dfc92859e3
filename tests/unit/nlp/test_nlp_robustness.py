"""The robustness set: made from a seed, always the same; what is done to a post does not touch its labels."""

import random
import re
from collections import Counter, defaultdict
from typing import Any

import pytest

from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from workshop.evaluation.robustness.edits import EDITS, abbreviate, add_emoji, capitalise, misspell, mix_languages, strip_accents
from workshop.evaluation.robustness.injections import MEASURE, TUNE
from workshop.evaluation.robustness.make import GOLD, load_json_lines, load_posts, make_rows
from workshop.evaluation.robustness.score import AnnotatedRows, injection_table, score

POST = "¿Cuándo arreglan el bache de la calle Peña? También hay basura, por favor @MADRID"


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


@pytest.fixture(scope="module")
def made() -> dict[str, list[dict[str, Any]]]:
    return make_rows()


@pytest.mark.parametrize("name", ["slices", "injections"])
def test_the_committed_file_is_what_the_seed_makes(made: dict[str, list[dict[str, Any]]], name: str) -> None:
    assert load_json_lines(GOLD / f"{name}.jsonl") == made[name]


@pytest.mark.parametrize("name", ["posts_es", "sarcasm_es"])
def test_every_written_post_is_labelled_after_the_guide(name: str) -> None:
    rows = load_json_lines(GOLD / f"{name}.jsonl")
    assert len({row["text"] for row in rows}) == len(rows) == {"posts_es": 60, "sarcasm_es": 40}[name]
    for row in rows:
        assert row["sentiment"] in SENTIMENTS, row["id"]
        assert row["intent"] in INTENTS, row["id"]
        assert row["topic"] in TOPICS, row["id"]
        assert isinstance(row["actionable"], bool), row["id"]
        assert all(place in row["text"] for place in row["places"]), row["id"]


def test_no_post_of_the_set_teaches() -> None:
    """Not even nearly: fewer than half of the runs of five letters are those of any training post."""
    written = [row for path in (GOLD.parents[2] / "workshop/training/written").glob("*.jsonl") for row in load_json_lines(path)]
    taught = [runs(row["text"]) for row in written if row.get("split") != "test"]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(taught):
        for letters in one:
            holders[letters].append(number)
    near = {}
    for row in load_json_lines(GOLD / "posts_es.jsonl") + load_json_lines(GOLD / "sarcasm_es.jsonl"):
        own = runs(row["text"])
        shared = Counter(number for letters in own for number in holders[letters])
        near[row["id"]] = max(both / (len(own) + len(taught[number]) - both) for number, both in shared.items())
    assert {key: share for key, share in near.items() if share >= 0.5} == {}


def runs(text: str) -> set[str]:
    plain = re.sub(r"\W+", " ", text.lower())
    return {plain[at : at + 5] for at in range(max(len(plain) - 4, 1))}


def test_every_slice_has_every_post_of_its_languages(made: dict[str, list[dict[str, Any]]]) -> None:
    posts = load_posts()
    counts = Counter(row["slice"] for row in made["slices"])
    for name, (_, languages) in EDITS.items():
        assert counts[name] == sum(languages is None or post["lang"] in languages for post in posts)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (strip_accents, "Cuando arreglan el bache de la calle Peña? Tambien hay basura, por favor @MADRID"),
        (capitalise, "¿CUÁNDO ARREGLAN EL BACHE DE LA CALLE PEÑA? TAMBIÉN HAY BASURA, POR FAVOR @MADRID"),
        (abbreviate, "cnd arreglan el bache d la c/ Peña? tb ai basura, x favor @MADRID"),
    ],
    ids=["accents", "capitals", "short"],
)
def test_what_is_done_to_a_post(change: Any, expected: str) -> None:
    assert change(POST, dice(1)) == expected


def test_slips_leave_handles_and_short_words_alone() -> None:
    for seed in range(50):
        slipped = misspell(POST, dice(seed))
        assert slipped.endswith("@MADRID")
        assert " el " in slipped
        assert abs(len(slipped) - len(POST)) < 15


def test_emoji_are_put_between_the_words_only() -> None:
    added = add_emoji(POST, dice(3))
    assert len(added) > len(POST)
    assert [word for word in added.split(" ") if word in POST.split(" ")] == POST.split(" ")


def test_a_mixed_post_has_words_of_the_neighbours() -> None:
    mixed = {mix_languages("hoy la calle y la gente", dice(seed)) for seed in range(30)}
    assert any("carrer" in one for one in mixed)
    assert any("rúa" in one for one in mixed)


def test_an_order_stands_in_the_whole_post_and_wants_another_label(made: dict[str, list[dict[str, Any]]]) -> None:
    posts = {post["id"]: post for post in load_posts()}
    assert len(made["injections"]) == 500
    for row in made["injections"]:
        clean = posts[row["of"]]
        assert str(clean[row["head"]]).lower() != row["wanted"]
        left = row["text"].replace("\n", " ").split(" ")
        for word in clean["text"].replace("\n", " ").split(" "):
            left.remove(word)
        assert left, row["id"]
    assert Counter(row["half"] for row in made["injections"]) == {"tune": 252, "measure": 248}
    assert not set(TUNE) & set(MEASURE)


def test_scores_are_those_counted_by_hand() -> None:
    gold = [{"id": str(n), "intent": i, "actionable": a} for n, (i, a) in enumerate([("news", True), ("news", False), ("other", True)])]
    said = [{"intent": "news", "actionable": True}, {"intent": "other", "actionable": True}, {"intent": "other", "actionable": False}]
    # news: 1 right of 2, 1 said: 2/3; other: 1 right of 1, 2 said: 2/3. true: 1 right of 2, 2 said: 1/2.
    assert score("intent", AnnotatedRows(gold, said)) == pytest.approx(2 / 3)
    assert score("actionable", AnnotatedRows(gold, said)) == 0.5


def test_a_label_that_an_order_changed_is_counted_with_what_it_wanted() -> None:
    clean = dict.fromkeys(("intent", "topic", "relevance", "language", "places"), "x") | {"sentiment": "negative", "actionable": True}
    gold = [{"id": "a"}, {"id": "a"}]
    order = {"of": "a", "half": "tune", "place": "after", "head": "sentiment", "wanted": "positive"}
    after = [clean | {"sentiment": "positive"}, clean | {"actionable": False}]
    table = injection_table([order, order], AnnotatedRows(gold[:1], [clean]), AnnotatedRows(gold, after))
    assert "| all | 2 | 1 | 0 | 0 | 1 | 0 | 0 | 0 | 1 |" in table
