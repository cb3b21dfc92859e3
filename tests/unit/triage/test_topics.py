"""Which service an incident is about: by vote, with a certainty below which staff are asked."""

import pytest

from core.config.city import City
from core.config.thresholds import ALL, TopicBar
from core.records.annotation import Annotation, Label
from core.records.case import Case
from core.records.decision import Decision
from core.records.post import Post
from escucha.commands.thresholds.deriving import Labelled, matters as matters_of
from nlp.evaluation.gold_set import LabelledPost
from tests.support.triage_facts import MADRID, answers, decide_all, post, reading
from triage.incidents.by_hand import revoted
from triage.thresholds.topics import Matter, derive_topics
from triage.topics import Opinion, offered, vote

GENERAL = "Atención a la ciudadanía"
ASKING = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"topic": 0.5})})
"""A topic is decided from .50 on."""
ASKING_MORE = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"topic": 0.54})})
VAGUE = "Está fatal la calle de Alcalá"
"""Names nothing that one service mends."""
NEVER = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"topic": 0.0})})


def says(topic: str, score: float, text: int = 0, by_person: bool = False, *others: tuple[str, float]) -> Opinion:
    return Opinion(topic, score, by_person, others, actionable=0.75, fingerprint=text)


@pytest.mark.parametrize(
    ("opinions", "topic", "certainty"),
    [
        ([says("noise", 0.4)], "noise", 0.4),
        ([says("noise", 0.4, 1), says("noise", 0.5, 2)], "noise", 0.7),  # 1 - 0.6 * 0.5
        ([says("noise", 0.4, 1), says("noise", 0.4, 1)], "noise", 0.4),  # copies of one text
        ([says("noise", 0.6, 1), says("parks_trees", 0.2, 2)], "noise", 0.45),  # 0.6 / 0.8 of the votes
        ([says("other", 0.9, 1), says("noise", 0.4, 2)], "noise", 0.4),  # `other` is no vote against a service
        ([says("other", 0.9)], "other", 0.9),
        ([says("noise", 1.0, 1, True), says("parks_trees", 0.2, 2)], "noise", 1.0),  # a person says so too
    ],
)
def test_the_vote_is_as_certain_as_its_posts_agree(opinions: list[Opinion], topic: str, certainty: float) -> None:
    found = vote(opinions)
    assert (found.topic, round(found.certainty, 6)) == (topic, certainty)


def test_the_guess_and_the_next_likeliest_topics_are_offered() -> None:
    first = says("noise", 0.45, 1, False, ("safety_police", 0.3), ("parks_trees", 0.1))
    second = says("traffic_parking", 0.35, 2, False, ("noise", 0.2), ("safety_police", 0.15))
    assert offered([first, second]) == ("noise", "safety_police", "traffic_parking")
    assert offered([says("noise", 0.4)]) == ("noise",)  # annotated by a version that stored no others


def test_copies_of_a_labelled_text_are_told_as_in_triage() -> None:
    one = post("a")
    read = unsure(one, 0.4)
    copies = [Opinion.of(read, text) for text in ("¡Otra farola ROTA!", "otra farola rota")]
    assert vote(copies).certainty == 0.4


def unsure(of: Post, score: float, model: str = "m@1") -> Annotation:
    read = reading(of)
    return read.model_copy(
        update={"labels": read.labels | {"topic": Label(question="topic", value="waste_cleaning", score=score, model=model)}}
    )


def case_of(found: Decision) -> Case:
    assert found.case is not None
    return found.case


def shown(case: Case) -> tuple[str, str | None, str]:
    return case.topic, case.topic_guess, case.department


@pytest.mark.parametrize(
    ("score", "city", "expected"),
    [
        (0.50, ASKING, ("waste_cleaning", None, "Limpieza y residuos")),
        (0.49, ASKING, ("other", "waste_cleaning", GENERAL)),
        (0.01, NEVER, ("waste_cleaning", None, "Limpieza y residuos")),
    ],
    ids=["certain enough", "uncertain", "never ask"],
)
def test_a_case_of_an_uncertain_topic_goes_to_the_general_department(
    score: float, city: City, expected: tuple[str, str | None, str]
) -> None:
    one = post("a", text=VAGUE)
    [found] = decide_all((one, unsure(one, score)), city=city)
    assert shown(case_of(found)) == expected


def test_the_thing_that_is_named_settles_an_uncertain_topic_it_agrees_with() -> None:
    one = post("a", text="Hay basura en la calle de Alcalá")
    [found] = decide_all((one, unsure(one, 0.3)), city=ASKING)
    assert shown(case_of(found)) == ("waste_cleaning", None, "Limpieza y residuos")


def test_staff_are_asked_where_thing_and_topic_differ_with_the_thing_first() -> None:
    one = post("a", text="Hay un colchón en la calle de Alcalá")
    read = reading(one)
    doubt = Label(question="topic", value="noise", score=0.45, model="m@1")
    [found] = decide_all((one, read.model_copy(update={"labels": read.labels | {"topic": doubt}})), city=ASKING_MORE)
    assert shown(case_of(found)) == ("other", "waste_cleaning", GENERAL)


