"""The same-incident rule: two posts at one street about one thing are one incident, and what a person can check tells why not."""

import hashlib
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.city import City, load_city
from core.decision import KnownIncident
from core.errors import ConfigurationError
from core.parts import ROOT
from core.post import Post
from core.reading import Label, Place, Reading
from escucha.marked_pairs import PAIRS, Verdict, read_posts, rows
from escucha.score_incidents import judge
from escucha.teach_same import fit
from nlp.weights import DEFAULT, MODELS, load_weights
from triage.decide import decide
from triage.likeness import chance, read, signs
from triage.said import Said
from triage.things import things

MADRID = load_city(ROOT / "cities" / "madrid.toml")
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
NEAR, FAR = 0.96, 0.90
"""Cosines of two wordings of one thing, and of two texts that share a street and a tone."""


def street(name: str, district: str = "Salamanca") -> Place:
    return Place(text=name, kind="street", key=f"street:{name}", name=name, district=district, sure=0.9)


ALCALA, ATOCHA = street("calle de Alcalá"), street("calle de Atocha", "Centro")
CENTRO = Place(text="Centro", kind="district", key="district:1", name="Centro", district="Centro", sure=0.95)
DARK = "Faltan farolas en la calle de Alcalá. De noche no se ve nada."
DARK_TOO = "La calle de Alcalá sigue a oscuras, hacen falta farolas nuevas."
BUS = "Pedimos una marquesina en la parada de autobús de la calle de Alcalá."


def said(
    name: str, text: str, *places: Place, cosine: float = 1.0, topic: str = "street_lighting", thread: str | None = None
) -> Said:
    post = Post(
        post_id=name.ljust(32, "0"), source="archive", text=text, created_at=NOON, received_at=NOON, thread=thread
    )
    labels = {
        "actionable": Label(question="actionable", value=True, score=0.95, model="m@1"),
        "relevance": Label(question="relevance", value=True, score=0.9, model="m@1"),
        "topic": Label(question="topic", value=topic, score=0.9, model="m@1"),
        "intent": Label(question="intent", value="complaint", score=0.9, model="m@1"),
        "places": Label(question="places", value=places, score=0.9, model="m@1"),
    }
    vector = np.array([cosine, math.sqrt(1 - cosine**2)], dtype="<f2").tobytes()
    return Said(post, Reading(post_id=post.post_id, embedding=vector, labels=labels, model="m@1"))


def opens(*posts: Said, city: City = MADRID) -> list[bool]:
    return [decision.opens for decision in decide(city, [(one.post, one.reading) for one in posts], [])]


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (said("b", DARK_TOO, ALCALA, cosine=NEAR), True),
        (said("b", DARK, ALCALA, cosine=1.0), True),
        (said("b", BUS, ALCALA, cosine=FAR, topic="public_transport"), False),
        (said("b", DARK.replace("Alcalá", "Atocha"), ATOCHA, cosine=1.0), False),
        (said("b", "Faltan farolas en el barrio.", cosine=FAR), False),
        (said("b", DARK_TOO, ALCALA, cosine=0.5), False),
    ],
    ids=[
        "other words for one thing in one street",
        "a copy",
        "another thing in one street",
        "the same words about another street",
        "no place",
        "texts with nothing in common but their words",
    ],
)
def test_one_thing_in_one_street_is_one_incident(other: Said, together: bool) -> None:
    assert opens(said("a", DARK, ALCALA), other) == [True, not together]


def test_copies_without_a_place_are_one_incident() -> None:
    text = "Cada noche cortan el agua en todo el edificio y nadie avisa."
    copies = [said(name, text, topic="water_sewage") for name in "ab"]
    assert opens(*copies) == [True, False]


def test_a_place_that_is_named_but_not_sure_still_counts_by_its_words() -> None:
    unsure = ALCALA.model_copy(update={"sure": 0.4})
    assert said("a", DARK, unsure).about == ()
    assert said("a", DARK, unsure).mentions(said("b", DARK_TOO, ALCALA)) == 1.0


@pytest.mark.parametrize("cosine", [FAR, NEAR, 1.0])
def test_posts_about_two_streets_are_never_one_incident_however_alike(cosine: float) -> None:
    one, other = (
        said("a", "Farolas rotas en Alcalá.", street("Alcalá")),
        said("b", "Farolas rotas en Goya.", street("Goya")),
    )
    assert chance(read(), one, other, cosine) == 0.0


def test_the_first_sentence_says_what_place_a_post_is_about() -> None:
    first = said("a", "Basura en la calle de Alcalá. La calle de Atocha ya está limpia.", ATOCHA, ALCALA)
    second = said("b", "Basura en la calle de Atocha. Y también en la calle de Alcalá.", ATOCHA, ALCALA)
    assert [one.keys for one in (first, second)] == [{"street:calle de Alcalá"}, {"street:calle de Atocha"}]


