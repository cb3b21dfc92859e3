"""Relevance: this city, and not another of its name, its club or the wide world."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from nlp_facts import NOW, ROOT, madrid, post

from core.city import City
from core.post import Post
from core.reading import Reading
from nlp.encoded import Encoded
from nlp.reader import Reader
from nlp.relevance import Options, classify

GOLD = Path(__file__).parent / "gold" / "relevance.jsonl"


@pytest.fixture(scope="module")
def city() -> City:
    return madrid()


def asked(
    city: City, texts: list[str], source: str = "x", own: bool = False, options: Options | None = None
) -> list[bool]:
    posts = [
        Post(post_id=str(n), source=source, text=text, created_at=NOW, received_at=NOW, own=own)
        for n, text in enumerate(texts)
    ]
    none = np.zeros((len(texts), 0), np.float32)
    encoded = Encoded(none, {}, {}, tuple(() for _ in texts), np.zeros(len(texts), np.bool_), "test@0")
    table = city.questions.get("relevance", {})
    labels = classify(city, options or Options.model_validate(table), posts, encoded)
    assert all((label.score > 0.5) == label.value for label in labels)
    return [label.value is True for label in labels]


def scores(city: City) -> tuple[float, float, list[str]]:
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    read = Reader(city, threads=2).read([post(number, row["text"]) for number, row in enumerate(rows)])
    found = [isinstance(each, Reading) and each.value("relevance") is True for each in read]
    right = [row["relevance"] for row in rows]
    both = sum(a and b for a, b in zip(found, right, strict=True))
    wrong = [row["text"] for row, a in zip(rows, found, strict=True) if a != row["relevance"]]
    return both / sum(found), both / sum(right), wrong


def test_the_gold_sentences(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    precision, recall, wrong = scores(city)
    with capsys.disabled():
        sys.stdout.write(
            f"\nrelevance, 100 sentences: precision {precision:.2f}, recall {recall:.2f}; wrong: {wrong}\n"
        )
    assert precision >= 0.90
    assert recall >= 0.85


def test_a_post_of_the_citys_own_platform_is_about_the_city_unless_refuted(city: City) -> None:
    assert asked(city, ["Estoy de acuerdo"], source="archive") == [True]
    assert asked(city, ["Estoy de acuerdo"], source="x") == [False]


def test_what_the_city_writes_itself_is_about_the_city(city: City) -> None:
    assert asked(city, ["Mañana cerramos antes"], own=True) == [True]


def test_the_profile_says_what_supports_and_what_refutes(city: City) -> None:
    options = Options.model_validate({"names": ["Guadalajara"], "near": ["Infantado"], "not": ["Jalisco", "Chivas"]})
    texts = ["Guadalajara necesita más bancos", "Guadalajara, Jalisco, celebra a sus Chivas", "Visita al Infantado"]
    assert asked(city, texts, options=options) == [True, False, False]


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="nott"):
        Options.model_validate({"nott": []})


def test_the_rule_knows_no_city_but_the_profiles(city: City) -> None:
    source = (ROOT / "nlp" / "relevance.py").read_text(encoding="utf-8")
    code = source.split('"""', 2)[2]
    assert (
        "madrid"
        not in code.lower().replace("`real madrid`, `atlético de madrid`, `madrid cf`", "").split("services =")[0]
    )
