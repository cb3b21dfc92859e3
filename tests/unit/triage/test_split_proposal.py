"""Test which posts of a case are proposed for splitting."""

import pytest

from triage.split_proposal import Witness, propose_split

SOL, NEAR_SOL, VALLECAS = (40.4169, -3.7035), (40.4180, -3.7040), (40.3850, -3.6600)


def said(
    name: str, topic: str = "street_lighting", score: float = 0.95, point: tuple[float, float] | None = SOL
) -> Witness:
    return Witness(
        name, topic, score, point, {SOL: "Sol", NEAR_SOL: "Sol 2", VALLECAS: "Vallecas"}.get(point or (0, 0))
    )


def test_a_later_post_of_another_place_is_proposed_and_the_next_like_it_too() -> None:
    found = propose_split([said("a"), said("b", point=NEAR_SOL), said("c", point=VALLECAS), said("d", point=VALLECAS)])
    assert found is not None
    assert (found.post_ids, found.reason) == (("c", "d"), "place")
    assert (found.of_case, found.of_posts) == ("Sol", "Vallecas")


def test_a_later_post_of_another_topic_is_proposed_where_no_place_says_it_is_the_same() -> None:
    found = propose_split([said("a", point=None), said("b", "waste_cleaning", point=None)])
    assert found is not None
    assert (found.post_ids, found.reason, found.of_case, found.of_posts) == (
        ("b",), "topic", "street_lighting", "waste_cleaning",
    )  # fmt: skip


@pytest.mark.parametrize(
    "second",
    [
        said("b"),
        said("b", point=None),
        said("b", "waste_cleaning"),  # another topic at the same place
        said("b", "waste_cleaning", 0.6, None),  # a topic that is not sure
        said("b", "other", point=None),
    ],
)
def test_what_does_not_clearly_differ_is_not_proposed(second: Witness) -> None:
    assert propose_split([said("a"), second]) is None


def test_places_along_a_street_stay_together() -> None:
    street = [(40.40 + 0.004 * n, -3.70) for n in range(6)]  # 445 m from each to the next, 2.2 km in all
    assert propose_split([said(str(n), point=point) for n, point in enumerate(street)]) is None


def test_places_that_share_a_name_may_be_one_place() -> None:
    square = Witness("a", "water_sewage", 0.95, SOL, "Plaza de Daoíz y Velarde")
    street = Witness("b", "culture_sports_events", 0.97, VALLECAS, "Calle de Velarde")
    assert propose_split([square, street]) is None
    elsewhere = Witness("b", "water_sewage", 0.97, VALLECAS, "Plaza de la Albufera")
    assert propose_split([square, elsewhere]) is not None


def test_one_post_and_none_have_nothing_to_split() -> None:
    assert propose_split([said("a")]) is None
    assert propose_split([]) is None
