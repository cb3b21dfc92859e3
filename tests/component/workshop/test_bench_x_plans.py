"""The measured cost of three ways of asking X: what its stub finds, and that the bill is X's own."""

from datetime import UTC, datetime, timedelta

import pytest

from nlp.annotator import Annotator
from tests.perf import bench_x_plans
from tests.support.deployment import TEXTS
from tests.support.stubs.listing import Said
from tests.support.stubs.x_query import finds
from tests.support.worlds import CITY


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("Madrid", "Qué bonito está #Madrid", True),
        ("Madrid", "@MADRID a ver las farolas", True),
        ("Madrid", "madrileños todos", False),
        ("(Madrid OR @Lineamadrid) (lang:es OR lang:en) -@MADRID", "La línea @lineamadrid no contesta", True),
        ("(Madrid OR @Lineamadrid) (lang:es OR lang:en) -@MADRID", "Madrid, @madrid, ¿y las farolas?", False),
        ("Madrid lang:en", "Madrid", False),
        ('("Las Palmas" OR Telde) lang:es', "En las palmas hay baches", True),
        ('("Las Palmas" OR Telde) lang:es', "Las otras palmas", False),
        ("(@a OR (Madrid (bache OR farola))) -(gol OR liga)", "Un bache en Madrid", True),
        ("(@a OR (Madrid (bache OR farola))) -(gol OR liga)", "Un bache en Madrid, y gol", False),
    ],
)
def test_the_scripted_x_finds_what_the_query_asks_for(query: str, text: str, found: bool) -> None:
    assert finds(query)(text) is found


@pytest.mark.slow
def test_a_post_is_billed_once_at_its_highest_price_and_a_copy_is_not_kept() -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    texts = [f"{TEXTS[0]} @MADRID"] * 2 + [f"{TEXTS[2]} Madrid", "Hoy no ceno"]
    posts = [Said(number, at, text=text) for number, text in enumerate(texts, start=1)]
    done = bench_x_plans.measure(bench_x_plans.MENTIONS, posts, Annotator(CITY))
    assert (done.billed, done.kept) == (3, 2)
    assert done.usd == pytest.approx(2 * 0.001 + 0.005)
    assert done.usd_for_1000_kept == pytest.approx(3.5)