def test_a_post_joins_the_nearest_of_two_incidents() -> None:
    lights, bus = said("a", DARK, ALCALA), said("b", BUS, ALCALA, cosine=FAR, topic="public_transport")
    third = said("c", BUS.replace("Pedimos", "Queremos"), ALCALA, cosine=0.91, topic="public_transport")
    decisions = decide(MADRID, [(one.post, one.reading) for one in (lights, bus, third)], [])
    assert [decision.opens for decision in decisions] == [True, True, False]
    assert decisions[2].incident is not None
    assert decisions[2].incident.post_ids == (bus.post.post_id, third.post.post_id)


def test_a_thousand_incidents_are_each_found_again() -> None:
    posts = [
        said(f"{number:04d}{again}", DARK.replace("de Alcalá", f"Número{number}"), street(f"calle Número{number}"))
        for again in "ab"
        for number in range(1000)
    ]
    assert opens(*posts) == [True] * 1000 + [False] * 1000


OTHER = "El autobús de la línea 5 no pasa nunca a su hora"


def crowd(count: int) -> list[Said]:
    """Posts of a storm: as near as can be, about something else in a street of their own."""
    return [
        said(f"{number:03d}x", f"{OTHER} {number}", street(f"calle Número{number}"), topic="public_transport")
        for number in range(count)
    ]


@pytest.mark.parametrize(("before", "found"), [(199, True), (200, False)])
def test_of_a_storm_of_posts_the_two_hundred_nearest_are_looked_at(before: int, found: bool) -> None:
    copy = "Cortan el agua en todo el edificio cada noche"
    # in one batch: the first copy is farther from the second than all of the crowd
    first, second = said("a", copy, cosine=FAR), said("b", copy)
    assert opens(first, *crowd(before), second)[-1] is not found


def test_of_a_storm_of_posts_those_that_name_the_same_place_are_looked_at_however_many_are_nearer() -> None:
    first, second = said("a", DARK, ALCALA, cosine=NEAR), said("b", DARK_TOO, ALCALA)
    assert opens(first, *crowd(230), second)[-1] is False


def test_of_two_incidents_that_both_are_likely_enough_the_nearer_one_takes_the_post() -> None:
    city = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"similar": 0.001})})
    far, near = said("a", DARK, ALCALA, cosine=FAR), said("b", BUS, ATOCHA, cosine=0.999, topic="public_transport")
    post = said("c", f"{DARK} {BUS}", ALCALA, ATOCHA)
    decisions = decide(city, [(one.post, one.reading) for one in (far, near, post)], [])
    assert [one.opens for one in decisions] == [True, True, False]
    assert decisions[2].incident is not None
    assert decisions[2].incident.post_ids == (near.post.post_id, post.post.post_id)


def test_as_much_likeness_as_the_profile_asks_for_is_enough() -> None:
    one, other = said("a", DARK, ALCALA), said("b", DARK_TOO, ALCALA, cosine=NEAR)
    cosine = float(one.vector @ other.vector)
    similar = chance(read(), one, other, cosine)
    triage = MADRID.triage.model_copy(update={"similar": similar})
    assert opens(one, other, city=MADRID.model_copy(update={"triage": triage})) == [True, False]


@pytest.mark.parametrize(("posts", "more"), [(5, 5), (0, 1)], ids=["counted", "not counted: its members"])
def test_a_known_incident_brings_the_number_of_its_posts(posts: int, more: int) -> None:
    one, other = said("a", DARK, ALCALA), said("b", DARK_TOO, ALCALA, cosine=NEAR)
    [opened] = decide(MADRID, [(one.post, one.reading)], [])
    assert opened.incident is not None
    assert opened.case is not None
    known = KnownIncident(
        incident=opened.incident, case=opened.case, members=((one.post, one.reading),), closed_at=None, posts=posts
    )
    [joined] = decide(MADRID, [(other.post, other.reading)], [known])
    assert joined.reason.endswith(f"same incident as {more} more")


def test_the_profile_may_ask_for_more_or_less_likeness() -> None:
    one, other = said("a", DARK, ALCALA), said("b", DARK_TOO, ALCALA, cosine=NEAR)
    likely = chance(read(), one, other, NEAR)
    for similar, together in ((likely - 0.01, True), (min(1.0, likely + 0.01), False)):
        triage = MADRID.triage.model_copy(update={"similar": similar})
        assert opens(one, other, city=MADRID.model_copy(update={"triage": triage})) == [True, not together]


