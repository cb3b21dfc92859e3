"""What a person decides at once is one look, and the looks that gain most come first."""

from triage.review import ReviewPost, looks, unread_estimate
from triage.review.looks import MOST


def chance(score: float) -> tuple[float, float]:
    return score, min(1.0, score + 0.1)


def waits(name: str, score: float = 0.5, together: str = "", risky: bool = False, author: str = "") -> ReviewPost:
    return ReviewPost(name, score, author or name, risky, (together,) if together else ())


def shown(*waiting: ReviewPost) -> list[list[str]]:
    return [[post.post_id for post in look.posts] for look in looks(waiting, chance)]


def test_posts_that_share_an_incident_or_a_thread_are_one_look_the_surest_first() -> None:
    assert shown(waits("a", 0.2, "t"), waits("b", 0.4, "t"), waits("c", 0.3)) == [["b", "a"], ["c"]]


def test_a_look_holds_what_a_person_reads_at_once() -> None:
    found = shown(*(waits(f"{n:02d}", 0.5, "t") for n in range(MOST + 3)))
    assert [len(look) for look in found] == [MOST, 3]


def test_a_risk_comes_before_what_is_surer() -> None:
    assert shown(waits("a", 0.9), waits("b", 0.4, risky=True)) == [["b"], ["a"]]


def test_many_voices_gain_more_than_one_and_copies_of_one_author_do_not() -> None:
    two, one = (waits("a", 0.4, "t"), waits("b", 0.4, "t")), waits("c", 0.45)
    assert shown(*two, one)[0] == ["a", "b"]
    loud = (waits("a", 0.4, "t", author="x"), waits("b", 0.4, "t", author="x"))
    assert shown(*loud, one)[0] == ["c"]


def test_what_is_left_unread_is_estimated_with_its_bound() -> None:
    expected, most = unread_estimate([0.1, 0.1, 0.3], chance)
    assert (round(expected, 2), round(most, 2)) == (0.5, 0.8)
    assert unread_estimate([], chance) == (0, 0)
