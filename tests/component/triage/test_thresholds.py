"""Thresholds of triage: derived from labelled posts, with a bound that new posts keep; what a profile says by hand comes first."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config.city import City, load_city
from core.config.thresholds import ALL, SHIPPED, Cutoffs, Thresholds, load_thresholds, source_kind_of
from core.errors import ConfigurationError
from escucha.commands.thresholds.deriving import format_table
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile
from triage.thresholds import Scored, derive
from triage.thresholds.conformal import highest_threshold, lower_bound, lowest_precise_threshold, needed

MADRID = load_city(ROOT / "cities" / "madrid.toml")


def scored(count: int, population: str = "a", kind: str = "network", language: str = "es", low: float = 0.0) -> list[Scored]:
    """Posts with scores spread evenly above `low`: each second is actionable, and the surest are."""
    step = (1 - low) / count
    return [Scored(population, kind, language, round(low + step * n, 4), n % 2 == 0 or n > 0.8 * count) for n in range(count)]


def with_triage(**fields: object) -> City:
    return MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update=fields)})


@pytest.mark.parametrize("law", [random.Random.random, lambda dice: dice.betavariate(0.3, 2.0)], ids=["even", "low"])
@pytest.mark.parametrize(("count", "reach"), [(44, 0.95), (100, 0.9), (30, 0.95)])
def test_new_posts_keep_the_share_that_was_promised(law: Callable[[random.Random], float], count: int, reach: float) -> None:
    dice, kept, draws = random.Random(1), 0, 4000  # noqa: S311
    for _ in range(draws):
        found = highest_threshold([law(dice) for _ in range(count)], reach)
        assert found is not None
        assert found.bound >= reach - 1e-9
        kept += law(dice) >= found.threshold
    assert kept / draws >= reach - 0.012  # three standard errors of 4,000 draws
    assert kept / draws <= reach + 1 / count + 0.012  # and nothing is looked at beyond need


def test_a_promise_needs_so_many_labelled_posts() -> None:
    assert needed(0.95) == 19
    assert highest_threshold([0.5] * 18, 0.95) is None
    assert highest_threshold([0.5] * 19, 0.95) is not None


def test_the_exact_bound_on_a_share_is_that_of_the_tables() -> None:
    assert lower_bound(43, 44, 0.9) == pytest.approx(0.9144, abs=2e-3)
    assert lower_bound(20, 20, 0.95) == pytest.approx(0.05 ** (1 / 20), abs=1e-6)
    assert lower_bound(0, 5) == 0.0


def test_cases_open_from_where_few_enough_are_wrong() -> None:
    right = [(0.5 + n / 100, True) for n in range(40)]
    assert lowest_precise_threshold([*right, (0.2, False)], 0.1, 0.5) == 0.5
    assert lowest_precise_threshold([(score, False) for score, _ in right], 0.1, 0.5) is None


def test_the_hardest_file_decides_and_an_easy_one_hides_nothing() -> None:
    easy, hard = scored(400, "easy", low=0.6), scored(100, "hard")
    both, alone = derive([*easy, *hard], "m@1"), derive(hard, "m@1")
    assert both.cutoffs("network", "es", 0.95).review == alone.cutoffs("network", "es", 0.95).review


def test_a_group_with_too_few_posts_takes_the_thresholds_of_the_wider_one() -> None:
    found = derive([*scored(400), *scored(12, "b", "letter", "ca", low=0.5)], "m@1")
    wide = found.find("network", ALL, 0.95)
    assert wide is not None
    assert found.cutoffs("letter", "ca", 0.95).review == found.cutoffs(ALL, ALL, 0.95).review
    assert found.cutoffs("network", "eu", 0.95) == Cutoffs(wide[1].review, wide[0].act or 0.0)


def test_one_writer_is_no_language() -> None:
    posts = [*scored(400, "a"), *scored(400, "b"), *scored(100, "b", language="ca", low=0.7)]
    found = derive(posts, "m@1")
    assert found.cutoffs("network", "ca", 0.95) == found.cutoffs("network", ALL, 0.95)
    assert found.find("network", "es", 0.95) != found.find("network", ALL, 0.95)


def test_verdicts_of_people_never_raise_a_threshold() -> None:
    gold = scored(200)
    people = scored(200, "verdicts of people", low=0.5)  # they saw only what was above the threshold of that day
    assert (
        derive([*gold, *people], "m@1").cutoffs("network", "es", 0.95).review <= derive(gold, "m@1").cutoffs("network", "es", 0.95).review
    )


def test_a_higher_reach_costs_more_looks_and_too_high_a_one_is_refused() -> None:
    found = derive(scored(400), "m@1")
    [group] = [one for one in found.groups if (one.kind, one.language) == (ALL, ALL)]
    assert [one.review for one in group.promises] == sorted((one.review for one in group.promises), reverse=True)
    assert [one.looks for one in group.promises] == sorted(one.looks for one in group.promises)
    with pytest.raises(ConfigurationError, match=r"reach = 0.999: the labelled posts support 0.99 at most; lower it"):
        found.cutoffs("network", "es", 0.999)


def test_what_the_profile_says_by_hand_comes_first() -> None:
    derived = MADRID.cutoffs("x", "es")
    assert with_triage(act=0.9, review=0.4).cutoffs("x", "es") == Cutoffs(0.4, 0.9)
    assert with_triage(act=0.9).cutoffs("x", "es") == Cutoffs(derived.review, 0.9)
    assert with_triage(act=0.001).cutoffs("x", "es") == Cutoffs(0.001, 0.001)
    assert with_triage(review=0.95).cutoffs("x", "es") == Cutoffs(0.95, 0.95)


@pytest.mark.parametrize(
    ("source", "text", "kind"),
    [
        ("x", "", "network"),
        ("bluesky", "", "network"),
        ("decidim", "", "platform"),
        ("mailbox", "", "letter"),
        ("archive", "Más bancos en el parque", "platform"),
        ("archive", "@MADRID la farola", "network"),
        ("archive", "luz en #Vallecas", "network"),
    ],
)
def test_how_people_write_follows_from_the_source_and_in_an_archive_from_the_text(source: str, text: str, kind: str) -> None:
    assert source_kind_of(source, text) == kind


def test_the_style_of_a_record_from_a_file_comes_before_its_text() -> None:
    assert source_kind_of("archive", "Más bancos en el parque", "network") == "network"
    assert source_kind_of("archive", "@MADRID la farola", "platform") == "platform"
    assert MADRID.cutoffs("archive", "es", "aquí igual", "network") == MADRID.cutoffs("x", "es")


def test_the_shipped_thresholds_belong_to_the_shipped_reader() -> None:
    """After the reader was trained: `make derive-thresholds`."""
    revision = load_weights(MODELS / DEFAULT).model.rpartition(".")[0]
    assert load_thresholds(SHIPPED).model.rpartition(".")[0] == revision


def test_the_shipped_thresholds_keep_what_they_promise() -> None:
    for kind in ("network", "platform", "letter"):
        found = load_thresholds(SHIPPED).find(kind, "es", 0.95)
        assert found is not None
        assert found[1].bound >= 0.95
        assert found[1].reach >= 0.95


def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text("{}")
    with pytest.raises(ConfigurationError, match=r"t.json: not a file of thresholds .*escucha thresholds --write"):
        load_thresholds(path)


def test_the_command_prints_the_table_and_writes_only_where_it_is_told(tmp_path: Path) -> None:
    posts, gold = tmp_path / "posts.jsonl", tmp_path / "gold.jsonl"
    write_posts(posts, 3)
    lines = [
        {"text": text, "actionable": good, "source": "x"}
        for n in range(20)
        for text, good in ((f"Hay un socavón enorme en la calle de Embajadores {n + 1}", True), (f"Buenos días, {n}", False))
    ]
    gold.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    env = environment(tmp_path / "home", write_profile(tmp_path, posts))
    printed = escucha("thresholds", "--gold", str(gold), env=env).stdout.decode()
    assert "network   *        40      20" in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city.toml", "gold.jsonl", "home", "posts.jsonl"]
    made = tmp_path / "made.json"
    escucha("thresholds", "--gold", str(gold), "--write", str(made), env=env)
    assert list(format_table(load_thresholds(made), 0.95)) == printed.splitlines()
    refused = escucha("thresholds", "--gold", str(gold), "--reach", "0.99", env=env, check=False)
    assert refused.returncode == 2
    assert b"the labelled posts support 0.95 at most" in refused.stderr


def test_a_file_survives_its_way_to_disk(tmp_path: Path) -> None:
    found = derive(scored(400), "m@1")
    (tmp_path / "t.json").write_text(found.model_dump_json())
    assert load_thresholds(tmp_path / "t.json") == found
    assert isinstance(found, Thresholds)


def test_what_is_said_to_the_city_has_bars_of_its_own_and_else_those_of_its_network() -> None:
    assert MADRID.stream_of("x", "@MADRID la farola de mi calle") == "mention"
    assert MADRID.stream_of("x", "@MADRIDista la farola") == "network"
    assert MADRID.stream_of("mailbox", "A @MADRID: la farola") == "letter"
    found = derive([*scored(400), *scored(300, "b", "mention", low=0.5)], "m@1")
    assert found.cutoffs("mention", "es", 0.95) != found.cutoffs("network", "es", 0.95)
    without = derive(scored(400), "m@1")
    assert without.cutoffs("mention", "es", 0.95) == without.cutoffs("network", "es", 0.95)


def test_small_files_are_judged_together_and_a_large_one_by_itself() -> None:
    large, small, other = scored(400, "large"), scored(60, "small", low=0.3), scored(60, "other", low=0.5)
    together = [one._replace(population="one") for one in (*small, *other)]
    apart = derive([*large, *small, *other], "m@1").cutoffs("network", "es", 0.95)
    assert apart == derive([*large, *together], "m@1").cutoffs("network", "es", 0.95)


def test_the_curve_says_how_many_are_expected_and_at_most() -> None:
    group = next(one for one in derive(scored(400), "m@1").groups if (one.kind, one.language) == (ALL, ALL))
    assert sum(step.posts for step in group.curve) == 400
    assert group.chance(0.95) == (1.0, 1.0)  # all of the surest are actionable
    share, most = group.chance(0.3)
    assert 0.4 < share < 0.6 < most < 0.75
    assert Thresholds(model="m@1", gold=(), groups=()).chance(0.3) == (0.3, 1.0)