def test_likeness_is_the_same_both_ways() -> None:
    one, other = said("a", DARK, ALCALA, thread="t"), said("b", f"{BUS} {DARK}", ALCALA, CENTRO, thread="t")
    assert chance(read(), one, other, 0.93) == chance(read(), other, one, 0.93)


@pytest.mark.parametrize(
    ("sign", "speaks_for"),
    [
        ("cosine", True),
        ("places of one in the other", True),
        ("other districts", False),
        ("headline words in the other", True),
        ("things of one in the other", True),
        ("other things", False),
        ("same service", True),
        ("same conversation", True),
    ],
)
def test_each_sign_speaks_the_way_a_person_would_expect(sign: str, speaks_for: bool) -> None:
    assert (read().weights[sign] > 0) == speaks_for


def test_the_signs_of_two_posts_can_be_checked_by_hand() -> None:
    one = said("a", DARK, ALCALA, thread="t")
    other = said("b", BUS, ALCALA, ATOCHA, topic="public_transport", thread="t")
    found = signs(read(), one, other, 0.9)
    assert found["cosine"] == 0.9
    assert found["places of one in the other"] == 1.0  # the headline of `other` names Alcalá alone, as that of `one`
    assert found["places in common"] == 0.5  # Alcalá of Alcalá and Atocha
    assert found["other things"] == 1.0  # lighting; bus
    assert found["same service"] == pytest.approx(-0.81)  # 0.9 * 0.9, and the services differ
    assert found["same conversation"] == 1.0
    assert found["lengths"] == pytest.approx(math.log(len(BUS) / len(DARK)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Queremos zona SER en el barrio", {"regulated parking"}),
        ("Estacionamiento regulado ya", {"regulated parking", "parking"}),
        ("Puede ser mejor así", set()),
        ("Faltan farolas y el ascensor no va", {"lighting", "lift"}),
        ("Un carril bici y más BiciMAD", {"cycle lane", "hired bicycles"}),
        ("Árboles y bancos a la sombra", {"trees", "benches", "shade"}),
        ("The street lamp is broken", set()),
        ("", set()),
    ],
)
def test_things_are_known_by_the_words_people_use(text: str, expected: set[str]) -> None:
    assert things(text, said("a", text).folded) == expected


def test_what_was_taught_belongs_to_the_shipped_reader_and_to_the_marked_pairs() -> None:
    taught, again = read(), "teach it anew: python -m escucha.teach_same"
    one, other = said("a", DARK, ALCALA), said("b", BUS, ALCALA)
    assert list(taught.weights) == list(signs(taught, one, other, 0.9)), again
    assert taught.model == load_weights(MODELS / DEFAULT).model, again
    assert taught.pairs == hashlib.sha256(PAIRS.read_bytes()).hexdigest(), again


def test_a_missing_or_damaged_rule_names_the_command_that_writes_it(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.json"
    damaged.write_text('{"weights": {}}', encoding="utf-8")
    for path in (tmp_path / "missing.json", damaged):
        with pytest.raises(ConfigurationError, match=r"python -m escucha\.teach_same"):
            read(path)


def test_teaching_finds_the_sign_that_tells_and_is_repeatable() -> None:
    same = np.array([0.0, 1.0] * 50)
    values = np.column_stack([same + np.linspace(0, 0.1, 100), np.tile([0.0, 0.0, 1.0, 1.0], 25)])
    first, second = (fit(["tells", "says nothing"], values, same, np.ones(100)) for _ in range(2))
    assert first == second
    assert first[1]["tells"] > 1
    assert abs(first[1]["says nothing"]) < 0.1


def test_no_held_out_post_was_ever_learned_from() -> None:
    held = set(_posts(row for row in rows() if row["half"] == "heldout"))
    assert held.isdisjoint(_posts(row for row in rows() if row["half"] != "heldout"))
    assert len(held) > 400


@pytest.mark.slow
def test_the_pairs_as_they_come_are_told_apart() -> None:
    flow = [row for row in rows() if row["half"] == "flow"]
    posts = read_posts(MADRID, set(_posts(flow)))
    pairs = [judge(MADRID, row, posts[str(row["a"])], posts[str(row["b"])]) for row in flow]
    verdicts: list[Verdict] = [pair.verdict for pair in pairs if pair.act]
    right = sum(one.joined and one.same for one in verdicts)
    assert right >= 0.95 * sum(one.joined for one in verdicts)
    assert right >= 0.85 * sum(one.same for one in verdicts)


def _posts(marked: Iterable[dict[str, object]]) -> Iterable[str]:
    return [str(row[side]) for row in marked for side in ("a", "b")]
