"""Snowballs: a debate under a proposal is no crowd of witnesses, and two proposals are one only when they ask for the same."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from core.records.decision import Decision
from tests.support.decided_before import DecidedBefore
from tests.unit.triage.test_triage_incidents import LEAK, MADRID as PROFILE, Read, one_incident, outcomes, said
from triage import decide
from triage.answers import LONG_THREAD
from triage.decide import Triage
from triage.incident_matching import IncidentIndex
from triage.incident_matching.debates import SURE, WORTH_ASKING, asks_the_same, of_proposals

MADRID = PROFILE.model_copy(update={"triage": PROFILE.triage.model_copy(update={"proposals": "case"})})
"""A city whose proposals open cases."""
DAY = 24 * 60
LANE = "Carril bici en la calle de Embajadores. Proponemos un carril bici protegido de Atocha a Legazpi, con semáforos propios."
BINS = "Más papeleras en la calle de Alcalá 200. Faltan papeleras en toda la acera y la basura acaba en los alcorques de los árboles."
BENCHES = "Más bancos en la calle de Alcalá 200. Faltan bancos en toda la acera y los mayores acaban sentados en los alcorques."


def proposed(name: str, text: str = LANE, minutes: int = 0, topic: str = "cycling_scooters", **more: object) -> Read:
    """A proposal of a participation platform: it opens a thread of its own."""
    fields = {"source": "consul", "thread": name.ljust(32, "0"), "intent": "suggestion", "sentiment": "neutral"}
    return said(name, text, minutes, topic=topic, **(fields | more))  # type: ignore[arg-type]


def commented(name: str, text: str, minutes: int, under: Read, answers: Read | None = None, **more: object) -> Read:
    """A comment in the debate under a proposal."""
    fields = {"source": "consul", "thread": under[0].post_id, "score": 0.02, "topic": "other"}
    return said(name, text, minutes, answers=answers or under, **(fields | more))  # type: ignore[arg-type]


def debate(root: Read, count: int) -> list[Read]:
    """Opinions on a proposal, each answering the one before."""
    found = [root]
    for n in range(count):
        text = f"No estoy de acuerdo con lo que dices en el {n}, el carril bici de Embajadores no lo pide nadie"
        found.append(commented(f"c{n:03d}", text, 10 + n, root, found[-1]))
    return found


def test_a_long_debate_is_read_with_its_case_and_does_not_swell_it() -> None:
    found = decide(MADRID, debate(proposed("a"), 120))
    assert outcomes(found) == ["in_case"] + 120 * ["no_case"]
    assert one_incident(found)
    assert found[0].case is not None
    assert found[0].case.post_ids == (found[0].post_id,)
    assert found[1].reason == "thread: a debate, and reports nothing itself: actionable 0.020 < 0.50"


def test_posts_of_a_network_in_a_file_are_no_debate() -> None:
    """An export of tweets has no handle in most of them: a reply is a witness, and likeness joins."""
    root = said("a", LEAK, source="archive", style="network")
    found = decide(
        MADRID,
        [
            root,
            said("b", "aquí también, y van dos días", 5, 0.02, answers=root, source="archive", style="network"),
            said("c", f"Sigue igual: {LEAK}", 9, source="archive", style="network"),
        ],
    )
    assert outcomes(found) == ["in_case"] * 3
    assert one_incident(found)


def test_a_comment_that_reports_something_is_a_witness() -> None:
    root = proposed("a")
    found = decide(MADRID, [root, commented("b", "Ayer atropellaron a otro ciclista ahí, hay un bache", 5, root, score=0.7)])
    assert outcomes(found) == ["in_case", "in_case"]
    assert found[1].reason.startswith("joined: answers a post of it")


def test_a_comment_that_may_report_something_is_seen_by_a_person() -> None:
    eager = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"review": 0.1})})
    quiet, root = proposed("a", score=0.05), proposed("c", BINS, score=0.4)
    found = decide(
        eager,
        [
            quiet,
            commented("b", "En mi portal hay una fuga", 5, quiet, score=0.3),
            root,
            commented("d", "En mi portal hay una fuga", 9, root, score=0.3),
        ],
    )
    by_id = {one.post_id[0]: one for one in found}
    assert [by_id[name].outcome for name in "abcd"] == ["no_case", "in_review", "in_review", "no_case"]
    assert by_id["d"].reason.startswith("thread: a debate")  # who looks at its proposal gets the thread


def test_a_comment_that_a_person_marked_is_a_witness() -> None:
    root = proposed("a")
    assert outcomes(decide(MADRID, [root, commented("b", "Yo también", 5, root, person=True)])) == 2 * ["in_case"]


def test_a_comment_whose_parent_is_gone_belongs_to_its_debate() -> None:
    root, gone = proposed("a"), said("gone")
    found = decide(MADRID, [root, commented("b", "Eso mismo digo yo", 5, root, gone)])
    assert one_incident(found)
    assert found[1].outcome == "no_case"


def test_a_comment_is_no_bridge_to_what_is_written_elsewhere() -> None:
    root = proposed("a")
    words = commented("b", BINS, 5, root, score=0.9, topic="waste_cleaning")
    report = said("d", BINS, 60, topic="waste_cleaning")
    found = decide(MADRID, [root, words, proposed("c", BINS, 30, "waste_cleaning"), report])
    assert found[0].belongs_to == found[1].belongs_to != found[2].belongs_to
    assert found[3].belongs_to != found[0].belongs_to


def test_comments_do_not_say_what_their_case_is_about() -> None:
    root = proposed("a", score=0.8)
    more = [
        commented(
            f"b{n}",
            f"Bache en la calle de Bravo Murillo {n}, y van tres",
            n + 1,
            root,
            score=0.99,
            topic="roads_pavements",
            intent="complaint",
        )
        for n in range(5)
    ]
    case = decide(MADRID, [root, *more])[-1].case
    assert case is not None
    assert case.title.startswith("Carril bici")
    assert (case.topic, case.place, case.kind) == ("cycling_scooters", "Calle de Embajadores", "proposal")
    assert len(case.post_ids) == 6


def test_comments_do_not_keep_an_incident_open() -> None:
    root = proposed("a")
    late = [commented("b", f"{LANE} Y nada.", 15 * DAY, root, score=0.9), proposed("c", LANE, 30 * DAY)]
    found = decide(MADRID, [root, *late])
    assert found[0].belongs_to == found[1].belongs_to != found[2].belongs_to


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((BINS, "waste_cleaning"), (BENCHES, "waste_cleaning")),
        ((LANE, "cycling_scooters"), (LANE.replace("Embajadores", "Bravo Murillo"), "cycling_scooters")),
        ((LANE, "cycling_scooters"), (LANE.replace("de Atocha a Legazpi", "ya"), "traffic_parking")),
    ],
    ids=["another thing in the same place", "the same thing in another street", "another service"],
)
def test_two_proposals_stay_two(first: tuple[str, str], second: tuple[str, str]) -> None:
    posts = [proposed("a", first[0], 0, first[1]), proposed("b", second[0], 60, second[1])]
    assert not one_incident(decide(MADRID, posts))


def test_the_same_proposal_sent_twice_is_one() -> None:
    found = decide(MADRID, [proposed("a"), proposed("b", f"{LANE} Gracias.", 60)])
    assert one_incident(found)
    assert found[1].reason.startswith("joined: likeness 0.")


def test_a_chain_of_like_proposals_ends_at_the_first() -> None:
    forms = [Triage(MADRID).features(*one) for one in (proposed("a", LANE), proposed("b", BINS, topic="waste_cleaning"))]
    same = Triage(MADRID).features(*proposed("c", "Un carril bici para la calle de Embajadores. Ya toca."))
    assert asks_the_same(same, forms[0])
    assert of_proposals(same, forms[0], SURE, 0.6) == SURE
    assert of_proposals(same, forms[1], 0.99, 0.6) == pytest.approx(0.495)
    assert of_proposals(same, forms[1], 0.99, 0.3) == pytest.approx(0.29)
    assert of_proposals(same, forms[1], 2 * WORTH_ASKING - 0.01, 0.6) == 0


def test_answers_to_a_report_on_a_network_are_witnesses() -> None:
    leak = said("a")
    more = [said(f"b{n}", f"Aquí también, en el {n}", n, score=0.01, topic="other", answers=leak) for n in range(1, 12)]
    found = decide(MADRID, [leak, *more])
    assert outcomes(found) == 12 * ["in_case"]
    assert one_incident(found)


def test_a_very_long_thread_swells_no_case() -> None:
    leak = said("a")
    more = [said(f"b{n:03d}", f"Menudo lío {n}", n, score=0.01, topic="other", answers=leak) for n in range(1, 200)]
    sure = said("c", "El agua entra ya en el garaje", 300, score=0.7, answers=more[-1])
    found = decide(MADRID, [leak, *more, sure])
    assert outcomes(found).count("in_case") == LONG_THREAD + 1
    assert one_incident(found)
    assert found[-1].outcome == "in_case"
    assert found[-2].reason == "thread: a long thread, and reports nothing itself: actionable 0.010 < 0.50"
    assert found[-2].keys == ()


def test_who_answers_a_comment_finds_no_likeness_by_it() -> None:
    index, root = IncidentIndex(), proposed("a")
    comment, form = (Triage(MADRID).features(*one) for one in (commented("b", LEAK, 5, root), said("c", LEAK, 9)))
    index.add(Triage(MADRID).features(*root), "I-1")
    index.add(comment, "I-1")
    assert index.near(form, 60) == [root[0].post_id]
    assert index.parent(Triage(MADRID).features(*commented("d", "No", 9, root, commented("b", LEAK, 5, root)))) == "I-1"


DEBATED = 43


@cache
def whole_debate() -> Sequence[Read]:
    """Make proposals with what people wrote below them, oldest first; not at import: the gazetteer takes a second."""
    other = proposed("q", BINS, 40, "waste_cleaning", score=0.3)
    below = (commented(f"r{n}", f"Bien {n}", 41 + n, other, score=0.1 * n) for n in range(9))
    alike = proposed("s", BINS, 90, "waste_cleaning"), proposed("t", BENCHES, 95, "waste_cleaning")
    made = [*debate(proposed("p"), 30), other, *below, *alike]
    assert len(made) == DEBATED
    return sorted(made, key=lambda one: (one[0].created_at, one[0].post_id))


@cache
def at_once() -> list[Decision]:
    """Decide the whole debate in one batch."""
    return decide(MADRID, whole_debate())


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(1, DEBATED - 1), max_size=6))
def test_batches_never_change_a_debate(cuts: set[int]) -> None:
    posts, decided = whole_debate(), list[Decision]()
    for start, end in pairwise([0, *sorted(cuts), len(posts)]):
        decided += decide(MADRID, posts[start:end], DecidedBefore(posts[:start], decided))
    assert [one.belongs_to for one in decided] == [one.belongs_to for one in at_once()]
    read_only = [one.reason for one in at_once() if one.reason.startswith("thread: ")]
    assert [one.reason for one in decided if one.reason.startswith("thread: ")] == read_only
    assert len(read_only) > 30
