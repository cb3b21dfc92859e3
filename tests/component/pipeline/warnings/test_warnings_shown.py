"""Test what the desk says of warnings, and where there can be none."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.profile.warnings import WarningRules
from core.config.settings import Settings
from desk.pages.analysis import warnings as warnings_page
from ledger import read
from ledger.database import Ledger
from pipeline.context import Context, now
from pipeline.steps.warn import warn
from pipeline.warnings import sightings
from reports.document.warning_words import course, reason, title
from tests.support.desk_client import browser
from tests.support.ledger_facts import NOW, SALT
from tests.support.warning_rig import ALCALA, HOUR, MADRID, MINUTE, run_at, told
from trends.records import Episode

pytest_plugins = ("tests.support.ledger_fixtures",)


@pytest.mark.parametrize(("language", "words"), [("en", ("Going on now", "usually none at this hour")), ("es", ("En curso", "las copias"))])
def test_the_desk_shows_the_warning_with_its_posts(
    context: Context, language: str, words: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told(context.ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin <b>agua", "water_sewage")
    run_at(context, NOW, monkeypatch)
    [one] = read.warnings(context.ledger)
    assert reason(one, language)
    assert "5" in course(one, context.city, language)
    client = browser(context, language)
    assert f'href="/warnings/{one.number}"' in client.get("/").text, "the first page shows open warnings"
    listed = client.get("/warnings").text
    assert words[0] in listed
    assert ALCALA in listed
    detail = client.get(f"/warnings/{one.number}").text
    assert detail.count('<article class="post">') == 5
    assert "Sin &lt;b&gt;agua" in detail
    assert client.get("/warnings/99").status_code == 404


@pytest.fixture
def bare(ledger: Ledger, tmp_path: Path) -> Context:
    """A city with early warning and no posts."""
    city = MADRID.model_copy(update={"warnings": WarningRules()})
    return Context(city=city, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)


@pytest.mark.parametrize("posts", [0, 1])
def test_a_new_city_is_told_that_nothing_can_be_unusual_yet(bare: Context, posts: int) -> None:
    told(bare.ledger, [now()] * posts, "Sin agua", "water_sewage")
    assert warn(bare) == {"warnings": 0, "grown": 0, "ended": 0}
    page = browser(bare).get("/warnings").text
    assert "Nothing can be unusual yet" in page
    assert "Nothing unusual at this moment." not in page
    told(bare.ledger, [now() - timedelta(days=8)], "Sin luz", "street_lighting")
    assert "Nothing unusual at this moment." in browser(bare).get("/warnings").text


def test_of_more_posts_than_are_read_the_oldest_are_left_out_and_said(
    bare: Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told(bare.ledger, [now() - n * HOUR for n in range(30)], "Sin agua", "water_sewage")
    monkeypatch.setattr(sightings, "MOST_POSTS", 20)
    monkeypatch.setattr(warnings_page, "MOST_READ", 20)
    with caplog.at_level("WARNING", "escucha"):
        assert warn(bare)["warnings"] == 0
    assert "only the newest 20 posts are read" in caplog.text
    assert "less than seven days, so nothing can be reported" in caplog.text
    page = browser(bare, "es").get("/warnings").text
    assert "Mensajes que se leen como máximo: 20." in page


@pytest.mark.parametrize(
    ("kind", "subject", "also", "name"),
    [
        (
            "place",
            "service:water_sewage|street|Calle de Andrés Mellado",
            (("place", "service:water_sewage|district|Chamberí"),),
            "Water and sewage in Calle de Andrés Mellado",
        ),
        ("near", "object:lamp|11246|-786", (("place", "object:lamp|barrio|Gaztambide"), ("word", "apagada")), "Street lamps in Gaztambide"),
        ("near", "service:noise|11246|-786", (("service", "noise"),), "Noise at one spot"),
        ("service", "noise", (("word", "botellón"), ("place", "service:noise|district|Centro")), "Noise in Centro"),
        ("service_place", "noise|street|Calle Mayor", (("word", "andamio"),), "Noise in Calle Mayor"),  # stored before 0.3
    ],
)
def test_a_warning_is_named_by_the_finest_place_and_what_is_wrong_there(
    kind: str, subject: str, also: tuple[tuple[str, str], ...], name: str
) -> None:
    one = read.EarlyWarning(
        number=1,
        kind=kind,
        subject=subject,
        started_at=NOW,
        detected_at=NOW,
        last_at=NOW,
        ended_at=None,
        people=5,
        counted=5,
        expected=0.0,
        window_s=1800,
        score=9.0,
        also=also,
        shown=(),
        example=False,
        announced=5,
    )
    assert title(one, "en") == name


@pytest.mark.parametrize(
    ("named", "place"),
    [
        (["Calle Mayor", "Calle Mayor", "Calle del Arenal", "Calle de Bailén"], "street|Calle Mayor"),
        (["Calle Mayor", "Calle del Arenal", "Calle de Bailén", "Calle de la Cruz"], "barrio|Sol"),
    ],
)
def test_a_spot_has_the_name_of_the_street_that_a_third_name_or_of_its_neighbourhood(named: list[str], place: str) -> None:
    ids = tuple(f"p{n}" for n in range(len(named)))
    places: dict[str, tuple[tuple[str, str], ...]] = {
        one: (("barrio", "Sol"), ("street", street)) for one, street in zip(ids, named, strict=True)
    }
    seen = sightings.Seen((), frozenset(), {}, places)
    found = Episode(
        ("near", "object:lamp|1|2"), NOW, NOW, NOW, ended=False, people=4, expected=0.1, window=HOUR, counted=4, score=9.0, post_ids=ids
    )
    assert seen.place_of(found) == ("place", f"object:lamp|{place}")
    assert seen.place_of(replace(found, subject=("word", "apagon"))) is None