def test_more_posts_of_the_incident_decide_its_topic() -> None:
    first, second = (one.model_copy(update={"source": "x"}) for one in answers(2))
    found = decide_all((first, unsure(first, 0.4)), (second, unsure(second, 0.4)), city=ASKING)
    assert shown(case_of(found[1])) == ("waste_cleaning", None, "Limpieza y residuos")  # 1 - 0.6 * 0.6 = 0.64


def test_what_a_person_says_about_a_post_or_a_case_is_certain() -> None:
    one = post("a", text=VAGUE)
    [asked] = decide_all((one, unsure(one, 0.4)), city=ASKING)
    corrected = revoted(ASKING, case_of(asked), [(one, unsure(one, 1.0, model="person"))])
    assert shown(corrected) == ("waste_cleaning", None, "Limpieza y residuos")
    chosen = case_of(asked).model_copy(update={"topic": "noise", "topic_guess": None})
    new = revoted(ASKING, chosen, [(one, unsure(one, 0.4))], decided={"topic"})
    assert shown(new) == ("noise", None, "Seguridad y convivencia")


def test_a_case_under_work_keeps_a_service_when_its_posts_become_uncertain() -> None:
    one = post("a", text=VAGUE)
    [found] = decide_all((one, unsure(one, 0.9)), city=ASKING)
    new, worked = case_of(found), case_of(found).model_copy(update={"state": "assigned"})
    assert shown(revoted(ASKING, new, [(one, unsure(one, 0.4))])) == ("other", "waste_cleaning", GENERAL)
    assert shown(revoted(ASKING, worked, [(one, unsure(one, 0.4))])) == ("waste_cleaning", None, "Limpieza y residuos")


def test_an_uncertain_leak_is_as_urgent_as_a_certain_one() -> None:
    one = post("a", text=VAGUE)
    leaks = {score: case_of(decide_all((one, unsure_leak(one, score)), city=ASKING)[0]) for score in (0.3, 0.9)}
    assert leaks[0.3].topic == "other"
    assert leaks[0.3].priority_points == leaks[0.9].priority_points


def unsure_leak(of: Post, score: float) -> Annotation:
    read = reading(of)
    label = Label(question="topic", value="water_sewage", score=score, model="m@1")
    return read.model_copy(update={"labels": read.labels | {"topic": label}})


def matters(kind: str, count: int, right_from: float) -> list[Matter]:
    """Matters with certainties spread evenly, right from one certainty on."""
    return [Matter("a", kind, at / count, at / count >= right_from) for at in range(count)]


def test_the_bar_is_the_lowest_from_which_92_of_100_are_right() -> None:
    found = {one.kind: one for one in derive_topics(matters("network", 200, 0.4))}
    assert found[ALL].model_dump(exclude={"kind"}) == found["network"].model_dump(exclude={"kind"})
    bar = found[ALL]
    # from .355 on 9 of 129 are wrong, and the unseen one counts as wrong too: 10 of 130; from .35 on it would be 11 of 131
    assert bar == TopicBar(kind=ALL, bar=0.355, matters=200, asked=0.355, right=0.9302, right_before=0.6)


def test_a_kind_with_few_matters_uses_the_bar_of_all() -> None:
    found = derive_topics([*matters("network", 150, 0.4), *matters("letter", 20, 0.0)])
    assert [one.kind for one in found] == [ALL, "network"]


@pytest.mark.parametrize("some", [matters("network", 99, 0.0), matters("network", 200, 2.0)], ids=["few", "all wrong"])
def test_without_enough_right_matters_there_is_no_bar(some: list[Matter]) -> None:
    assert derive_topics(some) == ()


def labelled(text: str, topic: str, read_as: str, score: float, actionable: bool = True, incident: str | None = None) -> Labelled:
    one = post("a", source="x", text=text)
    label = Label(question="topic", value=read_as, score=score, model="m@1")
    annotation = reading(one)
    gold = LabelledPost(1, "1", text, {"topic": topic, "actionable": actionable}, ())
    return Labelled("a", "x", gold, incident, annotation.model_copy(update={"labels": annotation.labels | {"topic": label}}))


def test_a_matter_is_an_incident_or_an_actionable_post_of_none() -> None:
    found = list(
        matters_of(
            [
                labelled("ruido en Usera", "noise", "noise", 0.5, incident="I1"),
                labelled("aquí igual", "other", "noise", 0.5, actionable=False, incident="I1"),
                labelled("un bache", "roads_pavements", "traffic_parking", 0.6),
                labelled("buenos días", "other", "other", 0.9, actionable=False),
            ]
        )
    )
    assert found == [Matter("a", "network", 0.75, True), Matter("a", "network", 0.6, False)]
